"""Nodes that a tool carries out: what `pipeline.yaml` says of them, held against what the tool knows.

The tools themselves are handed in (`ToolReader`): this package knows none. A tool starts nothing here; at most it looks at the
files that a node names, or asks its own program what a project is made of.
"""

from __future__ import annotations

import math
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any, Protocol  # options are JSON of others

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.files.fields import Fields, Keys, check_name, open_fields
from meshwright.files.literals import column_type
from meshwright.files.parameters import Parameters
from meshwright.files.python import read_inputs
from meshwright.files.reading import MeshReader
from meshwright.files.settings import CALLING_TOOLS
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence
from meshwright.files.yaml_nodes import span_at, to_plain
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns, Node, canonical_json, dataset_name, product_of
from meshwright.model.outside import (
    MAX_ITEMS,
    Effects,
    ForEach,
    InSandbox,
    NamedInput,
    OptionProblem,
    OutlinedTable,
    OutsideWork,
    TableOf,
    ToolFacts,
)
from meshwright.model.references import Reference, split_text

#: Option by which tools are told where the mesh lets calls go (`http.allow`).
_ALLOW = "allow"
_FOR_EACH_KEYS = Keys(known=("items", "at_once"), required=("items",))
_DATASET_KEYS = Keys(known=("columns", "description", "name"))


class ToolReader(Protocol):
    """What tools tell of nodes."""

    def names(self) -> tuple[str, ...]:
        """Return the names of the tools that are there."""
        ...

    def facts(self, tool: str) -> ToolFacts | None:
        """Return what holds for every node of a tool; None where there is no such tool."""
        ...

    def problems(self, tool: str, options: Mapping[str, Any], folder: str) -> tuple[OptionProblem, ...]:
        """Return what is wrong with the options of a node in `folder`."""
        ...

    def files(self, tool: str, options: Mapping[str, Any], folder: str) -> tuple[str, ...]:
        """Return the files, relative to the mesh root, that the node's meaning depends on."""
        ...

    def outline(
        self, tool: str, options: Mapping[str, Any], folder: str, digests: Mapping[str, str]
    ) -> tuple[OutlinedTable, ...] | OptionProblem:
        """Return the datasets that the tool will leave, or why it cannot tell. `digests` are those of its files."""
        ...


class NoTools:
    """For readings without tools: no kind is known."""

    def names(self) -> tuple[str, ...]:
        """Return none."""
        return ()

    def facts(self, tool: str) -> ToolFacts | None:  # noqa: ARG002
        """Return none."""
        return None

    def problems(self, tool: str, options: Mapping[str, Any], folder: str) -> tuple[OptionProblem, ...]:  # noqa: ARG002
        """Find nothing."""
        return ()

    def files(self, tool: str, options: Mapping[str, Any], folder: str) -> tuple[str, ...]:  # noqa: ARG002
        """Name none."""
        return ()

    def outline(
        self,
        tool: str,  # noqa: ARG002
        options: Mapping[str, Any],  # noqa: ARG002
        folder: str,  # noqa: ARG002
        digests: Mapping[str, str],  # noqa: ARG002
    ) -> tuple[OutlinedTable, ...] | OptionProblem:
        """Tell of none."""
        return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedDataset:
    """A dataset that the node says it yields."""

    name: str
    columns: Columns = ()
    description: str | None = None
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideEntry:
    """What `pipeline.yaml` says of a node of a tool, before the tool was asked."""

    tool: str
    #: The value under the kind key, for places.
    options: YamlNode
    inputs: tuple[tuple[str, str, SourceSpan], ...] = ()
    #: None where the node names none.
    datasets: tuple[NamedDataset, ...] | None = None
    effects: Effects | None = None
    in_sandbox: InSandbox | None = None
    substitute: YamlNode | None = None
    for_each: ForEach | None = None
    #: Whether the node means to fan out, readable or not.
    is_each: bool = False
    #: Where the items stand, for references.
    items: YamlNode | None = None
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideScope:
    """What a node of a tool is read against."""

    tools: ToolReader
    reader: MeshReader
    #: Folder of the pipeline file, relative to the mesh root.
    folder: str
    #: Tool -> what `mesh.yaml` sets for all of its nodes.
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    #: Tool -> where that is written.
    places: Mapping[str, YamlEntry] = field(default_factory=lambda: MappingProxyType({}))
    product: str = ""
    #: Parameters that hold for the node, and those of them that are the pipeline's or the node's own.
    params: Parameters = field(default_factory=lambda: MappingProxyType({}))
    own_params: frozenset[str] = frozenset()
    #: Whether it provisions sandboxes, and may ask about the sandbox.
    is_provision: bool = False


def unknown_tools(spans: Mapping[str, SourceSpan], tools: ToolReader) -> Iterator[Diagnostic]:
    """Yield a warning for each name under ``tools`` of `mesh.yaml` that no installed tool has: what it says holds for nobody."""
    known = tools.names() if spans else ()
    for name, span in spans.items():
        if known and name not in known:
            yield Diagnostic(
                code="MW-M420",
                message=f"'tools' names '{name}', and no installed tool is called so: what it says has no effect",
                span=span,
                fix=known_names_hint(name, known, what="tools"),
                severity=Severity.WARNING,
            )


def read_outside(fields: Fields, tool: str) -> OutsideEntry:
    """Return what the entry says, as far as that can be read."""
    node = fields.mapping.get(tool)
    assert node is not None  # its kind key
    in_sandbox, substitute = _sandbox(fields)
    effects = fields.choice("effects", tuple(word.value for word in Effects))
    for_each, items = read_for_each(fields)
    return OutsideEntry(
        tool=tool,
        options=node,
        inputs=read_inputs(fields) or (),
        datasets=_datasets(fields),
        effects=Effects(effects) if effects else None,
        in_sandbox=in_sandbox,
        substitute=substitute,
        for_each=for_each,
        is_each="for_each" in fields,
        items=items,
        span=fields.mapping.span_of(tool),
    )


def _sandbox(fields: Fields) -> tuple[InSandbox | None, YamlNode | None]:
    node = fields.mapping.get("sandbox")
    if isinstance(node, YamlMapping):
        inner = open_fields(
            node,
            Keys(known=("substitute",), required=("substitute",)),
            what=f"'sandbox' of {fields.what}",
            findings=fields.findings,
            address=fields.address,
        )
        return (InSandbox.SUBSTITUTE, inner.mapping.get("substitute")) if "substitute" in inner else (None, None)
    text = fields.choice("sandbox", (InSandbox.RUN.value, InSandbox.SKIP.value))
    return (InSandbox(text) if text else None), None


def read_for_each(fields: Fields, most: int = MAX_ITEMS) -> tuple[ForEach | None, YamlNode | None]:
    """Return the list, of at most so many items, over which the node fans out; None, with findings, where it is none."""
    node = fields.mapping.get("for_each")
    if node is None:
        return None, None
    at_once: int | None = None
    if isinstance(node, YamlMapping):
        inner = open_fields(
            node, _FOR_EACH_KEYS, what=f"'for_each' of {fields.what}", findings=fields.findings, address=fields.address
        )
        at_once = inner.whole("at_once", minimum=1, maximum=1000)
        found = inner.mapping.get("items")
        if found is None:
            return None, None
        node = found
    items: str | None = None
    if isinstance(node, YamlScalar) and isinstance(node.value, str) and _gives_list(node.value):
        items = node.value
    elif isinstance(node, YamlSequence) and all(isinstance(item, YamlScalar) and _is_item(item.value) for item in node):
        items = canonical_json([to_plain(item) for item in node]) if 0 < len(node) <= most else None
    if items is None:
        form = f"a list of 1 to {most:,} values" + (
            ", or one reference: ${node:list.value.files}" if most == MAX_ITEMS else ""
        )
        fields.find("MW-J015", f"'for_each' of {fields.what} is not {form}", node.span, "write for_each: [a, b]")
        return None, None
    return ForEach(items=items, at_once=at_once or ForEach(items=items).at_once), node


def _is_item(value: object) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def _datasets(fields: Fields) -> tuple[NamedDataset, ...] | None:
    node = fields.mapping.get("datasets")
    if node is None:
        return None
    found: list[NamedDataset] = []
    if isinstance(node, YamlSequence):
        for item in node:
            if not isinstance(item, YamlScalar) or not isinstance(item.value, str):
                fields.find(
                    "MW-M103", f"'datasets' of {fields.what} holds {item.kind}, not text", item.span, "write names"
                )
            elif check_name(item.text, item.span, what="a dataset", findings=fields.findings, address=fields.address):
                found.append(NamedDataset(name=item.text, span=item.span))
    elif isinstance(node, YamlMapping):
        found += [
            _described(fields, entry.key, entry.value, entry.key_span)
            for entry in node
            if check_name(entry.key, entry.key_span, what="a dataset", findings=fields.findings, address=fields.address)
        ]
    else:
        fields.wrong_type("datasets", node, "a list of names, or a mapping of names to {columns: ...}")
    names = [each.name for each in found]
    for each in found:
        if names.count(each.name) > 1:
            fields.find("MW-J003", f"{fields.what} names dataset '{each.name}' twice", each.span, "keep one of the two")
    return tuple({each.name: each for each in found}.values())


def _described(fields: Fields, name: str, node: YamlNode, span: SourceSpan) -> NamedDataset:
    if isinstance(node, YamlScalar) and node.value is None:
        return NamedDataset(name=name, span=span)
    if not isinstance(node, YamlMapping):
        fields.find("MW-M103", f"dataset '{name}' is {node.kind}, not a mapping", node.span, "write {columns: {...}}")
        return NamedDataset(name=name, span=span)
    inner = open_fields(node, _DATASET_KEYS, what=f"dataset '{name}'", findings=fields.findings, address=fields.address)
    columns = []
    for entry in inner.entries("columns"):
        kind = column_type(entry.value.text) if isinstance(entry.value, YamlScalar) else None
        if kind is None:
            fields.find("MW-M206", f"column '{entry.key}' of '{name}' has no type", entry.value.span, "write its type")
        else:
            columns.append(Column(name=entry.key, type=kind))
    return NamedDataset(name=name, columns=tuple(columns), description=inner.text("description"), span=span)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideRead:
    """A node of a tool as the tool understands it, and the datasets that it leaves besides its own."""

    work: OutsideWork
    tables: tuple[NamedDataset, ...] = ()
    #: Names of nodes that its options use, with where.
    uses: tuple[tuple[str, SourceSpan], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """What a node says to its tool, as far as it is sound."""

    options: Mapping[str, Any]
    substitute: Mapping[str, Any] | None
    references: _References


def outside_work(scope: OutsideScope, entry: OutsideEntry, name: str, findings: list[Diagnostic]) -> OutsideRead | None:
    """Ask the tool about a node; None, with findings, where it cannot be."""
    address = f"{scope.product}.{name}"
    facts = scope.tools.facts(entry.tool)
    if facts is None:
        findings.append(_unknown_tool(scope, entry, address))
        return None
    first = len(findings)
    said = _said(scope, facts, entry, address, findings)
    if said is None:
        return None
    digests = _digests(scope, entry.tool, said.options)
    tables = _tables(scope, facts, entry, name, said.options, digests, findings)
    if tables is None or _has_error(findings, first):
        return None
    is_own = any(each.name == name for each in tables) or (facts.yields_own and not facts.yields_named)
    others = tuple(each for each in tables if each.name != name)
    effects = entry.effects or facts.effects
    if effects is Effects.EXTERNAL and (is_own or others):
        findings.append(_too_late(entry, address))
        return None
    work = OutsideWork(
        tool=entry.tool,
        options=canonical_json(said.options),
        effects=effects,
        in_sandbox=entry.in_sandbox or (InSandbox.SKIP if effects is Effects.EXTERNAL else InSandbox.RUN),
        substitute=canonical_json(said.substitute) if said.substitute is not None else None,
        inputs=_named_inputs(scope, entry),
        is_own=is_own,
        datasets=tuple(each.name for each in others),
        params=tuple(sorted(scope.own_params | said.references.params)),
        uses=tuple(sorted({used for used, _ in said.references.nodes})),
        files=MappingProxyType(digests),
        folder=scope.folder,
        for_each=entry.for_each,
    )
    return OutsideRead(work=work, tables=others, uses=tuple(said.references.nodes))


def _said(
    scope: OutsideScope, facts: ToolFacts, entry: OutsideEntry, address: str, findings: list[Diagnostic]
) -> _Said | None:
    """Return what a node says to its tool; None, with findings, where any of it is wrong."""
    first = len(findings)
    options = _options(scope, facts, entry.options, address, findings)
    substitute = _options(scope, facts, entry.substitute, address, findings) if entry.substitute is not None else None
    references = _References(scope=scope, address=address, findings=findings, is_each=entry.is_each)
    for node in (entry.options, entry.substitute, entry.items):
        if node is not None:
            references.look_at(node)
    if _has_error(findings, first) or options is None:
        return None
    return _Said(options=options, substitute=substitute, references=references)


def _digests(scope: OutsideScope, tool: str, options: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests of the files that a node's meaning depends on, by path."""
    return {
        path: scope.reader.digest(path)
        for path in scope.tools.files(tool, options, scope.folder)
        if scope.reader.has_file(path) and scope.reader.read(path) is not None
    }


def _named_inputs(scope: OutsideScope, entry: OutsideEntry) -> tuple[NamedInput, ...]:
    return tuple(
        NamedInput(name=given, dataset=written if "." in written else f"{scope.product}.{written}", span=span)
        for given, written, span in entry.inputs
    )


def _unknown_tool(scope: OutsideScope, entry: OutsideEntry, address: str) -> Diagnostic:
    return Diagnostic(
        code="MW-J001",
        message=f"node '{dataset_name(address)}' is of kind '{entry.tool}', which no installed tool knows",
        span=entry.span,
        fix=known_names_hint(entry.tool, scope.tools.names(), what="tools"),
        object=address,
    )


def _too_late(entry: OutsideEntry, address: str) -> Diagnostic:
    return Diagnostic(
        code="MW-J004",
        message=f"node '{dataset_name(address)}' has external effects and yields datasets: it runs after publication, they come "
        "before",
        span=entry.span,
        fix="make two nodes of it, or write 'effects: isolated' where nothing outside changes",
        object=address,
    )


def _gives_list(text: str) -> bool:
    """Whether a text is a reference to what a node left, which may be a list."""
    only = split_text(text).only
    return only is not None and only.kind == "node" and (only.fact or "").startswith("value")


def table_nodes(read: OutsideRead, address: str) -> Iterator[Node]:
    """Yield the nodes of the datasets that a node of a tool leaves."""
    for table in read.tables:
        yield Node(
            address=f"{product_of(address)}.{table.name}",
            kind="table",
            table_of=TableOf(node=address, name=table.name),
            columns=table.columns,
            after=(address,),
            description=table.description,
            span=table.span,
        )


def _options(
    scope: OutsideScope, facts: ToolFacts, node: YamlNode, address: str, findings: list[Diagnostic]
) -> dict[str, Any] | None:
    """Return the options of a node under those of the mesh; None where they are no options."""
    name = dataset_name(address)
    written: Any
    if isinstance(node, YamlMapping):
        written = to_plain(node)
    elif facts.main_option is not None and (not isinstance(node, YamlScalar) or node.value is not None):
        written = {facts.main_option: to_plain(node)}
    else:
        findings.append(
            Diagnostic(
                code="MW-J002",
                message=f"'{facts.name}' of node '{name}' is {node.kind}, not a mapping of options",
                span=node.span,
                fix=f"write {facts.name}: {{...}}",
                object=address,
            )
        )
        return None
    if facts.name in CALLING_TOOLS and _ALLOW in written:  # where calls may go is not for a domain to say
        findings.append(
            Diagnostic(
                code="MW-J002",
                message=f"'{_ALLOW}' is not an option of a node ('{facts.name}' of node '{name}')",
                span=span_at(node, (_ALLOW,)),
                fix="the mesh says which private addresses are reached: http: {allow: [...]} in mesh.yaml",
                object=address,
            )
        )
        return None
    options = {**scope.settings.get(facts.name, {}), **written}
    findings += [
        _option_problem(scope, facts, node, written, problem, address)
        for problem in scope.tools.problems(facts.name, options, scope.folder)
    ]
    return options


def _option_problem(
    scope: OutsideScope,
    facts: ToolFacts,
    node: YamlNode,
    written: Mapping[str, Any],
    problem: OptionProblem,
    address: str,
) -> Diagnostic:
    """Return what is wrong with an option, where it is written.

    That is `mesh.yaml` for what the node does not say itself. There it is about no node, so that all nodes find the same.
    """
    severity = Severity.ERROR if problem.is_error else Severity.WARNING
    shared = scope.places.get(facts.name)
    is_shared = shared is not None and bool(problem.path) and problem.path[0] not in written
    if shared is not None and is_shared and isinstance(shared.value, YamlMapping) and problem.path[0] in shared.value:
        return Diagnostic(
            code="MW-J002",
            message=f"{problem.message} ('tools: {facts.name}')",
            span=span_at(shared.value, problem.path),
            fix=problem.fix,
            severity=severity,
        )
    return Diagnostic(
        code="MW-J002",
        message=f"{problem.message} ('{facts.name}' of node '{dataset_name(address)}')",
        span=span_at(node, problem.path if isinstance(node, YamlMapping) else ()),
        fix=problem.fix,
        severity=severity,
        object=address,
    )


def _tables(
    scope: OutsideScope,
    facts: ToolFacts,
    entry: OutsideEntry,
    name: str,
    options: Mapping[str, Any],
    digests: Mapping[str, str],
    findings: list[Diagnostic],
) -> tuple[NamedDataset, ...] | None:
    """Return the datasets that the node yields, its own among them: as it names them, else as the tool tells."""
    address = f"{scope.product}.{name}"
    if entry.datasets is not None:
        is_fitting = facts.yields_named or (facts.yields_own and [each.name for each in entry.datasets] == [name])
        if entry.datasets and not is_fitting:
            findings.append(
                Diagnostic(
                    code="MW-J003",
                    message=f"'{facts.name}' leaves no datasets by name",
                    span=entry.datasets[0].span,
                    fix="remove 'datasets'",
                    object=address,
                )
            )
            return None
        return entry.datasets
    if not facts.yields_named:
        return ()
    told = scope.tools.outline(facts.name, options, scope.folder, digests)
    if isinstance(told, OptionProblem):
        findings.append(
            Diagnostic(
                code="MW-J005",
                message=f"'{facts.name}' cannot tell what node '{name}' yields: {told.message}",
                span=entry.span,
                fix=told.fix or "name them: datasets: [...]",
                object=address,
            )
        )
        return None
    found = []
    for each in told:
        if check_name(each.name, entry.span, what="a dataset", findings=findings, address=address):
            columns = tuple(
                Column(name=column, type=kind)
                for column, written in each.columns.items()
                if (kind := column_type(written)) is not None
            )
            found.append(NamedDataset(name=each.name, columns=columns, description=each.description, span=entry.span))
    return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class _References:
    """The references to parameters and nodes in a node's options."""

    scope: OutsideScope
    address: str
    findings: list[Diagnostic]
    #: Whether the node fans out.
    is_each: bool
    params: set[str] = field(default_factory=set)
    nodes: list[tuple[str, SourceSpan]] = field(default_factory=list)

    def look_at(self, node: YamlNode) -> None:
        """Note what is referred to below `node`; wrong references are findings."""
        if isinstance(node, YamlScalar):
            if isinstance(node.value, str):
                # What is wrong with the form of a reference is told by `files.documents`.
                for reference in split_text(node.value, node.span, holds_shell=True).references:
                    self._note(reference, node.span)
        elif isinstance(node, YamlSequence):
            for item in node:
                self.look_at(item)
        else:
            for entry in node:
                self.look_at(entry.value)

    def _note(self, reference: Reference, span: SourceSpan) -> None:
        if reference.kind == "item" and not self.is_each:
            fix = "add for_each: [...], or remove it"
            self._find("MW-J006", "there is no item where the node is not 'for_each'", span, fix)
        elif reference.kind == "sandbox" and not self.scope.is_provision:
            fix = "make it a parameter; components under sandboxes.provision of mesh.yaml know the sandbox"
            self._find("MW-J006", f"'{reference}' is known only where a sandbox is provisioned", span, fix)
        elif reference.kind == "node":
            self.nodes.append((str(reference.node), span))
        elif reference.kind == "param" and reference.name in self.scope.params:
            self.params.add(reference.name)
        elif reference.kind == "param":
            hint = known_names_hint(reference.name, self.scope.params, what="parameters")
            self._find("MW-M212", f"parameter '{reference.name}' is not declared", span, hint)

    def _find(self, code: str, message: str, span: SourceSpan, fix: str) -> None:
        self.findings.append(Diagnostic(code=code, message=message, span=span, fix=fix, object=self.address))


def _has_error(findings: list[Diagnostic], first: int) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings[first:])


def relative_to_root(folder: str, path: str) -> str:
    """Return a path that is relative to the pipeline's folder as one relative to the mesh root."""
    return posixpath.normpath(posixpath.join(folder, path))

"""What a component is made of, checked once by itself: its nodes, what they read, its outputs and its tests.

Columns that only a use names stand here under the names of their parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field, replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.cache import ParseCache
from meshwright.files.component_documents import ComponentDocument, ParameterDeclared
from meshwright.files.component_folders import ComponentFolder
from meshwright.files.component_uses import ComponentEntry, asked_component, place_named, with_values
from meshwright.files.discovery import FoundFile
from meshwright.files.fields import Fields, check_name
from meshwright.files.outside import NoTools, ToolReader
from meshwright.files.parameters import Parameters
from meshwright.files.pipeline import NodeEntry, read_nodes
from meshwright.files.reading import MeshReader
from meshwright.files.standards import DEFAULT_SEVERITIES, read_quality_rules
from meshwright.files.statements import StatementRequest, parse_statements, sql_findings, undeclared_parameters
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence
from meshwright.frozen import dataclass
from meshwright.model import Action, Parameter, bytes_identity
from meshwright.model.names import COMPONENT_SIGN
from meshwright.model.parameters import SECRET_TYPE
from meshwright.model.references import split_text
from meshwright.sql import ParsedStatement, placed_columns

DIALECT = "duckdb"


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogBasis:
    """What components are read with."""

    cache: ParseCache | None = None
    tools: ToolReader = field(default_factory=NoTools)
    #: Foreign severity word -> action.
    severity: Mapping[str, Action] = field(default_factory=lambda: DEFAULT_SEVERITIES)


#: Stands for the further outputs of a component inside.
_ANY_OUTPUT = f"{COMPONENT_SIGN}*"
_EMPTY = YamlMapping(file="", line=1, column=1, by_key=MappingProxyType({}))


def inner_uses(document: ComponentDocument) -> Iterator[ComponentEntry]:
    """Yield the components that a component is made of, as written."""
    for entry in document.nodes or ():
        if isinstance(entry.value, YamlMapping) and (found := asked_component(entry.value)) is not None:
            yield found


def inner_names(folder: ComponentFolder, document: ComponentDocument) -> frozenset[str]:
    """Return the names of the nodes inside, those of the datasets that nodes of tools name among them."""
    nodes = document.nodes or _EMPTY
    return frozenset((*(file.name for file in folder.models), *nodes.keys, *_left_datasets(nodes)))


def _left_datasets(nodes: YamlMapping) -> Iterator[str]:
    for entry in nodes:
        datasets = entry.value.get("datasets") if isinstance(entry.value, YamlMapping) else None
        if isinstance(datasets, YamlMapping):
            yield from datasets.keys
        elif isinstance(datasets, YamlSequence):
            yield from (item.text for item in datasets if isinstance(item, YamlScalar))


def inner_entries(
    folder: ComponentFolder,
    document: ComponentDocument,
    columns: Mapping[str, tuple[str, ...]],
    tools: ToolReader,
    findings: list[Diagnostic],
    address: str,
) -> dict[str, NodeEntry]:
    """Return what the document says of its nodes, with `columns` in their places."""
    nodes = document.nodes or _EMPTY
    fields = _as_nodes(with_values(nodes, dict(columns)), findings, address)
    models = frozenset(file.name for file in folder.models)
    return read_nodes(fields, value_parameters(document), tools, models=models)


def undo_entries(
    document: ComponentDocument, tools: ToolReader, findings: list[Diagnostic], address: str
) -> dict[str, NodeEntry]:
    """Return what the document says of how its nodes are undone, without those that it says nothing is to be undone of."""
    undo = document.undo or _EMPTY
    said = {key: entry for key, entry in undo.by_key.items() if not is_nothing(entry.value)}
    fields = _as_nodes(replace(undo, by_key=MappingProxyType(said)), findings, address)
    return read_nodes(fields, value_parameters(document), tools, models=frozenset())


def is_nothing(node: YamlNode) -> bool:
    """Whether an undo says that there is nothing to undo: ``mail: none``, or no value."""
    return isinstance(node, YamlScalar) and (node.value is None or node.text == "none")


def _as_nodes(nodes: YamlNode, findings: list[Diagnostic], address: str) -> Fields:
    """Return nodes as if they stood in a pipeline."""
    entry = YamlEntry(file=nodes.file, line=nodes.line, column=nodes.column, key="nodes", value=nodes)
    root = replace(_EMPTY, file=nodes.file, by_key=MappingProxyType({"nodes": entry}))
    return Fields(mapping=root, what="the component", findings=findings, address=address)


def value_parameters(document: ComponentDocument) -> Parameters:
    """Return the parameters that are values, with their defaults; None where one must be given."""
    return MappingProxyType(
        {
            name: Parameter(
                name=name,
                value=None if isinstance(each.default, tuple) else each.default,
                type=each.type,
                description=each.description,
                span=each.span,
            )
            for name, each in document.params.items()
            if not each.names_columns
        }
    )


def column_lists(params: Mapping[str, ParameterDeclared]) -> frozenset[str]:
    """Return the parameters that may be several columns."""
    return frozenset(name for name, each in params.items() if each.type == "columns")


def inside_findings(
    reader: MeshReader,
    folder: ComponentFolder,
    document: ComponentDocument,
    basis: CatalogBasis,
) -> None:
    """Note everything that is wrong with a component by itself."""
    findings = reader.findings
    names = inner_names(folder, document)
    sample = {name: (name,) for name, each in document.params.items() if each.names_columns}
    entries = inner_entries(folder, document, sample, basis.tools, findings, folder.name)
    for file in folder.models:
        check_name(file.name, SourceSpan(file=file.path), what="a node", findings=findings)
    _check_names(document, names, findings)
    _check_tests(document, basis.severity, findings)
    readable = {*names, *document.inputs, *_outputs_of_uses(entries)}
    for entry in entries.values():
        _check_entry(entry, readable, names, findings)
        findings += _shown_secrets(entry, document)
        findings += _unknown_parameters(entry, document)
    _check_undo(document, names, findings)
    for entry in undo_entries(document, basis.tools, findings, folder.name).values():
        _check_entry(entry, readable, names, findings)
    texts = {file.path: text for file in folder.models if (text := reader.read_text(file.path)) is not None}
    lists = column_lists(document.params)
    for file, parsed in _parsed(folder, texts, sample, lists, basis.cache, findings):
        _check_statement(file, parsed, document, entries.get(file.name), readable, findings)


def _parsed(
    folder: ComponentFolder,
    texts: Mapping[str, str],
    sample: Mapping[str, tuple[str, ...]],
    lists: frozenset[str],
    cache: ParseCache | None,
    findings: list[Diagnostic],
) -> Iterator[tuple[FoundFile, ParsedStatement]]:
    requests = []
    for path, text in texts.items():
        placed = placed_columns(text, DIALECT, sample, lists=lists)
        findings += sql_findings(placed.problems, path, address=None)
        requests.append(
            StatementRequest(
                path=path,
                text=placed.text,
                digest=bytes_identity(placed.text.encode()),
                product=folder.name,
                dialect=DIALECT,
            )
        )
    found = parse_statements(requests, cache)
    for file in folder.models:
        if file.path in found:
            yield file, found[file.path]


def _check_statement(
    file: FoundFile,
    parsed: ParsedStatement,
    document: ComponentDocument,
    entry: NodeEntry | None,
    readable: Collection[str],
    findings: list[Diagnostic],
) -> None:
    findings += sql_findings(parsed.problems, file.path, address=None)
    declared = {
        *value_parameters(document),
        *((*entry.own_names, *entry.params) if entry else ()),
    }
    if entry is not None and entry.is_view:
        findings += (
            _shown_secret(name, "a view: its text, with the values in it, is what readers get", entry.span)
            for name in parsed.params
            if _is_secret(name, document)
        )
    for found in undeclared_parameters(parsed, file.path, declared=declared, address=""):
        message = found.message.partition(" is declared")[0] + " is no parameter of the component"
        findings.append(replace(found, message=message, object=None))
    for table in parsed.tables:
        name = ".".join(table.parts)
        if _is_known(name, readable):
            continue
        findings.append(
            Diagnostic(
                code="MW-K006",
                message=f"'{name}' is no input and no node of the component, which sees nothing else",
                span=SourceSpan(file=file.path, line=table.line, column=table.column),
                fix=known_names_hint(name, readable, what="inputs and nodes"),
            )
        )


def _check_names(document: ComponentDocument, names: frozenset[str], findings: list[Diagnostic]) -> None:
    for name, declared in document.inputs.items():
        if name in names:
            findings.append(_taken(f"input '{name}' is called as a node of the component", declared.span))
    for output, (inner, span) in document.outputs.items():
        if inner not in names:
            findings.append(
                Diagnostic(
                    code="MW-K006",
                    message=f"output '{output}' is '{inner}', which is no node of the component",
                    span=span,
                    fix=known_names_hint(inner, names, what="nodes"),
                )
            )
        elif output != inner and (output in names or output in document.inputs):
            findings.append(_taken(f"output '{output}' is called as another node, or as an input", span))
    seen: set[str] = set()
    for output, (inner, span) in document.outputs.items():
        if inner in seen:
            findings.append(_taken(f"output '{output}' is '{inner}', which is another output as well", span))
        seen.add(inner)
    known = {*names, *document.inputs}
    findings += [
        Diagnostic(
            code="MW-K006",
            message=f"'tests' names '{entry.key}', which is no input and no node of the component",
            span=entry.key_span,
            fix=known_names_hint(entry.key, known, what="inputs and nodes"),
        )
        for entry in document.tests or ()
        if entry.key not in known
    ]


def _check_undo(document: ComponentDocument, names: frozenset[str], findings: list[Diagnostic]) -> None:
    """Check that each undo is that of a node."""
    findings += [
        Diagnostic(
            code="MW-K081",
            message=f"'undo' names '{entry.key}', which is no node of the component",
            span=entry.key_span,
            fix=known_names_hint(entry.key, names, what="nodes") if names else "write the nodes that are undone",
        )
        for entry in document.undo or ()
        if entry.key not in names
    ]


def _check_tests(document: ComponentDocument, severity: Mapping[str, Action], findings: list[Diagnostic]) -> None:
    """Check the rules, with made-up values where a use gives them."""
    lists = column_lists(document.params)
    sample: dict[str, tuple[object, ...]] = {
        name: (name,) if each.names_columns else (each.default if each.default is not None else _SAMPLES[each.type],)
        for name, each in document.params.items()
    }
    for entry in document.tests or ():
        findings += (
            _shown_secret(name, "a test: its rules are recorded", span)
            for name, span in _all_places(entry.value)
            if _is_secret(name, document)
        )
        for name, span in _single_places(entry.value):
            if name in lists:
                message = f"'${name}' may be several columns, which cannot stand here: one is expected"
                fix = f"write it as an item of a list, [${name}], or make the parameter 'type: column'"
                findings.append(Diagnostic(code="MW-K007", message=message, span=span, fix=fix))
        findings += read_quality_rules(with_values(entry.value, sample), entry.file, severity)[1]


def _shown_secrets(entry: NodeEntry, document: ComponentDocument) -> Iterator[Diagnostic]:
    """Yield a finding for each secret that a node's condition asks about."""
    if entry.when is None:
        return
    for name in entry.when.params:
        if _is_secret(name, document):
            yield _shown_secret(name, "a condition, which knows the reference alone", entry.when.span or entry.span)


def _unknown_parameters(entry: NodeEntry, document: ComponentDocument) -> Iterator[Diagnostic]:
    """Yield a finding for each name in a node's condition that is no parameter of the component."""
    known = {*value_parameters(document), *entry.params}
    if entry.when is None:
        return
    for name in entry.when.params:
        if name not in known:
            yield Diagnostic(
                code="MW-M212",
                message=f"'when' of node '{entry.name}' asks about '{name}', which is no parameter of the component",
                span=entry.when.span,
                fix=known_names_hint(name, known, what="parameters"),
            )


def _is_secret(name: str, document: ComponentDocument) -> bool:
    declared = document.params.get(name)
    return declared is not None and declared.type == SECRET_TYPE


def _shown_secret(name: str, where: str, span: SourceSpan) -> Diagnostic:
    return Diagnostic(
        code="MW-J080",
        message=f"parameter '{name}' is a secret, which cannot stand in {where}",
        span=span,
        fix="use it in a model that is a table, in a Python node, or in the options of a tool",
    )


#: A value of each type, where none is known.
_SAMPLES: Mapping[str, object] = MappingProxyType(
    {
        "integer": 1,
        "number": 1.0,
        "string": "x",
        "boolean": True,
        "date": "2020-01-01",
        "timestamp": "2020-01-01T00:00:00Z",
        SECRET_TYPE: "x",
    }
)


def _all_places(node: YamlNode) -> Iterator[tuple[str, SourceSpan]]:
    """Yield the parameters that stand as whole values, in lists as well."""
    if isinstance(node, YamlMapping):
        for entry in node:
            yield from _all_places(entry.value)
    elif isinstance(node, YamlSequence):
        for item in node.items:
            yield from _all_places(item)
    elif (name := place_named(node)) is not None:
        yield name, node.span


def _single_places(node: YamlNode) -> Iterator[tuple[str, SourceSpan]]:
    """Yield the parameters that stand as whole values elsewhere than in lists."""
    if isinstance(node, YamlMapping):
        for entry in node:
            name = place_named(entry.value)
            if name is not None:
                yield name, entry.value.span
            yield from _single_places(entry.value)
    elif isinstance(node, YamlSequence):
        for item in node.items:
            if not isinstance(item, YamlScalar):
                yield from _single_places(item)


def _taken(message: str, span: SourceSpan) -> Diagnostic:
    return Diagnostic(code="MW-K006", message=message, span=span, fix="take another name for one of the two")


def _check_entry(
    entry: NodeEntry, readable: Collection[str], names: frozenset[str], findings: list[Diagnostic]
) -> None:
    """Check the names that a node under ``nodes`` gives."""
    given = [(dataset, span) for _, dataset, span in entry.python.inputs] if entry.python else []
    given += [(each.dataset, each.span) for each in entry.component.inputs] if entry.component else []
    given += [(dataset, span) for _, dataset, span in entry.outside.inputs] if entry.outside else []
    asked = [(name, entry.when.span or entry.span) for name in entry.when.nodes] if entry.when else []
    if entry.outside is not None:
        for option in (entry.outside.options, entry.outside.substitute, entry.outside.items):
            asked += _used_nodes(option) if option is not None else ()
    for name, span, known in (
        *((dataset, span, readable) for dataset, span in given),
        *((name, span, names) for name, span in (*entry.after, *asked)),
    ):
        if not _is_known(name, known):
            findings.append(
                Diagnostic(
                    code="MW-K006",
                    message=f"'{name}' is no input and no node of the component, which sees nothing else",
                    span=span,
                    fix=known_names_hint(name, known, what="inputs and nodes"),
                )
            )


def _used_nodes(node: YamlNode) -> Iterator[tuple[str, SourceSpan]]:
    """Yield the nodes whose values options refer to."""
    if isinstance(node, YamlMapping):
        for entry in node:
            yield from _used_nodes(entry.value)
    elif isinstance(node, YamlSequence):
        for item in node.items:
            yield from _used_nodes(item)
    elif isinstance(node.value, str):
        for reference in split_text(node.value, node.span, holds_shell=True).references:
            if reference.node is not None:
                yield reference.node, node.span


def _is_known(name: str, known: Collection[str]) -> bool:
    """Whether a name is known; which further outputs a component inside has, its use will say."""
    node, separator, _ = name.partition(COMPONENT_SIGN)
    return name in known or bool(separator and f"{node}{_ANY_OUTPUT}" in known)


def _outputs_of_uses(entries: Mapping[str, NodeEntry]) -> Iterator[str]:
    return (f"{name}{_ANY_OUTPUT}" for name, entry in entries.items() if entry.component is not None)

"""Components that provision sandboxes: what `mesh.yaml` declares, held against what the components are.

Such a component has no inputs and yields no data: its nodes are jobs of tools, effects in the world, and ``undo`` says of
each how it is undone. Which version runs is decided as for uses in pipelines, by `components.lock`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.files.component_binding import Around, bind
from meshwright.files.component_catalog import ComponentCatalog, Definition
from meshwright.files.component_documents import ParameterDeclared
from meshwright.files.component_inside import inner_entries, undo_entries
from meshwright.files.outside import OutsideScope, outside_work
from meshwright.files.pipeline import NodeEntry
from meshwright.files.provision_entries import ProvisionEntry
from meshwright.files.settings import MeshSettings
from meshwright.files.yaml import YamlMapping
from meshwright.frozen import dataclass
from meshwright.graph.cycles import components as strongly_connected
from meshwright.graph.cycles import shortest_cycle
from meshwright.model import ComponentUse, Parameter, Scalar
from meshwright.model.outside import Effects, OutsideWork, Retry
from meshwright.model.parameters import SECRET_TYPE
from meshwright.model.provisions import ProvisionJob, ProvisionNode
from meshwright.model.references import references_in, split_text

#: What a node of such a component may say besides what its tool does.
_NODE_KEYS = frozenset({"after", "retry", "timeout", "description", "tags"})
#: An undo runs when everything that came after its node is undone.
_UNDO_KEYS = _NODE_KEYS - {"after"}
#: What stands in messages before the place of the use.
_USED = " (sandboxes are provisioned with it:"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvisionRead:
    """A component that sandboxes are provisioned with, read."""

    name: str
    use: ComponentUse
    #: None where it cannot be used, which was told.
    definition: Definition | None = None
    #: Parameter -> the value that `mesh.yaml` gives; texts may refer to the sandbox.
    given: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    #: Parameter -> the parameter of the mesh whose value it takes.
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Parameters that whoever makes a sandbox may give: those without a default are asked for.
    free: Mapping[str, ParameterDeclared] = field(default_factory=lambda: MappingProxyType({}))
    #: In the order in which they run.
    nodes: tuple[ProvisionNode, ...] = ()

    @property
    def files(self) -> Sequence[str]:
        """Files of the component, relative to the mesh root."""
        return self.definition.folder.files if self.definition is not None else ()


def read_provisions(settings: MeshSettings, catalog: ComponentCatalog) -> tuple[ProvisionRead, ...]:
    """Return what sandboxes are provisioned with, in the order of `mesh.yaml`; what is wrong is a finding of the catalog."""
    findings = catalog.reader.findings
    told: set[str] = set()
    return tuple(_read(entry, settings, catalog, findings, told) for entry in settings.provisions)


def _read(
    entry: ProvisionEntry,
    settings: MeshSettings,
    catalog: ComponentCatalog,
    findings: list[Diagnostic],
    told: set[str],
) -> ProvisionRead:
    node = f"provision.{entry.name}"
    asked = entry.component
    resolved = catalog.resolve(asked, node, "", findings)
    use = ComponentUse(node=node, asked=asked.text, span=asked.span)
    if resolved is None:
        return ProvisionRead(name=entry.name, use=use)
    definition = resolved.definition
    document = definition.document
    use = replace(use, component=definition.name, version=document.version, is_locked=resolved.is_locked)
    if definition.is_broken:
        return ProvisionRead(name=entry.name, use=use)
    around = Around(lookup=lambda *_: None, params=settings.params)
    bound = bind(asked, definition, around, address=node, findings=findings, is_asked=True)
    if bound is not None:
        use = replace(use, params=tuple(sorted(set(bound.references.values()))))
    reading = _Reading(entry=entry, settings=settings, catalog=catalog, definition=definition)
    first = len(findings)
    nodes = reading.nodes()
    # Two uses of one component: what is wrong with it is told once.
    for each in reading.findings:
        what = f"{each.code} {each.span} {each.message.partition(_USED)[0]}"
        if what not in told:
            told.add(what)
            findings.append(each)
    has_error = any(each.severity is Severity.ERROR for each in (*findings[first:], *reading.findings))
    if bound is None or has_error:
        return ProvisionRead(name=entry.name, use=use)
    return ProvisionRead(
        name=entry.name,
        use=use,
        definition=definition,
        given=MappingProxyType({name: each for name, each in bound.values.items() if name in bound.given}),
        references=bound.references,
        free=MappingProxyType({name: each for name, each in document.params.items() if name not in bound.given}),
        nodes=nodes,
    )


class _Reading:
    """Reads the nodes of one component."""

    def __init__(
        self, *, entry: ProvisionEntry, settings: MeshSettings, catalog: ComponentCatalog, definition: Definition
    ) -> None:
        self.findings: list[Diagnostic] = []
        self._entry = entry
        self._definition = definition
        self._document = definition.document
        self._tools = catalog.basis.tools
        values = {
            name: Parameter(name=name, value=None, type=each.type) for name, each in self._document.params.items()
        }
        self._scope = OutsideScope(
            tools=self._tools,
            reader=catalog.reader,
            folder=definition.folder.path,
            settings=settings.tools,
            product=f"provision.{entry.name}",
            params=MappingProxyType(values),
            own_params=frozenset(values),
            is_provision=True,
        )

    def nodes(self) -> tuple[ProvisionNode, ...]:
        """Return the nodes in the order in which they run; empty, with findings, where they cannot."""
        document = self._document
        self._refuse_data()
        # What is wrong with nodes by themselves was told with the component.
        entries = inner_entries(self._definition.folder, document, {}, self._tools, [], self._definition.name)
        undone = undo_entries(document, self._tools, [], self._definition.name)
        works = self._works(entries, document.nodes, _NODE_KEYS, "node")
        undo_works = self._works(undone, document.undo, _UNDO_KEYS, "undo of node")
        self._tell_without_undo(works, entries)
        order = self._ordered(works, entries)
        if not entries and not self.findings:
            self._unfit("has no nodes", document.span, "write what is to be done under 'nodes'")
        return tuple(
            ProvisionNode(
                name=name,
                job=_job(works[name], entries[name]),
                undo=_job(undo_works[name], undone[name]) if name in undo_works else None,
            )
            for name in order
        )

    def _refuse_data(self) -> None:
        document = self._document
        for declared in document.inputs.values():
            self._unfit(f"has input '{declared.name}'", declared.span, "a sandbox gives it no data: remove 'inputs'")
        for param in document.params.values():
            if param.names_columns:
                fix = "there are no columns here: make it 'type: string'"
                self._unfit(f"has parameter '{param.name}', which names columns", param.span, fix)
            elif param.type == SECRET_TYPE:
                fix = "write the reference in the options of its nodes: what a sandbox is given is recorded"
                self._unfit(f"has parameter '{param.name}', which is a secret", param.span, fix)
        for file in self._definition.folder.models:
            self._unfit(f"makes data ('{file.name}')", SourceSpan(file=file.path), "only nodes of tools can be undone")

    def _works(
        self, entries: Mapping[str, NodeEntry], written: YamlMapping | None, keys: frozenset[str], what: str
    ) -> dict[str, OutsideWork]:
        """Ask the tools about nodes; what cannot provision a sandbox is left out, with findings."""
        found = {}
        for name, entry in entries.items():
            if entry.is_broken:
                continue  # told with the component
            if entry.outside is None:
                self._unfit(f"makes data ('{name}')", entry.span, "only nodes of tools can be undone")
                continue
            assert written is not None  # the entry stands in it
            mapping = written.by_key[name].value
            assert isinstance(mapping, YamlMapping)  # it has a tool
            for key in mapping:
                if key.key != entry.outside.tool and key.key not in keys:
                    fix = f"remove '{key.key}'; what it says beside its tool: {', '.join(sorted(keys))}"
                    self._find(f"'{key.key}' of {what} '{name}' has no meaning here", key.key_span, fix)
            read = outside_work(self._scope, entry.outside, name, self.findings)
            if read is None:
                continue
            if read.work.yields:
                self._unfit(
                    f"makes data ('{name}')", entry.span, "only nodes of tools that yield no data can be undone"
                )
                continue
            for used, span in read.uses:
                if used not in self._names:
                    fix = known_names_hint(used, self._names, what="nodes")
                    self._find(f"{what} '{name}' uses '{used}', which is no node of the component", span, fix)
            self._check_facts(read.work, entry, what)
            found[name] = read.work
        return found

    @property
    def _names(self) -> tuple[str, ...]:
        return self._document.nodes.keys if self._document.nodes is not None else ()

    def _check_facts(self, work: OutsideWork, entry: NodeEntry, what: str) -> None:
        for reference in references_in(json.loads(work.options), holds_shell=True):
            if reference.kind == "node" and not str(reference.fact).startswith("value."):
                message = f"{what} '{entry.name}' uses {reference}: nodes here leave values alone"
                self._find(message, entry.span, f"write ${{node:{reference.node}.value.KEY}}")

    def _tell_without_undo(self, works: Mapping[str, OutsideWork], entries: Mapping[str, NodeEntry]) -> None:
        said = self._document.undo.by_key if self._document.undo is not None else {}
        for name, work in works.items():
            if name in said or work.effects is Effects.NONE:
                continue
            self.findings.append(
                Diagnostic(
                    code="MW-K082",
                    message=f"'{name}' of {self._definition.label} has no undo: what it does stays when its sandbox goes",
                    span=entries[name].span,
                    fix=f"add undo: {{{name}: {{{work.tool}: ...}}}}, or undo: {{{name}: none}} where that is meant",
                    severity=Severity.WARNING,
                    object=f"provision.{self._entry.name}",
                )
            )

    def _ordered(self, works: Mapping[str, OutsideWork], entries: Mapping[str, NodeEntry]) -> list[str]:
        """Return the nodes so that each comes after those that it waits for; else in the order of the file."""
        waits = {
            name: tuple(sorted({*work.uses, *(before for before, _ in entries[name].after)} & set(works)))
            for name, work in works.items()
        }
        for group in strongly_connected(waits):
            if len(group) > 1 or group[0] in waits[group[0]]:
                way = shortest_cycle(waits, group)
                shown = " -> ".join((*way, way[0]))
                self._find(f"nodes wait for each other: {shown}", entries[way[0]].span, "take one 'after' away")
                return []
        order: list[str] = []
        while len(order) < len(waits):
            order.append(next(name for name in waits if name not in order and set(waits[name]) <= set(order)))
        return order

    def _unfit(self, why: str, span: SourceSpan, fix: str) -> None:
        self._find(f"{self._definition.label} {why}", span, fix)

    def _find(self, message: str, span: SourceSpan, fix: str) -> None:
        place = self._entry.component.span
        where = f"{place.file}:{place.line}:{place.column}"
        self.findings.append(
            Diagnostic(
                code="MW-K080",
                message=f"{message}{_USED} {where})",
                span=span,
                fix=fix,
                object=f"provision.{self._entry.name}",
            )
        )


def _job(work: OutsideWork, entry: NodeEntry) -> ProvisionJob:
    return ProvisionJob(
        tool=work.tool,
        options=work.options,
        uses=work.uses,
        retry=entry.retry or Retry(),
        timeout_s=entry.timeout_s,
        span=entry.span,
    )


def filled(value: Scalar, facts: Mapping[str, str]) -> Scalar:
    """Return a parameter's value with ``${sandbox:...}`` in its text replaced by what is known of the sandbox."""
    if not isinstance(value, str):
        return value
    parts = split_text(value).parts
    return "".join(part if isinstance(part, str) else facts[f"{part.kind}:{part.name}"] for part in parts)

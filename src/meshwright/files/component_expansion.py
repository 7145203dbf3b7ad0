"""Uses of components as ordinary nodes of the product that uses them.

The default output becomes the using node, further outputs ``<node>__<output>``, everything else inside ``<node>__<inner>``;
an input with tests becomes a view ``<node>__<input>``, which carries them. Names hold no ``__`` of their own, so none of
these can be taken. The SQL inside is the component's text with the names of its inputs and nodes as addresses and columns
in the places of their parameters; its lines stay where they are, so that what is wrong is told in the component's file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan
from meshwright.files.cached import cache_key, read_through
from meshwright.files.component_binding import Around, Bound, bind
from meshwright.files.component_catalog import ComponentCatalog, Definition
from meshwright.files.component_inside import (
    DIALECT,
    column_lists,
    inner_entries,
    inner_names,
    value_parameters,
)
from meshwright.files.component_outside import renamed_condition, renamed_outside
from meshwright.files.component_rules import component_rules
from meshwright.files.component_running import UseRunning, product_references, waits_for_itself
from meshwright.files.component_uses import ComponentEntry
from meshwright.files.discovery import FoundFile
from meshwright.files.models import ProductScope, build_nodes
from meshwright.files.outside import OutsideScope
from meshwright.files.parameters import merge
from meshwright.files.pipeline import NodeEntry, PipelineDocument
from meshwright.files.python import PythonScope
from meshwright.files.statements import StatementRequest, parse_statements
from meshwright.frozen import dataclass
from meshwright.model import (
    EVERY_INPUT,
    ComponentOrigin,
    ComponentUse,
    DatasetTests,
    Node,
    SqlModel,
    bytes_identity,
)
from meshwright.model.names import COMPONENT_SIGN, LONGEST_DATASET_NAME
from meshwright.model.parameters import SECRET_TYPE
from meshwright.sql import ParsedStatement, parser_version, placed_columns, quote_identifier, substitute_tables

#: What a name inside adds at most is kept free.
_LONGEST_STEM = LONGEST_DATASET_NAME - 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Expanded:
    """What the uses of components in one product became."""

    nodes: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    #: Names of datasets that the uses mean to define, the unreadable ones among them.
    names: frozenset[str] = frozenset()
    #: Names of those with an error.
    broken: frozenset[str] = frozenset()
    tests: tuple[DatasetTests, ...] = ()
    uses: tuple[ComponentUse, ...] = ()
    #: Files of the components, relative to the mesh root.
    files: tuple[str, ...] = ()


NOTHING = Expanded()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a use stands, and what its nodes are called."""

    #: Name of its default output.
    own: str
    #: What stands before its other nodes' names, and what the lock file knows it by.
    stem: str
    #: Address of the node that a person wrote.
    node: str
    #: Names of the nodes around it, outermost first, without the person's.
    path: tuple[str, ...] = ()
    #: Whether others may read its default output, and its further ones.
    is_public: bool = True
    has_public_outputs: bool = True
    #: Scope in which names of components are looked up.
    scope: str = ""
    #: References of the uses around it, to tell a component that is made of itself.
    stack: tuple[str, ...] = ()
    #: Address of the use around it.
    outer: str | None = None
    #: Names of nodes of the product that come before all of its nodes, with where that is written.
    after: tuple[tuple[str, SourceSpan], ...] = ()
    #: How its nodes run, as far as it is said around them.
    running: UseRunning
    description: str | None = None
    tags: tuple[str, ...] = ()


def expand_components(
    scope: ProductScope,
    pipeline: PipelineDocument,
    catalog: ComponentCatalog,
    findings: list[Diagnostic],
) -> Expanded:
    """Return what the components in a product's pipeline become."""
    used = [entry for entry in pipeline.nodes.values() if entry.is_component]
    if not used:
        return NOTHING
    expansion = _Expansion(scope=scope, catalog=catalog, findings=findings)
    around = Around(lookup=expansion.dataset, params=scope.params)
    for entry in used:
        place = _Place(
            own=entry.name,
            stem=entry.name,
            node=f"{scope.address}.{entry.name}",
            scope=scope.address.partition(".")[0],
            after=entry.after,
            running=UseRunning().within(entry, {}, scope.params, product_references(scope.params)),
            description=entry.description,
            tags=entry.tags,
        )
        expansion.names.add(entry.name)
        if entry.component is None or entry.is_broken or waits_for_itself(entry):
            expansion.broken.add(entry.name)
        else:
            expansion.expand(entry.component, around, place)
    return expansion.result()


@dataclass(kw_only=True, slots=True)
class _Expansion:
    """The expansion of the uses of one product; collects what they become."""

    scope: ProductScope
    catalog: ComponentCatalog
    findings: list[Diagnostic]
    nodes: dict[str, Node] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    tests: list[DatasetTests] = field(default_factory=list)
    uses: list[ComponentUse] = field(default_factory=list)
    files: set[str] = field(default_factory=set)

    def result(self) -> Expanded:
        return Expanded(
            nodes=MappingProxyType(dict(sorted(self.nodes.items()))),
            names=frozenset(self.names),
            broken=frozenset(self.broken),
            tests=tuple(self.tests),
            uses=tuple(sorted(self.uses, key=lambda use: use.node)),
            files=tuple(sorted(self.files)),
        )

    def address(self, name: str) -> str:
        return f"{self.scope.address}.{name}"

    def dataset(self, name: str, span: SourceSpan) -> tuple[str, SourceSpan] | None:
        """Return the dataset that a person's pipeline names."""
        parts = name.split(".")
        if len(parts) not in {1, 3} or not all(part.isidentifier() for part in parts):
            return None
        return (name if len(parts) == 3 else self.address(name)), span

    def _refuse(self, entry: ComponentEntry, place: _Place, code: str, message: str, fix: str) -> None:
        """Note that a use cannot be expanded where it stands."""
        address = self.address(place.stem)
        self.findings.append(Diagnostic(code=code, message=message, span=entry.span, fix=fix, object=address))
        self._break(place)

    def expand(self, entry: ComponentEntry, around: Around, place: _Place) -> None:
        """Expand one use, and those inside of it."""
        address = self.address(place.stem)
        first = len(self.findings)
        if len(place.stem) > _LONGEST_STEM:
            self._refuse(
                entry,
                place,
                "MW-K008",
                f"components lie too deep inside of each other: {place.stem}",
                "take a level out",
            )
            return
        resolved = self.catalog.resolve(entry, address, place.scope, self.findings)
        if resolved is None:
            self.uses.append(ComponentUse(node=address, asked=entry.text, outer=place.outer, span=entry.span))
            self._break(place)
            return
        definition = resolved.definition
        self.files.update(definition.folder.files)
        use = ComponentUse(
            node=address,
            asked=entry.text,
            component=definition.name,
            version=definition.document.version,
            is_locked=resolved.is_locked,
            outer=place.outer,
            span=entry.span,
        )
        self.uses.append(use)
        if definition.is_broken or definition.reference in place.stack:  # both are told where they are
            self._break(place)
            return
        if not definition.document.outputs:
            message = f"{definition.label} has no outputs: it provisions sandboxes, and is no part of a pipeline"
            fix = "write it under sandboxes.provision of mesh.yaml, or take another component"
            self._refuse(entry, place, "MW-K087", message, fix)
            return
        bound = bind(entry, definition, around, address=self.address(place.own), findings=self.findings)
        if bound is None:
            self._break(place)
            return
        made = _Inside(expansion=self, definition=definition, bound=bound, place=place).build(first)
        self.uses[self.uses.index(use)] = replace(
            use,
            inputs=bound.used_inputs,
            columns=bound.used_columns,
            nodes=tuple(sorted(self.address(name) for name in made)),
        )

    def _break(self, place: _Place) -> None:
        self.names.add(place.own)
        self.broken.add(place.own)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Inside:
    """The inside of one use."""

    expansion: _Expansion
    definition: Definition
    bound: Bound
    place: _Place

    def build(self, first_finding: int) -> tuple[str, ...]:
        """Build the nodes, and return the names of them all, those of components inside among them."""
        expansion, document, folder = self.expansion, self.definition.document, self.definition.folder
        before = set(expansion.names)
        findings = expansion.findings
        tools = expansion.catalog.basis.tools
        entries = inner_entries(folder, document, self.bound.columns, tools, findings, expansion.scope.address)
        called = self._names()
        lookup = dict(self._lookup(called, entries))
        models = [FoundFile(name=called[file.name], path=file.path) for file in folder.models]
        texts = {
            path: text
            for path in folder.files
            if path.endswith(".sql") and (text := expansion.catalog.reader.read_text(path))
        }
        statements = self._statements(models, texts, {name: address for name, (address, _) in lookup.items()})
        pipeline = PipelineDocument(
            nodes=MappingProxyType(
                {
                    called[name]: self._renamed(entry, called, lookup)
                    for name, entry in entries.items()
                    if not entry.is_component
                }
            )
        )
        scope = replace(
            expansion.scope,
            params=merge(value_parameters(document), self.bound.values),
            python=_python_scope(expansion.scope, folder.path),
            outside=_outside_scope(expansion.scope, folder.path, self._told_parameters()),
            is_component=True,
            siblings=frozenset((*expansion.scope.siblings, *called.values())),
        )
        built = build_nodes(scope, models, statements, pipeline, findings)
        expansion.names.update(name for inner, name in called.items() if not _is_use(entries, inner))
        expansion.broken.update(name for name in built.broken)
        inner_of = {name: inner for inner, name in called.items()}
        for name, node in built.nodes.items():
            if node.item is not None:
                expansion.names.add(name)
                base = node.item.node.rpartition(".")[2]
                expansion.nodes[name] = self._placed(node, f"{inner_of[base]}{name.removeprefix(base)}", texts)
                continue
            if node.table_of is None:
                expansion.nodes[name] = self._placed(node, inner_of[name], texts)
                continue
            # A dataset that a tool leaves: it is called here as the tool calls it.
            placed = called.get(name, f"{self.place.stem}{COMPONENT_SIGN}{name}")
            moved = replace(node, address=expansion.address(placed))
            expansion.names.add(placed)
            expansion.nodes[placed] = self._placed(moved, name, texts)
        self._views()
        self._tests(called)
        self._uses_inside(entries, called, lookup)
        if any(each.severity is Severity.ERROR for each in findings[first_finding:]):
            expansion.broken.add(self.place.own)
        return tuple(expansion.names - before | {self.place.own})

    def _told_parameters(self) -> frozenset[str]:
        """Return what jobs are told of without being asked for it: a secret goes where an option names it, nowhere else."""
        return frozenset(name for name, each in self.bound.values.items() if each.type != SECRET_TYPE)

    def _names(self) -> dict[str, str]:
        """Return what each node inside is called in the product."""
        document, place = self.definition.document, self.place
        outputs = {inner: output for output, (inner, _) in document.outputs.items()}
        default = next(iter(document.outputs.values()))[0]
        return {
            inner: place.own if inner == default else f"{place.stem}{COMPONENT_SIGN}{outputs.get(inner, inner)}"
            for inner in inner_names(self.definition.folder, document)
        }

    def _lookup(
        self, called: Mapping[str, str], entries: Mapping[str, NodeEntry]
    ) -> Iterator[tuple[str, tuple[str, SourceSpan]]]:
        """Yield what the names that texts inside may use mean, with where a person named it."""
        address, span = self.expansion.address, self.definition.document.span
        for inner, name in called.items():
            yield inner, (address(name), span)
        for inner, entry in entries.items():
            if entry.component is None:
                continue
            stem = f"{self.place.stem}{COMPONENT_SIGN}{inner}"
            for output in self._outputs(entry.component, stem):
                yield f"{inner}{COMPONENT_SIGN}{output}", (address(f"{stem}{COMPONENT_SIGN}{output}"), span)
        for name, (dataset, place) in self.bound.inputs.items():
            yield name, (dataset if not self._is_viewed(name) else address(self._view(name)), place)

    def _outputs(self, entry: ComponentEntry, stem: str) -> Sequence[str]:
        resolved = self.expansion.catalog.resolve(entry, self.expansion.address(stem), self.definition.folder.scope, [])
        return tuple(resolved.definition.document.outputs)[1:] if resolved is not None else ()

    def _is_viewed(self, name: str) -> bool:
        return self.definition.document.tests is not None and name in self.definition.document.tests

    def _view(self, name: str) -> str:
        return f"{self.place.stem}{COMPONENT_SIGN}{name}"

    def _statements(
        self, models: Sequence[FoundFile], texts: Mapping[str, str], names: Mapping[str, str]
    ) -> dict[str, ParsedStatement]:
        placed = placed_texts(
            self.expansion.scope, texts, self.bound.columns, column_lists(self.definition.document.params), names
        )
        requests = [
            StatementRequest(
                path=file.path,
                text=placed[file.path],
                digest=bytes_identity(placed[file.path].encode()),
                product=self.expansion.scope.address,
                dialect=DIALECT,
            )
            for file in models
            if file.path in placed
        ]
        return parse_statements(requests, self.expansion.scope.cache) if requests else {}

    def _renamed(
        self, entry: NodeEntry, called: Mapping[str, str], lookup: Mapping[str, tuple[str, SourceSpan]]
    ) -> NodeEntry:
        """Return a node's entry under the names that hold in the product."""
        python = entry.python
        if python is not None:
            inputs = tuple(
                (name, lookup[dataset][0], span) for name, dataset, span in python.inputs if dataset in lookup
            )
            python = replace(python, inputs=inputs)
        depends = tuple(
            each if each.name == EVERY_INPUT or each.name not in lookup else replace(each, name=lookup[each.name][0])
            for each in entry.incremental.depends
        )
        after = tuple((called[name], span) for name, span in entry.after if name in called)
        outside = entry.outside
        if outside is not None:
            outside = renamed_outside(
                outside, entry.name, called, lambda name: lookup[name][0] if name in lookup else None
            )
        return replace(
            entry,
            name=called[entry.name],
            python=python,
            outside=outside,
            when=renamed_condition(entry.when, called) if entry.when is not None else None,
            incremental=replace(entry.incremental, depends=depends),
            after=after,
        )

    def _placed(self, node: Node, inner: str, texts: Mapping[str, str]) -> Node:
        """Return a node with where it comes from; what is bound stands where its code looks for parameters."""
        name = node.address.rpartition(".")[2]
        sql = node.sql
        if sql is not None and node.span is not None and texts.get(node.span.file) not in {None, sql.text}:
            sql = replace(sql, written=texts[node.span.file])
        is_own = name == self.place.own
        outer = tuple(self.expansion.address(name) for name, _ in self.place.after)
        placed = self.place.running.applied(node)
        return replace(
            placed,
            sql=sql,
            params=merge(self.bound.values, placed.params),
            after=tuple(dict.fromkeys((*placed.after, *outer))),
            description=(self.place.description if is_own else None) or node.description,
            tags=tuple(dict.fromkeys((*node.tags, *(self.place.tags if is_own else ())))),
            origin=self._origin(name, inner),
        )

    def _origin(self, name: str, inner: str) -> ComponentOrigin:
        place = self.place
        is_output = inner in {found for found, _ in self.definition.document.outputs.values()}
        return ComponentOrigin(
            component=self.definition.name,
            version=self.definition.document.version,
            node=place.node,
            inner=".".join((*place.path, inner)),
            is_output=place.is_public if name == place.own else is_output and place.has_public_outputs,
            references=MappingProxyType({**self.bound.references, **self.place.running.references}),
            given=tuple(sorted(self.bound.given)),
            places=MappingProxyType(dict(self.bound.inputs.values())),
        )

    def _views(self) -> None:
        """Make a view of each input that has tests: they are about what comes in here, whoever supplies it."""
        expansion = self.expansion
        for name, (dataset, span) in self.bound.inputs.items():
            if not self._is_viewed(name):
                continue
            view = self._view(name)
            text = "select * from " + ".".join(map(quote_identifier, dataset.split(".")))
            request = StatementRequest(
                path=view,
                text=text,
                digest=bytes_identity(text.encode()),
                product=expansion.scope.address,
                dialect=DIALECT,
            )
            parsed = parse_statements([request], expansion.scope.cache)[view]
            expansion.names.add(view)
            node = Node(
                address=expansion.address(view),
                kind="sql",
                sql=SqlModel(
                    text=text,
                    dialect=DIALECT,
                    fingerprint=parsed.fingerprint,
                    canonical=parsed.canonical,
                    reads=(dataset,),
                ),
                is_view=True,
                after=tuple(expansion.address(name) for name, _ in self.place.after),
                origin=self._origin(view, name),
                span=span,
            )
            expansion.nodes[view] = self.place.running.applied(node)

    def _tests(self, called: Mapping[str, str]) -> None:
        expansion = self.expansion
        names = {**called, **{name: self._view(name) for name in self.bound.inputs}}
        for inner, rules in component_rules(
            self.definition, self.bound, expansion.catalog.basis.severity, self._rule_names(names), expansion.findings
        ):
            expansion.tests.append(DatasetTests(dataset=expansion.address(names[inner]), rules=rules))

    def _rule_names(self, names: Mapping[str, str]) -> dict[str, str]:
        datasets = {name: dataset for name, (dataset, _) in self.bound.inputs.items() if not self._is_viewed(name)}
        return {name: datasets.get(name, self.expansion.address(placed)) for name, placed in names.items()}

    def _uses_inside(
        self, entries: Mapping[str, NodeEntry], called: Mapping[str, str], lookup: Mapping[str, tuple[str, SourceSpan]]
    ) -> None:
        place = self.place
        around = Around(
            lookup=lambda name, _: lookup.get(name),
            params=merge(value_parameters(self.definition.document), self.bound.values),
            references=self.bound.references,
            is_component=True,
            known=tuple(lookup),
        )
        for inner, entry in entries.items():
            if entry.component is None:
                continue
            own = called[inner]
            after = tuple((called[name], span) for name, span in entry.after if name in called)
            is_default = own == place.own
            is_output = inner in {found for found, _ in self.definition.document.outputs.values()}
            self.expansion.expand(
                entry.component,
                around,
                _Place(
                    own=own,
                    stem=f"{place.stem}{COMPONENT_SIGN}{inner}",
                    node=place.node,
                    path=(*place.path, inner),
                    is_public=place.is_public if is_default else is_output and place.has_public_outputs,
                    has_public_outputs=False,
                    scope=self.definition.folder.scope,
                    stack=(*place.stack, self.definition.reference),
                    outer=self.expansion.address(place.stem),
                    after=(*after, *place.after),
                    running=place.running.within(entry, called, around.params, around.references),
                    description=(place.description if is_default else None) or entry.description,
                    tags=(*entry.tags, *(place.tags if is_default else ())),
                ),
            )


def _is_use(entries: Mapping[str, NodeEntry], inner: str) -> bool:
    return inner in entries and entries[inner].is_component


def _python_scope(scope: ProductScope, folder: str) -> PythonScope | None:
    """Python modules of a component lie in its folder, and see nothing of the product's."""
    return replace(scope.python, folder=folder, domain_folder=folder) if scope.python is not None else None


def _outside_scope(scope: ProductScope, folder: str, params: frozenset[str]) -> OutsideScope | None:
    """Files that nodes of tools name lie in the component's folder; a job is told the component's parameters."""
    return replace(scope.outside, folder=folder, own_params=params) if scope.outside is not None else None


def placed_texts(
    scope: ProductScope,
    texts: Mapping[str, str],
    columns: Mapping[str, tuple[str, ...]],
    lists: frozenset[str],
    names: Mapping[str, str],
) -> dict[str, str]:
    """Return texts, by path, with columns and addresses in their places."""
    said = [sorted((name, list(found)) for name, found in columns.items()), sorted(lists), sorted(names.items())]
    keys = {path: cache_key(parser_version(), DIALECT, text, said) for path, text in texts.items()}
    parts: dict[tuple[str, ...], str] = {(name,): dataset for name, dataset in names.items()}

    def placed(text: str) -> str:
        return substitute_tables(placed_columns(text, DIALECT, columns, lists=lists).text, DIALECT, parts)

    found = read_through(
        scope.cache,
        "component",
        {keys[path]: text for path, text in texts.items()},
        make=placed,
        encode=json.dumps,
        decode=lambda _, encoded: str(json.loads(encoded)),
    )
    return {path: found[key] for path, key in keys.items()}

"""The nodes of a product: model files, with the settings that `pipeline.yaml` adds, and sources."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.files.cache import ParseCache
from meshwright.files.discovery import FoundFile
from meshwright.files.fields import check_name
from meshwright.files.incremental import with_inputs
from meshwright.files.items import check_item_is_used, fanned_out
from meshwright.files.outside import OutsideScope, outside_work, table_nodes
from meshwright.files.parameters import Parameters, merge
from meshwright.files.pipeline import NodeEntry, PipelineDocument, with_defaults
from meshwright.files.python import PythonScope, python_model
from meshwright.files.statements import read_addresses, sql_findings, statements_time_columns, undeclared_parameters
from meshwright.frozen import dataclass
from meshwright.model import ByInterval, Node, Source, SqlModel, dataset_name, product_of
from meshwright.model.outside import OutsideWork
from meshwright.sql import ParsedStatement, impure_problems


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductScope:
    """What the files of a product are read against."""

    #: ``domain.product``.
    address: str
    #: Parameters of the mesh, the domain and the pipeline, merged.
    params: Parameters
    #: Names of the logical engines.
    engines: frozenset[str]
    #: Name of the engine that everything runs on.
    engine: str
    python: PythonScope | None = None
    cache: ParseCache | None = None
    #: Whether nodes are those of a component, which are called as nobody could call them.
    is_component: bool = False
    #: Names of further nodes, which are built elsewhere.
    siblings: frozenset[str] = frozenset()
    #: Addresses of those of them that come before what is external and says nothing of its order.
    early: tuple[str, ...] = ()
    #: What nodes of tools are read against, but for what differs from node to node.
    outside: OutsideScope | None = None
    #: Names of the pools that `mesh.yaml` declares.
    pools: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Nodes:
    """The nodes of a product, by name."""

    nodes: Mapping[str, Node]
    #: Names of datasets that the files mean to define, the unreadable ones among them.
    names: frozenset[str]
    #: Names of those with an error.
    broken: frozenset[str]

    @property
    def dataset_names(self) -> frozenset[str]:
        """Names of datasets, those of nodes that yield none aside."""
        return self.names - {name for name, node in self.nodes.items() if not node.has_dataset}


def build_nodes(
    scope: ProductScope,
    models: Sequence[FoundFile],
    statements: Mapping[str, ParsedStatement],
    pipeline: PipelineDocument,
    findings: list[Diagnostic],
) -> Nodes:
    """Return the product's nodes. A node with an error is kept where its part could be read, so that what
    reads it is not reported as well; its name is among the broken ones."""
    nodes: dict[str, Node] = {}
    broken = {entry.name for entry in pipeline.nodes.values() if entry.is_broken}
    names = {*pipeline.nodes, *(file.name for file in models), *scope.siblings}
    outside = _outside_nodes(scope, pipeline, names, findings)
    nodes.update(outside.nodes)
    broken |= outside.broken
    names |= outside.names
    for entry in pipeline.nodes.values():
        if entry.source is not None:
            nodes[entry.name] = _source_node(scope, entry, entry.source, names)
    for entry in pipeline.nodes.values():
        if entry.python is not None:
            before = len(findings)
            made = _python_node(scope, entry, names, findings)
            if made is None or any(finding.severity is Severity.ERROR for finding in findings[before:]):
                broken.add(entry.name)
            if made is not None:
                nodes[entry.name] = made
    time_columns = _time_columns(scope, models, statements, pipeline)
    entries = {**{file.name: _implied(file, pipeline) for file in models}, **pipeline.nodes}
    for file in models:
        before = len(findings)
        said, cut_by = entries[file.name], time_columns.get(file.path, {})
        node = _sql_node(scope, file, statements.get(file.path), said, names, cut_by, findings)
        if node is None or any(finding.severity is Severity.ERROR for finding in findings[before:]):
            broken.add(file.name)
        if node is not None:
            nodes[file.name] = node
    for entry in pipeline.nodes.values():
        if not _check_references(scope, entry, names, findings):
            broken.add(entry.name)
    nodes = {name: _as_run(node, entries.get(name)) for name, node in nodes.items()}
    early = list(_early_problems(nodes))
    findings += early
    broken |= {dataset_name(found.object or "") for found in early}
    fanned = _fanned_out(scope, pipeline, nodes)
    nodes.update(fanned)
    names |= fanned.keys()
    broken |= {
        name for name, node in fanned.items() if node.item is not None and dataset_name(node.item.node) in broken
    }
    nodes.update(external_nodes(nodes, scope.early))
    return Nodes(nodes=MappingProxyType(dict(sorted(nodes.items()))), names=frozenset(names), broken=frozenset(broken))


def _fanned_out(scope: ProductScope, pipeline: PipelineDocument, nodes: Mapping[str, Node]) -> Mapping[str, Node]:
    """Return what the models and functions become that fan out over a list."""
    found: dict[str, Node] = {}
    for entry in pipeline.nodes.values():
        if entry.items is not None and entry.name in nodes:
            found.update(fanned_out(nodes[entry.name], entry.items, scope.cache))
    return found


def _implied(file: FoundFile, pipeline: PipelineDocument) -> NodeEntry:
    """Return the entry of a model that the pipeline does not name."""
    return with_defaults(NodeEntry(name=file.name, span=SourceSpan(file=file.path)), pipeline.running)


def _as_run(node: Node, entry: NodeEntry | None) -> Node:
    """Return the node with what its entry says of how it runs."""
    if entry is None:
        return node
    product = product_of(node.address)
    # That a node asks about itself is told as such: it is no cycle.
    asked = tuple(f"{product}.{name}" for name in (entry.when.nodes if entry.when else ()) if name != entry.name)
    return replace(
        node,
        when=entry.when,
        run_if=entry.run_if,
        retry=entry.retry,
        pool=entry.pool,
        after=tuple(dict.fromkeys((*node.after, *asked))),
    )


def external_nodes(nodes: Mapping[str, Node], further: tuple[str, ...] = ()) -> Mapping[str, Node]:
    """Return the external nodes that say nothing of what they come after: they come after all that is not external.

    `further` are addresses of nodes that are not external either.
    """
    others = tuple(sorted((*further, *(node.address for node in nodes.values() if not node.is_external))))
    return {
        name: replace(node, after=others)
        for name, node in nodes.items()
        if node.is_external and not node.after and not node.read_datasets
    }


def _outside_nodes(
    scope: ProductScope, pipeline: PipelineDocument, names: Collection[str], findings: list[Diagnostic]
) -> Nodes:
    """Return the nodes of tools, and those of the datasets that they leave."""
    nodes: dict[str, Node] = {}
    broken: set[str] = set()
    added: set[str] = set()
    for entry in pipeline.nodes.values():
        if entry.outside is None:
            continue
        assert scope.outside is not None  # where nodes are read from files
        before = len(findings)
        read_scope = replace(
            scope.outside,
            params=merge(scope.params, entry.params),
            own_params=frozenset(entry.params) | scope.outside.own_params,
        )
        read = outside_work(read_scope, entry.outside, entry.name, findings)
        if read is None or any(finding.severity is Severity.ERROR for finding in findings[before:]):
            broken.add(entry.name)
        if read is None:
            continue
        for table in read.tables:
            if table.name in names or table.name in added:
                findings.append(
                    Diagnostic(
                        code="MW-J003",
                        message=f"dataset '{table.name}' of node '{entry.name}' is the name of another node of {scope.address}",
                        span=table.span,
                        fix="rename one of the two",
                        object=f"{scope.address}.{entry.name}",
                    )
                )
            added.add(table.name)
        node = _outside_node(scope, entry, read.work, {*names, *added})
        nodes[entry.name] = node
        nodes.update((dataset_name(each.address), each) for each in table_nodes(read, node.address))
        findings += [
            Diagnostic(
                code="MW-J006",
                message=f"node '{entry.name}' uses a value of '{used}', which is no other node of {scope.address}",
                span=span,
                fix=known_names_hint(used, {*names} - {entry.name}, what="nodes"),
                object=node.address,
            )
            for used, span in read.uses
            if used not in names or used == entry.name
        ]
    return Nodes(nodes=nodes, names=frozenset(added), broken=frozenset(broken))


def _outside_node(scope: ProductScope, entry: NodeEntry, work: OutsideWork, names: Collection[str]) -> Node:
    used = (f"{scope.address}.{name}" for name in work.uses if name in names and name != entry.name)
    return Node(
        address=f"{scope.address}.{entry.name}",
        kind=work.tool,
        outside=work,
        columns=entry.columns,
        params=entry.params,
        refresh=entry.refresh,
        timeout_s=entry.timeout_s,
        after=tuple(dict.fromkeys((*_after(scope, entry, names), *used))),
        description=entry.description,
        tags=entry.tags,
        span=entry.span,
    )


def _source_node(scope: ProductScope, entry: NodeEntry, source: Source, names: Collection[str]) -> Node:
    return Node(
        address=f"{scope.address}.{entry.name}",
        kind="source",
        source=source,
        columns=entry.columns,
        incremental=entry.incremental.incremental,
        params=entry.params,
        is_deterministic=entry.is_deterministic,
        refresh=entry.refresh,
        after=_after(scope, entry, names),
        description=entry.description,
        tags=entry.tags,
        engine=entry.engine[0] if entry.engine else None,
        span=entry.span,
    )


def _python_node(
    scope: ProductScope, entry: NodeEntry, names: Collection[str], findings: list[Diagnostic]
) -> Node | None:
    assert entry.python is not None
    address = f"{scope.address}.{entry.name}"
    before = len(findings)
    params = frozenset(merge(scope.params, entry.params)) | entry.own_names
    assert scope.python is not None  # where nodes are read from files
    model = python_model(scope.python, entry.python, address=address, params=params, findings=findings)
    if model is None:
        return None
    if len(findings) == before:
        findings += check_item_is_used(entry.items, model.params, f"{model.function}()", address)
    reads = tuple(dict.fromkeys(given.dataset for given in model.inputs))
    incremental = with_inputs(entry.incremental, reads, address=address, findings=findings)
    if isinstance(incremental, ByInterval):
        # A function says nothing of its columns: an input that has one of the same name is taken at its word.
        incremental = replace(incremental, time_columns=MappingProxyType(dict.fromkeys(reads, incremental.by)))
    return Node(
        address=address,
        kind="python",
        python=model,
        columns=entry.columns,
        incremental=incremental,
        params=entry.params,
        is_deterministic=entry.is_deterministic,
        is_none=entry.is_none,
        refresh=entry.refresh,
        timeout_s=entry.timeout_s,
        memory_bytes=entry.memory_bytes,
        after=_after(scope, entry, names),
        description=entry.description,
        tags=entry.tags,
        engine=entry.engine[0] if entry.engine else None,
        span=entry.span,
    )


def _sql_node(
    scope: ProductScope,
    file: FoundFile,
    parsed: ParsedStatement | None,
    entry: NodeEntry,
    names: Collection[str],
    time_columns: Mapping[str, str],
    findings: list[Diagnostic],
) -> Node | None:
    span = SourceSpan(file=file.path)
    address = f"{scope.address}.{file.name}"
    if not scope.is_component and not check_name(file.name, span, what="a dataset", findings=findings, address=address):
        return None
    if parsed is None:
        return None
    findings += sql_findings(parsed.problems, file.path, address=address)
    findings += sql_findings(parsed.warnings, file.path, address=address, severity=Severity.WARNING)
    if entry.is_deterministic:
        findings += sql_findings(impure_problems(parsed), file.path, address=address)
    declared = {*merge(scope.params, entry.params), *entry.own_names}
    undeclared = undeclared_parameters(parsed, file.path, declared=declared, address=address)
    findings += undeclared or check_item_is_used(entry.items, parsed.params, file.path, address)
    reads = read_addresses(parsed, scope.address)
    if entry.is_source:
        return None
    incremental = with_inputs(entry.incremental, reads, address=address, findings=findings)
    if isinstance(incremental, ByInterval):
        incremental = replace(incremental, time_columns=time_columns)
    return Node(
        address=address,
        kind="sql",
        sql=SqlModel(
            text=parsed.text,
            dialect=parsed.dialect,
            fingerprint=parsed.fingerprint,
            canonical=parsed.canonical,
            reads=reads,
            params=parsed.params,
        ),
        columns=entry.columns,
        params=entry.params,
        is_deterministic=entry.is_deterministic,
        is_view=entry.is_view,
        incremental=incremental,
        refresh=entry.refresh,
        timeout_s=entry.timeout_s,
        timeout_span=entry.timeout_span,
        after=_after(scope, entry, names),
        description=entry.description,
        tags=entry.tags,
        engine=entry.engine[0] if entry.engine else None,
        span=span,
    )


def _time_columns(
    scope: ProductScope,
    models: Sequence[FoundFile],
    statements: Mapping[str, ParsedStatement],
    pipeline: PipelineDocument,
) -> dict[str, Mapping[str, str]]:
    """Return, by path, which columns of its inputs become the column that cuts a model into intervals."""
    cuts = {
        file.path: (statements[file.path], cut)
        for file in models
        if file.path in statements
        and (entry := pipeline.nodes.get(file.name)) is not None
        and isinstance(cut := entry.incremental.incremental, ByInterval)
    }
    found = statements_time_columns(tuple(cuts.values()), scope.address, scope.cache) if cuts else []
    return {path: MappingProxyType(columns) for path, columns in zip(cuts, found, strict=True)}


def _after(scope: ProductScope, entry: NodeEntry, names: Collection[str]) -> tuple[str, ...]:
    return tuple(f"{scope.address}.{name}" for name, _ in entry.after if name in names)


def _condition_problems(scope: ProductScope, entry: NodeEntry, names: set[str]) -> Iterator[Diagnostic]:
    """Yield what is wrong with the names in a node's condition, and with the name of its pool."""
    address = f"{scope.address}.{entry.name}"
    condition = entry.when
    params = merge(scope.params, entry.params)
    wrong: list[tuple[str, str, SourceSpan | None, str]] = []
    for name in condition.nodes if condition else ():
        if name not in names or name == entry.name:
            what = f"'when' asks about '{name}', which is no other node of {scope.address}"
            wrong.append(("MW-J011", what, condition.span if condition else None, _hint(name, names - {entry.name})))
    for name in condition.params if condition else ():
        if name not in params:
            what = f"'when' asks about parameter '{name}', which is declared nowhere"
            wrong.append(("MW-M212", what, condition.span if condition else None, _hint(name, params)))
    if entry.pool is not None and entry.pool not in scope.pools:
        what = f"there is no pool '{entry.pool}' in mesh.yaml"
        fix = _hint(entry.pool, scope.pools) if scope.pools else f"write pools: {{{entry.pool}: 2}} in mesh.yaml"
        wrong.append(("MW-J012", what, entry.pool_span or entry.span, fix))
    for code, message, span, fix in wrong:
        yield Diagnostic(code=code, message=message, span=span, fix=fix, object=address)


def _hint(name: str, known: Collection[str]) -> str:
    return known_names_hint(name, known, what="names")


def _early_problems(nodes: Mapping[str, Node]) -> Iterator[Diagnostic]:
    """Yield the nodes that come after an external one without being external: it runs after they are published."""
    for node in nodes.values():
        for before in map(dataset_name, node.after):
            if before in nodes and nodes[before].is_external and not node.is_external:
                yield Diagnostic(
                    code="MW-J009",
                    message=f"node '{dataset_name(node.address)}' comes after '{before}', whose external effects happen only "
                    "after both are published",
                    span=node.span,
                    fix=f"write 'effects: external' there as well, or 'effects: isolated' at '{before}' if nothing outside changes",
                    object=node.address,
                )


def _check_references(scope: ProductScope, entry: NodeEntry, names: set[str], findings: list[Diagnostic]) -> bool:
    """Check the names of nodes and engines that an entry gives; whether all are known."""
    address = f"{scope.address}.{entry.name}"
    before = len(findings)
    for name, span in entry.after:
        if name not in names:
            findings.append(
                Diagnostic(
                    code="MW-M209",
                    message=f"'after' names '{name}', which is no node of {scope.address}",
                    span=span,
                    fix=known_names_hint(name, names, what="nodes"),
                    object=address,
                )
            )
        elif name == entry.name and entry.is_component:
            message, fix = f"'after' of '{name}' names the node itself", f"remove '{name}'"
            findings.append(Diagnostic(code="MW-M209", message=message, span=span, fix=fix, object=address))
    findings += _condition_problems(scope, entry, names)
    if entry.engine and entry.engine[0] not in scope.engines:
        findings.append(
            Diagnostic(
                code="MW-M110",
                message=f"there is no engine '{entry.engine[0]}' in mesh.yaml",
                span=entry.engine[1],
                fix=known_names_hint(entry.engine[0], scope.engines, what="engines"),
                object=address,
            )
        )
    elif entry.engine and scope.engine in scope.engines and entry.engine[0] != scope.engine:
        findings.append(
            Diagnostic(
                code="MW-M402",
                message=f"'engine: {entry.engine[0]}' of node '{entry.name}' is not supported by this version of "
                f"meshwright: everything runs on the mesh's engine, '{scope.engine}'",
                span=entry.engine[1],
                fix=f"write 'engine: {scope.engine}' or leave it out",
                object=address,
            )
        )
    return len(findings) == before

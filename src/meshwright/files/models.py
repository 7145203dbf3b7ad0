"""The nodes of a product: model files, with the settings that `pipeline.yaml` adds, and sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.files.cache import ParseCache
from meshwright.files.discovery import FoundFile
from meshwright.files.fields import check_name
from meshwright.files.incremental import with_inputs
from meshwright.files.parameters import Parameters, merge
from meshwright.files.pipeline import NodeEntry, PipelineDocument
from meshwright.files.python import PythonScope, python_model
from meshwright.files.statements import read_addresses, sql_findings, statements_time_columns, undeclared_parameters
from meshwright.frozen import dataclass
from meshwright.model import INTERVAL_PARAMETERS, ByInterval, Node, Source, SqlModel
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Nodes:
    """The nodes of a product, by name."""

    nodes: Mapping[str, Node]
    #: Names of datasets that the files mean to define, the unreadable ones among them.
    names: frozenset[str]
    #: Names of those with an error.
    broken: frozenset[str]


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
    for file in models:
        before = len(findings)
        said, cut_by = pipeline.nodes.get(file.name), time_columns.get(file.path, {})
        node = _sql_node(scope, file, statements.get(file.path), said, names, cut_by, findings)
        if node is None or any(finding.severity is Severity.ERROR for finding in findings[before:]):
            broken.add(file.name)
        if node is not None:
            nodes[file.name] = node
    for entry in pipeline.nodes.values():
        if not _check_references(scope, entry, names, findings):
            broken.add(entry.name)
    return Nodes(nodes=MappingProxyType(dict(sorted(nodes.items()))), names=frozenset(names), broken=frozenset(broken))


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
    params = frozenset(merge(scope.params, entry.params)) | _interval_names(entry)
    assert scope.python is not None  # where nodes are read from files
    model = python_model(scope.python, entry.python, address=address, params=params, findings=findings)
    if model is None:
        return None
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
    entry: NodeEntry | None,
    names: Collection[str],
    time_columns: Mapping[str, str],
    findings: list[Diagnostic],
) -> Node | None:
    span = SourceSpan(file=file.path)
    entry = entry or NodeEntry(name=file.name, span=span)
    address = f"{scope.address}.{file.name}"
    if not scope.is_component and not check_name(file.name, span, what="a dataset", findings=findings, address=address):
        return None
    if parsed is None:
        return None
    findings += sql_findings(parsed.problems, file.path, address=address)
    findings += sql_findings(parsed.warnings, file.path, address=address, severity=Severity.WARNING)
    if entry.is_deterministic:
        findings += sql_findings(impure_problems(parsed), file.path, address=address)
    declared = {*merge(scope.params, entry.params), *_interval_names(entry)}
    findings += undeclared_parameters(parsed, file.path, declared=declared, address=address)
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


def _interval_names(entry: NodeEntry) -> frozenset[str]:
    """Return the names that mean the interval's moments in the node's code."""
    return frozenset(INTERVAL_PARAMETERS) if entry.incremental.has_intervals else frozenset()


def _after(scope: ProductScope, entry: NodeEntry, names: Collection[str]) -> tuple[str, ...]:
    return tuple(f"{scope.address}.{name}" for name, _ in entry.after if name in names)


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

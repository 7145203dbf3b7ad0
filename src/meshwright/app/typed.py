"""Columns and column lineage of every dataset, without data: sources by their heads, models by binding them.

Everything is remembered in the parse cache under keys that hold all it depends on, so a warm check of an unchanged
mesh imports no engine and no SQL parser.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from meshwright.diagnostics import Diagnostic, MeshwrightError, Severity, SourceSpan, known_names_hint
from meshwright.engines.protocol import BindProblem, BindRequest, Engine, SourceRead
from meshwright.files.cache import ParseCache
from meshwright.graph.dag import Graph
from meshwright.graph.lineage import ColumnLineage, compose_lineage
from meshwright.model import Column, Columns, Mesh, Node, Scalar, Version, identity, product_of
from meshwright.model.parameters import parameter_types
from meshwright.plan.identities import node_definition
from meshwright.run.observe import source_files
from meshwright.sql import ColumnSource, Influence, parser_version, statement_lineage


@dataclass(frozen=True, kw_only=True, slots=True)
class TypedMesh:
    """What is known of columns before anything runs."""

    #: Dataset -> columns; a dataset whose columns are not known is absent.
    columns: Mapping[str, Columns]
    lineage: ColumnLineage
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TypingInputs:
    """What typing looks at."""

    mesh: Mesh
    graph: Graph
    root: Path
    #: Dataset -> newest published version, for sources that were read before.
    published: Mapping[str, Version]
    #: Dataset -> parameter values.
    params: Mapping[str, Mapping[str, Scalar]]
    #: Datasets that the files define with an error: they are not bound.
    broken: frozenset[str]


def type_mesh(inputs: TypingInputs, engine: Engine, cache: ParseCache) -> TypedMesh:
    """Find the columns of every dataset, and which columns each column is made from."""
    diagnostics: list[Diagnostic] = []
    columns = _source_columns(inputs, engine, cache, diagnostics)
    keys = _bind_keys(inputs, columns, engine)
    _bind_models(inputs, columns, keys, engine, cache, diagnostics)
    diagnostics.extend(_declared_differences(inputs.mesh, columns))
    lineage = _lineage(inputs, columns, keys, cache)
    return TypedMesh(columns=columns, lineage=lineage, diagnostics=tuple(diagnostics))


def _source_columns(
    inputs: TypingInputs, engine: Engine, cache: ParseCache, diagnostics: list[Diagnostic]
) -> dict[str, Columns]:
    columns: dict[str, Columns] = {}
    heads: dict[str, tuple[Node, SourceRead]] = {}
    for node in inputs.mesh.nodes():
        if node.source is None or node.address in inputs.broken:
            continue
        fingerprint, _ = node_definition(node)
        version = inputs.published.get(node.address)
        if version is not None and version.fingerprint == fingerprint:
            columns[node.address] = version.columns
            continue
        files = source_files(inputs.root, node.source)
        if not files:
            diagnostics.append(_absent_source(node))
            if node.columns:
                columns[node.address] = node.columns
            continue
        read = SourceRead(dataset=node.address, source=node.source, files=files, columns=node.columns, span=node.span)
        heads[_head_key(fingerprint, files, engine)] = (node, read)
    found = cache.get_many("head", heads.keys())
    fresh: dict[str, str] = {}
    for key, (node, read) in heads.items():
        if key in found:
            columns[node.address] = _columns_from(found[key])
            continue
        try:
            columns[node.address] = engine.read_head(read)
        except MeshwrightError as error:
            diagnostics.extend(error.diagnostics)
        else:
            fresh[key] = _columns_text(columns[node.address])
    cache.put_many("head", fresh)
    return columns


def _head_key(fingerprint: str, files: tuple[str, ...], engine: Engine) -> str:
    stats = [(path, Path(path).stat()) for path in files]
    marks = [[path, stat.st_size, stat.st_mtime_ns] for path, stat in stats]
    return identity("mwhead1", fingerprint, marks, engine.identity, engine.release)


def _bind_keys(inputs: TypingInputs, columns: Mapping[str, Columns], engine: Engine) -> dict[str, str]:
    """Return what each dataset's columns depend on, as a key; what reads something unknown has none."""
    keys: dict[str, str] = {}
    for dataset in inputs.graph.order:
        node = inputs.mesh.node(dataset)
        assert node is not None
        if node.sql is None:
            if dataset in columns:
                keys[dataset] = columns_identity(columns[dataset])
            continue
        if dataset not in inputs.broken and all(read in keys for read in node.sql.reads):
            keys[dataset] = identity(
                "mwbind1",
                dataset,
                node.sql.text,
                node.sql.dialect,
                dict(inputs.params.get(dataset, {})),
                dict(parameter_types(inputs.mesh, node)),
                engine.identity,
                engine.release,
                [keys[read] for read in node.sql.reads],
            )
    return keys


def _bind_models(
    inputs: TypingInputs,
    columns: dict[str, Columns],
    keys: Mapping[str, str],
    engine: Engine,
    cache: ParseCache,
    diagnostics: list[Diagnostic],
) -> None:
    models = [dataset for dataset in inputs.graph.order if dataset in keys and dataset not in columns]
    found = cache.get_many("bind", [keys[dataset] for dataset in models])
    missing: list[Node] = []
    for dataset in models:
        node = inputs.mesh.node(dataset)
        assert node is not None
        if keys[dataset] in found:
            columns[dataset] = _columns_from(found[keys[dataset]])
        else:
            missing.append(node)
    if not missing:
        return
    answers = engine.bind([_bind_request(node, inputs) for node in missing], columns)
    fresh: dict[str, str] = {}
    for node in missing:
        answer = answers.get(node.address)
        if isinstance(answer, BindProblem):
            diagnostics.append(_model_problem(node, answer, columns))
        elif answer is not None:
            columns[node.address] = answer
            fresh[keys[node.address]] = _columns_text(answer)
    cache.put_many("bind", fresh)


def _bind_request(node: Node, inputs: TypingInputs) -> BindRequest:
    assert node.sql is not None
    return BindRequest(
        dataset=node.address,
        text=node.sql.text,
        dialect=node.sql.dialect,
        reads=node.sql.reads,
        params=inputs.params.get(node.address, {}),
        param_types=parameter_types(inputs.mesh, node),
        span=node.span,
    )


def _model_problem(node: Node, problem: BindProblem, columns: Mapping[str, Columns]) -> Diagnostic:
    file = node.span.file if node.span else node.address
    span = SourceSpan(file=file, line=problem.line, column=problem.column)
    offered = {column.name for read in node.reads for column in columns.get(read, ())}
    return bind_diagnostic(problem, reader=node.address, offered=offered, span=span, address=node.address)


def bind_diagnostic(
    problem: BindProblem, *, reader: str, offered: set[str], span: SourceSpan | None, address: str
) -> Diagnostic:
    """Return the finding for a model or rule, `reader`, that does not bind; its inputs have the `offered` columns."""
    if problem.unknown is not None and "column" in problem.message.lower():
        return Diagnostic(
            code="MW-T001",
            message=f"{problem.unknown!r} is not among the columns that the inputs of {reader} have",
            span=span,
            fix=known_names_hint(problem.unknown, offered | set(problem.candidates), what="columns"),
            object=address,
        )
    is_named = problem.unknown is not None and problem.candidates
    return Diagnostic(
        code="MW-T002",
        message=problem.message,
        span=span,
        fix=known_names_hint(problem.unknown or "", problem.candidates, what="names")
        if is_named
        else "correct the expression; the engine bound it against the types of its inputs",
        object=address,
    )


def _absent_source(node: Node) -> Diagnostic:
    assert node.source is not None
    known = "its declared columns are taken" if node.columns else "its columns, and what reads it, are not checked"
    return Diagnostic(
        code="MW-T003",
        severity=Severity.WARNING,
        message=f"no file matches {node.source.path!r} for source {node.address}; {known}",
        span=node.span,
        fix="put the file there, or declare `columns`",
        object=node.address,
    )


def _declared_differences(mesh: Mesh, columns: Mapping[str, Columns]) -> list[Diagnostic]:
    """Compare `columns` declared on SQL nodes with what the models give."""
    from meshwright.checks.types import stored_form

    found: list[Diagnostic] = []
    for node in mesh.nodes():
        if node.sql is None or not node.columns or node.address not in columns:
            continue
        given = {column.name.lower(): column.type for column in columns[node.address]}
        for declared in node.columns:
            actual = given.get(declared.name.lower())
            if actual == stored_form(declared.type):
                continue
            gives = f"the model gives {actual}" if actual else "the model does not give it"
            found.append(
                Diagnostic(
                    code="MW-T004",
                    message=f"column {declared.name!r} of {node.address} is declared {declared.type}, but {gives}",
                    span=node.span,
                    fix="cast in the model, or correct the declaration"
                    if actual
                    else known_names_hint(declared.name, given, what="columns"),
                    object=node.address,
                )
            )
    return found


def _lineage(
    inputs: TypingInputs, columns: Mapping[str, Columns], keys: Mapping[str, str], cache: ParseCache
) -> ColumnLineage:
    models = [node for node in inputs.mesh.nodes() if node.sql is not None and node.address in keys]
    if not models:
        return ColumnLineage()
    parser = parser_version()
    by_dataset = {node.address: identity("mwlineage1", keys[node.address], parser) for node in models}
    found = cache.get_many("lineage", by_dataset.values())
    sources: dict[str, tuple[ColumnSource, ...]] = {}
    fresh: dict[str, str] = {}
    for node in models:
        key = by_dataset[node.address]
        if key in found:
            sources[node.address] = _sources_from(found[key])
        elif node.address in columns:
            sources[node.address] = _statement_lineage(node, columns)
            fresh[key] = _sources_text(sources[node.address])
    cache.put_many("lineage", fresh)
    return compose_lineage(sources)


def _statement_lineage(node: Node, columns: Mapping[str, Columns]) -> tuple[ColumnSource, ...]:
    assert node.sql is not None
    tables: dict[tuple[str, ...], tuple[str, Columns]] = {}
    for read in node.sql.reads:
        if read in columns:
            tables[tuple(read.split("."))] = (read, columns[read])
            if product_of(read) == product_of(node.address):
                tables[(read.rpartition(".")[2],)] = (read, columns[read])
    return statement_lineage(node.sql.text, node.sql.dialect, tables=tables, output=columns[node.address])


def columns_identity(columns: Columns) -> str:
    """Return what a dataset's columns contribute to the key of what reads it."""
    return identity("mwcolumns1", _plain(columns))


def _plain(columns: Columns) -> list[list[str]]:
    return [[column.name, column.type] for column in columns]


def _columns_text(columns: Columns) -> str:
    return json.dumps(_plain(columns))


def _columns_from(text: str) -> Columns:
    return tuple(Column(name=name, type=kind) for name, kind in json.loads(text))


def _sources_text(sources: tuple[ColumnSource, ...]) -> str:
    return json.dumps([[source.output, source.table, source.column, source.kind.value] for source in sources])


def _sources_from(text: str) -> tuple[ColumnSource, ...]:
    return tuple(
        ColumnSource(output=output, table=table, column=column, kind=Influence(kind))
        for output, table, column, kind in json.loads(text)
    )

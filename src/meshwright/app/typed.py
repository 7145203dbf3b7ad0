"""Columns and column lineage of every dataset, without data: sources by their heads, models by binding them.

Everything is remembered in the parse cache under keys that hold all it depends on, so a warm check of an unchanged
mesh imports no engine and no SQL parser.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from meshwright.app.typed_python import python_lineage
from meshwright.app.typed_sources import columns_from, columns_text
from meshwright.app.typed_told import ToldColumns, TypedMesh
from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.engines.protocol import BindProblem, BindRequest, Engine
from meshwright.files.cache import ParseCache
from meshwright.graph.dag import Graph
from meshwright.graph.lineage import ColumnLineage, compose_lineage
from meshwright.model import (
    Columns,
    Mesh,
    Node,
    Scalar,
    identity,
    plain_address,
    product_of,
    variation_of,
)
from meshwright.model.parameters import parameter_types
from meshwright.model.variations import plain_reads
from meshwright.sql import ColumnSource, Influence, parser_version, statement_lineage


@dataclass(frozen=True, kw_only=True, slots=True)
class TypingInputs:
    """What typing looks at."""

    mesh: Mesh
    graph: Graph
    #: What no SQL tells.
    told: ToldColumns
    #: Dataset -> parameter values.
    params: Mapping[str, Mapping[str, Scalar]]
    #: Datasets that the files define with an error: they are not bound.
    broken: frozenset[str]


def type_mesh(inputs: TypingInputs, engine: Engine, cache: ParseCache) -> TypedMesh:
    """Find the columns of every dataset, and which columns each column is made from."""
    diagnostics = list(inputs.told.diagnostics)
    columns = dict(inputs.told.columns)
    columns.update(_varied_columns(inputs.mesh, columns))
    keys = _bind_keys(inputs, columns, engine)
    problems = _bind_models(inputs, columns, keys, engine, cache)
    diagnostics.extend(_weighed(problem, inputs.mesh, inputs.told.guessed) for problem in problems)
    diagnostics.extend(_declared_differences(inputs.mesh, columns))
    lineage = _lineage(inputs, columns, keys, cache)
    sure = {dataset: found for dataset, found in columns.items() if plain_address(dataset) not in inputs.told.guessed}
    return TypedMesh(columns=sure, lineage=lineage, diagnostics=tuple(diagnostics))


def _varied_columns(mesh: Mesh, columns: Mapping[str, Columns]) -> dict[str, Columns]:
    """Return the columns of variations' nodes that nothing binds: those of the plain node."""
    varied = (node for product in mesh.varied.values() for node in product.nodes.values() if node.sql is None)
    return {
        node.address: columns[plain_address(node.address)] for node in varied if plain_address(node.address) in columns
    }


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
                plain_address(dataset),
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
) -> list[Diagnostic]:
    """Add the columns of the models, and return why some cannot be bound."""
    models = [dataset for dataset in inputs.graph.order if dataset in keys and dataset not in columns]
    found = cache.get_many("bind", [keys[dataset] for dataset in models])
    missing: list[Node] = []
    for dataset in models:
        node = inputs.mesh.node(dataset)
        assert node is not None
        if keys[dataset] in found:
            columns[dataset] = columns_from(found[keys[dataset]])
        else:
            missing.append(node)
    if not missing:
        return []
    problems: list[Diagnostic] = []
    fresh: dict[str, str] = {}
    for node, answer in _answers(missing, inputs, columns, engine):
        if isinstance(answer, BindProblem):
            problems.append(_model_problem(node, answer, columns))
        elif answer is not None:
            columns[node.address] = answer
            fresh[keys[node.address]] = columns_text(answer)
    cache.put_many("bind", fresh)
    return problems


def _weighed(problem: Diagnostic, mesh: Mesh, guessed: frozenset[str]) -> Diagnostic:
    """A model that does not fit columns that are only guessed may be right: that is worth a warning, and stops nothing."""
    node = mesh.node(problem.object) if problem.object else None
    read = next((read for read in node.reads if plain_address(read) in guessed), None) if node else None
    if read is None:
        return problem
    message = f"{problem.message} (as far as the columns of {read} are known before it is built)"
    return replace(problem, severity=Severity.WARNING, message=message)


def _answers(
    missing: list[Node], inputs: TypingInputs, columns: Mapping[str, Columns], engine: Engine
) -> Iterator[tuple[Node, Columns | BindProblem | None]]:
    """Bind models, plain ones first, then those of each variation by themselves: there a name means another dataset."""
    groups: dict[str, list[Node]] = {}
    for node in missing:
        product = product_of(node.address)
        groups.setdefault(product if variation_of(product) else "", []).append(node)
    for _, nodes in sorted(groups.items()):
        # The names of reads as their code uses them; what is bound here takes the place of what is known.
        known = {name: columns[read] for node in nodes for name, read in plain_reads(node).items() if read in columns}
        answers = engine.bind([_bind_request(node, inputs) for node in nodes], known)
        yield from ((node, answers.get(plain_address(node.address))) for node in nodes)


def _bind_request(node: Node, inputs: TypingInputs) -> BindRequest:
    assert node.sql is not None
    return BindRequest(
        dataset=plain_address(node.address),
        text=node.sql.text,
        dialect=node.sql.dialect,
        reads=tuple(plain_reads(node)),
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
    models = [node for node in inputs.mesh.all_nodes() if node.sql is not None and node.address in keys]
    called = [node for node in inputs.mesh.all_nodes() if node.python is not None and node.address in columns]
    if not models and not called:
        return ColumnLineage()
    parser = parser_version()
    by_dataset = {node.address: identity("mwlineage1", keys[node.address], parser) for node in models}
    found = cache.get_many("lineage", by_dataset.values())
    sources = {node.address: python_lineage(node, columns) for node in called}
    fresh: dict[str, str] = {}
    for node in models:
        key = by_dataset[node.address]
        if key in found:
            sources[node.address] = _readdressed(node, _sources_from(found[key]))
        elif node.address in columns:
            named = _statement_lineage(node, columns)
            sources[node.address] = _readdressed(node, named)
            fresh[key] = _sources_text(named)
    cache.put_many("lineage", fresh)
    return compose_lineage(sources)


def _readdressed(node: Node, named: tuple[ColumnSource, ...]) -> tuple[ColumnSource, ...]:
    """Return the lineage of a statement, which is by the names in its text, with what a variation means by them."""
    if variation_of(node.address) is None:
        return named
    reads = plain_reads(node)
    return tuple(replace(source, table=reads.get(source.table, source.table)) for source in named)


def _statement_lineage(node: Node, columns: Mapping[str, Columns]) -> tuple[ColumnSource, ...]:
    assert node.sql is not None
    tables: dict[tuple[str, ...], tuple[str, Columns]] = {}
    own = plain_address(product_of(node.address))
    for name, read in plain_reads(node).items():
        if read in columns:
            tables[tuple(name.split("."))] = (name, columns[read])
            if product_of(name) == own:
                tables[(name.rpartition(".")[2],)] = (name, columns[read])
    return statement_lineage(node.sql.text, node.sql.dialect, tables=tables, output=columns[node.address])


def columns_identity(columns: Columns) -> str:
    """Return what a dataset's columns contribute to the key of what reads it."""
    return identity("mwcolumns1", _plain(columns))


def _plain(columns: Columns) -> list[list[str]]:
    return [[column.name, column.type] for column in columns]


def _sources_text(sources: tuple[ColumnSource, ...]) -> str:
    return json.dumps([[source.output, source.table, source.column, source.kind.value] for source in sources])


def _sources_from(text: str) -> tuple[ColumnSource, ...]:
    return tuple(
        ColumnSource(output=output, table=table, column=column, kind=Influence(kind))
        for output, table, column, kind in json.loads(text)
    )

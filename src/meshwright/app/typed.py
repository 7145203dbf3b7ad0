"""Columns and column lineage of every dataset, without data: sources by their heads, models by binding them.

Everything is remembered in the parse cache under keys that hold all it depends on, so a warm check of an unchanged
mesh imports no engine and no SQL parser.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

from meshwright.app.lineage_beside import LineageBeside
from meshwright.app.typed_components import component_findings
from meshwright.app.typed_intervals import interval_findings
from meshwright.app.typed_lineage import LineageInputs, later_lineage
from meshwright.app.typed_sources import columns_from, columns_text
from meshwright.app.typed_told import ToldColumns, TypedMesh
from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.engines.protocol import BindProblem, BindRequest, Engine
from meshwright.files.cache import ParseCache
from meshwright.frozen import dataclass
from meshwright.graph.dag import Graph
from meshwright.graph.walk import ancestors
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
from meshwright.model.parameters import parameter_types, with_interval
from meshwright.model.variations import plain_reads
from meshwright.plan.identities import incremental_definition

#: Findings that rest on the columns of inputs.
_OF_COLUMNS = frozenset({"MW-T001", "MW-T002", "MW-T004", "MW-C104", "MW-C105", "MW-C106", "MW-K013", "MW-K014"})

_ANY_INTERVAL = (dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2000, 1, 2, tzinfo=dt.UTC))


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
    #: What was typed before, on the same engine.
    before: TypedMesh | None = None


def type_mesh(inputs: TypingInputs, engine: Engine, cache: ParseCache, following: LineageBeside) -> TypedMesh:
    """Find the columns of every dataset, and which columns each column is made from; `following` is told of them."""
    diagnostics = list(inputs.told.diagnostics)
    columns = _unbound_columns(inputs)
    keys = _bind_keys(inputs, columns, engine)
    columns.update(_as_before(inputs.before, columns, keys))
    problems = _bind_models(inputs, columns, keys, engine, cache, following)
    lacking, inside = component_findings(inputs.mesh, columns)
    diagnostics.extend(lacking)
    diagnostics.extend(problem for problem in problems if plain_address(problem.object or "") not in inside)
    diagnostics.extend(_declared_differences(inputs.mesh, columns))
    diagnostics.extend(interval_findings(inputs.mesh, columns))
    lineage = later_lineage(
        lambda: LineageInputs(mesh=inputs.mesh, columns=columns, keys=keys, left=inputs.told.left), cache
    )
    sure = {dataset: found for dataset, found in columns.items() if plain_address(dataset) not in inputs.told.guessed}
    found = tuple(_of_items_once(diagnostics, inputs.mesh))
    return TypedMesh(columns=sure, lineage=lineage, diagnostics=found, keys=keys)


def lineage_inputs(inputs: TypingInputs, typed: TypedMesh) -> LineageInputs:
    """Return what the lineage of a mesh follows from that was typed before, from the same `inputs`."""
    return LineageInputs(
        mesh=inputs.mesh,
        columns={**typed.columns, **_unbound_columns(inputs)},
        keys=typed.keys,
        left=inputs.told.left,
    )


def _of_items_once(found: list[Diagnostic], mesh: Mesh) -> Iterator[Diagnostic]:
    """Yield what is found; what is wrong in a text that is the same for many items is told of the first alone."""
    told: set[tuple[str, str, SourceSpan | None]] = set()
    for each in found:
        node = mesh.node(each.object) if each.object is not None else None
        if node is not None and node.item is not None:
            key = (each.code, node.item.node, each.span)
            if key in told:
                continue
            told.add(key)
        yield each


def _as_before(before: TypedMesh | None, columns: Mapping[str, Columns], keys: Mapping[str, str]) -> dict[str, Columns]:
    """Return the columns of the models that depend on what they depended on `before`."""
    if before is None:
        return {}
    return {
        dataset: before.columns[dataset]
        for dataset, key in keys.items()
        if dataset not in columns and before.keys.get(dataset) == key and dataset in before.columns
    }


def _unbound_columns(inputs: TypingInputs) -> dict[str, Columns]:
    """Return the columns of what nothing binds; a variation's nodes have those of the plain ones."""
    columns = dict(inputs.told.columns)
    varied = (node for product in inputs.mesh.varied.values() for node in product.nodes.values() if node.sql is None)
    for node in varied:
        if plain_address(node.address) in columns:
            columns[node.address] = columns[plain_address(node.address)]
    return columns


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
                *map(dict, _bound_parameters(node, inputs)),
                engine.identity,
                engine.release,
                [keys[read] for read in node.sql.reads],
                *([incremental_definition(node)] if node.merging else ()),
            )
    return keys


def _bind_models(
    inputs: TypingInputs,
    columns: dict[str, Columns],
    keys: Mapping[str, str],
    engine: Engine,
    cache: ParseCache,
    following: LineageBeside,
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
    following.begin(columns, keys)
    if not missing:
        following.end()
        return []
    problems: list[Diagnostic] = []
    fresh: dict[str, str] = {}
    for node, answer in _answers(missing, inputs, columns, engine, following):
        if isinstance(answer, BindProblem):
            problems.append(_model_problem(node, answer, columns))
        elif answer is not None:
            columns[node.address] = answer
            fresh[keys[node.address]] = columns_text(answer)
    following.end()
    cache.put_many("bind", fresh)
    return problems


def weighed(problem: Diagnostic, graph: Graph, guessed: frozenset[str]) -> Diagnostic:
    """What does not fit columns that are only guessed, or made from such, may be right: a warning, which stops nothing."""
    if not guessed or problem.severity is not Severity.ERROR or problem.code not in _OF_COLUMNS or not problem.object:
        return problem
    above = guessed.intersection(map(plain_address, ancestors(graph, {problem.object})))
    if not above:
        return problem
    message = f"{problem.message} (as far as the columns of {min(above)} are known before it is built)"
    return replace(problem, severity=Severity.WARNING, message=message)


def _answers(
    missing: list[Node],
    inputs: TypingInputs,
    columns: Mapping[str, Columns],
    engine: Engine,
    following: LineageBeside,
) -> Iterator[tuple[Node, Columns | BindProblem | None]]:
    """Bind models, plain ones first, then those of each variation by themselves: there a name means another dataset."""
    groups: dict[str, list[Node]] = {}
    for node in missing:
        product = product_of(node.address)
        groups.setdefault(product if variation_of(product) else "", []).append(node)
    for variation, nodes in sorted(groups.items()):
        # The names of reads as their code uses them; what is bound here takes the place of what is known.
        known = {name: columns[read] for node in nodes for name, read in plain_reads(node).items() if read in columns}
        tell = None if variation else following.tell
        answers = engine.bind([_bind_request(node, inputs) for node in nodes], known, tell)
        yield from ((node, answers.get(plain_address(node.address))) for node in nodes)


def _bind_request(node: Node, inputs: TypingInputs) -> BindRequest:
    assert node.sql is not None
    params, types = _bound_parameters(node, inputs)
    return BindRequest(
        dataset=plain_address(node.address),
        text=node.sql.text,
        dialect=node.sql.dialect,
        reads=tuple(plain_reads(node)),
        params=params,
        param_types=types,
        merging=node.merging,
        span=node.span,
    )


def _bound_parameters(node: Node, inputs: TypingInputs) -> tuple[Mapping[str, Scalar], Mapping[str, str]]:
    """Return values and types of a model's parameters; those of its interval are of any interval: types do not differ."""
    return with_interval(node, _ANY_INTERVAL, inputs.params.get(node.address, {}), parameter_types(inputs.mesh, node))


def _model_problem(node: Node, problem: BindProblem, columns: Mapping[str, Columns]) -> Diagnostic:
    file = node.span.file if node.span else node.address
    column = node.sql.column_written(problem.line, problem.column) if node.sql is not None else problem.column
    span = SourceSpan(file=file, line=problem.line, column=column)
    offered = {column.name for read in node.reads for column in columns.get(read, ())}
    origin = node.origin
    reader = node.address if origin is None else f"{node.address} (component {origin.label}, used by {origin.node})"
    found = bind_diagnostic(problem, reader=reader, offered=offered, span=span, address=node.address)
    if origin is not None and reader not in found.message:
        found = replace(found, message=f"{found.message} (component {origin.label}, used by {origin.node})")
    return found


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


def columns_identity(columns: Columns) -> str:
    """Return what a dataset's columns contribute to the key of what reads it."""
    return identity("mwcolumns1", _plain(columns))


def _plain(columns: Columns) -> list[list[str]]:
    return [[column.name, column.type] for column in columns]

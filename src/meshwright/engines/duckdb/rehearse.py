"""Rehearsals: models run on a few example rows, for unit tests. One instance serves all; each takes a millisecond or two."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, SourceSpan, known_names_hint
from meshwright.engines.duckdb.build import describe, names_problem
from meshwright.engines.duckdb.clock import clock_macros
from meshwright.engines.duckdb.errors import Statement, engine_errors, words_of
from meshwright.engines.duckdb.examples import Comparable, compare, shown_row
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.duckdb.names import address, literal, quoted
from meshwright.engines.duckdb.namespaces import Namespace
from meshwright.engines.duckdb.params import bound_params
from meshwright.engines.duckdb.scans import source_of
from meshwright.engines.duckdb.text import checked_select, to_duckdb
from meshwright.engines.duckdb.types import select_stored, stored_columns
from meshwright.engines.duckdb.typetext import parse_type
from meshwright.engines.protocol import Limits, Rehearsal, RehearsalAnswer, Relation
from meshwright.model import Columns, ExampleRow, ExampleValue, example_columns, product_of

#: A model that gives this many rows more than are expected is not compared further.
_SPARE_ROWS = 10_000
_FLOATS = frozenset({"FLOAT", "DOUBLE"})
_NESTED = frozenset({"LIST", "ARRAY", "STRUCT", "MAP"})


def rehearse(rehearsals: Sequence[Rehearsal]) -> tuple[RehearsalAnswer, ...]:
    """Run all `rehearsals`, as `Engine.rehearse` says."""
    if not rehearsals:
        return ()
    connection = open_instance(Limits(threads=1))
    try:
        namespace = Namespace(connection)
        return tuple(_answer(namespace, rehearsal) for rehearsal in rehearsals)
    finally:
        connection.close()


def write_examples(columns: Columns, rows: Sequence[ExampleRow], file: str) -> Relation:
    """Write example rows to `file`, as `Engine.write_examples` says."""
    connection = open_instance(Limits(threads=1))
    dataset = "given.rows.table"
    try:
        Namespace(connection).ensure_product(product_of(dataset))
        listed = ", ".join(f"{quoted(column.name)} {column.type}" for column in columns)
        with engine_errors(Statement(dataset=dataset)):
            connection.execute(f"CREATE TABLE {address(dataset)} ({listed})")
        _insert(connection, dataset, columns, tuple(rows), dataset)
        with engine_errors(Statement(dataset=dataset)):
            connection.execute(f"COPY {address(dataset)} TO {literal(file)} (FORMAT parquet)")
    finally:
        connection.close()
    return Relation(columns=columns, files=(file,))


def _answer(namespace: Namespace, rehearsal: Rehearsal) -> RehearsalAnswer:
    started = time.monotonic()
    try:
        with _given(namespace, rehearsal):
            rows, missing, unexpected = _run(namespace.connection, rehearsal)
    except MeshwrightError as error:
        return RehearsalAnswer(problem=error.first, seconds=time.monotonic() - started)
    return RehearsalAnswer(
        rows=rows,
        missing=tuple(shown_row(row) for row in missing),
        unexpected=tuple(shown_row(row) for row in unexpected),
        seconds=time.monotonic() - started,
    )


@contextmanager
def _given(namespace: Namespace, rehearsal: Rehearsal) -> Iterator[None]:
    """Make the inputs stand under their names, and the clock where it was set."""
    connection, model = namespace.connection, rehearsal.model
    product = product_of(model.dataset)
    namespace.ensure_product(product)
    made: list[str] = []
    try:
        for dataset, relation in rehearsal.stored.items():
            namespace.ensure_product(product_of(dataset))
            connection.execute(f"CREATE VIEW {address(dataset)} AS FROM {source_of(relation)}")
            made.append(f"VIEW {address(dataset)}")
        for dataset, (columns, rows) in rehearsal.inputs.items():
            namespace.ensure_product(product_of(dataset))
            with engine_errors(Statement(dataset=model.dataset, span=model.span)):
                listed = ", ".join(f"{quoted(column.name)} {column.type}" for column in columns)
                connection.execute(f"CREATE TABLE {address(dataset)} ({listed})")
            made.append(f"TABLE {address(dataset)}")
            _insert(connection, dataset, columns, rows, model.dataset)
        if rehearsal.now is not None:
            for name, create in clock_macros(product, rehearsal.now):
                connection.execute(create)
                made.append(f"MACRO {address(product)}.{quoted(name)}")
        connection.execute(f"USE {address(product)}")
        yield
    finally:
        for what in reversed(made):
            connection.execute(f"DROP {what}")


def _insert(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    columns: Columns,
    rows: tuple[ExampleRow, ...],
    tested: str,
) -> None:
    """Fill the table of an input. Raises InputError (MW-M246, MW-M247) at the row."""
    types = {column.name.casefold(): column.type for column in columns}
    for row in rows:
        for name in row.values:
            if name.casefold() not in types:
                raise _bad_row("MW-M246", f"{dataset} has no column '{name}'", row.span, tested, columns, name)
    if not rows:
        return
    values = [{name.casefold(): value for name, value in row.values.items()} for row in rows]
    missing = ExampleValue(None)
    texts = [
        "(" + ", ".join(_typed(row.get(name, missing), kind) for name, kind in types.items()) + ")" for row in values
    ]
    try:
        connection.execute(f"INSERT INTO {address(dataset)} VALUES {', '.join(texts)}")
    except duckdb.Error as error:
        raise _bad_value(connection, dataset, types, rows, tested) or error from error


def _bad_value(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    types: dict[str, str],
    rows: tuple[ExampleRow, ...],
    tested: str,
) -> InputError | None:
    """Find the first value that does not fit its column."""
    for row in rows:
        for name, value in row.values.items():
            kind = types[name.casefold()]
            try:
                connection.execute(f"SELECT {_typed(value, kind)}")
            except duckdb.Error as error:
                message = f"'{value.text}' is no {kind}: {words_of(error).message}"
                return InputError(
                    Diagnostic(
                        code="MW-M247",
                        message=f"column '{name}' of {dataset}: {message}",
                        span=row.span,
                        fix="write a value that can be cast to the column's type",
                        object=tested,
                    )
                )
    return None


def _run(connection: duckdb.DuckDBPyConnection, rehearsal: Rehearsal) -> tuple[int, list[Comparable], list[Comparable]]:
    """Run the model and compare. Raises InputError."""
    model = rehearsal.model
    text = to_duckdb(model.text, model.dialect)
    statement = Statement(dataset=model.dataset, text=text, lines_before=1, span=model.span)
    with engine_errors(Statement(dataset=model.dataset, text=text, span=model.span)):
        select = checked_select(connection, text)
        params = bound_params(select, model.params, model.param_types, statement)
    with engine_errors(statement):
        described = describe(connection, select, params)
    if problem := names_problem(described):
        raise InputError(
            Diagnostic(code="MW-E104", message=problem, span=model.span, fix="name each column", object=model.dataset)
        )
    compared = _compared_columns(rehearsal, stored_columns(described))
    converted = select_stored(described) or "*"
    source = f"(SELECT {converted} FROM (\n{select.text}\n))"
    with engine_errors(statement):
        actual = _fetch(connection, source, compared, params, len(rehearsal.expected) + _SPARE_ROWS)
    expected = _expected(connection, rehearsal, compared)
    missing, unexpected = compare(expected, actual, rehearsal.tolerance)
    return len(actual), missing, unexpected


def _compared_columns(rehearsal: Rehearsal, result: Columns) -> Columns:
    """Return the columns that the expected rows name, as the model gives them. Raises InputError (MW-M246)."""
    named = example_columns(rehearsal.expected)
    by_name = {column.name.casefold(): column for column in result}
    for name in named:
        if name.casefold() not in by_name:
            row = next(row for row in rehearsal.expected if name in row.values)
            message = f"{rehearsal.model.dataset} gives no column '{name}'"
            raise _bad_row("MW-M246", message, row.span, rehearsal.model.dataset, result, name)
    wanted = {name.casefold() for name in named}
    return tuple(column for column in result if not wanted or column.name.casefold() in wanted)


def _expected(connection: duckdb.DuckDBPyConnection, rehearsal: Rehearsal, compared: Columns) -> list[Comparable]:
    """Return the expected rows, typed as the model's columns are."""
    if not rehearsal.expected:
        return []
    types = {column.name.casefold(): column.type for column in compared}
    missing = ExampleValue(None)
    texts = []
    for row in rehearsal.expected:
        values = {name.casefold(): value for name, value in row.values.items()}
        texts.append("(" + ", ".join(_typed(values.get(name, missing), kind) for name, kind in types.items()) + ")")
    names = ", ".join(quoted(column.name) for column in compared)
    source = f"(VALUES {', '.join(texts)}) AS expected({names})"
    try:
        return _fetch(connection, source, compared, {}, len(rehearsal.expected))
    except duckdb.Error as error:
        dataset = rehearsal.model.dataset
        raise _bad_value(connection, dataset, types, rehearsal.expected, dataset) or error from error


def _fetch(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Columns, params: dict[str, object], limit: int
) -> list[Comparable]:
    """Return rows in a form that can be compared: floats as floats, nested values as JSON, all others as text."""
    items = []
    for column in columns:
        name, kind = quoted(column.name), parse_type(column.type).kind
        if column.type in _FLOATS:
            items.append(f"CAST({name} AS DOUBLE)")
        else:
            items.append(f"CAST(to_json({name}) AS VARCHAR)" if kind in _NESTED else f"CAST({name} AS VARCHAR)")
    rows = connection.execute(f"SELECT {', '.join(items)} FROM {source} LIMIT {limit}", params or None).fetchall()
    is_nested = [parse_type(column.type).kind in _NESTED for column in columns]
    return [
        {
            column.name: json.loads(value) if nested and value is not None else value
            for column, nested, value in zip(columns, is_nested, row, strict=True)
        }
        for row in rows
    ]


def _typed(value: ExampleValue, kind: str) -> str:
    """Return the expression that makes `value` a value of type `kind`."""
    if value.text is None:
        return f"CAST(NULL AS {kind})"
    inner = f"CAST({literal(value.text)} AS JSON)" if value.is_nested else literal(value.text)
    return f"CAST({inner} AS {kind})"


def _bad_row(code: str, message: str, span: SourceSpan, tested: str, columns: Columns, name: str) -> InputError:
    fix = known_names_hint(name, [column.name for column in columns], what="columns")
    return InputError(Diagnostic(code=code, message=message, span=span, fix=fix, object=tested))

"""Building: one statement's result into one Parquet file, typed by the rules, counted and digested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.engines.duckdb.digest import totals_of, totals_of_files
from meshwright.engines.duckdb.errors import Statement, engine_errors
from meshwright.engines.duckdb.known import KnownStatements, Question
from meshwright.engines.duckdb.names import literal, parquet_scan
from meshwright.engines.duckdb.params import bound_params
from meshwright.engines.duckdb.text import Select, to_duckdb
from meshwright.engines.duckdb.types import select_stored, stored_columns
from meshwright.engines.duckdb.windows import Place, check_times, has_no_time, in_window, time_column
from meshwright.engines.protocol import BuiltTable, ModelBuild, View, Window
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns, product_of

#: Read by every Parquet reader; measured as fast as the others and close to writing uncompressed.
WRITE_OPTIONS = "FORMAT parquet, COMPRESSION snappy"


def write_model(
    cursor: duckdb.DuckDBPyConnection, build: ModelBuild, file: str, known: KnownStatements
) -> tuple[Columns, int]:
    """Run the model on `cursor`, where its inputs are named, write its file, and return the columns and rows in it.

    Raises as `Session.build_model`.
    """
    checked = _checked(cursor, build, known)
    place = Place(dataset=build.dataset, span=build.span)
    with engine_errors(checked.statement):
        rows = write_select(cursor, checked.select, checked.described, checked.params, file, build.window, place)
    return stored_columns(checked.described), rows


def build_view(cursor: duckdb.DuckDBPyConnection, build: ModelBuild, key: str, known: KnownStatements) -> View:
    """Check the model on `cursor`, where its inputs are named, and return it as a view. Raises as `Session.build_view`."""
    described = _checked(cursor, build, known).described
    return View(
        dataset=build.dataset,
        text=build.text,
        dialect=build.dialect,
        inputs=build.inputs,
        key=key,
        computed=described,
        params=build.params,
        param_types=build.param_types,
    )


def evaluate(cursor: duckdb.DuckDBPyConnection, build: ModelBuild, known: KnownStatements) -> None:
    """Compute every value of the model on `cursor`, where its inputs are named. Raises as `Session.build_model`."""
    checked = _checked(cursor, build, known)
    columns = stored_columns(checked.described)
    converted = select_stored(checked.described) or "*"
    with engine_errors(checked.statement):
        totals_of(cursor, columns, f"(SELECT {converted} FROM (\n{checked.select.text}\n))", checked.params)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Checked:
    """A model whose text, parameters and names are in order."""

    select: Select
    described: Columns
    params: Mapping[str, object]
    statement: Statement


def _checked(cursor: duckdb.DuckDBPyConnection, build: ModelBuild, known: KnownStatements) -> _Checked:
    text = to_duckdb(build.text, build.dialect)
    statement = Statement(dataset=build.dataset, text=text, lines_before=1, span=build.span)
    with engine_errors(Statement(dataset=build.dataset, text=text, span=build.span)):
        select = known.select(cursor, text)
        params = bound_params(select, build.params, build.param_types, statement)
    question = Question(
        product=product_of(build.dataset),
        text=text,
        params=build.params,
        param_types=build.param_types,
        inputs={dataset: relation.columns for dataset, relation in build.inputs.items()},
    )
    described = known.columns(question)
    if described is None:
        with engine_errors(statement):
            described = describe(cursor, select, params)
        known.remember(question, described)
    check_names(described, statement)
    return _Checked(select=select, described=described, params=params, statement=statement)


def describe(cursor: duckdb.DuckDBPyConnection, select: Select, params: Mapping[str, object]) -> Columns:
    """Return the columns of `select` as the engine computes them. Lines of errors count one line before the text."""
    rows = cursor.execute(f"DESCRIBE (\n{select.text}\n)", dict(params) or None).fetchall()
    return tuple(Column(name=row[0], type=row[1]) for row in rows)


def write_select(
    cursor: duckdb.DuckDBPyConnection,
    select: Select,
    described: Columns,
    params: Mapping[str, object],
    file: str,
    window: Window | None = None,
    place: Place | None = None,
) -> int:
    """Write the result of `select` to `file` with the stored types, and return the number of its rows.

    With a window, only its rows; InputError (MW-E106, MW-E107), told of `place`, where it says nothing of a row.
    """
    converted = select_stored(described)
    opening, closing = (f"SELECT {converted} FROM (", ")") if converted else ("", "")
    column = None
    if window is not None and place is not None:
        column = time_column(stored_columns(described), window.column, place)
        # What belongs to no interval is written too, and found in the file: the result is computed once.
        condition = f"{in_window(column, window)} OR {has_no_time(column)}"
        opening, closing = f"FROM ({opening or 'FROM ('}", f"{closing or ')'}) WHERE {condition}"
    rows = copy_rows(cursor, f"{opening}\n{select.text}\n{closing}", file, params)
    if column is not None and place is not None:
        check_times(cursor, parquet_scan((file,)), column, place)
    return rows


def copy_rows(
    cursor: duckdb.DuckDBPyConnection, query: str, file: str, params: Mapping[str, object] | None = None
) -> int:
    """Write the rows of a query to a Parquet file, and return their number."""
    row = cursor.execute(
        f"COPY ({query}) TO {literal(file)} ({WRITE_OPTIONS}, USE_TMP_FILE false)", dict(params or {}) or None
    ).fetchone()
    assert row is not None
    return int(row[0])


def built_table(
    cursor: duckdb.DuckDBPyConnection, columns: Columns, file: str, rows: int, known: KnownStatements
) -> BuiltTable:
    """Read the written file back for its digest; a file that does not hold the rows written is an error."""
    found = totals_of_files(cursor, columns, (file,), known)
    if found.rows != rows:
        raise WorldError(
            Diagnostic(code="MW-E204", message=f"'{file}' holds {found.rows} rows of {rows} written", fix="run again")
        )
    digest = found.digest(columns)
    return BuiltTable(columns=columns, files=((file, rows),), rows=rows, content_digest=digest, sums=found.sums)


@contextmanager
def removed_on_failure(target: str) -> Iterator[str]:
    """Yield the path of the one file of `target`; nothing of it stays where an error leaves the block."""
    file = f"{target}-0.parquet"
    try:
        yield file
    except BaseException:
        # A disk that failed the build may fail this as well: what stays is waste, and the first failure is the one to tell.
        with suppress(OSError):
            Path(file).unlink(missing_ok=True)
        raise


def check_names(columns: Columns, statement: Statement) -> None:
    """Raise InputError unless every column has a name that no other has, letter case aside."""
    if problem := names_problem(columns):
        raise InputError(
            Diagnostic(
                code="MW-E104",
                message=problem,
                span=statement.span,
                fix="name each column of the outermost SELECT with AS, each once",
                object=statement.dataset,
            )
        )


def names_problem(columns: Columns) -> str | None:
    """Say what is wrong with the names of a result; None where nothing is."""
    seen: dict[str, str] = {}
    for place, column in enumerate(columns, 1):
        if not column.name.strip():
            return f"column {place} has no name"
        folded = column.name.casefold()
        if folded in seen:
            other = seen[folded]
            return (
                f"two columns are named '{column.name}'"
                if other == column.name
                else f"columns '{other}' and '{column.name}' differ in letter case alone"
            )
        seen[folded] = column.name
    return None

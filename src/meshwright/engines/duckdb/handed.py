"""Tables that worker processes hand over, and are handed: scratch Parquet files outside the store, or messages."""

from __future__ import annotations

from dataclasses import replace

import duckdb

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.engines.duckdb.build import built_table, copy_rows, removed_on_failure, write_select
from meshwright.engines.duckdb.casts import converted, survives
from meshwright.engines.duckdb.csvscan import shown
from meshwright.engines.duckdb.errors import Statement, engine_errors, words_of
from meshwright.engines.duckdb.known import KnownStatements
from meshwright.engines.duckdb.names import address, parquet_scan, quoted
from meshwright.engines.duckdb.text import Select
from meshwright.engines.duckdb.types import select_stored, stored_columns
from meshwright.engines.duckdb.windows import Place
from meshwright.engines.protocol import BuiltTable, HandedRead
from meshwright.model import Column, Columns


def build_handed(
    cursor: duckdb.DuckDBPyConnection, read: HandedRead, target: str, known: KnownStatements
) -> BuiltTable:
    """Store what was handed over as a version. Raises as `Session.build_handed`."""
    statement = Statement(dataset=read.dataset, span=read.span)
    with removed_on_failure(target) as file, engine_errors(statement):
        return _told(cursor, read, file, known) if read.table else _converted(cursor, read, file, known)


def _told(cursor: duckdb.DuckDBPyConnection, read: HandedRead, file: str, known: KnownStatements) -> BuiltTable:
    """Store a table that was told as a message: where it is stored as it is, its file is written at once."""
    from meshwright.engines.duckdb.message import (
        schema_text,
        table_of,
        write_table,
    )  # lazy: few meshes have Python nodes

    table = table_of(read.table, read.dataset)
    read = replace(read, table=b"", schema=schema_text(table))
    found = known.columns_of_files(read.schema)
    if found is not None and read.window is None and select_stored(found) is None:
        declared = _declared(cursor, read, found, known)
        if all(declared.get(column.name, column.type) == column.type for column in found):
            write_table(table, file)
            return built_table(cursor, found, file, table.num_rows, known)
    write_table(table, read.file)
    return _converted(cursor, read, file, known)


def _converted(cursor: duckdb.DuckDBPyConnection, read: HandedRead, file: str, known: KnownStatements) -> BuiltTable:
    """Store the rows of a scratch file, with the types that were declared and those that are stored."""
    scan = parquet_scan((read.file,))
    found = known.file_columns(cursor, scan, read.schema)
    declared = _declared(cursor, read, found, known)
    _check_values(cursor, read, scan, found, declared)
    items = ", ".join(
        f"{converted(quoted(each.name), each.type, declared.get(each.name, each.type))} AS {quoted(each.name)}"
        for each in found
    )
    columns = tuple(Column(name=each.name, type=declared.get(each.name, each.type)) for each in found)
    select = Select(text=f"SELECT {items} FROM {scan}", params=frozenset())
    place = Place(dataset=read.dataset, span=read.span)
    rows = write_select(cursor, select, columns, {}, file, read.window, place)
    return built_table(cursor, stored_columns(columns), file, rows, known)


def hand_over(cursor: duckdb.DuckDBPyConnection, dataset: str, file: str) -> None:
    """Write the rows of `dataset`, a name of `cursor`, to a scratch file."""
    with engine_errors(Statement(dataset=dataset)):
        copy_rows(cursor, f"FROM {address(dataset)}", file)


def _declared(
    cursor: duckdb.DuckDBPyConnection, read: HandedRead, found: Columns, known: KnownStatements
) -> dict[str, str]:
    """Return the declared types by the names of the columns found, in DuckDB's spelling."""
    by_name = {column.name.casefold(): column.name for column in found}
    declared: dict[str, str] = {}
    for column in read.columns:
        name = by_name.get(column.name.casefold())
        if name is None:
            raise _problem(
                read,
                "MW-N311",
                f"column '{column.name}' of {read.dataset} is declared, and {read.maker} did not return it",
                known_names_hint(column.name, by_name.values(), what="returned columns"),
            )
        try:
            declared[name] = known.spelling(cursor, column.type)
        except duckdb.Error as error:
            message = f"column '{column.name}' is declared as '{column.type}', which is no type"
            raise _problem(read, "MW-X308", message, "write a type of DuckDB") from error
    return declared


def _check_values(
    cursor: duckdb.DuckDBPyConnection, read: HandedRead, scan: str, found: Columns, declared: dict[str, str]
) -> None:
    """Raise InputError (MW-N312) for a declared type that a value does not fit without loss; reads only such columns."""
    changed = [column for column in found if declared.get(column.name, column.type) != column.type]
    for column in changed:
        target = declared[column.name]
        value = quoted(column.name)
        try:
            row = cursor.execute(
                f"SELECT count(*), CAST(any_value({value}) AS VARCHAR) FROM {scan} "
                f"WHERE NOT {survives(value, column.type, target)}"
            ).fetchone()
        except duckdb.BinderException as error:
            message = f"column '{column.name}' of {read.dataset}, which is {column.type}, cannot become {target}"
            raise _problem(read, "MW-N312", f"{message}: {words_of(error).message}", _TYPE_FIX) from error
        assert row is not None
        count, example = row
        if count:
            more = f", and {count - 1:,} more" if count > 1 else ""
            raise _problem(
                read,
                "MW-N312",
                f"{shown(example)} in column '{column.name}' of {read.dataset}, which is {column.type}, is no {target}{more}",
                _TYPE_FIX,
            )


_TYPE_FIX = "declare a type that every value fits, or convert in the function"


def _problem(read: HandedRead, code: str, message: str, fix: str) -> InputError:
    return InputError(Diagnostic(code=code, message=message, span=read.span, fix=fix, object=read.dataset))

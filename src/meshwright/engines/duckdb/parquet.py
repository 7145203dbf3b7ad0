"""Reading Parquet files of others: the same columns in each, the types as models store them."""

from __future__ import annotations

import duckdb

from meshwright.diagnostics import InputError, known_names_hint
from meshwright.engines.duckdb.casts import converted, survives
from meshwright.engines.duckdb.csvscan import shown
from meshwright.engines.duckdb.errors import is_of_a_file, words_of
from meshwright.engines.duckdb.names import glob_safe, literals, quoted
from meshwright.engines.duckdb.plainfile import PlainFile, column_problem, source_problem
from meshwright.engines.protocol import SourceRead
from meshwright.model import Column, Columns


def parquet_select(
    cursor: duckdb.DuckDBPyConnection, read: SourceRead, files: list[PlainFile]
) -> tuple[str, Columns, int]:
    """Return the SELECT over the files, its columns and the rows that their footers count. Raises InputError."""
    first: Columns = ()
    rows = 0
    for file in files:
        columns, count = _footer(cursor, read, file)
        rows += count
        first = first or columns
        if {(each.name, each.type) for each in columns} != {(each.name, each.type) for each in first}:
            raise source_problem(
                "MW-X305", read, file.name, f"its columns differ from those of '{files[0].name}': {_difference(first, columns)}",
                fix="give all files of one source the same columns, or make them sources of their own",
            )  # fmt: skip
    names = [column.name for column in first]
    for column in read.columns:
        if column.name not in names:
            raise source_problem(
                "MW-X305", read, files[0].name, f"column '{column.name}' is declared, and the file does not have it",
                fix=known_names_hint(column.name, names, what="columns"),
            )  # fmt: skip
    declared = {column.name: column.type for column in read.columns}
    items = ", ".join(
        f"{converted(quoted(column.name), column.type, declared.get(column.name, column.type))} AS {quoted(column.name)}"
        for column in first
    )
    columns = tuple(Column(name=column.name, type=declared.get(column.name, column.type)) for column in first)
    # Several files are matched by name, as their columns may stand in another order.
    return f"SELECT {items} FROM {_scan(files)}", columns, rows


def check_declared_values(cursor: duckdb.DuckDBPyConnection, read: SourceRead, files: list[PlainFile]) -> None:
    """Raise InputError (MW-X307) for a declared type that a value does not fit without loss; reads only such columns."""
    stored = {column.name: column.type for column in _footer(cursor, read, files[0])[0]}
    changed = [column for column in read.columns if stored[column.name] != column.type]
    if not changed:
        return
    tests = [f"NOT {survives(quoted(each.name), stored[each.name], each.type)}" for each in changed]
    try:
        counts = ", ".join(f"count(*) FILTER ({test})" for test in tests)
        row = cursor.execute(f"SELECT {counts} FROM {_scan(files)}").fetchone()
    except duckdb.BinderException as error:
        listed = ", ".join(f"'{each.name}' {stored[each.name]} as {each.type}" for each in changed)
        raise source_problem(
            "MW-X307", read, files[0].name, f"the file's types cannot be read as declared, {listed}: {words_of(error).message}",
            fix="declare a type that the file's type can become",
        ) from error  # fmt: skip
    assert row is not None
    for column, count in zip(changed, row, strict=True):
        if count:
            raise _misfit(cursor, read, files, Column(name=column.name, type=stored[column.name]), column.type, count)


def _misfit(
    cursor: duckdb.DuckDBPyConnection, read: SourceRead, files: list[PlainFile], stored: Column, target: str, count: int
) -> InputError:
    """Return the error that shows the first of `count` values of the column `stored` that are no `target`."""
    test = f"NOT {survives(quoted(stored.name), stored.type, target)}"
    text = f"CAST({quoted(stored.name)} AS VARCHAR)"
    statements = ((file, f"SELECT {text} FROM {_scan([file])} WHERE {test} LIMIT 1") for file in files)
    file, row = next((file, row) for file, statement in statements if (row := cursor.execute(statement).fetchone()))
    more = f", and {count - 1} more" if count > 1 else ""
    return column_problem(
        "MW-X307", read, file.name,
        f"{shown(row[0])} in column '{stored.name}', which is {stored.type} in the file, is no {target}{more}",
        fix=f"declare {stored.type}, or another type that every value fits, and convert in a model", columns=(stored.name,),
    )  # fmt: skip


def parquet_problem(read: SourceRead, files: list[PlainFile], error: duckdb.Error) -> InputError:
    """Return the error for a file that is damaged, or a value that is not of a declared type."""
    text = str(error)
    file = next((each for each in files if str(each.path) in text), files[0])
    if isinstance(error, duckdb.ConversionException):
        return source_problem(
            "MW-X307", read, file.name, f"a value is not of its declared type: {words_of(error).message}",
            fix="declare another type",
        )  # fmt: skip
    return source_problem(
        "MW-X501",
        read,
        file.name,
        f"the file is no readable Parquet: {words_of(error).message.replace(str(file.path), file.name)}",
        fix="get the file again",
    )


def _footer(cursor: duckdb.DuckDBPyConnection, read: SourceRead, file: PlainFile) -> tuple[Columns, int]:
    """Return columns and number of rows of one file."""
    try:
        described = cursor.execute(f"DESCRIBE FROM {_scan([file])}").fetchall()
        row = cursor.execute(
            f"SELECT sum(num_rows) FROM parquet_file_metadata({literals([glob_safe(str(file.path))])})"
        ).fetchone()
    except duckdb.Error as error:
        if not (is_of_a_file(error) or isinstance(error, duckdb.IOException)):
            raise
        raise parquet_problem(read, [file], error) from error
    assert row is not None
    return tuple(Column(name=each[0], type=each[1]) for each in described), int(row[0] or 0)


def _scan(files: list[PlainFile]) -> str:
    paths = literals(glob_safe(str(file.path)) for file in files)
    return f"read_parquet({paths}, union_by_name = {len(files) > 1}, hive_partitioning = false)"


def _difference(first: Columns, other: Columns) -> str:
    """Say the first way in which two files' columns differ."""
    mine, theirs = ({column.name: column.type for column in each} for each in (first, other))
    for name, type_text in mine.items():
        if name not in theirs:
            return f"it has no '{name}'"
        if theirs[name] != type_text:
            return f"'{name}' is {theirs[name]} and not {type_text}"
    return f"it has '{min(set(theirs) - set(mine))}' besides"

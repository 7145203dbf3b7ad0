"""File sources: read with nothing guessed, dropped or shifted, and stored as one typed Parquet file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.engines.duckdb.build import built_table, check_names, removed_on_failure, write_select
from meshwright.engines.duckdb.csv import csv_problem, csv_select, lost_rows
from meshwright.engines.duckdb.errors import Statement, engine_errors, is_of_a_file
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.duckdb.json import json_select
from meshwright.engines.duckdb.jsontext import json_problem
from meshwright.engines.duckdb.known import KnownStatements
from meshwright.engines.duckdb.parquet import check_declared_values, parquet_problem, parquet_select
from meshwright.engines.duckdb.plainfile import PlainFile, plain_files
from meshwright.engines.duckdb.text import Select
from meshwright.engines.duckdb.types import stored_columns
from meshwright.engines.protocol import BuiltTable, Limits, SourceRead
from meshwright.model import Column, Columns


def build_source(
    cursor: duckdb.DuckDBPyConnection,
    read: SourceRead,
    target: str,
    temp_directory: str | None,
    known: KnownStatements,
) -> BuiltTable:
    """Read all files on `cursor` and write their rows. Raises as `Session.build_source`."""
    statement = Statement(dataset=read.dataset, span=read.span)
    with _workplace(temp_directory) as folder, removed_on_failure(target) as file, engine_errors(statement):
        canonical = _with_canonical_types(cursor, read)
        plain = plain_files(canonical, folder)
        select, columns, expected = _select(cursor, canonical, plain, folder)
        check_names(columns, statement)
        try:
            if canonical.source.format == "parquet":
                check_declared_values(cursor, canonical, plain)
            rows = write_select(cursor, Select(text=select, params=frozenset()), columns, {}, file)
        except duckdb.Error as error:
            raise _problem(canonical, plain, error) from error
        if rows != expected:
            raise lost_rows(canonical, plain, expected, rows)
        return built_table(cursor, stored_columns(columns), file, rows, known)


def read_head(read: SourceRead, limits: Limits) -> Columns:
    """Return the columns that the head of each file shows. Types of undeclared columns may turn out wider in the build."""
    connection = open_instance(limits)
    statement = Statement(dataset=read.dataset, span=read.span)
    try:
        with _workplace(limits.temp_directory) as folder, engine_errors(statement):
            canonical = _with_canonical_types(connection, read)
            is_head = read.source.format in {"csv", "ndjson"}
            plain = plain_files(canonical, folder, is_head=is_head)
            _, columns, _ = _select(connection, canonical, plain, folder)
            check_names(columns, statement)
            return stored_columns(columns)
    finally:
        connection.close()


def _select(
    cursor: duckdb.DuckDBPyConnection, read: SourceRead, plain: list[PlainFile], folder: Path
) -> tuple[str, Columns, int]:
    """Return the SELECT over the files, its columns and how many rows it must give."""
    if read.source.format == "csv":
        return csv_select(cursor, read, plain)
    if read.source.format in {"json", "ndjson"}:
        return json_select(cursor, read, plain, folder)
    return parquet_select(cursor, read, plain)


def _problem(read: SourceRead, plain: list[PlainFile], error: duckdb.Error) -> Exception:
    """Return what to raise where DuckDB fails on the files themselves."""
    if not (is_of_a_file(error) or isinstance(error, duckdb.ConversionException)):
        return error
    if read.source.format == "csv":
        return csv_problem(read, plain, error)
    if read.source.format in {"json", "ndjson"}:
        return json_problem(read, plain, error)
    return parquet_problem(read, plain, error)


def _with_canonical_types(cursor: duckdb.DuckDBPyConnection, read: SourceRead) -> SourceRead:
    """Return `read` with its declared types in DuckDB's spelling. Raises InputError for one that is no type."""
    columns = []
    for column in read.columns:
        try:
            row = cursor.execute(f"DESCRIBE SELECT CAST(NULL AS {column.type}) AS x").fetchone()
        except duckdb.Error as error:
            raise InputError(
                Diagnostic(
                    code="MW-X308",
                    message=f"column '{column.name}' is declared as '{column.type}', which is no type",
                    span=read.span,
                    fix="write a type of DuckDB: BIGINT, DOUBLE, DECIMAL(18,2), VARCHAR, BOOLEAN, DATE, TIMESTAMP, ...",
                    object=read.dataset,
                )
            ) from error
        assert row is not None
        columns.append(Column(name=column.name, type=row[1]))
    return replace(read, columns=tuple(columns))


@contextmanager
def _workplace(temp_directory: str | None) -> Iterator[Path]:
    """Yield a folder for unpacked files, removed afterwards."""
    if temp_directory is not None:
        Path(temp_directory).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="meshwright-", dir=temp_directory) as folder:
        yield Path(folder)

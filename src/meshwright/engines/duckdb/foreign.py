"""Data of others, to be measured and not kept: Parquet files where they lie, everything else once into a scratch file.

Columns of text formats get the types that a contract promises. A value that is not of its promised type is no failure here:
its column stays text, and the answer says which value stands where, for the rule on columns to tell.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from meshwright.engines.duckdb.build import check_names, copy_rows, describe
from meshwright.engines.duckdb.errors import Statement, is_of_a_file
from meshwright.engines.duckdb.foreignvalues import ForeignRead, ForeignTable, is_number, words_with_place
from meshwright.engines.duckdb.names import glob_safe, literals
from meshwright.engines.duckdb.parquet import check_declared_values, parquet_problem, parquet_select
from meshwright.engines.duckdb.plainfile import ColumnProblem, PlainFile, plain_files
from meshwright.engines.duckdb.text import Select
from meshwright.engines.duckdb.types import select_stored, stored_columns
from meshwright.engines.protocol import Relation
from meshwright.model import Column


def read_foreign(cursor: duckdb.DuckDBPyConnection, read: ForeignRead, scratch: Path) -> ForeignTable:
    """Read all files; what is written lies in `scratch`, an empty folder that must last as long as the answer.

    Raises InputError (MW-X...) where the files cannot be read as what they are said to be, WorldError.
    """
    source = read.source
    plain = plain_files(source, scratch)
    if source.source.format == "parquet":
        if read.is_partitioned:
            return _partitioned(cursor, read, plain, scratch)
        if read.is_of_cells:
            return _of_cells(cursor, read, plain, scratch)
        _, columns, rows = parquet_select(cursor, source, plain)
        check_names(columns, Statement(dataset=source.dataset))
        files = tuple(str(file.path) for file in plain)
        return ForeignTable(relation=Relation(columns=columns, files=files, rows=rows))
    from meshwright.engines.duckdb.foreigntexts import read_texts  # lazy: Parquet needs no reader of texts

    return read_texts(cursor, read, plain, scratch)


def write_table(cursor: duckdb.DuckDBPyConnection, table: str, dataset: str, file: str) -> Relation:
    """Write all rows of what stands after FROM on `cursor` to `file`. Raises InputError (MW-E104), DuckDB's errors."""
    select = Select(text=f"SELECT * FROM {table}", params=frozenset())
    described = describe(cursor, select, {})
    columns = stored_columns(described)
    check_names(columns, Statement(dataset=dataset))
    rows = copy_rows(cursor, f"SELECT {select_stored(described) or '*'} FROM {table}", file)
    return Relation(columns=columns, files=(file,), rows=rows)


def _partitioned(
    cursor: duckdb.DuckDBPyConnection, read: ForeignRead, plain: list[PlainFile], scratch: Path
) -> ForeignTable:
    """Write the rows together with the columns that the names of folders are."""
    parquet_select(cursor, read.source, plain)  # all files are readable and have the same columns, or it is told
    paths = literals(glob_safe(str(file.path)) for file in plain)
    scan = f"read_parquet({paths}, union_by_name = true, hive_partitioning = true)"
    try:
        return ForeignTable(
            relation=write_table(cursor, scan, read.source.dataset, str(scratch / "partitioned.parquet"))
        )
    except duckdb.Error as error:
        if not is_of_a_file(error):
            raise
        raise parquet_problem(read.source, plain, error) from error


def _of_cells(
    cursor: duckdb.DuckDBPyConnection, read: ForeignRead, plain: list[PlainFile], scratch: Path
) -> ForeignTable:
    """Write the rows with numbers as the promised types of numbers; where a value is none, its column stays as it is."""
    _, columns, _ = parquet_select(cursor, read.source, plain)
    declared = {
        column.name: promised.read_as
        for column in columns
        if (promised := read.promised.get(column.name)) is not None
        and promised.read_as is not None
        and not promised.admits(column.type)
        and is_number(column.type)
        and is_number(promised.read_as)
    }
    misfits: dict[str, str] = {}
    while True:
        source = replace(read.source, columns=tuple(Column(name=name, type=each) for name, each in declared.items()))
        select, columns, _ = parquet_select(cursor, source, plain)
        try:
            check_declared_values(cursor, source, plain)
        except ColumnProblem as problem:
            for name in problem.columns:
                del declared[name]
                misfits[name] = words_with_place(problem.first, read)
            continue
        relation = write_table(cursor, f"({select})", read.source.dataset, str(scratch / "cells.parquet"))
        return ForeignTable(relation=relation, misfits=misfits)

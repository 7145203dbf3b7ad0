"""Data of others, to be measured and not kept: Parquet files where they lie, everything else once into a scratch file.

Columns of text formats get the types that a contract promises. A value that is not of its promised type is no failure here:
its column stays text, and the answer says which value stands where, for the rule on columns to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from types import MappingProxyType

import duckdb

from meshwright.checks.types import belongs_to, type_kind
from meshwright.diagnostics import Diagnostic
from meshwright.engines.duckdb.build import check_names, copy_rows, describe
from meshwright.engines.duckdb.errors import Statement, is_of_a_file
from meshwright.engines.duckdb.names import glob_safe, literals
from meshwright.engines.duckdb.parquet import check_declared_values, parquet_problem, parquet_select
from meshwright.engines.duckdb.plainfile import ColumnProblem, PlainFile, plain_files
from meshwright.engines.duckdb.text import Select
from meshwright.engines.duckdb.types import select_stored, stored_columns
from meshwright.engines.protocol import Relation, SourceRead
from meshwright.frozen import dataclass
from meshwright.model import Column

#: Logical types of ODCS -> the type that texts of a file are read with where they do not show one of the family.
_READ_AS = MappingProxyType(
    {
        "string": "VARCHAR",
        "integer": "BIGINT",
        "number": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
        "time": "TIME",
    }
)
NUMBERS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PromisedType:
    """The type that a contract promises of a column; without either, whatever is found is kept."""

    #: A type in DuckDB's spelling that texts can be read as.
    physical: str | None = None
    logical: str | None = None
    #: Version of the standard, for what a logical type means there.
    api_version: str = ""

    def admits(self, type_text: str) -> bool:
        """Whether values that were found to be of a type need no other one."""
        if self.physical is not None:
            return self.physical == type_text
        return self.logical is None or belongs_to(type_text, self.logical, api_version=self.api_version) is not False

    @property
    def read_as(self) -> str | None:
        """The type to read texts with."""
        return self.physical or _READ_AS.get(self.logical or "")


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignRead:
    """Files to be read for measuring."""

    #: Without declared columns.
    source: SourceRead
    promised: Mapping[str, PromisedType] = field(default_factory=lambda: MappingProxyType({}))
    #: Whether Parquet files lie in folders ``column=value``, which are columns then.
    is_partitioned: bool = False
    #: Whether the Parquet files hold cells of a spreadsheet, which knows one kind of number: promised types are read out of it.
    is_of_cells: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignTable:
    """Data as it can be measured."""

    relation: Relation
    #: Column -> what in it is not of its promised type, with the place.
    misfits: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


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


def is_number(type_text: str) -> bool:
    """Whether a type is one of numbers."""
    return type_text in NUMBERS or type_kind(type_text) == "DECIMAL"


def words_with_place(problem: Diagnostic, read: ForeignRead) -> str:
    """Return what a finding says about a file, with its place; only CSV knows the line."""
    span = problem.span
    if span is None:
        return problem.message
    place = f"{span.file}:{span.line}" if read.source.source.format == "csv" else span.file
    return f"{place}: {problem.message}"

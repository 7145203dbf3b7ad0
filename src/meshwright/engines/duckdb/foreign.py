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
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.engines.duckdb.build import check_names, copy_rows, describe, write_select
from meshwright.engines.duckdb.csv import csv_problem, csv_select, lost_rows
from meshwright.engines.duckdb.csvdialect import settle_delimiter, settle_header
from meshwright.engines.duckdb.errors import Statement, is_of_a_file
from meshwright.engines.duckdb.json import json_select
from meshwright.engines.duckdb.jsontext import json_problem
from meshwright.engines.duckdb.names import glob_safe, literals
from meshwright.engines.duckdb.parquet import check_declared_values, parquet_problem, parquet_select
from meshwright.engines.duckdb.plainfile import ColumnProblem, PlainFile, plain_files
from meshwright.engines.duckdb.text import Select
from meshwright.engines.duckdb.types import select_stored, stored_columns
from meshwright.engines.protocol import Relation, SourceRead
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns

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
_MOMENTS = frozenset({"DATE", "TIME", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE"})
_NUMBERS = frozenset(
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
    return _of_texts(cursor, read, plain, scratch)


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
        and _is_number(column.type)
        and _is_number(promised.read_as)
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
                misfits[name] = _words(problem.first, read)
            continue
        relation = write_table(cursor, f"({select})", read.source.dataset, str(scratch / "cells.parquet"))
        return ForeignTable(relation=relation, misfits=misfits)


def _of_texts(
    cursor: duckdb.DuckDBPyConnection, read: ForeignRead, plain: list[PlainFile], scratch: Path
) -> ForeignTable:
    """Read CSV or JSON with the promised types, and columns with other values as they are."""
    source = _with_header(read, plain)
    misfits: dict[str, str] = {}
    declared = _declared_at_first(source, read, plain)
    while True:
        source = replace(source, columns=tuple(Column(name=name, type=each) for name, each in declared.items()))
        try:
            select, columns, expected = _select(cursor, source, plain, scratch)
        except ColumnProblem as problem:
            for name in problem.columns:
                declared[name] = "JSON" if problem.first.code == "MW-X402" else "VARCHAR"
                misfits.setdefault(name, _words(problem.first, read))
            continue
        others = _declared_besides(read, columns, declared)
        if not others:
            break
        declared |= others
    check_names(columns, Statement(dataset=source.dataset))
    file = str(scratch / "rows.parquet")
    try:
        rows = write_select(cursor, Select(text=select, params=frozenset()), columns, {}, file)
    except duckdb.Error as error:
        if not (is_of_a_file(error) or isinstance(error, duckdb.ConversionException)):
            raise
        raise (csv_problem if source.source.format == "csv" else json_problem)(source, plain, error) from error
    if rows != expected:
        raise lost_rows(source, plain, expected, rows)
    relation = Relation(columns=stored_columns(columns), files=(file,), rows=rows)
    return ForeignTable(relation=relation, misfits=misfits)


def _select(
    cursor: duckdb.DuckDBPyConnection, source: SourceRead, plain: list[PlainFile], scratch: Path
) -> tuple[str, Columns, int]:
    if source.source.format == "csv":
        return csv_select(cursor, source, plain)
    return json_select(cursor, source, plain, scratch)


def _with_header(read: ForeignRead, plain: list[PlainFile]) -> SourceRead:
    """Return the source with its first line known to be the header, where it holds a name that is promised."""
    source = read.source
    if source.source.format != "csv" or source.source.has_header is not None:
        return source
    told = replace(source, source=replace(source.source, has_header=True))
    try:
        names = settle_header(told, plain[0], settle_delimiter(source, plain[0])).names
    except InputError:
        return source  # told when the file is read
    folded = {name.casefold() for name in read.promised}
    return told if any(name.casefold() in folded for name in names) else source


def _declared_at_first(source: SourceRead, read: ForeignRead, plain: list[PlainFile]) -> dict[str, str]:
    """Return the types that bind from the start: of CSV, which shows none, those that are promised exactly."""
    if source.source.format != "csv":
        return {}
    if source.source.has_header is False:
        return {name: each.read_as or "VARCHAR" for name, each in read.promised.items()}
    names = settle_header(source, plain[0], settle_delimiter(source, plain[0])).names
    promised = {name: read.promised[name] for name in names if name in read.promised}
    return {
        name: each.read_as
        for name, each in promised.items()
        if each.read_as is not None and (each.physical is not None or each.logical == "string")
    }


def _declared_besides(read: ForeignRead, columns: Columns, declared: Mapping[str, str]) -> dict[str, str]:
    """Return types for columns whose values were found to be of another than the promised one, where reading may help."""
    found: dict[str, str] = {}
    for column in columns:
        promised = read.promised.get(column.name)
        if promised is None or promised.read_as is None or column.name in declared or promised.admits(column.type):
            continue
        if read.source.source.format == "csv" or _is_rereadable(column.type, promised.read_as):
            found[column.name] = promised.read_as
    return found


def _is_rereadable(found: str, wanted: str) -> bool:
    """Whether values of JSON that were found to be of a type may be read as another: JSON tells numbers from texts itself.

    Texts may be moments, which are no kind of JSON, and decimals, which its numbers do not keep.
    """
    is_text, is_number = found == "VARCHAR" or found in _MOMENTS, _is_number(found)
    if wanted == "VARCHAR" or wanted in _MOMENTS:
        return is_text
    if type_kind(wanted) == "DECIMAL":
        return is_text or is_number
    return is_number and wanted in _NUMBERS


def _is_number(type_text: str) -> bool:
    return type_text in _NUMBERS or type_kind(type_text) == "DECIMAL"


def _words(problem: Diagnostic, read: ForeignRead) -> str:
    """Return what a finding says about a file, with its place; only CSV knows the line."""
    span = problem.span
    if span is None:
        return problem.message
    place = f"{span.file}:{span.line}" if read.source.source.format == "csv" else span.file
    return f"{place}: {problem.message}"

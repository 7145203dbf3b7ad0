"""Texts of others (CSV, JSON), read with the types that a contract promises; columns that hold other values stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from meshwright.checks.types import type_kind
from meshwright.diagnostics import InputError
from meshwright.engines.duckdb.build import check_names, write_select
from meshwright.engines.duckdb.csv import csv_problem, csv_select, lost_rows
from meshwright.engines.duckdb.csvdialect import settle_delimiter, settle_header
from meshwright.engines.duckdb.errors import Statement, is_of_a_file
from meshwright.engines.duckdb.foreignvalues import NUMBERS, ForeignRead, ForeignTable, is_number, words_with_place
from meshwright.engines.duckdb.json import json_select
from meshwright.engines.duckdb.jsontext import json_problem
from meshwright.engines.duckdb.plainfile import ColumnProblem, PlainFile
from meshwright.engines.duckdb.text import Select
from meshwright.engines.duckdb.types import stored_columns
from meshwright.engines.protocol import Relation, SourceRead
from meshwright.model import Column, Columns

_MOMENTS = frozenset({"DATE", "TIME", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE"})


def read_texts(
    cursor: duckdb.DuckDBPyConnection, read: ForeignRead, plain: list[PlainFile], scratch: Path
) -> ForeignTable:
    """Read CSV or JSON with the promised types, and columns with other values as they are. Raises as `foreign.read_foreign`."""
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
                misfits.setdefault(name, words_with_place(problem.first, read))
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
    is_text = found == "VARCHAR" or found in _MOMENTS
    if wanted == "VARCHAR" or wanted in _MOMENTS:
        return is_text
    if type_kind(wanted) == "DECIMAL":
        return is_text or is_number(found)
    return is_number(found) and wanted in NUMBERS

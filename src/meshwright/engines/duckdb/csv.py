"""Reading CSV: the dialect settled, the shape scanned, the types proved on every row, the rows counted twice."""

from __future__ import annotations

import itertools
import re
from typing import Any

import duckdb

from meshwright.diagnostics import InputError, known_names_hint
from meshwright.engines.duckdb.csvdialect import CsvDialect, check_widths, settle_delimiter, settle_header
from meshwright.engines.duckdb.csvscan import USUAL_RECORD_BYTES, CsvShape, records_with_lines, scan_csv, shown
from meshwright.engines.duckdb.names import glob_safe, literal, literals, quoted
from meshwright.engines.duckdb.plainfile import PlainFile, column_problem, source_problem
from meshwright.engines.duckdb.texttypes import LADDER, has_value, is_inferable, is_misfit, typed
from meshwright.engines.protocol import SourceRead
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns

#: Rows on which candidates for a type are looked for before all rows have to prove one.
_SAMPLE_ROWS = 200
#: Aggregates in one statement: enough for thirty columns in one pass.
_MOST_AGGREGATES = 288
_LINE_BYTES = 16 << 20
_CSV_LINE = re.compile(r"CSV Error on Line: (\d+)\nOriginal Line: ([^\n]*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class _CsvFile:
    """One file, settled."""

    file: PlainFile
    dialect: CsvDialect
    shape: CsvShape

    @property
    def rows(self) -> int:
        """Rows that the scan found."""
        return self.shape.records - self.dialect.has_header


def csv_select(cursor: duckdb.DuckDBPyConnection, read: SourceRead, files: list[PlainFile]) -> tuple[str, Columns, int]:
    """Return the SELECT that gives the typed rows, its columns, and how many rows there must be.

    `read.columns` must hold canonical types. Raises InputError (MW-X2xx, MW-X3xx).
    """
    settled = [_settle(read, file) for file in files]
    _check_same_columns(read, settled)
    names = settled[0].dialect.names
    _check_declared(read, settled[0])
    raw = _raw_select(read, settled)
    try:
        columns = _settle_types(cursor, read, names, raw, settled)
    except duckdb.InvalidInputException as error:
        raise _read_problem(read, settled, error) from error
    declared = {column.name for column in read.columns}
    items = ", ".join(
        f"{typed(quoted(column.name), column.type, is_declared=column.name in declared)} AS {quoted(column.name)}"
        for column in columns
    )
    return f"SELECT {items} FROM ({raw})", columns, sum(each.rows for each in settled)


def csv_problem(read: SourceRead, files: list[PlainFile], error: duckdb.Error) -> Exception:
    """Return what to raise for DuckDB's `error` while the SELECT ran."""
    return _read_problem(read, [_settle(read, file) for file in files], error)


def lost_rows(read: SourceRead, files: list[PlainFile], expected: int, found: int) -> InputError:
    """Return the error for rows that the engine and the scan count differently."""
    return source_problem(
        "MW-X306", read, files[0].name, f"the engine read {found} rows, but the file holds {expected}",
        fix="look for fields that hold line breaks or quotes and are not quoted",
    )  # fmt: skip


def _settle(read: SourceRead, file: PlainFile) -> _CsvFile:
    """Settle one file. Raises InputError."""
    delimiter = settle_delimiter(read, file)
    shape = scan_csv(read, file, delimiter)
    dialect = settle_header(read, file, delimiter)
    width = len(dialect.names)
    if width > 1 and shape.delimiters != shape.records * (width - 1):
        check_widths(read, file, delimiter)
    return _CsvFile(file=file, dialect=dialect, shape=shape)


def _check_same_columns(read: SourceRead, settled: list[_CsvFile]) -> None:
    """Raise InputError unless all files have the columns of the first one, in any order."""
    first = settled[0]
    for each in settled[1:]:
        if set(each.dialect.names) != set(first.dialect.names):
            missing = sorted(set(first.dialect.names) - set(each.dialect.names))
            extra = sorted(set(each.dialect.names) - set(first.dialect.names))
            parts = [f"has no '{name}'" for name in missing[:3]] + [f"has '{name}' besides" for name in extra[:3]]
            raise source_problem(
                "MW-X305", read, each.file.name,
                f"its columns differ from those of '{first.file.name}': it {', '.join(parts)}",
                fix="give all files of one source the same columns, or make them sources of their own",
            )  # fmt: skip


def _check_declared(read: SourceRead, first: _CsvFile) -> None:
    """Raise InputError for a declared column that the file does not have."""
    for column in read.columns:
        if column.name not in first.dialect.names:
            raise source_problem(
                "MW-X305", read, first.file.name, f"column '{column.name}' is declared, and the file does not have it",
                fix=known_names_hint(column.name, first.dialect.names, what="columns"),
            )  # fmt: skip


def _raw_select(read: SourceRead, settled: list[_CsvFile]) -> str:
    """Return the SELECT that gives all rows as text; files of one dialect are read together."""
    names = settled[0].dialect.names
    groups: dict[tuple[CsvDialect, int], list[str]] = {}
    for each in settled:
        longest = USUAL_RECORD_BYTES if each.shape.is_usual else _LINE_BYTES
        groups.setdefault((each.dialect, longest), []).append(glob_safe(str(each.file.path)))
    listed = ", ".join(quoted(name) for name in names)
    return " UNION ALL ".join(
        f"SELECT {listed} FROM {_scan(read, dialect, paths, longest)}" for (dialect, longest), paths in groups.items()
    )


def _scan(read: SourceRead, dialect: CsvDialect, paths: list[str], longest: int) -> str:
    """Return the table function call: nothing is left to be guessed, skipped, padded or ignored.

    Threads read a buffer each: small ones, which short records allow, take less memory and share out a smaller file.
    """
    columns = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in dialect.names) + "}"
    return (
        f"read_csv({literals(paths)}, auto_detect = false, columns = {columns}, header = {dialect.has_header}, "
        f"delim = {literal(dialect.delimiter)}, quote = '\"', escape = '\"', comment = '', skip = 0, "
        f"nullstr = {literals(read.source.nulls) if read.source.nulls else literals([''])}, "
        "allow_quoted_nulls = false, strict_mode = true, null_padding = false, ignore_errors = false, "
        f"max_line_size = {longest}, buffer_size = {2 * longest}, "
        "hive_partitioning = false)"
    )


def _settle_types(
    cursor: duckdb.DuckDBPyConnection, read: SourceRead, names: tuple[str, ...], raw: str, settled: list[_CsvFile]
) -> Columns:
    """Return the columns with types that every row was checked against."""
    declared = {column.name: column.type for column in read.columns}
    options = _candidates(cursor, [name for name in names if name not in declared], raw)
    chosen = {name: declared.get(name) or options[name][0] for name in names}
    open_names = [name for name in names if chosen[name] != "VARCHAR"]
    while open_names:
        items = []
        for name in open_names:
            if name in declared:  # whether there are values matters where the type is inferred
                items += ["NULL", f"count(*) FILTER ({is_misfit(quoted(name), chosen[name])})"]
                continue
            value, condition = has_value(quoted(name), is_declared=False), is_inferable(quoted(name), chosen[name])
            items += [f"count(*) FILTER ({value})", f"count(*) FILTER ({value} AND NOT coalesce(({condition}), false))"]
        row = _aggregates(cursor, items, f"({raw})")
        unproved = []
        for name, values, failing in zip(open_names, row[::2], row[1::2], strict=True):
            if failing and name in declared:
                raise _misfit(cursor, read, settled, raw, Column(name=name, type=chosen[name]), int(failing))
            if failing or (not values and name not in declared):
                # A column without any value is text: no type can be read off it.
                options[name] = options[name][1:] if values else ["VARCHAR"]
                chosen[name] = options[name][0]
                if chosen[name] != "VARCHAR":
                    unproved.append(name)
        open_names = unproved
    return tuple(Column(name=name, type=chosen[name]) for name in names)


def _candidates(cursor: duckdb.DuckDBPyConnection, names: list[str], raw: str) -> dict[str, list[str]]:
    """Return for each column the types that the first rows admit, the narrowest first, VARCHAR last."""
    if not names:
        return {}
    tests = [f"bool_and(coalesce({is_inferable('text', target)}, false))" for target in LADDER]
    # As rows of texts, so that each condition stands once and not once a column: planning many takes far longer than this.
    texts = (
        f"SELECT unnest(range({len(names)})) AS place, unnest([{', '.join(map(quoted, names))}]) AS text "
        f"FROM (FROM ({raw}) LIMIT {_SAMPLE_ROWS})"
    )
    rows = cursor.execute(
        f"SELECT place, {', '.join(tests)} FROM ({texts}) WHERE {has_value('text', is_declared=False)} GROUP BY place"
    ).fetchall()
    verdicts = {place: verdicts for place, *verdicts in rows}
    # Without a value in the first rows every type is open; all rows decide.
    every = [True] * len(LADDER)
    return {
        name: [*itertools.compress(LADDER, verdicts.get(place, every)), "VARCHAR"] for place, name in enumerate(names)
    }


def _aggregates(cursor: duckdb.DuckDBPyConnection, items: list[str], relation: str) -> list[Any]:
    """Return the values of aggregates over `relation`, a bounded number in a statement.

    The engine's memory for one statement grows far faster than its aggregates: 13,000 of them took 24 GB.
    """
    slices = [items[start : start + _MOST_AGGREGATES] for start in range(0, len(items), _MOST_AGGREGATES)]
    if len(slices) == 1:
        row = cursor.execute(f"SELECT {', '.join(items)} FROM {relation}").fetchone()
        return list(row or ())
    # Many columns: read the files once, not once for each slice. A temporary table may be spilled to disk.
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE mw_wide AS SELECT * FROM {relation}")
    try:
        rows = [cursor.execute(f"SELECT {', '.join(part)} FROM temp.main.mw_wide").fetchone() or () for part in slices]
    finally:
        cursor.execute("DROP TABLE IF EXISTS temp.main.mw_wide")
    return [value for row in rows for value in row]


def _misfit(
    cursor: duckdb.DuckDBPyConnection, read: SourceRead, settled: list[_CsvFile], raw: str, column: Column, count: int
) -> InputError:
    """Return the error that shows the first value that is not of the declared type."""
    row = cursor.execute(
        f"SELECT {quoted(column.name)} FROM ({raw}) WHERE {is_misfit(quoted(column.name), column.type)} LIMIT 1"
    ).fetchone()
    value = str(row[0]) if row else ""
    for each in settled:
        place = each.dialect.names.index(column.name)
        for line, record in records_with_lines(each.file.path, each.dialect.delimiter):
            if len(record) > place and record[place] == value and (line > 1 or not each.dialect.has_header):
                more = f", and {count - 1} more" if count > 1 else ""
                return column_problem(
                    "MW-X307", read, each.file.name,
                    f"{shown(value)} in column '{column.name}' is no {column.type}{more}: "
                    f"{shown(each.dialect.delimiter.join(record))}",
                    line=line, fix="declare another type, or list the text under `nulls` where it means no value",
                    columns=(column.name,),
                )  # fmt: skip
    return column_problem(
        "MW-X307", read, settled[0].file.name, f"{shown(value)} in column '{column.name}' is no {column.type}",
        fix="declare another type", columns=(column.name,),
    )  # fmt: skip


def _read_problem(read: SourceRead, settled: list[_CsvFile], error: duckdb.Error) -> InputError:
    """Return the error for a file that DuckDB refuses, with the line that an own pass finds wrong."""
    try:
        for each in settled:
            check_widths(read, each.file, each.dialect.delimiter)
    except InputError as found:
        return found
    text = str(error)
    file = next((each.file for each in settled if str(each.file.path) in text), settled[0].file)
    found_line = _CSV_LINE.search(text)
    line, words = (int(found_line[1]), shown(found_line[2])) if found_line else (1, text.partition("\n")[0])
    return source_problem(
        "MW-X302", read, file.name, f"line {line} cannot be read: {words}", line=line,
        fix="correct the line, or declare `delimiter`, `header` and `encoding`",
    )  # fmt: skip

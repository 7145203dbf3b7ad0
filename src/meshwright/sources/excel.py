"""Spreadsheets (.xlsx, .xlsm, .xlsb, .xls, .ods): one sheet's table as typed Parquet, with nothing guessed.

A sheet is no table until it proves to be one: cells that are merged, hold an error or were never calculated, empty rows
in between and columns that mix kinds are errors that name the cell. The library is python-calamine.
"""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any  # the library's sheets have no types

from meshwright.diagnostics import Diagnostic, InputError, SourceSpan, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model import Column, FileSource, Node
from meshwright.sources.cells import (
    CellKind,
    CellRange,
    CellValue,
    ColumnKinds,
    arrow_type,
    cell_name,
    column_letters,
    converted,
    kind_of,
    parse_range,
)
from meshwright.sources.context import Context, library_errors
from meshwright.sources.libraries import library
from meshwright.sources.parquetfiles import parquet_writer, rows_at_once
from meshwright.sources.xlsx import TooLarge, check_size, valueless_cells

#: Kinds of cells that a declared type takes; of others any kind is taken and the engine casts.
_TAKES = {
    "VARCHAR": frozenset(CellKind),
    "DATE": frozenset({CellKind.DATE, CellKind.MOMENT}),
    "TIMESTAMP": frozenset({CellKind.DATE, CellKind.MOMENT}),
    "TIME": frozenset({CellKind.TIME}),
    "BOOLEAN": frozenset({CellKind.BOOLEAN}),
}
_NUMBERS = frozenset({CellKind.WHOLE, CellKind.NUMBER})
_TEXTS = ("VARCHAR", "TEXT", "STRING", "CHAR", "BPCHAR")
_NUMERIC = (
    "TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "FLOAT", "REAL", "DOUBLE", "DECIMAL", "NUMERIC",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class _Book:
    """One workbook being read, with what messages need."""

    node: Node
    source: FileSource
    path: Path
    #: What messages call the file.
    name: str
    nulls: frozenset[str]

    def problem(self, code: str, sheet: str, message: str, fix: str, *, row: int = 0) -> InputError:
        """Return an error about a place in the workbook."""
        span = SourceSpan(file=self.name, line=row + 1)
        shown = f"sheet '{sheet}': {message}" if sheet else message
        return InputError(Diagnostic(code=code, message=shown, span=span, fix=fix, object=self.node.address))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    """The table of a sheet: which cells, and what its columns are called and hold."""

    book: _Book
    sheet: Any
    block: CellRange
    names: tuple[str, ...]
    #: Row of the first record, from 0.
    first_row: int
    kinds: tuple[ColumnKinds, ...]


def to_parquet(
    node: Node, files: Sequence[str], names: dict[str, str], context: Context, folder: Path
) -> tuple[str, ...]:
    """Write the table of each workbook as a Parquet file in `folder`, all with the same types. Raises InputError."""
    assert isinstance(node.source, FileSource)
    tables = []
    for path in files:
        book = _Book(
            node=node,
            source=node.source,
            path=Path(path),
            name=names.get(path, path),
            nulls=frozenset(node.source.nulls),
        )
        tables.append(_find_table(book, context))
    declared = {column.name: column for column in node.columns}
    settled = {name: _settle(tables, name, declared.get(name)) for name in tables[0].names}
    written = []
    for place, table in enumerate(tables):
        target = folder / f"sheet{place}.parquet"
        _write(
            table, {name: settled.get(name) or _settle([table], name, None) for name in table.names}, target, context
        )
        written.append(str(target))
    return tuple(written)


def _find_table(book: _Book, context: Context) -> _Table:
    """Open the workbook and look at every cell of its table once: header, kinds, what must not be there."""
    try:
        check_size(book.path)
    except TooLarge as error:
        fix = "get the file again; if it is what it should be, save it as CSV"
        raise book.problem("MW-X611", "", f"the workbook is not opened: {error}", fix) from None
    except (zipfile.BadZipFile, OSError):
        pass  # .xls is no archive; what is damaged is told below
    sheet = _open_sheet(book, context)
    block = _block(book, sheet)
    _refuse_merged(book, sheet, block)
    _refuse_valueless(book, sheet, block)
    rows = _rows(book, sheet, block)
    first = next(rows, None)
    if first is None:
        raise book.problem(
            "MW-X207", sheet.name, "there is no cell with a value", "get the file again, or name `sheet`"
        )
    row, values = first
    width = _width(book, sheet, block, values)
    block = replace(block, right=width)
    has_header = _has_header(book, sheet, row, values)
    header = values[: width - block.left + 1]
    names = _names(book, sheet, block, row, header) if has_header else _given_names(book, sheet, len(header))
    records = rows if has_header else itertools.chain([first], rows)
    kinds = _kinds(book, block, len(names), records)
    return _Table(book=book, sheet=sheet, block=block, names=names, first_row=row + has_header, kinds=kinds)


def _open_sheet(book: _Book, context: Context) -> Any:
    calamine = library("python_calamine", package="python-calamine", extra="excel", node=book.node)
    try:
        workbook = calamine.CalamineWorkbook.from_path(str(book.path))
        visible = [
            each.name
            for each in workbook.sheets_metadata
            if each.typ == calamine.SheetTypeEnum.WorkSheet and each.visible == calamine.SheetVisibleEnum.Visible
        ]
    except calamine.CalamineError as error:
        words = " ".join(str(error).split())
        fix = "get the file again; a workbook with a password must be saved without one"
        raise book.problem("MW-X611", "", f"the workbook cannot be read: {words}", fix) from None
    name = book.source.sheet
    if name is None and len(visible) != 1:
        listed = ", ".join(f"'{each}'" for each in visible[:8]) or "none"
        fix = f"add 'sheet: {visible[0]}' or another one" if visible else "get the file again"
        raise book.problem("MW-X612", "", f"the workbook has {len(visible)} visible sheets: {listed}", fix)
    if name is not None and name not in workbook.sheet_names:
        hint = known_names_hint(name, workbook.sheet_names, what="sheets")
        raise book.problem("MW-X612", "", f"there is no sheet '{name}'", hint or "correct `sheet`")
    with library_errors(book.node, context, book.name):
        return workbook.get_sheet_by_name(name if name is not None else visible[0])


def _block(book: _Book, sheet: Any) -> CellRange:
    """Return the cells to look at: what `range` says, else everything down and right of the first filled cell."""
    if book.source.range is not None:
        block = parse_range(book.source.range)
        assert block is not None  # the loader refused it otherwise
        return block
    start = sheet.start or (0, 0)
    end = sheet.end or (0, 0)
    return CellRange(left=start[1], right=max(end[1], start[1]), top=start[0])


def _rows(book: _Book, sheet: Any, block: CellRange) -> Iterator[tuple[int, list[CellValue]]]:
    """Yield row and values of the filled rows of a block. Raises InputError for an empty row between them."""
    width = block.right - block.left + 1
    last_filled, has_begun = 0, False
    for row, cells in enumerate(sheet.iter_rows()):
        if row < block.top:
            continue
        if block.bottom is not None and row > block.bottom:
            return
        values: list[CellValue] = cells[block.left : block.right + 1]
        values += [""] * (width - len(values))
        if all(value == "" for value in values):
            continue
        if has_begun and row > last_filled + 1:
            raise book.problem(
                "MW-X204", sheet.name, f"row {last_filled + 2} is empty, and rows below it are not",
                "remove the empty row, or say with `range` which cells are the table", row=last_filled + 1,
            )  # fmt: skip
        last_filled, has_begun = row, True
        yield row, values


def _width(book: _Book, sheet: Any, block: CellRange, header: Sequence[CellValue]) -> int:
    """Return the last column: of a range as it says, else the last one of the first row's filled cells or beyond."""
    if book.source.range is not None:
        return block.right
    filled = max(place for place, value in enumerate(header) if value != "")
    for row, values in _rows(book, sheet, block):
        for place in range(filled + 1, len(values)):
            if values[place] != "":
                raise book.problem(
                    "MW-X303", sheet.name,
                    f"cell {cell_name(row, block.left + place)} holds a value, and its column has no name",
                    "name the column, or say with `range` which cells are the table", row=row,
                )  # fmt: skip
    return block.left + filled


def _has_header(book: _Book, sheet: Any, row: int, values: Sequence[CellValue]) -> bool:
    if book.source.has_header is not None:
        return book.source.has_header
    other = next((value for value in values if value != "" and not isinstance(value, str)), None)
    if other is None:
        return True
    raise book.problem(
        "MW-X304", sheet.name, f"row {row + 1} does not look like names: it holds {kind_of(other)} {other}",
        "declare `header: true`, or `header: false` with `columns`", row=row,
    )  # fmt: skip


def _names(book: _Book, sheet: Any, block: CellRange, row: int, header: Sequence[CellValue]) -> tuple[str, ...]:
    names: list[str] = []
    seen: dict[str, str] = {}
    for place, value in enumerate(header):
        cell = cell_name(row, block.left + place)
        name = str(converted(value, CellKind.TEXT)).strip() if value != "" else ""
        if not name:
            message, fix = (
                f"cell {cell} names no column",
                "name the column, or say with `range` which cells are the table",
            )
            raise book.problem("MW-X303", sheet.name, message, fix, row=row)
        if name.casefold() in seen:
            message = f"'{name}' in {cell} and '{seen[name.casefold()]}' are the same"
            raise book.problem("MW-X303", sheet.name, message, "rename one of the columns", row=row)
        seen[name.casefold()] = name
        names.append(name)
    for column in book.node.columns:
        if column.name not in names:
            hint = known_names_hint(column.name, names, what="columns")
            message = f"column '{column.name}' is declared, and the sheet does not have it"
            raise book.problem("MW-X305", sheet.name, message, hint or "correct the name", row=row)
    return tuple(names)


def _given_names(book: _Book, sheet: Any, width: int) -> tuple[str, ...]:
    """Return the names of a sheet without a header: the declared ones in order, else numbered ones."""
    declared = [column.name for column in book.node.columns]
    if not declared:
        return tuple(f"column{place + 1}" for place in range(width))
    if len(declared) != width:
        message = f"{len(declared)} columns are declared, and the table has {width}"
        raise book.problem("MW-X303", sheet.name, message, "declare all columns in their order")
    return tuple(declared)


def _kinds(
    book: _Book, block: CellRange, width: int, records: Iterator[tuple[int, list[CellValue]]]
) -> tuple[ColumnKinds, ...]:
    kinds = tuple(ColumnKinds() for _ in range(width))
    for row, values in records:
        for place in range(width):
            value = values[place]
            if value == "" or value in book.nulls:
                continue
            kind = kind_of(value)
            if kind not in kinds[place].first:
                kinds[place].first[kind] = cell_name(row, block.left + place)
    return kinds


def _settle(tables: Sequence[_Table], name: str, declared: Column | None) -> CellKind:
    """Return the kind that a column is stored as. Raises InputError where its cells do not agree, naming two of them."""
    merged = ColumnKinds()
    for table in tables:
        if name in table.names:
            for kind, cell in table.kinds[table.names.index(name)].first.items():
                merged.first.setdefault(kind, cell)
    book, sheet = tables[0].book, tables[0].sheet.name
    if declared is not None:
        takes = _taken(declared.type)
        for kind, cell in merged.first.items():
            if kind not in takes:
                raise book.problem(
                    "MW-X613", sheet, f"cell {cell} in column '{name}' is a {kind}, and the column is declared {declared.type}",
                    "correct the cell (a number stored as text is text), or declare VARCHAR",
                )  # fmt: skip
        if _is_text(declared.type):
            return CellKind.TEXT
    kind_found = merged.settled()
    if kind_found is not None:
        return kind_found
    listed = " and ".join(f"a {kind} in {cell}" for kind, cell in list(merged.first.items())[:3])
    raise book.problem(
        "MW-X613", sheet, f"column '{name}' mixes kinds: {listed}",
        f"correct the cells, or declare it: columns: {{{name}: VARCHAR}} takes every cell as text",
    )  # fmt: skip


def _taken(type_: str) -> frozenset[CellKind]:
    word = type_.upper().partition("(")[0].strip()
    if word in _NUMERIC:
        return _NUMBERS
    return _TAKES["VARCHAR"] if word in _TEXTS else _TAKES.get(word, frozenset(CellKind))


def _is_text(type_: str) -> bool:
    return type_.upper().partition("(")[0].strip() in _TEXTS


def _write(table: _Table, kinds: dict[str, CellKind], target: Path, context: Context) -> None:
    import pyarrow as pa  # lazy: only sources of other formats need it

    schema = pa.schema([(name, arrow_type(kinds[name])) for name in table.names])
    nulls = table.book.nulls
    with parquet_writer(target, schema, table.book.node) as writer:
        columns: list[list[object]] = [[] for _ in table.names]
        for row, values in _rows(table.book, table.sheet, table.block):
            if row < table.first_row:
                continue
            for place, name in enumerate(table.names):
                value = values[place]
                is_null = value == "" or value in nulls
                columns[place].append(None if is_null else converted(value, kinds[name]))
            if len(columns[0]) >= rows_at_once(len(columns)):
                context.check_stop(table.book.node)
                writer.write_batch(_batch(columns, schema))
                columns = [[] for _ in table.names]
        writer.write_batch(_batch(columns, schema))


def _batch(columns: list[list[object]], schema: Any) -> Any:
    import pyarrow as pa  # lazy: only sources of other formats need it

    arrays = [pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _refuse_merged(book: _Book, sheet: Any, block: CellRange) -> None:
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        is_inside = (
            left <= block.right
            and right >= block.left
            and bottom >= block.top
            and (block.bottom is None or top <= block.bottom)
        )
        if is_inside:
            cells = f"{cell_name(top, left)}:{cell_name(bottom, right)}"
            raise book.problem(
                "MW-X614", sheet.name, f"cells {cells} are merged, so which rows and columns have their value is open",
                "unmerge them and fill each cell, or leave them out with `range`", row=top,
            )  # fmt: skip


def _refuse_valueless(book: _Book, sheet: Any, block: CellRange) -> None:
    """Refuse errors and formulas that were never calculated; reading gives them as empty cells."""
    if not zipfile.is_zipfile(book.path):
        return
    for row, column, text in valueless_cells(book.path, sheet.name):
        is_inside = block.left <= column <= block.right and block.top <= row
        if not is_inside or (block.bottom is not None and row > block.bottom) or (text and text in book.nulls):
            continue
        cell = f"{column_letters(column)}{row + 1}"
        if text:
            message = f"cell {cell} holds the error {text}"
            fix = f'correct the formula, or take the error for no value: nulls: ["", "{text}"]'
        else:
            message = f"the formula in cell {cell} has no value: the workbook was not calculated before it was saved"
            fix = "open the workbook in a spreadsheet program and save it"
        raise book.problem("MW-X614", sheet.name, message, fix, row=row)

"""Rows as JSON, as a JSON object a line, and as CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from meshwright.faces.rows.answered import Rows
from meshwright.faces.text.cells import json_columns, text_columns, unique_names

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows that are text at once: texts take several times the room of a batch.
_PIECE_ROWS = 2048
_CSV_SPECIAL = frozenset(',"\r\n')


def json_pieces(rows: Rows, end: str = "\n") -> Iterator[bytes]:
    """An array of objects, one a line."""
    separator = "[\n"
    for objects in _objects(rows):
        yield (separator + ",\n".join(objects)).encode(errors="backslashreplace")
        separator = ",\n"
    yield (("[]" if separator == "[\n" else "\n]") + end).encode()


def ndjson_pieces(rows: Rows) -> Iterator[bytes]:
    """An object a line, and nothing around them (ndjson, JSON Lines)."""
    for objects in _objects(rows):
        yield "".join(f"{each}\n" for each in objects).encode(errors="backslashreplace")


def csv_pieces(rows: Rows) -> Iterator[bytes]:
    """RFC 4180 with line feeds and a header; a missing value is empty, an empty text is quoted."""
    yield (",".join(_csv_cell(column.name) for column in rows.columns) + "\n").encode(errors="backslashreplace")
    for batch in _slices(rows):
        columns = [[_csv_cell(cell) for cell in column] for column in text_columns(batch, None)]
        # A single column's missing value would be a blank line, which many readers skip: it is written as "".
        blank = '""' if len(columns) == 1 else ""
        lines = [(",".join(row) or blank) + "\n" for row in zip(*columns, strict=True)]
        yield "".join(lines).encode(errors="backslashreplace")


def _objects(rows: Rows) -> Iterator[list[str]]:
    """Yield the rows as JSON objects, some at a time, never none."""
    names = unique_names([column.name for column in rows.columns])
    keys = [json.dumps(name, ensure_ascii=False) + ": " for name in names]
    for batch in _slices(rows):
        cells = zip(*json_columns(batch), strict=True)
        yield ["{" + ", ".join(map(str.__add__, keys, row)) + "}" for row in cells]


def _slices(rows: Rows) -> Iterator[pa.RecordBatch]:
    for batch in rows.batches:
        for start in range(0, batch.num_rows, _PIECE_ROWS):
            yield batch.slice(start, _PIECE_ROWS)


def _csv_cell(cell: str | None) -> str:
    if cell is None:
        return ""
    if not cell or not _CSV_SPECIAL.isdisjoint(cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell

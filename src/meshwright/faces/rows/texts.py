"""Rows as JSON, as a JSON object a line, and as CSV: whole pieces at a time, whose rows lie in memory as they are sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from meshwright.faces.rows.answered import Rows
from meshwright.faces.text.cells import unique_names
from meshwright.faces.text.columns import Cells, csv_texts, joined, json_texts

if TYPE_CHECKING:
    import pyarrow as pa

#: What becomes text at once, whichever is less: texts take several times the room of a batch.
_PIECE_ROWS = 8_192
_PIECE_BYTES = 1_000_000
_CSV_SPECIAL = frozenset(',"\r\n')


def json_pieces(rows: Rows, end: str = "\n") -> Iterator[bytes]:
    """An array of objects, one a line."""
    is_first = True
    for lines in _objects(rows, ",\n"):
        # The separator behind the last row is that before the next piece's first.
        yield b"[\n" + lines[:-2] if is_first else b",\n" + lines[:-2]
        is_first = False
    yield (("[]" if is_first else "\n]") + end).encode()


def ndjson_pieces(rows: Rows) -> Iterator[bytes]:
    """An object a line, and nothing around them (ndjson, JSON Lines)."""
    for lines in _objects(rows, "\n"):
        yield bytes(lines)


def csv_pieces(rows: Rows) -> Iterator[bytes]:
    """RFC 4180 with line feeds and a header; a missing value is empty, an empty text is quoted."""
    yield (",".join(_csv_cell(column.name) for column in rows.columns) + "\n").encode(errors="backslashreplace")
    # A single column's missing value would be a blank line, which many readers skip: it is written as "".
    missing = '""' if len(rows.columns) == 1 else ""
    for batch in _slices(rows):
        parts: list[Cells | str] = []
        for column in batch.columns:
            parts += [csv_texts(column, missing), ","]
        yield bytes(_content(joined(*parts[:-1], "\n")))


def _objects(rows: Rows, end: str) -> Iterator[memoryview]:
    """Yield the rows as JSON objects, each with `end` behind it, some at a time, never none."""
    names = unique_names([column.name for column in rows.columns])
    keys = [f"{', ' if place else '{'}{json.dumps(name, ensure_ascii=False)}: " for place, name in enumerate(names)]
    for batch in _slices(rows):
        parts: list[Cells | str] = []
        for key, column in zip(keys, batch.columns, strict=True):
            parts += [key, json_texts(column)]
        yield _content(joined(*parts, "}" + end))


def _content(texts: Cells) -> memoryview:
    """Return all texts of a column, one behind the other: so they lie in memory."""
    import pyarrow as pa  # heavy, and there already where there are rows

    _, offsets, content = texts.buffers()
    places = pa.Array.from_buffers(pa.int32(), len(texts) + 1, [None, offsets], offset=texts.offset)
    return memoryview(content)[places[0].as_py() : places[-1].as_py()]


def _slices(rows: Rows) -> Iterator[pa.RecordBatch]:
    for batch in rows.batches:
        fit = max(1, int(_PIECE_BYTES * batch.num_rows / max(batch.nbytes, 1)))
        step = min(fit, _PIECE_ROWS)
        for start in range(0, batch.num_rows, step):
            yield batch.slice(start, step)


def _csv_cell(cell: str | None) -> str:
    if cell is None:
        return ""
    if not cell or not _CSV_SPECIAL.isdisjoint(cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell

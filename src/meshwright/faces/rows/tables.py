"""Rows as a table for people: the first of them, and whether there are more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from meshwright.faces.rows.answered import Rows
from meshwright.faces.text.cells import text_columns
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look
from meshwright.faces.text.words import count_words

#: Rows that a table shows unless it is told otherwise.
_ROWS = 40
_CELL_WIDTH = 48
_NUMBER = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT|REAL|NUMERIC.*)$(?<!\])")


def table_limit(limit: int | None) -> int:
    """Return how many rows to ask for: one more than a table shows, to know whether there are more."""
    return (_ROWS if limit is None else limit) + 1


def table_pieces(rows: Rows, look: Look, limit: int | None) -> Iterator[bytes]:
    """Yield aligned text of the first `limit` rows (None: 40), a line at a time; the last one says if there are more."""
    most = _ROWS if limit is None else limit
    cells: list[tuple[str, ...]] = []
    for batch in rows.batches:
        columns = text_columns(batch.slice(0, most + 1 - len(cells)), "NULL")
        cells += zip(*([cell or "" for cell in column] for column in columns), strict=True)
        if len(cells) > most:
            break
    headings = [
        Heading(title=column.name, is_right=bool(_NUMBER.match(column.type.upper()))) for column in rows.columns
    ]
    shown = cells[:most]
    if len(cells) > most:
        note = f"(first {count_words(most, 'row')}; there are more: --limit N, or --format csv for all)"
    else:
        note = f"({count_words(len(shown), 'row')})"
    for line in (*table_lines(headings, shown, look, cell_width=_CELL_WIDTH), look.paint(note, "dim")):
        yield f"{line}\n".encode(errors="backslashreplace")

"""The forms in which rows are written, and what writes each. No writer keeps more than a piece of the answer."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator

from meshwright.faces.rows.answered import Piece, Rows
from meshwright.faces.rows.binary import arrow_pieces, parquet_pieces
from meshwright.faces.rows.texts import csv_pieces, json_pieces, ndjson_pieces


class Form(enum.StrEnum):
    """How rows are written."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"


_WRITERS: dict[Form, Callable[[Rows], Iterator[Piece]]] = {
    Form.JSON: json_pieces,
    Form.NDJSON: ndjson_pieces,
    Form.CSV: csv_pieces,
    Form.PARQUET: parquet_pieces,
    Form.ARROW: arrow_pieces,
}


def encoded(rows: Rows, form: Form) -> Iterator[Piece]:
    """Yield every row in `form`, some at a time. What is cut off anywhere is no whole answer in any form but the lines."""
    return _WRITERS[form](rows)

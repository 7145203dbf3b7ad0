"""Rows as every face writes them: JSON, lines of JSON, CSV, Parquet and Arrow, a piece at a time, every value exact."""

from meshwright.faces.rows.answered import Piece, Rows
from meshwright.faces.rows.forms import Form, encoded

__all__ = ["Form", "Piece", "Rows", "encoded"]

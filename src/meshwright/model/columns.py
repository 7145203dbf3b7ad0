"""Columns and their types, as engines report them."""

from __future__ import annotations

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of a dataset."""

    name: str
    #: The stored type in DuckDB's spelling, upper case: ``BIGINT``, ``DECIMAL(18,3)``, ``STRUCT(a INTEGER)``.
    type: str


#: Columns in order.
Columns = tuple[Column, ...]

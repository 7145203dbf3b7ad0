"""Rows as plain JSON values, for samples of failing rows and values of queries."""

from __future__ import annotations

import math
from collections.abc import Mapping

import duckdb

from meshwright.engines.duckdb.names import quoted
from meshwright.model import Columns

#: How many failing rows a measurement carries.
SAMPLE_ROWS = 10
#: Longest text of a value in a sample.
_SHOWN = 1000
#: Types whose values are JSON values as they stand.
_PLAIN = frozenset(
    {"BIGINT", "BOOLEAN", "DOUBLE", "FLOAT", "INTEGER", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER", "USMALLINT",
     "UTINYINT", "VARCHAR", "HUGEINT", "UHUGEINT"}
)  # fmt: skip


def plain_rows(
    cursor: duckdb.DuckDBPyConnection, select: str, columns: Columns, params: Mapping[str, object]
) -> tuple[Mapping[str, object], ...]:
    """Return up to ten rows of `select`: numbers, truth values and texts as they are, all else as DuckDB writes it."""
    names = [f"c{place}" for place in range(len(columns))]
    items = ", ".join(plain_value(quoted(name), column.type) for name, column in zip(names, columns, strict=True))
    aliases = ", ".join(quoted(name) for name in names)
    rows = cursor.execute(
        f"SELECT {items} FROM (\n{select}\n) AS q({aliases}) LIMIT {SAMPLE_ROWS}", dict(params) or None
    ).fetchall()
    return tuple({column.name: plain_json(value) for column, value in zip(columns, row, strict=True)} for row in rows)


def is_plain_type(type_text: str) -> bool:
    """Whether Python has the values of a type as they are, without further packages."""
    return type_text in _PLAIN


def plain_value(value: str, type_text: str) -> str:
    """Return the expression that gives the expression `value` as a value that Python has without further packages."""
    if type_text in _PLAIN:
        return value
    if type_text == "BLOB":
        return f"lower(hex({value}))"
    return f"CAST({value} AS VARCHAR)"


def plain_json(value: object) -> object:
    """Return `value` as JSON can hold it."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str) and len(value) > _SHOWN:
        return value[:_SHOWN] + "…"
    return value

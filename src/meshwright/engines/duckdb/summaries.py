"""What stands in a column of one version: nulls, different values, least, greatest and mean. One statement a column.

A statement for each column reads each column once, as one big one would, and holds the different values of one column
at a time. On ten million rows counting them takes 0.1 s to 2.3 s a column, which is worth being exact.
"""

from __future__ import annotations

import math

import duckdb

from meshwright.engines.duckdb.equality import canonical
from meshwright.engines.duckdb.names import quoted
from meshwright.engines.duckdb.samples import plain_json, plain_value
from meshwright.engines.duckdb.typetext import parse_type
from meshwright.engines.protocol import ColumnSummary
from meshwright.model import Column

#: Of more rows, different values are estimated (within a few percent) in a fifth of the time and next to no memory.
EXACT_ROWS = 50_000_000
_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
_NUMBERS = _WHOLE | {"FLOAT", "DOUBLE", "DECIMAL", "HUGEINT", "UHUGEINT"}


def summarize(cursor: duckdb.DuckDBPyConnection, source: str, column: Column, rows: int) -> ColumnSummary:
    """Summarize a column of what stands after FROM, which has so many `rows`. Raises DuckDB's errors."""
    tree, value = parse_type(column.type), quoted(column.name)
    is_exact = rows <= EXACT_ROWS
    form = canonical(value, column.type)
    items = [f"count(*) - count({value})", f"count(DISTINCT {form})" if is_exact else f"approx_count_distinct({form})"]
    is_ordered = not tree.fields and tree.kind != "JSON"
    items += [plain_value(f"{each}({value})", column.type) if is_ordered else "NULL" for each in ("min", "max")]
    items.append(_mean(value, tree.kind))
    row = cursor.execute(f"SELECT {', '.join(items)} FROM {source}").fetchone()
    assert row is not None
    nulls, distinct, least, greatest, mean = row
    return ColumnSummary(
        nulls=nulls,
        distinct=distinct,
        is_distinct_exact=is_exact,
        min=plain_json(least),
        max=plain_json(greatest),
        mean=_steady(mean),
    )


def _mean(value: str, kind: str) -> str:
    if kind not in _NUMBERS:
        return "NULL"
    # Sums of whole numbers are exact in DuckDB; those of wide decimals overflow.
    return f"avg({value})" if kind in _WHOLE else f"avg(CAST({value} AS DOUBLE))"


def _steady(mean: float | None) -> float | str | None:
    """Return a mean without the digits in which parallel sums differ from run to run."""
    if mean is None:
        return None
    return float(f"{mean:.12g}") if math.isfinite(mean) else str(mean)

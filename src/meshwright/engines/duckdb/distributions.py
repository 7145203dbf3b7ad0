"""How the values of a column lie in two versions: quantiles, the most frequent values, and one distance between them.

Values that have an order are compared by the greatest difference of the shares of rows up to any value (the statistic of
Kolmogorov and Smirnov, nulls after all values); all others by half the sum of the differences of the shares of each value
(total variation, null being a value). Both lie between 0, the same distribution, and 1, no value in common.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from meshwright.engines.duckdb.equality import Pair, canonical, grouping, in_common
from meshwright.engines.duckdb.names import quoted
from meshwright.engines.duckdb.samples import plain_json, plain_value
from meshwright.engines.duckdb.typetext import parse_type
from meshwright.engines.protocol import ColumnDistribution, Distance, Distribution
from meshwright.model import Column

#: Shares of the rows below which quantiles lie.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_TOP = 5
_ORDERED = frozenset(
    {
        "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT",
        "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S",
        "TIMESTAMP_MS", "TIMESTAMP_NS",
    }
)  # fmt: skip


def distribution_of(
    cursor: duckdb.DuckDBPyConnection, pair: Pair, before: str, after: str, rows: tuple[int, int]
) -> ColumnDistribution:
    """Return how the values of a column lie in what stands after FROM on both sides, which have so many `rows`.

    Raises DuckDB's errors.
    """
    sides = tuple(
        Distribution(quantiles=_quantiles(cursor, source, column), top=tuple(_top(cursor, source, column)))
        for source, column in ((before, pair.before), (after, pair.after))
    )
    is_ordered = pair.common is not None and _is_ordered(pair.common)
    distance = None
    if all(rows):
        distance = (_smirnov if is_ordered else _variation)(cursor, pair, before, after, rows)
    return ColumnDistribution(
        before=sides[0],
        after=sides[1],
        distance=distance,
        measured_by=Distance.KOLMOGOROV_SMIRNOV if is_ordered else Distance.TOTAL_VARIATION,
    )


def _is_ordered(type_text: str) -> bool:
    tree = parse_type(type_text)
    return not tree.fields and tree.kind in _ORDERED


def _quantiles(cursor: duckdb.DuckDBPyConnection, source: str, column: Column) -> tuple[object, ...]:
    """Return values of the column, none between two of them; nothing of types without an order."""
    if not _is_ordered(column.type):
        return ()
    value = quoted(column.name)
    items = ", ".join(plain_value(f"quantile_disc({value}, {share})", column.type) for share in QUANTILES)
    row = cursor.execute(f"SELECT {items} FROM {source}").fetchone()
    assert row is not None
    return () if row[0] is None else tuple(map(plain_json, row))


def _top(cursor: duckdb.DuckDBPyConnection, source: str, column: Column) -> Iterator[tuple[object, int]]:
    """Yield the values that stand in more than one row, the most frequent first."""
    value = quoted(column.name)
    shown = (
        plain_value(f"min({value})", column.type)
        if not parse_type(column.type).fields
        else f"min(CAST({value} AS VARCHAR))"
    )
    rows = cursor.execute(
        f"SELECT {shown} AS shown, count(*) AS times FROM {source} WHERE {value} IS NOT NULL "
        f"GROUP BY {canonical(value, column.type)} HAVING count(*) > 1 ORDER BY times DESC, CAST(shown AS VARCHAR) LIMIT {_TOP}"
    ).fetchall()
    yield from ((plain_json(found), times) for found, times in rows)


def _smirnov(cursor: duckdb.DuckDBPyConnection, pair: Pair, before: str, after: str, rows: tuple[int, int]) -> float:
    one, other = in_common(pair, is_after=False), in_common(pair, is_after=True)
    return _number(
        cursor,
        f"""
        WITH counted AS (
            SELECT x, sum(b) AS b, sum(a) AS a FROM (
                SELECT {one} AS x, 1 AS b, 0 AS a FROM {before} UNION ALL SELECT {other}, 0, 1 FROM {after}
            ) WHERE x IS NOT NULL GROUP BY x
        )
        SELECT max(abs(d)) FROM (
            SELECT sum(b) OVER up_to / {rows[0]}::DOUBLE - sum(a) OVER up_to / {rows[1]}::DOUBLE AS d
            FROM counted WINDOW up_to AS (ORDER BY x)
        )
        """,
    )


def _variation(cursor: duckdb.DuckDBPyConnection, pair: Pair, before: str, after: str, rows: tuple[int, int]) -> float:
    one, other = grouping(pair, is_after=False), grouping(pair, is_after=True)
    names = ", ".join(f"x{place}" for place in range(len(one)))
    first = ", ".join(f"{value} AS x{place}" for place, value in enumerate(one))
    return _number(
        cursor,
        f"""
        SELECT sum(abs(b / {rows[0]}::DOUBLE - a / {rows[1]}::DOUBLE)) / 2 FROM (
            SELECT sum(b) AS b, sum(a) AS a FROM (
                SELECT {first}, 1 AS b, 0 AS a FROM {before} UNION ALL SELECT {", ".join(other)}, 0, 1 FROM {after}
            ) GROUP BY {names}
        )
        """,
    )


def _number(cursor: duckdb.DuckDBPyConnection, select: str) -> float:
    """Return a distance without the digits in which parallel sums differ from run to run."""
    row = cursor.execute(select).fetchone()
    assert row is not None
    return float(f"{row[0] or 0.0:.9g}")

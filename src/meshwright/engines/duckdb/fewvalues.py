"""Columns of few different values: each value is judged once, and counts for as many rows as hold it.

One grouped pass over a column answers every rule on it that looks at one value at a time. On ten million rows it takes as
long as three cheap conditions, and a fifth of one regular expression: DuckDB evaluates those for every row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meshwright.checks.spec import CheckSpec, Metric
from meshwright.engines.duckdb.footers import WHOLE_NUMBERS, Footers
from meshwright.engines.duckdb.names import quoted

#: Types whose equal values look the same in every rule. Not floats (0 and -0 are equal, their texts are not), nor
#: intervals (30 days are a month).
_ALIKE = WHOLE_NUMBERS | {"VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "UUID"}
#: Of fewer rows, a statement takes longer to be made than to be run.
WORTH_ROWS = 20_000
#: Rows of a value, on average, from which on grouping is faster than judging each row.
_ROWS_OF_A_VALUE = 8
#: From so many rules without a regular expression on, one pass is faster than one for each.
_CHEAP_RULES = 4
_BY_VALUE = frozenset({Metric.MISSING_VALUES, Metric.INVALID_VALUES})


def worth_grouping(specs: Sequence[CheckSpec], types: Mapping[str, str], footers: Footers, rows: int) -> frozenset[str]:
    """Return the columns whose values are better counted first."""
    if rows < WORTH_ROWS:
        return frozenset()
    weights: dict[str, int] = {}
    for spec in specs:
        if spec.metric in _BY_VALUE and len(spec.columns) == 1:
            (column,) = spec.columns
            weights[column] = weights.get(column, 0) + (_CHEAP_RULES if "pattern" in spec.arguments else 1)
    return frozenset(
        column
        for column, weight in weights.items()
        if weight >= _CHEAP_RULES
        and types.get(column) in _ALIKE
        and column in footers.values
        and footers.values[column] * _ROWS_OF_A_VALUE <= rows
    )


def counted_values(column: str, source: str) -> tuple[str, str]:
    """Return the SELECT of the different values of a column with the rows of each, and the name of the latter."""
    count = "n" if column.casefold() != "n" else "rows"
    return f"SELECT {quoted(column)}, count(*) AS {quoted(count)} FROM {source} GROUP BY {quoted(column)}", quoted(
        count
    )

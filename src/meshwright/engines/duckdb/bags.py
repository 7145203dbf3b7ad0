"""Comparing without a key: rows as a bag, in which a repeated row counts. What is more often before was removed, and so on.

Both versions are counted in one grouping by all columns. Within a tolerance nothing says which rows belong together, so
rows that are left over then are paired by rank among those that agree in all but floats: rows near each other that
stand in the same order on both sides. A pair is never further apart than the tolerance, but a row that was added or
removed between them can part such rows, which are then counted as removed and added.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from meshwright.engines.duckdb.differences import Differences, Sides, least_rows, shown_side
from meshwright.engines.duckdb.equality import Pair, grouping, holds_floats, in_common, is_canonical, is_equal
from meshwright.engines.duckdb.names import quoted
from meshwright.engines.duckdb.samples import plain_value
from meshwright.engines.protocol import DifferingRow
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class _Grouped:
    """A pair of columns in the grouping."""

    pair: Pair
    #: Aliases of the values that rows are grouped by.
    places: tuple[str, ...]
    #: Alias and type of the value that is shown: a place, or the least value of a group.
    shown: str
    shown_type: str
    #: Alias of the value whose distance counts; None where values are equal or not.
    floating: str | None

    @property
    def least(self) -> dict[str, tuple[str, str]]:
        """Alias -> expressions before and after, of what is carried along besides what rows are grouped by."""
        carried = {}
        if self.shown not in self.places:
            carried[self.shown] = (_text(self.pair, is_after=False), _text(self.pair, is_after=True))
        if self.floating is not None:
            carried[self.floating] = (in_common(self.pair, is_after=False), in_common(self.pair, is_after=True))
        return carried


def compare_bags(cursor: duckdb.DuckDBPyConnection, sides: Sides) -> Differences:
    """Count the rows that one side has more often than the other."""
    columns = _columns(sides)
    left_over = _left_over(sides, columns)
    if any(column.floating for column in columns):
        left_over = _unpaired(left_over, columns, sides.tolerance)
    shown = {column.shown: column.shown_type for column in columns} | {"n": "BIGINT"}
    places = [place for column in columns for place in column.places]
    items = [
        "coalesce(sum(n) FILTER (WHERE n > 0), 0)",
        "coalesce(-sum(n) FILTER (WHERE n < 0), 0)",
        *(least_rows(shown, places, condition, sides.sample_rows) for condition in ("n > 0", "n < 0")),
    ]
    row = cursor.execute(f"SELECT {', '.join(items)} FROM ({left_over})").fetchone()
    assert row is not None
    added, removed, *samples = row
    before = {column.shown: column.pair.before.name for column in columns}
    after = {column.shown: column.pair.after.name for column in columns}
    added_rows, removed_rows = (rows or () for rows in samples)
    return Differences(
        added=int(added),
        removed=int(removed),
        changed=None,
        changed_by_column=None,
        sample=(
            *(DifferingRow(before=None, after=shown_side(each, after), times=each["n"]) for each in added_rows),
            *(DifferingRow(before=shown_side(each, before), after=None, times=-each["n"]) for each in removed_rows),
        ),
    )


def _columns(sides: Sides) -> tuple[_Grouped, ...]:
    columns = []
    for number, pair in enumerate(sides.pairs):
        places = tuple(f"g{number}_{place}" for place in range(len(grouping(pair, is_after=True))))
        is_shown = not pair.is_retyped and is_canonical(pair.after.type)
        is_floating = bool(sides.tolerance) and pair.common is not None and holds_floats(pair.common)
        columns.append(
            _Grouped(
                pair=pair,
                places=places,
                shown=places[0] if is_shown else f"m{number}",
                shown_type="VARCHAR" if pair.is_retyped else pair.after.type,
                floating=f"f{number}" if is_floating else None,
            )
        )
    return tuple(columns)


def _text(pair: Pair, *, is_after: bool) -> str:
    """Return the expression that shows a version's own column, in a type that both versions share."""
    column = pair.after if is_after else pair.before
    value = quoted(column.name)
    return f"CAST({plain_value(value, column.type)} AS VARCHAR)" if pair.is_retyped else value


def _left_over(sides: Sides, columns: Sequence[_Grouped]) -> str:
    """Return the SELECT of different rows with how many more of them are after (`n`, below 0 where more are before)."""
    both = []
    for is_after, source in ((False, sides.before), (True, sides.after)):
        items = [f"{1 if is_after else -1} AS n"]
        for column in columns:
            values = zip(grouping(column.pair, is_after=is_after), column.places, strict=True)
            items += [f"{value} AS {place}" for value, place in values]
            items += [f"{each[is_after]} AS {alias}" for alias, each in column.least.items()]
        both.append(f"SELECT {', '.join(items)} FROM {source}")
    return _counted(" UNION ALL ".join(both), columns)


def _counted(rows: str, columns: Sequence[_Grouped]) -> str:
    """Return the SELECT that counts equal rows, each counting `n`, and leaves out those that come to nothing."""
    places = [place for column in columns for place in column.places]
    carried = [f"min({alias}) AS {alias}" for column in columns for alias in column.least]
    items = ", ".join([*places, *carried, "CAST(sum(n) AS BIGINT) AS n"])
    grouped = f" GROUP BY {', '.join(places)}" if places else ""
    return f"SELECT {items} FROM ({rows}){grouped} HAVING sum(n) <> 0"


def _unpaired(left_over: str, columns: Sequence[_Grouped], tolerance: float) -> str:
    """Return the SELECT of what is left over when rows within the tolerance are paired by rank."""
    exact = [place for column in columns if not column.floating for place in column.places]
    # What was lost on the way to the common type is not at any distance.
    exact += [place for column in columns if column.floating for place in column.places[1:]]
    ranked_by = ", ".join(column.places[0] for column in columns if column.floating)
    partition = ", ".join(["n > 0", *exact])
    on = " AND ".join(["b.place = a.place", *(f"b.{place} IS NOT DISTINCT FROM a.{place}" for place in exact)])
    is_near = " AND ".join(
        is_equal(f"b.{column.floating}", f"a.{column.floating}", column.pair.common, tolerance)
        for column in columns
        if column.floating and column.pair.common
    )
    names = [alias for column in columns for alias in (*column.places, *column.least)]
    sides = [
        f"SELECT {', '.join(f'{letter}_{name} AS {name}' for name in names)}, {n} AS n FROM joined "
        f"WHERE {letter}_place IS NOT NULL AND NOT is_near"
        for letter, n in (("b", -1), ("a", 1))
    ]
    items = ", ".join(f"{letter}.{name} AS {letter}_{name}" for letter in "ba" for name in ["place", *names])
    return (
        f"WITH left_over AS ({left_over}), "
        f"single AS (SELECT * EXCLUDE (each) FROM (SELECT *, unnest(range(abs(n))) AS each FROM left_over)), "
        f"ranked AS (SELECT *, row_number() OVER (PARTITION BY {partition} ORDER BY {ranked_by}) AS place FROM single), "
        f"joined AS MATERIALIZED (SELECT {items}, "
        f"b.place IS NOT NULL AND a.place IS NOT NULL AND {is_near} AS is_near "
        f"FROM (FROM ranked WHERE n < 0) AS b FULL JOIN (FROM ranked WHERE n > 0) AS a ON {on}) "
        f"{_counted(' UNION ALL '.join(sides), columns)}"
    )

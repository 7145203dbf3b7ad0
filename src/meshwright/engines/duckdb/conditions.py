"""Conditions and orders as SQL: names come from the relation and are delimited, values are bound and cast to column types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from meshwright.engines.duckdb.names import literal, quoted
from meshwright.model.conditions import (
    Among,
    Between,
    Comparison,
    Condition,
    Every,
    Like,
    Missing,
    Not,
    Ordering,
    Reach,
    Some,
)


class Bound:
    """Values of one statement, in the order of their marks."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def mark(self, value: str, type_text: str) -> str:
        """Bind a value and return what stands for it."""
        self.values.append(value)
        return f"CAST(${len(self.values)} AS {type_text})"


def condition_sql(condition: Condition, bound: Bound) -> str:
    """Return the expression of a condition, in parentheses; its values are added to `bound`."""
    if isinstance(condition, Every | Some):
        word = " AND " if isinstance(condition, Every) else " OR "
        return f"({word.join(condition_sql(each, bound) for each in condition.conditions)})"
    if isinstance(condition, Not):
        return f"(NOT {condition_sql(condition.condition, bound)})"
    if isinstance(condition, Missing):
        return f"({reach_sql(condition.reach)} IS NULL)"
    return f"({_test(condition, reach_sql(condition.reach), lambda value: bound.mark(value, condition.reach.type), bound)})"


def _test(condition: Comparison | Between | Among | Like, reach: str, mark: Callable[[str], str], bound: Bound) -> str:
    if isinstance(condition, Comparison):
        return f"{reach} {condition.comparator.value} {mark(condition.value)}"
    if isinstance(condition, Between):
        return f"{reach} BETWEEN {mark(condition.low)} AND {mark(condition.high)}"
    if isinstance(condition, Among):
        return f"{reach} IN ({', '.join(map(mark, condition.values))})"
    word = "ILIKE" if condition.is_blind_to_case else "LIKE"
    escape = f" ESCAPE {bound.mark(condition.escape, 'VARCHAR')}" if condition.escape is not None else ""
    return f"{reach} {word} {mark(condition.pattern)}{escape}"


def order_sql(order: Sequence[Ordering]) -> list[str]:
    """Return what stands after ORDER BY, item by item."""
    return [
        f"{reach_sql(each.reach)} {'DESC' if each.is_descending else 'ASC'} "
        f"NULLS {'LAST' if each.is_missing_last else 'FIRST'}"
        for each in order
    ]


def reach_sql(reach: Reach) -> str:
    """Return the expression of a column, or of a field inside of one."""
    found = quoted(reach.path[0])
    for name in reach.path[1:]:
        found = f"struct_extract({found}, {literal(name)})"
    return found

"""Conditions on rows: what a reader asks for, read and checked against the columns, for any engine to carry out.

Values are texts that are known to be values of the type beside them; an engine binds them and never puts them into a statement.
"""

from __future__ import annotations

import enum
from typing import TypeAlias

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """A column, or a field inside of one."""

    #: The column's name, then those of the fields, as the version has them.
    path: tuple[str, ...]
    #: Its type in DuckDB's spelling.
    type: str


class Comparator(enum.StrEnum):
    """How two values are compared."""

    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """``column = value`` and the like. As all conditions on NULL it is neither true nor false of one."""

    reach: Reach
    comparator: Comparator
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Between:
    """From `low` to `high`, both included."""

    reach: Reach
    low: str
    high: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Among:
    """One of some values."""

    reach: Reach
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """Is NULL. The one condition that is true or false of every value."""

    reach: Reach


@dataclass(frozen=True, kw_only=True, slots=True)
class Like:
    """A text of a pattern in which ``%`` stands for any characters and ``_`` for one."""

    reach: Reach
    pattern: str
    #: A character that takes the meaning of the one behind it away.
    escape: str | None = None
    #: Whether letter case counts for nothing.
    is_blind_to_case: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Every:
    """All of them hold."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Some:
    """At least one of them holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Not:
    """It does not hold; of what is neither true nor false neither is this."""

    condition: Condition


Condition: TypeAlias = Comparison | Between | Among | Missing | Like | Every | Some | Not


@dataclass(frozen=True, kw_only=True, slots=True)
class Ordering:
    """By what rows are ordered, one after the other where values are equal."""

    reach: Reach
    is_descending: bool = False
    #: NULL after every value (before, where it is not); whichever way the values go.
    is_missing_last: bool = True

"""Columns of time as SQL: the rows of a window, the rows that belong to no interval, and what a column of time is.

A moment is compared in the column's own type, so that the condition reaches the statistics of row groups. A DATE is its
midnight in UTC, a TIMESTAMP is taken as UTC.
"""

from __future__ import annotations

import datetime as dt

import duckdb

from meshwright.diagnostics import Diagnostic, InputError, SourceSpan, known_names_hint
from meshwright.engines.duckdb.names import quoted
from meshwright.engines.protocol import Window
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns

#: Kinds of columns that intervals can be cut by. The last three are stored as others, and come from elsewhere.
TIME_TYPES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP_MS"})
#: Years outside of which no interval lies: every calendar, in any time zone, can count in between.
FIRST_YEAR, LAST_YEAR = 2, 9998
_FIRST = dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC)
_END = dt.datetime(LAST_YEAR + 1, 1, 1, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)
#: Nanoseconds in 64 bits hold the years between; moments beyond are as good as infinite.
_NANO_FIRST = dt.datetime(1678, 1, 1, tzinfo=dt.UTC)
_NANO_END = dt.datetime(2262, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a column of time is asked for, for messages."""

    dataset: str
    span: SourceSpan | None = None


def time_column(columns: Columns, name: str, place: Place) -> Column:
    """Return the column of time that is called `name`, letter case aside. Raises InputError (MW-E107)."""
    found = next((each for each in columns if each.name.casefold() == name.casefold()), None)
    if found is None:
        message = f"{place.dataset} has no column '{name}' to be cut by"
        raise _problem(
            "MW-E107", message, known_names_hint(name, (each.name for each in columns), what="columns"), place
        )
    if found.type not in TIME_TYPES:
        times = [each.name for each in columns if each.type in TIME_TYPES]
        fix = f"columns of time: {', '.join(times)}" if times else "cast it to a DATE or TIMESTAMP"
        message = f"column '{found.name}' of {place.dataset} is {found.type}, and no DATE or TIMESTAMP to be cut by"
        raise _problem("MW-E107", message, fix, place)
    return found


def in_window(column: Column, window: Window) -> str:
    """Return the condition that holds for the rows of a window; it is not true where the column is NULL or infinite."""
    value = quoted(column.name)
    spans = [
        f"({value} {_from(start, column.type)} AND {value} {_before(end, column.type)})" for start, end in window.spans
    ]
    return f"({' OR '.join(spans)})" if spans else "false"


def has_no_time(column: Column) -> str:
    """Return the condition, never null, under which a row belongs to no interval: NULL, infinite, or no year of a calendar."""
    value = quoted(column.name)
    if column.type == "TIMESTAMP_NS":
        return f"({value} IS NULL OR isinf({value}))"
    first, end = _literal(_FIRST, column.type), _literal(_END, column.type)
    return f"({value} IS NULL OR {value} < {first} OR {value} >= {end})"


def check_times(
    cursor: duckdb.DuckDBPyConnection,
    source: str,
    column: Column,
    place: Place,
    consequence: str = "which belong to no interval",
) -> None:
    """Raise InputError (MW-E106) where rows of what stands after FROM belong to no interval. Reads the one column."""
    row = cursor.execute(
        f"SELECT count(*), count({quoted(column.name)}) FROM {source} WHERE {has_no_time(column)}"
    ).fetchone()
    assert row is not None
    count, strange = row
    if count:
        what = [
            f"NULL in {count - strange:,}" if count > strange else "",
            f"infinite or outside of the years {FIRST_YEAR} to {LAST_YEAR} in {strange:,}" if strange else "",
        ]
        rows = "row" if count == 1 else "rows"
        message = (
            f"column '{column.name}' of {place.dataset} is {' and '.join(filter(None, what))} {rows}, {consequence}"
        )
        raise _problem("MW-E106", message, "give every row a time, or filter out those that have none", place)


def _from(start: dt.datetime, type_text: str) -> str:
    if type_text == "TIMESTAMP_NS" and not _NANO_FIRST <= start < _NANO_END:
        return "> TIMESTAMP_NS '-infinity'" if start < _NANO_FIRST else ">= TIMESTAMP_NS 'infinity'"
    return f">= {_literal(start, type_text)}"


def _before(end: dt.datetime, type_text: str) -> str:
    if type_text == "TIMESTAMP_NS" and not _NANO_FIRST <= end < _NANO_END:
        return "<= TIMESTAMP_NS '-infinity'" if end < _NANO_FIRST else "< TIMESTAMP_NS 'infinity'"
    return f"< {_literal(end, type_text)}"


def _literal(moment: dt.datetime, type_text: str) -> str:
    """Return a moment as a literal of a column's type; of DATE, the first date whose midnight is not before it."""
    moment = moment.astimezone(dt.UTC)
    if type_text == "DATE":
        day = moment.date() if moment.time() == dt.time() else moment.date() + _DAY
        return f"DATE '{day.isoformat()}'"
    text = moment.replace(tzinfo=None).isoformat(sep=" ")
    if type_text == "TIMESTAMP WITH TIME ZONE":
        return f"TIMESTAMPTZ '{text}+00'"
    # Of whole and thousandth seconds as well: those types would cut off the rest of the moment.
    return f"TIMESTAMP_NS '{text}'" if type_text == "TIMESTAMP_NS" else f"TIMESTAMP '{text}'"


def _problem(code: str, message: str, fix: str, place: Place) -> InputError:
    return InputError(Diagnostic(code=code, message=message, span=place.span, fix=fix, object=place.dataset))

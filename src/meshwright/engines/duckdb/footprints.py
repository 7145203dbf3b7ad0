"""Footprints: in which intervals a relation has rows, found in one pass over one column.

DuckDB counts rows by slots of a fixed length, which no interval begins inside of; Python maps the few slots to intervals.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import duckdb

from meshwright.engines.duckdb.names import quoted
from meshwright.engines.duckdb.windows import has_no_time
from meshwright.model import Calendar, Column, Footprint, Grain
from meshwright.model.intervals import ranges_of

#: Slots are counted from here, which is before every moment that has an interval.
_FIRST = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_FIRST_US = "62135596800000000"
_SECOND = dt.timedelta(seconds=1)
_QUARTER = dt.timedelta(minutes=15)
_HOUR = dt.timedelta(hours=1)
_DAY = dt.timedelta(days=1)


def footprint(cursor: duckdb.DuckDBPyConnection, source: str, column: Column, calendar: Calendar) -> Footprint:
    """Return the footprint of what stands after FROM by a column of time. Raises DuckDB's errors."""
    length = _slot_length(calendar)
    slots, outside = _slots(cursor, source, column, length, "true")
    numbers, split = _numbers(slots, length, calendar)
    if split:
        # Before time zones kept to quarters of an hour, midnight fell on any second.
        listed = ", ".join(str(slot) for slot in split)
        found, _ = _slots(cursor, source, column, _SECOND, f"{_slot(column, length)} IN ({listed})")
        numbers |= _numbers(found, _SECOND, calendar)[0]
    return Footprint(ranges=ranges_of(numbers), outside=outside)


def _slot_length(calendar: Calendar) -> dt.timedelta:
    if calendar.grain is Grain.HOUR:
        return _HOUR
    return _DAY if calendar.timezone == "UTC" else _QUARTER


def _slot(column: Column, length: dt.timedelta) -> str:
    """Return the expression for the number of a row's slot; NULL where it belongs to no interval."""
    moment = f"epoch_us({quoted(column.name)}) + {_FIRST_US}"
    return f"CASE WHEN NOT {has_no_time(column)} THEN ({moment}) // {length // dt.timedelta(microseconds=1)} END"


def _slots(
    cursor: duckdb.DuckDBPyConnection, source: str, column: Column, length: dt.timedelta, condition: str
) -> tuple[list[int], int]:
    """Return the slots that have rows, ascending, and how many rows have none."""
    rows = cursor.execute(
        f"SELECT {_slot(column, length)} AS slot, count(*) FROM {source} WHERE {condition} GROUP BY slot"
    ).fetchall()
    slots = sorted(slot for slot, _ in rows if slot is not None)
    return slots, sum(count for slot, count in rows if slot is None)


def _numbers(slots: Sequence[int], length: dt.timedelta, calendar: Calendar) -> tuple[set[int], list[int]]:
    """Return the intervals that slots lie in, and the slots that an interval begins inside of, which are left out."""
    numbers: set[int] = set()
    split: list[int] = []
    for number, inside, across in _walk(slots, length, calendar):
        if inside:
            numbers.add(number)
        split += across
    return numbers, split


def _walk(
    slots: Sequence[int], length: dt.timedelta, calendar: Calendar
) -> Iterator[tuple[int, bool, tuple[int, ...]]]:
    """Yield each interval with whether a slot lies in it, and the slot that lies across its end."""
    place = 0
    while place < len(slots):
        number = calendar.number(_FIRST + slots[place] * length)
        whole, rest = divmod(calendar.start(number + 1) - _FIRST, length)
        # Every slot up to the end of the interval at once: a long history has hundreds of thousands of them.
        end = bisect_left(slots, whole, place)
        is_inside = end > place
        across = (slots[end],) if rest and end < len(slots) and slots[end] == whole else ()
        yield number, is_inside, across
        place = end + len(across)

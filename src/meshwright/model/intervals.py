"""Intervals of time: how a grain and a time zone cut time into numbered pieces, without gaps and without overlaps.

Every interval of a calendar has a number; numbers are what plans and manifests count in, and moments (aware, UTC, half-open)
are what people and engines see.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from functools import lru_cache

from meshwright.frozen import dataclass

UTC = dt.UTC
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = dt.timedelta(hours=1)
#: Monday: weeks begin there, and no day comes before it.
_FIRST_DAY = dt.date(1, 1, 1).toordinal()


class Grain(enum.StrEnum):
    """How long an interval is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """Cuts time. Hours are those of UTC; days, weeks (from Monday) and months begin at midnight in `timezone`.

    Where a clock change leaves out midnight, the day begins with its first moment; where midnight comes twice, with the
    first of the two.
    """

    grain: Grain
    timezone: str = "UTC"

    def number(self, moment: dt.datetime) -> int:
        """Return the number of the interval that holds an aware moment."""
        if self.grain is Grain.HOUR:
            return (moment - _EPOCH) // _HOUR
        found = _number_of_day(self.grain, moment.astimezone(zone_of(self.timezone)).date())
        if self.timezone == "UTC":
            return found
        # A clock that is set back over midnight shows yesterday again, today.
        if moment < self.start(found):
            return found - 1
        return found + 1 if moment >= self.start(found + 1) else found

    def start(self, number: int) -> dt.datetime:
        """Return the first moment of an interval, in UTC; it is the end of the one before. Raises OverflowError, ValueError."""
        if self.grain is Grain.HOUR:
            return _EPOCH + number * _HOUR
        day = _first_day(self.grain, number)
        midnight = dt.datetime(day.year, day.month, day.day, tzinfo=zone_of(self.timezone))
        return midnight.astimezone(UTC)

    def is_start(self, moment: dt.datetime) -> bool:
        """Whether an aware moment is where an interval begins."""
        return self.start(self.number(moment)) == moment

    def words(self, number: int) -> str:
        """Return how an interval is called: ``2013-01-05T07:00Z``, ``2013-01-05``, ``2013-01``; a week by its Monday."""
        if self.grain is Grain.HOUR:
            return f"{self.start(number):%Y-%m-%dT%H:%MZ}"
        day = _first_day(self.grain, number)
        return f"{day:%Y-%m}" if self.grain is Grain.MONTH else day.isoformat()

    @property
    def rule(self) -> str:
        """``day UTC``: as it stands in identities and records."""
        return f"{self.grain.value} {self.timezone}"

    @classmethod
    def of_rule(cls, rule: str) -> Calendar:
        """Give back the calendar of a rule."""
        grain, _, timezone = rule.partition(" ")
        return cls(grain=Grain(grain), timezone=timezone)


def _number_of_day(grain: Grain, day: dt.date) -> int:
    match grain:
        case Grain.MONTH:
            return day.year * 12 + day.month - 1
        case Grain.WEEK:
            return (day.toordinal() - _FIRST_DAY) // 7
        case _:
            return day.toordinal()


def _first_day(grain: Grain, number: int) -> dt.date:
    match grain:
        case Grain.MONTH:
            return dt.date(number // 12, number % 12 + 1, 1)
        case Grain.WEEK:
            return dt.date.fromordinal(number * 7 + _FIRST_DAY)
        case _:
            return dt.date.fromordinal(number)


@lru_cache(maxsize=64)
def zone_of(name: str) -> dt.tzinfo:
    """Return a time zone by its name. Raises KeyError, ValueError or OSError where there is none."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # lazy: few meshes cut days elsewhere

    return ZoneInfo(name)


#: Runs of numbers, ascending and apart: (first, last), both included.
Ranges = tuple[tuple[int, int], ...]


def ranges_of(numbers: Iterable[int]) -> Ranges:
    """Return numbers, in any order, as runs."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)


def numbers_in(ranges: Ranges) -> Iterable[int]:
    """Yield the numbers of runs, ascending."""
    for first, last in ranges:
        yield from range(first, last + 1)


def count_of(ranges: Ranges) -> int:
    """Return how many numbers there are in runs."""
    return sum(last - first + 1 for first, last in ranges)


def overlaps(ranges: Ranges, first: int, last: int) -> bool:
    """Whether a number from `first` to `last` is in runs."""
    return any(low <= last and high >= first for low, high in ranges)


@dataclass(frozen=True, kw_only=True, slots=True)
class Footprint:
    """In which intervals of a calendar a relation has rows, by one of its columns."""

    ranges: Ranges
    #: Rows that belong to no interval: the column is NULL or infinite.
    outside: int = 0

    @property
    def first(self) -> int | None:
        """The earliest interval, None where there is none."""
        return self.ranges[0][0] if self.ranges else None

    @property
    def last(self) -> int | None:
        """The latest interval, None where there is none."""
        return self.ranges[-1][1] if self.ranges else None

"""Schedules as moments: which there are after a moment, in UTC, whatever clocks do.

Local times are turned into moments by one rule: a time that does not exist (clocks went forward over it) is the first moment
after; a time that exists twice is the first of the two. Several times that come to one moment are one. A cron expression
whose hour is `*` goes by the hours that pass instead, so that nothing stands still while a clock repeats an hour.

Debian's cron says the same of "jobs that run at a specific time", but takes every `*` in minute or hour, that of `*/2` too, for
a job by the hour: `*/15 2 * * *` would not run at all on one day, and eight times on another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache

from meshwright.frozen import dataclass
from meshwright.model.intervals import UTC, zone_of

#: What stands for a whole expression.
MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
#: Intervals count from a Monday, at midnight in UTC.
_FIRST_MONDAY = dt.datetime(1970, 1, 5, tzinfo=UTC)
_MINUTE = dt.timedelta(minutes=1)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class CronSchedule:
    """Moments by a cron expression of five fields on the clock of a time zone."""

    #: As written, a macro such as ``@daily`` written out.
    expression: str
    timezone: str = "UTC"


@dataclass(frozen=True, kw_only=True, slots=True)
class IntervalSchedule:
    """Moments a fixed time apart, whatever clocks do: whole multiples of it since `start`."""

    every_s: int
    start: dt.datetime = _FIRST_MONDAY

    def __post_init__(self) -> None:
        if self.every_s < 1:
            raise ValueError("an interval is at least a second")


Schedule = CronSchedule | IntervalSchedule


def moments(schedule: Schedule, after: dt.datetime) -> Iterator[dt.datetime]:
    """Yield the moments after an aware moment, in UTC, each later than the one before. Ends where there are none for 50 years.

    Raises ValueError where the expression is none, KeyError and the like where there is no such time zone.
    """
    if isinstance(schedule, IntervalSchedule):
        every = dt.timedelta(seconds=schedule.every_s)
        number = (after - schedule.start) // every
        while True:
            number += 1
            yield schedule.start + number * every
    yield from _cron_moments(schedule, after.astimezone(UTC))


def next_moment(schedule: Schedule, after: dt.datetime) -> dt.datetime | None:
    """Return the first moment after an aware moment; None where there is none for 50 years."""
    return next(moments(schedule, after), None)


def _cron_moments(schedule: CronSchedule, after: dt.datetime) -> Iterator[dt.datetime]:
    """Yield the moments of a cron expression."""
    zone = zone_of(schedule.timezone)
    expression, is_hourly = _by_the_hour(schedule.expression)
    if is_hourly:
        yield from _hourly_moments(expression, zone, after)
        return
    last = after
    for local in _local_times(expression, after.astimezone(zone)):
        moment = first_moment(local, zone)
        if moment > last:
            yield moment
            last = moment


def _local_times(expression: str, local: dt.datetime) -> Iterator[dt.datetime]:
    """Yield the times of an expression after a local time, on a clock that never changes."""
    from cronsim import CronSim, CronSimError  # lazy: only who reckons with schedules needs it

    try:
        # With a zone it would apply rules of its own, which pass over a half hour that a clock repeats.
        yield from CronSim(expression, local.replace(tzinfo=None))
    except CronSimError as error:
        raise ValueError(str(error)) from error


def _hourly_moments(expression: str, zone: dt.tzinfo, after: dt.datetime) -> Iterator[dt.datetime]:
    """Yield every moment at which the clock of a zone shows a time of the expression, as often as it shows it.

    The clock is followed from one of its changes to the next; in between, one offset from UTC tells what it shows.
    """
    since = after  # from here on the clock has one offset, up to its next change
    seen_to = after  # every moment up to it was yielded
    while True:
        offset = _offset(since, zone)
        for local in _local_times(expression, seen_to + offset):
            moment = local.replace(tzinfo=UTC) - offset
            change = _change(since, moment, zone)
            if change is not None:
                since, seen_to = change, change - _MINUTE
                break
            yield moment
            since = seen_to = moment
        else:
            return


def _offset(moment: dt.datetime, zone: dt.tzinfo) -> dt.timedelta:
    """Return what the clock of a zone is ahead of UTC at a moment."""
    return moment.astimezone(zone).utcoffset() or dt.timedelta()


def _change(after: dt.datetime, until: dt.datetime, zone: dt.tzinfo) -> dt.datetime | None:
    """Return the first whole minute after a moment, up to another one, at which the clock of a zone has changed."""
    offset = _offset(after, zone)
    low = after.replace(second=0, microsecond=0)
    while low < until:  # by the day: no zone changes its clock back again within one
        high = min(low + _DAY, until)
        if _offset(high, zone) != offset:
            while high - low > _MINUTE:
                middle = low + (high - low) // _MINUTE // 2 * _MINUTE
                low, high = (middle, high) if _offset(middle, zone) == offset else (low, middle)
            return high
        low = high
    return None


@lru_cache(maxsize=4096)
def _by_the_hour(expression: str) -> tuple[str, bool]:
    """Return the expression with ``*`` for an hour that lists all, and whether it goes by the hours that pass."""
    from cronsim import CronSim, CronSimError  # lazy: as above

    try:
        is_hourly = len(CronSim(expression, _FIRST_MONDAY).hours) == 24
    except CronSimError as error:
        raise ValueError(str(error)) from error
    fields = expression.split()
    if is_hourly:
        fields[1] = "*"
    return " ".join(fields), is_hourly


def first_moment(local: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """Return the moment of a local time, in UTC: the first of two; the first one after, where the time does not exist."""
    there = local.replace(tzinfo=zone, fold=0)
    moment = there.astimezone(UTC)
    while moment.astimezone(zone).replace(tzinfo=None) != local:
        local += _MINUTE
        moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return moment

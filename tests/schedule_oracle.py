"""What schedules mean, found the long way: every minute of a time is looked at. Shares nothing with what it judges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

UTC = dt.UTC
_MINUTE = dt.timedelta(minutes=1)
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def _numbers(text: str, low: int, high: int) -> frozenset[int]:
    """Numbers, ranges, lists and steps; no names."""
    found: set[int] = set()
    for item in text.split(","):
        ends, _, step = item.partition("/")
        first, _, last = ends.partition("-")
        if ends == "*":
            numbers = range(low, high + 1)
        elif last:
            numbers = range(int(first), int(last) + 1)
        else:
            numbers = range(int(first), high + 1 if step else int(first) + 1)
        found.update(list(numbers)[:: int(step or 1)])
    return frozenset(found)


@dataclass(frozen=True)
class OracleCron:
    """A cron expression without names, on the clock of a zone."""

    expression: str
    zone: str
    fields: tuple[frozenset[int], ...] = field(init=False)
    has_both_days: bool = field(init=False)

    def __post_init__(self) -> None:
        words = self.expression.split()
        found = tuple(_numbers(word, *ends) for word, ends in zip(words, _RANGES, strict=True))
        object.__setattr__(self, "fields", found)
        object.__setattr__(self, "has_both_days", words[2].startswith("*") or words[4].startswith("*"))

    @property
    def goes_by_the_hour(self) -> bool:
        """Whether every hour is in it."""
        return len(self.fields[1]) == 24

    def matches(self, local: dt.datetime) -> bool:
        """Whether a clock that shows `local` calls for it."""
        minutes, hours, days, months, weekdays = self.fields
        if local.minute not in minutes or local.hour not in hours or local.month not in months:
            return False
        day = local.day in days
        weekday = local.isoweekday() in weekdays or local.isoweekday() % 7 in weekdays
        return day and weekday if self.has_both_days else day or weekday


@dataclass(frozen=True)
class Tick:
    """A minute: what the clock shows, whether it shows it for the second time, and what it left out just before."""

    moment: dt.datetime
    local: dt.datetime
    is_repeated: bool
    skipped: tuple[dt.datetime, ...] = ()


def ticks(zone: str, start: dt.datetime, end: dt.datetime) -> Iterator[Tick]:
    """Yield every whole minute after `start` up to `end`."""
    there = ZoneInfo(zone)
    moment = start.replace(second=0, microsecond=0)
    # The latest that the clock has shown: what is not later was there before.
    latest = max((moment - n * 60 * _MINUTE).astimezone(there).replace(tzinfo=None) for n in range(4))
    while (moment := moment + _MINUTE) <= end:
        local = moment.astimezone(there).replace(tzinfo=None)
        skipped = []
        step = latest + _MINUTE
        while step < local:
            skipped.append(step)
            step += _MINUTE
        yield Tick(moment=moment, local=local, is_repeated=local <= latest, skipped=tuple(skipped))
        latest = max(latest, local)


def fires(cron: OracleCron, tick: Tick) -> bool:
    """Whether a schedule fires in a minute."""
    if cron.goes_by_the_hour:
        return cron.matches(tick.local)
    return (cron.matches(tick.local) and not tick.is_repeated) or any(map(cron.matches, tick.skipped))


def walk(cron: OracleCron, start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    """Yield the moments after `start`, up to `end`."""
    for tick in ticks(cron.zone, start, end):
        if fires(cron, tick):
            yield tick.moment

"""Schedules become moments as they are promised to, wherever clocks change; an oracle walks minute by minute and agrees."""

# One case a line, however long: a table is read by columns.
# ruff: noqa: E501

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.model.schedules import CronSchedule, IntervalSchedule, moments, next_moment
from tests.schedule_oracle import OracleCron, walk

UTC = dt.UTC


def between(expression: str, zone: str, start: str, end: str) -> list[str]:
    """The moments of a schedule from `start` to `end` (UTC), as UTC and local times."""
    first, last = (dt.datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, end))
    schedule = CronSchedule(expression=expression, timezone=zone)
    found = itertools.takewhile(lambda moment: moment < last, moments(schedule, first))
    return [f"{each:%d %H:%M}Z={each.astimezone(ZoneInfo(zone)):%H:%M}" for each in found]


SPRING = ("Europe/Berlin", "2026-03-28T12:00", "2026-03-29T12:00")  # 02:00 becomes 03:00 at 01:00Z
AUTUMN = ("Europe/Berlin", "2026-10-24T12:00", "2026-10-25T12:00")  # 03:00 becomes 02:00 at 01:00Z

CASES = [
    ("a time that does not exist is the first moment after", "30 2 * * *", SPRING, ["29 01:00Z=03:00"]),
    ("several of them are one", "0,15,45 2 * * *", SPRING, ["29 01:00Z=03:00"]),
    ("also beside one that is that moment itself", "0 2,3 * * *", SPRING, ["29 01:00Z=03:00"]),
    ("also with a star for the minute", "*/15 2 * * *", SPRING, ["29 01:00Z=03:00"]),
    ("also of every other hour", "0 */2 * * *", ("Europe/Berlin", "2026-03-28T23:00", "2026-03-29T04:00"), ["29 01:00Z=03:00", "29 02:00Z=04:00"]),
    ("by the hour there is none in an hour that is not", "30 * * * *", ("Europe/Berlin", "2026-03-28T23:00", "2026-03-29T03:00"), ["28 23:30Z=00:30", "29 00:30Z=01:30", "29 01:30Z=03:30", "29 02:30Z=04:30"]),
    ("a time that exists twice is the first of the two", "30 2 * * *", AUTUMN, ["25 00:30Z=02:30"]),
    ("each of several", "0,30 2 * * *", AUTUMN, ["25 00:00Z=02:00", "25 00:30Z=02:30"]),
    ("and the one after both is once", "0 3 * * *", AUTUMN, ["25 02:00Z=03:00"]),
    ("by the hour nothing stands still", "0 * * * *", ("Europe/Berlin", "2026-10-24T23:30", "2026-10-25T03:00"), ["25 00:00Z=02:00", "25 01:00Z=02:00", "25 02:00Z=03:00"]),
    ("also where half an hour is repeated", "30 * * * *", ("Australia/Lord_Howe", "2024-04-06T14:00", "2024-04-06T17:00"), ["06 14:30Z=01:30", "06 15:00Z=01:30", "06 16:00Z=02:30"]),
    ("or left out", "15 * * * *", ("Australia/Lord_Howe", "2026-10-03T14:00", "2026-10-03T17:00"), ["03 14:45Z=01:15", "03 16:15Z=03:15"]),
    ("also where what comes next is far away", "0 * 25-31 3,10 *", ("Africa/Cairo", "2024-10-31T20:00", "2024-11-01T00:00"), ["31 21:00Z=23:00"]),
    ("nor with all hours written out", "0 0-23 * * *", ("Europe/Berlin", "2026-10-24T23:30", "2026-10-25T03:00"), ["25 00:00Z=02:00", "25 01:00Z=02:00", "25 02:00Z=03:00"]),
    ("midnight that does not exist", "0 0 * * *", ("Africa/Cairo", "2026-04-23T12:00", "2026-04-24T12:00"), ["23 22:00Z=01:00"]),
    ("a day that a zone left out", "0 12 30 12 *", ("Pacific/Apia", "2011-12-01T00:00", "2012-01-31T00:00"), ["30 10:00Z=00:00"]),
    ("half an hour that is left out", "15 2 * * *", ("Australia/Lord_Howe", "2026-10-03T00:00", "2026-10-04T00:00"), ["03 15:30Z=02:30"]),
    ("the last day of a month", "0 0 L * *", ("UTC", "2026-02-01T00:00", "2026-04-01T00:00"), ["28 00:00Z=00:00", "31 00:00Z=00:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "expression", "when", "expected"), CASES, ids=[case[0] for case in CASES])
def test_clock_changes(name: str, expression: str, when: tuple[str, str, str], expected: list[str]) -> None:
    assert between(expression, *when) == expected


def test_intervals_are_the_same_whenever_they_are_asked_for() -> None:
    schedule = IntervalSchedule(every_s=900)
    start = dt.datetime(2026, 3, 29, 0, 7, tzinfo=UTC)
    found = list(itertools.islice(moments(schedule, start), 3))
    assert [f"{each:%H:%M}" for each in found] == ["00:15", "00:30", "00:45"]
    assert next_moment(schedule, found[0]) == found[1]
    later = IntervalSchedule(every_s=86_400, start=dt.datetime(2030, 1, 1, 5, tzinfo=UTC))
    assert next_moment(later, start) == dt.datetime(2026, 3, 29, 5, tzinfo=UTC)


def test_what_never_comes_is_none() -> None:
    assert next_moment(CronSchedule(expression="0 0 */20 * 1L"), dt.datetime(2026, 1, 1, tzinfo=UTC)) is None
    with pytest.raises(ValueError, match="Bad"):
        next_moment(CronSchedule(expression="99 * * * *"), dt.datetime(2026, 1, 1, tzinfo=UTC))


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata", "America/Santiago", "UTC", "Pacific/Chatham")  # fmt: skip
_MINUTES = st.sampled_from(["0", "30", "*/15", "5,35", "59", "*/7", "*"])
_HOURS = st.sampled_from(["*", "2", "1-3", "*/2", "0", "23", "*/5", "0,2,3", "0-23"])
_DAYS = st.sampled_from(
    [("*", "*", "*"), ("*", "*", "0"), ("1-31", "*", "*"), ("25-31", "3,10", "*"), ("*", "*", "5-7")]
)


def _transitions(zone: str, year: int) -> Iterator[dt.datetime]:
    """Hours at which a zone's clock changes."""
    moment = dt.datetime(year, 1, 1, tzinfo=UTC)
    there = ZoneInfo(zone)
    while moment.year == year:
        after = moment + dt.timedelta(hours=1)
        if moment.astimezone(there).utcoffset() != after.astimezone(there).utcoffset():
            yield moment
        moment = after


@settings(max_examples=150, deadline=None)
@given(
    minute=_MINUTES,
    hour=_HOURS,
    days=_DAYS,
    zone=st.sampled_from(ZONES),
    year=st.sampled_from([2024, 2026]),
    data=st.data(),
)
def test_the_oracle_agrees_around_clock_changes(
    minute: str, hour: str, days: tuple[str, str, str], zone: str, year: int, data: st.DataObject
) -> None:
    changes = list(_transitions(zone, year)) or [dt.datetime(year, 3, 1, tzinfo=UTC)]
    start = data.draw(st.sampled_from(changes)) - dt.timedelta(
        hours=data.draw(st.integers(0, 30)), minutes=data.draw(st.integers(0, 59))
    )
    end = start + dt.timedelta(hours=40)
    expression = " ".join((minute, hour, *days))
    found = itertools.takewhile(
        lambda moment: moment <= end, moments(CronSchedule(expression=expression, timezone=zone), start)
    )
    assert list(found) == list(walk(OracleCron(expression, zone), start, end))

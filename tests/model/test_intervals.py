"""Calendars cut time without gaps and without overlaps, wherever clocks are changed."""

from __future__ import annotations

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from meshwright.model import Calendar, Grain
from meshwright.model.intervals import UTC, count_of, numbers_in, overlaps, ranges_of

#: Zones that skip or repeat midnight, leave whole hours, or did so long ago.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "America/Goose_Bay",
    "America/St_Johns",
    "America/Toronto",
    "Africa/Cairo",
    "Africa/Monrovia",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kwajalein",
)
#: Days that a zone left out when it changed sides of the date line: intervals without a moment.
LEFT_OUT = {("Pacific/Apia", "2011-12-30"), ("Pacific/Kwajalein", "1993-08-21"), ("Pacific/Kwajalein", "1993-08-20")}
MOMENTS = st.datetimes(dt.datetime(1850, 1, 1), dt.datetime(2150, 1, 1), timezones=st.just(UTC))
CALENDARS = st.builds(Calendar, grain=st.sampled_from(Grain), timezone=st.sampled_from(ZONES))
TICK = dt.timedelta(microseconds=1)


def cut(grain: str, timezone: str = "UTC") -> Calendar:
    return Calendar(grain=Grain(grain), timezone=timezone)


@settings(max_examples=600, deadline=None)
@given(calendar=CALENDARS, moment=MOMENTS)
@example(calendar=cut("day", "America/Sao_Paulo"), moment=dt.datetime(2018, 11, 4, 3, tzinfo=UTC))
@example(calendar=cut("day", "America/Sao_Paulo"), moment=dt.datetime(2018, 2, 18, 2, 30, tzinfo=UTC))
@example(calendar=cut("day", "America/Goose_Bay"), moment=dt.datetime(2010, 11, 7, 3, 30, tzinfo=UTC))
@example(calendar=cut("day", "America/Toronto"), moment=dt.datetime(1919, 3, 31, 4, 45, tzinfo=UTC))
def test_every_moment_lies_in_the_interval_of_its_number(calendar: Calendar, moment: dt.datetime) -> None:
    number = calendar.number(moment)
    assert calendar.start(number) <= moment < calendar.start(number + 1)


@settings(max_examples=600, deadline=None)
@given(calendar=CALENDARS, moment=MOMENTS)
def test_intervals_follow_each_other_and_their_starts_are_their_own(calendar: Calendar, moment: dt.datetime) -> None:
    first = calendar.number(moment)
    for number in range(first - 2, first + 3):
        start, end = calendar.start(number), calendar.start(number + 1)
        if start == end:
            assert (calendar.timezone, calendar.words(number)) in LEFT_OUT
            continue
        assert start < end
        assert calendar.number(start) == number
        assert calendar.number(end - TICK) == number
        assert calendar.is_start(start)
        assert not calendar.is_start(end - TICK)


def _clock_changes(zone: ZoneInfo, first_year: int, last_year: int) -> list[dt.datetime]:
    """Moments in UTC, to the hour, around which a zone's offset differs."""
    moment = dt.datetime(first_year, 1, 1, tzinfo=UTC)
    found = []
    before = moment.astimezone(zone).utcoffset()
    while moment.year <= last_year:
        moment += dt.timedelta(hours=1)
        offset = moment.astimezone(zone).utcoffset()
        if offset != before:
            found.append(moment)
        before = offset
    return found


@pytest.mark.parametrize(
    ("timezone", "years"),
    [
        ("America/Sao_Paulo", (2016, 2019)),
        ("Africa/Cairo", (2008, 2014)),
        ("Asia/Beirut", (2010, 2013)),
        ("Atlantic/Azores", (2012, 2014)),
        ("America/Havana", (2012, 2013)),
        ("America/Goose_Bay", (2008, 2011)),
        ("Asia/Gaza", (2010, 2014)),
        ("America/Toronto", (1918, 1921)),
        ("Europe/Berlin", (2012, 2013)),
        ("Australia/Lord_Howe", (2012, 2013)),
        ("Pacific/Apia", (2010, 2012)),
    ],
)
@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_numbers_never_go_back_while_clocks_do(timezone: str, years: tuple[int, int], grain: str) -> None:
    calendar, zone = cut(grain, timezone), ZoneInfo(timezone)
    changes = _clock_changes(zone, *years)
    assert changes
    for change in changes:
        moments = [change + dt.timedelta(minutes=minutes) for minutes in range(-1600, 1600, 10)]
        numbers = [calendar.number(moment) for moment in moments]
        assert all(second - first in {0, 1, 2} for first, second in itertools.pairwise(numbers))
        for moment, number in zip(moments, numbers, strict=True):
            assert calendar.start(number) <= moment < calendar.start(number + 1)


@pytest.mark.parametrize(
    ("timezone", "day", "start", "hours"),
    [
        # midnight is left out: the day begins with its first moment
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z", 23),
        ("Asia/Beirut", "2012-03-25", "2012-03-24T22:00Z", 23),
        ("America/Havana", "2013-03-10", "2013-03-10T05:00Z", 23),
        ("Africa/Cairo", "2014-05-16", "2014-05-15T22:00Z", 23),
        # midnight comes twice: the first of the two
        ("Atlantic/Azores", "2012-10-28", "2012-10-28T00:00Z", 25),
        ("America/Havana", "2012-11-04", "2012-11-04T04:00Z", 25),
        # the hour before midnight comes twice: it belongs to the day that it says
        ("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00Z", 25),
        ("Asia/Beirut", "2012-10-27", "2012-10-26T21:00Z", 25),
        # a minute after midnight the clock goes back to yesterday: it stays today
        ("America/Goose_Bay", "2010-11-07", "2010-11-07T03:00Z", 25),
        # a day that never was
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z", 0),
        ("Europe/Berlin", "2013-03-31", "2013-03-30T23:00Z", 23),
        ("UTC", "2013-03-31", "2013-03-31T00:00Z", 24),
    ],
)
def test_days_begin_where_the_zones_clock_says(timezone: str, day: str, start: str, hours: int) -> None:
    calendar = cut("day", timezone)
    number = dt.date.fromisoformat(day).toordinal()
    assert calendar.words(number) == day
    assert calendar.start(number) == dt.datetime.fromisoformat(start)
    assert calendar.start(number + 1) - calendar.start(number) == dt.timedelta(hours=hours)


@pytest.mark.parametrize(
    ("grain", "words"),
    [("hour", "2013-01-05T07:00Z"), ("day", "2013-01-05"), ("week", "2012-12-31"), ("month", "2013-01")],
)
def test_intervals_are_called_by_their_first_moment(grain: str, words: str) -> None:
    calendar = cut(grain)
    assert calendar.words(calendar.number(dt.datetime(2013, 1, 5, 7, 59, tzinfo=UTC))) == words


@given(calendar=CALENDARS)
def test_a_calendar_comes_back_from_its_rule(calendar: Calendar) -> None:
    assert Calendar.of_rule(calendar.rule) == calendar


@given(numbers=st.sets(st.integers(-50, 50)), first=st.integers(-60, 60), length=st.integers(0, 20))
def test_runs_hold_the_numbers_that_they_were_made_of(numbers: set[int], first: int, length: int) -> None:
    runs = ranges_of([*numbers, *numbers])
    assert list(numbers_in(runs)) == sorted(numbers)
    assert count_of(runs) == len(numbers)
    assert all(last + 1 < following for (_, last), (following, _) in itertools.pairwise(runs))
    assert overlaps(runs, first, first + length) == any(first <= number <= first + length for number in numbers)

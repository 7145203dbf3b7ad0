"""Days, times and moments in filters: ISO 8601 as rows are written, checked, as the text that the engine reads as the same.

Python knows the years 1 to 9999; databases have others, and infinity. The calendar repeats every 400 years, so that any year is
looked at as the one of the years 2000 to 2399 that is like it.
"""

from __future__ import annotations

import datetime as dt
import re

_ERA_YEARS, _ERA_DAYS = 400, 146_097
_ANCHOR = dt.date(2000, 1, 1)
_EPOCH_DAYS = (_ANCHOR - dt.date(1970, 1, 1)).days
_DAY_S = 86_400
_DATE = r"(?P<year>\d{4}|[+-]\d{4,7})-(?P<month>\d{2})-(?P<day>\d{2})"
_TIME = r"(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?"
_ZONE = r"(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?"
_DAY = re.compile(_DATE, re.ASCII)
_HOUR = re.compile(rf"{_TIME}\s?{_ZONE}", re.ASCII | re.IGNORECASE)
_MOMENT = re.compile(rf"{_DATE}(?:[T ]{_TIME})?\s?{_ZONE}", re.ASCII | re.IGNORECASE)
_INFINITE = frozenset({"infinity", "-infinity"})
#: The ends of what a DATE counts, in days.
_LAST_DAY = 2**31 - 2
#: Type -> digits of a second that it holds.
MOMENTS = {"TIMESTAMP": 6, "TIMESTAMP_S": 0, "TIMESTAMP_MS": 3, "TIMESTAMP_NS": 9, "TIMESTAMP WITH TIME ZONE": 6}
#: The ends of what a moment counts, in the smallest part of a second that its type has.
_LAST = 2**63 - 2
_FIRST_US, _FIRST_NS = -9_223_372_022_400_000_000, -9_223_372_036_854_775_000
_TIME_PLACES = 6
_ZONED = "TIMESTAMP WITH TIME ZONE"


def is_day(text: str) -> bool:
    """Whether a text is written as a day, and as nothing else."""
    return _DAY.fullmatch(text) is not None


def date_text(text: str) -> str:
    """Return a DATE as the engine reads it. Raises ValueError."""
    if text.lower() in _INFINITE:
        return text.lower()
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    days = _days(found)
    if abs(days) > _LAST_DAY:
        raise ValueError(text)
    return _written_day(days)


def time_text(text: str) -> str:
    """Return a TIME as the engine reads it. Raises ValueError."""
    return _clock(text, is_zoned=False)


def zoned_time_text(text: str) -> str:
    """Return a TIME WITH TIME ZONE, in UTC, as the engine reads it; without an offset it is UTC. Raises ValueError."""
    return f"{_clock(text, is_zoned=True)}+00"


def moment_text(text: str, kind: str) -> str:
    """Return a moment of one of `MOMENTS` as the engine reads it, in UTC where it has a zone. Raises ValueError."""
    if text.lower() in _INFINITE:
        return text.lower()
    found = _MOMENT.fullmatch(text)
    if found is None or (found["zone"] and kind != _ZONED):
        raise ValueError(text)
    fraction = _fraction(found, MOMENTS[kind])
    seconds = _days(found) * _DAY_S + (_seconds(found) if found["hour"] else 0) - _offset_s(found["zone"])
    places = 9 if kind == "TIMESTAMP_NS" else 6
    count = seconds * 10**places + int(fraction.ljust(places, "0"))
    if not (_FIRST_NS if kind == "TIMESTAMP_NS" else _FIRST_US) <= count <= _LAST:
        raise ValueError(text)
    days, second = divmod(seconds, _DAY_S)
    return f"{_written_day(days)} {_written_clock(second, fraction)}{'+00' if kind == _ZONED else ''}"


def _clock(text: str, *, is_zoned: bool) -> str:
    found = _HOUR.fullmatch(text)
    if found is None or (found["zone"] and not is_zoned):
        raise ValueError(text)
    fraction, second = _fraction(found, _TIME_PLACES), _seconds(found, is_midnight_twice=True)
    if second == _DAY_S:
        if fraction or found["zone"]:
            raise ValueError(text)
        return _written_clock(second, "")
    return _written_clock((second - _offset_s(found["zone"])) % _DAY_S if is_zoned else second, fraction)


def _fraction(found: re.Match[str], most: int) -> str:
    fraction = (found["fraction"] or "").rstrip("0")
    if len(fraction) > most:
        raise ValueError(found[0])
    return fraction


def _seconds(found: re.Match[str], *, is_midnight_twice: bool = False) -> int:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if is_midnight_twice and (hour, minute, second) == (24, 0, 0):
        return _DAY_S
    dt.time(hour, minute, second)  # raises ValueError where it is none
    return hour * 3600 + minute * 60 + second


def _offset_s(zone: str | None) -> int:
    if not zone or zone.upper() == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    dt.time(hours, minutes)  # raises ValueError where it is none
    return (-1 if zone[0] == "-" else 1) * (hours * 3600 + minutes * 60)


def _days(found: re.Match[str]) -> int:
    """Return the days from 1970-01-01 on. Raises ValueError."""
    era, year = divmod(int(found["year"]), _ERA_YEARS)
    day = dt.date(_ANCHOR.year + year, int(found["month"]), int(found["day"]))
    return (day - _ANCHOR).days + _EPOCH_DAYS + (era - _ANCHOR.year // _ERA_YEARS) * _ERA_DAYS


def _written_day(days: int) -> str:
    """Return the day so many days after 1970-01-01; years before the first are counted backwards, as the engine has them."""
    era, rest = divmod(days - _EPOCH_DAYS, _ERA_DAYS)
    day = _ANCHOR + dt.timedelta(days=rest)
    year = day.year + era * _ERA_YEARS
    return f"{year:04d}-{day:%m-%d}" if year > 0 else f"{1 - year:04d}-{day:%m-%d} (BC)"


def _written_clock(second: int, fraction: str) -> str:
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    return f"{clock}.{fraction}" if fraction else clock

"""ISO 8601 text of the times that Python's own types cannot hold: nanoseconds, years before 1 and beyond 9999, infinity."""

from __future__ import annotations

from typing import Any

_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_S = 86_400
#: DuckDB's infinities: the largest number of the type, and its negative.
_INFINITE_DAYS = 2**31 - 1
_INFINITE_TIME = 2**63 - 1


def time_text(scalar: Any) -> str:
    """Return the text of an Arrow timestamp or date, in UTC where it has a zone."""
    import pyarrow as pa  # heavy, and there already where this is called

    if pa.types.is_date32(scalar.type):
        days = scalar.value
        return _infinity(days) if abs(days) == _INFINITE_DAYS else _date_text(days)
    if abs(scalar.value) == _INFINITE_TIME:
        return _infinity(scalar.value)
    per_second = _UNITS[scalar.type.unit]
    seconds, rest = divmod(scalar.value, per_second)
    days, second = divmod(seconds, _DAY_S)
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    fraction = f".{rest:0{len(str(per_second)) - 1}d}" if rest else ""
    return f"{_date_text(days)}T{clock}{fraction}{'+00:00' if scalar.type.tz else ''}"


def _infinity(value: int) -> str:
    return "infinity" if value > 0 else "-infinity"


def _date_text(days: int) -> str:
    """Return the date so many days after 1970-01-01, by the Gregorian calendar in both directions.

    The count runs over eras of 400 years that begin on 1 March, so that the leap day is the last of its year (the
    method is Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms"). Years beyond four digits have a sign,
    as ISO 8601 wants.
    """
    era, day = divmod(days + 719_468, 146_097)
    year_of_era = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    day_of_year = day - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    month = (month_from_march + 2) % 12 + 1
    year = year_of_era + era * 400 + (month <= 2)
    digits = f"{year:04d}" if 0 <= year <= 9999 else f"{year:+05d}"
    return f"{digits}-{month:02d}-{day_of_year - (153 * month_from_march + 2) // 5 + 1:02d}"

"""Durations as contracts write them: a number and a unit, or one text in the form of ISO 8601 (``P1DT12H``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_UNIT_S: Mapping[str, int] = MappingProxyType(
    {
        "s": 1,
        "sec": 1,
        "second": 1,
        "min": 60,
        "minute": 60,
        "h": 3_600,
        "hr": 3_600,
        "hour": 3_600,
        "d": 86_400,
        "day": 86_400,
        "w": 604_800,
        "wk": 604_800,
        "week": 604_800,
        "mo": 2_592_000,
        "month": 2_592_000,
        "y": 31_536_000,
        "yr": 31_536_000,
        "year": 31_536_000,
    }
)


#: Duration in the form of ISO 8601, section 5.5.2.2; the letters before a T are months, those after it minutes.
_ISO = re.compile(
    r"P(?=\d|T)(?:(?P<y>\d+)Y)?(?:(?P<mo>\d+)M)?(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<h>\d+)H)?(?:(?P<min>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_MONTHS: Mapping[str, int] = MappingProxyType({"mo": 1, "month": 1, "y": 12, "yr": 12, "year": 12})


def duration_s(value: object, unit: str | None) -> int | None:
    """Return value and unit as seconds, a month of 30 days and a year of 365; None where they are no duration.

    ``m`` is a minute, as in durations of the mesh's own files. A text without a unit is read as ISO 8601.
    """
    if isinstance(value, str) and unit is None:
        found = _ISO.fullmatch(value.strip())
        parts = found.groupdict() if found is not None else {}
        return round(sum(float(each) * _UNIT_S[name] for name, each in parts.items() if each)) if found else None
    if isinstance(value, bool) or not isinstance(value, int | float) or unit is None:
        return None
    name = unit.strip().casefold()
    factor = 60 if name == "m" else _UNIT_S.get(name, _UNIT_S.get(name.removesuffix("s")))
    return round(value * factor) if factor is not None else None


def calendar_months(value: object, unit: str | None) -> int | None:
    """Return value and unit as whole months, None where they are none: a month is as long as it is."""
    name = (unit or "").strip().casefold()
    factor = _MONTHS.get(name, _MONTHS.get(name.removesuffix("s")))
    if factor is None or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value * factor) if float(value * factor).is_integer() else None


def duration_words(seconds: float) -> str:
    """Write seconds as people read them, in the largest unit that they fill: ``36 h`` is ``1.5 d``."""
    for unit in ("d", "h", "min"):
        if abs(seconds) >= _UNIT_S[unit]:
            return f"{seconds / _UNIT_S[unit]:.4g} {unit}"
    return f"{seconds:.4g} s"

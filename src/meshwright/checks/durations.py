"""Durations as contracts write them: a number and a unit."""

from __future__ import annotations

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


def duration_s(value: object, unit: str | None) -> int | None:
    """Return value and unit as seconds, a month of 30 days and a year of 365; None where they are no duration.

    ``m`` is a minute, as in durations of the mesh's own files.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or unit is None:
        return None
    name = unit.strip().casefold()
    factor = 60 if name == "m" else _UNIT_S.get(name, _UNIT_S.get(name.removesuffix("s")))
    return round(value * factor) if factor is not None else None

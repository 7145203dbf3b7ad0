"""What changes of service levels, compared by value: 1 h is 60 min."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from meshwright.checks.durations import duration_s
from meshwright.plan.compatibility.common import COMMON
from meshwright.plan.compatibility.directions import Direction
from meshwright.plan.compatibility.rules import Pair, are_same, compare, parts, shown, text_of, weighed
from meshwright.plan.compatibility.values import Change, Level

#: Property of a service level, case folded -> whether more is tighter; of times of day and dates, whether later is.
_MORE_IS_TIGHTER: Mapping[str, bool] = MappingProxyType(
    {
        "availability": True,
        "throughput": True,
        "retention": True,
        "endofsupport": True,
        "endoflife": True,
        "freshness": False,
        "latency": False,
        "frequency": False,
        "errorrate": False,
        "generalavailability": False,
        "timeofavailability": False,
        "timetodetect": False,
        "timetonotify": False,
        "timetorepair": False,
    }
)
#: The standard's short names.
_SHORT: Mapping[str, str] = MappingProxyType(
    {
        "av": "availability", "th": "throughput", "re": "retention", "es": "endofsupport", "el": "endoflife",
        "ly": "latency", "fy": "frequency", "er": "errorrate", "ga": "generalavailability", "td": "timetodetect",
        "tn": "timetonotify", "tr": "timetorepair",
    }
)  # fmt: skip
#: How long data is kept is a matter of those who watch over it, whichever way it changes.
_OF_POLICY = frozenset({"retention"})
#: A number with its unit behind it, as it is written where there is no `unit`.
_NUMBER = re.compile(r"\s*(?P<number>[-+]?[0-9]{1,30}(?:\.[0-9]{1,30})?)\s*(?P<unit>[A-Za-z%]{0,20})\s*", re.ASCII)
_MILLISECONDS = frozenset({"ms", "millisecond", "milliseconds"})
_KINDS: Mapping[Direction, tuple[str, Level]] = MappingProxyType(
    {
        Direction.TIGHTER: ("sla_tightened", Level.MINOR),
        Direction.LOOSER: ("sla_loosened", Level.MAJOR),
        Direction.OTHER: ("sla_changed", Level.MAJOR),
    }
)
_COMPARED = frozenset({"property", "value", "valueExt", "unit", "element"})
_REST = (weighed("sla_schedule_changed", Level.MINOR, "schedule", "scheduler"), *COMMON)


def service_level_changes(pair: Pair) -> Iterator[Change]:
    """Compare the service levels of two contracts, those of one property and element with each other."""
    old, new = _levels(pair.before), _levels(pair.after)
    for key in [*old, *(key for key in new if key not in old)]:
        level = old[key] if key in old else new[key]
        name, is_policy = _called(level, key), key.partition("(")[0] in _OF_POLICY
        path, noun = f"slaProperties/{name}", f"service level {name}"
        if key not in new:
            message = f"{noun} removed (was {_words(old[key])})"
            yield pair.change(path, "sla_removed", Level.MAJOR, message, is_policy=is_policy)
        elif key not in old:
            message = f"{noun} added ({_words(new[key])})"
            yield pair.change(path, "sla_added", Level.MINOR, message, is_policy=is_policy)
        else:
            direction = _direction(old[key], new[key])
            if direction is not Direction.SAME:
                kind, weight = _KINDS[direction]
                message = f"{noun} changed from {_words(old[key])} to {_words(new[key])}"
                yield pair.change(path, kind, weight, message, is_policy=is_policy)
            yield from compare(pair.below(path, noun, old[key], new[key]), _REST, silent=_COMPARED)


def _levels(contract: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Return the service levels by property and element; in ODCS 3.0 an element may be written once for all."""
    found: dict[str, Mapping[str, object]] = {}
    for level in parts(contract.get("slaProperties")):
        element = text_of(level.get("element")) or text_of(contract.get("slaDefaultElement"))
        name = _property(level) + (f"({element})" if element else "")
        number = 1
        while (key := name if number == 1 else f"{name}-{number}") in found:
            number += 1
        found[key] = level
    return found


def _property(level: Mapping[str, object]) -> str:
    """Return the property of a level, case folded and in full."""
    name = text_of(level.get("property")).casefold()
    return _SHORT.get(name, name)


def _called(level: Mapping[str, object], key: str) -> str:
    """Return a level's key with its property as it is written."""
    return text_of(level.get("property")) + key.removeprefix(_property(level))


def _direction(before: Mapping[str, object], after: Mapping[str, object]) -> Direction:
    if not are_same(before.get("valueExt"), after.get("valueExt")):
        return Direction.OTHER
    (old, unit), (new, other) = _quantity(before), _quantity(after)
    is_more_tighter = _MORE_IS_TIGHTER.get(_property(before))
    if isinstance(old, Fraction) and isinstance(new, Fraction):
        was, now = _seconds(old, unit), _seconds(new, other)
        if was is not None and now is not None:
            return _moved(was, now, is_more_tighter)
        return _moved(old, new, is_more_tighter) if _unit(unit) == _unit(other) else Direction.OTHER
    if _unit(unit) != _unit(other) or isinstance(old, Fraction) or isinstance(new, Fraction):
        return Direction.OTHER
    return Direction.SAME if are_same(old, new) else _of_times(old, new, is_more_tighter)


def _of_times(old: object, new: object, is_more_tighter: bool | None) -> Direction:
    if isinstance(old, str) and isinstance(new, str) and is_more_tighter is not None and _is_ordered(old, new):
        return Direction.TIGHTER if (new > old) is is_more_tighter else Direction.LOOSER
    return Direction.OTHER


def _quantity(level: Mapping[str, object]) -> tuple[object, str]:
    """Return the value of a level, exactly where it is a number, and its unit, which may be written behind the number."""
    value, unit = level.get("value"), text_of(level.get("unit"))
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value, unit
    found = _NUMBER.fullmatch(value if isinstance(value, str) else format(Decimal(str(value)), "f"))
    if found is None or (unit and found["unit"]):
        return value, unit
    return Fraction(found["number"]), unit or found["unit"]


def _seconds(number: Fraction, unit: str) -> Fraction | None:
    """Return a duration in seconds; None for what is none."""
    if unit.strip().casefold() in _MILLISECONDS:
        return number / 1000
    factor = duration_s(1, unit)
    return number * factor if factor is not None else None


def _moved(before: Fraction, after: Fraction, is_more_tighter: bool | None) -> Direction:
    """A level that the standard does not name may be better either way."""
    if before == after:
        return Direction.SAME
    if is_more_tighter is None:
        return Direction.OTHER
    return Direction.TIGHTER if (after > before) is is_more_tighter else Direction.LOOSER


def _is_ordered(old: str, new: str) -> bool:
    """Whether two texts are times or dates of one form and zone, which stand in the order of their letters."""
    shape = ["".join("0" if letter.isdigit() else letter for letter in text[:10]) for text in (old, new)]
    return shape[0] == shape[1] and len(old) == len(new) and old[:1].isdigit() and _zone(old) == _zone(new)


def _zone(text: str) -> str:
    """What follows the minutes or seconds of a time: ``Z``, ``+02:00``; empty where there is none."""
    clock = text.partition("T")[2] or text
    return (
        next((clock[place:] for place, letter in enumerate(clock) if place and letter in "Z+-"), "")
        if ":" in clock
        else ""
    )


def _unit(written: str) -> str:
    unit = written.strip().casefold()
    return "%" if unit in {"percent", "pct", "%"} else unit


def _words(level: Mapping[str, object]) -> str:
    return " ".join(filter(None, (shown(level.get("value")), text_of(level.get("unit")))))

"""What changes of service levels, compared by value: 1 h is 60 min."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from meshwright.checks.durations import duration_s
from meshwright.plan.compatibility.directions import Direction, of_number
from meshwright.plan.compatibility.rules import Pair, are_same, compare, parts, shown, text_of
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
_KINDS: Mapping[Direction, tuple[str, Level]] = MappingProxyType(
    {
        Direction.TIGHTER: ("sla_tightened", Level.MINOR),
        Direction.LOOSER: ("sla_loosened", Level.MAJOR),
        Direction.OTHER: ("sla_changed", Level.MAJOR),
    }
)
_COMPARED = frozenset({"property", "value", "unit", "element"})


def service_level_changes(pair: Pair) -> Iterator[Change]:
    """Compare the service levels of two contracts, those of one property and element with each other."""
    old, new = _levels(pair.before), _levels(pair.after)
    for name in [*old, *(name for name in new if name not in old)]:
        path, noun = f"slaProperties/{name}", f"service level {name}"
        if name not in new:
            yield pair.change(path, "sla_removed", Level.MAJOR, f"{noun} removed (was {_words(old[name])})")
        elif name not in old:
            yield pair.change(path, "sla_added", Level.MINOR, f"{noun} added ({_words(new[name])})")
        else:
            direction = _direction(old[name], new[name])
            if direction is not Direction.SAME:
                kind, level = _KINDS[direction]
                message = f"{noun} changed from {_words(old[name])} to {_words(new[name])}"
                yield pair.change(path, kind, level, message)
            inner = Pair(path=path, noun=noun, before=old[name], after=new[name], severities=pair.severities)
            yield from compare(inner, (), silent=_COMPARED)


def _levels(contract: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Return the service levels by property and element; in ODCS 3.0 an element may be written once for all."""
    found: dict[str, Mapping[str, object]] = {}
    for level in parts(contract.get("slaProperties")):
        element = text_of(level.get("element")) or text_of(contract.get("slaDefaultElement"))
        name = text_of(level.get("property")) + (f"({element})" if element else "")
        number = 1
        while (key := name if number == 1 else f"{name}-{number}") in found:
            number += 1
        found[key] = level
    return found


def _direction(before: Mapping[str, object], after: Mapping[str, object]) -> Direction:
    old, new = before.get("value"), after.get("value")
    units = [text_of(level.get("unit")) for level in (before, after)]
    was, now = duration_s(old, units[0]), duration_s(new, units[1])
    is_more_tighter = _MORE_IS_TIGHTER.get(text_of(before.get("property")).casefold())
    if was is not None and now is not None:
        return _moved(was, now, is_more_tighter)
    if _unit(units[0]) != _unit(units[1]):
        return Direction.OTHER
    if are_same(old, new):
        return Direction.SAME
    if _is_number(old) and _is_number(new):
        return _moved(float(str(old)), float(str(new)), is_more_tighter)
    if isinstance(old, str) and isinstance(new, str) and is_more_tighter is not None and _is_ordered(old, new):
        return Direction.TIGHTER if (new > old) is is_more_tighter else Direction.LOOSER
    return Direction.OTHER


def _moved(before: float, after: float, is_more_tighter: bool | None) -> Direction:
    """A level that the standard does not name may be better either way."""
    if before == after:
        return Direction.SAME
    return Direction.OTHER if is_more_tighter is None else of_number(before, after, more_is_tighter=is_more_tighter)


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


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(level: Mapping[str, object]) -> str:
    return " ".join(filter(None, (shown(level.get("value")), text_of(level.get("unit")))))

"""What changes of `logicalTypeOptions`: bounds on single values, which the gate enforces; others describe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from meshwright.plan.compatibility.directions import Direction, of_number
from meshwright.plan.compatibility.rules import Pair, are_same, part, shown
from meshwright.plan.compatibility.values import Change, Level

#: Bound -> whether a greater one is tighter.
_BOUNDS: Mapping[str, bool] = MappingProxyType(
    {
        "minimum": True,
        "exclusiveMinimum": True,
        "minLength": True,
        "minItems": True,
        "maximum": False,
        "exclusiveMaximum": False,
        "maxLength": False,
        "maxItems": False,
    }
)
_ENFORCED = frozenset({*_BOUNDS, "pattern", "multipleOf", "uniqueItems"})
_KINDS: Mapping[Direction, tuple[str, Level]] = MappingProxyType(
    {
        Direction.TIGHTER: ("options_tightened", Level.MINOR),
        Direction.LOOSER: ("options_loosened", Level.MAJOR),
        Direction.OTHER: ("options_changed", Level.MAJOR),
    }
)


def option_changes(pair: Pair) -> Iterator[Change]:
    """Compare options one by one. One that only describes (format, time zone) is what no rule knows: minor."""
    old, new = part(pair.before.get("logicalTypeOptions")), part(pair.after.get("logicalTypeOptions"))
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if are_same(before, after):
            continue
        message = f"{name} of {pair.noun} changed from {shown(before)} to {shown(after)}"
        kind, level = _KINDS[_direction(name, before, after)] if name in _ENFORCED else ("other", Level.MINOR)
        yield pair.change(f"logicalTypeOptions/{name}", kind, level, message)


def _direction(name: str, before: object, after: object) -> Direction:
    if before is None or before is False:
        return Direction.TIGHTER
    if after is None or after is False:
        return Direction.LOOSER
    if name in _BOUNDS:
        if isinstance(before, int | float) and isinstance(after, int | float):
            return of_number(before, after, more_is_tighter=_BOUNDS[name])
        if isinstance(before, str) and isinstance(after, str) and len(before) == len(after):
            # Dates and times of one form (ISO 8601) stand in the order of their letters.
            return Direction.TIGHTER if (after > before) is _BOUNDS[name] else Direction.LOOSER
    if name == "multipleOf" and isinstance(before, int) and isinstance(after, int) and before and after % before == 0:
        return Direction.TIGHTER
    return Direction.OTHER

"""What changes of `logicalTypeOptions`: what single values may be, and how they are to be understood."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType

from meshwright.plan.compatibility.directions import Direction, of_allowed
from meshwright.plan.compatibility.rules import Pair, part, shown, text_of
from meshwright.plan.compatibility.values import Change, Level
from meshwright.plan.compatibility.widening import type_level

#: Bound of sizes -> whether a greater one is tighter.
_SIZES: Mapping[str, bool] = MappingProxyType(
    {
        "minLength": True,
        "minItems": True,
        "minProperties": True,
        "maxLength": False,
        "maxItems": False,
        "maxProperties": False,
    }
)
#: The two ways to write each bound of values: with the bound itself and without it.
_LOWER, _UPPER = ("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")
#: Options without which values mean something else, whatever they are changed to.
_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "timezone": "timezone_changed",
        "defaultTimezone": "timezone_changed",
        "dimensions": "vector_changed",
        "elementType": "vector_changed",
        "embeddingModel": "vector_changed",
        "embeddingModelVersion": "vector_changed",
    }
)
_KINDS: Mapping[Direction, tuple[str, Level]] = MappingProxyType(
    {
        Direction.TIGHTER: ("options_tightened", Level.MINOR),
        Direction.LOOSER: ("options_loosened", Level.MAJOR),
        Direction.OTHER: ("options_changed", Level.MAJOR),
    }
)
#: `format` of numbers -> the type that is as wide.
_WIDTHS: Mapping[str, str] = MappingProxyType(
    {
        "i8": "TINYINT", "i16": "SMALLINT", "i32": "INTEGER", "i64": "BIGINT",
        "u8": "UTINYINT", "u16": "USMALLINT", "u32": "UINTEGER", "u64": "UBIGINT",
        "i128": "DECIMAL(39,0)", "u128": "DECIMAL(39,0)", "f32": "FLOAT", "f64": "DOUBLE",
    }
)  # fmt: skip
_KNOWN = frozenset({*_SIZES, *_LOWER, *_UPPER, *_MEANINGS, "format", "multipleOf", "normalized", "pattern", "required"})


def option_changes(pair: Pair) -> Iterator[Change]:
    """Compare options one by one; the two ways to write a bound of values are one. What no rule knows is minor."""
    old, new = part(pair.before.get("logicalTypeOptions")), part(pair.after.get("logicalTypeOptions"))
    is_whole = text_of(pair.before.get("logicalType")) == text_of(pair.after.get("logicalType")) == "integer"
    inner = pair.below("logicalTypeOptions", pair.noun, old, new)
    for keys, sign in ((_LOWER, 1), (_UPPER, -1)):
        yield from _bound_changes(inner, keys, sign, is_whole=is_whole)
    for name in sorted({*old, *new}.difference(_LOWER, _UPPER)):
        if inner.is_changed(name):
            yield _option_change(inner, name, old.get(name), new.get(name))


def _option_change(pair: Pair, name: str, before: object, after: object) -> Change:
    if name == "format":
        kind, level = _format_kind(before, after)
    elif name in _MEANINGS:
        kind, level = _MEANINGS[name], Level.MAJOR
    elif name in _KNOWN or name == "uniqueItems":
        kind, level = _KINDS[_direction(name, before, after)]
    else:
        kind, level = "other", Level.MINOR
    return pair.change(name, kind, level, pair.told(name))


def _format_kind(before: object, after: object) -> tuple[str, Level]:
    """A wider format of numbers asks for room, as a wider type does; that others are equal in part is not known."""
    if not before:
        return "format_added", Level.MINOR
    if not after:
        return "format_removed", Level.MAJOR
    old, new = _WIDTHS.get(text_of(before)), _WIDTHS.get(text_of(after))
    if old and new and old != new:
        if type_level(old, new) is Level.MINOR:
            return "format_widened", Level.MINOR
        if type_level(new, old) is Level.MINOR:
            return "format_narrowed", Level.MINOR
    return "format_changed", Level.MAJOR


def _direction(name: str, before: object, after: object) -> Direction:
    if before is None or before is False:
        return Direction.TIGHTER
    if after is None or after is False:
        return Direction.LOOSER
    if name == "required":
        old, new = (frozenset(map(str, each)) if isinstance(each, list) else frozenset() for each in (before, after))
        return of_allowed(new, old)
    return (
        _of_numbers(name, _exact(before), _exact(after))
        if _is_number(before) and _is_number(after)
        else Direction.OTHER
    )


def _of_numbers(name: str, before: Fraction, after: Fraction) -> Direction:
    is_tighter = is_looser = False
    if name in _SIZES:
        is_tighter = (after > before) is _SIZES[name]
        is_looser = not is_tighter
    elif name == "multipleOf" and before and after:
        is_tighter, is_looser = after % before == 0, before % after == 0
    return Direction.TIGHTER if is_tighter else Direction.LOOSER if is_looser else Direction.OTHER


def _bound_changes(pair: Pair, keys: tuple[str, str], sign: int, *, is_whole: bool) -> Iterator[Change]:
    """Compare what values may be at one end. `sign` is 1 where a greater bound is tighter, -1 where a smaller one is."""
    differing = [key for key in keys if pair.is_changed(key)]
    if not differing:
        return
    written = [[(key, side[key]) for key in keys if side.get(key) is not None] for side in (pair.before, pair.after)]
    key = written[1][0][0] if len(written[1]) == 1 else differing[0]
    if (
        len(written[0]) > 1 or len(written[1]) > 1
    ):  # both ways at once: which of the two binds is left to those who wrote it
        direction = Direction.OTHER
    else:
        before, after = (each[0] if each else None for each in written)
        direction = _of_bounds(before, after, keys[1], sign, is_whole=is_whole)
    if direction is not Direction.SAME:
        kind, level = _KINDS[direction]
        words = [" and ".join(f"{name} {shown(bound)}" for name, bound in side) or "nothing" for side in written]
        yield pair.change(key, kind, level, f"bound of {pair.noun} changed from {words[0]} to {words[1]}")


def _of_bounds(
    before: tuple[str, object] | None, after: tuple[str, object] | None, exclusive: str, sign: int, *, is_whole: bool
) -> Direction:
    if before is None:
        return Direction.TIGHTER
    if after is None:
        return Direction.LOOSER
    if _is_number(before[1]) and _is_number(after[1]):
        was, now = (
            _place(_exact(bound) * sign, is_open=name == exclusive, is_whole=is_whole)
            for name, bound in (before, after)
        )
        return Direction.SAME if was == now else Direction.TIGHTER if now > was else Direction.LOOSER
    old, new = text_of(before[1]), text_of(after[1])
    if not old or len(old) != len(new):
        return Direction.OTHER
    if old == new:  # only the way to write it differs
        return Direction.TIGHTER if after[0] == exclusive else Direction.LOOSER
    # Dates and times of one form (ISO 8601) stand in the order of their letters.
    return Direction.TIGHTER if (new > old) is (sign > 0) else Direction.LOOSER


def _place(bound: Fraction, *, is_open: bool, is_whole: bool) -> tuple[Fraction, bool]:
    """Where values begin, seen from below; whole numbers begin at the next whole number."""
    if not is_whole:
        return bound, is_open
    return Fraction(math.floor(bound) + 1 if is_open else math.ceil(bound)), False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _exact(value: object) -> Fraction:
    """Return a number as it is written: 0.1 is a tenth."""
    return Fraction(str(value))

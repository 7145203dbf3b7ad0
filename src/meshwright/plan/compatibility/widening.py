"""What a change of a column's type asks of readers.

The rule: a type is *widened* when the new one is of the same family and holds every value of the old one: readers go on
as they are once they make room. Families are integers (``DECIMAL(n,0)`` among them, as in contracts), decimals and floating
numbers. Every other change takes away what readers count on: narrower, of another family, or of another meaning (a
``TIMESTAMP`` and one with time zone). Lists, maps and structs are as wide as their parts; a struct may gain fields as a
dataset gains columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from meshwright.checks.types import stored_form, type_arguments, type_kind
from meshwright.plan.compatibility.values import Level, greatest

#: Integer type -> bits of its magnitude, and whether it has a sign.
_INTEGERS: Mapping[str, tuple[int, bool]] = MappingProxyType(
    {
        "TINYINT": (7, True),
        "SMALLINT": (15, True),
        "INTEGER": (31, True),
        "BIGINT": (63, True),
        "UTINYINT": (8, False),
        "USMALLINT": (16, False),
        "UINTEGER": (32, False),
        "UBIGINT": (64, False),
    }
)
_FLOATS = ("FLOAT", "DOUBLE")
#: What a change of a type is called, by its level.
TYPE_KINDS: Mapping[Level, str] = MappingProxyType(
    {Level.PATCH: "type_reordered", Level.MINOR: "type_widened", Level.MAJOR: "type_changed"}
)


def type_level(before: str, after: str) -> Level:
    """Return none for equal types, patch for a struct in another order, minor for a wider type, major for every other."""
    old, new = stored_form(before), stored_form(after)
    if old == new:
        return Level.NONE
    kinds = (type_kind(old), type_kind(new))
    if kinds in {("LIST", "LIST"), ("MAP", "MAP")}:
        return _level_of_parts(type_arguments(old), type_arguments(new))
    if kinds == ("STRUCT", "STRUCT"):
        return _level_of_fields(_fields(old), _fields(new))
    return Level.MINOR if _is_wider(old, new) else Level.MAJOR


def _is_wider(old: str, new: str) -> bool:
    if old in _FLOATS and new in _FLOATS:
        return _FLOATS.index(old) < _FLOATS.index(new)
    before, after = _digits(old), _digits(new)
    if before is not None and after is not None:
        return (before[1] == 0) == (after[1] == 0) and after[1] >= before[1] and after[0] >= before[0]
    if old in _INTEGERS and new in _INTEGERS:
        (bits, is_signed), (more, may_be_signed) = _INTEGERS[old], _INTEGERS[new]
        return more >= bits and (may_be_signed or not is_signed)
    if old in _INTEGERS and after is not None:
        return after[1] == 0 and 10 ** after[0] >= 2 ** _INTEGERS[old][0] + _INTEGERS[old][1]
    if before is not None and new in _INTEGERS:
        return before[1] == 0 and _INTEGERS[new][1] and 10 ** before[0] <= 2 ** _INTEGERS[new][0]
    return False


def _digits(form: str) -> tuple[int, int] | None:
    """The digits of a DECIMAL before and after its point; None for other types."""
    if type_kind(form) != "DECIMAL":
        return None
    parts = type_arguments(form)
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        return None
    return int(parts[0]) - int(parts[1]), int(parts[1])


def _level_of_parts(old: tuple[str, ...], new: tuple[str, ...]) -> Level:
    if len(old) != len(new):
        return Level.MAJOR
    return greatest(type_level(before, after) for before, after in zip(old, new, strict=True))


def _fields(form: str) -> dict[str, str]:
    found = {}
    for part in type_arguments(form):
        name, _, kind = part.partition(" ")
        found[name] = kind
    return found


def _level_of_fields(old: Mapping[str, str], new: Mapping[str, str]) -> Level:
    if not old.keys() <= new.keys():
        return Level.MAJOR
    levels = [type_level(kind, new[name]) for name, kind in old.items()]
    return greatest([Level.MINOR if len(new) > len(old) else Level.PATCH, *levels])

"""Conditions on events, in the filter dialects of CloudEvents' Subscriptions API: exact, prefix, suffix, all, any, not.

What they ask is asked of attributes, never of data, and in three values: of an event that is yet to come some attributes are not
known, and it may fit or not.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from meshwright.frozen import dataclass

#: Conditions in one list of them, those inside others too, and how deep they may be.
MOST_CONDITIONS, MOST_LEVELS = 50, 5


class Dialect(enum.StrEnum):
    """How a condition asks."""

    EXACT = "exact"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    ALL = "all"
    ANY = "any"
    NOT = "not"


_COMPARES: Mapping[Dialect, Callable[[str, str], bool]] = MappingProxyType(
    {Dialect.EXACT: str.__eq__, Dialect.PREFIX: str.startswith, Dialect.SUFFIX: str.endswith}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """Attributes that all are, begin or end as is written; an event without one of them does not fit."""

    dialect: Dialect
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Combined:
    """Conditions of which all, one, or (a single one) none must fit."""

    dialect: Dialect
    parts: tuple[Condition, ...]


Condition = Compared | Combined


def truth(condition: Condition, attributes: Mapping[str, str | None]) -> bool | None:
    """Whether an event fits; None where that is not known, because an attribute is None: it is there, and nobody knows how."""
    if isinstance(condition, Compared):
        compare = _COMPARES[condition.dialect]
        return every(_compared(compare, attributes, name, wanted) for name, wanted in condition.values)
    parts = [truth(each, attributes) for each in condition.parts]
    match condition.dialect:
        case Dialect.ALL:
            return every(parts)
        case Dialect.ANY:
            return _opposite(every(map(_opposite, parts)))
        case _:
            return _opposite(parts[0])


def every(parts: Iterable[bool | None]) -> bool | None:
    """Whether all are true: False where one is false, else None where one is not known."""
    found = list(parts)
    return False if False in found else None if None in found else True


def _compared(
    compare: Callable[[str, str], bool], attributes: Mapping[str, str | None], name: str, wanted: str
) -> bool | None:
    if name not in attributes:
        return False
    found = attributes[name]
    return None if found is None else compare(found, wanted)


def _opposite(value: bool | None) -> bool | None:
    return None if value is None else not value


def condition_document(condition: Condition) -> dict[str, object]:
    """Return a condition as CloudEvents writes it."""
    if isinstance(condition, Compared):
        return {condition.dialect.value: dict(condition.values)}
    parts = [condition_document(each) for each in condition.parts]
    return {condition.dialect.value: parts[0] if condition.dialect is Dialect.NOT else parts}

"""Whether what is demanded of data became firmer or looser, and how that is put together from several parts."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable


class Direction(enum.Enum):
    """How a demand moved, seen from those who rely on it."""

    SAME = "same"
    #: Everything that was promised still is, and more.
    TIGHTER = "tighter"
    #: Less is promised.
    LOOSER = "looser"
    #: Something else is promised: what was is not known to hold.
    OTHER = "other"


def together(directions: Iterable[Direction]) -> Direction:
    """Return the direction of a demand whose parts moved so: the worst of them."""
    found = set(directions)
    return next(
        (each for each in (Direction.OTHER, Direction.LOOSER, Direction.TIGHTER) if each in found), Direction.SAME
    )


def of_allowed(before: Collection[str], after: Collection[str]) -> Direction:
    """Return the direction where only some values are allowed: fewer are tighter."""
    old, new = frozenset(before), frozenset(after)
    if old == new:
        return Direction.SAME
    return Direction.TIGHTER if new < old else Direction.LOOSER if new > old else Direction.OTHER

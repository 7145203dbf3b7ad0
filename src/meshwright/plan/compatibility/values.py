"""The values of compatibility: levels, single changes, and what they come to for one dataset or port."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from meshwright.frozen import dataclass


class Level(enum.StrEnum):
    """How much a change asks of those who use what changes, in rising order."""

    #: Nothing that anybody was promised differs.
    NONE = "none"
    #: Something differs, and nobody has to do anything.
    PATCH = "patch"
    #: There is more to use or to rely on, or something that no rule knows differs.
    MINOR = "minor"
    #: Something is gone that users may rely on.
    MAJOR = "major"

    @property
    def rank(self) -> int:
        """0 for none to 3 for major: levels are texts, and texts have another order."""
        return _ORDER.index(self)


_ORDER = tuple(Level)


def greatest(levels: Iterable[Level]) -> Level:
    """Return the greatest of `levels`; none where there are none."""
    return max(levels, key=lambda level: level.rank, default=Level.NONE)


class ChangedKind(enum.StrEnum):
    """What changes."""

    DATASET = "dataset"
    PORT = "port"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing that differs."""

    #: Where, inside the object: ``columns/amount``; in contracts as ODCS writes paths: ``schema/orders/properties/amount``.
    path: str
    #: What kind of change, in snake case: ``column_removed``.
    kind: str
    level: Level
    #: In words that stand alone.
    message: str
    #: Whether those who watch over data should see it, whatever its level: classification, terms, who may read.
    is_policy: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Whom a change reaches; names and addresses, sorted."""

    #: Datasets that are made from what changes, however far down.
    datasets: tuple[str, ...] = ()
    #: Products of those datasets, but the one that changes.
    products: tuple[str, ...] = ()
    #: Names of declared consumers of ports that hold what changes, or one of those datasets.
    consumers: tuple[str, ...] = ()
    #: Where columns break: those that consumers name, and those that are made from them, ``domain.product.dataset.column``.
    columns: tuple[str, ...] = ()
    #: Jobs of outside tools that read what changes, or one of those datasets.
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectChange:
    """All that changes of one dataset or port."""

    #: Its address.
    object: str
    kind: ChangedKind
    #: The greatest of `changes`.
    level: Level
    changes: tuple[Change, ...]
    reaches: Reach = Reach()

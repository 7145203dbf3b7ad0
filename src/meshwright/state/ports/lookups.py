"""What the catalog looks up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from meshwright.model import Version
from meshwright.state.records import ObjectPublication, Pointer, StateStamp


class Lookups(Protocol):
    """What the catalog looks up a request at a time: never all that there is."""

    def stamp(self, environment: str) -> StateStamp:
        """Return what changes with everything that an environment shows."""
        ...

    def newest_versions(self, dataset: str, limit: int = 20) -> tuple[str, ...]:
        """Return the ids of the newest versions of a dataset, those of `Reader.versions_of`."""
        ...

    def pointers_of(
        self, environment: str, objects: Collection[str], generation: int | None = None
    ) -> Mapping[str, Pointer]:
        """Return the pointers of some objects, now or as of a generation, as `Reader.pointers` returns those of all."""
        ...

    def moved_since(self, environment: str, generation: int) -> frozenset[str]:
        """Return the objects whose pointers were opened or closed after a generation, but for what shines through."""
        ...

    def publications(
        self, environment: str, object_: str, *, before: int | None = None, limit: int = 50
    ) -> tuple[ObjectPublication, ...]:
        """Return how the pointer of an object moved, newest first, in the generations that are still kept.

        Those of the environment's own: what a sandbox was laid over is in its base's. `before` leaves away its number and
        all that are newer.
        """
        ...

    def versions_of(
        self, dataset: str, *, before: tuple[dt.datetime | None, str] | None = None, limit: int = 50
    ) -> tuple[Version, ...]:
        """Return versions of a dataset, newest first; `before` is creation and id of the one that they come after."""
        ...

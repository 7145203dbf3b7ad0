"""Jobs, datasets and runs of outside tools."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from meshwright.model.told import (
    Direction,
    FacetOf,
    OutsideFacet,
    OutsideMap,
    OutsideNote,
    OutsideRun,
    OutsideStamp,
    Seen,
    Told,
    ToldUse,
)


class Outside(Protocol):
    """What outside tools told: recorded in any order, any number of times, with the same result."""

    def record(self, told: Told, received_at: dt.datetime) -> None:
        """Record what was told: in one transaction, and as if it had not been where it was recorded before."""
        ...

    def is_empty(self) -> bool:
        """Whether no outside job and no dataset was ever told of."""
        ...

    def stamp(self) -> OutsideStamp:
        """Return how often what was told has changed."""
        ...

    def map(self) -> OutsideMap:
        """Return all jobs, datasets and what the ones do with the others, of one moment."""
        ...

    def seen(self, *, jobs: Collection[str] = (), datasets: Collection[str] = ()) -> Mapping[str, Seen]:
        """Return when some jobs and datasets were heard of, by id."""
        ...

    def edges_of(self, jobs: Collection[str]) -> Mapping[tuple[str, str, Direction], Seen]:
        """Return when some jobs were heard to do what they do, by job, dataset and what is done with it."""
        ...

    def facets(self, of: FacetOf, objects: Collection[str], names: Collection[str] = ()) -> tuple[OutsideFacet, ...]:
        """Return what stands said of some jobs, datasets or runs, by object, what is beside, and name; under some names, or all."""
        ...

    def facet_stamps(self, of: FacetOf, names: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return a text for each facet of some names of all jobs, or datasets: another one where another is said."""
        ...

    def runs(self, job: str, limit: int = 20) -> tuple[OutsideRun, ...]:
        """Return the newest runs of a job, newest first."""
        ...

    def newest_runs(self, jobs: Collection[str]) -> Mapping[str, OutsideRun]:
        """Return the newest run of each of some jobs that has any."""
        ...

    def run(self, id_: str) -> OutsideRun | None:
        """Return a run; None where none of this id is known, or any more."""
        ...

    def runs_called(self, key: str, limit: int = 20) -> tuple[OutsideRun, ...]:
        """Return the runs that their tools call so, each of another job, newest first."""
        ...

    def uses(self, run: str) -> tuple[ToldUse, ...]:
        """Return what a run read and wrote."""
        ...

    def notes(self, about: Mapping[str, Collection[str]], limit: int = 50) -> tuple[OutsideNote, ...]:
        """Return the newest notes about one of the objects, newest first; `about` is ``job``, ``run`` or ``dataset`` -> ids."""
        ...

    def note_digests(self, keys: Collection[str]) -> Mapping[str, str]:
        """Return, of those among keys that notes have, the identity of the body that each came in."""
        ...

"""Triggers, firings, pauses and the events that triggers are asked about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from meshwright.model.firings import Decided, Firing, Pause, ReceivedEvent, Watched
from meshwright.state.records import Lease


class Schedules(Protocol):
    """What the scheduler reads and writes. What it decides is fenced by its lease."""

    def watched(self, environment: str) -> Mapping[str, Watched]:
        """Return the triggers that were seen in an environment, by address."""
        ...

    def open_firings(self, environment: str) -> tuple[Firing, ...]:
        """Return the firings of which something is still to come, in the order of recording."""
        ...

    def firings(self, environment: str, triggers: Collection[str] = (), limit: int = 20) -> tuple[Firing, ...]:
        """Return the newest firings, of some triggers or of all, newest first."""
        ...

    def events(self, limit: int = 20, type_: str | None = None) -> tuple[ReceivedEvent, ...]:
        """Return the newest events, of one type or of all, newest first."""
        ...

    def unhandled_events(self, limit: int = 500) -> tuple[ReceivedEvent, ...]:
        """Return events that triggers were not asked about yet, oldest first."""
        ...

    def known_events(self, source: str, ids: Collection[str]) -> frozenset[str]:
        """Return those among ids that events of a source have."""
        ...

    def pauses(self, environment: str) -> Mapping[str, Pause]:
        """Return what is paused in an environment, by object."""
        ...

    def record(self, lease: Lease, decided: Decided, now: dt.datetime) -> None:
        """Record what was decided. Raises `Fenced` (RefusedError), nothing changed, where the lease is held no more."""
        ...

    def change_firing(self, lease: Lease, firing: Firing) -> None:
        """Record how a firing stands now; one that has ended stays. Raises `Fenced` (RefusedError) as `record`."""
        ...

    def receive(self, events: Sequence[ReceivedEvent]) -> tuple[bool, ...]:
        """Take events in, and say of each whether it is new: one of the same source and id is there already."""
        ...

    def pause(self, pauses: Sequence[Pause]) -> None:
        """Note what is paused; what is paused already keeps its reason."""
        ...

    def resume(self, environment: str, objects: Collection[str], decided: Decided, now: dt.datetime) -> None:
        """Let go on what is paused, and record how its triggers go on."""
        ...

"""Runs that are asked for by URL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

from meshwright.model.requests import RequestedRun

if TYPE_CHECKING:
    from meshwright.state.requests import Queue


class Requests(Protocol):
    """Runs that are asked for by URL. No lease: who has a request is decided by the row as it stands."""

    def submit(self, request: RequestedRun) -> RequestedRun:
        """Record a request, durable when this returns; where one of its key is there, that one is returned and stays."""
        ...

    def submit_once(self, request: RequestedRun) -> RequestedRun:
        """Record a request unless one of its key is there, or one for its run is open: then that one is returned."""
        ...

    def of_key(self, key: str) -> RequestedRun | None:
        """Return the request of a key; None where there is none."""
        ...

    def of_runs(self, run_ids: Collection[str]) -> Mapping[str, RequestedRun]:
        """Return the newest request about each of some runs, by the run's id; of what nobody asked for, nothing."""
        ...

    def like(self, prefix: str) -> RequestedRun | None:
        """Return the newest request about the run of an id, or of the one run whose id begins so (at least 6 characters)."""
        ...

    def queues(self) -> tuple[Queue, ...]:
        """Return what is open, by caller. Cheap: it is asked many times a second."""
        ...

    def started(self) -> tuple[RequestedRun, ...]:
        """Return the requests that were started and have not ended, in the order of recording."""
        ...

    def claim(self, number: int, process: str, now: dt.datetime) -> RequestedRun | None:
        """Take a request that waits, for `process` to start; None where another one was quicker."""
        ...

    def change(self, before: RequestedRun, after: RequestedRun) -> bool:
        """Record how a request stands now, where it stands as `before`; False, with nothing changed, where it does not."""
        ...

    def ask_to_stop(self, number: int, now: dt.datetime) -> RequestedRun | None:
        """Withdraw a request that waits, and mark one that was started; return how it stands then. None: there is none."""
        ...

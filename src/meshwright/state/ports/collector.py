"""What garbage collection reads and deletes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from meshwright.model.inventory import Inventory
from meshwright.state.records import Deleted, Lease, OldEvent, OldTold, ToldHorizon


class Collector(Protocol):
    """What garbage collection does. Every change raises `Fenced` where the collection's lease was lost."""

    def inventory(self, now: dt.datetime, is_gone: Callable[[str], bool]) -> Inventory:
        """Return what there is and what may keep it, all of one moment."""
        ...

    def fence(self, lease: Lease, now: dt.datetime, is_gone: Callable[[str], bool]) -> tuple[str, ...]:
        """Take the leases of runs away that expired or whose holder is gone, and return the runs' ids."""
        ...

    def expire_sandbox(self, lease: Lease, name: str, now: dt.datetime) -> bool:
        """Delete a sandbox that has expired; False where it was used again, is used by a run, or is gone, and where what it is
        provisioned with is to be undone first."""
        ...

    def retain(self, lease: Lease, oldest: Mapping[str, int]) -> None:
        """Note the oldest generation of each environment that can be read from now on."""
        ...

    def mark(self, lease: Lease, needless: Collection[str], needed: Collection[str], now: dt.datetime) -> None:
        """Mark versions and parts as needless since `now`, where they are not yet, and take the marks of others away."""
        ...

    def delete(self, lease: Lease, versions: Mapping[str, dt.datetime]) -> tuple[Deleted, ...]:
        """Delete versions with what is recorded of them, those that still have the mark of the time given."""
        ...

    def delete_parts(self, lease: Lease, parts: Mapping[str, dt.datetime]) -> tuple[Deleted, ...]:
        """As `delete`, for parts; after `delete` and `forget_pages`."""
        ...

    def forget_pages(self, lease: Lease) -> int:
        """Delete the pages that no version lists; return how many. Before parts that they list are deleted."""
        ...

    def forget_generations(self, lease: Lease) -> int:
        """Delete the generations before the oldest of each environment and the pointers that nothing shows any more."""
        ...

    def forget_records(self, lease: Lease, before: dt.datetime | None = None) -> int:
        """Delete revisions that nothing names, evidence on and footprints of what is gone, holds of runs that are over, and
        verdicts from `before` a time on versions that are gone; without it all of those."""
        ...

    def forget_jobs(self, lease: Lease, jobs: Collection[str]) -> tuple[str, ...]:
        """Delete jobs that are over, and whose node no run deals with that goes on; return those that are gone."""
        ...

    def old_firings(self, before: dt.datetime) -> int:
        """Count the firings that ended before a moment and are not the last of their trigger."""
        ...

    def forget_firings(self, lease: Lease, before: dt.datetime) -> int:
        """Delete the firings that `old_firings` counts; return how many."""
        ...

    def old_calls(self, before: dt.datetime) -> int:
        """Count the calls between domains from before a moment."""
        ...

    def forget_calls(self, lease: Lease, before: dt.datetime) -> int:
        """Delete the calls that `old_calls` counts; return how many."""
        ...

    def forget_keyed(self, lease: Lease, before: dt.datetime) -> None:
        """Delete the requests under keys of idempotency from before a moment."""
        ...

    def old_events(self, before: dt.datetime, after: int = 0) -> tuple[OldEvent, ...]:
        """Return a page of the events that triggers were asked about before a moment, those numbered above `after`."""
        ...

    def forget_events(self, lease: Lease, numbers: Collection[int]) -> int:
        """Delete events by number, those that triggers were asked about; return how many."""
        ...

    def old_told(self, horizon: ToldHorizon, standing: Collection[str] | None) -> OldTold:
        """Count what is needless of what outside tools told; datasets `standing` are not, and with None none is."""
        ...

    def forget_told(self, lease: Lease, horizon: ToldHorizon, standing: Collection[str] | None) -> OldTold:
        """Delete what `old_told` counts, in many transactions; return how much it was."""
        ...

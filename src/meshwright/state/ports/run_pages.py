"""Runs page by page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

from meshwright.model.requests import RequestedRun
from meshwright.state.records import LogLine, RunRecord

if TYPE_CHECKING:
    from meshwright.state.run_pages import RunFilter, RunHead, StepChange


class RunPages(Protocol):
    """Runs page by page, and what changed of them."""

    def runs(self, wanted: RunFilter, limit: int) -> tuple[RunRecord, ...]:
        """Return the newest runs of a filter, newest first, in brief."""
        ...

    def runless(self, wanted: RunFilter, limit: int) -> tuple[RequestedRun, ...]:
        """Return the newest requests of which no run is recorded yet, or ever will be; states and product are not looked at."""
        ...

    def heads(self, run_ids: Collection[str]) -> Mapping[str, RunHead]:
        """Return how far each of some runs is, by id; of those that are not recorded nothing. One query, however many."""
        ...

    def changed_steps(self, run_id: str, after: tuple[int, int], limit: int) -> tuple[StepChange, ...]:
        """Return the steps of a run that changed after a place among its changes (revision, position), in that order."""
        ...

    def log_page(self, run_id: str, after: int, limit: int) -> tuple[LogLine, ...]:
        """Return the lines of a run's log after the one of a number, in order."""
        ...

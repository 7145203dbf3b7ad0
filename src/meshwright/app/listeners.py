"""Who listens to a run beside its caller: what prepares the files for plain readers, and what tells OpenLineage of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from meshwright.app.opened import OpenedMesh
from meshwright.app.planning import Prepared
from meshwright.app.readers_ahead import ReadersAhead, readers_ahead
from meshwright.frozen import dataclass
from meshwright.run.events import Event, Listener
from meshwright.run.report import RunReport
from meshwright.state.records import RunRecord

if TYPE_CHECKING:
    from meshwright.app.openlineage import LineageTeller


@dataclass(frozen=True, kw_only=True, slots=True)
class Listeners:
    """All that listen to one run."""

    ahead: ReadersAhead
    #: None where `mesh.yaml` names no place for events.
    teller: LineageTeller | None

    def __call__(self, event: Event, /) -> None:
        """Hand an event to each."""
        self.ahead(event)
        if self.teller is not None:
            self.teller(event)

    def finished(self, report: RunReport, ended_at: dt.datetime) -> RunReport:
        """Tell the end, and return the report with what nobody could be told."""
        return report if self.teller is None else self.teller.finish(report, ended_at)


@contextmanager
def listening(
    opened: OpenedMesh, record: RunRecord, prepared: Prepared, caller: Listener, *, is_resumed: bool
) -> Iterator[Listeners]:
    """Yield those that listen to a run, the caller's own listener among them."""
    with readers_ahead(opened, record.environment, caller) as ahead:
        if not opened.mesh.openlineage.is_on:
            yield Listeners(ahead=ahead, teller=None)
            return
        from meshwright.app.openlineage import LineageTeller  # lazy: http and the like; few meshes have a receiver

        teller = LineageTeller(opened, record, prepared, is_resumed=is_resumed)
        try:
            yield Listeners(ahead=ahead, teller=teller)
        finally:
            teller.close()

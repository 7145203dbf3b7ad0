"""Who listens to a run beside its caller: what prepares the files for plain readers, and what tells OpenLineage of it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from meshwright.app.opened import OpenedMesh
from meshwright.app.planning import Prepared
from meshwright.app.readers_ahead import ReadersAhead, readers_ahead
from meshwright.app.traced import is_installed, is_traced
from meshwright.frozen import dataclass
from meshwright.run.events import Event, Listener
from meshwright.run.report import RunReport
from meshwright.state.records import RunRecord

if TYPE_CHECKING:
    from meshwright.app.openlineage import LineageTeller
    from meshwright.app.tracing import RunTracer

_UNTRACED = "traces are asked for (OTEL_...), and OpenTelemetry is not installed: pip install 'meshwright[otel]'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Listeners:
    """All that listen to one run."""

    ahead: ReadersAhead
    #: None where `mesh.yaml` names no place for events.
    teller: LineageTeller | None
    #: None where nobody asks for traces.
    tracer: RunTracer | None
    #: Whether somebody asks for them, and they cannot be made.
    is_untraced: bool = False

    def __call__(self, event: Event, /) -> None:
        """Hand an event to each."""
        self.ahead(event)
        if self.teller is not None:
            self.teller(event)
        if self.tracer is not None:
            self.tracer(event)

    def finished(self, report: RunReport, ended_at: dt.datetime) -> RunReport:
        """Tell the end, and return the report with what nobody could be told."""
        if self.teller is not None:
            report = self.teller.finish(report, ended_at)
        if self.is_untraced:
            return replace(report, notes=(*report.notes, _UNTRACED))
        return report if self.tracer is None else self.tracer.finish(report)


@contextmanager
def listening(
    opened: OpenedMesh, record: RunRecord, prepared: Prepared, caller: Listener, *, is_resumed: bool
) -> Iterator[Listeners]:
    """Yield those that listen to a run, the caller's own listener among them."""
    with readers_ahead(opened, record.environment, caller) as ahead, ExitStack() as stack:
        teller: LineageTeller | None = None
        if opened.mesh.openlineage.is_on:
            from meshwright.app.openlineage import LineageTeller  # lazy: http and the like; few meshes have a receiver

            teller = stack.enter_context(closing(LineageTeller(opened, record, prepared, is_resumed=is_resumed)))
        tracer: RunTracer | None = None
        is_wanted = is_traced(os.environ)
        if is_wanted and is_installed():
            from meshwright.app.tracing import RunTracer  # lazy: OpenTelemetry

            tracer = stack.enter_context(closing(RunTracer(record)))
        yield Listeners(ahead=ahead, teller=teller, tracer=tracer, is_untraced=is_wanted and tracer is None)

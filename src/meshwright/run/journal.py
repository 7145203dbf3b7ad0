"""Keeps the run's record up to date, in batches, and its lease alive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress

from meshwright.diagnostics import Diagnostic, RefusedError, WorldError
from meshwright.plan.values import Step
from meshwright.run.report import StepReport, StepState
from meshwright.run.world import RunWorld
from meshwright.state.records import InnerStepRecord, LogLine, StepRecord

#: Steps and log lines are written at most this often; a crash loses lines of the record, never data.
_FLUSH_S = 0.5
#: The state is asked this often whether the run is to stop.
_ASK_S = 1.0


class Journal:
    """Collects step records and log lines for the state, and renews the lease. Used by the coordinator's thread."""

    def __init__(self, world: RunWorld) -> None:
        self._world = world
        self._steps: dict[str, StepRecord] = {}
        #: Steps that the record calls running.
        self._running: set[str] = set()
        #: Step -> inner steps by name: what is not written yet, and all of steps that have not ended.
        self._inner: dict[str, dict[str, InnerStepRecord]] = {}
        self._inside: dict[str, dict[str, InnerStepRecord]] = {}
        self._lines: list[LogLine] = []
        self._asked_at = world.clock()
        self._flushed_at = world.clock()
        self._renewed_at = world.clock()

    def step(self, report: StepReport) -> None:
        """Note how a step ended."""
        self._steps[report.key] = step_record(report)
        if report.error is not None:
            self.log("error", report.key, str(report.error))

    def log(self, level: str, step: str | None, text: str) -> None:
        """Note a line, after those that steps have put before."""
        self._take_lines()
        self._lines.append(LogLine(at=self._world.now(), level=level, step=step, text=text))

    def inner(self, step: str, inner: Sequence[InnerStepRecord]) -> None:
        """Note how the inner steps of a step stand; what was noted of them and is not written yet is overtaken."""
        for known in (self._inner, self._inside):
            known.setdefault(step, {}).update((each.name, each) for each in inner)

    def take_inside(self, step: str) -> tuple[InnerStepRecord, ...]:
        """Return the inner steps of a step that has ended, as they stood last, and forget them."""
        self._take_lines()
        return tuple(self._inside.pop(step, {}).values())

    def keep_alive(self, begun: Mapping[str, StepRecord]) -> None:
        """Write what is due, `begun` steps as running, renew the lease, and heed a request to stop.

        Raises RefusedError (MW-R008) where the lease was taken over.
        """
        now = self._world.clock()
        if now - self._flushed_at >= _FLUSH_S:
            # What begins and ends between two writes is written once.
            running = {key: step for key, step in begun.items() if key not in self._running and key not in self._steps}
            self._running.update(running)
            self._steps.update(running)
            self.flush()
        if now - self._asked_at >= _ASK_S:
            self._asked_at = now
            self._heed_request()
        if now - self._renewed_at >= self._world.lease_ttl_s / 3:
            self._renewed_at = now
            if self._world.writer.renew_lease(self._world.lease, self._world.now(), self._world.lease_ttl_s) is None:
                raise RefusedError(
                    Diagnostic(
                        code="MW-R008",
                        message=f"the lease of run {self._world.run_id} was taken over",
                        fix=f"mw runs show {self._world.run_id}",
                    )
                )

    def _heed_request(self) -> None:
        """Stop where somebody asked this very coordinator to."""
        if self._world.stop.is_set():
            return
        with suppress(WorldError):  # asked again soon; a state that is lost ends the run at its next commit
            request = self._world.reader.stop_request(self._world.run_id)
            if request is not None and request.token == self._world.lease.token:
                self.log("warning", None, f"stop asked for by {request.by}")
                self._world.stop.set()
                self._world.session.interrupt()

    def _take_lines(self) -> None:
        """Take what steps have put for the log, and of their tools' graphs, since the last time."""
        while not self._world.lines.empty():
            self._lines.append(self._world.lines.get())
        while not self._world.inner.empty():
            self.inner(*self._world.inner.get())

    def flush(self) -> None:
        """Write everything noted so far."""
        self._flushed_at = self._world.clock()
        self._take_lines()
        if self._steps or self._lines:
            self._world.writer.record_steps(self._world.run_id, tuple(self._steps.values()), tuple(self._lines))
            self._steps, self._lines = {}, []
        for step, inner in self._inner.items():
            self._world.writer.record_inner_steps(self._world.run_id, step, tuple(inner.values()))
        self._inner = {}


def step_record(report: StepReport) -> StepRecord:
    """Return a step's report as the state keeps it."""
    return StepRecord(
        key=report.key,
        dataset=report.dataset,
        action=report.action.value,
        state=report.state.value,
        version=report.version,
        rows=report.rows,
        seconds=report.seconds,
        attempts=report.attempts,
        error=str(report.error) if report.error else None,
        started_at=report.started_at,
        ended_at=report.ended_at,
        inputs=report.inputs,
        costs=report.costs,
    )


def running_record(step: Step, started_at: dt.datetime, inputs: Mapping[str, str]) -> StepRecord:
    """Return the record of a step that has begun."""
    return StepRecord(
        key=step.key,
        dataset=step.dataset,
        action=step.action.value,
        state=StepState.RUNNING.value,
        version=step.version,
        attempts=1,
        started_at=started_at,
        inputs=inputs,
    )

"""Keeps the run's record up to date, in batches, and its lease alive."""

from __future__ import annotations

from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.run.report import StepReport
from meshwright.run.world import RunWorld
from meshwright.state.records import LogLine, StepRecord

#: Steps and log lines are written at most this often; a crash loses lines of the record, never data.
_FLUSH_S = 0.5


class Journal:
    """Collects step records and log lines for the state, and renews the lease. Used by the coordinator's thread."""

    def __init__(self, world: RunWorld) -> None:
        self._world = world
        self._steps: dict[str, StepRecord] = {}
        self._lines: list[LogLine] = []
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

    def keep_alive(self) -> None:
        """Write what is due, and renew the lease. Raises RefusedError (MW-R008) where it was taken over."""
        now = self._world.clock()
        if now - self._flushed_at >= _FLUSH_S:
            self.flush()
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

    def _take_lines(self) -> None:
        """Take what steps have put for the log since the last time."""
        while not self._world.lines.empty():
            self._lines.append(self._world.lines.get())

    def flush(self) -> None:
        """Write everything noted so far."""
        self._flushed_at = self._world.clock()
        self._take_lines()
        if self._steps or self._lines:
            self._world.writer.record_steps(self._world.run_id, tuple(self._steps.values()), tuple(self._lines))
            self._steps, self._lines = {}, []


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
    )

"""The verb `runs stop`: ask whoever carries a run out to stop, on whatever host that is."""

from __future__ import annotations

import time
from collections.abc import Callable

from meshwright.app.clock import utc_now
from meshwright.app.holding import lease_name
from meshwright.app.opened import open_mesh
from meshwright.app.run_finding import as_it_is, is_live, require_run
from meshwright.app.workspace import Workspace, who
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass
from meshwright.state.protocol import Reader, State
from meshwright.state.records import RunRecord, RunState, StopRequest

_LOOK_S = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class StopReport:
    """Answer of `runs stop`."""

    run_id: str
    state: RunState
    #: Runs that were asked to stop: this one, and those that it has started and that go on.
    asked: tuple[str, ...]
    seconds: float

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.state is not RunState.RUNNING


def stop_run(
    workspace: Workspace, run_id: str, wait_s: float = 30.0, pause: Callable[[float], None] = time.sleep
) -> StopReport:
    """Ask the coordinator of a run to stop, and wait until it has, but no longer than `wait_s`.

    The coordinator sees the request within two seconds, ends what it is doing and records the run as interrupted; what was
    committed is kept. Raises InputError: MW-R005 where there is no such run, MW-R080 where nobody carries it out.
    """
    started = time.monotonic()
    with open_mesh(workspace, "prod") as opened:
        reader = opened.state.reader
        run = require_run(reader, run_id)
        asked = ask_to_stop(run, opened.state)
        if not asked:
            raise InputError(nothing_to_stop(run.id, run.state))
        state = run.state
        while True:
            state = as_it_is(require_run(reader, run.id), reader).state
            if state is not RunState.RUNNING or time.monotonic() - started >= wait_s:
                break
            pause(_LOOK_S)
    return StopReport(run_id=run.id, state=state, asked=asked, seconds=time.monotonic() - started)


def ask_to_stop(run: RunRecord, state: State) -> tuple[str, ...]:
    """Ask whoever carries a run out to stop, and the runs that it has started; return those that were asked.

    None where nobody carries it out (yet).
    """
    if not _ask(run, state):
        return ()
    return (run.id, *(child.id for child in _going_on(run, state.reader) if _ask(child, state)))


def _ask(run: RunRecord, state: State) -> bool:
    """Ask the coordinator of a run to stop; whether there is one. Asked twice it is asked once."""
    lease = state.reader.lease(lease_name(run.id))
    if run.state is not RunState.RUNNING or lease is None or not is_live(lease):
        return False
    state.writer.request_stop(StopRequest(run_id=run.id, token=lease.token, at=utc_now(), by=who()))
    return True


def _going_on(run: RunRecord, reader: Reader) -> list[RunRecord]:
    """Return the runs that a run started, and those that they started, where they have not ended."""
    found: list[RunRecord] = []
    ids = {run.id}
    while ids:
        started = [each for each in reader.runs_started_by(ids) if each not in found]
        found += started
        ids = {each.id for each in started}
    return [each for each in found if each.state is RunState.RUNNING]


def nothing_to_stop(run_id: str, state: RunState) -> Diagnostic:
    """Say why a run cannot be asked to stop."""
    if state is RunState.RUNNING:
        return Diagnostic(
            code="MW-R080",
            message=f"nobody carries run {run_id} out: its process is gone",
            fix=f"mw runs resume {run_id} goes on with it",
        )
    words = "was interrupted" if state is RunState.INTERRUPTED else f"has {state.value}"
    if state in {RunState.STOPPED, RunState.PARTIAL}:
        words = f"has ended: {state.value}"
    return Diagnostic(
        code="MW-R080", message=f"run {run_id} {words}", fix=f"mw runs show {run_id} shows what it has done"
    )

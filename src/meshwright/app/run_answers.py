"""What the command that carried a run out answered with, put together again from the records: of a run, a repetition, a promotion.

Whoever asked for it by URL, or was not there when it ended, gets what `mw run --json`, `mw runs repeat` or `mw promote` print.
"""

from __future__ import annotations

import json

from meshwright.app.opened import open_mesh
from meshwright.app.promotion_answers import Promotion, recorded_promotion
from meshwright.app.repeat import Repetition, recorded_repetition
from meshwright.app.requested_runs import DEFAULT_ENVIRONMENT
from meshwright.app.run_finding import as_it_is, has_come_to_its_end, is_repetition, no_run
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import (
    Diagnostic,
    InputError,
    InterruptedRun,
    MeshwrightError,
    RefusedError,
    Severity,
    SourceSpan,
    WorldError,
)
from meshwright.model.requests import OPEN_REQUESTS, RequestedRun, RequestState
from meshwright.run.costs import recorded_costs
from meshwright.run.recorded import recorded_report
from meshwright.run.report import RunReport
from meshwright.state.protocol import State
from meshwright.state.records import RunRecord, RunState

RunAnswer = RunReport | Repetition | Promotion

#: What an error is by the exit status with which a command told it.
_KINDS: dict[int, type[MeshwrightError]] = {1: RefusedError, 2: InputError, 3: WorldError, 130: InterruptedRun}


def run_answer(workspace: Workspace, run_id: str) -> RunAnswer:
    """Return what came of a run, by its id or a unique prefix.

    Raises InputError (MW-R005) where there is none, RefusedError (MW-H309) while it waits or goes on, WorldError (MW-H310) where
    it left no answer, InterruptedRun (MW-H311) where it was stopped before it began, and whatever refused it before it began.
    """
    with open_mesh(workspace, DEFAULT_ENVIRONMENT) as opened:
        state = opened.state
        run = state.reader.run(run_id)
        request = state.requests.like(run_id if run is None else run.id)
        if run is None and request is None:
            raise no_run(run_id)
        if request is not None and request.state in OPEN_REQUESTS:
            # The worker writes a little later that it has ended.
            if run is None or not has_come_to_its_end(run, request):
                raise _goes_on(request.run_id)
            return _answer(state, run)
        if request is not None and (run is None or _is_later(request, run)):
            raise _nothing_came(request)
        assert run is not None  # one of the two was found
        return _answer(state, as_it_is(run, state.reader))


def _is_later(request: RequestedRun, run: RunRecord) -> bool:
    """Whether a request to go on with a run came to nothing, after what the run's record tells."""
    if request.state not in {RequestState.FAILED, RequestState.WITHDRAWN}:
        return False
    return run.report == "{}" or run.finished_at is None or run.finished_at < request.requested_at


def _answer(state: State, run: RunRecord) -> RunAnswer:
    if run.state is RunState.RUNNING:
        raise _goes_on(run.id)
    document = json.loads(run.report)
    if not document:
        raise WorldError(
            Diagnostic(
                code="MW-H310",
                message=f"run {run.id} was cut off, and left no answer",
                fix=f"mw runs resume {run.id} goes on with it; mw runs show {run.id} shows what it has done",
            )
        )
    report = recorded_report(document, recorded_costs(run.costs))
    if "promote" in json.loads(run.options):
        return recorded_promotion(state.reader, run, report)
    if is_repetition(run) and run.parent is not None and (repeated := state.reader.run(run.parent)) is not None:
        return recorded_repetition(state.reader, repeated, run, report)
    return report


def _goes_on(run_id: str) -> RefusedError:
    return RefusedError(
        Diagnostic(
            code="MW-H309",
            message=f"run {run_id} has not ended",
            fix=f"follow it: GET /api/v1/runs/{run_id}/stream ends when it does; or ask again in a moment",
        )
    )


def _nothing_came(request: RequestedRun) -> MeshwrightError:
    """Return why no run came of a request, as its command told it."""
    if request.state is RequestState.WITHDRAWN:
        message = f"run {request.run_id} was stopped before it began: nothing was done"
        return InterruptedRun(Diagnostic(code="MW-H311", message=message, fix="ask for it again"))
    told = json.loads(request.error) if request.error else None
    if told is None:
        fix = f"mw runs show {request.run_id} shows what it has done; ask for it again when the cause is gone"
        return WorldError(Diagnostic(code="MW-H310", message=f"run {request.run_id}: {request.reason}", fix=fix))
    kind = _KINDS.get(told.get("exit_status"), WorldError if told["retryable"] else InputError)
    return kind(*map(_diagnostic, told["diagnostics"] or (told,)))


def _diagnostic(told: dict[str, object]) -> Diagnostic:
    file, thing, fix = told["file"], told.get("object"), told["fix"]
    return Diagnostic(
        code=str(told["code"]),
        message=str(told["message"]),
        severity=Severity(str(told.get("severity", "error"))),
        span=None
        if file is None
        else SourceSpan(file=str(file), line=int(str(told["line"])), column=int(str(told["column"]))),
        fix=None if fix is None else str(fix),
        object=None if thing is None else str(thing),
    )

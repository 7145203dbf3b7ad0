"""The verbs `runs list` and `runs show`."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from meshwright.app.opened import open_mesh
from meshwright.app.processes import is_gone
from meshwright.app.reports import RunDetail
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.state.protocol import Reader
from meshwright.state.records import RunRecord, RunState


def list_runs(workspace: Workspace, limit: int = 20) -> tuple[RunRecord, ...]:
    """Return the newest runs, newest first. A run whose process died here counts as interrupted."""
    with open_mesh(workspace, "prod") as opened:
        reader = opened.state.reader
        return tuple(_as_it_is(run, reader) for run in reader.runs(limit))


def show_run(workspace: Workspace, run_id: str) -> RunDetail:
    """Return a run by its id or a unique prefix, with steps and log. Raises InputError (MW-R005)."""
    with open_mesh(workspace, "prod") as opened:
        reader = opened.state.reader
        run = reader.run(run_id)
        if run is None:
            raise InputError(
                Diagnostic(code="MW-R005", message=f"no run {run_id!r}", fix="mw runs list shows the recent ones")
            )
        lease = reader.lease(f"run:{run.id}")
        is_held = lease is not None and lease.expires_at > dt.datetime.now(dt.UTC) and not is_gone(lease.holder)
        return RunDetail(
            run=_as_it_is(run, reader), steps=reader.steps(run.id), logs=reader.logs(run.id), is_held=is_held
        )


def _as_it_is(run: RunRecord, reader: Reader) -> RunRecord:
    """A record says `running` until its coordinator ends it; one that was killed cannot."""
    if run.state is not RunState.RUNNING:
        return run
    lease = reader.lease(f"run:{run.id}")
    return replace(run, state=RunState.INTERRUPTED) if lease is not None and is_gone(lease.holder) else run

"""The verbs `runs list` and `runs show`."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from meshwright.app.holding import lease_name
from meshwright.app.opened import open_mesh
from meshwright.app.processes import is_gone
from meshwright.app.reports import RunDetail, RunLog
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
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


def run_log(workspace: Workspace, run_id: str | None = None, dataset: str | None = None) -> RunLog:
    """Return the log of a run by its id or a unique prefix, of the newest without. Raises InputError (MW-R005, MW-R011)."""
    with open_mesh(workspace, "prod") as opened:
        reader = opened.state.reader
        run = reader.run(run_id) if run_id is not None else next(iter(reader.runs(1)), None)
        if run is None:
            message = f"no run {run_id!r}" if run_id else "no run yet"
            raise InputError(Diagnostic(code="MW-R005", message=message, fix="mw runs list shows the recent ones"))
        lines = reader.logs(run.id)
        if dataset is None:
            return RunLog(run_id=run.id, dataset=None, lines=lines)
        datasets = {step.dataset for step in reader.steps(run.id) if step.dataset}
        if dataset not in datasets:
            raise InputError(
                Diagnostic(
                    code="MW-R011",
                    message=f"run {run.id} has no step for dataset {dataset!r}",
                    fix=known_names_hint(dataset, datasets, what="datasets"),
                )
            )
        own = tuple(line for line in lines if line.step is not None and line.step.partition(":")[2] == dataset)
        return RunLog(run_id=run.id, dataset=dataset, lines=own)


def _as_it_is(run: RunRecord, reader: Reader) -> RunRecord:
    """A record says `running` until its coordinator ends it; one that was killed, or lost its lease, cannot."""
    if run.state is not RunState.RUNNING:
        return run
    lease = reader.lease(lease_name(run.id))
    # Of a coordinator on another host nothing is known but that it renews its lease while it lives.
    is_over = lease is not None and (
        not lease.holder or is_gone(lease.holder) or lease.expires_at <= dt.datetime.now(dt.UTC)
    )
    return replace(run, state=RunState.INTERRUPTED) if is_over else run

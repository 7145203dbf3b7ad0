"""The verbs `runs list`, `runs show` and `runs logs`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from meshwright.app.holding import lease_name
from meshwright.app.opened import open_mesh
from meshwright.app.reports import ListedRun, RunDetail, RunLog
from meshwright.app.run_finding import as_it_is, is_live, require_run, steps_of
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.run.costs import RunCosts, recorded_costs, summed_steps
from meshwright.state.protocol import Reader
from meshwright.state.records import LogLine, RunRecord, RunState

#: How often a log that is followed is read on.
_FOLLOW_S = 0.5


def list_runs(workspace: Workspace, limit: int = 20) -> tuple[RunRecord, ...]:
    """Return the newest runs, newest first. A run whose process died here counts as interrupted."""
    with open_mesh(workspace, "prod") as opened:
        reader = opened.state.reader
        return tuple(as_it_is(run, reader) for run in reader.runs(limit))


def run_trees(workspace: Workspace, limit: int = 20) -> tuple[ListedRun, ...]:
    """Return the newest runs, newest first, and below each those that it started or that repeat it, oldest first."""
    with open_mesh(workspace, "prod") as opened:
        reader = opened.state.reader
        newest = reader.runs(limit, brief=True)
        found = {run.id: run for run in newest}
        below = _children(newest, reader)
        found.update((run.id, run) for children in below.values() for run in children)
        roots = [run for run in newest if run.parent not in found]
        return tuple(
            replace(listed, run=as_it_is(listed.run, reader)) for root in roots for listed in _tree(root, below, 0)
        )


def _children(runs: Sequence[RunRecord], reader: Reader) -> dict[str, list[RunRecord]]:
    """Return the runs that these started, and those that they started, by the id of the one that did."""
    below: dict[str, list[RunRecord]] = {}
    asked: set[str] = set()
    ids = {run.id for run in runs}
    while ids := ids - asked:
        asked |= ids
        started = reader.runs_started_by(ids)
        for run in started:
            below.setdefault(run.parent or "", []).append(run)
        ids = {run.id for run in started}
    return below


def _tree(run: RunRecord, below: dict[str, list[RunRecord]], depth: int) -> Iterator[ListedRun]:
    yield ListedRun(run=run, depth=depth)
    for child in below.get(run.id, ()):
        yield from _tree(child, below, depth + 1)


def show_run(workspace: Workspace, run_id: str) -> RunDetail:
    """Return a run by its id or a unique prefix, with steps, log and the runs that it started. Raises InputError (MW-R005)."""
    with open_mesh(workspace, "prod") as opened:
        reader = opened.state.reader
        run = require_run(reader, run_id)
        lease = reader.lease(lease_name(run.id))
        steps = reader.steps(run.id)
        costs = recorded_costs(run.costs)
        if not costs.products:
            costs = RunCosts(products=summed_steps(steps), prices=costs.prices)
        return RunDetail(
            run=as_it_is(run, reader),
            steps=steps,
            inner=reader.inner_steps(run.id),
            logs=reader.logs(run.id),
            is_held=lease is not None and is_live(lease),
            children=tuple(as_it_is(child, reader) for child in reader.runs_started_by({run.id})),
            costs=costs if costs.prices else replace(costs, prices=opened.mesh.prices),
            request=opened.state.requests.of_runs([run.id]).get(run.id),
        )


def run_log(
    workspace: Workspace, run_id: str | None = None, dataset: str | None = None, search: str | None = None
) -> RunLog:
    """Return the log of a run by its id or a unique prefix, of the newest without. Raises InputError (MW-R005, MW-R011).

    `dataset` is the address of one, or the last part of it; `search` a text that lines hold, in whatever case.
    """
    with open_mesh(workspace, "prod") as opened:
        reader = opened.state.reader
        run = _run_or_newest(reader, run_id)
        wanted = _wanted(reader, run, dataset, search)
        return RunLog(run_id=run.id, dataset=dataset, search=search, lines=tuple(filter(wanted, reader.logs(run.id))))


def follow_log(
    workspace: Workspace,
    run_id: str | None = None,
    dataset: str | None = None,
    search: str | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[LogLine]:
    """Yield the lines of a run's log, those that are there and then each that comes, until the run has ended.

    It reads the state: whoever executes the run, on whatever host. Raises as `run_log`.
    """
    with open_mesh(workspace, "prod") as opened:
        reader = opened.state.reader
        run = _run_or_newest(reader, run_id)
        wanted = _wanted(reader, run, dataset, search)
        last = 0
        while True:
            # Asked before the log is read: what is written before the end is read after it.
            is_over = as_it_is(require_run(reader, run.id), reader).state is not RunState.RUNNING
            for line in reader.logs(run.id, after=last):
                last = line.number
                if wanted(line):
                    yield line
            if is_over:
                return
            pause(_FOLLOW_S)


def _run_or_newest(reader: Reader, run_id: str | None) -> RunRecord:
    if run_id is not None:
        return require_run(reader, run_id)
    newest = next(iter(reader.runs(1, brief=True)), None)
    if newest is None:
        raise InputError(Diagnostic(code="MW-R005", message="no run yet", fix="mw runs list shows the recent ones"))
    return newest


def _wanted(reader: Reader, run: RunRecord, dataset: str | None, search: str | None) -> Callable[[LogLine], bool]:
    """Return what tells the lines that are asked for."""
    keys = None if dataset is None else steps_of(reader, run, dataset)[1]
    text = search.casefold() if search else None

    def is_wanted(line: LogLine) -> bool:
        return (keys is None or line.step in keys) and (text is None or text in line.text.casefold())

    return is_wanted

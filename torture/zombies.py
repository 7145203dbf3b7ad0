"""Coordinators that stand still past their lease, are overtaken, and wake up.

A run is stopped (SIGSTOP) at a crash point, its lease runs out, and another process takes over: it resumes the run, or
clears the waste away (`verify --repair`) and runs anew. Then the first one goes on (SIGCONT). It may end as it likes, with
a diagnostic and without a traceback, but it publishes nothing, and what stands is whole.

That the lease has run out is written into the state, to save a minute each time; one trial in twenty waits it out.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from meshwright.app.apply import RunOptions, apply, resume
from meshwright.app.holding import LEASE_TTL_S
from meshwright.app.repair import repair
from meshwright.app.runs import list_runs, show_run
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import CrashPoint
from meshwright.state.records import RunState
from torture.meshes import change_data, torture_mesh
from torture.outcome import STATE, damage, generation, half_visible, survived, wrong_end
from torture.report import Proof, Tally, main
from torture.victims import Crash, Victim, Victims

PROOF = Proof(
    test="zombies",
    claim="coordinators stopped past their lease and overtaken: they wake up and publish nothing",
    unit="zombies",
    short=2,
    long=60,
)
#: Where no lock of the database is held: who stops with one keeps everybody out, which is another matter.
_POINTS = (
    CrashPoint.RUN_RECORDED,
    CrashPoint.FILES_WRITTEN,
    CrashPoint.FILES_SYNCED,
    CrashPoint.FOLDERS_SYNCED,
    CrashPoint.VERSIONS_SEALED,
    CrashPoint.VERSIONS_COMMITTED,
    CrashPoint.EVIDENCE_MEASURED,
    CrashPoint.EVIDENCE_RECORDED,
    CrashPoint.PUBLICATION_READY,
    CrashPoint.PUBLISHED,
    CrashPoint.RUN_OVER,
)
_WAITED_OUT = 20


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Make `n` zombies."""
    tally, chance, victims = Tally(), random.Random(seed), Victims(folder)
    start = torture_mesh(folder / "start")
    apply(open_workspace(start), RunOptions())
    change_data(start, 1)
    for number in range(n):
        root = folder / "trial"
        shutil.copytree(start, root)
        crash = Crash(point=_POINTS[number % len(_POINTS)].value, count=chance.randint(1, 2), signal=signal.SIGSTOP)
        if crash.point in {CrashPoint.RUN_RECORDED, CrashPoint.RUN_OVER}:
            crash = Crash(point=crash.point, signal=signal.SIGSTOP)
        victim = victims.start(root, "run", "--json", crash=crash)
        try:
            problem = _trial(root, victim, chance, waits=number % _WAITED_OUT == _WAITED_OUT - 1)
        finally:
            victim.kill()
            victim.wait()
        tally.trial(None if problem is None else f"seed {seed}, trial {number}, {crash.point}: {problem}")
        shutil.rmtree(root)
    return tally


def _trial(root: Path, victim: Victim, chance: random.Random, *, waits: bool) -> str | None:
    deadline = time.monotonic() + 60
    while not victim.has_stopped:
        if time.monotonic() > deadline or victim.process.exitcode is not None:
            return f"did not come to stand: {victim.process.exitcode}"
        time.sleep(0.01)
    workspace = open_workspace(root)
    (run, *_) = list_runs(workspace)
    if waits:
        time.sleep(LEASE_TTL_S + 5)
    else:
        with closing(sqlite3.connect(root / STATE, timeout=30)) as connection, connection:
            connection.execute("update leases set expires_at = 1 where name = ?", (f"run:{run.id}",))
    by_resume = chance.random() < 0.5
    if not by_resume:
        repair(workspace, orphan_age_s=0)
    report = resume(workspace, run.id) if by_resume else apply(workspace, RunOptions())
    if report.state is not RunState.SUCCEEDED:
        return f"who took over {report.state.value}: {report.error}"
    before = generation(root)
    taken = show_run(workspace, run.id).run if by_resume else None
    os.kill(victim.pid, signal.SIGCONT)
    ended = victim.wait()
    problem = wrong_end(ended, frozenset({0, 1, 3})) or half_visible(root) or damage(root, is_settled=True)
    if problem is not None:
        return problem
    if generation(root) != before:
        return f"the zombie published generation {generation(root)}"
    if taken is not None and show_run(workspace, run.id).run != taken:
        return "the zombie wrote over the record of who took over"
    return survived(root)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))

"""kill -9 of coordinators while jobs of tools run outside: whoever goes on takes the job up, and it is started once.

Real processes, real tools and servers. A run is killed at random moments from when its job is recorded, and gone on with: by
`runs resume`, or by another plain run; half of the nodes run in every run (`refresh: always`), so that another run has another
trigger. How often the job was started is counted on the outside. The short form tries tools that need no server and no
installation; the long one Airflow, Dagster, Prefect, dbt, SQLMesh, Spark and notebooks as well, one after the other. A trial whose
job the tool itself gave up (a flow run that Prefect says crashed), and that was begun once at most, is told and tried again.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from meshwright.app.query import QueryOptions, query
from meshwright.app.workspace import open_workspace
from meshwright.state.database import open_state
from meshwright.state.protocol import State
from torture.outside_jobs import OUTSIDE_JOBS, OutsideJob, write_mesh
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="outside_kills",
    claim="kill -9 of the coordinator while a job of a tool runs outside (shell, REST, notebook, dbt, SQLMesh, Spark, Prefect, "
    "Dagster, Airflow), gone on with by `runs resume` or another run: taken up, started exactly once, published",
    unit="kills",
    short=2,
    long=90,
)
_STATE = "sqlite:///.meshwright/state.db"
#: How long a run may take before its job is recorded, and until its end.
_BEGINS_S = 60.0
_PATIENCE_S = 300.0
#: A coordinator is killed so long after its job is recorded, or after it began to go on with one, at most.
_KILLED_WITHIN_S = 4.0
_MOST_KILLS = 3
#: Trials of a tool that say nothing, as the tool itself gave the job up; further ones are failures.
_MOST_GIVEN_UP = 3


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Kill `n` times, of each tool as often."""
    tally = Tally()
    names = list(OUTSIDE_JOBS)[:n]
    for place, name in enumerate(names):
        share = n // len(names) + (place < n % len(names))
        prove_tool(name, share, seed, folder, tally)
    return tally


def prove_tool(name: str, n: int, seed: int, folder: Path, tally: Tally) -> None:
    """Kill coordinators of jobs of one tool `n` times."""
    chance = random.Random(f"{seed} {name}")
    own = folder / name
    (own / "server").mkdir(parents=True)
    until, number, given_up = tally.n + n, 0, 0
    with OUTSIDE_JOBS[name](own / "server") as job:
        while tally.n < until:
            number += 1
            trial = _Trial(
                job=job,
                root=own / f"trial-{number}",
                number=number,
                kills=chance.randint(1, min(_MOST_KILLS, until - tally.n)),
                is_always=chance.random() < 0.5,
                is_resumed=chance.random() < 0.5,
            )
            kills, problem = _tried(trial, chance)
            reason = job.gave_up(trial.product) if problem and job.started(trial.product) <= 1 else None
            if reason and given_up < _MOST_GIVEN_UP:
                given_up += 1
                sys.stderr.write(f"{PROOF.test}: {name} {number} says nothing, tried again: {reason}; {problem}\n")
                continue
            for _ in range(kills - 1 if problem else kills):
                tally.trial(None)
            if problem:
                tally.trial(f"seed {seed}, {name} {number}, {trial.words}: {problem}")
            else:
                shutil.rmtree(trial.root)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Trial:
    job: OutsideJob
    root: Path
    number: int
    kills: int
    is_always: bool
    is_resumed: bool

    @property
    def product(self) -> Path:
        """Folder of the product that the mesh of the trial has."""
        return self.root / f"domains/ops/p{self.number}"

    @property
    def words(self) -> str:
        """What is tried, in words that let one repeat it."""
        refresh = "refresh: always" if self.is_always else "plain"
        return f"{self.kills} kills, {refresh}, then {'resumed' if self.is_resumed else 'run again'}"


def _tried(trial: _Trial, chance: random.Random) -> tuple[int, str | None]:
    """Kill, go on and judge; return how often a run was killed, and what was wrong."""
    product = write_mesh(trial.root, trial.job, trial.number, always=trial.is_always)
    state = open_state(_STATE, root=trial.root, create=True)
    try:
        words = ["run"]
        for kill in range(trial.kills):
            run = _started(trial.root, words)
            if kill == 0 and not _is_recorded(state, run):
                return 1, f"no job was recorded: {_ended(run)}"
            time.sleep(chance.random() * _KILLED_WITHIN_S)
            is_over = run.poll() is not None
            run.kill()
            run.wait()
            if is_over:  # before it was to be killed
                return max(1, kill), _ended(run) or _judged(trial, product)
            words = ["runs", "resume", state.reader.runs(1, brief=True)[0].id] if trial.is_resumed else ["run"]
        return trial.kills, _ended(_started(trial.root, words)) or _judged(trial, product)
    finally:
        state.close()


def _started(root: Path, words: list[str]) -> subprocess.Popen[str]:
    with (root / "run.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "meshwright", "-C", str(root), *words], stdout=log, stderr=log, text=True
        )


def _is_recorded(state: State, run: subprocess.Popen[str]) -> bool:
    until = time.monotonic() + _BEGINS_S
    while not state.reader.open_jobs():
        if run.poll() is not None or time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _ended(run: subprocess.Popen[str]) -> str | None:
    """Wait for the end of a run; return what was wrong with it."""
    root = Path(run.args[4])  # type: ignore[index]
    try:
        status = run.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        run.kill()
        run.wait()
        return f"no end within {_PATIENCE_S:.0f} s: {(root / 'run.log').read_text()[-2000:]}"
    return None if status == 0 else f"status {status}: {(root / 'run.log').read_text()[-2000:]}"


def _judged(trial: _Trial, product: str) -> str | None:
    started = trial.job.started(trial.product)
    if started != 1:
        return f"the job was started {started} times"
    answer = query(open_workspace(trial.root), QueryOptions(text=f"select n from {product}.done"))
    try:
        rows = [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()
    return None if rows == [{"n": 1}] else f"{product}.done holds {rows}"


if __name__ == "__main__":
    sys.exit(main(PROOF, prove))

"""Events sent while workers, and the runs that they start, are killed: each event is one run that succeeded, none lost.

Real processes, a real state. Senders send some events twice; workers are killed at random, one after the other, and now and
then a run is killed as well, to be gone on with.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from meshwright.app.processes import is_gone
from meshwright.app.scheduling_events import send_events
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.model.firings import Firing, FiringState
from meshwright.state.database import open_state
from meshwright.state.protocol import State
from meshwright.state.records import RunState
from tests.meshes import write_file
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="event_kills",
    claim="events sent, some of them twice, while the worker is killed for every twentieth of them and runs are killed too: "
    "each event is one run that succeeded with the event's own parameters",
    unit="events",
    short=20,
    long=1000,
)
_PRODUCTS = 4
_EVENTS_A_KILL = 20
#: A proof that does not come to an end has failed.
_PATIENCE_S = 120.0
_STATE = "sqlite:///.meshwright/state.db"


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Send `n` events to a mesh whose workers are killed."""
    rng = random.Random(seed)
    workspace = open_workspace(_mesh(folder / "mesh"))
    kills = max(2, n // _EVENTS_A_KILL)
    state = open_state(_STATE, root=workspace.root)
    try:
        _send_while_killing(workspace, state, n, kills, rng)
        problem = _finish(workspace, state, n)
        return _judged(state, n, problem)
    finally:
        state.close()


def _mesh(root: Path) -> Path:
    write_file(root, "mesh.yaml", "meshwright: 1\nname: events\ndomains: [domains/*]\n")
    write_file(root, "domains/shop/domain.yaml", "name: shop\npurpose: Selling.\nowners: [team:shop]\n")
    for number in range(_PRODUCTS):
        product = f"domains/shop/p{number}"
        trigger = f"{{event: org.example.e{number}, params: {{n: data.n}}, name: closed}}"
        params = "params: {n: {type: integer, default: 0}}"
        write_file(root, f"{product}/pipeline.yaml", f"{params}\ntriggers: [{trigger}]\n")
        write_file(root, f"{product}/models/last.sql", "select $n as n\n")
    return root


def _event(number: int) -> dict[str, object]:
    kind = f"org.example.e{number % _PRODUCTS}"
    return {"specversion": "1.0", "id": str(number), "source": "/shop", "type": kind, "data": {"n": number}}


def _send_while_killing(workspace: Workspace, state: State, n: int, kills: int, rng: random.Random) -> None:
    """Send a few events, let a worker work for a moment, kill it; again and again."""
    sent = 0
    for kill in range(kills):
        worker = _worker(workspace)
        until = n * (kill + 1) // kills
        while sent < until:
            batch = [_event(number) for number in range(sent, min(until, sent + rng.randint(1, 7)))]
            sent += len(batch)
            again = [_event(rng.randrange(sent))]
            send_events(workspace, json.dumps([*batch, *again]).encode(), "batch")
            time.sleep(rng.random() * 0.1)
        time.sleep(0.6 + rng.random() * 3)
        if rng.random() < 0.5:
            _kill_a_run(state)
        worker.send_signal(signal.SIGKILL)
        worker.wait()


def _worker(workspace: Workspace, *words: str) -> subprocess.Popen[bytes]:
    with (workspace.root / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "meshwright", "-C", str(workspace.root), "worker", "--parallel", "3", *words],
            stdout=log,
            stderr=log,
        )


def _kill_a_run(state: State) -> None:
    for firing in state.schedules.open_firings("prod"):
        if firing.state is FiringState.STARTED and firing.process and not is_gone(firing.process):
            with suppress(ProcessLookupError):
                os.kill(int(json.loads(firing.process)["pid"]), signal.SIGKILL)
            return


def _finish(workspace: Workspace, state: State, n: int) -> str | None:
    """Let a last worker come to an end that nobody kills."""
    worker = _worker(workspace, "--until-idle")
    before, since = -1, time.monotonic()
    while worker.poll() is None:
        ended = sum(not firing.is_open for firing in state.schedules.firings("prod", limit=10 * n))
        if ended != before:
            before, since = ended, time.monotonic()
        if time.monotonic() - since > _PATIENCE_S:
            worker.kill()
            worker.wait()
            return f"no end: {ended} of {n} firings have ended, and none more for {_PATIENCE_S:.0f} s"
        time.sleep(0.1)
    return None if worker.returncode == 0 else f"the last worker ended with status {worker.returncode}"


def _judged(state: State, n: int, problem: str | None) -> Tally:
    """Hold every event against its firings and its runs."""
    tally = Tally()
    firings: dict[str, list[Firing]] = {}
    for firing in state.schedules.firings("prod", limit=10 * n):
        for name in firing.events:
            firings.setdefault(name, []).append(firing)
    runs = state.reader.runs(10 * n, brief=True)
    starts: Counter[str] = Counter()
    good: set[str] = set()
    for run in runs:
        options = json.loads(run.options)
        [name] = options.get("cause", {}).get("events", [""])
        starts[name] += 1
        if run.state is RunState.SUCCEEDED and options["params"] == {"n": name.partition(" ")[2]}:
            good.add(name)
    for number in range(n):
        name = f"/shop {number}"
        own = firings.get(name, [])
        words = [f"{each.state.value} {each.outcome} {each.reason}" for each in own]
        is_one = len(own) == 1 and own[0].state is FiringState.ENDED and starts[name] == 1 and name in good
        tally.trial(None if is_one else f"event {number}: {starts[name]} runs, firings {words}; {problem}")
    if problem is not None and not tally.failures:
        tally.trial(problem)
    return tally


if __name__ == "__main__":
    sys.exit(main(PROOF, prove))

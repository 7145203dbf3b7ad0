"""Runs asked for by URL while the server, its worker, its launcher and the runs are killed: each key is one run that succeeded.

Real processes, a real state, real HTTP. A client sends each request under a key of its own until it is answered, some of them
again later; after every few requests something is killed at random. In the end a last server that nobody kills finishes what is
open.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx

from meshwright.app.processes import is_gone
from meshwright.state.database import open_state
from meshwright.state.protocol import State
from meshwright.state.records import RunState
from tests.http.serving import Serving, serving
from tests.meshes import write_file
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="requested_runs",
    claim="runs are asked for by URL, each under a key, some of them again, while server, worker, launcher or a run is killed for "
    "every fourth of them: each key is answered with one run id, forever, and is one run that succeeded with its own parameters",
    unit="requests",
    short=8,
    long=1000,
)
_PRODUCTS = 3
_REQUESTS_A_KILL = 4
#: What does not come to an end has failed.
_PATIENCE_S = 180.0
_STATE = "sqlite:///.meshwright/state.db"


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Ask for `n` runs."""
    return ask_while_killing(n, seed, folder, _STATE)


def ask_while_killing(n: int, seed: int, folder: Path, address: str) -> Tally:
    """Ask for `n` runs of a mesh with its state at an address, while processes are killed."""
    root = _mesh(folder / "mesh", address)
    client = _Client(root=root, folder=folder, rng=random.Random(seed))
    problem = None
    with client, ExitStack() as stack:
        client.begin()
        state = open_state(address, root=root)
        stack.callback(state.close)
        for number in range(n):
            client.ask(number)
            if client.rng.random() < 0.3:
                client.ask(client.rng.randrange(number + 1))
            if number % _REQUESTS_A_KILL == _REQUESTS_A_KILL - 1:
                time.sleep(client.rng.random() * 1.5)
                client.kill_something(state)
        problem = client.finish(state)
        for number in range(n):
            client.ask(number)
        return _judged(state, n, client.answers, problem)


class _Client:
    """Who asks, and who kills; keeps a server running."""

    def __init__(self, *, root: Path, folder: Path, rng: random.Random) -> None:
        self._root = root
        self._folder = folder
        self.rng = rng
        self._stack = ExitStack()
        self._server: Serving | None = None
        self._http: httpx.Client | None = None
        #: Number of a request -> ids that it was answered with.
        self.answers: dict[int, set[str]] = {}

    def __enter__(self) -> _Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def begin(self) -> None:
        """Start a server, instead of the one there was."""
        self._stack.close()
        self._server = self._stack.enter_context(serving(self._root, "--parallel", "3", folder=self._folder))
        self._http = self._stack.enter_context(self._server.client())

    def ask(self, number: int) -> None:
        """Send a request until it is answered."""
        body = {"select": f"shop.p{number % _PRODUCTS}", "params": {"n": number}, "refresh": True}
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            assert self._http is not None  # it was begun
            with suppress(httpx.TransportError):
                answer = self._http.post("/api/v1/runs", json=body, headers={"Idempotency-Key": f"key-{number}"})
                if answer.status_code == 202:
                    self.answers.setdefault(number, set()).add(answer.json()["run_id"])
                    return
                if answer.status_code < 500:
                    raise AssertionError(answer.text)
            self._begin_again()
        raise AssertionError(f"request {number} was not answered")

    def _begin_again(self) -> None:
        assert self._server is not None  # as above
        if self._server.process.poll() is not None:
            self.begin()

    def kill_something(self, state: State) -> None:
        """Kill a process at random; a server that is killed takes nothing with it."""
        assert self._server is not None  # as above
        server = self._server.process.pid
        workers = _children(server)
        launchers = [each for worker in workers for each in _children(worker)]
        runs = [
            int(json.loads(each.process)["pid"])
            for each in state.requests.started()
            if each.process and not is_gone(each.process)
        ]
        among = self.rng.choice([[server], workers, launchers, runs])
        for pid in among[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def finish(self, state: State) -> str | None:
        """Wait until nothing is open."""
        self._begin_again()
        before, since = -1, time.monotonic()
        while queues := state.requests.queues():
            left = sum(queue.waiting + queue.started for queue in queues)
            if left != before:
                before, since = left, time.monotonic()
            if time.monotonic() - since > _PATIENCE_S:
                return f"no end: {left} requests are open, and have been for {_PATIENCE_S:.0f} s"
            self._begin_again()
            time.sleep(0.1)
        return None


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] + _of_threads(pid)
    except OSError:
        return []


def _of_threads(pid: int) -> list[int]:
    """Return the processes that other threads of a process started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        if task.name != str(pid):
            with suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _mesh(root: Path, address: str) -> Path:
    write_file(root, "mesh.yaml", f'meshwright: 1\nname: asked\ndomains: [domains/*]\nstate: "{address}"\n')
    write_file(root, "domains/shop/domain.yaml", "name: shop\npurpose: Selling.\nowners: [team:shop]\n")
    for number in range(_PRODUCTS):
        product = f"domains/shop/p{number}"
        write_file(root, f"{product}/pipeline.yaml", "params: {n: {type: integer, default: 0}}\n")
        write_file(root, f"{product}/models/last.sql", "select $n as n\n")
    return root


def _judged(state: State, n: int, answers: dict[int, set[str]], problem: str | None) -> Tally:
    """Hold every key against the ids that it was answered with, and those against the runs that there are."""
    tally = Tally()
    runs = {run.id: run for run in state.reader.runs(10 * n + 10, brief=True)}
    started = Counter(json.loads(run.options).get("cause", {}).get("key", "") for run in runs.values())
    for number in range(n):
        ids = answers.get(number, set())
        run = runs.get(next(iter(ids))) if len(ids) == 1 else None
        if run is None:
            tally.trial(f"request {number} was answered with {sorted(ids)}, of which no run is there; {problem}")
            continue
        options = json.loads(run.options)
        is_good = (
            run.state is RunState.SUCCEEDED
            and options["params"] == {"n": str(number)}
            and started[options["cause"]["key"]] == 1
        )
        tally.trial(
            None if is_good else f"request {number}: run {run.id} {run.state.value} with {options['params']}; {problem}"
        )
    if len(runs) != n and not tally.failures:
        tally.trial(f"{len(runs)} runs for {n} requests")
    return tally


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))

"""Whose turn it is, and what becomes of what cannot begin: the starting side of runs that were asked for, step by step."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.app.launching import Command, RunProcess
from meshwright.app.processes import this_holder
from meshwright.app.requested_runs import Asking, RunWish, new_request
from meshwright.app.requested_runs_work import MOST_ATTEMPTS, RequestedRuns
from meshwright.app.scheduling_children import Children
from meshwright.model import canonical_json
from meshwright.model.requests import RequestedRun, RequestKind, RequestState
from meshwright.state.database import open_state
from meshwright.state.protocol import State

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


class Process:
    """A process that ends when it is told to."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.holder = this_holder()
        self.ended: int | None = None

    def has_ended(self) -> bool:
        return self.ended is not None

    def status(self) -> int | None:
        return self.ended

    def wait(self) -> None:
        raise AssertionError

    def terminate(self) -> None:
        self.ended = -15


class Bench:
    """A worker's part, with processes and a clock of the test's own."""

    def __init__(self, state: State, root: Path, parallel: int) -> None:
        self.state = state
        self.processes: list[Process] = []
        self.seconds = 0.0
        self.told: list[str] = []
        self.work = RequestedRuns(
            state=state,
            children=Children(root=root, folder=root / "worker", launch=self._launch),
            tell=self.told.append,
            parallel=parallel,
            now=lambda: NOW + dt.timedelta(seconds=self.seconds),
            clock=lambda: self.seconds,
        )
        self._root = root

    def _launch(self, command: Command) -> RunProcess:
        self.processes.append(Process(command))
        return self.processes[-1]

    def ask(self, name: str, domain: str = "sales", **wish: object) -> RequestedRun:
        asked = {
            "select": ["sales.orders"], "variation": None, "params": {}, "environment": None, "interval": None,
            "only": False, "retest": False, "refresh": False,
        } | wish  # fmt: skip
        asking = Asking(by="token:x", domain=domain, idempotency_key=name)
        return self.state.requests.submit(new_request(asking, name, RequestKind.RUN, "prod", canonical_json(asked)))

    def standing(self, request: RequestedRun) -> RequestedRun:
        found = self.state.requests.of_key(request.key)
        assert found is not None
        return found

    def end(self, process: Process, status: int, answer: object = None) -> None:
        name = process.command.words[process.command.words.index("--run-id") + 1]
        (self._root / f"worker/{name}.out").write_text("" if answer is None else json.dumps(answer))
        process.ended = status


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    state = open_state("sqlite://", root=tmp_path)
    yield Bench(state, tmp_path, parallel=2)
    state.close()


def error(code: str, *, retryable: bool) -> dict[str, object]:
    return {"error": {"code": code, "message": "so it is", "retryable": retryable}}


def test_no_more_run_at_once_than_may_and_nobody_waits_for_all_of_anothers(bench: Bench) -> None:
    many = [bench.ask(f"m{number}", domain="greedy") for number in range(5)]
    one = bench.ask("one", domain="modest")
    assert bench.work.look() == 6
    started = [request for request in (*many, one) if bench.standing(request).state is RequestState.STARTED]
    assert started == [many[0], one]
    assert bench.work.look() == 6
    assert len(bench.processes) == 2


def test_what_is_refused_fails_at_once_with_what_refused_it(bench: Bench) -> None:
    request = bench.ask("a")
    bench.work.look()
    bench.end(bench.processes[0], 1, error("MW-R019", retryable=False))
    bench.work.look()
    found = bench.standing(request)
    assert (found.state, found.outcome, found.reason) == (RequestState.FAILED, "failed", "MW-R019 so it is")
    assert json.loads(found.error)["code"] == "MW-R019"
    assert bench.work.look() == 0


def test_what_dies_is_tried_again_a_few_times_and_later_each_time(bench: Bench) -> None:
    request = bench.ask("a")
    pauses = []
    for attempt in range(MOST_ATTEMPTS):
        before = bench.seconds
        while len(bench.processes) == attempt:
            bench.work.look()
            bench.seconds += 0.5
        pauses.append(bench.seconds - before)
        bench.end(bench.processes[attempt], -9)
    while bench.work.look():
        bench.seconds += 0.5
        assert bench.seconds < 1000
    found = bench.standing(request)
    assert (found.state, found.attempts) == (RequestState.FAILED, MOST_ATTEMPTS)
    assert found.reason.startswith(f"given up after {MOST_ATTEMPTS} attempts: its process was killed")
    assert pauses == sorted(pauses)
    assert pauses[-1] > 2 * pauses[1]


def test_one_that_waits_and_is_withdrawn_is_never_started(bench: Bench) -> None:
    request = bench.ask("a")
    bench.state.requests.ask_to_stop(request.number, NOW)
    assert bench.work.look() == 0
    assert bench.processes == []


def test_one_that_is_to_stop_is_asked_once_and_not_started_again(bench: Bench) -> None:
    request = bench.ask("a")
    bench.work.look()
    bench.state.requests.ask_to_stop(request.number, NOW)
    bench.work.look()
    assert bench.processes[0].ended == -15
    while bench.work.look():
        bench.seconds += 1
        assert bench.seconds < 100
    assert bench.standing(request).state is RequestState.WITHDRAWN
    assert len(bench.processes) == 1


def test_a_worker_that_died_is_followed_by_one_that_starts_what_it_does_not_find(bench: Bench, tmp_path: Path) -> None:
    request = bench.ask("a")
    gone = json.dumps({**json.loads(this_holder()), "start": "another boot"})
    assert bench.state.requests.claim(request.number, gone, NOW) is not None
    while not bench.processes:
        bench.work.look()
        bench.seconds += 0.5
        assert bench.seconds < 100
    assert bench.standing(request).attempts == 2


def test_a_request_of_another_host_is_let_be_until_its_silence_is_long(bench: Bench) -> None:
    request = bench.ask("a")
    elsewhere = json.dumps({**json.loads(this_holder()), "host": "elsewhere"})
    assert bench.state.requests.claim(request.number, elsewhere, NOW) is not None
    for _ in range(50):
        bench.work.look()
        bench.seconds += 1
    assert bench.processes == []
    while not bench.processes:
        bench.work.look()
        bench.seconds += 1
        assert bench.seconds < 200


def test_what_is_asked_for_becomes_words_that_begin_nothing_else(bench: Bench) -> None:
    bench.ask(
        "a", select=["--env=qa", "-x"], params={"a": "--b"}, environment="qa", variation="v", interval="A..B", only=True,
        retest=True, refresh=True,
    )  # fmt: skip
    bench.work.look()
    words = list(bench.processes[0].command.words)
    assert words[words.index("--") + 1 :] == ["--env=qa", "-x"]
    for pair in (["--env", "qa"], ["--variation", "v"], ["--interval", "A..B"], ["--param", "a=--b"]):
        assert words[words.index(pair[0]) + 1] == pair[1]
    assert {"--only", "--retest", "--refresh", "--quiet", "--json"} <= set(words)


def test_words_say_nothing_that_was_not_asked_for(bench: Bench) -> None:
    assert RunWish().options.environment == "prod"
    bench.ask("a")
    bench.work.look()
    words = set(bench.processes[0].command.words)
    assert not words & {"--env", "--variation", "--interval", "--param", "--only", "--retest", "--refresh"}

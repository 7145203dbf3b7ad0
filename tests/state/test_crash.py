"""Processes that are killed while they commit and publish: the database opens, is whole, and goes on."""

from __future__ import annotations

import datetime as dt
import os
import random
import sqlite3
import time
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from state_samples import make_version
from state_worker import DATASETS, DAYS, work

from meshwright.state.database import open_state
from meshwright.state.layout import OPEN
from meshwright.state.manifests import parts_of
from meshwright.state.protocol import State

WORKERS = ("one", "two")
#: Time from a worker's first publication to its death.
SECONDS = (0.0, 0.1)
#: Step, generation and token of a publication that a worker told of.
Promise = tuple[int, int, int]


class Worker:
    """A process at work, and what it has said so far."""

    def __init__(self, context: ForkServerContext, root: Path, url: str, name: str, hours: int) -> None:
        self._said, saying = context.Pipe(duplex=False)
        self._process = context.Process(target=work, args=(root, url, name, dt.timedelta(hours=hours), saying))
        self._process.start()
        saying.close()

    def kill(self, after_s: float) -> Promise | None:
        """Kill it some time after its first publication, and return the last one it told of."""
        last: Promise | None = self._said.recv() if self._said.poll(30) else None
        time.sleep(after_s)
        self._process.kill()
        self._process.join()
        try:
            while self._said.poll():
                last = self._said.recv()
        except EOFError:
            pass
        self._said.close()
        return last


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> ForkServerContext:
    """Processes that start fast: they are forks of one that has imported everything."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    context = get_context("forkserver")
    context.set_forkserver_preload(["state_worker"])
    return context


@pytest.mark.parametrize("rounds", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_a_killed_process_leaves_whole_generations_and_the_next_goes_on(
    tmp_path: Path, shared_url: str, forks: ForkServerContext, rounds: int
) -> None:
    """Each round kills both workers: 4 kills, and 20 in the long form."""
    open_state(shared_url, root=tmp_path).close()
    dice = random.Random(20260301)
    promised: dict[str, Promise] = {}
    for round_ in range(rounds):
        workers = [(name, Worker(forks, tmp_path, shared_url, name, round_)) for name in WORKERS]
        dice.shuffle(workers)
        for name, worker in workers:  # the first is killed while the other works
            promise = worker.kill(after_s=dice.uniform(*SECONDS))
            assert promise is not None, "the worker published nothing"
            assert promise[2] > promised.get(name, (0, 0, 0))[2], "a token was used again"
            promised[name] = promise
        assert_whole(tmp_path, shared_url, promised)
    assert all(step >= rounds - 1 for step, _, _ in promised.values())


def assert_whole(root: Path, url: str, promised: dict[str, Promise]) -> None:
    """Whatever was promised is there, every generation is whole, and nothing contradicts itself."""
    if url.startswith("sqlite"):
        assert_file_whole(root / "state.db")
    state = open_state(url, root=root)
    try:
        open_twice = (
            "SELECT object FROM pointers WHERE to_generation = ? GROUP BY environment, object HAVING count(*) > 1"
        )
        with state._transactions.read() as raw:  # type: ignore[attr-defined]
            assert raw.rows(open_twice, (OPEN,)) == []
        generations = state.reader.generations("prod", limit=1_000_000)
        newest = generations[0].number
        assert [generation.number for generation in generations] == list(range(newest, 0, -1))
        assert all(len(generation.changed) == DATASETS + 1 for generation in generations)
        for name, (step, generation, token) in promised.items():
            lease = state.reader.lease(f"d.{name}")
            assert lease is not None
            assert lease.token >= token
            assert generation <= newest
            assert_product_whole(state, name, step)
            assert_parts_whole(state, f"d.{name}.daily", step)
    finally:
        state.close()


def assert_file_whole(file: Path) -> None:
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("pragma integrity_check").fetchone() == ("ok",)
        assert raw.execute("pragma foreign_key_check").fetchall() == []


def assert_parts_whole(state: State, dataset: str, at_least: int) -> None:
    """Every version that is made of parts has all its pages and parts, and what was promised is there."""
    versions = [version for version in state.reader.all_versions() if version.dataset == dataset]
    assert len(versions) > at_least
    for version, parts in zip(versions, parts_of(state.reader, versions).values(), strict=True):
        assert version.manifest is not None
        assert len(parts) == version.manifest.count == DAYS


def assert_product_whole(state: State, name: str, at_least: int) -> None:
    """A product's pointers all come from one publication, not older than what was promised, with all they name."""
    pointers = {key: p for key, p in state.reader.pointers("prod").items() if key.startswith(f"d.{name}")}
    product = pointers.pop(f"d.{name}")
    step = int(product.revision.rpartition("-")[2])
    assert step >= at_least
    expected = {f"d.{name}.x{i}": make_version(str(step), f"d.{name}.x{i}").id for i in range(DATASETS)}
    assert {key: p.revision for key, p in pointers.items()} == expected
    assert {p.generation for p in pointers.values()} == {product.generation}
    assert state.reader.versions(expected.values()).keys() == set(expected.values())
    assert state.reader.triggers(expected.values()).keys() == set(expected.values())
    assert state.reader.evidence([(id_, "c", "") for id_ in expected.values()]).keys() == {
        (id_, "c", "") for id_ in expected.values()
    }
    assert product.revision in state.reader.revisions([product.revision])

"""Forgetting outcomes, jobs, events and firings against a naive model, on SQLite and on PostgreSQL."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from meshwright.app.environments import open_state_alone
from meshwright.app.workspace import open_workspace
from meshwright.model.environments import Retention
from meshwright.model.outside import Effects
from tests.postgres import Server
from tests.records_model import RecordsModel

HOUR = 3600
HOURS = st.sampled_from([0, 1, 5])
NODES = st.sampled_from(["d.p.a", "d.p.b"])
INDEX = st.integers(0, 1000)


class Machine(RuleBasedStateMachine):
    """Does the same to the product and to the model, and lets them differ in nothing."""

    #: Address of a state of its own for each example.
    addresses: Iterator[str]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.model: RecordsModel

    @initialize(generations=HOURS, candidates=HOURS, grace=HOURS, jobs=HOURS, events=HOURS)
    def open(self, generations: int, candidates: int, grace: int, jobs: int, events: int) -> None:
        root = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        (root / "mesh.yaml").write_text(f'meshwright: 1\nname: shop\nstate: "{next(self.addresses)}"\n')
        opened = self.stack.enter_context(open_state_alone(open_workspace(root), create=True))
        retention = Retention(
            generations_s=generations * HOUR,
            candidates_s=candidates * HOUR,
            grace_s=grace * HOUR,
            jobs_s=jobs * HOUR,
            events_s=events * HOUR,
        )
        self.model = RecordsModel(opened=opened, retention=retention)

    def teardown(self) -> None:
        self.stack.close()

    @rule(seconds=st.sampled_from([1, 600, HOUR, 6 * HOUR]))
    def wait(self, seconds: int) -> None:
        self.model.now += seconds * self.model.now.resolution * 1_000_000

    @rule(node=NODES, effects=st.sampled_from([*Effects]), at=INDEX, table=st.booleans())
    def make(self, node: str, effects: Effects, at: int, table: bool) -> None:
        known, jobs = [None, *self.model.outcomes], [*self.model.jobs]
        before = known[at % len(known)]
        job = jobs[at % len(jobs)] if jobs and table and effects is not Effects.EXTERNAL else None
        self.model.make(node, effects, () if before is None else (before,), job)

    @rule(at=INDEX)
    def take(self, at: int) -> None:
        if known := [*self.model.outcomes]:
            self.model.take(known[at % len(known)])

    @rule(node=NODES, is_effect=st.booleans(), is_good=st.booleans())
    def start_job(self, node: str, is_effect: bool, is_good: bool) -> None:
        self.model.start_job(node, is_effect=is_effect, is_good=is_good)

    @rule(at=INDEX, state=st.sampled_from(["succeeded", "failed", "lost", "cancelled"]))
    def end_job(self, at: int, state: str) -> None:
        if going_on := [id_ for id_, job in self.model.jobs.items() if job.ended is None]:
            self.model.end_job(going_on[at % len(going_on)], state)

    @rule(node=NODES)
    def begin_run(self, node: str) -> None:
        self.model.run_of(node, None, is_live=True)

    @rule(is_file=st.booleans())
    def receive(self, is_file: bool) -> None:
        self.model.receive(is_file=is_file)

    @rule(fires=st.booleans())
    def handle(self, fires: bool) -> None:
        self.model.handle(fires=fires)

    @rule(at=INDEX)
    def end_firing(self, at: int) -> None:
        if going_on := [key for key, firing in self.model.firings.items() if firing.ended is None]:
            self.model.end_firing(going_on[at % len(going_on)])

    @rule(at=INDEX)
    def take_file_away(self, at: int) -> None:
        if files := [e.file for e in self.model.events.values() if e.file is not None and e.file.exists()]:
            files[at % len(files)].unlink()

    @rule()
    def collect(self) -> None:
        problem = self.model.collect()
        assert problem is None, problem


def _explore(addresses: Iterator[str], examples: int) -> None:
    machine = type("Machine", (Machine,), {"addresses": addresses})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def _walk(address: str, steps: int, seed: int) -> None:
    """A long way through everything: what hypothesis seldom comes to, because it needs many things in order."""
    chance = random.Random(seed)
    machine = type("Machine", (Machine,), {"addresses": iter([address])})()
    try:
        machine.open(generations=5, candidates=1, grace=1, jobs=5, events=5)
        deeds: list[Callable[[], None]] = [
            lambda: machine.wait(chance.choice([1, 600, HOUR, 6 * HOUR])),
            lambda: machine.make(
                chance.choice(["d.p.a", "d.p.b"]),
                chance.choice([*Effects]),
                chance.randrange(1000),
                chance.random() < 0.3,
            ),
            lambda: machine.take(chance.randrange(1000)),
            lambda: machine.start_job("d.p.a", chance.random() < 0.3, chance.random() < 0.5),
            lambda: machine.end_job(chance.randrange(1000), chance.choice(["succeeded", "failed"])),
            lambda: machine.begin_run("d.p.b"),
            lambda: machine.receive(chance.random() < 0.5),
            lambda: machine.handle(chance.random() < 0.5),
            lambda: machine.end_firing(chance.randrange(1000)),
            lambda: machine.take_file_away(chance.randrange(1000)),
            machine.collect,
        ]
        for _ in range(steps):
            chance.choice(deeds)()
        assert all(machine.model.counts.values()), f"something was never forgotten: {machine.model.counts}"
    finally:
        machine.teardown()


def test_records_are_forgotten_as_the_model_says_on_sqlite() -> None:
    _explore(iter(lambda: "sqlite:///state.db", ""), 25)


def test_everything_is_forgotten_on_a_long_way() -> None:
    _walk("sqlite:///state.db", 500, 7)


def test_everything_is_forgotten_on_a_long_way_on_postgresql(postgres: Server) -> None:
    _walk(postgres.url(postgres.new_schema()), 300, 7)


@pytest.mark.slow
def test_records_are_forgotten_as_the_model_says_on_postgresql(postgres: Server) -> None:
    _explore(iter(lambda: postgres.url(postgres.new_schema()), ""), 15)

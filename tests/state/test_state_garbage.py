"""Garbage collection against a naive model, on SQLite and on PostgreSQL: hypothesis looks for the shortest way to go wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from meshwright.app.environments import open_state_alone
from meshwright.app.workspace import open_workspace
from meshwright.model.environments import Retention
from tests.garbage_model import NUMBERS, PRODUCT, GarbageModel
from tests.postgres import Server

HOUR = 3600
DATASETS = ("d.p.a", "d.p.b", "d.p.c")
HOURS = st.sampled_from([0, 1, 5])
#: Chooses one of however many there are.
INDEX = st.integers(0, 1000)


class Machine(RuleBasedStateMachine):
    """Does the same to the product and to the model, and lets them differ in nothing."""

    #: Address of a state of its own for each example.
    addresses: Iterator[str]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.model: GarbageModel

    @initialize(generations=HOURS, candidates=HOURS, grace=HOURS)
    def open(self, generations: int, candidates: int, grace: int) -> None:
        root = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        mesh = f'meshwright: 1\nname: shop\ndomains: [domains/*]\nstate: "{next(self.addresses)}"\n'
        (root / "mesh.yaml").write_text(mesh)
        opened = self.stack.enter_context(open_state_alone(open_workspace(root), create=True))
        retention = Retention(generations_s=generations * HOUR, candidates_s=candidates * HOUR, grace_s=grace * HOUR)
        self.model = GarbageModel(opened, retention)

    def teardown(self) -> None:
        self.stack.close()

    def alive(self) -> list[str]:
        found = self.model.environments
        return [name for name in found if (end := found[name].expires) is None or end > self.model.now]

    def sandboxes(self) -> list[str]:
        return [name for name in self.alive() if self.model.environments[name].base is not None]

    def live(self) -> list[str]:
        return [id_ for id_, run in self.model.runs.items() if run.lease.expires_at > self.model.now]

    def good(self, problem: str | None) -> None:
        assert problem is None, problem

    @rule(seconds=st.sampled_from([1, 600, HOUR, 6 * HOUR]))
    def wait(self, seconds: int) -> None:
        self.model.wait(seconds)

    @rule(dataset=st.sampled_from(DATASETS), to=st.sampled_from(["prod", "qa", "box", "nowhere"]), at=INDEX)
    def build(self, dataset: str, to: str, at: int) -> None:
        self.good(self.model.build(dataset, (), None))
        built = list(self.model.versions)[-1]
        boxes = self.sandboxes()
        if to in {"prod", "qa"}:
            self.good(self.model.publish(to, {dataset: built}))
        elif to == "box" and boxes:
            self.good(self.model.publish(boxes[at % len(boxes)], {dataset: built}))

    @rule(
        dataset=st.sampled_from(DATASETS),
        to=st.sampled_from(["prod", "qa", "nowhere"]),
        base=INDEX,
        changes=st.dictionaries(st.sampled_from(NUMBERS), st.none() | INDEX, max_size=3),
        is_live=st.booleans(),
    )
    def manifest(self, dataset: str, to: str, base: int, changes: dict[int, int | None], is_live: bool) -> None:
        """A version that is made of parts: those of another version, new ones, and any that there ever were."""
        of_dataset = [
            None,
            *(id_ for id_, made in self.model.versions.items() if made.dataset == dataset and made.parts),
        ]
        known = self.known_parts(dataset)
        chosen = {
            number: known[at % len(known)] if at is not None and known else None for number, at in changes.items()
        }
        before = len(self.model.versions)
        live = self.live()
        run = live[0] if is_live and live else None
        self.good(self.model.build_manifest(dataset, of_dataset[base % len(of_dataset)], chosen, run))
        if to != "nowhere" and len(self.model.versions) > before:
            self.good(self.model.publish(to, {dataset: list(self.model.versions)[-1]}))

    @rule(
        dataset=st.sampled_from(DATASETS),
        chosen=st.lists(INDEX, max_size=2),
        new=st.integers(0, 2),
        is_live=st.booleans(),
    )
    def parts(self, dataset: str, chosen: list[int], new: int, is_live: bool) -> None:
        """Parts of a run that lists them in no version, and of another one that meets them again."""
        known, live = self.known_parts(dataset), self.live()
        again = [known[at % len(known)] for at in chosen] if known else []
        self.model.build_parts(dataset, again, new, live[0] if is_live and live else None)

    def known_parts(self, dataset: str) -> list[str]:
        every = {**self.model.parts, **self.model.deleted_parts}
        return [id_ for id_, part in every.items() if part.dataset == dataset]

    @precondition(lambda self: self.model.versions)
    @rule(dataset=st.sampled_from(DATASETS), chosen=st.lists(INDEX, min_size=1, max_size=2), is_live=st.booleans())
    def view(self, dataset: str, chosen: list[int], is_live: bool) -> None:
        known = list(self.model.versions)
        run = self.live()[-1] if is_live and self.live() else None
        self.good(self.model.build(dataset, {known[at % len(known)] for at in chosen}, run))

    @rule(dataset=st.sampled_from(DATASETS), at=INDEX, into=INDEX, is_pinned=st.booleans())
    def publish(self, dataset: str, at: int, into: int, is_pinned: bool) -> None:
        every = {**self.model.versions, **self.model.deleted}
        own = [None, *(id_ for id_, version in every.items() if version.dataset == dataset)]
        moves = {dataset: own[at % len(own)]}
        names = self.alive()
        self.good(self.model.publish(names[into % len(names)], moves, moves if is_pinned else None))

    @rule(into=INDEX, back=st.integers(0, 3))
    def roll_back(self, into: int, back: int) -> None:
        self.good(self.model.roll_back(self.alive()[into % len(self.alive())], back))

    @rule(base=st.sampled_from(["prod", "qa"]), lasts_s=st.sampled_from([None, 600, 5 * HOUR]))
    def create(self, base: str, lasts_s: int | None) -> None:
        self.model.create_sandbox(base, lasts_s)

    @precondition(lambda self: self.sandboxes())
    @rule(at=INDEX, is_end=st.booleans())
    def change_sandbox(self, at: int, is_end: bool) -> None:
        name = self.sandboxes()[at % len(self.sandboxes())]
        if is_end:
            self.model.delete_sandbox(name)
        else:
            self.good(self.model.rebase(name))

    @rule(into=INDEX, object_=st.sampled_from([*DATASETS, PRODUCT]), is_held=st.booleans())
    def pin(self, into: int, object_: str, is_held: bool) -> None:
        name = self.alive()[into % len(self.alive())]
        (self.model.pin if is_held else self.model.unpin)(name, object_)

    @rule(into=INDEX, chosen=st.lists(INDEX, max_size=3), is_end=st.booleans())
    def run(self, into: int, chosen: list[int], is_end: bool) -> None:
        live = self.live()
        if is_end and live:
            self.model.end_run(live[0])
            return
        run = self.model.start_run(self.alive()[into % len(self.alive())], 2 * HOUR)
        known = [*self.model.versions, *self.model.deleted, *self.model.parts, *self.model.deleted_parts]
        self.good(self.model.hold(run, {known[at % len(known)] for at in chosen} if known else set()))

    @rule(grace=st.sampled_from([None, None, 0.0]))
    def collect(self, grace: float | None) -> None:
        self.good(self.model.collect(grace))


def _explore(addresses: Iterator[str], examples: int) -> None:
    machine = type("Machine", (Machine,), {"addresses": addresses})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_collections_do_as_the_model_says_on_sqlite() -> None:
    _explore(iter(lambda: "sqlite:///state.db", ""), 25)


@pytest.mark.slow
def test_collections_do_as_the_model_says_on_postgresql(postgres: Server) -> None:
    _explore(iter(lambda: postgres.url(postgres.new_schema()), ""), 15)

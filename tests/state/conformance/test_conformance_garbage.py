"""Garbage collection in the state: what is taken up in the meantime stays, what is deleted is published by nobody."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from state_samples import (
    NOW,
    SECOND,
    make_evidence,
    make_part,
    make_publication,
    make_run,
    make_step,
    make_trigger,
    make_version,
    take,
)

from meshwright.model import Version, ViewRecipe
from meshwright.model.environments import Retention
from meshwright.plan.retention import deletable, judge
from meshwright.state.errors import Conflict, Fenced
from meshwright.state.protocol import State
from meshwright.state.records import Environment, GenerationAction, Lease, ObjectKind, Pin, Publication, RunState

LATER = NOW + dt.timedelta(hours=1)
NOTHING = Retention(generations_s=0, candidates_s=0, grace_s=0)


def commit(state: State, *names: str, **changes: object) -> list[Version]:
    versions = [make_version(name, "d.p.a", **changes) for name in names]
    state.writer.commit_versions(versions, [make_trigger(version.id, version) for version in versions])
    state.writer.record_evidence([make_evidence(version.id) for version in versions])
    return versions


def make_view(name: str, *inputs: Version) -> Version:
    return make_version(
        name,
        "d.p.a",
        node_kind="view",
        files=(),
        inputs={f"d.p.{number}": version.id for number, version in enumerate(inputs)},
        view=ViewRecipe(dialect="duckdb", computed=make_version("a").columns),
    )


def ids(state: State) -> set[str]:
    return {version.id for version in state.reader.all_versions()}


def publish(
    state: State, moves: Mapping[str, str | None], kind: ObjectKind = ObjectKind.DATASET, **changes: object
) -> int:
    publication = make_publication(take(state, "run:p"), moves, {}, kind=kind)
    return state.writer.publish(replace(publication, **changes), NOW)  # type: ignore[arg-type]


def delete(state: State, lease: Lease, *versions: Version) -> set[str]:
    """Delete versions by the marks that they have now."""
    found = {each.id: each.needless_since for each in state.collector.inventory(NOW, lambda _: False).versions}
    marks = {version.id: found[version.id] for version in versions}
    return {each.version for each in state.collector.delete(lease, {k: v for k, v in marks.items() if v is not None})}


def test_a_deleted_version_goes_with_its_files_triggers_evidence_and_mark(state: State) -> None:
    a, b = commit(state, "a", "b")
    lease = take(state, "gc")
    assert delete(state, lease, a) == set(), "without a mark nothing is deleted"
    state.collector.mark(lease, [a.id], [], NOW)
    [gone] = state.collector.delete(lease, {a.id: NOW})
    assert (gone.version, gone.dataset, gone.files) == (a.id, a.dataset, a.files)
    assert ids(state) == {b.id}
    assert state.reader.triggers([a.id, b.id]).keys() == {b.id}
    assert state.reader.evidence([(a.id, "c", ""), (b.id, "c", "")]).keys() == {(b.id, "c", "")}
    assert state.collector.delete(lease, {a.id: NOW}) == ()


def test_a_mark_stays_as_old_as_it_is_and_of_another_time_it_is_none(state: State) -> None:
    (a,) = commit(state, "a")
    lease = take(state, "gc")
    state.collector.mark(lease, [a.id], [], NOW)
    state.collector.mark(lease, [a.id], [], LATER)
    assert state.collector.delete(lease, {a.id: LATER}) == ()
    state.collector.mark(lease, [], [a.id], LATER)
    assert delete(state, lease, a) == set()
    assert ids(state) == {a.id}


@pytest.mark.parametrize("way", ["publication", "hold", "pin", "pin of a product", "commit"])
def test_whatever_takes_a_version_up_takes_its_mark_away_and_those_beneath_a_view(state: State, way: str) -> None:
    (table,) = commit(state, "table")
    view = make_view("view", table)
    over = make_view("over", view)
    state.writer.commit_versions([view, over], [])
    lease = take(state, "gc")
    state.collector.mark(lease, [table.id, view.id, over.id], [], NOW)
    if way == "publication":
        publish(state, {"d.p.a": over.id})
    elif way == "hold":
        assert state.writer.hold_versions(take(state, "run:r"), {over.id}) == frozenset()
    elif way == "pin":
        state.writer.set_pins("prod", [_pin("d.p.a", over.id)], ())
    elif way == "commit":  # by another run, which takes what is there
        state.writer.commit_versions([replace(over, run_id="r")], [], take(state, "run:r"))
    else:
        manifest = json.dumps({"datasets": {"d.p.a": {"version": over.id}}})
        revision = replace(
            make_publication(lease, {"d.p": "m"}, {}).revisions[0], document=manifest, kind=ObjectKind.PRODUCT
        )
        publish(state, {"d.p": "m"}, kind=ObjectKind.PRODUCT, revisions=(revision,))
        state.writer.set_pins("prod", [_pin("d.p", "m")], ())
    assert delete(state, lease, table, view, over) == set()
    assert ids(state) == {table.id, view.id, over.id}


def test_a_part_is_held_beside_a_view_whose_table_was_not_named(state: State) -> None:
    (table,) = commit(state, "table")
    view, part = make_view("view", table), make_part("a")
    state.writer.commit_versions([view], [])
    state.writer.commit_parts([part])
    state.collector.mark(take(state, "gc"), [table.id, part.id], [], NOW)
    assert state.writer.hold_versions(take(state, "run:r"), {view.id, part.id, "gone"}) == {"gone"}
    found = state.collector.inventory(NOW, lambda _: False)
    assert [each.needless_since for each in (*found.versions, *found.parts)] == [None, None, None]


def _pin(name: str, revision: str) -> Pin:
    return Pin(environment="prod", object=name, revision=revision, at=NOW, by="ana", reason="r")


def test_what_was_deleted_is_not_published_and_nothing_changes(state: State) -> None:
    a, b = commit(state, "a", "b")
    publish(state, {"d.p.a": a.id})
    lease = take(state, "gc")
    state.collector.mark(lease, [b.id], [], NOW)
    delete(state, lease, b)
    with pytest.raises(Conflict) as refused:
        publish(state, {"d.p.a": b.id, "d.p.b": a.id})
    assert (refused.value.first.code, refused.value.objects) == ("MW-S404", ("d.p.a",))
    with pytest.raises(Conflict) as refused:
        publish(state, {"d.p": "no manifest"}, kind=ObjectKind.PRODUCT, revisions=())
    assert refused.value.objects == ("d.p",)
    assert {n: p.revision for n, p in state.reader.pointers("prod").items()} == {"d.p.a": a.id}
    assert state.reader.generation("prod") == 1
    assert state.writer.hold_versions(take(state, "run:r"), {a.id, b.id}) == {b.id}


def test_a_run_holds_what_its_steps_name_what_it_took_up_and_what_it_built_while_its_lease_lives(state: State) -> None:
    planned, taken, other = commit(state, "planned", "taken", "other")
    lease = take(state, "run:run-000009", now=NOW)
    run = make_run("run-000009")
    state.writer.start_run(run, [make_step("build:d.p.a", version=planned.id)], {})
    assert state.writer.hold_versions(lease, {planned.id, taken.id}) == frozenset()
    (built,) = commit(state, "built", run_id="run-000009")

    def needless(now: dt.datetime, is_gone: bool = False) -> set[str]:
        inventory = state.collector.inventory(now, lambda _: is_gone)
        return {each.id for each in judge(inventory, NOTHING, now).needless}

    everything = {planned.id, taken.id, other.id, built.id}
    assert needless(NOW) == {other.id}
    assert needless(NOW, is_gone=True) == needless(LATER) == everything
    state.writer.finish_run(replace(run, state=RunState.SUCCEEDED), lease)
    assert needless(NOW) == everything


def test_a_coordinator_that_was_silent_too_long_can_do_nothing_after_a_collection(state: State) -> None:
    (a,) = commit(state, "a")
    dead, alive = take(state, "run:dead"), take(state, "run:alive", now=LATER)
    lease = take(state, "gc", now=LATER)
    assert state.collector.fence(lease, LATER, lambda _: False) == ("dead",)
    for act in (
        lambda: state.writer.hold_versions(dead, {a.id}),
        lambda: state.writer.commit_versions([make_version("b")], [], dead),
        lambda: state.writer.publish(make_publication(dead, {"d.p.a": a.id}, {}), LATER),
    ):
        with pytest.raises(Fenced):
            act()
    assert state.writer.renew_lease(dead, LATER, 60) is None
    assert state.writer.hold_versions(alive, {a.id}) == frozenset()
    assert state.collector.fence(lease, LATER, lambda holder: holder == "alpha:1") == ("alive",)


def test_a_collection_that_lost_its_lease_changes_nothing(state: State) -> None:
    (a,) = commit(state, "a")
    publish(state, {"d.p.a": a.id})
    old = take(state, "gc")
    state.collector.mark(old, [a.id], [], NOW)
    take(state, "gc", holder="beta:2", now=LATER)
    for act in (
        lambda: state.collector.delete(old, {a.id: NOW}),
        lambda: state.collector.mark(old, [], [a.id], NOW),
        lambda: state.collector.retain(old, {"prod": 1}),
        lambda: state.collector.expire_sandbox(old, "box", LATER),
        lambda: state.collector.fence(old, LATER, lambda _: True),
        lambda: state.collector.forget_records(old),
    ):
        with pytest.raises(Fenced):
            act()
    assert ids(state) == {a.id}


def make_box(state: State, expire_after_s: int | None = 60) -> Environment:
    made = state.writer.create_sandbox(
        Environment(name="box", base="prod", created_at=NOW, touched_at=NOW, expire_after_s=expire_after_s)
    )
    assert made is not None
    return made


def test_a_sandbox_is_deleted_only_while_it_is_expired_and_idle(state: State) -> None:
    a, b = commit(state, "a", "b")
    publish(state, {"d.p.a": a.id})
    box = make_box(state)
    publish(state, {"d.p.a": b.id}, environment="box", base="prod")
    lease = take(state, "gc")
    assert not state.collector.expire_sandbox(lease, "box", NOW + 59 * SECOND)
    state.writer.touch_sandbox(box, LATER)
    assert not state.collector.expire_sandbox(lease, "box", LATER)
    end = LATER + 60 * SECOND
    take(state, "run:run-000001", now=end)
    state.writer.start_run(make_run(environment="box"), [], {})
    assert not state.collector.expire_sandbox(lease, "box", end)
    assert state.collector.expire_sandbox(lease, "box", end + 60 * SECOND)
    assert state.reader.environment("box") is None
    assert not state.collector.expire_sandbox(lease, "box", end + 60 * SECOND)
    assert not state.collector.expire_sandbox(lease, "prod", end)
    shown = {each.id: each.was_shown for each in state.collector.inventory(end, lambda _: False).versions}
    assert shown == {a.id: False, b.id: True}


def test_generations_are_forgotten_but_for_what_a_sandbox_and_open_pointers_need(state: State) -> None:
    names = [version.id for version in commit(state, *"abcde")]
    publish(state, {"d.p.x": names[0], "d.p.y": names[0]})
    publish(state, {"d.p.x": names[1]})
    make_box(state, None)
    publish(state, {"d.p.x": names[2]})
    publish(state, {"d.p.x": names[3]})
    publish(state, {"d.p.x": names[4]})
    before = {n: standing(state, n) for n in (4, 5)}
    lease = take(state, "gc")
    state.collector.retain(lease, {"prod": 4})
    state.collector.retain(lease, {"prod": 3})
    assert state.reader.oldest_generation("prod") == 4
    assert state.collector.forget_generations(lease) == 0, (
        "1 opened what stands, 2 what the sandbox shows, 3 what 4 replaced"
    )
    assert {n: standing(state, n) for n in (4, 5)} == before
    assert {n: p.revision for n, p in state.reader.pointers("box").items()} == {"d.p.x": names[1], "d.p.y": names[0]}
    assert [made.number for made in state.reader.generations("prod")] == [5, 4]
    assert state.reader.generations("prod")[1].changed == {"d.p.x": (names[2], names[3])}
    state.writer.delete_sandbox("box")
    state.collector.retain(lease, {"prod": 5})
    assert state.collector.forget_generations(lease) == 2
    assert standing(state, 5) == before[5]
    inventory = state.collector.inventory(NOW, lambda _: False)
    assert {each.id for each in inventory.versions if each.was_shown} == set(names[:3])
    assert state.reader.oldest_generation("nothing") == 0


def standing(state: State, generation: int) -> dict[str, str]:
    return {name: found.revision for name, found in state.reader.pointers("prod", generation).items()}


def test_a_sandbox_is_not_laid_over_a_generation_that_is_forgotten(state: State) -> None:
    publish(state, {"d.p.x": "1"}, kind=ObjectKind.PORT)
    make_box(state, None)
    publish(state, {"d.p.x": "2"}, kind=ObjectKind.PORT)
    publish(state, {"d.p.x": "3"}, kind=ObjectKind.PORT)
    state.collector.retain(take(state, "gc"), {"prod": 3})
    rebase = Publication(
        environment="box",
        base="prod",
        by="ana",
        reason="",
        action=GenerationAction.REBASE,
        base_generation=2,
        expected={},
        moves={},
    )
    with pytest.raises(Conflict) as refused:
        state.writer.publish(rebase, NOW)
    assert refused.value.first.code == "MW-S404"
    assert state.writer.publish(replace(rebase, base_generation=3), NOW) == 1


def test_revisions_that_nothing_names_are_deleted(state: State) -> None:
    for step in range(4):
        publish(state, {"d.p/out": f"r{step}"}, kind=ObjectKind.PORT)
    state.writer.set_pins("prod", [replace(_pin("d.p/out", "r3"), previous="r0")], ())
    lease = take(state, "gc")
    state.collector.retain(lease, {"prod": 4})
    state.collector.forget_generations(lease)
    assert state.collector.forget_records(lease) == 1
    assert state.reader.revisions({f"r{step}" for step in range(4)}).keys() == {"r0", "r2", "r3"}


def test_whoever_publishes_beside_a_collection_shows_what_is_there(state: State) -> None:
    """No grace, no retention: between the look and the deletion there is no time at all."""
    names = [f"{number}" for number in range(30)]
    commit(state, *names)
    stop, wrong = threading.Event(), []

    def publish_at_random(worker: int) -> int:
        lease, refused = take(state, f"run:{worker}"), 0
        for step in range(60):
            version = make_version(names[(step * 7 + worker) % len(names)], "d.p.a")
            moves: dict[str, str | None] = {f"d.p.x{worker}": version.id}
            try:
                state.writer.publish(make_publication(lease, moves, {}, kind=ObjectKind.DATASET), NOW)
            except Conflict:
                refused += 1
                state.writer.commit_versions([version], [], lease)
            pointers = state.reader.pointers("prod")
            shown = {pointer.revision for pointer in pointers.values() if pointer.object == f"d.p.x{worker}"}
            if shown - state.reader.versions(shown).keys():
                wrong.append((worker, step))
        return refused

    def collect() -> int:
        lease, deleted = take(state, "gc"), 0
        now = NOW
        while not stop.is_set():
            now += SECOND
            first = judge(state.collector.inventory(NOW, lambda _: False), NOTHING, now)
            state.collector.mark(lease, [each.id for each in first.needless], list(first.kept), now)
            inventory = state.collector.inventory(NOW, lambda _: False)
            due = deletable(inventory, judge(inventory, NOTHING, now), 0, now)
            marks = {each.id: each.needless_since for each in due if each.needless_since is not None}
            deleted += len(state.collector.delete(lease, marks)) if marks else 0
        return deleted

    with ThreadPoolExecutor(5) as pool:
        collecting = pool.submit(collect)
        refused = sum(pool.map(publish_at_random, range(4)))
        stop.set()
        deleted = collecting.result()
    assert wrong == []
    assert deleted, "something was deleted beside the publications"
    assert refused, "something was refused"
    shown = {pointer.revision for pointer in state.reader.pointers("prod").values()}
    assert shown <= ids(state)

"""What happens is told in the transaction in which it happens: once, whole, and not at all where it did not happen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from state_samples import NOW, SECOND, make_evidence, make_publication, make_run, make_step, make_version, take

from meshwright.checks.spec import CheckSpec, Metric, Outcome
from meshwright.model import Action, Column, canonical_json
from meshwright.state.errors import Conflict, Fenced
from meshwright.state.protocol import State
from meshwright.state.records import (
    Environment,
    GenerationAction,
    Lease,
    ObjectKind,
    Revision,
    RuleVerdict,
    RunState,
)


def told(state: State) -> list[dict[str, Any]]:
    """The documents of all events, in order."""
    return [json.loads(event.document) for event in state.outbox.events_after(0)]


def types(state: State) -> list[str]:
    return [document["type"].removeprefix("meshwright.") for document in told(state)]


def publish(
    state: State,
    lease: Lease,
    moves: Mapping[str, tuple[ObjectKind, str | None]],
    expected: Mapping[str, str | None] | None = None,
    **changes: object,
) -> int:
    def manifest(revision: str) -> str:
        return canonical_json({"status": revision.partition("-")[0]})

    revisions = tuple(
        Revision(id=revision, kind=kind, object=object_, document=manifest(revision))
        for object_, (kind, revision) in moves.items()
        if kind is not ObjectKind.DATASET and revision is not None
    )  # fmt: skip
    wanted = replace(
        make_publication(lease, {}, expected or {}), moves=moves, revisions=revisions, **changes  # type: ignore[arg-type]
    )  # fmt: skip
    return state.writer.publish(wanted, NOW)


def test_a_run_is_told_when_it_starts_and_when_it_ends(state: State) -> None:
    lease = take(state, "run:run-000001")
    options = {
        "select": ["sales"],
        "variation": None,
        "cause": {"kind": "event", "name": "a.b:x", "at": "", "events": []},
    }
    run = make_run(options=json.dumps(options))
    steps = [make_step("build:sales.orders.a"), make_step("build:sales.orders.b"), make_step("publish:x", dataset=None)]
    assert state.writer.start_run(run, steps, {})
    assert not state.writer.start_run(run, steps, {}, must_be_new=True)
    state.writer.start_run(run, steps, {})
    state.writer.finish_run(replace(run, state=RunState.SUCCEEDED, finished_at=NOW + 3 * SECOND, generation=7), lease)
    started, ended = told(state)
    assert started == {
        "specversion": "1.0",
        "id": "run run-000001 started",
        "source": "/meshwright/prod",
        "type": "meshwright.run.started",
        "subject": "run-000001",
        "time": "2026-03-01T12:30:15.123456Z",
        "datacontenttype": "application/json",
        "data": {
            "run_id": "run-000001",
            "environment": "prod",
            "select": ["sales"],
            "variation": None,
            "cause": {"kind": "event", "name": "a.b:x"},
            "parent": None,
            "products": ["sales.orders"],
            "product_count": 1,
        },
    }
    assert (ended["type"], ended["subject"]) == ("meshwright.run.succeeded", "run-000001")
    assert ended["data"] == started["data"] | {"state": "succeeded", "generation": 7, "seconds": 3.0}
    assert all(event.handled_at is not None for event in state.outbox.events_after(0))


def test_what_a_run_leads_to_says_what_led_to_the_run(state: State) -> None:
    lease = take(state, "run:run-000001")
    cause = {"kind": "event", "name": "a.b:x", "at": "", "events": ["/a 1"], "depth": 3, "correlation": "/a 0"}
    state.writer.start_run(make_run(options=json.dumps({"cause": cause})), [], {})
    # A run inside it has no cause of its own.
    inner = take(state, "run:run-000002")
    state.writer.start_run(make_run("run-000002", parent="run-000001"), [], {})
    moves: dict[str, tuple[ObjectKind, str | None]] = {"sales.orders": (ObjectKind.PRODUCT, "active-1")}
    publish(state, inner, moves, run_id="run-000002")
    publish(state, lease, {"sales.other": (ObjectKind.PRODUCT, "active-2")}, run_id="run-000001")
    found = told(state)
    assert len(found) == 4
    for document in found:
        chain = {name: document[name] for name in ("meshwrightdepth", "correlationid", "causationid")}
        assert chain == {"meshwrightdepth": 3, "correlationid": "/a 0", "causationid": "/a 1"}
    for name in ("sales.orders@1", "sales.other@2"):
        assert state.outbox.chain("prod", [name]).depth == 3
    assert state.outbox.chain("qa", ["sales.orders@1"]).depth == 0


@pytest.mark.parametrize("how", [RunState.FAILED, RunState.PARTIAL, RunState.STOPPED, RunState.INTERRUPTED])
def test_a_run_that_ends_otherwise_is_told_as_failed_and_again_when_it_is_resumed(state: State, how: RunState) -> None:
    run = make_run()
    state.writer.start_run(run, [], {})
    ended = replace(run, state=how, finished_at=NOW)
    state.writer.finish_run(ended)
    state.writer.finish_run(ended)
    state.writer.finish_run(replace(ended, state=RunState.SUCCEEDED, finished_at=NOW + SECOND))
    assert types(state) == ["run.started", "run.failed", "run.succeeded"]
    assert told(state)[1]["data"]["state"] == how.value


def test_an_end_that_another_one_has_to_write_is_not_told(state: State) -> None:
    lease = take(state, "run:run-000001")
    state.writer.start_run(make_run(), [], {})
    state.writer.release_lease(lease)
    with pytest.raises(Fenced):
        state.writer.finish_run(make_run(state=RunState.FAILED, finished_at=NOW), lease)
    assert types(state) == ["run.started"]


def test_of_a_publication_each_product_is_told_with_its_datasets(state: State) -> None:
    lease = take(state)
    first, second = make_version("1", "d.p.a"), make_version("2", "d.q.b")
    state.writer.commit_versions([first, second], [])
    moves: dict[str, tuple[ObjectKind, str | None]] = {
        "d.p.a": (ObjectKind.DATASET, first.id),
        "d.q.b": (ObjectKind.DATASET, second.id),
        "d.q": (ObjectKind.PRODUCT, "active-1"),
    }
    assert publish(state, lease, moves) == 1
    one, two = told(state)
    assert one["data"] == {
        "environment": "prod",
        "generation": 1,
        "run_id": "run-1",
        "action": "run",
        "product": "d.p",
        "datasets": [{"dataset": "d.p.a", "version": first.id}],
        "dataset_count": 1,
    }
    assert (one["type"], one["subject"], two["subject"]) == ("meshwright.product.published", "d.p", "d.q")
    # What moves nothing tells nothing, and what is refused did not happen.
    assert publish(state, lease, moves) == 1
    with pytest.raises(Conflict):
        publish(state, lease, {"d.p": (ObjectKind.PRODUCT, "active-9")}, {"d.p.a": None})
    assert len(told(state)) == 2


def test_columns_that_change_are_told(state: State) -> None:
    lease = take(state)
    before = make_version("1", "d.p.a")
    same = make_version("2", "d.p.a", rows=9)
    columns = (Column(name="Größe", type="INTEGER"), Column(name="new", type="DATE"))
    after = make_version("3", "d.p.a", columns=columns)
    state.writer.commit_versions([before, same, after], [])
    publish(state, lease, {"d.p.a": (ObjectKind.DATASET, before.id)})
    publish(state, lease, {"d.p.a": (ObjectKind.DATASET, same.id)}, {"d.p.a": before.id})
    assert types(state) == ["product.published", "product.published"]
    publish(state, lease, {"d.p.a": (ObjectKind.DATASET, after.id)}, {"d.p.a": same.id})
    changed = told(state)[-1]
    assert (changed["type"], changed["subject"]) == ("meshwright.schema.changed", "d.p.a")
    assert changed["data"] == {
        "environment": "prod",
        "generation": 3,
        "run_id": "run-1",
        "action": "run",
        "product": "d.p",
        "dataset": "d.p.a",
        "added": [{"name": "new", "type": "DATE"}],
        "removed": [{"name": "id", "type": "BIGINT"}],
        "retyped": [{"name": "Größe", "before": "STRUCT(a INTEGER, b VARCHAR[])", "after": "INTEGER"}],
        "is_reordered": False,
    }


def test_a_product_is_told_as_deprecated_once(state: State) -> None:
    lease = take(state)
    publish(state, lease, {"d.p": (ObjectKind.PRODUCT, "active-1")})
    publish(state, lease, {"d.p": (ObjectKind.PRODUCT, "deprecated-1")}, {"d.p": "active-1"})
    publish(state, lease, {"d.p": (ObjectKind.PRODUCT, "deprecated-2")}, {"d.p": "deprecated-1"})
    publish(state, lease, {"d.q": (ObjectKind.PRODUCT, "deprecated-3")})
    assert types(state) == [
        "product.published",
        "product.published",
        "product.deprecated",
        "product.published",
        "product.published",
        "product.deprecated",
    ]
    assert [document["subject"] for document in told(state) if document["type"].endswith("deprecated")] == [
        "d.p",
        "d.q",
    ]


@pytest.mark.parametrize(
    ("action", "wanted"),
    [(GenerationAction.PROMOTE, "release.promoted"), (GenerationAction.ROLLBACK, "release.rolledback")],
)
def test_a_promotion_and_a_rollback_are_told_as_one(state: State, action: GenerationAction, wanted: str) -> None:
    moves = {name: (ObjectKind.PRODUCT, f"active-{name}") for name in ("d.p", "d.q")}
    publish(state, take(state), moves, action=action, run_id="")
    assert types(state) == ["product.published", "product.published", wanted]
    last = told(state)[-1]
    assert (last["subject"], last["data"]["products"], last["data"]["product_count"]) == ("prod", ["d.p", "d.q"], 2)


def test_a_sandbox_tells_under_its_own_name(state: State) -> None:
    state.writer.create_sandbox(Environment(name="box", base="prod", created_at=NOW, touched_at=NOW))
    moves = {"d.p": (ObjectKind.PRODUCT, "active-1")}
    publish(state, take(state), moves, environment="box", base="prod")
    assert [document["source"] for document in told(state)] == ["/meshwright/box"]


def test_rules_that_data_breaks_are_told_without_what_was_measured(state: State) -> None:
    def verdict(action: Action, outcome: Outcome, **changes: object) -> RuleVerdict:
        rule = CheckSpec(id=f"test:{action.value}", dataset="d.p.a", metric=Metric.ROW_COUNT, action=action)
        evidence = make_evidence("v1", rule.fingerprint, outcome=outcome, value="4711-secret", **changes)
        return RuleVerdict(spec=rule, evidence=evidence, environment="prod", at=NOW)

    given = [
        verdict(Action.STOP, Outcome.PASS),
        verdict(Action.LOG, Outcome.FAIL),
        verdict(Action.WARN, Outcome.FAIL, failing_rows=3, sample=({"name": "4711-secret"},)),
        verdict(Action.STOP, Outcome.ERROR, error="cannot cast 4711-secret"),
    ]
    state.writer.record_evidence([each.evidence for each in given], given)
    first, second = told(state)
    assert (first["type"], first["subject"]) == ("meshwright.test.failed", "d.p.a")
    assert first["data"] == {
        "product": "d.p",
        "dataset": "d.p.a",
        "rule": "test:warn",
        "action": "warn",
        "outcome": "fail",
        "failing_rows": 3,
        "version": "v1",
        "environment": "prod",
        "run_id": "run-1",
    }
    assert second["data"]["outcome"] == "error"
    assert "4711" not in json.dumps(told(state))


def test_long_lists_are_cut_and_their_length_is_told(state: State) -> None:
    steps = [make_step(f"build:d.p{n:03}.a") for n in range(150)]
    state.writer.start_run(make_run(), steps, {})
    data = told(state)[0]["data"]
    assert (len(data["products"]), data["product_count"]) == (100, 150)

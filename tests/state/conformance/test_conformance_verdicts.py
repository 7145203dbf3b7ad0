"""The history of rules: in order, through edits, without the rows of what is gone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from state_samples import NOW, make_evidence, make_version, take

from meshwright.checks.spec import CheckSpec, Into, Metric, Outcome, PathStep
from meshwright.model import Action, Operator
from meshwright.state.protocol import State
from meshwright.state.records import RuleVerdict

DATASET = "d.p.a"
LATER = dt.timedelta(hours=1)


def spec(id_: str = "test:rowCount", **changes: object) -> CheckSpec:
    values: dict[str, object] = {"operator": Operator.MUST_BE_GREATER_THAN, "bound": 3, "origin": "pipeline"} | changes
    return CheckSpec(id=id_, dataset=DATASET, metric=Metric.ROW_COUNT, **values)  # type: ignore[arg-type]


def verdict(rule: CheckSpec, version: str = "v", at: dt.datetime = NOW, **changes: object) -> RuleVerdict:
    environment = str(changes.pop("environment", "prod"))
    evidence = make_evidence(version, rule.fingerprint, **changes)
    return RuleVerdict(spec=rule, evidence=evidence, environment=environment, at=at)


def record(state: State, *verdicts: RuleVerdict) -> None:
    for each in verdicts:
        state.writer.record_evidence([each.evidence], [each])


def test_history_is_read_back_newest_first_with_the_rule_as_it_was(state: State) -> None:
    first = verdict(
        spec(bound=(1, 3), operator=Operator.MUST_BE_BETWEEN, unit="percent", action=Action.LOG), value=2**70
    )
    second = verdict(
        spec(
            bound=5,
            columns=("ü",),
            path=(PathStep(into=Into.FIELD, name="é"), PathStep(into=Into.ITEMS)),
            arguments={"a": [1, None]},
            query="select 1",
            reads=("d.p.b",),
            params={"x": 1},
        ),
        "w",
        NOW + LATER,
        outcome=Outcome.FAIL,
        failing_rows=2,
        sample=({"id": 1},),
    )
    third = verdict(spec(bound=5), "w", environment="box", outcome=Outcome.ERROR, error="a\0ü", value=None)
    record(state, first, second, third)
    found = state.reader.rule_history(DATASET, ["test:rowCount"])
    assert [each.spec for each in found] == [third.spec, second.spec, first.spec]
    assert [each.evidence for each in found] == [
        replace(third.evidence, error="a\\x00ü"),
        second.evidence,
        first.evidence,
    ]
    assert [(each.environment, each.at) for each in found] == [("box", NOW), ("prod", NOW + LATER), ("prod", NOW)]
    assert state.reader.rule_history(DATASET, ["test:rowCount"], 1) == found[:1]
    assert state.reader.rule_history(DATASET, ["other"]) == state.reader.rule_history("d.p.b", ["test:rowCount"]) == ()


def test_rules_that_demand_the_same_have_histories_of_their_own(state: State) -> None:
    one, two = spec("one"), spec("two", action=Action.WARN)
    evidence = make_evidence("v", one.fingerprint)
    given = [RuleVerdict(spec=each, evidence=evidence, environment="prod", at=NOW) for each in (one, two)]
    state.writer.record_evidence([evidence], given)
    assert [each.spec for each in state.reader.rule_history(DATASET, ["two"])] == [two]
    assert state.reader.rule_checks(DATASET) == {"one": {one.fingerprint}, "two": {one.fingerprint}}
    assert state.reader.rule_checks("d.p.b") == {}


def test_the_latest_verdicts_are_those_of_the_environments_asked_for(state: State) -> None:
    record(state, verdict(spec("a"), "1"), verdict(spec("a"), "2"), verdict(spec("b"), "2"))
    record(state, verdict(spec("a"), "3", environment="box"))
    found = state.reader.latest_verdicts(DATASET, ["prod"])
    assert {rule: each.evidence.version for rule, each in found.items()} == {"a": "2", "b": "2"}
    found = state.reader.latest_verdicts(DATASET, ["prod", "box"])
    assert {rule: each.evidence.version for rule, each in found.items()} == {"a": "3", "b": "2"}


def test_a_verdict_keeps_its_value_when_its_rule_is_measured_again_and_gets_no_sample_of_another_outcome(
    state: State,
) -> None:
    first = verdict(spec(), outcome=Outcome.FAIL, value=9, failing_rows=9, sample=({"id": 9},))
    second = verdict(spec(), at=NOW + LATER, value=0)
    third = verdict(spec(), at=NOW + 2 * LATER, outcome=Outcome.FAIL, value=1, failing_rows=1, sample=({"id": 1},))
    record(state, first, second, third)
    found = [each.evidence for each in state.reader.rule_history(DATASET, ["test:rowCount"])]
    assert found == [third.evidence, second.evidence, replace(first.evidence, sample=third.evidence.sample)]


@pytest.mark.parametrize(("before", "kept"), [(NOW, ["gone", "there"]), (NOW + LATER, ["there"]), (None, ["there"])])
def test_history_outlives_a_version_but_its_rows_do_not(
    state: State, before: dt.datetime | None, kept: list[str]
) -> None:
    there, gone = make_version("1", DATASET), make_version("2", DATASET)
    state.writer.commit_versions([there], [])
    failed: dict[str, object] = {"outcome": Outcome.FAIL, "failing_rows": 1, "sample": ({"id": 1},)}
    record(state, verdict(spec(), there.id, **failed), verdict(spec(bound=8), gone.id, **failed))
    state.collector.forget_records(take(state, "gc"), before)
    found = state.reader.rule_history(DATASET, ["test:rowCount"])
    names = {there.id: "there", gone.id: "gone"}
    assert [names[each.evidence.version] for each in found] == kept
    assert {each.evidence.version: each.evidence.sample for each in found if each.evidence.sample} == {
        there.id: ({"id": 1},)
    }


def test_nothing_is_recorded_of_nothing(state: State) -> None:
    state.writer.record_evidence([])
    assert state.reader.latest_verdicts(DATASET, ["prod"]) == {}

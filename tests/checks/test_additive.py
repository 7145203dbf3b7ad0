"""Which rules go on from the count of another version, and what comes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meshwright.checks.additive import Change, Choice, Way, choose, combined
from meshwright.checks.spec import CheckSpec, Evidence, Into, Measurement, Metric, Outcome, PathStep
from meshwright.model import Operator

CITY = (PathStep(into=Into.FIELD, name="city"),)
CHANGE = Change(rows=100, changed_rows=4, columns=("day", "k", "x"), by="Day", is_alike=True)


def rule(metric: Metric, *columns: str, **said: object) -> CheckSpec:
    return CheckSpec(id="r", dataset="a.b.c", metric=metric, columns=columns, **said)  # type: ignore[arg-type]


def evidence(spec: CheckSpec, failing: int | None = 0, **said: object) -> Evidence:
    found = Evidence(version="v", check=spec.fingerprint, others="", outcome=Outcome.PASS, failing_rows=failing)
    return replace(found, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spec", "change", "way", "why"),
    [
        (rule(Metric.NULL_VALUES, "x"), CHANGE, Way.CHANGES, "adds up"),
        (rule(Metric.MISSING_VALUES, "x"), CHANGE, Way.CHANGES, "adds up"),
        (rule(Metric.INVALID_VALUES, "x", unit="percent"), CHANGE, Way.CHANGES, "adds up"),
        (rule(Metric.DUPLICATE_VALUES, "k", "day"), CHANGE, Way.CHANGES, "adds up"),
        (rule(Metric.DUPLICATE_VALUES), CHANGE, Way.CHANGES, "adds up"),
        (rule(Metric.ROW_COUNT), CHANGE, Way.NOTHING, "recorded"),
        (rule(Metric.DUPLICATE_VALUES, "k"), CHANGE, Way.WHOLE, "same key"),
        (rule(Metric.DUPLICATE_VALUES, "day"), replace(CHANGE, by=None), Way.WHOLE, "same key"),
        (rule(Metric.DUPLICATE_VALUES), replace(CHANGE, by=None), Way.WHOLE, "same key"),
        (rule(Metric.NULL_VALUES, "x"), replace(CHANGE, by=None), Way.CHANGES, "adds up"),
        (rule(Metric.NULL_VALUES, "x", path=CITY), CHANGE, Way.CHANGES, "adds up"),
        (rule(Metric.DUPLICATE_VALUES, "day", path=CITY), CHANGE, Way.WHOLE, "same key"),
        (rule(Metric.FOREIGN_KEY, "day", reads=("a.b.d",)), CHANGE, Way.WHOLE, "does not add up"),
        (rule(Metric.SQL), CHANGE, Way.WHOLE, "does not add up"),
        (rule(Metric.VIOLATIONS), CHANGE, Way.WHOLE, "does not add up"),
        (rule(Metric.NULL_VALUES, "gone"), CHANGE, Way.WHOLE, "not there"),
        (rule(Metric.ROW_COUNT, "gone"), CHANGE, Way.WHOLE, "not there"),
        (rule(Metric.NULL_VALUES, "x"), replace(CHANGE, is_alike=False), Way.WHOLE, "other columns"),
        (rule(Metric.NULL_VALUES, "x"), replace(CHANGE, changed_rows=100), Way.WHOLE, "as much"),
        (rule(Metric.NULL_VALUES, "x"), None, Way.WHOLE, "no version before"),
        (rule(Metric.ROW_COUNT), None, Way.WHOLE, "no version before"),
    ],
)
def test_the_way_of_a_rule(spec: CheckSpec, change: Change | None, way: Way, why: str) -> None:
    (found,) = choose((spec,), change, {spec.fingerprint: evidence(spec)})
    assert found.way is way
    assert why in found.why


@pytest.mark.parametrize("said", [{"outcome": Outcome.ERROR}, {"failing_rows": None}])
def test_what_is_no_good_evidence_is_not_gone_on_from(said: dict[str, object]) -> None:
    spec = rule(Metric.NULL_VALUES, "x")
    for known in ({}, {spec.fingerprint: evidence(spec, **said)}):
        (found,) = choose((spec,), CHANGE, known)
        assert (found.way, found.why) == (Way.WHOLE, "there is no good evidence on the version before")


SAMPLE = ({"x": 1},)


@pytest.mark.parametrize(
    ("before", "gone", "came", "expected"),
    [
        ((0, ()), 0, (0, ()), (0, ())),
        ((0, ()), 0, (3, SAMPLE), (3, SAMPLE)),
        # A failing count, of which nobody knows which rows are shown.
        ((5, SAMPLE), 0, (1, SAMPLE), None),
        ((5, SAMPLE), 5, (1, SAMPLE), None),
        ((5, SAMPLE), 2, (0, ()), None),
        ((5, SAMPLE), 0, (0, ()), (5, SAMPLE)),
        ((5, ()), 0, (0, ()), None),
        # Everything that was broken went.
        ((5, SAMPLE), 5, (0, ()), (0, ())),
    ],
)
def test_counts_add_up_and_samples_are_exact_or_not_told(
    before: tuple[int, tuple[dict[str, object], ...]],
    gone: int,
    came: tuple[int, tuple[dict[str, object], ...]],
    expected: tuple[int, tuple[dict[str, object], ...]] | None,
) -> None:
    spec = rule(Metric.NULL_VALUES, "x")
    choice = Choice(spec=spec, way=Way.CHANGES, why="", before=evidence(spec, before[0], sample=before[1]))
    went = Measurement(fingerprint=spec.fingerprint, value=gone, failing_rows=gone)
    new = Measurement(fingerprint=spec.fingerprint, value=came[0], failing_rows=came[0], sample=came[1])
    found = combined(choice, CHANGE, went, new)
    assert (None if found is None else (found.failing_rows, found.sample)) == expected
    assert combined(choice, CHANGE, replace(went, error="no"), new) is None


def test_percents_are_of_the_rows_there_are_now() -> None:
    spec = rule(Metric.NULL_VALUES, "x", unit="percent", operator=Operator.MUST_BE_LESS_THAN, bound=50)
    choice = Choice(spec=spec, way=Way.CHANGES, why="", before=evidence(spec, 3))
    none = Measurement(fingerprint=spec.fingerprint, value=0, failing_rows=0)
    some = Measurement(fingerprint=spec.fingerprint, value=100.0, failing_rows=4)
    found = combined(choice, CHANGE, none, some)
    assert found is not None
    assert (found.value, found.failing_rows) == (7.0, 7)
    empty = combined(choice, replace(CHANGE, rows=0), replace(some, failing_rows=3), none)
    assert empty is not None
    assert empty.value == 0

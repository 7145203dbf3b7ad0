"""Measurements become verdicts: what holds, what stops, and the words for both."""

from __future__ import annotations

import pytest

from meshwright.checks.spec import CheckSpec, Measurement, Metric, Outcome, holds
from meshwright.checks.verdict import bound_words, demand_words, evidence_of, finding_words, is_blocking, verdict_word
from meshwright.model import Action, Operator, Scalar


def spec(operator: Operator = Operator.MUST_BE, bound: Scalar | tuple[Scalar, ...] = 0, **fields: object) -> CheckSpec:
    return CheckSpec(id="r", dataset="a.b.c", metric=Metric.SQL, operator=operator, bound=bound, **fields)  # type: ignore[arg-type]


def judged(check: CheckSpec, value: Scalar = None, **fields: object) -> Outcome:
    measurement = Measurement(fingerprint=check.fingerprint, value=value, **fields)  # type: ignore[arg-type]
    return evidence_of(check, measurement, version="v", others="", run_id="r1").outcome


TABLE = [
    (Operator.MUST_BE, 3, [3, 3.0], [2, None]),
    (Operator.MUST_BE, "OK", ["OK"], ["ok", 3, None]),
    (Operator.MUST_BE, None, [None], [0]),
    (Operator.MUST_NOT_BE, 3, [2, 4], [3, None]),
    (Operator.MUST_BE_GREATER_THAN, 3, [4, 3.5], [3, 2, None]),
    (Operator.MUST_BE_GREATER_OR_EQUAL_TO, 3, [3, 4], [2.99, None]),
    (Operator.MUST_BE_LESS_THAN, 3, [2], [3, 4, None]),
    (Operator.MUST_BE_LESS_OR_EQUAL_TO, 3, [3, 2], [4, None]),
    (Operator.MUST_BE_BETWEEN, (1, 3), [1, 2, 3], [0, 4, None]),
    (Operator.MUST_NOT_BE_BETWEEN, (1, 3), [0, 4], [1, 2, 3, None]),
    (Operator.MUST_BE_GREATER_THAN, "2013-01-01", ["2013-01-02"], ["2012-12-31"]),
]


@pytest.mark.parametrize(
    ("operator", "bound", "kept", "broken"), TABLE, ids=[f"{case[0].value}-{case[1]}" for case in TABLE]
)
def test_every_operator_passes_and_fails_as_written(
    operator: Operator, bound: Scalar | tuple[Scalar, ...], kept: list[Scalar], broken: list[Scalar]
) -> None:
    assert {judged(spec(operator, bound), value) for value in kept} == {Outcome.PASS}
    assert {judged(spec(operator, bound), value) for value in broken} == {Outcome.FAIL}


@pytest.mark.parametrize("operator", list(Operator))
def test_no_value_never_passes_by_accident(operator: Operator) -> None:
    bound = (1, 2) if "Between" in operator.value else 0
    assert judged(spec(operator, bound), None) is Outcome.FAIL


@pytest.mark.parametrize("operator", list(Operator))
def test_not_a_number_never_passes(operator: Operator) -> None:
    bound = (1, 2) if "Between" in operator.value else 0
    assert judged(spec(operator, bound), float("nan")) is not Outcome.PASS


def test_what_cannot_be_compared_or_measured_is_an_error() -> None:
    assert judged(spec(Operator.MUST_BE_LESS_THAN, 5), "many") is Outcome.ERROR
    assert judged(spec(), 0, error="no such column") is Outcome.ERROR


@pytest.mark.parametrize(
    ("action", "value", "error", "word", "blocks"),
    [
        (Action.STOP, 0, None, "pass", False),
        (Action.STOP, 1, None, "stop", True),
        (Action.WARN, 1, None, "warn", False),
        (Action.LOG, 1, None, "log", False),
        (Action.STOP, 0, "broken", "error", True),
        (Action.WARN, 0, "broken", "error", False),
    ],
)
def test_only_a_stop_rule_that_is_broken_or_unmeasured_keeps_the_gate_shut(
    action: Action, value: int, error: str | None, word: str, blocks: bool
) -> None:
    check = spec(action=action)
    evidence = evidence_of(
        check, Measurement(fingerprint="", value=value, error=error), version="v", others="o", run_id="r"
    )
    assert verdict_word(check, evidence) == word
    assert is_blocking(check, evidence) is blocks
    assert (evidence.version, evidence.check, evidence.others, evidence.run_id) == ("v", check.fingerprint, "o", "r")


def test_bounds_are_plain_json_and_words() -> None:
    between = spec(Operator.MUST_BE_BETWEEN, (1, 2.5), unit="percent")
    assert bound_words(between) == {"mustBeBetween": [1, 2.5], "unit": "percent"}
    assert demand_words(between) == "must be between 1 and 2.5 percent"
    assert bound_words(spec(Operator.MUST_BE, "x")) == {"mustBe": "x"}
    assert demand_words(spec(Operator.MUST_BE_BETWEEN, (1,))) == "must be between 1 and ?"


def test_findings_name_rows_values_and_differences() -> None:
    def found(check: CheckSpec, **fields: object) -> str:
        measurement = Measurement(fingerprint="", **fields)  # type: ignore[arg-type]
        return finding_words(check, evidence_of(check, measurement, version="v", others="", run_id=""))

    required = CheckSpec(
        id="contract:required(a)", dataset="a.b.c", metric=Metric.NULL_VALUES, columns=("a",), origin="contract"
    )
    assert found(required, value=1, failing_rows=1) == "required on `a`: 1 row"
    assert found(required, value=12, failing_rows=12) == "required on `a`: 12 rows"
    assert found(spec(Operator.MUST_BE_LESS_THAN, 5), value=7) == "query `r` must be less than 5: it is 7"
    assert found(spec(), error="no table") == "query `r` must be 0: could not be measured: no table"
    schema = CheckSpec(id="contract:schema", dataset="a.b.c", metric=Metric.SCHEMA)
    assert found(schema, value=2, sample=({"difference": "x is missing"}, {"difference": "y is extra"})) == (
        "columns as promised: x is missing; y is extra"
    )


def test_a_copy_has_the_fingerprint_of_what_it_demands_and_not_that_which_was_remembered() -> None:
    from dataclasses import replace

    check = spec()
    assert check.fingerprint is check.fingerprint, "it is worked out once"
    assert replace(check).fingerprint == check.fingerprint
    assert replace(check, bound=1).fingerprint != check.fingerprint


def test_texts_that_are_numbers_compare_as_numbers() -> None:
    assert holds(Operator.MUST_BE_GREATER_THAN, 9, "10")

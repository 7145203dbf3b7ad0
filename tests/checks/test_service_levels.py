"""Service levels as rules at a moment, and what is told of those that data cannot answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from meshwright.checks.compile import compile_checks
from meshwright.checks.durations import duration_s, duration_words
from meshwright.checks.service_levels import compile_service_levels
from meshwright.checks.spec import CheckSpec, Evidence, Metric, Outcome
from meshwright.checks.verdict import finding_words, rule_words
from meshwright.model import Action, DatasetTests, Operator, QualityRule, SlaProperty

from .products import LATE, port, product, prop

NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)


def level(name: str, value: object, unit: str | None = "d", element: str | None = "late.at") -> SlaProperty:
    return SlaProperty(property=name, value=value, unit=unit, element=element)  # type: ignore[arg-type]


def compiled(*levels: SlaProperty, now: dt.datetime = NOW) -> tuple[list[CheckSpec], list[str]]:
    made = port(prop("at", logical_type="timestamp"), prop("meta", properties=(prop("seen"),)))
    found = compile_service_levels(product(replace(made, contract=replace(made.contract, sla=levels))), now)
    assert all(
        spec.is_timed and spec.operator is Operator.MUST_BE_LESS_OR_EQUAL_TO for spec in found.specs.get(LATE, ())
    )
    return list(found.specs.get(LATE, ())), [note.words for note in found.notes]


DAY = 86_400


@pytest.mark.parametrize(
    ("written", "metric", "seconds"),
    [
        (level("freshness", 1), Metric.LATEST_AGE, DAY),
        (level("latency", 4, "days"), Metric.LATEST_AGE, 4 * DAY),
        (level("LY", 90, "min"), Metric.LATEST_AGE, 5_400),
        (level("latency", 1.5, "hr"), Metric.LATEST_AGE, 5_400),
        (level("latency", "2", "h"), Metric.LATEST_AGE, 7_200),
        (level("latency", "PT1H30M", None), Metric.LATEST_AGE, 5_400),
        # A month is the one before now: March has 31 days, February 28.
        (level("latency", 1, "month"), Metric.LATEST_AGE, 31 * DAY),
        (level("retention", 3, "y"), Metric.EARLIEST_AGE, 1_096 * DAY),
        (level("re", 5_000, "yr"), Metric.EARLIEST_AGE, None),
        (level("frequency", 1, "d"), Metric.GREATEST_GAP, DAY),
        (level("fy", 1, "mo"), Metric.GREATEST_GAP, 31 * DAY),
        (level("frequency", 1, "y"), Metric.GREATEST_GAP, 366 * DAY),
    ],
)
def test_a_level_with_a_duration_and_an_element_is_a_rule(
    written: SlaProperty, metric: Metric, seconds: int | None
) -> None:
    ((spec,), notes) = compiled(written)
    assert (spec.metric, spec.columns, notes) == (metric, ("at",), [])
    assert spec.arguments == {"now": "2026-03-31T12:00:00+00:00"}
    if seconds is not None:
        assert spec.bound == seconds
    else:
        assert spec.bound == (NOW - dt.datetime(1, 1, 1, 12, tzinfo=dt.UTC)).total_seconds()


def test_elements_are_columns_of_the_only_object_of_named_ones_and_several() -> None:
    specs, notes = compiled(level("latency", 1, element="at, late.meta.seen"))
    assert [(spec.id, spec.columns) for spec in specs] == [
        ("contract:latency(at)", ("at",)),
        ("contract:latency(meta.seen)", ("meta",)),
    ]
    assert notes == []
    specs, notes = compiled(level("latency", 1), level("latency", 2))
    assert [spec.id for spec in specs] == ["contract:latency(at)", "contract:latency(at)-2"]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (
            level("availability", "99.9", "percent", None),
            "availability is 99.9 percent: no data says whether it is kept",
        ),
        (level("timeOfAvailability", "09:00-08:00", None), "no data says whether it is kept"),
        (level("ga", "2026-01-01", None, None), "generalAvailability is 2026-01-01"),
        (level("latency", 1, "d", None), "names no element"),
        (level("latency", 1, None), "is no duration"),
        (level("latency", "soon", "d"), "is no duration"),
        (level("latency", True, "d"), "is no duration"),
        (level("latency", 1, "d", "late.att"), "the element 'late.att' is no property of 'late'"),
        (level("latency", 1, "d", "other.at"), "the element 'other.at' is no property of 'late'"),
    ],
)
def test_what_data_cannot_answer_is_a_note(written: SlaProperty, words: str) -> None:
    specs, notes = compiled(written)
    assert specs == []
    (note,) = notes
    assert words in note


def test_the_gate_has_no_rule_that_depends_on_the_clock() -> None:
    made = port(prop("at", logical_type="timestamp"))
    contract = replace(made.contract, sla=(level("latency", 1),))
    fresh = QualityRule(
        type="custom",
        engine="soda",
        meant=(
            QualityRule(type="clock", metric="latestAge", column="at", operator=Operator.MUST_BE_LESS_THAN, bound=60),
        ),
        action=Action.LOG,
        id="fresh",
    )
    made = product(replace(made, contract=contract))
    with_tests = replace(made, tests=(DatasetTests(dataset=LATE, rules=(fresh,)),))
    assert [spec.id for spec in compile_checks(with_tests, {})[LATE]] == ["contract:schema"]
    found = compile_service_levels(with_tests, NOW, action=Action.WARN).specs[LATE]
    assert [(spec.id, spec.action, spec.bound) for spec in found] == [
        ("contract:latency(at)", Action.WARN, DAY),
        ("fresh", Action.LOG, 60),
    ]


def test_words_of_service_levels_are_durations() -> None:
    ((spec,), _) = compiled(level("latency", 36, "h"))
    assert rule_words(spec) == "age of the latest moment of `at` must be at most 1.5 d"
    evidence = Evidence(version="v", check=spec.fingerprint, others="", outcome=Outcome.FAIL, value=180_000)
    assert finding_words(spec, evidence).endswith(": it is 2.083 d")


@pytest.mark.parametrize(
    ("value", "unit", "seconds"),
    [
        ("P1D", None, DAY),
        ("P1DT12H", None, 129_600),
        ("PT0.5S", None, 0),
        ("P1M", None, 30 * DAY),
        ("PT1M", None, 60),
        ("P", None, None),
        ("PT", None, None),
        ("1d", None, None),
        (2, "hrs", 7_200),
        (1, "m", 60),
        (1, "fortnight", None),
        (1, None, None),
    ],
)
def test_durations_are_read(value: object, unit: str | None, seconds: int | None) -> None:
    assert duration_s(value, unit) == seconds


def test_durations_are_written_in_their_largest_unit() -> None:
    assert [duration_words(each) for each in (0, 59, 90, 7_200, 129_600)] == ["0 s", "59 s", "1.5 min", "2 h", "1.5 d"]

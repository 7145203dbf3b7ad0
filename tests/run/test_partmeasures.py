"""Rules on versions made of parts: what is found by what changed is what is found on the whole, and costs what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshwright.checks.spec import CheckSpec, Metric, Outcome
from meshwright.diagnostics import WorldError
from meshwright.model import Operator, Part
from meshwright.run.partmeasures import Before
from tests.run.partbench import DATASET, PartBench, day_of, part_bench

#: On two pages.
NUMBERS = (125, 126, 127, 128, 129, 130)
#: Rows of each kind of part: none, some, many that break rules.
KINDS = {"none": 0, "few": 3, "some": 7, "many": 40}
ROWS = """
select date '{day}' as day, (range * {seed}) % 5 as k, case when (range + {seed}) % {every} = 0 then null else range end as x,
  case (range + {seed}) % 4 when 0 then '' when 1 then 'N/A' else 'v' || range end as w, '{seed}/' || range as id
from range({rows})
"""

RULES = st.builds(
    CheckSpec,
    id=st.just("rule"),
    dataset=st.just(DATASET),
    metric=st.sampled_from([Metric.NULL_VALUES]),
    columns=st.sampled_from([("x",), ("w",), ("k",)]),
    operator=st.sampled_from([Operator.MUST_BE, Operator.MUST_BE_LESS_THAN, Operator.MUST_BE_GREATER_THAN]),
    bound=st.sampled_from([0, 1, 5, 30]),
    unit=st.sampled_from(["rows", "percent"]),
)
KINDS_OF_RULES = st.sampled_from(
    [
        {"metric": Metric.ROW_COUNT, "columns": ()},
        {"metric": Metric.NULL_VALUES},
        {"metric": Metric.MISSING_VALUES, "columns": ("w",), "arguments": {"missingValues": ["", "N/A"]}},
        {"metric": Metric.INVALID_VALUES, "columns": ("k",), "arguments": {"maximum": 3}},
        {"metric": Metric.INVALID_VALUES, "columns": ("w",), "arguments": {"pattern": "^v"}},
        {"metric": Metric.INVALID_VALUES, "columns": ("x",), "arguments": {"minimum": "no number"}},
        {"metric": Metric.DUPLICATE_VALUES, "columns": ("day", "k")},
        {"metric": Metric.DUPLICATE_VALUES, "columns": ("k",)},
        {"metric": Metric.DUPLICATE_VALUES, "columns": ()},
        {"metric": Metric.NULL_VALUES, "columns": ("nothing",)},
        {"metric": Metric.SQL, "columns": (), "query": "select count(*) from daily"},
    ]
)
LISTED = st.dictionaries(st.sampled_from(NUMBERS), st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 2)))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PartBench]:
    with part_bench(tmp_path_factory.mktemp("parts")) as made:
        yield made


@pytest.fixture(scope="module")
def parts(bench: PartBench) -> Mapping[tuple[int, str, int], Part]:
    return {
        (number, kind, seed): bench.part(
            number, f"{kind}{seed}", ROWS.format(day=day_of(number), seed=seed, every=seed + 2, rows=rows)
        )
        for number in NUMBERS
        for kind, rows in KINDS.items()
        for seed in (1, 2)
    }


@given(then=LISTED, changes=LISTED, gone=st.sets(st.sampled_from(NUMBERS), max_size=2), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_changed_tells_what_the_whole_tells(
    bench: PartBench,
    parts: Mapping[tuple[int, str, int], Part],
    then: dict[int, tuple[str, int]],
    changes: dict[int, tuple[str, int]],
    gone: set[int],
    data: st.DataObject,
) -> None:
    now = {number: listed for number, listed in {**then, **changes}.items() if number not in gone}
    rules = tuple(
        replace(rule, **kind)
        for rule, kind in data.draw(st.lists(st.tuples(RULES, KINDS_OF_RULES), min_size=1, max_size=5))
    )
    before = bench.version("before", {number: parts[number, *listed] for number, listed in then.items()})
    after = bench.version("after", {number: parts[number, *listed] for number, listed in now.items()})
    whole, _ = bench.measured(after, rules)
    changed, _ = bench.measured(after, rules, bench.before(before, rules))
    assert [replace(one, seconds=0) for one in changed] == [replace(one, seconds=0) for one in whole]


def required(column: str) -> CheckSpec:
    return CheckSpec(id="required", dataset=DATASET, metric=Metric.NULL_VALUES, columns=(column,))


ADDITIVE = (
    required("day"),
    CheckSpec(id="rows", dataset=DATASET, metric=Metric.ROW_COUNT, operator=Operator.MUST_BE_GREATER_THAN, bound=0),
    CheckSpec(id="key", dataset=DATASET, metric=Metric.DUPLICATE_VALUES, columns=("day", "id")),
    CheckSpec(id="k", dataset=DATASET, metric=Metric.INVALID_VALUES, columns=("k",), arguments={"maximum": 9}),
)


def restated(bench: PartBench, parts: Mapping[tuple[int, str, int], Part]) -> tuple[dict[int, Part], dict[int, Part]]:
    then = {number: parts[number, "some", 1] for number in NUMBERS}
    return then, {**then, NUMBERS[2]: parts[NUMBERS[2], "few", 2]}


def test_nothing_is_read_of_parts_that_did_not_change(
    bench: PartBench, parts: Mapping[tuple[int, str, int], Part]
) -> None:
    then, now = restated(bench, parts)
    before = bench.before(bench.version("before", then), ADDITIVE)
    found, read = bench.measured(bench.version("after", now), ADDITIVE, before)
    assert {one.outcome for one in found} == {Outcome.PASS}
    assert read == [bench.store.absolute(file) for file in now[NUMBERS[2]].files]


def test_rules_that_add_up_are_answered_when_the_files_of_other_parts_are_gone(tmp_path: Path) -> None:
    with part_bench(tmp_path) as bench:
        made = {
            number: bench.part(number, "one", ROWS.format(day=day_of(number), seed=1, every=9, rows=5))
            for number in NUMBERS
        }
        before = bench.before(bench.version("before", made), ADDITIVE)
        fresh = bench.part(NUMBERS[0], "two", ROWS.format(day=day_of(NUMBERS[0]), seed=2, every=9, rows=5))
        after = bench.version("after", {**made, NUMBERS[0]: fresh})
        whole, _ = bench.measured(after, ADDITIVE)
        for number in NUMBERS:
            Path(bench.store.absolute(made[number].files[0])).unlink()
        bench.store._whole.clear()
        found, _ = bench.measured(after, ADDITIVE, before)
        assert [replace(one, seconds=0) for one in found] == [replace(one, seconds=0) for one in whole]
        other = CheckSpec(id="k", dataset=DATASET, metric=Metric.DUPLICATE_VALUES, columns=("id",))
        with pytest.raises(WorldError, match="cannot be used"):
            bench.measured(after, (*ADDITIVE, other), before)


def test_a_damaged_part_that_came_is_never_taken_for_data(tmp_path: Path) -> None:
    with part_bench(tmp_path) as bench:
        made = {
            number: bench.part(number, "one", ROWS.format(day=day_of(number), seed=1, every=9, rows=5))
            for number in NUMBERS
        }
        before = bench.before(bench.version("before", made), ADDITIVE)
        fresh = bench.part(NUMBERS[0], "two", ROWS.format(day=day_of(NUMBERS[0]), seed=2, every=9, rows=5))
        Path(bench.store.absolute(fresh.files[0])).unlink()
        bench.store._whole.clear()
        with pytest.raises(WorldError, match="cannot be used"):
            bench.measured(bench.version("after", {**made, NUMBERS[0]: fresh}), ADDITIVE, before)


def test_damage_of_a_part_that_went_stops_nothing(tmp_path: Path) -> None:
    """What it had broken cannot be told any more, so the whole is measured."""
    rules = (required("x"),)
    with part_bench(tmp_path) as bench:
        made = {
            number: bench.part(number, "one", ROWS.format(day=day_of(number), seed=1, every=3, rows=5))
            for number in NUMBERS
        }
        before = bench.before(bench.version("before", made), rules)
        assert before.evidence[rules[0].fingerprint].failing_rows
        fresh = bench.part(NUMBERS[0], "two", ROWS.format(day=day_of(NUMBERS[0]), seed=2, every=9, rows=5))
        after = bench.version("after", {**made, NUMBERS[0]: fresh})
        whole, _ = bench.measured(after, rules)
        Path(bench.store.absolute(made[NUMBERS[0]].files[0])).unlink()
        bench.store._whole.clear()
        found, _ = bench.measured(after, rules, before)
        assert [replace(one, seconds=0) for one in found] == [replace(one, seconds=0) for one in whole]


def test_an_error_is_no_evidence_to_go_on_from(bench: PartBench, parts: Mapping[tuple[int, str, int], Part]) -> None:
    then, now = restated(bench, parts)
    before = bench.before(bench.version("before", then), ADDITIVE)
    broken = {check: replace(one, outcome=Outcome.ERROR) for check, one in before.evidence.items()}
    _, read = bench.measured(bench.version("after", now), ADDITIVE, Before(version=before.version, evidence=broken))
    assert len(set(read)) == len(NUMBERS)


def test_keys_of_parts_that_are_cast_may_fall_together(bench: PartBench) -> None:
    """Hours of an earlier definition become days, and two parts of one day have the same key."""
    earlier = [
        bench.part(number, "hours", f"select timestamp '2020-01-01 0{number}:00' as day, 1 as k", fingerprint="old")
        for number in (1, 2, 3)
    ]
    day = bench.part(3, "days", "select date '2020-01-01' as day, 1 as k", fingerprint="now")
    rules = (CheckSpec(id="key", dataset=DATASET, metric=Metric.DUPLICATE_VALUES, columns=("day",)),)
    hours = dict(enumerate(earlier, 1))
    before = replace(bench.version("before", hours, earlier={"old": 3}), columns=day.columns)
    after = replace(bench.version("after", {**hours, 4: day}, earlier={"old": 3}), columns=day.columns)
    whole, _ = bench.measured(after, rules)
    found, _ = bench.measured(after, rules, bench.before(before, rules))
    assert [one.value for one in found] == [one.value for one in whole] == [3]

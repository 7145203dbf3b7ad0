"""Rules: every metric on one small table, with values counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshwright.checks.spec import CheckSpec, Metric
from meshwright.diagnostics import WorldError
from meshwright.engines.protocol import Relation
from meshwright.model import Operator

from ..conftest import Bench, failure

ROWS = """
select * from (values
  (1, 'EWR', 'N14228', 10.5::double, date '2013-01-01', [1, 2]),
  (2, 'JFK', '',       'nan'::double, date '2013-02-01', [1, 1]),
  (3, 'JFK', 'N/A',    -3.0::double, null, null),
  (4, 'LGA', null,     null, date '2014-01-01', []),
  (4, 'XXX', 'n9',     99.0::double, date '2013-01-01', [3, null])
) v(id, origin, tail, delay, day, legs)
"""


@pytest.fixture(scope="module")
def table(bench: Bench) -> Relation:
    """The table under test."""
    return bench.relation(ROWS)


@pytest.mark.parametrize(
    ("metric", "columns", "arguments", "value"),
    [
        (Metric.ROW_COUNT, (), {}, 5),
        (Metric.NULL_VALUES, ("tail",), {}, 1),
        (Metric.NULL_VALUES, ("legs",), {}, 1),
        (Metric.NULL_VALUES, ("id",), {}, 0),
        (Metric.MISSING_VALUES, ("tail",), {}, 1),
        (Metric.MISSING_VALUES, ("tail",), {"missingValues": ["", "N/A"]}, 2),
        (Metric.MISSING_VALUES, ("tail",), {"missingValues": [None, "", "N/A"]}, 3),
        (Metric.MISSING_VALUES, ("delay",), {"missingValues": ["N/A", 99]}, 1),
        (Metric.INVALID_VALUES, ("origin",), {"validValues": ["EWR", "JFK", "LGA"]}, 1),
        (Metric.INVALID_VALUES, ("id",), {"validValues": [1, "2", "x"]}, 3),
        (Metric.INVALID_VALUES, ("id",), {"validValues": []}, 5),
        (Metric.INVALID_VALUES, ("day",), {"validValues": ["2013-01-01"]}, 2),
        (Metric.INVALID_VALUES, ("tail",), {"pattern": "^N[0-9]+$"}, 3),
        (Metric.INVALID_VALUES, ("tail",), {"pattern": "[0-9]"}, 2),
        (Metric.INVALID_VALUES, ("id",), {"pattern": "^[123]$"}, 2),
        (Metric.INVALID_VALUES, ("delay",), {"minimum": 0}, 2),
        (Metric.INVALID_VALUES, ("delay",), {"maximum": 99}, 1),
        (Metric.INVALID_VALUES, ("delay",), {"exclusiveMaximum": 99}, 2),
        (Metric.INVALID_VALUES, ("id",), {"exclusiveMinimum": 1, "maximum": 3}, 3),
        (Metric.INVALID_VALUES, ("day",), {"minimum": "2013-01-15"}, 2),
        (Metric.INVALID_VALUES, ("id",), {"multipleOf": 2}, 2),
        (Metric.INVALID_VALUES, ("delay",), {"multipleOf": 0.1}, 1),
        (Metric.INVALID_VALUES, ("delay",), {"multipleOf": 1.5}, 1),
        (Metric.INVALID_VALUES, ("delay",), {"multipleOf": 2}, 4),
        (Metric.INVALID_VALUES, ("tail",), {"minLength": 1, "maxLength": 5}, 2),
        (Metric.INVALID_VALUES, ("legs",), {"minItems": 1}, 1),
        (Metric.INVALID_VALUES, ("legs",), {"uniqueItems": True}, 1),
        (Metric.DUPLICATE_VALUES, ("id",), {}, 1),
        (Metric.DUPLICATE_VALUES, ("tail",), {}, 0),
        (Metric.DUPLICATE_VALUES, ("origin", "id"), {}, 0),
        (Metric.DUPLICATE_VALUES, ("day", "id"), {}, 0),
        (Metric.DUPLICATE_VALUES, (), {}, 0),
    ],
)
def test_a_metric_counts_the_rows_that_break_it(
    bench: Bench, table: Relation, metric: Metric, columns: tuple[str, ...], arguments: dict[str, object], value: int
) -> None:
    found = bench.measure(table, metric, *columns, arguments=arguments)
    assert found.error is None
    assert found.value == value
    if metric is not Metric.ROW_COUNT:
        assert found.failing_rows == value
        assert len(found.sample) == min(value, 10)
    json.dumps([dict(row) for row in found.sample], allow_nan=False)


def test_duplicates_count_every_row_that_repeats_an_earlier_key(bench: Bench) -> None:
    table = bench.relation(
        "select * from (values (1, 'a'), (1, 'a'), (1, 'a'), (2, 'a'), (null, 'a'), (null, 'a')) v(k, c)"
    )
    assert bench.measure(table, Metric.DUPLICATE_VALUES, "k").value == 2
    assert bench.measure(table, Metric.DUPLICATE_VALUES, "k", "c").value == 2
    assert bench.measure(table, Metric.DUPLICATE_VALUES).value == 3


def test_percent_is_of_all_rows_and_zero_of_none(bench: Bench, table: Relation) -> None:
    found = bench.measure(
        table, Metric.NULL_VALUES, "tail", unit="percent", operator=Operator.MUST_BE_LESS_THAN, bound=30
    )
    assert (found.value, found.failing_rows, found.sample) == (20.0, 1, ())
    empty = bench.relation(f"{ROWS} where false")
    assert bench.measure(empty, Metric.NULL_VALUES, "tail", unit="percent").value == 0
    assert bench.measure(empty, Metric.DUPLICATE_VALUES, "id").value == 0


def test_a_sample_shows_whole_rows_as_plain_values(bench: Bench, table: Relation) -> None:
    found = bench.measure(table, Metric.INVALID_VALUES, "delay", arguments={"maximum": 99})
    assert [dict(row) for row in found.sample] == [
        {"id": 2, "origin": "JFK", "tail": "", "delay": "nan", "day": "2013-02-01", "legs": "[1, 1]"}
    ]
    odd = bench.relation("select 'ab'::blob as b, 1.50::decimal(5,2) as d, timestamptz '2020-01-01 00:00:00Z' as t")
    found = bench.measure(odd, Metric.VIOLATIONS, query="select * from ops.flights.t")
    assert dict(found.sample[0]) == {"b": "6162", "d": "1.50", "t": "2020-01-01 00:00:00+00"}


def test_queries_read_the_dataset_and_others_by_their_addresses(bench: Bench, table: Relation) -> None:
    other = bench.relation("select 'EWR' as code union all select 'JFK'")
    spec: dict[str, object] = {
        "query": "select t.id from ops.flights.t t anti join ref.places.airports a on t.origin = a.code where id > $low -- x",
        "params": {"low": 1},
        "reads": ("ref.places.airports",),
        "others": {"ref.places.airports": other},
    }
    found = bench.measure(table, Metric.VIOLATIONS, **spec)
    assert (found.value, found.failing_rows, [dict(row) for row in found.sample]) == (2, 2, [{"id": 4}, {"id": 4}])


def test_parameters_of_queries_have_their_declared_types(bench: Bench) -> None:
    orders = bench.relation("select 1 as id, DATE '2026-01-01' as placed union all select 2, DATE '2026-01-05'")
    rule: dict[str, object] = {"params": {"since": "2026-01-03"}, "param_types": {"since": "date"}}
    late = "select id from ops.flights.t where placed < $since - interval 1 day"
    found = bench.measure(orders, Metric.VIOLATIONS, query=late, **rule)
    assert (found.error, found.value, [dict(row) for row in found.sample]) == (None, 1, [{"id": 1}])
    assert bench.measure(orders, Metric.SQL, query="select typeof($since)", **rule).value == "DATE"
    wrong = bench.measure(orders, Metric.SQL, query="select $n", params={"n": 2**63}, param_types={"n": "integer"})
    assert wrong.error is not None
    assert "'n' is declared integer" in wrong.error


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("select count(*) from ops.flights.t;", 5),
        ("select sum(id) from ops.flights.t", 14),
        ("select avg(id) from ops.flights.t", 2.8),
        ("select 12345678901234567890.5::decimal(38,1)", "12345678901234567890.5"),
        ("select 0.1::decimal(5,3)", 0.1),
        ("select max(day) from ops.flights.t", "2014-01-01"),
        ("select timestamptz '2020-01-01 00:00:00Z'", "2020-01-01 00:00:00+00"),
        ("select 'nan'::double", "nan"),
        ("select true", True),
        ("select null", None),
    ],
)
def test_a_query_gives_one_plain_value(bench: Bench, table: Relation, query: str, value: object) -> None:
    found = bench.measure(table, Metric.SQL, query=query)
    assert (found.error, found.value, found.failing_rows) == (None, value, None)


@pytest.mark.parametrize(
    ("metric", "columns", "rest", "words"),
    [
        (Metric.NULL_VALUES, ("orgin",), {}, "did you mean 'origin'?"),
        (Metric.NULL_VALUES, (), {}, "about one column"),
        (Metric.INVALID_VALUES, ("id",), {}, "validValues, pattern or bounds"),
        (Metric.INVALID_VALUES, ("id",), {"arguments": {"maximun": 3}}, "did you mean 'maximum'?"),
        (Metric.INVALID_VALUES, ("tail",), {"arguments": {"pattern": "(?=N)"}}, "perl operator"),
        (Metric.INVALID_VALUES, ("tail",), {"arguments": {"minimum": 3}}, "is VARCHAR"),
        (Metric.INVALID_VALUES, ("id",), {"arguments": {"minLength": 3}}, "about texts"),
        (Metric.INVALID_VALUES, ("day",), {"arguments": {"minimum": "soon"}}, "soon"),
        (Metric.SQL, (), {"query": "select 1, 2"}, "2 columns"),
        (Metric.SQL, (), {"query": "select 1 where false"}, "no row"),
        (Metric.SQL, (), {"query": "select id from ops.flights.t"}, "several rows"),
        (Metric.SQL, (), {"query": "select nope from ops.flights.t"}, "nope"),
        (Metric.SQL, (), {"query": "select $x"}, "'$x'"),
        (Metric.SQL, (), {"query": "select 1; select 2"}, "second statement"),
        (Metric.VIOLATIONS, (), {"query": "drop table t"}, "not one SELECT"),
        (Metric.VIOLATIONS, (), {}, "no query"),
        (Metric.VIOLATIONS, (), {"query": "select tail::integer from ops.flights.t"}, "convert"),
        (Metric.SCHEMA, (), {}, "without an engine"),
    ],
)
def test_a_rule_that_cannot_be_measured_says_why(
    bench: Bench, table: Relation, metric: Metric, columns: tuple[str, ...], rest: dict[str, object], words: str
) -> None:
    found = bench.measure(table, metric, *columns, **rest)
    assert words in (found.error or "")
    assert found.value is None


def test_answers_come_in_the_order_of_the_rules(bench: Bench, table: Relation) -> None:
    rules: list[tuple[Metric, tuple[str, ...]]] = [
        (Metric.ROW_COUNT, ()),
        (Metric.NULL_VALUES, ("nope",)),
        (Metric.NULL_VALUES, ("tail",)),
    ]
    specs = [
        CheckSpec(id=f"{metric}{columns}", dataset="ops.flights.t", metric=metric, columns=columns)
        for metric, columns in rules
    ]
    found = bench.session.measure(table, specs, {})
    assert [each.value for each in found] == [5, None, 1]
    assert [each.fingerprint for each in found] == [spec.fingerprint for spec in specs]
    assert bench.session.measure(table, [], {}) == ()


def test_a_missing_file_is_the_worlds_failure_and_no_answer(bench: Bench, table: Relation, tmp_path: Path) -> None:
    gone = Relation(columns=table.columns, files=(str(tmp_path / "gone.parquet"),))
    assert isinstance(failure(lambda: bench.measure(gone, Metric.ROW_COUNT)), WorldError)


@pytest.mark.parametrize("rows", ["", " where false", " where id = 4 and tail is null"])
@pytest.mark.parametrize(
    ("metric", "column", "arguments", "words"),
    [
        (Metric.INVALID_VALUES, "tail", {"pattern": "("}, "missing )"),
        (Metric.INVALID_VALUES, "tail", {"pattern": "(?=N)"}, "perl operator"),
        (Metric.INVALID_VALUES, "tail", {"pattern": r"(a)\1"}, "escape"),
        (Metric.INVALID_VALUES, "tail", {"pattern": ""}, "every text matches"),
        (Metric.INVALID_VALUES, "day", {"minimum": "soon"}, "soon"),
        (Metric.MISSING_VALUES, "id", {"missingValues": ["", "N/A"]}, "null to the list"),
        (Metric.MISSING_VALUES, "day", {"missingValues": []}, "null to the list"),
    ],
)
def test_a_rule_that_can_find_nothing_is_an_error_even_where_there_are_no_rows(
    bench: Bench, metric: Metric, column: str, arguments: dict[str, object], words: str, rows: str
) -> None:
    found = bench.measure(bench.relation(f"{ROWS}{rows}"), metric, column, arguments=arguments)
    assert words in (found.error or "")
    assert found.value is None


def test_a_pattern_that_makes_others_search_for_ever_takes_no_time_to_speak_of(bench: Bench) -> None:
    evil = bench.relation("select repeat('a', 50000) || '!' as t from range(20)")
    for pattern in ("^(a+)+$", "^(a|aa)+$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$"):
        assert bench.measure(evil, Metric.INVALID_VALUES, "t", arguments={"pattern": pattern}).value == 20
    (bomb,) = bench.session.measure(
        evil,
        [
            CheckSpec(
                id="r",
                dataset="ops.flights.t",
                metric=Metric.INVALID_VALUES,
                columns=("t",),
                arguments={"pattern": "((a{1,1000}){1,1000}){1,1000}"},
            )
        ],
        {},
    )
    assert "repetition" in (bomb.error or "")

"""Rules written for other tools: each holds on data that keeps it, and fails on data that does not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from meshwright.checks.compile import compile_checks
from meshwright.checks.custom import meaning_of
from meshwright.checks.custom.dbt import TESTS
from meshwright.checks.custom.great_expectations import EXPECTATIONS
from meshwright.checks.custom.soda import METRICS
from meshwright.checks.spec import CheckSpec, Outcome
from meshwright.checks.verdict import evidence_of
from meshwright.engines.protocol import Relation
from meshwright.model import FileSource, Node, QualityRule

from ...checks.products import port, product
from ..conftest import Bench

GX, SODA, DBT = "greatExpectations", "soda", "dbt"
ROWS = """
select * from (values
  (1, 'a',  10, 1.5::double, 'x@y.org', '2026-01-05', 1, 2, '{"k": 1}'),
  (2, 'b',  20, 2.5::double, 'z@y.org', '2026-01-06', 2, 3, '[]'),
  (3, 'b',  30, null,        null,      null,         3, 4, null),
  (4, null, 40, 4.5::double, 'w@y.org', '2026-01-08', null, null, '{}')
) v(id, kind, n, x, mail, day, lo, hi, doc)
"""


@pytest.fixture(scope="module")
def table(bench: Bench) -> Relation:
    """The table under test."""
    return bench.relation(ROWS)


def expect(name: str, **kwargs: object) -> tuple[str, object]:
    return GX, {"type": f"expect_{name}", "kwargs": kwargs}


#: A rule, and what it finds.
CASES: list[tuple[tuple[str, object], bool]] = [
    (expect("column_values_to_not_be_null", column="id"), True),
    (expect("column_values_to_not_be_null", column="kind"), False),
    (expect("column_values_to_not_be_null", column="kind", mostly=0.75), True),
    (expect("column_values_to_not_be_null", column="kind", mostly=0.76), False),
    (expect("column_values_to_be_null", column="x"), False),
    (expect("column_values_to_be_null", column="x", mostly=0.25), True),
    (expect("column_values_to_be_unique", column="id"), True),
    (expect("column_values_to_be_unique", column="kind"), False),
    (expect("column_values_to_be_in_set", column="kind", value_set=["a", "b"]), True),
    (expect("column_values_to_be_in_set", column="kind", value_set=["a"]), False),
    # Of the three values that are there, one is good: nulls do not count.
    (expect("column_values_to_be_in_set", column="kind", value_set=["a"], mostly=0.33), True),
    (expect("column_values_to_be_in_set", column="kind", value_set=["a"], mostly=0.34), False),
    (expect("column_values_to_not_be_in_set", column="kind", value_set=["c"]), True),
    (expect("column_values_to_not_be_in_set", column="kind", value_set=["a"]), False),
    (expect("column_values_to_not_be_in_set", column="kind", value_set=["a"], mostly=0.6), True),
    (expect("column_values_to_be_between", column="n", min_value=10, max_value=40), True),
    (expect("column_values_to_be_between", column="n", min_value=10, max_value=40, strict_max=True), False),
    (expect("column_values_to_be_between", column="n", minValue=15, mostly=0.75), True),
    (expect("column_values_to_be_between", column="x", max_value=4.4), False),
    (expect("column_values_to_match_regex", column="mail", regex="@y"), True),
    (expect("column_values_to_match_regex", column="mail", regex="^[xz]@"), False),
    (expect("column_values_to_match_regex", column="mail", regex="^[xz]@", mostly=0.66), True),
    (expect("column_values_to_not_match_regex", column="mail", regex="@q"), True),
    (expect("column_values_to_not_match_regex", column="mail", regex="^w"), False),
    (expect("column_values_to_match_regex_list", column="mail", regex_list=["^[xz]", "^w"]), True),
    (expect("column_values_to_match_regex_list", column="mail", regex_list=["^[xz]", "^w"], match_on="all"), False),
    (expect("column_values_to_not_match_regex_list", column="mail", regex_list=["q", "^w"]), False),
    (expect("column_values_to_not_match_regex_list", column="mail", regex_list=["q", "r@"]), True),
    (expect("column_value_lengths_to_be_between", column="mail", min_value=7, max_value=7), True),
    (expect("column_value_lengths_to_be_between", column="mail", min_value=7, strict_min=True), False),
    (expect("column_value_lengths_to_equal", column="mail", value=7), True),
    (expect("column_value_lengths_to_equal", column="kind", value=2), False),
    (expect("column_values_to_match_strftime_format", column="day", strftime_format="%Y-%m-%d"), True),
    (expect("column_values_to_match_strftime_format", column="day", strftime_format="%d.%m.%Y"), False),
    (expect("column_values_to_be_json_parseable", column="doc"), True),
    (expect("column_values_to_be_json_parseable", column="mail"), False),
    (expect("column_to_exist", column="doc"), True),
    (expect("column_distinct_values_to_be_in_set", column="kind", value_set=["a", "b", "c"]), True),
    (expect("column_distinct_values_to_be_in_set", column="kind", value_set=["b"]), False),
    (expect("column_distinct_values_to_contain_set", column="kind", value_set=["a"]), True),
    (expect("column_distinct_values_to_contain_set", column="kind", value_set=["a", "c"]), False),
    (expect("column_distinct_values_to_equal_set", column="kind", value_set=["b", "a"]), True),
    (expect("column_distinct_values_to_equal_set", column="kind", value_set=["a", "b", "c"]), False),
    (expect("column_min_to_be_between", column="n", min_value=10, max_value=10), True),
    (expect("column_max_to_be_between", column="n", max_value=39), False),
    (expect("column_mean_to_be_between", column="n", min_value=25, max_value=25), True),
    (expect("column_median_to_be_between", column="n", min_value=26), False),
    (expect("column_sum_to_be_between", column="n", min_value=100, max_value=100), True),
    (expect("column_stdev_to_be_between", column="n", min_value=12.9, max_value=13), True),
    (expect("column_unique_value_count_to_be_between", column="kind", min_value=2, max_value=2), True),
    (expect("column_proportion_of_unique_values_to_be_between", column="kind", max_value=0.5), False),
    (expect("table_row_count_to_be_between", min_value=4, max_value=5), True),
    (expect("table_row_count_to_be_between", min_value=4, strict_min=True), False),
    (expect("table_row_count_to_equal", value=4), True),
    (expect("table_row_count_to_equal", value=5), False),
    (expect("compound_columns_to_be_unique", column_list=["kind", "n"]), True),
    (expect("compound_columns_to_be_unique", column_list=["kind"]), False),
    (expect("compound_columns_to_be_unique", column_list=["kind", "kind"], ignore_row_if="any_value_is_missing"), False),
    (expect("column_pair_values_a_to_be_greater_than_b", column_A="hi", column_B="lo"), True),
    (expect("column_pair_values_a_to_be_greater_than_b", column_A="lo", column_B="hi"), False),
    (expect("column_pair_values_a_to_be_greater_than_b", column_A="n", column_B="x"), False),
    (expect("column_pair_values_a_to_be_greater_than_b", column_A="n", column_B="x", ignore_row_if="either_value_is_missing"),
     True),
    (expect("column_pair_values_to_be_equal", column_A="id", column_B="id"), True),
    (expect("column_pair_values_to_be_equal", column_A="id", column_B="lo", ignore_row_if="never"), False),
    (expect("multicolumn_sum_to_equal", column_list=["lo", "hi"], sum_total=5), False),
    (expect("multicolumn_sum_to_equal", column_list=["id"], sum_total=1), False),
    ((SODA, "row_count > 3"), True),
    ((SODA, "row_count between 5 and 9"), False),
    ((SODA, {"checks for t": ["row_count = 4", {"missing_count(kind) = 1": None}]}), True),
    ((SODA, {"type": "missing_count", "column": "kind", "must_be": 1}), True),
    ((SODA, {"type": "no_missing_values", "column": "kind"}), False),
    ((SODA, "missing_percent(kind) < 25 %"), False),
    ((SODA, {"missing_count(kind) = 2": {"missing values": ["a"]}}), True),
    ((SODA, {"type": "duplicate_percent", "columns": ["kind", "n"], "must_be_less_than": 1.0}), True),
    ((SODA, "duplicate_count(kind) = 0"), False),
    ((SODA, "duplicate_count(kind) = 1"), True),
    ((SODA, "duplicate_percent(kind) < 25"), False),
    ((SODA, {"type": "no_duplicate_values", "column": "id"}), True),
    ((SODA, {"invalid_count(kind) = 0": {"valid values": ["a", "b"]}}), True),
    ((SODA, {"invalid_count(mail) = 0": {"valid format": "email"}}), True),
    ((SODA, {"invalid_count(kind) = 0": {"valid format": "email"}}), False),
    ((SODA, {"invalid_count(n) = 0": {"valid min": 10, "valid max": 39}}), False),
    ((SODA, {"invalid_percent(kind) < 26": {"invalid values": ["a"]}}), True),
    ((SODA, {"type": "no_invalid_values", "column": "mail", "valid_length": 7}), True),
    ((SODA, {"invalid_count": {"column": "mail", "valid_regex": "@y", "threshold": {"must_be": 0}}}), True),
    ((SODA, "distinct_count(kind) = 2"), True),
    ((SODA, "min(n) >= 11"), False),
    ((SODA, "max(n) = 40"), True),
    ((SODA, "avg(n) = 25"), True),
    ((SODA, "sum(n) = 100"), True),
    ((SODA, "stddev(n) between 12 and 13"), True),
    ((SODA, "stddev_samp(n) > 13"), False),
    ((SODA, "stddev_pop(n) < 12"), True),
    ((SODA, "variance(n) > 100"), True),
    ((SODA, "min_length(mail) = 7"), True),
    ((SODA, "max_length(mail) < 7"), False),
    ((SODA, "avg_length(mail) = 7"), True),
    ((DBT, {"not_null": {"column_name": "id"}}), True),
    ((DBT, {"not_null": {"column_name": "kind"}}), False),
    ((DBT, {"unique": {"column_name": "kind"}}), False),
    ((DBT, {"accepted_values": {"column_name": "kind", "values": ["a", "b"]}}), True),
    ((DBT, {"accepted_values": {"column_name": "kind", "arguments": {"values": ["a"]}, "config": {"severity": "warn"}}}), False),
    ((DBT, {"relationships": {"column_name": "lo", "to": "ref('t')", "field": "id"}}), True),
    ((DBT, {"relationships": {"column_name": "hi", "to": "ref('t')", "field": "lo"}}), False),
    ((DBT, {"dbt_utils.accepted_range": {"column_name": "n", "min_value": 10, "max_value": 40}}), True),
    ((DBT, {"dbt_utils.accepted_range": {"column_name": "n", "min_value": 10, "inclusive": False}}), False),
    ((DBT, {"dbt_utils.unique_combination_of_columns": {"combination_of_columns": ["kind", "n"]}}), True),
    ((DBT, {"dbt_utils.unique_combination_of_columns": {"combination_of_columns": ["kind"]}}), False),
    ((DBT, {"dbt_utils.not_empty_string": {"column_name": "mail"}}), True),
    ((DBT, {"dbt_utils.expression_is_true": {"expression": "n >= 10"}}), True),
    ((DBT, {"dbt_utils.expression_is_true": {"column_name": "n", "expression": "> 10"}}), False),
    ((DBT, {"dbt_utils.not_null_proportion": {"column_name": "kind", "at_least": 0.75}}), True),
    ((DBT, {"dbt_utils.not_null_proportion": {"column_name": "kind", "at_least": 0.8}}), False),
    ((DBT, {"dbt_utils.at_least_one": {"column_name": "kind"}}), True),
    ((DBT, {"dbt_utils.not_constant": {"column_name": "kind"}}), True),
    ((DBT, {"dbt_utils.not_accepted_values": {"column_name": "kind", "values": ["b"]}}), False),
    ((DBT, {"dbt_expectations.expect_column_values_to_be_between": {"column_name": "n", "min_value": 10}}), True),
]  # fmt: skip


def specs(rule: tuple[str, object], column: str | None = None) -> tuple[CheckSpec, ...]:
    engine, implementation = rule
    custom = QualityRule(type="custom", engine=engine, id="own", meant=meaning_of(engine, implementation, column))
    t = Node(address="ops.flights.t", kind="source", source=FileSource(path="x.csv", format="csv"))
    made = port(quality=(custom,))
    contract = made.contract
    objects = tuple(type(each)(name="t", quality=each.quality) for each in contract.objects)
    made = type(made)(
        address=made.address,
        name=made.name,
        contract=type(contract)(id="c", version="1", api_version="v3.2.0", objects=objects),
        datasets=("ops.flights.t",),
    )
    return compile_checks(product(made, others={"t": t}), {})["ops.flights.t"]


def outcomes(bench: Bench, table: Relation, found: tuple[CheckSpec, ...]) -> list[Outcome]:
    measured = bench.session.measure(table, found, {})
    assert [one.error for one in measured] == [None] * len(measured)
    return [
        evidence_of(spec, one, version="v", others="", run_id="r").outcome
        for spec, one in zip(found, measured, strict=True)
    ]


@pytest.mark.parametrize(("rule", "is_kept"), CASES, ids=[f"{rule[0]} {rule[1]} {kept}"[:110] for rule, kept in CASES])
def test_a_rule_of_another_tool_is_measured(
    bench: Bench, table: Relation, rule: tuple[str, object], is_kept: bool
) -> None:
    found = specs(rule)
    assert found
    assert all(spec.id.startswith("own") for spec in found)
    assert (set(outcomes(bench, table, found)) == {Outcome.PASS}) is is_kept


def _names(rule: tuple[str, object]) -> str:
    engine, implementation = rule
    if engine == GX:
        assert isinstance(implementation, Mapping)
        return str(implementation["type"])
    return str(implementation)


def test_every_name_that_is_known_has_a_case() -> None:
    written = [_names(rule) for rule, _ in CASES]
    assert [name for name in EXPECTATIONS if name not in written] == []
    assert [name for name in TESTS if not any(name in each for each in written)] == []
    measured = [
        name for name in METRICS if name != "freshness"
    ]  # against the clock: tests/checks/test_service_levels.py
    assert [name for name in measured if not any(name in each for each in written)] == []
    assert len(EXPECTATIONS) >= 20

"""Promised columns against real ones, before a run and at the gate."""

from __future__ import annotations

import pytest

from meshwright.checks.compile import compile_checks
from meshwright.checks.conform import contract_problems, schema_measurement
from meshwright.checks.problems import rule_problems
from meshwright.diagnostics import Severity
from meshwright.model import Columns, Operator, QualityRule

from .products import LATE, columns, library, port, product, prop, query

REAL = columns(carrier="VARCHAR", minutes="BIGINT", at="TIMESTAMP")


def _measure(real: Columns, *properties, api_version: str = "v3.2.0") -> list[str]:
    spec = compile_checks(product(port(*properties, api_version=api_version)), {})[LATE][0]
    measurement = schema_measurement(real, spec)
    assert measurement.value == len(measurement.sample)
    return [str(row["difference"]) for row in measurement.sample]


def test_columns_as_promised_have_no_difference() -> None:
    promised = (
        prop("carrier", logical_type="string"),
        prop("minutes", physical_type="int8"),
        prop("at", logical_type="timestamp"),
    )
    assert _measure(REAL, *promised) == []


def test_missing_wrong_and_extra_columns_are_all_named() -> None:
    assert _measure(
        REAL, prop("carier"), prop("minutes", physical_type="INTEGER"), prop("at", logical_type="date")
    ) == [
        "column 'carier' is missing (there is 'carrier')",
        "column 'minutes' is BIGINT, promised is INTEGER",
        "column 'at' is TIMESTAMP, promised is logical type date",
        "column 'carrier' is not promised",
    ]


def test_a_physical_type_binds_even_where_the_logical_type_would_admit_more() -> None:
    real = columns(a="BIGINT")
    assert _measure(real, prop("a", logical_type="integer", physical_type="INTEGER")) == [
        "column 'a' is BIGINT, promised is INTEGER"
    ]
    assert _measure(real, prop("a", logical_type="integer")) == []


def test_a_property_without_any_type_promises_only_its_name() -> None:
    assert _measure(columns(a="STRUCT(x INTEGER)"), prop("a")) == []


def test_old_contracts_may_call_a_timestamp_a_date() -> None:
    assert _measure(columns(a="TIMESTAMP"), prop("a", logical_type="date"), api_version="v3.0.2") == []


def test_an_unknown_logical_type_is_a_difference_and_never_a_pass() -> None:
    (words,) = _measure(columns(a="INTEGER"), prop("a", logical_type="geography"))
    assert words.startswith("column 'a' is promised as 'geography', which is no logical type")


def test_check_finds_the_misspelt_column_at_its_property_with_the_nearest_name() -> None:
    problems = contract_problems(product(port(prop("carier"), prop("minutes"), prop("at"))), {LATE: REAL})
    assert [(one.code, str(one.span), one.message, one.fix) for one in problems] == [
        (
            "MW-C104",
            "c.odcs.yaml:6:7",
            "column 'carier' is not in dataset ops.flights.late",
            "did you mean 'carrier'? columns: at, carrier, minutes",
        ),
        (
            "MW-C105",
            "c.odcs.yaml:1:1",
            "column 'carrier' of dataset ops.flights.late is not in the contract of port ops.flights/late",
            "add a property named 'carrier', or leave the column out of the dataset",
        ),
    ]


def test_check_names_a_type_that_differs_and_passes_over_what_is_not_bound() -> None:
    wrong = product(port(prop("carrier", physical_type="INTEGER"), prop("minutes"), prop("at")))
    assert [(one.code, one.message) for one in contract_problems(wrong, {LATE: REAL})] == [
        ("MW-C106", "column 'carrier' is VARCHAR, promised is INTEGER (dataset ops.flights.late)")
    ]
    assert contract_problems(wrong, {}) == ()


def test_custom_rules_are_named_as_not_executed() -> None:
    rule = QualityRule(type="custom", engine="soda", id="fresh")
    (problem, other) = contract_problems(product(port(quality=(rule,)), rules=(QualityRule(type="custom"),)), {})
    assert (problem.code, problem.severity) == ("MW-C108", Severity.WARNING)
    assert (
        problem.message
        == "rule 'fresh' for engine 'soda' on ops.flights.late is of type custom and is not executed: it means nothing"
    )
    assert other.code == "MW-C108"


GOOD = [
    library("rowCount", Operator.MUST_BE_GREATER_THAN, 1),
    library("nullValues", column="carrier"),
    library("nullValues", Operator.MUST_BE_LESS_THAN, 5, column="carrier", unit="percent"),
    library("duplicateValues", arguments={"properties": ("carrier", "at")}),
    library("invalidValues", column="carrier", arguments={"pattern": "^A"}),
    library("missingValues", column="carrier", arguments={"missingValues": ("NA", None)}),
    query("SELECT count(*) FROM {object} JOIN ops.flights.raw USING (carrier)"),
    query("SELECT max(carrier) FROM late", Operator.MUST_BE, "ZZ"),
    query("WITH x AS (SELECT 1 AS a FROM late) SELECT a FROM x WHERE a > $min"),
    QualityRule(type="text", description="words"),
]

BAD = [
    (library("nullCount", column="carrier"), "MW-C112", "unknown metric 'nullCount'"),
    (library("nullValues"), "MW-C113", "rule 'nullValues' does not say which column it is about"),
    (
        library("nullValues", column="carier"),
        "MW-C114",
        "rule 'nullValues' is about column 'carier', which the dataset does not have",
    ),
    (library("rowCount"), "MW-C115", "rule 'rowCount' does not say what the value must be"),
    (library("rowCount", Operator.MUST_BE, "many"), "MW-C116", "'mustBe' of rule 'rowCount' needs a number"),
    (
        library("rowCount", Operator.MUST_BE_BETWEEN, (10, 5)),
        "MW-C116",
        "no value lies between 10 and 5 (rule 'rowCount')",
    ),
    (
        library("rowCount", Operator.MUST_BE_BETWEEN, 5),
        "MW-C116",
        "'mustBeBetween' of rule 'rowCount' needs two numbers",
    ),
    (library("rowCount", Operator.MUST_BE, (1, 2)), "MW-C116", "'mustBe' of rule 'rowCount' needs one value"),
    (
        library("nullValues", Operator.MUST_BE_LESS_THAN, 500, column="at", unit="percent"),
        "MW-C116",
        "rule 'nullValues' is in percent, its bound is not between 0 and 100",
    ),
    (
        library("rowCount", Operator.MUST_BE, 100, unit="percent"),
        "MW-C117",
        "rule 'rowCount' counts all rows: that is always 100 percent",
    ),
    (library("invalidValues", column="at"), "MW-C118", "rule 'invalidValues' does not say which values are valid"),
    (
        library("nullValues", column="at", arguments={"x": 1}),
        "MW-C119",
        "rule 'nullValues' has argument 'x', which nullValues does not know",
    ),
    (query("  "), "MW-C110", "rule 'sql' has no query"),
    (
        query("SELECT {nothing} FROM {object}"),
        "MW-C110",
        "rule 'sql': the query has an unknown placeholder '{nothing}'",
    ),
    (query("SELECT {property} FROM {object}"), "MW-C110", "rule 'sql': the placeholder '{property}' needs a column"),
    (query("SELECT FROM WHERE"), "MW-C110", "the query of rule 'sql' cannot be used: "),
    (query("DELETE FROM {object}"), "MW-C110", "the query of rule 'sql' cannot be used: "),
    (query("SELECT 1 FROM lat"), "MW-C111", "the query of rule 'sql' reads 'lat', which is no dataset of the mesh"),
    (
        query("SELECT 1 FROM wx.obs.hourly"),
        "MW-C111",
        "the query of rule 'sql' reads 'wx.obs.hourly', which is no dataset of the mesh",
    ),
    (query("SELECT count(*) FROM {object} WHERE at < now()"), "MW-C120", "the query of rule 'sql' calls now()"),
    (query("SELECT count(*) FROM {object} WHERE at < $mni"), "MW-C121", "the query of rule 'sql' uses parameter 'mni'"),
    (query("SELECT summ(id) FROM {object}"), "MW-C123", "the query of rule 'sql' calls summ(), which no rule may call"),
    (query("SELECT duckdb_settings() FROM {object}"), "MW-C123", "the query of rule 'sql' calls duckdb_settings()"),
    (query("SELECT 0"), "MW-C124", "the query of rule 'sql' reads no dataset"),
    (query("WITH x AS (SELECT 1 AS a) SELECT a FROM x"), "MW-C124", "the query of rule 'sql' reads no dataset"),
    (query("SELECT 1 FROM {object}", None), "MW-C115", "rule 'sql' does not say what the value must be"),
]


def _problems(rule: QualityRule) -> tuple[tuple[str, str], ...]:
    found = rule_problems(product(rules=(rule,)), {LATE, "ops.flights.raw"}, {LATE: REAL}, params={"min"})
    assert all(one.object == LATE and one.fix for one in found)
    return tuple((one.code, one.message) for one in found)


@pytest.mark.parametrize("rule", GOOD, ids=str)
def test_rules_that_can_be_executed_have_no_problem(rule: QualityRule) -> None:
    assert _problems(rule) == ()


@pytest.mark.parametrize(("rule", "code", "words"), BAD, ids=[f"{case[1]}-{number}" for number, case in enumerate(BAD)])
def test_rules_that_cannot_be_executed_say_why_and_what_to_do(rule: QualityRule, code: str, words: str) -> None:
    ((found, message),) = _problems(rule)
    assert (found, message[: len(words)]) == (code, words)


def test_an_unknown_dataset_gets_the_nearest_name() -> None:
    (problem,) = rule_problems(product(rules=(query("SELECT 1 FROM lat"),)), {LATE, "ops.flights.raw"}, {})
    assert problem.fix is not None
    assert problem.fix.startswith("did you mean 'ops.flights.late'?")

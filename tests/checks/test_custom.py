"""Custom rules whose meaning is not known: why, and what to do; none of them is weaker than it reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.checks.custom import Unknown, meaning_of
from meshwright.checks.custom.dbt import TESTS
from meshwright.checks.custom.great_expectations import EXPECTATIONS
from meshwright.checks.custom.soda import METRICS
from meshwright.files.standards import DEFAULT_SEVERITIES, read_contract
from meshwright.files.standards.lint import lint_contract_files
from meshwright.model import Action, Operator

GX, SODA, DBT = "great-expectations", "soda", "dbt"


@pytest.mark.parametrize(
    ("engine", "implementation", "message", "fix"),
    [
        ("monte-carlo", {}, "engine 'monte-carlo' is not known", "engines: dbt, greatExpectations, soda"),
        ("sodda", {}, "engine 'sodda'", "did you mean 'soda'?"),
        (GX, "x", "an expectation is a mapping", "type: expect_"),
        (GX, {"kwargs": {}}, "the expectation has no type", "type: expect_"),
        (GX, {"type": "expect_column_values_to_be_nul"}, "is not known", "did you mean 'expect_column_values_to_be_null'?"),
        (GX, {"type": "expect_column_values_to_not_be_null"}, "does not say which column", "move the rule to a property"),
        (GX, {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a", "mosty": 1}},
         "argument 'mosty' of 'expect_column_values_to_not_be_null' is not known", "did you mean 'mostly'?"),
        (GX, {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a", "row_condition": "b > 1"}},
         "argument 'row_condition'", "arguments: column, mostly"),
        (GX, {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a", "mostly": 95}}, "is not between 0 and 1", "0.95"),  # noqa: E501
        (GX, {"type": "expect_column_values_to_be_between", "kwargs": {"column": "a"}}, "has no bound", "min_value"),
        (GX, {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "a", "value_set": "x"}}, "is not a list", "a list"),
        (GX, {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "a", "mostly": 0.9}}, "'mostly'", "leave it out"),
        (SODA, {}, "is a mapping or a line", "must_be: 0"),
        (SODA, "freshnes(at) < 1d", "the check 'freshnes' is not known", "did you mean 'freshness'?"),
        (SODA, "freshness(at) < soon", "is no duration", "< 1d"),
        (SODA, "missing_count(a)", "is compared with nothing", "= 0"),
        (SODA, "missing_count(a, b) = 0", "is about one column", "each column"),
        (SODA, "missing_count(a) = few", "is no number", "write a number"),
        (SODA, {"invalid_count(a) = 0": {"valid formt": "email"}}, "does not say which values", "valid values"),
        (SODA, {"invalid_count(a) = 0": {"valid format": "emial"}}, "the format 'emial' is not known", "did you mean 'email'?"),
        (SODA, {"missing_count(a) = 0": {"missing regex": "x"}}, "argument 'missing_regex'", "missing_values"),
        (SODA, {"type": "missing_count", "column": "a", "must_be": 0, "must_be_less_than": 3}, "several thresholds", "keep one"),
        (SODA, {"type": "row_count", "filter": "a > 1", "must_be": 3}, "argument 'filter'", "leave it out"),
        (DBT, "not_nul", "the test 'not_nul' is not known", "did you mean 'not_null'?"),
        (DBT, "not_null", "does not say which column", "move the rule to a property"),
        (DBT, {"not_null": {"column_name": "a", "where": "b > 1"}}, "argument 'where'", "arguments: column"),
        (DBT, {"not_null": {"column_name": "a", "config": {"where": "b"}}}, "'where' in the config", "type: sql"),
        (DBT, {"dbt_expectations.expect_x": {}}, "the expectation 'expect_x'", "expectations: "),
        (DBT, {"a": 1, "b": 2}, "the test has no name", "tests: "),
        (DBT, {"dbt_utils.expression_is_true": {"expression": "{x}"}}, "holds a brace", "type: sql"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_said_with_the_nearest_name(
    engine: str, implementation: object, message: str, fix: str
) -> None:
    with pytest.raises(Unknown) as caught:
        meaning_of(engine, implementation, None)
    assert message in caught.value.message
    assert fix in caught.value.fix


@pytest.mark.parametrize("table", [EXPECTATIONS, TESTS, METRICS], ids=["great expectations", "dbt", "soda"])
def test_names_are_known_by_their_table(table: dict[str, object]) -> None:
    assert len(table) > 10


CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: a
version: 1.0.0
status: active
schema:
  - name: t
    properties:
      - name: carrier
        quality:
          - type: custom
            engine: {engine}
            severity: warning
            implementation: {implementation}
"""


def read(engine: str, implementation: str) -> str:
    return CONTRACT.format(engine=engine, implementation=implementation)


def test_an_implementation_is_a_mapping_or_the_yaml_of_its_tool() -> None:
    text = read(
        "greatExpectations",
        "|\n              type: expect_column_values_to_be_in_set\n              kwargs: {value_set: [UA]}",
    )
    contract, findings = read_contract(text.encode(), "c.yaml", DEFAULT_SEVERITIES)
    assert (contract is not None, findings) == (True, ())
    assert contract is not None
    (rule,) = contract.objects[0].properties[0].quality
    (meant,) = rule.meant
    assert (rule.action, meant.metric, meant.column, meant.operator) == (
        Action.WARN,
        "invalidValues",
        "carrier",
        Operator.MUST_BE,
    )
    assert dict(meant.arguments) == {"validValues": ("UA",)}
    again, _ = read_contract(read("dbt", "{accepted_values: {values: [UA]}}").encode(), "c.yaml", DEFAULT_SEVERITIES)
    assert again is not None
    assert again.objects[0].properties[0].quality[0].meant == rule.meant


@pytest.mark.parametrize(
    ("engine", "implementation", "message"),
    [
        ("soda", "missing_cont(carrier) = 0", "the check 'missing_cont' is not known"),
        ("soda", "missing_count(other) = 0", "names column 'other' and stands under property 'carrier'"),
        ("dbt", "'[a: b: c'", "the implementation is no YAML in line 1"),
        ("dbt", "''", "a test of dbt is a name or a mapping"),
    ],
)
def test_lint_names_what_is_not_executed(tmp_path: Path, engine: str, implementation: str, message: str) -> None:
    path = tmp_path / "c.odcs.yaml"
    path.write_text(read(engine, implementation))
    (finding,) = lint_contract_files([path])
    assert (finding.code, str(finding.span).rpartition("yaml:")[2]) == ("MW-C108", "11:13")
    assert message in finding.message
    assert finding.fix

"""The quality grammar by itself, as pipeline.yaml uses it."""

from __future__ import annotations

import pytest

from meshwright.diagnostics import Diagnostic
from meshwright.files.standards import read_quality_rules
from meshwright.files.yaml import parse_yaml
from meshwright.model import Action, Operator, QualityRule


def read(text: str, column: str | None = None) -> tuple[tuple[QualityRule, ...], tuple[Diagnostic, ...]]:
    document, findings = parse_yaml(text.encode(), "pipeline.yaml")
    assert document is not None
    assert not findings
    return read_quality_rules(document.root, "pipeline.yaml", {"error": Action.STOP}, column)


def test_a_rule_of_a_pipeline_reads_like_a_rule_of_a_contract() -> None:
    rules, findings = read("[{metric: rowCount, mustBeGreaterThan: 300000, severity: stop}]")
    assert findings == ()
    (rule,) = rules
    assert (rule.metric, rule.operator, rule.bound) == ("rowCount", Operator.MUST_BE_GREATER_THAN, 300000)
    assert (rule.column, rule.action, str(rule.span)) == (None, Action.STOP, "pipeline.yaml:1:2")


def test_sound_rules_are_given_beside_the_findings_on_others() -> None:
    rules, findings = read("- {metric: rowCount}\n- {metric: rowCount, mustBe: 3}\n- {metric: rows, mustBe: 3}\n")
    assert [rule.bound for rule in rules] == [3]
    assert [(finding.code, str(finding.span)) for finding in findings] == [
        ("MW-C022", "pipeline.yaml:1:3"),
        ("MW-C021", "pipeline.yaml:3:12"),
    ]


def test_the_standards_schema_is_asked_for_the_rest() -> None:
    rules, findings = read("- {metric: rowCount, mustBe: 3, dimension: size, tags: a}\n")
    assert [(finding.code, str(finding.span)) for finding in findings] == [
        ("MW-C007", "pipeline.yaml:1:44"),
        ("MW-C006", "pipeline.yaml:1:56"),
    ]
    assert len(rules) == 1


@pytest.mark.parametrize("text", ["{metric: rowCount}", "rowCount", "12"])
def test_rules_are_a_list(text: str) -> None:
    rules, findings = read(text)
    assert rules == ()
    assert [(finding.code, str(finding.span)) for finding in findings] == [("MW-C006", "pipeline.yaml:1:1")]


@pytest.mark.parametrize("text", ["[]", "[{type: text, description: fine}]"])
def test_lists_without_anything_to_measure_are_fine(text: str) -> None:
    assert read(text)[1] == ()


def test_a_rule_of_a_pipeline_names_its_column() -> None:
    rules, findings = read("- {metric: nullValues, column: carrier, mustBe: 0}\n- {metric: rowCount, mustBe: 3}\n")
    assert findings == ()
    assert [rule.column for rule in rules] == ["carrier", None]


@pytest.mark.parametrize(
    ("text", "code", "place", "fix"),
    [
        ("- {metric: nullValues, mustBe: 0}", "MW-C027", "1:4", "add 'column: NAME'"),
        ("- {metric: rowCount, column: carrier, mustBe: 3}", "MW-C027", "1:4", "leave 'column' out"),
        ("- {metric: nullValues, column: [carrier], mustBe: 0}", "MW-C006", "1:32", "write 'column: amount'"),
        ("- {metric: nullValues, column: '', mustBe: 0}", "MW-C006", "1:32", "write 'column: amount'"),
    ],
)
def test_a_column_that_a_rule_cannot_have_is_told(text: str, code: str, place: str, fix: str) -> None:
    rules, findings = read(text)
    assert rules == ()
    assert (findings[0].code, str(findings[0].span), findings[0].fix) == (code, f"pipeline.yaml:{place}", fix)


def test_a_column_takes_rules_about_one_property() -> None:
    rules, findings = read(
        "- {metric: missingValues, mustBeLessThan: 5, unit: percent, arguments: {missingValues: [null, '', NA]}}\n"
        "- {type: sql, query: 'select max({property}) from {object}', mustBe: late}\n",
        "carrier",
    )
    assert findings == ()
    missing, sql = rules
    assert (missing.column, missing.unit) == ("carrier", "percent")
    assert dict(missing.arguments) == {"missingValues": (None, "", "NA")}
    assert (sql.column, sql.bound) == ("carrier", "late")


@pytest.mark.parametrize("operator", list(Operator))
def test_every_operator_of_the_standard_is_read(operator: Operator) -> None:
    is_pair = operator in {Operator.MUST_BE_BETWEEN, Operator.MUST_NOT_BE_BETWEEN}
    rules, findings = read(f"[{{metric: rowCount, {operator}: {'[1, 2.5]' if is_pair else '-3'}}}]")
    assert findings == ()
    assert (rules[0].operator, rules[0].bound) == (operator, (1, 2.5) if is_pair else -3)

"""From contracts, tests and files to CheckSpecs."""

from __future__ import annotations

import json

import pytest

from meshwright.checks.compile import compile_checks
from meshwright.checks.spec import CheckSpec, Metric
from meshwright.checks.verdict import rule_words, unique_measurements
from meshwright.model import Action, Operator, QualityRule, SqlTest

from .products import LATE, PRODUCT, library, port, product, prop, query


def compiled(*args: object, **kwargs: object) -> tuple[CheckSpec, ...]:
    return compile_checks(product(*args, **kwargs), {"min": 5, "unused": 1})[LATE]  # type: ignore[arg-type]


def test_a_contracts_schema_becomes_its_rules_in_the_order_of_enforcement() -> None:
    specs = compiled(
        port(
            prop("year", logical_type="integer", is_primary_key=True, primary_key_position=2, is_required=True),
            prop("month", logical_type="integer", is_primary_key=True, primary_key_position=1),
            prop("origin", physical_type="varchar(3)", enum=("EWR", "JFK"), is_unique=True),
            prop(
                "tail",
                logical_type="string",
                is_required=True,
                logical_type_options={"pattern": "^N", "format": "x", "maxLength": 6},
            ),
        )
    )
    assert [(spec.id, spec.metric.value, spec.columns) for spec in specs] == [
        ("contract:schema", "schema", ()),
        ("contract:required(year)", "nullValues", ("year",)),
        ("contract:required(month)", "nullValues", ("month",)),
        ("contract:required(tail)", "nullValues", ("tail",)),
        ("contract:unique(origin)", "duplicateValues", ("origin",)),
        ("contract:primary_key(month,year)", "duplicateValues", ("month", "year")),
        ("contract:enum(origin)", "invalidValues", ("origin",)),
        ("contract:options(tail)", "invalidValues", ("tail",)),
    ]
    assert all(spec.operator is Operator.MUST_BE and spec.bound == 0 and spec.action is Action.STOP for spec in specs)
    assert {spec.port for spec in specs} == {f"{PRODUCT}/late"}
    assert specs[0].arguments == {
        "columns": [
            {"name": "year", "physical": None, "logical": "integer"},
            {"name": "month", "physical": None, "logical": "integer"},
            {"name": "origin", "physical": "VARCHAR", "logical": None},
            {"name": "tail", "physical": None, "logical": "string"},
        ]
    }
    assert specs[6].arguments == {"validValues": ["EWR", "JFK"]}
    assert specs[7].arguments == {"pattern": "^N", "maxLength": 6}


def test_the_words_of_contract_rules_are_short() -> None:
    specs = compiled(
        port(
            prop(
                "a",
                is_required=True,
                is_unique=True,
                is_primary_key=True,
                enum=(1,),
                logical_type_options={"minimum": 1},
            )
        )
    )
    assert [rule_words(spec) for spec in specs] == [
        "columns as promised",
        "required on `a`",
        "unique on `a`",
        "primary key on `a`",
        "allowed values on `a`",
        "format and range on `a`",
    ]


def test_an_object_without_properties_constrains_no_columns() -> None:
    assert compiled(port()) == ()


def test_library_rules_keep_their_operator_unit_action_and_own_name() -> None:
    specs = compiled(
        rules=(
            library("rowCount", Operator.MUST_BE_GREATER_THAN, 300000, action=Action.WARN),
            library("nullValues", Operator.MUST_BE_LESS_THAN, 5, column="carrier", unit="percent"),
            library("duplicateValues", arguments={"properties": ["a", "b"]}),
            library("invalidValues", column="origin", arguments={"validValues": ("EWR",)}, name="known origins"),
            library(
                "missingValues",
                Operator.MUST_BE_BETWEEN,
                (1, 2),
                column="x",
                id="few",
                arguments={"missingValues": [None, "NA"]},
            ),
        )
    )
    assert [spec.id for spec in specs] == [
        "test:rowCount",
        "test:nullValues(carrier)",
        "test:duplicateValues(a,b)",
        "known origins",
        "few",
    ]
    assert [rule_words(spec) for spec in specs] == [
        "rowCount must be greater than 300000",
        "nullValues of `carrier` must be less than 5 percent",
        "duplicateValues of `a`, `b` must be 0",
        "invalidValues of `origin` must be 0",
        "missingValues of `x` must be between 1 and 2",
    ]
    assert specs[0].action is Action.WARN
    assert specs[2].arguments == {}
    assert json.dumps(dict(specs[3].arguments)) == '{"validValues": ["EWR"]}'


def test_clashing_ids_get_numbers_in_order_and_equal_rules_one_measurement() -> None:
    rule = library("rowCount", Operator.MUST_BE_GREATER_THAN, 0)
    specs = compiled(
        port(prop("a"), name="first"),
        port(prop("a"), name="second"),
        rules=(rule, rule, library("rowCount", Operator.MUST_BE, 1)),
    )
    assert [spec.id for spec in specs] == [
        "contract:schema",
        "contract:schema-2",
        "test:rowCount",
        "test:rowCount-2",
        "test:rowCount-3",
    ]
    assert [spec.port for spec in specs[:2]] == [f"{PRODUCT}/first", f"{PRODUCT}/second"]
    assert [spec.id for spec in unique_measurements(specs)] == ["contract:schema", "test:rowCount", "test:rowCount-3"]


def test_a_rule_in_sql_is_rendered_with_quoted_names_and_knows_what_it_reads() -> None:
    (spec,) = compiled(
        port(
            quality=(
                query(
                    "SELECT count(*) FROM {object} l JOIN wx.obs.hourly h ON l.{property} = h.origin WHERE h.x > $min",
                    column="origin",
                ),
            )
        )
    )
    assert spec.id == "contract:sql(origin)"
    assert spec.metric is Metric.SQL
    assert (
        spec.query
        == 'SELECT count(*) FROM "ops"."flights"."late" l JOIN wx.obs.hourly h ON l."origin" = h.origin WHERE h.x > $min'
    )
    assert spec.reads == ("wx.obs.hourly",)
    assert spec.params == {"min": 5}


def test_formatting_a_rules_query_keeps_its_fingerprint_and_its_meaning_does_not() -> None:
    (one,) = compiled(rules=(query("SELECT count(*) FROM {object} WHERE a > 1"),))
    (same,) = compiled(rules=(query("select COUNT( * )\n from late -- all\n where a>1"),))
    (other,) = compiled(rules=(query("SELECT count(*) FROM {object} WHERE a > 2"),))
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != other.fingerprint


def test_ids_actions_and_words_are_no_part_of_a_fingerprint() -> None:
    (one,) = compiled(rules=(library("rowCount", Operator.MUST_BE, 1),))
    (two,) = compiled(rules=(library("rowCount", Operator.MUST_BE, 1, id="x", action=Action.LOG, description="d"),))
    (three,) = compiled(rules=(library("rowCount", Operator.MUST_BE, 2),))
    assert one.fingerprint == two.fingerprint != three.fingerprint


def test_a_test_file_counts_violations_with_its_parameters() -> None:
    test = SqlTest(
        name="late_flights",
        dataset=LATE,
        text="SELECT * FROM late JOIN ops.flights.raw USING (a) WHERE x > $min",
        reads=(LATE, "ops.flights.raw"),
        fingerprint="f",
        params=("min",),
        action=Action.LOG,
    )
    (spec,) = compiled(sql_tests=(test,))
    assert (spec.id, spec.metric, spec.action, spec.reads) == (
        "file:late_flights",
        Metric.VIOLATIONS,
        Action.LOG,
        ("ops.flights.raw",),
    )
    assert spec.params == {"min": 5}
    assert rule_words(spec) == "rows of test `late_flights` must be 0"


@pytest.mark.parametrize("kind", ["text", "custom"])
def test_rules_for_people_and_other_tools_have_no_spec(kind: str) -> None:
    assert compiled(rules=(QualityRule(type=kind, description="d"),)) == ()


def test_a_query_that_cannot_be_read_is_kept_so_that_it_fails_when_measured() -> None:
    (spec,) = compiled(rules=(query("SELEC nonsense"),))
    assert spec.query == "SELEC nonsense"
    assert spec.reads == ()


def test_a_caller_may_bring_what_it_parsed() -> None:
    from meshwright.sql import parse_statement

    asked: list[str] = []

    def remembering(text: str, dialect: str) -> object:
        asked.append(text)
        return parse_statement(text, dialect)

    compile_checks(product(rules=(query("SELECT 1 FROM late"),)), {}, parse=remembering)
    assert asked == ["SELECT 1 FROM late"]

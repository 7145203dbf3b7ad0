"""What is promised inside of columns, as rules and against real types."""

from __future__ import annotations

import pytest

from meshwright.checks.compile import compile_checks
from meshwright.checks.conform import contract_problems, schema_measurement
from meshwright.checks.nested_types import InnerTypes, inner_types
from meshwright.checks.problems import rule_problems
from meshwright.checks.spec import CheckSpec, Into, Metric, PathStep
from meshwright.checks.verdict import rule_words
from meshwright.model import ContractProperty, Operator

from .products import LATE, columns, library, port, product, prop, query

ADDRESS = prop(
    "address",
    logical_type="object",
    properties=(
        prop("city", logical_type="string", is_required=True, quality=(library("missingValues", column="city"),)),
        prop(
            "geo",
            logical_type="object",
            properties=(prop("lat", physical_type="double", logical_type_options={"minimum": -90}),),
        ),
    ),
)
LINES = prop(
    "lines",
    logical_type="array",
    items=prop(
        "", logical_type="object", is_required=True, properties=(prop("code", is_unique=True, enum=("x", "y")),)
    ),
)
LABELS = prop(
    "labels",
    logical_type="map",
    key=prop("", logical_type="string", logical_type_options={"maxLength": 5}),
    value=prop("", logical_type="integer", is_required=True),
)


def compiled(*properties: ContractProperty) -> tuple[CheckSpec, ...]:
    return compile_checks(product(port(*properties)), {})[LATE]


def test_promises_inside_become_rules_with_a_path_and_ids_that_name_it() -> None:
    specs = compiled(ADDRESS, LINES, LABELS)
    assert [(spec.id, spec.metric.value) for spec in specs] == [
        ("contract:schema", "schema"),
        ("contract:required(address.city)", "nullValues"),
        ("contract:required(lines[])", "nullValues"),
        ("contract:required(labels{value})", "nullValues"),
        ("contract:unique(lines[].code)", "duplicateValues"),
        ("contract:enum(lines[].code)", "invalidValues"),
        ("contract:options(address.geo.lat)", "invalidValues"),
        ("contract:options(labels{key})", "invalidValues"),
        ("contract:missingValues(address.city)", "missingValues"),
    ]
    assert specs[1].columns == ("address",)
    assert specs[1].path == (PathStep(into=Into.FIELD, name="city"),)
    assert specs[4].path == (PathStep(into=Into.ITEMS), PathStep(into=Into.FIELD, name="code"))
    assert rule_words(specs[4]) == "unique on `lines[].code`"


def test_a_path_is_no_name_with_dots_in_it() -> None:
    inside = compiled(prop("a", properties=(prop("b", is_required=True),)))[1]
    column = compiled(prop("a.b", is_required=True))[1]
    assert inside.id == column.id
    assert inside.fingerprint != column.fingerprint
    other = compiled(prop("a", properties=(prop("c", is_required=True),)))[1]
    whole = compiled(prop("a", is_required=True))[1]
    assert len({inside.fingerprint, other.fingerprint, whole.fingerprint}) == 3
    both = compiled(prop("a.b", is_required=True), prop("a", properties=(prop("b", is_required=True),)))
    assert [spec.id for spec in both[1:]] == ["contract:required(a.b)", "contract:required(a.b)-2"]
    assert len({spec.fingerprint for spec in both}) == 3


def test_fingerprints_of_rules_on_whole_columns_are_what_they_always_were() -> None:
    """Evidence is kept by them: these were recorded before rules had paths."""
    contract = port(
        prop(
            "id",
            logical_type="integer",
            is_required=True,
            is_unique=True,
            is_primary_key=True,
            enum=(1, 2),
            logical_type_options={"minimum": 1, "maximum": 9},
        ),
        prop(
            "tail",
            physical_type="varchar(6)",
            logical_type_options={"pattern": "^N", "format": "x"},
            quality=(library("missingValues", column="tail", arguments={"missingValues": ("NA", None)}),),
        ),
        quality=(
            library("rowCount", Operator.MUST_BE_GREATER_THAN, 5),
            library("duplicateValues", arguments={"properties": ("id", "tail")}, unit="percent"),
            query("SELECT count(*) FROM {object} WHERE id > $min"),
        ),
    )
    specs = compile_checks(product(contract), {"min": 5})[LATE]
    assert {spec.id: spec.fingerprint for spec in specs} == {
        "contract:schema": "1d8a21708dfbf2eadb27bd022a6d7e73",
        "contract:required(id)": "da7632643c1c25233172252de31ed130",
        "contract:unique(id)": "8792f8c8ab6cbb4a3b416ef797ff0c1f",
        "contract:primary_key(id)": "8792f8c8ab6cbb4a3b416ef797ff0c1f",
        "contract:enum(id)": "5de7712c0b04229f2005819e56b2a96c",
        "contract:options(id)": "effb669a1dac82bb27af78833a1a0306",
        "contract:options(tail)": "f0907fc26085cb490c04bc0b515c2d57",
        "contract:rowCount": "6c4584d766b70818989c17b56f70b1b2",
        "contract:duplicateValues(id,tail)": "67eea9ded44f1b5ade54f50ecdf7de8f",
        "contract:sql": "f6494f1f5a6a7b4ac0cea10fea21bb0f",
        "contract:missingValues(tail)": "b842b5d095fc6e0a2cfe0309b72caf0e",
    }


REAL = {
    "address": "STRUCT(city VARCHAR, geo STRUCT(lat DOUBLE))",
    "lines": "STRUCT(code VARCHAR)[]",
    "labels": "MAP(VARCHAR, INTEGER)",
}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, []),
        ({"address": "STRUCT(cty VARCHAR, geo STRUCT(lat DOUBLE))"}, ["'address.city' is missing (there is 'cty')", "'address.cty' is not promised"]),  # noqa: E501
        ({"address": "STRUCT(city INTEGER, geo STRUCT(lat DOUBLE))"}, ["column 'address.city' is INTEGER, promised is logical type string"]),  # noqa: E501
        ({"address": "STRUCT(city VARCHAR, geo STRUCT(lat FLOAT))"}, ["column 'address.geo.lat' is FLOAT, promised is DOUBLE"]),
        ({"address": "JSON"}, []),
        ({"address": "MAP(VARCHAR, VARCHAR)"}, ["column 'address' is MAP(VARCHAR, VARCHAR), promised are fields inside of it"]),
        ({"lines": "STRUCT(code VARCHAR, n INTEGER)[]"}, ["'lines[].n' is not promised"]),
        ({"lines": "VARCHAR[]"}, ["column 'lines[]' is VARCHAR, promised is logical type object"]),
        ({"labels": "MAP(VARCHAR, VARCHAR)"}, ["column 'labels{value}' is VARCHAR, promised is logical type integer"]),
        ({"labels": "STRUCT(a INTEGER)"}, ["column 'labels' is STRUCT(a INTEGER), promised are keys inside of it"]),
    ],
)  # fmt: skip
def test_nested_types_are_compared_with_promised_ones(changed: dict[str, str], words: list[str]) -> None:
    spec = compiled(ADDRESS, LINES, LABELS)[0]
    found = schema_measurement(columns(**{**REAL, **changed}), spec)
    assert [row["difference"] for row in found.sample] == words
    assert found.value == len(words)


def test_a_nested_difference_is_told_at_the_property_with_the_names_beside_it() -> None:
    bound = {LATE: columns(**{**REAL, "address": "STRUCT(cty VARCHAR, geo STRUCT(lat DOUBLE))"})}
    problems = contract_problems(product(port(ADDRESS, LINES, LABELS)), bound)
    assert [(one.code, one.message.partition(" of dataset")[0]) for one in problems] == [
        ("MW-C104", f"column 'address.city' is not in dataset {LATE}"),
        ("MW-C105", "column 'address.cty'"),
    ]
    assert problems[0].fix == "did you mean 'cty'? columns: cty, geo"
    assert problems[0].span == ADDRESS.properties[0].span


@pytest.mark.parametrize(
    ("stored", "has_zone", "is_kept"),
    [
        ("TIMESTAMP", False, True),
        ("TIMESTAMP", True, False),
        ("TIMESTAMP WITH TIME ZONE", True, True),
        ("TIMESTAMP WITH TIME ZONE", False, False),
    ],
)
def test_the_option_timezone_is_compared_with_the_stored_type(stored: str, has_zone: bool, is_kept: bool) -> None:
    spec = compiled(prop("at", logical_type="timestamp", logical_type_options={"timezone": has_zone}))[0]
    assert (schema_measurement(columns(at=stored), spec).value == 0) is is_kept


def test_options_of_an_object_say_which_fields_there_are() -> None:
    options = {"required": ("city", "zip"), "maxProperties": 1}
    spec = compiled(prop("address", logical_type="object", logical_type_options=options))[0]
    found = schema_measurement(columns(address="STRUCT(city VARCHAR, geo INTEGER)"), spec)
    assert [row["difference"] for row in found.sample] == [
        "'address.zip' is missing",
        "column 'address' is STRUCT(city VARCHAR, geo INTEGER) with 2 fields, promised are at most 1",
    ]


def test_queries_inside_of_structs_name_the_field_and_inside_of_lists_cannot() -> None:
    rule = query("SELECT count(*) FROM {object} WHERE {property} = ''")
    inside = prop("a", properties=(prop("it's", quality=(rule,)),))
    spec = compiled(inside)[-1]
    assert (spec.id, spec.metric) == ("contract:sql(a.it's)", Metric.SQL)
    assert "WHERE struct_extract(\"a\", 'it''s') = ''" in (spec.query or "")
    assert not rule_problems(product(port(inside)), {LATE}, {})
    (problem,) = rule_problems(product(port(prop("a", items=prop("", quality=(rule,))))), {LATE}, {})
    assert problem.code == "MW-C110"


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("VARCHAR", InnerTypes()),
        ("DECIMAL(18,3)", InnerTypes()),
        ("DECIMAL(18,3)[]", InnerTypes(items="DECIMAL(18,3)")),
        ("INTEGER[3]", InnerTypes(items="INTEGER")),
        ("STRUCT(a INTEGER[], b VARCHAR)[][]", InnerTypes(items="STRUCT(a INTEGER[], b VARCHAR)[]")),
        ("MAP(VARCHAR, STRUCT(a INTEGER, b DECIMAL(4,1)))", InnerTypes(key="VARCHAR", value="STRUCT(a INTEGER, b DECIMAL(4,1))")),
        ('STRUCT("a ""b"", c" INTEGER, "Ü" TIMESTAMP WITH TIME ZONE)',
         InnerTypes(fields=(('a "b", c', "INTEGER"), ("Ü", "TIMESTAMP WITH TIME ZONE")))),
        ("STRUCT(a STRUCT(b MAP(VARCHAR, INTEGER)[]))", InnerTypes(fields=(("a", "STRUCT(b MAP(VARCHAR, INTEGER)[])"),))),
    ],
)  # fmt: skip
def test_inner_types_keep_the_names_as_they_are_spelled(text: str, inner: InnerTypes) -> None:
    assert inner_types(text) == inner

"""JSON Schema and manifests of dbt: what they say becomes a contract's words, what a contract cannot say is told."""

from __future__ import annotations

import json

import pytest

from meshwright.files.standards.exchange.dbt_reading import read_dbt_manifest
from meshwright.files.standards.exchange.jsonschema_reading import read_json_schema
from meshwright.files.standards.exchange.outcome import Read
from meshwright.model.shapes import Relation, Shape


def schema(document: object) -> Read:
    return read_json_schema(json.dumps(document).encode(), "order.json")


def value(document: object, **beside: object) -> Shape:
    """Read one property ``x``."""
    read = schema({"type": "object", "additionalProperties": False, "properties": {"x": document}, **beside})
    assert read.problems == ()
    return read.tables[0].columns[0]


@pytest.mark.parametrize(
    ("document", "logical", "options", "enum"),
    [
        (
            {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^a"},
            "string",
            {"minLength": 1, "maxLength": 5, "pattern": "^a"},
            (),
        ),
        ({"type": "string", "format": "date-time"}, "timestamp", {}, ()),
        ({"type": "string", "format": "date"}, "date", {}, ()),
        ({"type": "string", "format": "email"}, "string", {"format": "email"}, ()),
        ({"type": "integer", "format": "int32", "minimum": 0}, "integer", {"format": "i32", "minimum": 0}, ()),
        (
            {"type": "number", "exclusiveMinimum": 0.5, "multipleOf": 0.5},
            "number",
            {"exclusiveMinimum": 0.5, "multipleOf": 0.5},
            (),
        ),
        ({"type": ["integer", "null"]}, "integer", {}, ()),
        ({"type": ["integer", "number"]}, "number", {}, ()),
        ({"enum": ["a", "b", None]}, "string", {}, ("a", "b")),
        ({"const": 5}, "integer", {}, (5,)),
        ({"enum": [1, 2.5]}, "number", {}, (1, 2.5)),
        ({"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]}, "string", {}, ("a", "b")),
        ({"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}, "string", {"maxLength": 3}, ()),
        ({"allOf": [{"type": "string"}, {"maxLength": 3}]}, "string", {"maxLength": 3}, ()),
        ({"$ref": "#/$defs/D"}, "string", {"maxLength": 7}, ()),
        ({"$ref": "#here"}, "integer", {}, ()),
        (
            {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
            "array",
            {"minItems": 1, "uniqueItems": True},
            (),
        ),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "map", {}, ()),
        ({"type": "object", "minProperties": 1}, "object", {"minProperties": 1}, ()),
        ({"properties": {"a": {}}, "additionalProperties": False}, "object", {}, ()),
        ({}, None, {}, ()),
        (True, None, {}, ()),
    ],
)
def test_a_value_of_json_schema(
    document: object, logical: str | None, options: dict[str, object], enum: tuple[object, ...]
) -> None:
    definitions = {"D": {"type": "string", "maxLength": 7}, "E": {"$anchor": "here", "type": "integer"}}
    found = value(document, **{"$defs": definitions})
    assert (found.logical, dict(found.options), found.enum) == (logical, options, enum)


@pytest.mark.parametrize(
    ("document", "is_required"),
    [
        ({"type": "string"}, True),
        ({"type": ["string", "null"]}, False),
        ({"enum": ["a", None]}, False),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, False),
        ({"type": "string", "nullable": True}, False),
        ({"$ref": "#/$defs/D"}, False),
        ({}, False),
    ],
)
def test_required_is_what_must_be_there_and_cannot_be_null(document: object, is_required: bool) -> None:
    definitions = {"$defs": {"D": {"type": ["integer", "null"]}}}
    assert value(document, required=["x"], **definitions).is_required is is_required
    assert value(document, **definitions).is_required is False


@pytest.mark.parametrize(
    ("document", "note"),
    [
        ({"type": "string", "default": "a"}, "'default' is not carried over"),
        ({"not": {"type": "string"}}, "'not' is not carried over"),
        ({"type": ["string", "integer"]}, "a value of several types is not carried over: it has no type"),
        (
            {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "'oneOf' of several types is not carried over: the value has no type",
        ),
        (
            {"$ref": "https://example.com/x.json"},
            "the reference to 'https://example.com/x.json' is not followed: it lies in another document",
        ),
        ({"$ref": "#"}, "a schema that holds itself is carried over down to its first repetition"),
        ({"enum": [[1]]}, "listed values that are lists or objects are not carried over"),
        ({"type": "array", "prefixItems": [{}]}, "'prefixItems' is not carried over"),
        ({"type": "object", "patternProperties": {"^a": {}}}, "'patternProperties' is not carried over"),
        (
            {"type": "object", "properties": {"a": {}}},
            "further properties, which the schema allows, are not in the contract",
        ),
        ({"type": "string", "format": "date", "minLength": 3}, "'minLength' is not carried over"),
        (
            {"allOf": [{"type": "string", "maxLength": 5}, {"maxLength": 3}]},
            "'maxLength' is said twice, of which the last is carried over",
        ),
    ],
)
def test_what_a_contract_has_no_words_for_is_told(document: object, note: str) -> None:
    read = schema({"type": "object", "additionalProperties": False, "properties": {"x": document}})
    assert read.problems == ()
    assert note in [each.what for each in read.notes]
    assert all(each.span is not None for each in read.notes)


@pytest.mark.parametrize(
    ("document", "tables"),
    [
        ({"title": "Order", "type": "object", "properties": {"a": {}}}, ["Order"]),
        ({"type": "object", "properties": {"a": {}}}, ["order"]),
        ({"type": "array", "items": {"title": "Row", "type": "object", "properties": {"a": {}}}}, ["Row"]),
        (
            {"type": "array", "items": {"$ref": "#/$defs/R"}, "$defs": {"R": {"type": "object", "properties": {}}}},
            ["R"],
        ),
        ({"$ref": "#/definitions/A b", "definitions": {"A b": {"type": "object", "properties": {}}}}, ["A b"]),
        (
            {
                "anyOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}],
                "$defs": {"A": {"type": "object"}, "B": {"type": "object"}},
            },
            ["A", "B"],
        ),
        ({"$defs": {"A": {"type": "object"}, "S": {"type": "string"}, "B": {"properties": {}}}}, ["A", "B"]),
    ],
)
def test_the_tables_of_a_schema(document: object, tables: list[str]) -> None:
    read = schema(document)
    assert read.problems == ()
    assert [table.name for table in read.tables] == tables


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ('{"type": "object",\n "properties": {"a": ', "MW-C232", (2, 22), "it ends there"),
        ('{"type": "object"\n "properties": {}}', "MW-C232", (2, 2), "delimiter"),
        ("", "MW-C232", (1, 1), "it ends there"),
        ('{"a": NaN}', "MW-C232", (1, 7), "NaN is no number"),
        ('{"a": "\\ud800"}', "MW-C232", (1, 8), "half of a character"),
        ("[" * 100_000, "MW-C232", (1, 1), "nested too deeply"),
        ("[1]", "MW-C237", (1, 1), "it is no object"),
        ('{"type": "string"}', "MW-C237", (1, 1), "describes no object"),
        ('{"properties":\n {"a": {"$ref": "#/$defs/Adress"}}}', "MW-C237", (2, 8), "'#/$defs/Adress' leads nowhere"),
        ('{"properties":\n {"a": {"type": 7}}}', "MW-C237", (2, 17), "no JSON Schema"),
        (
            '{"$schema": "http://json-schema.org/draft-07/schema#", "properties": []}',
            "MW-C237",
            (1, 70),
            "no JSON Schema",
        ),
    ],
)
def test_a_broken_schema_is_told_with_its_place(text: str, code: str, place: tuple[int, int], words: str) -> None:
    problem = read_json_schema(text.encode(), "x.json").problems[0]
    assert problem.span is not None
    assert (problem.code, (problem.span.line, problem.span.column)) == (code, place)
    assert words in problem.message
    assert problem.fix


def test_text_that_is_not_utf8_is_told() -> None:
    [problem] = read_json_schema(b'{"a":\n"\xe4"}', "x.json").problems
    assert str(problem.span) == "x.json:2:2"


def test_references_that_multiply_are_stopped() -> None:
    definitions = {
        f"d{n}": {"type": "object", "properties": {k: {"$ref": f"#/$defs/d{n + 1}"} for k in "abcd"}} for n in range(12)
    }
    definitions["d12"] = {"type": "object", "properties": {"end": {}}}
    [problem] = schema({"type": "object", "properties": {"x": {"$ref": "#/$defs/d0"}}, "$defs": definitions}).problems
    assert "multiply" in problem.message


# dbt


def model(name: str, **further: object) -> dict[str, object]:
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": "main",
        "description": "",
        "columns": {},
        **further,
    }


def column(name: str, **further: object) -> dict[str, object]:
    return {"name": name, "description": "", "data_type": None, "constraints": [], "tags": [], "meta": {}, **further}


def data_test(
    name: str, column_name: str | None, config: dict[str, object] | None = None, **kwargs: object
) -> dict[str, object]:
    namespace, _, plain = name.rpartition(".")
    return {
        "resource_type": "test",
        "name": f"{name}_{column_name}",
        "test_metadata": {
            "name": plain,
            "namespace": namespace or None,
            "kwargs": {"column_name": column_name, **kwargs},
        },
        "attached_node": "model.p.orders",
        "column_name": column_name,
        "config": {"severity": "ERROR", "error_if": "!= 0", "where": None, "enabled": True, **(config or {})},
    }


def manifest(*tests: dict[str, object], adapter: str = "duckdb", **orders: object) -> Read:
    columns = {
        "id": column("id", data_type="bigint", description="The id"),
        "state": column("state", data_type="varchar", tags=["t"], meta={"classification": "pii"}),
        "n": column("n", data_type="integer"),
        "plain": column("plain"),
    }
    nodes: dict[str, object] = {"model.p.orders": model("orders", **{"columns": columns, **orders})}
    nodes |= {f"test.p.{place}": test for place, test in enumerate(tests)}
    document = {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "adapter_type": adapter,
            "project_name": "shop",
        },
        "nodes": nodes,
    }
    return read_dbt_manifest(json.dumps(document, indent=1).encode(), "manifest.json")


def shape(read: Read, name: str) -> Shape:
    found = read.tables[0].column(name)
    assert found is not None
    return found


def test_a_model_becomes_an_object() -> None:
    read = manifest(description="All orders", tags=["core"])
    [table] = read.tables
    assert (table.name, table.description, table.tags, read.name) == ("orders", "All orders", ("core",), "shop")
    assert [(each.name, each.logical, each.physical) for each in table.columns] == [
        ("id", "integer", "BIGINT"),
        ("state", "string", "VARCHAR"),
        ("n", "integer", "INTEGER"),
        ("plain", None, None),
    ]
    assert (shape(read, "id").description, shape(read, "state").classification, shape(read, "state").tags) == (
        "The id",
        "pii",
        ("t",),
    )
    assert read.notes == ()


def test_tests_that_stop_become_promises() -> None:
    read = manifest(
        data_test("not_null", "id"),
        data_test("unique", '"id"'),
        data_test("accepted_values", "state", values=["a", "{{ '{{' }} b"]),
        data_test("accepted_values", "n", values=["1", 2], quote=False),
        data_test("accepted_values", "plain", values=[1, True]),
        data_test("relationships", "n", to="ref('customers')", field="id"),
        data_test("dbt_utils.accepted_range", "id", min_value=0, max_value=9, inclusive=False),
        data_test("dbt_utils.unique_combination_of_columns", None, combination_of_columns=["state", "n"]),
    )
    assert (shape(read, "id").is_required, shape(read, "id").is_unique) == (True, True)
    assert shape(read, "state").enum == ("a", "{{ b")
    assert shape(read, "n").enum == (1, 2)
    assert shape(read, "plain").enum == ("1", "true")
    assert dict(shape(read, "id").options) == {"exclusiveMinimum": 0, "exclusiveMaximum": 9}
    assert read.tables[0].relations == (Relation(columns=("n",), table="customers", target_columns=("id",)),)
    assert read.tables[0].uniques == (("state", "n"),)
    assert read.notes == ()


def test_tests_that_warn_become_rules_that_warn() -> None:
    warns = {"severity": "warn"}
    read = manifest(data_test("not_null", "id", warns), data_test("accepted_values", "state", warns, values=["a"]))
    assert not shape(read, "id").is_required
    assert shape(read, "id").rules == ({"metric": "nullValues", "mustBe": 0, "severity": "warning"},)
    assert shape(read, "state").rules == (
        {"metric": "invalidValues", "arguments": {"validValues": ["a"]}, "mustBe": 0, "severity": "warning"},
    )


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (
            data_test("not_null", "id", {"where": "n > 0"}),
            "the test 'not_null' of some of the rows (where) is not carried over",
        ),
        (
            data_test("not_null", "id", {"error_if": "> 10"}),
            "the test 'not_null' with a threshold of its own is not carried over",
        ),
        (data_test("x.custom", "id"), "the test 'x.custom' is not carried over: its meaning is not known"),
        (
            data_test("accepted_values", "state", values=["{{ var('x') }}"]),
            "the test 'accepted_values' is not carried over: its meaning is not known",
        ),
        ({**data_test("not_null", "id"), "test_metadata": None}, "a test that is SQL of its own is not carried over"),
        (
            {**data_test("not_null", "id"), "attached_node": None},
            "a test of a source, or of several models, is not carried over",
        ),
    ],
)
def test_tests_that_a_contract_has_no_words_for_are_told(test: dict[str, object], words: str) -> None:
    [note] = manifest(test).notes
    assert note.what == words
    assert note.span is not None
    assert note.span.line > 1


def test_a_test_that_is_switched_off_promises_nothing() -> None:
    read = manifest(data_test("not_null", "id", {"enabled": False}))
    assert (shape(read, "id").is_required, read.notes) == (False, ())


def test_constraints_are_promises() -> None:
    columns = {
        "id": column("id", data_type="bigint", constraints=[{"type": "not_null"}, {"type": "unique"}]),
        "n": column("n", data_type="int", constraints=[{"type": "check", "expression": "n between 1 and 5"}]),
        "c": column(
            "c",
            data_type="int",
            constraints=[{"type": "foreign_key", "to": '"db"."main"."customers"', "to_columns": ["id"]}],
        ),
    }
    read = manifest(
        columns=columns,
        constraints=[{"type": "primary_key", "columns": ["n", "id"]}, {"type": "custom", "columns": []}],
    )
    [table] = read.tables
    assert table.key == ("n", "id")
    assert shape(read, "id").is_unique
    assert dict(shape(read, "n").options) == {"minimum": 1, "maximum": 5}
    assert table.relations == (Relation(columns=("c",), table="customers", target_columns=("id",)),)
    assert [note.what for note in read.notes] == ["a constraint of type custom is not carried over"]


def test_types_are_read_in_the_dialect_of_the_adapter() -> None:
    columns = {"a": column("a", data_type="number(10, 2)"), "b": column("b", data_type="nonsense type")}
    read = manifest(adapter="snowflake", columns=columns)
    assert shape(read, "a").physical == "DECIMAL(10,2)"
    assert shape(read, "b").physical is None
    assert [note.what for note in read.notes] == [
        "type nonsense type is not known in dialect snowflake: the column has no type in the contract"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "it has no 'metadata'"),
        ("[]", "it is no object"),
        ('{"metadata": {}}', "'dbt_schema_version' is None"),
        ('{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json"}}', "run-results"),
        (
            '{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v4.json"}, "nodes": {}}',
            "version 4",
        ),
        (
            '{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"}}',
            "it has no 'nodes'",
        ),
    ],
)
def test_a_json_that_is_no_manifest_is_told(text: str, words: str) -> None:
    [problem] = read_dbt_manifest(text.encode(), "m.json").problems
    assert problem.code == "MW-C236"
    assert words in problem.message
    assert problem.span is not None
    assert problem.fix


def test_a_manifest_of_odd_values_is_read_without_a_failure() -> None:
    document = {
        "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "adapter_type": 5},
        "nodes": {
            "model.a": {
                "resource_type": "model",
                "columns": {"x": 5, "y": {"constraints": 7, "data_type": []}},
                "constraints": {},
            },
            "test.a": {"resource_type": "test", "test_metadata": {"kwargs": 5}, "attached_node": "model.a"},
            "m": 5,
        },
    }
    read = read_dbt_manifest(json.dumps(document).encode(), "m.json")
    assert [table.name for table in read.tables] == ["a"]

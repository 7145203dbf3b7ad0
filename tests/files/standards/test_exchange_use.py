"""What is exported does its work: schemas and models take good rows and refuse bad ones."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import sys
import types
import uuid
from types import MappingProxyType

import jinja2
import jsonschema_rs
import pydantic
import pytest
import yaml

from meshwright.files.standards.exchange.dbt_writing import write_dbt
from meshwright.files.standards.exchange.jsonschema_writing import write_json_schema
from meshwright.files.standards.exchange.jsontext import JsonText, read_json
from meshwright.files.standards.exchange.pydantic import write_pydantic
from meshwright.model.shapes import Shape, TableShape
from tests.files.standards.exchange_cases import subject

GOOD: dict[str, object] = {
    "id": 1,
    "state": "new",
    "amount": 12.5,
    "mail": "a@b",
    "day": "2024-01-31",
    "seen": "2024-01-31T10:00:00Z",
    "tags": ["x"],
    "place": {"x": 1.5, "the name": None},
    "counts": {"k": 2},
    "class": True,
}
BAD: list[tuple[str, object]] = [
    ("id", None), ("id", "one"), ("id", -1), ("id", 10), ("state", "other"), ("amount", 100), ("amount", "much"), ("mail", "a@"),
    ("mail", "nothing"), ("mail", "a@" + "b" * 20), ("tags", []), ("tags", [None]), ("place", {"x": None}), ("place", {"y": 1}),
    ("counts", {"k": "two"}), ("class", "maybe"), ("unknown", 1),
]  # fmt: skip


def options(**values: object) -> MappingProxyType[str, object]:
    return MappingProxyType(values)


ORDERS = TableShape(
    name="orders",
    description='It\'s "quoted"',
    columns=(
        Shape(name="id", logical="integer", is_required=True, options=options(minimum=0, maximum=9)),
        Shape(name="state", logical="string", is_required=True, enum=("new", "done")),
        Shape(name="amount", logical="number", options=options(minimum=0, exclusiveMaximum=100)),
        Shape(name="mail", logical="string", options=options(minLength=3, maxLength=10, pattern="^[^@]+@.+$")),
        Shape(name="day", logical="date"),
        Shape(name="seen", logical="timestamp", physical="TIMESTAMP WITH TIME ZONE"),
        Shape(
            name="tags", logical="array", options=options(minItems=1), items=Shape(logical="string", is_required=True)
        ),
        Shape(
            name="place",
            logical="object",
            properties=(Shape(name="x", logical="number", is_required=True), Shape(name="the name", logical="string")),
        ),
        Shape(name="counts", logical="map", key=Shape(logical="string"), value=Shape(logical="integer")),
        Shape(name="class", logical="boolean"),
    ),
)


def models(*tables: TableShape) -> types.ModuleType:
    module = types.ModuleType("used_models")
    sys.modules[module.__name__] = module
    exec(compile(write_pydantic(subject(*tables)).text, "used_models.py", "exec"), module.__dict__)
    return module


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_schema_and_a_model_refuse_the_same_rows(name: str, value: object) -> None:
    validator = jsonschema_rs.validator_for(json.loads(write_json_schema(subject(ORDERS)).text))
    orders = models(ORDERS).Orders
    assert validator.is_valid(GOOD)
    orders.model_validate(GOOD)
    assert not validator.is_valid({**GOOD, name: value})
    with pytest.raises(pydantic.ValidationError):
        orders.model_validate({**GOOD, name: value})


def test_what_is_not_required_may_be_null_or_absent() -> None:
    validator = jsonschema_rs.validator_for(json.loads(write_json_schema(subject(ORDERS)).text))
    orders = models(ORDERS).Orders
    for row in ({"id": 1, "state": "new"}, {**dict.fromkeys(GOOD), "id": 1, "state": "new"}):
        assert validator.is_valid(row)
        assert orders.model_validate(row).amount is None


def test_rows_of_several_objects_are_rows_of_one_of_them() -> None:
    schema = json.loads(
        write_json_schema(subject(ORDERS, TableShape(name="a/b ~", columns=(Shape(name="x", logical="integer"),)))).text
    )
    validator = jsonschema_rs.validator_for(schema)
    assert validator.is_valid(GOOD)
    assert validator.is_valid({"x": 1})
    assert not validator.is_valid({"x": 1, "id": 1})


def test_types_of_models_are_those_of_the_values() -> None:
    kinds: dict[str, tuple[object, object]] = {
        "DECIMAL(5,2)": (decimal.Decimal("1.25"), decimal.Decimal("1.255")),
        "DATE": (dt.date(2024, 1, 1), "2023-12-31"),
        "TIMESTAMP": (dt.datetime(2024, 1, 1), "no"),
        "TIMESTAMP WITH TIME ZONE": (dt.datetime(2024, 1, 1, tzinfo=dt.UTC), dt.datetime(2024, 1, 1)),
        "TIME": (dt.time(1, 2), 5.5e9),
        "UUID": (uuid.uuid4(), "x"),
        "BLOB": (b"\0", 5),
        "INTEGER[]": ([1, None], ["x"]),
        "MAP(VARCHAR, DOUBLE)": ({"a": 1.5}, {"a": "x"}),
    }
    columns = tuple(Shape(name=f"c{place}", physical=kind, is_required=True) for place, kind in enumerate(kinds))
    after = Shape(name="c1", logical="date", physical="DATE", is_required=True, options=options(minimum="2024-01-01"))
    columns = (columns[0], after, *columns[2:])
    rows = models(TableShape(name="rows", columns=columns)).Rows
    good = {f"c{place}": value for place, (value, _) in enumerate(kinds.values())}
    assert rows.model_validate(good).model_dump() == good
    for place, (_, bad) in enumerate(kinds.values()):
        with pytest.raises(pydantic.ValidationError):
            rows.model_validate({**good, f"c{place}": bad})


def test_places_in_a_document_are_those_of_the_values() -> None:
    text = '{"a": [1, {"b\\"c": 2}],\n "d" : {"e":\n   {}}, "f": []}'
    document = read_json(b"\xef\xbb\xbf" + text.encode(), "x")
    assert isinstance(document, JsonText)
    for path, place in (
        ((), "x:1:1"),
        (("a",), "x:1:7"),
        (("a", 1), "x:1:11"),
        (("a", 1, 'b"c'), "x:1:20"),
        (("d", "e"), "x:3:4"),
        (("d", "nothing", "below"), "x:2:8"),
        (("f", 5), "x:3:14"),
        (("a", 0, "below a number"), "x:1:8"),
    ):
        assert str(document.span(path)) == place, path


@pytest.mark.parametrize("words", ["{{ 1 + 1 }}", "{% raw %}", "{# c #}", "a {{ '{{' }} b", "{{{ x", "plain"])
def test_what_dbt_renders_comes_out_as_it_was(words: str) -> None:
    table = TableShape(
        name="t", description=words, columns=(Shape(name="c", logical="string", description=words, enum=(words,)),)
    )
    [model] = yaml.safe_load(write_dbt(subject(table)).text)["models"]
    [column] = model["columns"]
    [test] = column["data_tests"]
    written = [model["description"], column["description"], *test["accepted_values"]["arguments"]["values"]]
    assert [jinja2.Template(each).render() for each in written] == [words] * 3


def test_a_contract_of_dbt_is_enforced_where_every_column_has_a_type() -> None:
    typed, untyped = Shape(name="a", logical="integer"), Shape(name="b")
    for columns, config in (((typed,), {"contract": {"enforced": True}}), ((typed, untyped), None)):
        written = write_dbt(subject(TableShape(name="t", columns=columns)))
        [model] = yaml.safe_load(written.text)["models"]
        assert model.get("config") == config
        assert (config is None) == any("not enforced" in note.what for note in written.notes)

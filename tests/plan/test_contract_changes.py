"""One case for each kind of change of a contract, and what holds for every contract."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.model import Action
from meshwright.plan.compatibility import Level, greatest
from meshwright.plan.compatibility.contracts import contract_changes
from meshwright.plan.compatibility.ports import port_changes

SEVERITIES = {"info": Action.LOG, "warning": Action.WARN, "error": Action.STOP}
Document = dict[str, Any]


def contract() -> Document:
    return {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": "orders",
        "version": "1.0.0",
        "status": "active",
        "description": {"purpose": "Orders."},
        "schema": [
            {
                "name": "orders",
                "physicalType": "table",
                "properties": [
                    {"name": "id", "physicalType": "INTEGER", "primaryKey": True, "primaryKeyPosition": 1},
                    {"name": "state", "logicalType": "string", "required": True, "enum": ["new", {"value": "paid"}]},
                    {"name": "mail", "logicalType": "string", "unique": True, "classification": "pii"},
                    {
                        "name": "amount",
                        "physicalType": "DECIMAL(10,2)",
                        "logicalTypeOptions": {"minimum": 0, "pattern": "a"},
                        "quality": [{"metric": "nullValues", "mustBeLessThan": 5, "unit": "percent"}],
                    },
                    {"name": "kind", "logicalType": "number"},
                    {
                        "name": "address",
                        "logicalType": "object",
                        "properties": [{"name": "city", "logicalType": "string"}],
                    },
                    {"name": "tags", "logicalType": "array", "items": {"logicalType": "string"}},
                ],
                "quality": [
                    {"id": "enough", "metric": "rowCount", "mustBeGreaterThan": 10},
                    {
                        "name": "sums",
                        "type": "sql",
                        "query": "select count(*) from {object}",
                        "mustBe": 0,
                        "severity": "warn",
                    },
                    {
                        "name": "valid",
                        "metric": "duplicateValues",
                        "arguments": {"properties": ["id", "state"]},
                        "mustBe": 0,
                    },
                ],
            },
            {"name": "lines", "properties": [{"name": "a", "primaryKey": True}, {"name": "b", "primaryKey": True}]},
        ],
        "slaProperties": [
            {"property": "freshness", "value": 1, "unit": "h"},
            {"property": "availability", "value": 99.5, "unit": "percent"},
            {"property": "timeOfAvailability", "value": "09:00-08:00"},
            {"property": "mood", "value": 3, "unit": "smiles"},
        ],
    }


def column(document: Document, name: str) -> Document:
    found: Document = next(item for item in document["schema"][0]["properties"] if item["name"] == name)
    return found


def rule(document: Document, place: int) -> Document:
    found: Document = document["schema"][0]["quality"][place]
    return found


def level(document: Document, place: int) -> Document:
    found: Document = document["slaProperties"][place]
    return found


Edit = Callable[[Document], object]
AT = "schema/orders/properties"

#: What is edited, and path, kind and level of what is found: one case for each kind.
CASES: list[tuple[Edit, str, str, str]] = [
    (lambda c: c["schema"].append({"name": "more"}), "schema/more", "dataset_added", "minor"),
    (lambda c: c["schema"].pop(1), "schema/lines", "dataset_removed", "major"),
    (lambda c: c["schema"][0]["properties"].append({"name": "n"}), f"{AT}/n", "property_added", "minor"),
    (
        lambda c: c["schema"][0]["properties"].append({"name": "n", "required": True}),
        f"{AT}/n",
        "property_added",
        "minor",
    ),
    (lambda c: c["schema"][0]["properties"].pop(4), f"{AT}/kind", "property_removed", "major"),
    (lambda c: column(c, "id").update(physicalType="BIGINT"), f"{AT}/id/physicalType", "type_widened", "minor"),
    (lambda c: column(c, "id").update(physicalType="SMALLINT"), f"{AT}/id/physicalType", "type_changed", "major"),
    (lambda c: column(c, "id").update(logicalType="integer"), f"{AT}/id/logicalType", "logical_type_changed", "patch"),
    (lambda c: column(c, "id").pop("physicalType"), f"{AT}/id/physicalType", "type_changed", "major"),
    (lambda c: column(c, "kind").update(logicalType="integer"), f"{AT}/kind/logicalType", "type_tightened", "minor"),
    (lambda c: column(c, "kind").update(logicalType="string"), f"{AT}/kind/logicalType", "type_changed", "major"),
    (lambda c: column(c, "kind").pop("logicalType"), f"{AT}/kind/logicalType", "type_changed", "major"),
    (lambda c: column(c, "kind").update(physicalType="DOUBLE"), f"{AT}/kind/physicalType", "type_tightened", "minor"),
    (lambda c: column(c, "kind").update(physicalType="DATE"), f"{AT}/kind/physicalType", "type_changed", "major"),
    (lambda c: column(c, "mail").update(required=True), f"{AT}/mail/required", "required_added", "minor"),
    (lambda c: column(c, "state").update(required=False), f"{AT}/state/required", "required_removed", "major"),
    (lambda c: column(c, "state").update(unique=True), f"{AT}/state/unique", "unique_added", "minor"),
    (lambda c: column(c, "mail").pop("unique"), f"{AT}/mail/unique", "unique_removed", "major"),
    (lambda c: column(c, "state")["enum"].append("sent"), f"{AT}/state/enum", "enum_widened", "major"),
    (lambda c: column(c, "state")["enum"].pop(), f"{AT}/state/enum", "enum_narrowed", "minor"),
    (lambda c: column(c, "state").pop("enum"), f"{AT}/state/enum", "enum_removed", "major"),
    (lambda c: column(c, "kind").update(enum=[1, 2]), f"{AT}/kind/enum", "enum_added", "minor"),
    (
        lambda c: column(c, "state").update(enum=["new", {"value": "paid", "description": "Money came."}]),
        f"{AT}/state/enum",
        "words_changed",
        "patch",
    ),
    (
        lambda c: column(c, "mail").pop("classification"),
        f"{AT}/mail/classification",
        "classification_removed",
        "major",
    ),
    (
        lambda c: column(c, "mail").update(classification="public"),
        f"{AT}/mail/classification",
        "classification_changed",
        "major",
    ),
    (
        lambda c: column(c, "state").update(classification="public"),
        f"{AT}/state/classification",
        "classification_added",
        "minor",
    ),
    (
        lambda c: column(c, "amount")["logicalTypeOptions"].update(minimum=1),
        f"{AT}/amount/logicalTypeOptions/minimum",
        "options_tightened",
        "minor",
    ),
    (
        lambda c: column(c, "amount")["logicalTypeOptions"].pop("minimum"),
        f"{AT}/amount/logicalTypeOptions/minimum",
        "options_loosened",
        "major",
    ),
    (
        lambda c: column(c, "amount")["logicalTypeOptions"].update(pattern="b"),
        f"{AT}/amount/logicalTypeOptions/pattern",
        "options_changed",
        "major",
    ),
    (
        lambda c: column(c, "address")["properties"].pop(),
        f"{AT}/address/properties/city",
        "property_removed",
        "major",
    ),
    (lambda c: column(c, "tags")["items"].update(logicalType="date"), f"{AT}/tags/items/logicalType", "type_changed", "major"),
    (lambda c: column(c, "kind").update(description="What it is."), f"{AT}/kind/description", "words_changed", "patch"),
    (lambda c: column(c, "kind").update(encryptedName="k"), f"{AT}/kind/encryptedName", "other", "minor"),
    (lambda c: c["schema"][0].update(physicalType="view"), "schema/orders/physicalType", "storage_changed", "patch"),
    (lambda c: rule(c, 0).update(mustBeGreaterThan=5), "schema/orders/quality/enough", "quality_loosened", "major"),
    (lambda c: rule(c, 0).update(mustBeGreaterThan=50), "schema/orders/quality/enough", "quality_tightened", "minor"),
    (lambda c: rule(c, 0).update(severity="warn"), "schema/orders/quality/enough", "quality_loosened", "major"),
    (lambda c: rule(c, 1).update(severity="error"), "schema/orders/quality/sums", "quality_tightened", "minor"),
    (lambda c: rule(c, 1).update(query="select 0"), "schema/orders/quality/sums", "quality_changed", "major"),
    (
        lambda c: rule(c, 2)["arguments"].update(properties=["id"]),
        "schema/orders/quality/valid",
        "quality_tightened",
        "minor",
    ),
    (lambda c: rule(c, 1).update(mustBe="none"), "schema/orders/quality/sums", "quality_changed", "major"),
    (lambda c: c["schema"][0]["quality"].pop(0), "schema/orders/quality/enough", "quality_removed", "major"),
    (
        lambda c: c["schema"][0]["quality"].append({"metric": "rowCount", "mustBeLessThan": 9}),
        "schema/orders/quality/rowCount",
        "quality_added",
        "minor",
    ),
    (
        lambda c: column(c, "amount")["quality"][0].update(mustBeLessThan=2),
        f"{AT}/amount/quality/nullValues",
        "quality_tightened",
        "minor",
    ),
    (lambda c: rule(c, 0).update(businessImpact="Much."), "schema/orders/quality/enough/businessImpact", "words_changed", "patch"),
    (lambda c: level(c, 0).update(value=7, unit="d"), "slaProperties/freshness", "sla_loosened", "major"),
    (lambda c: level(c, 0).update(value=30, unit="min"), "slaProperties/freshness", "sla_tightened", "minor"),
    (lambda c: level(c, 1).update(value=99), "slaProperties/availability", "sla_loosened", "major"),
    (lambda c: level(c, 1).update(value=99.9), "slaProperties/availability", "sla_tightened", "minor"),
    (lambda c: level(c, 2).update(value="08:00-08:00"), "slaProperties/timeOfAvailability", "sla_tightened", "minor"),
    (lambda c: level(c, 2).update(value="08:00+02:00"), "slaProperties/timeOfAvailability", "sla_changed", "major"),
    (lambda c: level(c, 2).update(value="08:00-05:00"), "slaProperties/timeOfAvailability", "sla_changed", "major"),
    (lambda c: level(c, 3).update(value=4), "slaProperties/mood", "sla_changed", "major"),
    (lambda c: c["slaProperties"].pop(), "slaProperties/mood", "sla_removed", "major"),
    (
        lambda c: c["slaProperties"].append({"property": "latency", "value": 1, "unit": "d"}),
        "slaProperties/latency",
        "sla_added",
        "minor",
    ),
    (lambda c: c.update(status="deprecated"), "status", "status_deprecated", "minor"),
    (lambda c: c.update(status="retired"), "status", "status_retired", "major"),
    (lambda c: c.update(status="draft"), "status", "status_changed", "major"),
    (lambda c: c.update(description={"purpose": "All orders."}), "description", "words_changed", "patch"),
    (lambda c: c.update(name="Orders"), "name", "words_changed", "patch"),
    (lambda c: c.update(servers=[{"server": "x"}]), "servers", "other", "minor"),
    (lambda c: c.update(id="others"), "id", "other", "minor"),
]  # fmt: skip


def found(before: Document, after: Document) -> list[tuple[str, str, str]]:
    return [(one.path, one.kind, one.level.value) for one in contract_changes(before, after, SEVERITIES)]


@pytest.mark.parametrize(("edit", "path", "kind", "expected"), CASES, ids=[f"{c[1]} {c[2]} {c[3]}" for c in CASES])
def test_a_change_of_a_contract_has_its_kind_and_level(edit: Edit, path: str, kind: str, expected: str) -> None:
    after = contract()
    edit(after)
    assert found(contract(), after) == [(path, kind, expected)]


def test_a_primary_key_is_also_a_promise_about_its_columns() -> None:
    after = contract()
    column(after, "id").pop("primaryKey")
    assert found(contract(), after) == [
        ("schema/orders/properties", "primary_key_removed", "major"),
        (f"{AT}/id/required", "required_removed", "major"),
        (f"{AT}/id/unique", "unique_removed", "major"),
    ]
    assert [one[1] for one in found(after, contract())] == ["primary_key_added", "required_added", "unique_added"]


def test_a_key_of_fewer_columns_is_firmer_and_one_of_others_is_another() -> None:
    after = contract()
    after["schema"][1]["properties"][1].pop("primaryKey")
    assert found(contract(), after) == [
        ("schema/lines/properties", "primary_key_changed", "minor"),
        ("schema/lines/properties/a/unique", "unique_added", "minor"),
        ("schema/lines/properties/b/required", "required_removed", "major"),
    ]
    assert found(after, contract())[0] == ("schema/lines/properties", "primary_key_changed", "major")
    after = contract()
    for place, item in enumerate(after["schema"][1]["properties"]):
        item["primaryKeyPosition"] = 2 - place
    assert found(contract(), after) == [("schema/lines/properties", "primary_key_changed", "patch")]


def test_renaming_a_column_removes_one_and_adds_one() -> None:
    after = contract()
    column(after, "kind")["name"] = "sort"
    assert found(contract(), after) == [
        (f"{AT}/kind", "property_removed", "major"),
        (f"{AT}/sort", "property_added", "minor"),
    ]


def test_a_rule_without_a_name_is_known_by_what_it_measures() -> None:
    before, after = contract(), contract()
    before["schema"][0]["quality"] = [
        {"metric": "rowCount", "mustBeGreaterThan": 5},
        {"metric": "rowCount", "mustBeLessThan": 99},
    ]
    after["schema"][0]["quality"] = [
        {"metric": "rowCount", "mustBeLessThan": 99},
        {"metric": "rowCount", "mustBeGreaterThan": 3},
    ]
    assert found(before, after) == [("schema/orders/quality/rowCount", "quality_loosened", "major")]


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: c.update(version="2.0.0"),
        lambda c: c.update(apiVersion="v3.1.0"),
        lambda c: c["description"].update(usage=None),
        lambda c: column(c, "kind").update(required=False, unique=False, tags=[], enum=None),
        lambda c: column(c, "id").update(physicalType="int4"),
        lambda c: column(c, "id").update(required=True, unique=True),
        lambda c: column(c, "amount")["logicalTypeOptions"].update(minimum=0.0, maximum=None),
        lambda c: column(c, "state").update(enum=[{"value": "paid"}, "new"]),
        lambda c: level(c, 0).update(value=60, unit="min"),
        lambda c: level(c, 1).update(unit="%"),
        lambda c: rule(c, 0).update(severity="STOP"),
        lambda c: rule(c, 1).update(severity="warning"),
        lambda c: (rule(c, 0).pop("mustBeGreaterThan"), rule(c, 0).update(mustBeGreaterOrEqualTo=11)),
        lambda c: (rule(c, 2).pop("mustBe"), rule(c, 2).update(mustBeLessThan=1)),
        lambda c: rule(c, 2).update(unit="percent"),
        lambda c: rule(c, 1).update(query="SELECT  COUNT(*)\nfrom {object} -- all of them"),
        lambda c: c["schema"].reverse(),
        lambda c: c["schema"][0]["properties"].reverse(),
        lambda c: c["schema"][0]["quality"].reverse(),
        lambda c: c["slaProperties"].reverse(),
    ],
)  # fmt: skip
def test_what_is_equal_in_another_form_is_no_change(edit: Edit) -> None:
    after = contract()
    edit(after)
    assert after != contract()
    assert found(contract(), after) == []


def test_a_contract_of_3_0_and_the_same_one_of_3_2_are_equal() -> None:
    old = {
        "apiVersion": "v3.0.2",
        "slaDefaultElement": "orders.placed",
        "slaProperties": [{"property": "latency", "value": 1, "unit": "d"}],
        "schema": [
            {
                "name": "orders",
                "properties": [
                    {
                        "name": "a",
                        "logicalTypeOptions": {"maximum": 9, "exclusiveMaximum": True},
                        "quality": [{"rule": "nullCheck"}, {"rule": "validValues", "validValues": [1, 2]}],
                    }
                ],
            }
        ],
    }
    new = {
        "apiVersion": "v3.2.0",
        "slaProperties": [{"property": "latency", "value": 24, "unit": "hours", "element": "orders.placed"}],
        "schema": [
            {
                "name": "orders",
                "properties": [
                    {
                        "name": "a",
                        "logicalTypeOptions": {"exclusiveMaximum": 9},
                        "quality": [
                            {"metric": "nullValues", "mustBe": 0},
                            {"metric": "invalidValues", "arguments": {"validValues": [1, 2]}, "mustBe": 0},
                        ],
                    }
                ],
            }
        ],
    }
    assert found(old, new) == []


def test_a_port_says_which_datasets_it_holds_even_where_no_object_does() -> None:
    before = json.dumps({"contract": {}, "datasets": ["a.b.x", "a.b.y"], "rules": {}})
    after = json.dumps({"contract": {}, "datasets": ["a.b.x", "a.b.z"], "rules": {}})
    changes = port_changes(before, after, {})
    assert [(one.path, one.kind) for one in changes] == [
        ("schema/y", "dataset_removed"),
        ("schema/z", "dataset_added"),
    ]
    assert port_changes(before, before, {}) == ()


PROMISES = st.fixed_dictionaries(
    {},
    optional={
        "physicalType": st.sampled_from(["INTEGER", "BIGINT", "VARCHAR", "DECIMAL(9,2)"]),
        "logicalType": st.sampled_from(["integer", "number", "string"]),
        "required": st.booleans(),
        "unique": st.booleans(),
        "primaryKey": st.booleans(),
        "enum": st.lists(st.integers(0, 4), unique=True),
        "classification": st.sampled_from(["pii", "public"]),
        "description": st.sampled_from(["a", "b"]),
        "quality": st.lists(
            st.fixed_dictionaries({"metric": st.just("nullValues"), "mustBeLessThan": st.integers(1, 9)}), max_size=2
        ),
        "extra": st.integers(0, 3),
    },
)
COLUMN_NAMES = ["a", "b", "c"]
OBJECTS = st.dictionaries(st.sampled_from(COLUMN_NAMES), PROMISES).map(
    lambda named: {"name": "t", "properties": [{"name": name, **item} for name, item in named.items()]}
)
LEVELS = st.lists(
    st.fixed_dictionaries(
        {"property": st.sampled_from(["freshness", "availability"]), "value": st.integers(1, 9), "unit": st.just("h")}
    ),
    max_size=2,
)
CONTRACTS = st.fixed_dictionaries(
    {"schema": st.lists(OBJECTS, max_size=1), "slaProperties": LEVELS, "status": st.sampled_from(["active", "draft"])}
)


@settings(deadline=None)
@given(CONTRACTS)
def test_a_contract_differs_in_nothing_from_itself(document: Document) -> None:
    assert contract_changes(document, copy.deepcopy(document)) == ()


@settings(deadline=None)
@given(CONTRACTS, CONTRACTS)
def test_a_level_is_that_of_the_greatest_change_and_going_back_undoes_what_was_gained(
    before: Document, after: Document
) -> None:
    there, back = contract_changes(before, after), contract_changes(after, before)
    assert bool(there) == bool(back)
    gains = {one.path for one in there if one.kind.endswith(("_added", "_tightened", "_narrowed"))}
    losses = {one.path for one in back if one.level is Level.MAJOR}
    assert gains <= losses, (there, back)
    assert {one.path for one in there} == {one.path for one in back}


@settings(deadline=None)
@given(CONTRACTS, PROMISES)
def test_adding_a_column_is_minor_and_removing_it_again_is_major(document: Document, promise: Document) -> None:
    document = {**document, "schema": document["schema"] or [{"name": "t", "properties": []}]}
    promise = {key: value for key, value in promise.items() if key != "primaryKey"}
    more = copy.deepcopy(document)
    more["schema"][0]["properties"].append({"name": "new", **promise})
    assert [one.kind for one in contract_changes(document, more)] == ["property_added"]
    assert greatest(one.level for one in contract_changes(more, document)) is Level.MAJOR

"""One case for each kind of change of a contract, and what holds for every contract."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.model import Action, canonical_json
from meshwright.plan.compatibility import Level, greatest
from meshwright.plan.compatibility.contracts import contract_changes
from meshwright.plan.compatibility.ports import port_changes
from tests.plan.contract_cases import AT, CASES, GAINS, Case, Document, Edit, column, contract, options, rule, sla

SEVERITIES = {"info": Action.LOG, "warning": Action.WARN, "error": Action.STOP}


def found(before: Document, after: Document) -> list[tuple[str, str, str]]:
    return [(one.path, one.kind, one.level.value) for one in contract_changes(before, after, SEVERITIES)]


def weighed(before: Document, after: Document) -> list[tuple[str, str, str, bool]]:
    changes = contract_changes(before, after, SEVERITIES)
    return [(one.path, one.kind, one.level.value, one.is_policy) for one in changes]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_change_of_a_contract_has_its_kind_and_level(case: Case) -> None:
    after = contract()
    case.edit(after)
    assert weighed(contract(), after) == [(case.path, case.kind, case.level, case.is_policy)]


@pytest.mark.parametrize("case", GAINS, ids=[case.name for case in GAINS])
def test_what_a_contract_gains_has_its_kind_and_level(case: Case) -> None:
    before = contract()
    case.edit(before)
    assert weighed(before, contract()) == [(case.path, case.kind, case.level, case.is_policy)]


def test_the_three_changes_that_other_tools_let_pass_are_major() -> None:
    """A dropped classification, freshness from an hour to seven days, and a port that is retired."""
    after = contract()
    column(after, "mail").pop("classification")
    sla(after, "freshness").update(value=7, unit="d")
    after["status"] = "retired"
    assert found(contract(), after) == [
        ("status", "status_retired", "major"),
        (f"{AT}/mail/classification", "classification_removed", "major"),
        ("slaProperties/freshness", "sla_loosened", "major"),
    ]


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
        lambda c: c["description"].update(more=None),
        lambda c: column(c, "kind").update(required=False, unique=False, tags=[], enum=None),
        lambda c: column(c, "kind").update(partitioned=False, criticalDataElement=False, deprecated=False),
        lambda c: column(c, "kind").update(semanticType="column", primaryKey=False, primaryKeyPosition=-1),
        lambda c: column(c, "kind").update(physicalName="kind"),
        lambda c: column(c, "id").update(physicalType="int4"),
        lambda c: column(c, "id").update(required=True, unique=True),
        lambda c: column(c, "tags")["items"].update(required=False, unique=False),
        lambda c: column(c, "mail")["tags"].reverse(),
        lambda c: options(c, "amount").update(minimum=0.0, exclusiveMaximum=None),
        lambda c: (options(c, "count").pop("minimum"), options(c, "count").update(exclusiveMinimum=0)),
        lambda c: options(c, "state").update(pattern=None),
        lambda c: options(c, "tags").update(minItems=0),
        lambda c: options(c, "vec").update(elementType="float32"),
        lambda c: options(c, "placed").update(defaultTimezone="Etc/UTC"),
        lambda c: column(c, "state").update(enum=[{"value": "paid", "label": "Paid"}, "new"]),
        lambda c: column(c, "state").update(enum=[{"value": "new"}, {"value": "paid", "label": "Paid"}]),
        lambda c: column(c, "customer")["relationships"][0].update(type="foreignKey"),
        lambda c: column(c, "customer")["relationships"][0].update(to="schema/customers/properties/id"),
        lambda c: (
            column(c, "customer").pop("relationships"),
            c["schema"][0]["relationships"].append({"from": "orders.customer", "to": "customers.id"}),
        ),
        lambda c: c["schema"][0].update(logicalType="object", deprecated=False),
        lambda c: sla(c, "freshness").update(value=60, unit="min"),
        lambda c: sla(c, "freshness").update(value=3_600_000, unit="ms"),
        lambda c: sla(c, "freshness").update(value="1"),
        lambda c: (sla(c, "freshness").pop("unit"), sla(c, "freshness").update(value="1h")),
        lambda c: sla(c, "latency").update(value=48.0, unit="hours"),
        lambda c: sla(c, "latency").update(property="ly"),
        lambda c: sla(c, "frequency").update(value=24, unit="h"),
        lambda c: sla(c, "availability").update(unit="%"),
        lambda c: (sla(c, "availability").pop("unit"), sla(c, "availability").update(value="99.5%")),
        lambda c: rule(c, 0).update(severity="STOP", type="library"),
        lambda c: rule(c, 1).update(severity="warning"),
        lambda c: (rule(c, 0).pop("mustBeGreaterThan"), rule(c, 0).update(mustBeGreaterOrEqualTo=11)),
        lambda c: (rule(c, 2).pop("mustBe"), rule(c, 2).update(mustBeLessThan=1)),
        lambda c: rule(c, 2).update(unit="percent"),
        lambda c: rule(c, 1).update(query="SELECT  COUNT(*)\nfrom {object} -- all of them"),
        lambda c: c["schema"].reverse(),
        lambda c: c["schema"][0]["quality"].reverse(),
        lambda c: c["slaProperties"].reverse(),
        lambda c: c["servers"].reverse(),
        lambda c: c["roles"].reverse(),
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
        "team": [{"username": "ana"}],
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
        "team": {"members": [{"username": "ana"}]},
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


def test_a_loosened_retention_that_is_withdrawn_is_a_matter_of_policy() -> None:
    after = contract()
    after["slaProperties"].pop(4)
    assert weighed(contract(), after) == [("slaProperties/retention", "sla_removed", "major", True)]


def test_a_struct_in_another_order_is_a_patch() -> None:
    before, after = contract(), contract()
    column(before, "kind").update(physicalType="STRUCT(a INTEGER, b VARCHAR)")
    column(after, "kind").update(physicalType="STRUCT(b VARCHAR, a INTEGER)")
    assert found(before, after) == [(f"{AT}/kind/physicalType", "type_reordered", "patch")]


def test_both_ways_to_write_a_bound_at_once_cannot_be_ordered() -> None:
    before, after = contract(), contract()
    options(before, "amount").update(exclusiveMinimum=-1)
    options(after, "amount").update(exclusiveMinimum=-2)
    assert found(before, after) == [(f"{AT}/amount/logicalTypeOptions/minimum", "options_changed", "major")] or found(
        before, after
    ) == [(f"{AT}/amount/logicalTypeOptions/exclusiveMinimum", "options_changed", "major")]


# -- what holds for every edit: cases at places of their own, put together


def _is_apart(first: Case, second: Case) -> bool:
    """Whether two cases touch different parts of the contract."""
    # A stored and a logical type are one promise.
    one, other = (case.path.replace("physicalType", "logicalType").split("/") for case in (first, second))
    shorter = min(len(one), len(other))
    return one[:shorter] != other[:shorter]


#: Cases whose edits find their place whatever other cases did before.
COMPOSABLE = [
    case
    for case in CASES
    if case.kind
    not in {"properties_reordered", "property_removed", "property_renamed", "dataset_renamed", "enum_removed"}
    and not case.path.startswith(("schema/orders/quality", "roles", "servers", "schema/lines"))
]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(COMPOSABLE), min_size=1, max_size=6, unique_by=lambda case: case.name))
def test_the_level_of_changes_put_together_is_the_greatest(chosen: list[Case]) -> None:
    apart: list[Case] = []
    for case in chosen:
        if all(_is_apart(case, other) for other in apart):
            apart.append(case)
    after = contract()
    for case in sorted(apart, key=lambda each: each.kind.endswith("_removed")):  # what is popped by place goes last
        case.edit(after)
    changes = contract_changes(contract(), after, SEVERITIES)
    assert greatest(one.level for one in changes) is greatest(Level(case.level) for case in apart)
    assert {case.kind for case in apart} <= {one.kind for one in changes}


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _leaves(below, (*path, key))
    elif isinstance(value, list):
        for place, below in enumerate(value):
            yield from _leaves(below, (*path, place))
    else:
        yield path


LEAVES = [
    path
    for path in _leaves(contract())
    # None of these promises anything.
    if path[-1] not in {"version", "apiVersion", "kind", "primaryKeyPosition"}
]


def _other(value: Any) -> Any:
    """Return another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 3
    return f"{value}x"


@pytest.mark.parametrize("path", LEAVES, ids=["/".join(map(str, path)) for path in LEAVES])
def test_no_leaf_of_a_contract_changes_unnoticed(path: tuple[Any, ...]) -> None:
    after = contract()
    inner = after
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = _other(inner[path[-1]])
    assert found(contract(), after) != []
    assert found(after, contract()) != []


#: What a rule says by default: that it is SQL, since it has a query, and that there are none (as ODCS 3.0 wrote it).
UNSAID = {("schema", 0, "quality", 1, "type"), ("schema", 0, "quality", 2, "mustBe")}
SAID = [path for path in LEAVES if path not in UNSAID]


@pytest.mark.parametrize("path", SAID, ids=["/".join(map(str, path)) for path in SAID])
def test_no_leaf_of_a_contract_goes_unnoticed(path: tuple[Any, ...]) -> None:
    after = contract()
    inner: Any = after
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    assert found(contract(), after) != []
    assert found(after, contract()) != []


#: What stands in the place of something else, in documents that no reader has looked at.
ODD: list[Any] = [None, [], {}, "", "x", 1, True, False, -3.5, [1], ["a"], [{}], {"a": 1}, [None], 10**40, 1e308, "5 h"]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in below:
        yield from _places(item, (*path, key))


PLACES = list(_places(contract()))


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(PLACES), st.sampled_from(ODD))
def test_documents_of_any_shape_are_compared(path: tuple[Any, ...], odd: Any) -> None:
    """Published documents may be older than today's reader: none of them is refused here."""
    after = contract()
    inner: Any = after
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = copy.deepcopy(odd)
    assert bool(contract_changes(contract(), after)) == bool(contract_changes(after, contract()))


def _shuffled(value: Any, draw: st.DataObject) -> Any:
    """Return a value with the keys of its mappings in another order."""
    if isinstance(value, dict):
        keys = draw.draw(st.permutations(sorted(value)))
        return {key: _shuffled(value[key], draw) for key in keys}
    return [_shuffled(item, draw) for item in value] if isinstance(value, list) else value


@settings(deadline=None, max_examples=10)
@given(st.data())
def test_the_order_of_keys_changes_nothing(data: st.DataObject) -> None:
    after = _shuffled(contract(), data)
    assert canonical_json(after) == canonical_json(contract())
    assert contract_changes(contract(), after, SEVERITIES) == ()

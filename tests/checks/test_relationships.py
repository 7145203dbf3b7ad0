"""Relationships of contracts: what references mean, and the rules that they become."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meshwright.checks.compile import compile_checks
from meshwright.checks.problems import rule_problems
from meshwright.checks.references import Contracts, Referenced, Unresolved
from meshwright.checks.spec import CheckSpec, Metric
from meshwright.checks.verdict import rule_words
from meshwright.diagnostics import Severity, SourceSpan
from meshwright.model import Contract, ContractObject, ContractProperty, Port, Product, Relationship

from .products import LATE, PRODUCT, columns, port, product, prop

PEOPLE = "crm.people.people"


def to(*references: str, origin: tuple[str, ...] = ()) -> Relationship:
    return Relationship(to=references, origin=origin, span=SourceSpan(file="c.odcs.yaml", line=9, column=9))


def own_port(*properties: ContractProperty, relationships: tuple[Relationship, ...] = ()) -> Port:
    made = port(*properties)
    (promised,) = made.contract.objects
    span = SourceSpan(file="domains/ops/flights/contracts/late.odcs.yaml")
    raw = ContractObject(name="raw", properties=(prop("key", id="raw_key"),), id="raw_tbl")
    objects = (replace(promised, relationships=relationships), raw)
    return replace(made, contract=replace(made.contract, objects=objects, span=span))


def people() -> Port:
    promised = ContractObject(
        name="people",
        id="people_tbl",
        properties=(
            prop("id", id="person_id_pk"),
            prop("address", id="address", properties=(prop("zip", id="zip_field"),)),
        ),
    )
    span = SourceSpan(file="domains/crm/people/contracts/people.odcs.yaml")
    contract = Contract(id="people", version="1.0.0", api_version="v3.2.0", objects=(promised,), digest="p", span=span)
    return Port(address="crm.people/people", name="people", contract=contract, datasets=(PEOPLE,))


def known(made: Port) -> Contracts:
    return Contracts(ports=(made, people()), datasets=frozenset({LATE, f"{PRODUCT}.raw", PEOPLE}))


@pytest.mark.parametrize(
    ("reference", "dataset", "path"),
    [
        ("raw.key", f"{PRODUCT}.raw", ("key",)),
        ("schema/raw_tbl/properties/raw_key", f"{PRODUCT}.raw", ("key",)),
        ("/schema/raw/properties/key", f"{PRODUCT}.raw", ("key",)),
        ("#/schema/raw/properties/key", f"{PRODUCT}.raw", ("key",)),
        ("crm.people.people.id", PEOPLE, ("id",)),
        ("../../../crm/people/contracts/people.odcs.yaml#/schema/people_tbl/properties/person_id_pk", PEOPLE, ("id",)),
        ("domains/crm/people/contracts/people.odcs.yaml#/schema/people_tbl/properties/person_id_pk", PEOPLE, ("id",)),
        ("https://git.example.com/mesh/raw/main/domains/crm/people/contracts/people.odcs.yaml#/schema/people/properties/id",
         PEOPLE, ("id",)),
        ("domains/crm/people/contracts/people.odcs.yaml#/schema/people_tbl/properties/address/properties/zip_field",
         PEOPLE, ("address", "zip")),
        ("domains/crm/people/contracts/people.odcs.yaml#people.address.zip", PEOPLE, ("address", "zip")),
    ],
)  # fmt: skip
def test_a_reference_means_a_column_of_a_dataset(reference: str, dataset: str, path: tuple[str, ...]) -> None:
    made = own_port(prop("a"))
    assert known(made).resolve(reference, made) == Referenced(dataset=dataset, path=path)


@pytest.mark.parametrize(
    ("reference", "message", "fix"),
    [
        ("rww.key", "there is no object 'rww'", "did you mean 'raw'?"),
        ("raw.kee", "'raw' has no property 'kee'", "did you mean 'key'?"),
        ("raw", "'raw' is an object", "write 'raw.PROPERTY'"),
        ("crm.people.peple.id", "there is no dataset 'crm.people.peple'", "did you mean 'crm.people.people'?"),
        ("schema/raw_tbl", "'raw' is an object", "PROPERTY"),
        ("schema/raw_tabl/properties/raw_key", "there is no object 'raw_tabl'", "did you mean 'raw_tbl'?"),
        ("objects/raw/properties/key", "is no reference to a property", "schema/OBJECT/properties/PROPERTY"),
        ("peeple.odcs.yaml#/schema/people/properties/id", "there is no contract 'peeple.odcs.yaml'", "did you mean 'people.odcs.yaml'?"),  # noqa: E501
        ("https://example.com/x.yaml#/schema/people/properties/id", "is no contract of this mesh", "by its path"),
    ],
)  # fmt: skip
def test_a_reference_to_nothing_is_told_with_the_nearest_name(reference: str, message: str, fix: str) -> None:
    made = own_port(prop("a"))
    found = known(made).resolve(reference, made)
    assert isinstance(found, Unresolved)
    assert message in found.message
    assert fix in found.fix
    assert found.is_outside is reference.startswith("https")


def specs(made: Port) -> list[CheckSpec]:
    compiled = compile_checks(product(made), {}, contracts=known(made))[LATE]
    return [spec for spec in compiled if spec.metric is Metric.FOREIGN_KEY]


def test_relationships_become_rules_that_read_the_other_dataset() -> None:
    zip_code = prop("zip", relationships=(to("crm.people.people.address.zip"),))
    made = own_port(
        prop("person", relationships=(to("crm.people.people.id"),)),
        prop("boss", relationships=(to("late.person"),)),
        prop("tags", items=prop("", relationships=(to("raw.key"),))),
        prop("home", properties=(zip_code,)),
        relationships=(
            to("crm.people.people.id", "crm.people.people.address.zip", origin=("late.person", "late.boss")),
            to("raw.key", origin=("late.home.zip",)),
        ),
    )
    found = specs(made)
    assert [(spec.id, spec.columns, spec.reads, spec.arguments["key"]) for spec in found] == [
        ("contract:foreign_key(person)", ("person",), (PEOPLE,), [["id"]]),
        ("contract:foreign_key(boss)", ("boss",), (), [["person"]]),
        ("contract:foreign_key(tags[])", ("tags",), (f"{PRODUCT}.raw",), [["key"]]),
        ("contract:foreign_key(home.zip)", ("home",), (PEOPLE,), [["address", "zip"]]),
        ("contract:foreign_key(person,boss)", ("person", "boss"), (PEOPLE,), [["id"], ["address", "zip"]]),
        ("contract:foreign_key(home.zip)-2", ("home",), (f"{PRODUCT}.raw",), [["key"]]),
    ]
    assert rule_words(found[4]) == f"`person`, `boss` is in {PEOPLE}"
    assert len({spec.fingerprint for spec in found}) == len(found)


def problems(made: Port, real: dict[str, dict[str, str]] | None = None) -> list[tuple[str, str]]:
    contracts = known(made)
    bound = {dataset: columns(**types) for dataset, types in (real or {}).items()}
    found = rule_problems(product(made), contracts.datasets, bound, contracts=contracts)
    assert all(one.span is not None and one.span.line == 9 and one.fix for one in found)
    return [(one.code, one.message) for one in found]


def test_relationships_that_cannot_be_tested_are_findings_at_their_place() -> None:
    made = own_port(
        prop("person", relationships=(to("crm.people.people.idd"), to("raw.kee"), to("https://a.b/c.yaml#/schema/a/properties/b"))),
        relationships=(to("raw.key", origin=("raw.key",)), to("raw.key", "late.person", origin=("late.person", "late.person"))),
    )  # fmt: skip
    real = {LATE: {"person": "VARCHAR"}, PEOPLE: {"id": "BIGINT"}, f"{PRODUCT}.raw": {"key": "VARCHAR"}}
    found = problems(made, real)
    assert [code for code, _ in found] == ["MW-C130", "MW-C130", "MW-C133", "MW-C130", "MW-C130"]
    assert "'idd' is no column" in found[0][1]
    assert "'to: raw.kee': 'raw' has no property 'kee'" in found[1][1]
    assert "not a property of 'late', under which it stands" in found[3][1]
    assert "several datasets" in found[4][1]
    assert [spec.reads for spec in specs(made)] == [(PEOPLE,)]
    outside = [
        one
        for one in rule_problems(product(made), known(made).datasets, {}, contracts=known(made))
        if one.code == "MW-C133"
    ]
    assert [one.severity for one in outside] == [Severity.WARNING]


@pytest.mark.parametrize(
    ("one", "other", "is_fine"),
    [
        ("INTEGER", "BIGINT", True),
        ("DECIMAL(10,2)", "DOUBLE", True),
        ("VARCHAR", "UUID", True),
        ("DATE", "TIMESTAMP WITH TIME ZONE", True),
        ("VARCHAR", "BIGINT", False),
        ("DATE", "VARCHAR", False),
        ("BOOLEAN", "INTEGER", False),
    ],
)
def test_a_key_and_what_it_refers_to_are_of_one_kind(one: str, other: str, is_fine: bool) -> None:
    made = own_port(prop("person", relationships=(to("crm.people.people.id"),)))
    found = problems(made, {LATE: {"person": one}, PEOPLE: {"id": other}})
    assert [code for code, _ in found] == ([] if is_fine else ["MW-C132"])


def test_contracts_elsewhere_that_a_product_refers_to_are_known_by_their_digest() -> None:
    file = "domains/crm/people/contracts/people.odcs.yaml#/schema/people/properties/id"
    made = own_port(prop("a", items=prop("", relationships=(to(file), to("late.a")))))
    assert known(made).reached(product(made)) == ("p",)
    assert known(made).reached(Product(address=PRODUCT, nodes={}, ports={})) == ()

"""Contracts whose properties have a `physicalName`: the data says which of the two names its columns have."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.app.contract_test_data import judged, verdicts, write_contract

CONTRACT = """
    apiVersion: v3.2.0
    kind: DataContract
    id: shop
    version: 1.0.0
    status: active
    schema:
      - name: orders
        properties:
          - {name: order, physicalName: ord_id, logicalType: integer, primaryKey: true, required: true}
          - name: state
            physicalName: sts
            logicalType: string
            quality:
              - {metric: invalidValues, arguments: {validValues: [open, paid]}, mustBe: 0}
              - {type: sql, id: asked, query: "select count(*) from {object} where {property} = 'lost'", mustBe: 0}
              - {type: custom, engine: dbt, id: meant, implementation: {not_null: {}}}
          - {name: customer, physicalName: cst, logicalType: integer, relationships: [{to: customers.number}]}
          - {name: at, physicalName: ts, logicalType: timestamp}
        quality:
          - {metric: duplicateValues, id: pairs, arguments: {properties: [order, state]}, mustBe: 0}
          - type: custom
            engine: greatExpectations
            id: expected
            implementation: {type: expect_column_values_to_not_be_null, kwargs: {column: customer}}
      - name: customers
        properties:
          - {name: number, physicalName: cid, logicalType: integer, unique: true}
    slaProperties:
      - {property: freshness, value: 2, unit: d, element: orders.at}
"""
PHYSICAL, LOGICAL = ("ord_id,sts,cst,ts", "cid"), ("order,state,customer,at", "number")


def test(root: Path, heads: tuple[str, str], *orders: str) -> dict[str, str]:
    write_contract(root, CONTRACT)
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    (root / "orders.csv").write_text("\n".join((heads[0], *(f"{line},{now}" for line in orders))) + "\n")
    (root / "customers.csv").write_text(f"{heads[1]}\n1\n2\n")
    report = judged(root, "orders=orders.csv", "customers=customers.csv")
    assert len(report.tests) == 12
    return dict(verdicts(report))


test.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize("heads", [PHYSICAL, LOGICAL])
def test_data_under_either_name_keeps_the_contract(tmp_path: Path, heads: tuple[str, str]) -> None:
    assert test(tmp_path, heads, "1,open,1", "2,paid,2") == {}


def test_every_rule_is_about_the_column_that_is_there(tmp_path: Path) -> None:
    assert test(tmp_path, PHYSICAL, "1,open,1", "1,open,9", "3,lost,2", "4,,") == {
        "contract:primary_key(ord_id)": "stop",
        "contract:invalidValues(sts)": "stop",
        "contract:foreign_key(cst)": "stop",
        "asked": "stop",
        "meant": "stop",
        "pairs": "stop",
        "expected": "stop",
    }


def test_a_name_that_the_data_has_stays(tmp_path: Path) -> None:
    """Only what is not there under its own name is looked for under the other."""
    assert test(tmp_path, ("order,sts,cst,at", "cid"), "1,open,1", "1,paid,2") == {
        "contract:primary_key(order)": "stop"
    }


def test_a_column_under_its_own_name_is_not_looked_for_under_the_other(tmp_path: Path) -> None:
    """The other one is then one column too many, as it would be without a `physicalName`."""
    heads = ("ord_id,order,state,customer,at", "cid")
    assert test(tmp_path, heads, "7,1,open,1", "7,2,paid,2") == {"contract:schema": "stop"}


def test_a_name_that_another_property_has_is_that_property(tmp_path: Path) -> None:
    taken = CONTRACT.replace("physicalName: ord_id", "physicalName: state").replace(
        "physicalName: sts", "physicalName: xx"
    )
    write_contract(tmp_path, taken)
    (tmp_path / "orders.csv").write_text("state,customer,at\nopen,1,2026-01-01T00:00:00\n")
    (tmp_path / "customers.csv").write_text("number\n1\n")
    report = judged(tmp_path, "orders=orders.csv", "customers=customers.csv")
    ids = {one.id for one in report.tests}
    assert {"contract:primary_key(order)", "contract:invalidValues(state)"} <= ids

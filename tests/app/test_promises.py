"""What ODCS promises beyond columns, at the gate of a real mesh: nested values, keys, service levels."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.testing import TestOptions
from meshwright.app.testing import test as test_versions
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.run.report import RunReport
from tests.meshes import SHOP, write_file, write_mesh

ORDERS = "domains/sales/orders"
REPORT = "domains/finance/report"
CONTRACT = f"{ORDERS}/contracts/orders.odcs.yaml"
SQL = f"{ORDERS}/models/orders.sql"

NESTED_SQL = """
select order_id, {'name': customer, 'tags': [customer, upper(customer)]} as customer,
    [{'sku': 's' || order_id, 'n': 1}] as lines, map {'eur': amount} as amounts, placed
from raw_orders
"""
NESTED = """
apiVersion: v3.2.0
kind: DataContract
id: sales-orders-orders
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: integer, required: true, primaryKey: true}
      - name: customer
        logicalType: object
        required: true
        properties:
          - {name: name, logicalType: string, required: true, enum: [{value: ana}, {value: ben}, {value: cem}]}
          - name: tags
            logicalType: array
            logicalTypeOptions: {minItems: 2}
            items: {logicalType: string, required: true, logicalTypeOptions: {minLength: 3}}
      - name: lines
        logicalType: array
        items:
          logicalType: object
          properties:
            - {name: sku, logicalType: string, unique: true, required: true}
            - name: n
              logicalType: integer
              quality:
                - {metric: nullValues, mustBe: 0}
                - {metric: invalidValues, mustBeLessThan: 30, unit: percent, arguments: {validValues: [1]}}
      - name: amounts
        logicalType: map
        map: {key: {logicalType: string, enum: [{value: eur}]}, value: {logicalType: number, logicalTypeOptions: {minimum: 1}}}
      - {name: placed, logicalType: date}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """The shop; nothing downstream of the orders, so that their shape is free."""
    downstream = ("domains/sales/totals/", "domains/finance/report/models")
    files = {name: text for name, text in SHOP.items() if not name.startswith(downstream)}
    files["mesh.yaml"] = "meshwright: 1\nname: shop\ndomains: [domains/*]\n"
    return open_workspace(write_mesh(tmp_path / "shop", files))


def nested(shop: Workspace, sql: str = NESTED_SQL, contract: str = NESTED) -> Workspace:
    write_file(shop.root, SQL, sql)
    write_file(shop.root, CONTRACT, contract)
    return shop


def run(shop: Workspace) -> RunReport:
    return apply(shop, RunOptions())


def recorded(shop: Workspace) -> int:
    """How many verdicts the state has."""
    with sqlite3.connect(shop.root / ".meshwright/state.db") as state:
        return int(state.execute("select count(*) from evidence").fetchone()[0])


def stops(report: RunReport) -> list[tuple[str, int | None]]:
    return [(test.id, test.failing_rows) for test in report.tests if test.verdict != "pass"]


def codes(shop: Workspace) -> list[str]:
    return [found.code for found in check(shop, ()).diagnostics]


def test_promises_inside_of_columns_hold_at_the_gate(shop: Workspace) -> None:
    assert codes(nested(shop)) == []
    report = run(shop)
    assert stops(report) == []
    assert report.published
    ids = [test.id for test in report.tests if test.dataset == "sales.orders.orders"]
    assert ids == [
        "contract:schema",
        "contract:required(order_id)",
        "contract:required(customer)",
        "contract:required(customer.name)",
        "contract:required(customer.tags[])",
        "contract:required(lines[].sku)",
        "contract:unique(lines[].sku)",
        "contract:primary_key(order_id)",
        "contract:enum(customer.name)",
        "contract:enum(amounts{key})",
        "contract:options(customer.tags)",
        "contract:options(customer.tags[])",
        "contract:options(amounts{value})",
        "contract:nullValues(lines[].n)",
        "contract:invalidValues(lines[].n)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "broken"),
    [
        ("'name': customer", "'name': nullif(customer, 'ana')", [("contract:required(customer.name)", 2)]),
        ("'name': customer", "'name': upper(customer)", [("contract:enum(customer.name)", 4)]),
        ("upper(customer)]", "nullif('x', 'x')]", [("contract:required(customer.tags[])", 4)]),
        ("upper(customer)]", "'x']", [("contract:options(customer.tags[])", 4)]),
        ("'s' || order_id", "'s' || order_id % 3", [("contract:unique(lines[].sku)", 2)]),
        ("'n': 1", "'n': 1 + order_id // 4", []),
        ("'n': 1", "'n': order_id // 3", [("contract:invalidValues(lines[].n)", 2)]),
        ("map {'eur': amount}", "map {'usd': amount - 6}", [("contract:enum(amounts{key})", 4), ("contract:options(amounts{value})", 1)]),  # noqa: E501
    ],
)  # fmt: skip
def test_a_broken_promise_inside_of_a_column_stops(
    shop: Workspace, old: str, new: str, broken: list[tuple[str, int]]
) -> None:
    assert old in NESTED_SQL
    report = run(nested(shop, NESTED_SQL.replace(old, new)))
    assert stops(report) == broken
    assert bool(report.published) is (not broken)


def test_a_nested_type_that_differs_is_found_before_anything_is_built(shop: Workspace) -> None:
    nested(shop, NESTED_SQL.replace("'sku'", "'skuu'").replace("'n': 1", "'n': '1'"))
    found = check(shop, ()).diagnostics
    assert [(one.code, one.message.partition(" dataset")[0]) for one in found] == [
        ("MW-C105", "column 'lines[].skuu' of"),
        ("MW-C104", "column 'lines[].sku' is not in"),
        ("MW-C106", "column 'lines[].n' is VARCHAR, promised is logical type integer (dataset sales.orders.orders)"),
    ]
    assert "did you mean 'skuu'?" in (found[1].fix or "")
    assert str(found[1].span) == f"{CONTRACT}:24:15"


REPORT_FILES = {
    f"{REPORT}/product.odps.yaml": """
        apiVersion: v1.1.0
        kind: DataProduct
        id: finance-report
        name: Report
        version: 1.0.0
        status: active
        outputPorts: [{name: revenue, version: 1.0.0, contractId: finance-report-revenue}]
        """,
    f"{REPORT}/models/revenue.sql": "select * from (values (1, 'ana'), (2, 'eve'), (9, null)) v(order_id, customer)",
}


def report_contract(reference: str, name: str = "order_id") -> str:
    properties = {"order_id": "integer", "customer": "string"}
    lines = [
        f"{{name: {each}, logicalType: {kind}{f', relationships: [{{to: {reference}}}]' if each == name else ''}}}"
        for each, kind in properties.items()
    ]
    return f"""
        apiVersion: v3.2.0
        kind: DataContract
        id: finance-report-revenue
        version: 1.0.0
        status: active
        schema:
          - name: revenue
            properties:
              - {lines[0]}
              - {lines[1]}
        """


def reporting(shop: Workspace, reference: str, name: str = "order_id") -> Workspace:
    for file, text in REPORT_FILES.items():
        write_file(shop.root, file, text)
    write_file(shop.root, f"{REPORT}/contracts/revenue.odcs.yaml", report_contract(reference, name))
    return shop


@pytest.mark.parametrize(
    "reference",
    [
        "sales.orders.orders.order_id",
        f"../../../../{CONTRACT}#/schema/orders/properties/order_id",
        f"{CONTRACT}#/schema/orders/properties/order_id",
        f"https://git.example.org/shop/raw/main/{CONTRACT}#/schema/orders/properties/order_id",
    ],
)
def test_a_foreign_key_reaches_into_another_domain_through_its_port(shop: Workspace, reference: str) -> None:
    assert codes(reporting(shop, reference)) == []
    report = run(shop)
    assert stops(report) == [("contract:foreign_key(order_id)", 1)]
    (broken,) = [test for test in report.tests if test.verdict == "stop"]
    assert broken.finding == "`order_id` is in sales.orders.orders: 1 row"
    assert broken.sample[0]["order_id"] == 9
    assert "sales.orders" in report.published
    assert "finance.report" not in report.published


def test_a_foreign_key_is_judged_by_the_version_that_will_stand(shop: Workspace) -> None:
    reporting(shop, "sales.orders.orders.order_id")
    assert stops(run(shop)) == [("contract:foreign_key(order_id)", 1)]
    # Nothing of the report changes; the order that it lacks comes.
    with (shop.root / "data/orders.csv").open("a", encoding="utf-8") as orders:
        orders.write("9,eve,1.5,2026-01-04\n")
    report = run(shop)
    assert stops(report) == []
    assert "finance.report" in report.published


@pytest.mark.parametrize(
    ("reference", "name", "code", "words"),
    [
        ("sales.orders.orders.oder_id", "order_id", "MW-C130", "did you mean 'order_id'?"),
        ("sales.orders.ordrs.order_id", "order_id", "MW-C130", "did you mean 'sales.orders.orders'?"),
        (
            "order.odcs.yaml#/schema/orders/properties/order_id",
            "order_id",
            "MW-C130",
            "did you mean 'orders.odcs.yaml'?",
        ),
        ("sales.orders.raw_orders.order_id", "order_id", "MW-C131", "team:sales"),
        ("sales.orders.orders.order_id", "customer", "MW-C132", "cast one of them"),
        ("https://example.org/x.yaml#/schema/a/properties/b", "order_id", "MW-C133", "by its path"),
    ],
)
def test_a_relationship_to_what_is_not_there_is_found_before_anything_is_built(
    shop: Workspace, reference: str, name: str, code: str, words: str
) -> None:
    found = check(reporting(shop, reference, name), ()).diagnostics
    assert [one.code for one in found] == [code]
    assert words in (found[0].fix or "")
    assert str(found[0].span).startswith(f"{REPORT}/contracts/revenue.odcs.yaml:{9 if name == 'order_id' else 10}:")


def test_products_that_would_wait_for_each_other_are_found_before_a_run(shop: Workspace) -> None:
    reporting(shop, "sales.orders.orders.order_id")
    text = (shop.root / CONTRACT).read_text(encoding="utf-8")
    back = "{name: order_id, relationships: [{to: finance.report.revenue.order_id}],"
    (shop.root / CONTRACT).write_text(text.replace("{name: order_id,", back), encoding="utf-8")
    assert codes(shop) == ["MW-C134", "MW-C134"]
    (shop.root / CONTRACT).write_text(text, encoding="utf-8")
    assert codes(shop) == []
    # What is built from the orders is published after them: they cannot be proved by it.
    write_file(shop.root, f"{REPORT}/contracts/revenue.odcs.yaml", report_contract("revenue.order_id"))
    write_file(shop.root, f"{REPORT}/models/revenue.sql", "select order_id, customer from sales.orders.orders")
    assert codes(shop) == []
    (shop.root / CONTRACT).write_text(text.replace("{name: order_id,", back), encoding="utf-8")
    assert codes(shop) == ["MW-C134"]


def test_a_contract_elsewhere_that_changes_its_ids_is_noticed(shop: Workspace) -> None:
    reporting(shop, f"{CONTRACT}#/schema/orders/properties/the_key")
    assert codes(shop) == ["MW-C130"]
    text = (shop.root / CONTRACT).read_text(encoding="utf-8")
    (shop.root / CONTRACT).write_text(
        text.replace("{name: order_id,", "{name: order_id, id: the_key,"), encoding="utf-8"
    )
    assert codes(shop) == []
    assert codes(shop) == []
    (shop.root / CONTRACT).write_text(text, encoding="utf-8")
    assert codes(shop) == ["MW-C130"]


def test_a_rule_of_another_tool_stops_as_any_and_an_unknown_one_is_a_warning(shop: Workspace) -> None:
    rules = """
    quality:
      - {id: gx, type: custom, engine: gx, implementation: {type: expect_table_row_count_to_equal, kwargs: {value: 5}}}
      - {id: dbt, type: custom, engine: dbt, implementation: {accepted_values: {column_name: customer, values: [ana, ben]}}}
      - {id: soda, type: custom, engine: soda, severity: warning, implementation: "duplicate_count(customer) = 0"}
      - {id: lost, type: custom, engine: soda, implementation: "duplicate_cont(customer) = 0"}
"""
    text = (shop.root / CONTRACT).read_text(encoding="utf-8")
    head, _, _ = text.partition("    quality:")
    (shop.root / CONTRACT).write_text(head + rules.lstrip("\n"), encoding="utf-8")
    (warning,) = check(shop, ()).diagnostics
    assert (warning.code, warning.severity.value) == ("MW-C108", "warning")
    assert "rule 'lost'" in warning.message
    assert "did you mean 'duplicate_count'?" in (warning.fix or "")
    report = run(shop)
    assert [(test.id, test.verdict) for test in report.tests if test.verdict != "pass"] == [
        ("gx", "stop"),
        ("dbt", "stop"),
        ("soda", "warn"),
    ]
    assert not report.published


def test_a_rule_of_another_tool_on_an_unknown_column_is_found_before_a_run(shop: Workspace) -> None:
    text = (shop.root / CONTRACT).read_text(encoding="utf-8")
    rule = "{type: custom, engine: soda, implementation: 'missing_count(custmer) = 0'}"
    (shop.root / CONTRACT).write_text(f"{text.rstrip()}\n      - {rule}\n", encoding="utf-8")
    (found,) = check(shop, ()).diagnostics
    assert (found.code, "did you mean 'customer'?" in (found.fix or "")) == ("MW-C114", True)


def test_service_levels_are_told_by_test_and_hold_no_gate(shop: Workspace) -> None:
    levels = """
slaProperties:
  - {property: latency, value: 1, unit: h, element: orders.placed}
  - {property: retention, value: 100, unit: y, element: placed}
  - {property: frequency, value: 1, unit: d, element: orders.placed}
  - {property: availability, value: 99}
"""
    text = (shop.root / CONTRACT).read_text(encoding="utf-8")
    (shop.root / CONTRACT).write_text(text.rstrip() + levels, encoding="utf-8")
    assert codes(shop) == []
    report = run(shop)
    assert report.published
    assert not [test.id for test in report.tests if "latency" in test.id]
    before = recorded(shop)
    for _ in range(2):  # nothing is recorded: it is measured each time
        tested = test_versions(shop, TestOptions())
        assert recorded(shop) == before
        assert tested.ok
        found = {test.id: test for test in tested.tests if test.id.startswith("contract:") and "(placed)" in test.id}
        assert {name: (test.verdict, test.is_recorded) for name, test in found.items()} == {
            "contract:latency(placed)": ("warn", False),
            "contract:retention(placed)": ("pass", False),
            "contract:frequency(placed)": ("pass", False),
        }
        assert found["contract:latency(placed)"].demand == "must be at most 1 h"
    assert stops(run(shop)) == []

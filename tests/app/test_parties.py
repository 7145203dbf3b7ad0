"""A broken rule names who supplies what the dataset is made of, and whom it would have reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.parties import place_words
from meshwright.app.testing import TestOptions, test
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.faces.text.run import outcome_lines
from meshwright.faces.text.terminal import Look
from meshwright.model import DatabaseSource, FileSource
from meshwright.run.report import TestOutcome
from tests.meshes import write_file, write_mesh

_FAILING = "mustBe: 99, severity: warn"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    root = write_mesh(tmp_path / "shop")
    write_file(
        root,
        "domains/finance/report/consumers.yaml",
        """
        consumers:
          - {name: board_pack, type: report, owner: 'team:board', ports: [{port: sales.orders/orders}]}
        """,
    )
    write_file(
        root,
        "domains/finance/report/pipeline.yaml",
        f"""
        tests:
          revenue:
            - {{id: rows, metric: rowCount, {_FAILING}}}
            - {{id: amounts, metric: duplicateValues, arguments: {{properties: [revenue]}}, {_FAILING}}}
            - {{id: kept, metric: rowCount, mustBeGreaterThan: 0}}
        """,
    )
    return open_workspace(root)


def outcomes(tests: tuple[TestOutcome, ...], dataset: str) -> dict[str, TestOutcome]:
    return {outcome.id: outcome for outcome in tests if outcome.dataset == dataset}


def test_a_failing_input_names_the_product_that_supplies_it_its_owner_and_the_column(shop: Workspace) -> None:
    found = outcomes(apply(shop, RunOptions()).tests, "finance.report.revenue")
    (whole,) = found["rows"].suppliers
    assert (whole.product, whole.owners, whole.dataset) == ("sales.orders", ("team:sales",), "sales.orders.orders")
    assert (whole.columns, whole.source) == ((), None)
    (column,) = found["amounts"].suppliers
    assert (column.dataset, column.columns) == ("sales.orders.orders", ("amount",))
    assert found["kept"].suppliers == found["kept"].consumers == ()
    assert "supplied by sales.orders (team:sales): sales.orders.orders, column amount" in "\n".join(
        outcome_lines(found["amounts"], Look())
    )


def test_a_rule_that_reads_another_product_names_it_though_its_dataset_does_not(shop: Workspace) -> None:
    write_file(
        shop.root,
        "domains/finance/report/models/rates.sql",
        "select 'EUR' as currency, 1.0 as rate",
    )
    write_file(
        shop.root,
        "domains/finance/report/tests/rates_used.sql",
        "-- severity: warn\n-- on: rates\nselect r.currency from rates as r join sales.orders.orders as o on true",
    )
    found = outcomes(apply(shop, RunOptions()).tests, "finance.report.rates")
    assert [supplier.dataset for supplier in found["file:rates_used"].suppliers] == ["sales.orders.orders"]


def test_a_failing_output_names_products_and_consumers_that_it_would_have_reached(shop: Workspace) -> None:
    with (shop.root / "data/orders.csv").open("a") as file:
        file.write("5,,3.0,2026-01-04\n")
    stopped = outcomes(apply(shop, RunOptions()).tests, "sales.orders.orders")["contract:required(customer)"]
    (supplier,) = stopped.suppliers
    assert (supplier.dataset, supplier.source, supplier.columns) == (
        "sales.orders.raw_orders",
        "data/orders.csv",
        ("customer",),
    )
    assert [(each.kind, each.name, each.owners, each.port) for each in stopped.consumers] == [
        ("product", "finance.report", ("team:finance",), None),
        ("product", "sales.totals", ("team:sales",), None),
        ("report", "board_pack", ("team:board",), "sales.orders/orders"),
    ]


def test_a_source_that_breaks_a_rule_names_its_place(shop: Workspace) -> None:
    file = shop.root / "domains/sales/orders/pipeline.yaml"
    file.write_text(file.read_text().replace("mustBeGreaterThan: 0, severity: stop", _FAILING))
    apply(shop, RunOptions())
    found = outcomes(test(shop, TestOptions()).tests, "sales.orders.raw_orders")
    (outcome,) = found.values()
    assert [(each.product, each.source) for each in outcome.suppliers] == [("sales.orders", "data/orders.csv")]
    assert {each.name for each in outcome.consumers} == {"finance.report", "sales.totals", "board_pack"}


def test_a_variation_reaches_nobody_who_reads_the_product_itself(shop: Workspace) -> None:
    file = shop.root / "domains/sales/orders/pipeline.yaml"
    tests = (
        f"tests:\n  orders: [{{id: rows, metric: rowCount, {_FAILING}}}]\nvariations:\n  canary: {{nodes: [orders]}}\n"
    )
    file.write_text(file.read_text().partition("tests:")[0] + tests)
    found = apply(shop, RunOptions(select=("sales.orders",), variation="canary")).tests
    (outcome,) = outcomes(found, "sales.orders.orders@canary").values()
    assert [each.dataset for each in outcome.suppliers] == ["sales.orders.raw_orders"]
    assert outcome.consumers == ()


def test_a_place_tells_no_secret() -> None:
    database = DatabaseSource(
        url="postgresql+psycopg://ana:secret@db.example:5432/shop?password=secret", table="s.orders"
    )
    assert place_words(database) == "s.orders of postgresql+psycopg://db.example:5432/shop"
    address = "https://ana:secret@files.example/a.csv?token=secret"
    assert place_words(FileSource(path=address, format="csv")) == "https://files.example/a.csv"
    assert place_words(FileSource(path="data/*.csv", format="csv")) == "data/*.csv"

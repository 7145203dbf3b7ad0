"""`as: view`, whole: built, tested, published, read, changed; bound to versions wherever it is read."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.explain import explain
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.show import show
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.plan.values import StepAction
from meshwright.run.report import StepState
from meshwright.state.records import RunState
from tests.app.test_loop import built, rows
from tests.meshes import SHOP, write_file, write_mesh

PIPELINE = "domains/sales/orders/pipeline.yaml"
ORDERS_CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"

#: SHOP with a view under a contract, a view over it in another product, and a view with a parameter in another domain.
VIEWS = {
    **SHOP,
    PIPELINE: SHOP[PIPELINE].replace("        tests:", "          orders: {as: view}\n        tests:"),
    "domains/sales/totals/pipeline.yaml": "nodes: {per_customer: {as: view}}\n",
    "domains/finance/report/pipeline.yaml": "nodes: {revenue: {as: view}}\n",
    "domains/finance/report/models/best.sql": "select * from revenue order by revenue desc limit 1\n",
}
ALL = {
    "sales.orders.raw_orders",
    "sales.orders.orders",
    "sales.totals.per_customer",
    "finance.report.revenue",
    "finance.report.best",
}


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return open_workspace(write_mesh(tmp_path / "shop", VIEWS))


def as_tables(shop: Workspace) -> None:
    """Make tables of all views."""
    write_file(shop.root, PIPELINE, VIEWS[PIPELINE].replace("as: view", "as: table"))
    for product in ("sales/totals", "finance/report"):
        (shop.root / f"domains/{product}/pipeline.yaml").unlink()


def more(shop: Workspace, *lines: str) -> None:
    with (shop.root / "data/orders.csv").open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def test_views_are_built_tested_published_and_read_as_tables_are(shop: Workspace) -> None:
    report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert built(report) == ALL
    assert {step.dataset: step.rows for step in report.steps if step.action is StepAction.BUILD} == {
        "sales.orders.raw_orders": 4,
        "sales.orders.orders": 4,
        "sales.totals.per_customer": 3,
        "finance.report.revenue": 3,
        "finance.report.best": 1,
    }
    assert {outcome.verdict for outcome in report.tests} == {"pass"}
    assert rows(shop, "select sum(total) as t from sales.totals.per_customer") == [{"t": 42.75}]
    assert rows(shop, "select distinct currency as c from finance.report.revenue") == [{"c": "EUR"}]
    kept = {path.parent.parent.name for path in (shop.root / ".meshwright/store").rglob("*.parquet")}
    assert kept == {"raw_orders", "best"}


def test_a_view_and_a_table_of_the_same_sql_show_the_same(shop: Workspace) -> None:
    names = sorted(ALL - {"sales.orders.raw_orders"})
    apply(shop, RunOptions())
    views = [show(shop, name).published for name in names]  # type: ignore[union-attr]
    seen = [rows(shop, f"from {name} order by all") for name in names]
    as_tables(shop)
    apply(shop, RunOptions())
    tables = [show(shop, name).published for name in names]  # type: ignore[union-attr]
    assert [(each.columns, each.rows, each.content_digest) for each in views] == [
        (each.columns, each.rows, each.content_digest) for each in tables
    ]
    assert seen == [rows(shop, f"from {name} order by all") for name in names]
    assert not {each.id for each in views} & {each.id for each in tables}


def test_turning_a_table_into_a_view_and_back_is_said_and_finds_the_old_version(shop: Workspace) -> None:
    first = apply(shop, RunOptions())
    as_tables(shop)
    planned = {step.dataset: step.reasons for step in plan(shop, PlanOptions()).steps if step.key.startswith("build:")}
    assert planned["sales.orders.orders"] == ("it was a view and is a table now",)
    apply(shop, RunOptions())
    write_mesh(shop.root, VIEWS)
    steps = {step.dataset: step for step in plan(shop, PlanOptions()).steps if step.key.startswith("build:")}
    assert steps["sales.orders.orders"].action is StepAction.REUSE
    assert steps["sales.orders.orders"].reasons == ("already built", "it was a table and is a view now")
    again = apply(shop, RunOptions())
    assert built(again) == set()
    assert {step.dataset: step.version for step in again.steps if step.dataset} == {
        step.dataset: step.version for step in first.steps if step.dataset
    }


def test_a_second_run_does_nothing_and_reformatting_builds_nothing(shop: Workspace) -> None:
    apply(shop, RunOptions())
    assert plan(shop, PlanOptions()).is_empty
    model = "domains/sales/totals/models/per_customer.sql"
    write_file(shop.root, model, "-- again\n" + VIEWS[model].replace("select", "SELECT"))
    assert built(apply(shop, RunOptions())) == set()


def test_a_changed_input_gives_views_new_versions_and_old_generations_stay_as_they_were(shop: Workspace) -> None:
    first = apply(shop, RunOptions())
    more(shop, "5,dora,1.0,2026-01-04")
    report = apply(shop, RunOptions())
    assert built(report) == ALL
    count = "select count(*) as n from sales.orders.orders"
    assert rows(shop, count) == [{"n": 5}]
    assert rows(shop, count, generation=first.generation) == [{"n": 4}]
    version = next(step.version for step in first.steps if step.dataset == "sales.totals.per_customer")
    assert rows(shop, "select sum(orders) as n from per_customer", version=version) == [{"n": 4}]
    assert rows(shop, "select sum(orders) as n from sales.totals.per_customer") == [{"n": 5}]


def test_rows_in_another_order_give_a_view_no_new_version(shop: Workspace) -> None:
    apply(shop, RunOptions())
    lines = (shop.root / "data/orders.csv").read_text().splitlines()
    (shop.root / "data/orders.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    assert built(apply(shop, RunOptions())) == {"sales.orders.raw_orders"}


def test_a_parameter_is_part_of_a_views_version(shop: Workspace) -> None:
    first = apply(shop, RunOptions())
    report = apply(shop, RunOptions(params={"currency": "it's $x"}))
    assert built(report) == {"finance.report.revenue", "finance.report.best"}
    assert rows(shop, "select distinct currency as c from finance.report.revenue") == [{"c": "it's $x"}]
    old = rows(shop, "select distinct currency as c from finance.report.revenue", generation=first.generation)
    assert old == [{"c": "EUR"}]


def test_a_view_that_a_stop_held_back_stays_bound_to_what_it_was_built_from(shop: Workspace) -> None:
    """The product below is not published, and one query reads its old view beside the new table above."""
    apply(shop, RunOptions())
    more(shop, "5,dora,-50,2026-01-04", "6,dora,1,2026-01-05")
    write_file(shop.root, "domains/sales/orders/models/orders.sql", "select * from raw_orders")
    report = apply(shop, RunOptions())
    assert report.state is RunState.PARTIAL
    assert "sales.orders" in report.published
    assert [refusal.product for refusal in report.not_published] == ["sales.totals"]
    text = "select (select count(*) from sales.orders.orders) as new, (select sum(orders) from sales.totals.per_customer) as old"
    assert rows(shop, text) == [{"new": 6, "old": 4}]
    with duckdb.connect() as plain:
        plain.execute(f"ATTACH '{shop.root}/environments/prod.duckdb' AS p (READ_ONLY)")
        assert plain.execute("select count(*) from p.sales__orders.orders").fetchall() == [(6,)]
        assert plain.execute("select sum(orders) from p.sales__totals.per_customer").fetchall() == [(4,)]
        joined = "select count(*) from p.sales__orders.orders join p.sales__totals.per_customer using (customer)"
        assert plain.execute(joined).fetchall() == [(4,)]


def test_a_contract_is_kept_on_a_view_and_a_tightened_one_is_tested_without_a_rebuild(shop: Workspace) -> None:
    apply(shop, RunOptions())
    write_file(
        shop.root, ORDERS_CONTRACT, VIEWS[ORDERS_CONTRACT].replace("mustBeGreaterThan: 2", "mustBeGreaterThan: 99")
    )
    report = apply(shop, RunOptions())
    assert built(report) == set()
    assert report.state is not RunState.SUCCEEDED
    assert "sales.orders" in {refusal.product for refusal in report.not_published}


def test_a_view_that_fails_on_its_data_is_not_built(shop: Workspace) -> None:
    apply(shop, RunOptions())
    write_file(
        shop.root,
        "domains/finance/report/models/revenue.sql",
        "select placed, sum(amount) as revenue, $currency as currency,\n"
        "  case when count(*) > 1 then error('two orders a day') end as problem\nfrom sales.orders.orders group by placed",
    )
    report = apply(shop, RunOptions())
    failed = next(step for step in report.steps if step.key == "build:finance.report.revenue")
    assert failed.state is StepState.FAILED
    assert failed.error is not None
    assert "two orders a day" in failed.error.message
    assert rows(shop, "select count(*) as n from finance.report.revenue") == [{"n": 3}]


def test_readers_files_show_views_over_the_files_they_are_bound_to(shop: Workspace) -> None:
    apply(shop, RunOptions())
    more(shop, "5,dora,1.0,2026-01-04")
    apply(shop, RunOptions())
    script = (shop.root / "environments/prod.sql").read_text()
    expected = {name: len(rows(shop, f"from {name}")) for name in ALL}
    with duckdb.connect() as plain:
        plain.execute(script)
        assert {name: plain.execute(f"select count(*) from {name}").fetchall()[0][0] for name in ALL} == expected
    with duckdb.connect(f"{shop.root}/environments/prod.duckdb", read_only=True) as plain:
        for name, count in expected.items():
            product, _, dataset = name.rpartition(".")
            table = f"{product.replace('.', '__')}.{dataset}"
            assert plain.execute(f"select count(*) from {table}").fetchall() == [(count,)]
        schemas = plain.execute("select schema_name from duckdb_schemas() where not internal").fetchall()
        held = [name for (name,) in schemas if name.startswith("meshwright_")]
        assert len(held) == 3  # one for each view that stands, none of the generation before


def test_verify_looks_for_the_versions_that_a_view_stands_on(shop: Workspace) -> None:
    apply(shop, RunOptions())
    assert verify(shop).problems == ()
    version = show(shop, "sales.orders.orders").published  # type: ignore[union-attr]
    with sqlite3.connect(shop.root / ".meshwright/state.db") as state:
        state.execute("pragma foreign_keys = off")
        state.execute("delete from versions where id = ?", (version.inputs["sales.orders.raw_orders"],))
    told = {(problem.dataset, problem.kind) for problem in verify(shop).problems}
    assert ("sales.orders.orders", "unrecorded") in told


def test_a_view_is_shown_as_one_and_explained(shop: Workspace) -> None:
    apply(shop, RunOptions())
    version = show(shop, "finance.report.revenue").published  # type: ignore[union-attr]
    assert version.node_kind == "view"
    lines = "\n".join(explain(shop, version.id).lines)
    assert "a view: 3 rows when it was built" in lines
    assert "sales.orders.orders" in lines

"""Variations from files to publications: built when asked for, beside the plain datasets, sharing what is the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.explain import explain
from meshwright.app.lineage import lineage
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.reports import DatasetCard, ProductCard
from meshwright.app.show import show
from meshwright.app.testing import TestOptions, test
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import InputError
from meshwright.plan.values import StepAction
from meshwright.state.records import RunState
from tests.app.varied_shop import FILES, PIPELINE, built, one, varied_shop
from tests.meshes import write_file

PLAIN = ["sales.orders.raw_orders", "sales.orders.orders", "sales.orders.daily"]


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return varied_shop(tmp_path)


@pytest.fixture
def published(shop: Workspace) -> Workspace:
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
    return shop


def test_a_plain_run_builds_no_variation(shop: Workspace) -> None:
    report = apply(shop, RunOptions())
    assert not [dataset for dataset in built(report) if "@" in dataset]
    assert set(report.published) == {"sales.orders", "sales.totals", "finance.report"}
    assert plan(shop, PlanOptions()).is_empty


def test_a_variation_is_built_with_its_parameters_beside_the_plain_datasets(published: Workspace) -> None:
    report = apply(published, RunOptions(variation="canary"))
    assert report.state is RunState.SUCCEEDED
    assert built(report) == ["sales.orders.orders@canary", "sales.orders.daily@canary"]
    assert report.published == ("sales.orders@canary",)
    assert one(published, 'select count(*) from sales.orders."orders@canary"') == 2
    assert one(published, "select count(*) from sales.orders.orders") == 4
    assert one(published, 'select sum(n) from sales.orders."daily@canary"') == 2, "it reads the variation's orders"
    assert plan(published, PlanOptions(variation="canary")).is_empty
    assert plan(published, PlanOptions()).is_empty


def test_a_run_of_a_variation_builds_what_it_is_made_from(shop: Workspace) -> None:
    report = apply(shop, RunOptions(variation="canary"))
    assert built(report) == ["sales.orders.raw_orders", "sales.orders.orders@canary", "sales.orders.daily@canary"]


def test_nothing_is_built_twice(published: Workspace) -> None:
    assert built(apply(published, RunOptions(variation="same"))) == []
    apply(published, RunOptions(variation="canary"))
    report = apply(published, RunOptions(variation="full"))
    assert built(report) == [], "the recipes are those of canary, and of the plain source"
    assert report.published == ("sales.orders@full",)
    pointers = {
        name: one(published, f'select count(*) from sales.orders."{name}"')
        for name in ("raw_orders@full", "daily@full")
    }
    assert pointers == {"raw_orders@full": 4, "daily@full": 2}


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        (("sales.orders@canary", "sales.orders@full"), 3),
        (("sales.orders", "sales.orders@same"), 3),
        (("sales.orders", "sales.orders@canary", "sales.orders@full", "sales.orders@same"), 5),
    ],
)
def test_twins_of_one_plan_are_built_once(shop: Workspace, select: tuple[str, ...], expected: int) -> None:
    made = plan(shop, PlanOptions(select=select))
    shared = [step for step in made.steps if any(", which this plan builds" in reason for reason in step.reasons)]
    assert shared
    assert not [step for step in shared if step.action is StepAction.BUILD]
    report = apply(shop, RunOptions(select=select))
    assert report.state is RunState.SUCCEEDED
    assert len(built(report)) == expected, built(report)
    assert verify(shop).ok
    assert not verify(shop).orphans


def test_two_variations_run_side_by_side(published: Workspace) -> None:
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda name: apply(published, RunOptions(variation=name)), ("canary", "full")))
    assert [report.state for report in reports] == [RunState.SUCCEEDED] * 2
    assert {product for report in reports for product in report.published} == {
        "sales.orders@canary",
        "sales.orders@full",
    }


def test_its_tests_are_those_of_its_nodes_with_its_parameters(published: Workspace) -> None:
    apply(published, RunOptions(variation="canary"))
    report = test(published, TestOptions(variation="canary"))
    found = {(outcome.dataset, outcome.id): outcome.value for outcome in report.tests}
    assert found == {
        ("sales.orders.orders@canary", "file:known_customers"): 0,
        ("sales.orders.daily@canary", "few"): 2,  # n < 8 on each of its days; the contract of the port does not apply
    }


def test_a_stop_keeps_a_variation_from_publication_and_tells_its_own_dataset(published: Workspace) -> None:
    stopping = FILES[PIPELINE].replace("mustBe: 0, severity: log", "mustBe: 0")
    write_file(published.root, PIPELINE, stopping)
    report = apply(published, RunOptions(variation="canary"))
    assert report.state is RunState.FAILED
    assert [(refusal.product, refusal.blocking_test) for refusal in report.not_published] == [
        ("sales.orders@canary", "sales.orders.daily@canary: few")
    ]
    again = apply(published, RunOptions(variation="canary"))
    assert built(again) == []
    assert [(outcome.dataset, outcome.id) for outcome in again.tests if outcome.verdict == "stop"] == [
        ("sales.orders.daily@canary", "few")
    ]
    assert one(published, "select count(*) from sales.orders.daily") == 3


def test_evidence_on_a_shared_version_counts_for_the_variation(published: Workspace) -> None:
    """The same rule on the same version is measured once; what it stopped is told of the variation's dataset."""
    many = "tests:\n          orders: [{id: many, metric: rowCount, mustBeGreaterThan: 3}]"
    write_file(published.root, PIPELINE, FILES[PIPELINE].replace("tests:", many))
    assert apply(published, RunOptions(select=("sales.orders",), params={"least": "8"})).state is RunState.FAILED
    report = apply(published, RunOptions(variation="canary"))
    assert built(report) == []
    assert [(outcome.dataset, outcome.id, outcome.is_recorded) for outcome in report.tests] == [
        ("sales.orders.orders@canary", "many", True)
    ]
    assert [refusal.blocking_test for refusal in report.not_published] == ["sales.orders.orders@canary: many"]


def test_a_removed_variation_is_taken_from_the_environment(published: Workspace) -> None:
    apply(published, RunOptions(variation="canary"))
    apply(published, RunOptions(variation="full"))
    without = "\n".join(line for line in FILES[PIPELINE].splitlines() if "canary:" not in line)
    write_file(published.root, PIPELINE, without)
    report = apply(published, RunOptions())
    assert "sales.orders@canary" in report.published
    with pytest.raises(InputError, match="orders@canary"):
        one(published, 'select count(*) from sales.orders."orders@canary"')
    assert one(published, 'select count(*) from sales.orders."orders@full"') == 2


def test_a_variation_that_loses_a_node_loses_its_dataset(published: Workspace) -> None:
    apply(published, RunOptions(variation="canary"))
    write_file(published.root, PIPELINE, FILES[PIPELINE].replace("[orders+]", "[orders]"))
    report = apply(published, RunOptions(variation="canary"))
    assert report.published == ("sales.orders@canary",)
    card = show(published, "sales.orders@canary")
    assert isinstance(card, ProductCard)
    assert card.datasets == ("sales.orders.orders@canary",)
    assert set(card.manifest["datasets"]) == {"sales.orders.orders@canary"}  # type: ignore[call-overload]


def test_a_variation_is_shown_explained_and_traced(published: Workspace) -> None:
    apply(published, RunOptions(variation="canary"))
    card = show(published, "sales.orders.orders@canary")
    assert isinstance(card, DatasetCard)
    assert card.published is not None
    assert (card.published.rows, card.published.params) == (2, {"least": 8.0})
    assert card.published.dataset == "sales.orders.orders", "versions are those of the plain dataset"
    assert card.read_by == ("sales.orders.daily@canary",)
    product = show(published, "sales.orders")
    assert isinstance(product, ProductCard)
    assert product.variations == ("sales.orders@canary", "sales.orders@full", "sales.orders@same")
    edges = lineage(published, "sales.orders.daily@canary.n").edges
    assert ("sales.orders.orders@canary.placed", "sales.orders.daily@canary.n") in {edge[:2] for edge in edges}
    assert "  parameter least: 8.0" in explain(published, "sales.orders.orders@canary").lines


def test_plain_readers_get_a_variation_under_a_quoted_name(published: Workspace) -> None:
    apply(published, RunOptions(variation="canary"))
    with duckdb.connect(str(published.root / "environments/prod.duckdb"), read_only=True) as connection:
        assert connection.sql('from sales__orders."orders@canary"').fetchall()
    script = (published.root / "environments/prod.sql").read_text()
    with duckdb.connect() as connection:
        connection.execute(script)
        assert len(connection.sql('from sales.orders."orders@canary"').fetchall()) == 2


def test_a_variation_says_why_it_differs(published: Workspace) -> None:
    steps = {step.key: step.reasons for step in plan(published, PlanOptions(variation="canary")).steps}
    assert steps["build:sales.orders.orders@canary"] == (
        "never built here",
        "parameter `least` is 8.0, not 0.0 as in sales.orders.orders",
    )
    assert steps["build:sales.orders.daily@canary"] == (
        "never built here",
        "it reads sales.orders.orders@canary, not the published sales.orders.orders",
    )
    shared = {step.key: step.reasons for step in plan(published, PlanOptions(variation="same")).steps}
    assert shared["build:sales.orders.daily@same"] == ("the same as sales.orders.daily",)


def test_a_plan_of_the_plain_datasets_affects_no_variation(published: Workspace) -> None:
    apply(published, RunOptions(variation="canary"))
    write_file(published.root, "data/orders.csv", "order_id,customer,amount,placed\n1,ana,30.5,2026-01-01\n")
    assert "@" not in str(plan(published, PlanOptions()).affected)


@pytest.mark.parametrize(
    ("options", "code", "fix"),
    [
        (PlanOptions(variation="canry"), "MW-G204", "did you mean 'canary'?"),
        (PlanOptions(select=("sales.orders@canry",)), "MW-G204", "did you mean 'canary'?"),
        (PlanOptions(select=("sales.ordrs@canary",)), "MW-G201", "did you mean 'sales.orders'?"),
        (PlanOptions(select=("finance",), variation="canary"), "MW-G204", "select something of sales.orders"),
        (PlanOptions(select=("sales.orders.raw_orders@canary",)), "MW-G204", "it has: daily, orders"),
        (PlanOptions(select=("sales.orders@full",), variation="canary"), "MW-G204", "leave out one"),
        (PlanOptions(select=("sales.orders@",)), "MW-G204", "canary"),
    ],
)
def test_an_unknown_variation_is_refused(shop: Workspace, options: PlanOptions, code: str, fix: str) -> None:
    with pytest.raises(InputError) as caught:
        plan(shop, options)
    assert caught.value.first.code == code
    assert fix in (caught.value.first.fix or "")


@pytest.mark.parametrize(
    ("select", "variation", "scope"),
    [
        ((), "canary", {"raw_orders", "orders@canary", "daily@canary"}),
        (("sales.orders.orders",), "canary", {"raw_orders", "orders@canary"}),
        (("sales.orders.orders+",), "canary", {"raw_orders", "orders@canary", "daily@canary"}),
        (("sales.orders.orders@canary",), None, {"raw_orders", "orders@canary"}),
        (("sales.orders.orders@canary+",), None, {"raw_orders", "orders@canary", "daily@canary"}),
        (("sales.orders.*@full",), None, {"raw_orders@full", "orders@full", "daily@full"}),
        (("sales@same",), None, {"raw_orders", "orders", "daily@same"}),
        (("sales.orders.raw_orders+", "finance"), None, {"raw_orders", "orders", "daily"}),
    ],
)
def test_a_selection_is_of_plain_datasets_or_of_a_variation(
    shop: Workspace, select: tuple[str, ...], variation: str | None, scope: set[str]
) -> None:
    made = plan(shop, PlanOptions(select=select, variation=variation))
    found = {step.dataset for step in made.steps if step.key.startswith("build:") and step.dataset}
    assert {name.removeprefix("sales.orders.") for name in found if name.startswith("sales.orders")} == scope


def test_a_model_that_names_a_variation_is_refused(tmp_path: Path) -> None:
    shop = varied_shop(
        tmp_path, domains__sales__totals__models__per_customer_DOT_sql='select * from sales.orders."orders@canary"\n'
    )
    found = [diagnostic for diagnostic in check(shop).diagnostics if diagnostic.code == "MW-G106"]
    assert [(str(one.span), one.fix) for one in found] == [
        (
            "domains/sales/totals/models/per_customer.sql:1:15",
            "read sales.orders.orders: a variation's own nodes read each other by their plain names",
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "select order_id, customer, amount, placed, nothing from raw_orders where amount > $least\n",
        "select * from raw_orderz where amount > $least\n",
        "select * from orders where amount > $least\n",
        "select daily.* from daily where n > $least\n",
    ],
)
def test_a_problem_of_a_node_is_told_once(tmp_path: Path, text: str) -> None:
    shop = varied_shop(tmp_path, domains__sales__orders__models__orders_DOT_sql=text)
    found = check(shop).diagnostics
    assert found
    assert not [diagnostic for diagnostic in found if "@" in str(diagnostic)]


def test_a_value_that_only_a_variation_has_is_checked_for_it(tmp_path: Path) -> None:
    """What binds with the plain value and not with the variation's is found before anything runs."""
    pipeline = FILES[PIPELINE].replace("least: 8}, nodes", "least: 8, most: -1}, nodes")
    shop = varied_shop(
        tmp_path,
        domains__sales__orders__models__daily_DOT_sql="select placed, 1 as n from orders limit $most\n",
        domains__sales__orders__pipeline_DOT_yaml=pipeline.replace("params:\n", "params:\n          most: 5\n", 1),
    )
    problems = [found for found in check(shop).diagnostics if found.severity == "error"]
    assert [found.object for found in problems] == ["sales.orders.daily@canary"]
    assert str(problems[0].span) == "domains/sales/orders/models/daily.sql:1:41"


def test_a_run_override_stands_above_the_variation(published: Workspace) -> None:
    apply(published, RunOptions(variation="canary", params={"least": "15"}))
    assert one(published, 'select count(*) from sales.orders."orders@canary"') == 1
    reasons = {step.key: step.reasons for step in plan(published, PlanOptions(variation="canary")).steps}
    assert "(15.0 was given to run" in str(reasons["build:sales.orders.orders@canary"])


def test_an_environment_has_variations_of_its_own(published: Workspace) -> None:
    report = apply(published, RunOptions(variation="same", environment="qa"))
    assert report.state is RunState.SUCCEEDED
    assert one(published, 'select sum(n) from sales.orders."daily@same"', environment="qa") == 3
    with pytest.raises(InputError):
        one(published, 'select sum(n) from sales.orders."daily@same"')


def test_python_nodes_and_views_are_varied_as_models_are(tmp_path: Path) -> None:
    nodes = """
          scored: {python: scored.py:build, inputs: [orders], columns: {customer: VARCHAR, score: DOUBLE}}
          seen: {as: view}"""
    shop = varied_shop(
        tmp_path,
        domains__sales__orders__pipeline_DOT_yaml=FILES[PIPELINE].replace("format: csv}}", "format: csv}}" + nodes),
        domains__sales__orders__models__seen_DOT_sql="select score * 2 as twice from scored where score > $least\n",
        domains__sales__orders__scored_DOT_py="""
        import pyarrow.compute as pc

        def build(orders, least):
            return orders.append_column("score", pc.add(orders["amount"], float(least)))
        """,
    )
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
    assert apply(shop, RunOptions(variation="canary")).state is RunState.SUCCEEDED
    assert one(shop, 'select sum(twice) from sales.orders."seen@canary"') == 2 * (10.5 + 8 + 20 + 8)
    assert one(shop, "select sum(twice) from sales.orders.seen") == 2 * (10.5 + 20 + 5.25 + 7)
    assert built(apply(shop, RunOptions(variation="full"))) == []

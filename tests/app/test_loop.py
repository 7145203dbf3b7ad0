"""The loop, whole: files -> plan -> candidates -> tests -> publication -> reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.query import QueryOptions, query
from meshwright.app.runs import list_runs, show_run
from meshwright.app.show import show
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.plan.values import StepAction
from meshwright.run.events import RunStarted
from meshwright.run.report import RunReport, StepState
from meshwright.state.records import RunState
from tests.meshes import SHOP, write_file, write_mesh

ORDERS_CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"
ORDERS_MODEL = "domains/sales/orders/models/orders.sql"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return open_workspace(write_mesh(tmp_path / "shop"))


def rows(workspace: Workspace, text: str, **options: object) -> list[dict[str, object]]:
    answer = query(workspace, QueryOptions(text=text, **options))  # type: ignore[arg-type]
    try:
        return [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


def built(report: RunReport) -> set[str]:
    return {
        step.dataset
        for step in report.steps
        if step.action is StepAction.BUILD and step.state is StepState.SUCCEEDED and step.dataset
    }


def test_a_first_run_builds_tests_and_publishes_everything(shop: Workspace) -> None:
    report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert built(report) == {
        "sales.orders.raw_orders",
        "sales.orders.orders",
        "sales.totals.per_customer",
        "finance.report.revenue",
    }
    assert set(report.published) == {"sales.orders", "sales.totals", "finance.report"}
    assert report.generation == 3
    assert all(step.rows for step in report.steps if step.action is StepAction.BUILD)
    assert rows(shop, "select sum(total) as t from sales.totals.per_customer") == [{"t": 42.75}]
    assert rows(shop, "select distinct currency as c from finance.report.revenue") == [{"c": "EUR"}]


def test_a_second_run_does_nothing(shop: Workspace) -> None:
    first = apply(shop, RunOptions())
    second = apply(shop, RunOptions())
    assert second.state is RunState.SUCCEEDED
    assert built(second) == set()
    assert second.published == ()
    assert second.generation == first.generation
    assert plan(shop, PlanOptions()).is_empty


def test_a_changed_source_that_yields_the_same_rows_rebuilds_nothing_below(shop: Workspace) -> None:
    apply(shop, RunOptions())
    lines = (shop.root / "data/orders.csv").read_text().splitlines()
    (shop.root / "data/orders.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    report = apply(shop, RunOptions())
    assert built(report) == {"sales.orders.raw_orders"}
    assert report.published == ()


def test_a_changed_source_rebuilds_what_is_below(shop: Workspace) -> None:
    apply(shop, RunOptions())
    with (shop.root / "data/orders.csv").open("a") as file:
        file.write("5,dora,1.0,2026-01-04\n")
    planned = plan(shop, PlanOptions())
    assert planned.counts["build"] == 1
    assert planned.counts["pending"] == 3
    report = apply(shop, RunOptions())
    assert len(built(report)) == 4
    assert rows(shop, "select count(*) as n from sales.orders.orders") == [{"n": 5}]


def test_a_stop_leaves_the_environment_as_it_was_and_keeps_the_candidate(shop: Workspace) -> None:
    before = apply(shop, RunOptions())
    with (shop.root / "data/orders.csv").open("a") as file:
        file.write("4,eve,9.0,2026-01-05\n")  # order_id 4 again: breaks the primary key
    report = apply(shop, RunOptions())
    assert report.state is RunState.FAILED
    assert report.published == ()
    assert report.generation == before.generation
    stops = [test for test in report.tests if test.verdict == "stop"]
    assert {test.dataset for test in stops} == {"sales.orders.orders"}
    refused = {refusal.product: refusal for refusal in report.not_published}
    assert refused["sales.orders"].blocking_test is not None
    assert "sales.totals" in refused
    assert rows(shop, "select count(*) as n from sales.orders.orders") == [{"n": 4}]
    candidate = stops[0].version
    assert rows(shop, "select count(*) as n from orders", version=candidate) == [{"n": 5}]
    card = show(shop, candidate)
    assert any(test.verdict == "stop" for test in card.tests)  # type: ignore[union-attr]


def test_what_was_built_from_an_unpublished_candidate_is_not_published(shop: Workspace) -> None:
    """The stop is in another dataset of the supplier: what the consumer reads is good, and still not visible."""
    write_file(shop.root, "domains/sales/orders/models/broken.sql", "select order_id from raw_orders where amount > 6")
    write_file(
        shop.root,
        "domains/sales/orders/pipeline.yaml",
        SHOP["domains/sales/orders/pipeline.yaml"].rstrip() + "\n          broken: [{metric: rowCount, mustBe: 0}]\n",
    )
    report = apply(shop, RunOptions())
    assert report.state is RunState.FAILED
    refused = {refusal.product: refusal.reason for refusal in report.not_published}
    assert "broken" in refused["sales.orders"]
    assert refused["sales.totals"] == "it was built from sales.orders.orders, which was not published"
    assert set(refused) == {"sales.orders", "sales.totals", "finance.report"}


def test_a_recorded_stop_is_reported_again_and_not_rebuilt(shop: Workspace) -> None:
    apply(shop, RunOptions())
    with (shop.root / "data/orders.csv").open("a") as file:
        file.write("4,eve,9.0,2026-01-05\n")
    apply(shop, RunOptions())
    again = apply(shop, RunOptions())
    assert again.state is RunState.FAILED
    assert built(again) == set()
    assert any(test.verdict == "stop" and test.is_recorded for test in again.tests)
    assert {refusal.product for refusal in again.not_published} >= {"sales.orders"}


def test_a_mended_source_publishes_again(shop: Workspace) -> None:
    apply(shop, RunOptions())
    good = (shop.root / "data/orders.csv").read_text()
    (shop.root / "data/orders.csv").write_text(good + "4,eve,9.0,2026-01-05\n")
    apply(shop, RunOptions())
    (shop.root / "data/orders.csv").write_text(good + "5,eve,9.0,2026-01-05\n")
    report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert "sales.orders" in report.published


def test_a_tightened_contract_is_tested_without_a_rebuild(shop: Workspace) -> None:
    apply(shop, RunOptions())
    text = SHOP[ORDERS_CONTRACT].replace(
        "{name: placed, logicalType: date}", "{name: placed, logicalType: date, required: true}"
    )
    write_file(shop.root, ORDERS_CONTRACT, text)
    planned = plan(shop, PlanOptions())
    reasons = " ".join(reason for step in planned.steps for reason in step.reasons)
    assert "contract tightened: required on `placed`" in reasons
    report = apply(shop, RunOptions())
    assert built(report) == set()
    assert report.published == ("sales.orders",)


def test_a_contract_that_the_published_data_breaks_is_refused(shop: Workspace) -> None:
    before = apply(shop, RunOptions())
    text = SHOP[ORDERS_CONTRACT].replace("mustBeGreaterThan: 2", "mustBeGreaterThan: 100")
    write_file(shop.root, ORDERS_CONTRACT, text)
    report = apply(shop, RunOptions())
    assert report.state is RunState.FAILED
    assert report.generation == before.generation
    assert [refusal.product for refusal in report.not_published] == ["sales.orders"]
    assert "enough" in (report.not_published[0].blocking_test or "")


def test_who_reads_what_a_tightened_rule_refuses_has_nothing_to_do_and_is_not_blocked(shop: Workspace) -> None:
    apply(shop, RunOptions())
    text = SHOP[ORDERS_CONTRACT].replace("mustBeGreaterThan: 2", "mustBeGreaterThan: 100")
    write_file(shop.root, ORDERS_CONTRACT, text)
    for report in (apply(shop, RunOptions()), apply(shop, RunOptions())):  # the rule is measured, then on record
        nodes = {step.key: step.action for step in report.steps if step.key.startswith("build:")}
        assert set(nodes.values()) == {StepAction.REUSE}
        planned = plan(shop, PlanOptions())
        assert [step.key for step in planned.steps if step.action is StepAction.BLOCKED] == ["publish:sales.orders"]
    write_file(shop.root, "domains/finance/report/models/revenue.sql", "select 1 as n from sales.orders.orders")
    planned = plan(shop, PlanOptions())
    blocked = {step.key for step in planned.steps if step.action is StepAction.BLOCKED}
    assert blocked == {"publish:sales.orders", "build:finance.report.revenue", "publish:finance.report"}


def test_a_changed_model_says_which_expression_changed(shop: Workspace) -> None:
    apply(shop, RunOptions())
    write_file(shop.root, ORDERS_MODEL, SHOP[ORDERS_MODEL].replace("amount,", "amount * 2 as amount,"))
    planned = {step.key: step for step in plan(shop, PlanOptions()).steps}
    assert "expression of `amount` changed" in planned["build:sales.orders.orders"].reasons
    assert "input sales.orders.orders has a new version" in planned["build:sales.totals.per_customer"].reasons
    report = apply(shop, RunOptions())
    assert built(report) == {"sales.orders.orders", "sales.totals.per_customer", "finance.report.revenue"}


def test_reformatting_builds_nothing(shop: Workspace) -> None:
    apply(shop, RunOptions())
    write_file(
        shop.root,
        ORDERS_MODEL,
        "SELECT order_id, customer , amount -- money\n, placed FROM sales.orders.raw_orders WHERE (amount > 0);\n",
    )
    report = apply(shop, RunOptions())
    assert built(report) == set()
    assert report.published == ("sales.orders",)  # its code is part of what is shown


def test_a_dataset_removed_from_code_is_closed(shop: Workspace) -> None:
    apply(shop, RunOptions())
    (shop.root / "domains/finance/report/models/revenue.sql").unlink()
    write_file(shop.root, "domains/finance/report/models/daily.sql", "select 1 as one")
    report = apply(shop, RunOptions())
    assert report.published == ("finance.report",)
    with pytest.raises(Exception, match=r"revenue"):
        rows(shop, "select * from finance.report.revenue")
    assert rows(shop, "select * from finance.report.revenue", generation=3) != []


def test_a_removed_product_is_closed(shop: Workspace) -> None:
    import shutil

    apply(shop, RunOptions())
    shutil.rmtree(shop.root / "domains/finance")
    report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert report.published == ("finance.report",)


def test_a_model_that_fails_at_run_time_blocks_only_what_needs_it(shop: Workspace) -> None:
    write_file(
        shop.root,
        "domains/sales/totals/models/per_customer.sql",
        "select cast(customer as integer) as total\nfrom sales.orders.orders",
    )
    (shop.root / "domains/sales/totals/tests/no_negative_totals.sql").unlink()
    report = apply(shop, RunOptions())
    assert report.state is RunState.PARTIAL
    assert set(report.published) == {"sales.orders", "finance.report"}
    failed = next(step for step in report.steps if step.state is StepState.FAILED)
    assert failed.error is not None
    assert failed.error.span is not None
    assert failed.error.span.file == "domains/sales/totals/models/per_customer.sql"


def test_a_selection_takes_what_it_is_made_from(shop: Workspace) -> None:
    report = apply(shop, RunOptions(select=("sales.totals",)))
    assert built(report) == {"sales.orders.raw_orders", "sales.orders.orders", "sales.totals.per_customer"}
    assert set(report.published) == {"sales.orders", "sales.totals"}


def test_only_reads_the_rest_as_published(shop: Workspace) -> None:
    report = apply(shop, RunOptions(select=("sales.totals",), only=True))
    assert report.state is RunState.FAILED
    assert "never published" in report.not_published[0].reason
    apply(shop, RunOptions(select=("sales.orders",)))
    report = apply(shop, RunOptions(select=("sales.totals",), only=True))
    assert report.published == ("sales.totals",)


def test_a_parameter_is_part_of_the_version(shop: Workspace) -> None:
    apply(shop, RunOptions())
    report = apply(shop, RunOptions(params={"currency": "USD"}))
    assert built(report) == {"finance.report.revenue"}
    assert rows(shop, "select distinct currency as c from finance.report.revenue") == [{"c": "USD"}]
    back = apply(shop, RunOptions())
    assert built(back) == set()  # the version is still there
    assert back.published == ("finance.report",)


def test_runs_are_recorded_with_plan_files_and_log(shop: Workspace) -> None:
    report = apply(shop, RunOptions())
    (run,) = list_runs(shop)
    assert run.id == report.run_id
    assert run.state is RunState.SUCCEEDED
    assert ORDERS_MODEL in run.files
    detail = show_run(shop, run.id[:12])
    assert {step.key for step in detail.steps} == {step.key for step in report.steps}
    assert not detail.is_held


def test_plain_duckdb_reads_the_published_mesh(shop: Workspace) -> None:
    import duckdb

    apply(shop, RunOptions())
    with duckdb.connect(str(shop.root / "environments/prod.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from sales__orders.orders").fetchone() == (4,)


def test_products_on_a_cycle_publish_together(shop: Workspace) -> None:
    write_file(
        shop.root,
        "domains/sales/orders/models/best.sql",
        "select customer from sales.totals.per_customer where total > 10",
    )
    units = [step.products for step in plan(shop, PlanOptions()).steps if step.products]
    assert ("sales.orders", "sales.totals") in units
    report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert report.generation == 2  # sales.orders with sales.totals, then finance.report


def test_a_run_that_is_overtaken_plans_again_and_ends_well(shop: Workspace) -> None:
    apply(shop, RunOptions())
    overtaken = []

    def overtake_once(event: object) -> None:
        if isinstance(event, RunStarted) and not overtaken:
            overtaken.append(event.run_id)
            assert apply(shop, RunOptions(params={"currency": "GBP"})).published == ("finance.report",)

    report = apply(shop, RunOptions(params={"currency": "USD"}), overtake_once)
    assert report.state is RunState.SUCCEEDED
    assert report.published == ("finance.report",)
    assert report.not_published == ()
    assert built(report) == {"finance.report.revenue"}, "it was built before the run planned again"
    assert rows(shop, "select distinct currency as c from finance.report.revenue") == [{"c": "USD"}]


def test_a_contract_only_change_publishes_the_port(shop: Workspace) -> None:
    before = apply(shop, RunOptions())
    write_file(shop.root, ORDERS_CONTRACT, SHOP[ORDERS_CONTRACT].replace("status: active", "status: deprecated"))
    report = apply(shop, RunOptions())
    assert built(report) == set()
    assert report.tests == ()
    assert report.published == ("sales.orders",)
    assert report.generation == before.generation + 1
    assert show(shop, "sales.orders/orders").contract["status"] == "deprecated"  # type: ignore[union-attr]


def test_a_big_sum_stays_exact(shop: Workspace) -> None:
    write_file(
        shop.root,
        "domains/finance/report/models/big.sql",
        "select sum(x) as s from (values (9223372036854775807), (9223372036854775807), (1)) t(x)",
    )
    apply(shop, RunOptions())
    assert [str(row["s"]) for row in rows(shop, "select s from finance.report.big")] == ["18446744073709551615"]


def test_the_same_mesh_gives_the_same_ids_elsewhere(shop: Workspace, tmp_path: Path) -> None:
    first = {step.dataset: step.version for step in apply(shop, RunOptions()).steps if step.dataset}
    other = open_workspace(write_mesh(tmp_path / "elsewhere"))
    second = {step.dataset: step.version for step in apply(other, RunOptions()).steps if step.dataset}
    assert first == second

"""`changed` in a selection: what differs from the environment, in plan, run, test and check."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.testing import TestOptions
from meshwright.app.testing import test as run_tests
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.state.records import RunState
from tests.app.test_loop import built
from tests.meshes import SHOP, agree_to_changes, write_file, write_mesh

ALL = {"sales.orders.raw_orders", "sales.orders.orders", "sales.totals.per_customer", "finance.report.revenue"}
REVENUE = "domains/finance/report/models/revenue.sql"
CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"
PIPELINE = "domains/sales/orders/pipeline.yaml"
TEST = "domains/sales/totals/tests/no_negative_totals.sql"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A published shop."""
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    agree_to_changes(workspace.root, "sales")
    apply(workspace, RunOptions())
    return workspace


def planned(shop: Workspace, *words: str) -> set[str]:
    return {step.dataset or "" for step in plan(shop, PlanOptions(select=words, only=True)).steps if step.dataset}


def test_nothing_differs_after_a_run_and_that_is_no_error(shop: Workspace) -> None:
    assert planned(shop, "changed") == set()
    assert planned(shop, "+changed+") == set()
    report = apply(shop, RunOptions(select=("changed",)))
    assert (report.state, report.steps, report.published) == (RunState.SUCCEEDED, (), ())


def test_everything_differs_before_the_first_run(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    assert planned(workspace, "changed") == ALL
    report = apply(workspace, RunOptions(select=("changed",)))
    assert (report.state, built(report)) == (RunState.SUCCEEDED, ALL)


def test_an_edited_model_differs_and_so_does_what_is_built_from_it(shop: Workspace) -> None:
    write_file(
        shop.root,
        "domains/sales/orders/models/orders.sql",
        SHOP["domains/sales/orders/models/orders.sql"] + " and true",
    )
    assert planned(shop, "changed") == ALL - {"sales.orders.raw_orders"}
    assert planned(shop, "+changed") == ALL
    assert planned(shop, "finance.*.* changed") == ALL - {"sales.orders.raw_orders"}


def test_running_what_differs_brings_the_environment_up_to_date(shop: Workspace) -> None:
    write_file(shop.root, REVENUE, "select placed, max(amount) as revenue from sales.orders.orders group by placed")
    report = apply(shop, RunOptions(select=("changed",)))
    assert (report.state, built(report), report.published) == (
        RunState.SUCCEEDED,
        {"finance.report.revenue"},
        ("finance.report",),
    )
    assert planned(shop, "changed") == set()


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (REVENUE, "-- said again\n" + SHOP[REVENUE].replace("select", "SELECT"), set()),
        (CONTRACT, SHOP[CONTRACT].replace("mustBeGreaterThan: 2", "mustBeGreaterThan: 3"), {"sales.orders.orders"}),
        (CONTRACT, SHOP[CONTRACT].replace("status: active", "status: active\n        tags: [gold]"), {"sales.orders.orders"}),
        (PIPELINE, SHOP[PIPELINE].replace("mustBeGreaterThan: 0", "mustBeGreaterThan: 1"), {"sales.orders.raw_orders"}),
        (TEST, "select * from per_customer where total < 1", {"sales.totals.per_customer"}),
        ("data/orders.csv", SHOP["data/orders.csv"] + "        5,dora,1.0,2026-01-04\n", ALL),
    ],
)  # fmt: skip
def test_definitions_sources_contracts_and_rules_differ_and_layout_does_not(
    shop: Workspace, file: str, text: str, expected: set[str]
) -> None:
    write_file(shop.root, file, text)
    assert planned(shop, "changed") == expected


def test_a_parameter_given_with_the_command_counts(shop: Workspace) -> None:
    found = plan(shop, PlanOptions(select=("changed",), only=True, params={"currency": "USD"}))
    assert {step.dataset for step in found.steps if step.dataset} == {"finance.report.revenue"}


def test_tests_of_what_differs_alone_are_measured(shop: Workspace) -> None:
    assert run_tests(shop, TestOptions(select=("changed",))).tests == ()
    write_file(shop.root, PIPELINE, SHOP[PIPELINE].replace("mustBeGreaterThan: 0", "mustBeGreaterThan: 1"))
    outcomes = run_tests(shop, TestOptions(select=("changed",))).tests
    assert {outcome.dataset for outcome in outcomes} == {"sales.orders.raw_orders"}


def test_check_tells_the_findings_of_what_differs(shop: Workspace) -> None:
    assert check(shop, ("changed",)).diagnostics == ()
    write_file(shop.root, REVENUE, "select placd from sales.orders.orders")
    write_file(shop.root, "domains/sales/totals/models/torn.sql", "select from where")
    codes = {found.code for found in check(shop, ("changed",)).diagnostics}
    assert "MW-T001" in codes
    assert any(found.object == "sales.totals.torn" for found in check(shop, ("changed",)).diagnostics)


def test_check_of_a_product_that_has_no_dataset_that_loads_tells_its_findings(shop: Workspace) -> None:
    write_file(shop.root, REVENUE, "select from where")
    told = check(shop, ("finance.report",)).diagnostics
    assert told
    assert all((found.span.file if found.span else "") == REVENUE for found in told)
    assert check(shop, ("finance",)).diagnostics == told
    assert check(shop, ("finance.report.revenue",)).diagnostics == told
    assert check(shop, ("sales",)).diagnostics == ()
    with pytest.raises(InputError):
        check(shop, ("finance.reprot",))

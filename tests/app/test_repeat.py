"""`runs repeat`: a record made again from its own files; the environment stays as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply, resume
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.repeat import repeat
from meshwright.app.runs import list_runs
from meshwright.app.workspace import Workspace, open_mesh_state, open_workspace
from meshwright.diagnostics import InputError
from meshwright.faces.status import repetition_status
from meshwright.files.loader import load_mesh
from meshwright.plan.values import StepAction
from meshwright.run.report import RunReport, StepState
from meshwright.state.protocol import State
from meshwright.state.records import RunState
from tests.meshes import write_file, write_mesh

ORDERS_MODEL = "domains/sales/orders/models/orders.sql"
DATASETS = ["finance.report.revenue", "sales.orders.orders", "sales.orders.raw_orders", "sales.totals.per_customer"]


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return open_workspace(write_mesh(tmp_path / "shop"))


def state_of(workspace: Workspace) -> State:
    mesh = load_mesh(workspace.root).mesh
    assert mesh is not None
    return open_mesh_state(workspace, mesh, create=False)


def standing(workspace: Workspace) -> tuple[int, dict[str, str]]:
    state = state_of(workspace)
    try:
        pointers = state.reader.pointers("prod")
        return state.reader.generation("prod"), {name: pointer.revision for name, pointer in pointers.items()}
    finally:
        state.close()


def built(report: RunReport) -> list[str | None]:
    is_built = (StepAction.BUILD, StepState.SUCCEEDED)
    return sorted(step.dataset or "" for step in report.steps if (step.action, step.state) == is_built)


def test_a_run_repeated_comes_to_the_same_versions_and_publishes_nothing(shop: Workspace) -> None:
    first = apply(shop, RunOptions())
    before = standing(shop)
    again = repeat(shop, first.run_id)
    assert [one.dataset for one in again.versions] == DATASETS
    assert again.is_same
    assert again.report.published == ()
    assert again.report.generation == first.generation
    assert repetition_status(again) == 0
    assert standing(shop) == before


def test_a_run_is_repeated_from_its_own_files_whatever_stands_in_the_tree(shop: Workspace) -> None:
    """The tree moved on and was published; the old run comes to its old versions, and prod is not moved back."""
    first = apply(shop, RunOptions())
    write_file(shop.root, ORDERS_MODEL, "select order_id, customer, amount * 2 as amount, placed from raw_orders")
    second = apply(shop, RunOptions())
    shutil.rmtree(shop.root / "domains/finance")
    third = apply(shop, RunOptions())
    before = standing(shop)
    for run in (first, second, third):
        again = repeat(shop, run.run_id)
        assert again.is_same
        assert built(again.report) == []
    assert [one.dataset for one in repeat(shop, first.run_id).versions] == DATASETS
    assert standing(shop) == before
    assert plan(shop, PlanOptions()).is_empty


def test_what_is_lost_is_built_again_under_the_same_ids(shop: Workspace, tmp_path: Path) -> None:
    """The same files in another place, with an empty state: the record is copied there, its versions are not."""
    first = apply(shop, RunOptions())
    elsewhere = open_workspace(
        shutil.copytree(shop.root, tmp_path / "elsewhere", ignore=shutil.ignore_patterns(".mesh*"))
    )
    state, empty = state_of(shop), open_mesh_state(elsewhere, load_mesh(elsewhere.root).mesh, create=True)  # type: ignore[arg-type]
    record = state.reader.run(first.run_id)
    assert record is not None
    empty.writer.start_run(record, [], state.reader.blobs(set(record.files.values())))
    empty.writer.finish_run(record)
    state.close()
    empty.close()
    again = repeat(elsewhere, first.run_id)
    assert built(again.report) == DATASETS
    assert again.is_same
    assert standing(elsewhere) == (0, {})


def test_a_source_that_changed_since_is_named_and_what_is_made_from_it_differs(shop: Workspace) -> None:
    first = apply(shop, RunOptions())
    with (shop.root / "data/orders.csv").open("a") as file:
        file.write("5,dora,1.0,2026-01-04\n")
    before = standing(shop)
    for published in (False, True):  # the second time the new content is known and published
        again = repeat(shop, first.run_id)
        reasons = {one.dataset: one.reasons for one in again.versions}
        assert reasons == {
            "finance.report.revenue": ("input sales.orders.orders is another version",),
            "sales.orders.orders": ("input sales.orders.raw_orders is another version",),
            "sales.orders.raw_orders": ("what it reads is not what it was",),
            "sales.totals.per_customer": ("input sales.orders.orders is another version",),
        }
        assert repetition_status(again) == 1
        assert standing(shop) == before
        if not published:
            apply(shop, RunOptions())
            before = standing(shop)


def test_a_source_whose_rows_are_the_same_comes_to_the_same_versions(shop: Workspace) -> None:
    first = apply(shop, RunOptions())
    lines = (shop.root / "data/orders.csv").read_text().splitlines()
    (shop.root / "data/orders.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    assert repeat(shop, first.run_id).is_same


@pytest.mark.slow
def test_selection_and_parameters_are_those_of_the_run(shop: Workspace) -> None:
    apply(shop, RunOptions())
    chosen = apply(shop, RunOptions(select=("finance.report",), params={"currency": "USD"}, only=True))
    apply(shop, RunOptions())
    again = repeat(shop, chosen.run_id)
    assert [one.dataset for one in again.versions] == ["finance.report.revenue"]
    assert again.is_same


@pytest.mark.slow
def test_what_only_was_read_is_read_as_it_stood_then(shop: Workspace) -> None:
    apply(shop, RunOptions())
    write_file(
        shop.root,
        "domains/sales/totals/models/per_customer.sql",
        "select customer, 1 as total from sales.orders.orders",
    )
    chosen = apply(shop, RunOptions(select=("sales.totals",), only=True))
    write_file(shop.root, ORDERS_MODEL, "select order_id, customer, amount * 2 as amount, placed from raw_orders")
    apply(shop, RunOptions())
    again = repeat(shop, chosen.run_id)
    assert [one.dataset for one in again.versions] == ["sales.totals.per_customer"]
    assert again.is_same


def test_a_run_whose_tests_stopped_stops_again(shop: Workspace) -> None:
    with (shop.root / "data/orders.csv").open("a") as file:
        file.write("4,eve,9.0,2026-01-05\n")
    failed = apply(shop, RunOptions())
    assert failed.state is RunState.FAILED
    again = repeat(shop, failed.run_id)
    assert again.is_same
    assert again.report.state is RunState.FAILED
    assert repetition_status(again) == 1


def test_a_repetition_is_recorded_names_its_run_and_can_be_repeated_but_not_resumed(shop: Workspace) -> None:
    first = apply(shop, RunOptions())
    again = repeat(shop, first.run_id[:15])
    record = list_runs(shop)[0]
    assert (record.id, record.parent, record.state) == (again.report.run_id, first.run_id, RunState.SUCCEEDED)
    assert repeat(shop, record.id).is_same
    with pytest.raises(InputError) as refused:
        resume(shop, record.id)
    assert refused.value.first.code == "MW-R010"


def test_a_run_that_is_not_there_is_said(shop: Workspace) -> None:
    apply(shop, RunOptions())
    with pytest.raises(InputError) as refused:
        repeat(shop, "20200101T000000-aaaaaa")
    assert refused.value.first.code == "MW-R005"

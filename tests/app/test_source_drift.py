"""Sources with other columns than those known of them: whoever writes the models for the true ones is not refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.run.report import RunReport
from meshwright.state.records import RunState
from tests.meshes import write_file, write_mesh

MODEL = "domains/sales/orders/models/orders.sql"
DRIFTED = "order_id,buyer,amount,placed\n1,ana,10.5,2026-01-01\n2,ben,20.0,2026-01-02\n3,ana,5.25,2026-01-03\n"
RENAMED = "select order_id, buyer as customer, amount, placed from raw_orders where amount > 0"


@pytest.fixture
def drifted(tmp_path: Path) -> Workspace:
    """The shop, built; then its file calls `customer` `buyer`."""
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    write_file(workspace.root, "data/orders.csv", DRIFTED)
    return workspace


def _run(workspace: Workspace) -> RunReport:
    return apply(workspace, RunOptions())


def _codes(workspace: Workspace) -> list[str]:
    return [found.code for found in check(workspace).diagnostics]


def test_a_model_for_the_new_columns_is_checked_against_them_and_runs(drifted: Workspace) -> None:
    write_file(drifted.root, MODEL, RENAMED)
    assert _codes(drifted) == []
    report = _run(drifted)
    assert report.state is RunState.SUCCEEDED
    assert "sales.orders" in report.published


def test_a_model_is_corrected_after_the_run_that_the_new_columns_failed(drifted: Workspace) -> None:
    assert _run(drifted).state is RunState.FAILED
    write_file(drifted.root, MODEL, RENAMED)
    assert _run(drifted).state is RunState.SUCCEEDED
    assert _codes(drifted) == []


def test_a_rule_for_the_new_columns_is_checked_against_them(drifted: Workspace) -> None:
    write_file(drifted.root, MODEL, RENAMED)
    write_file(drifted.root, "domains/sales/orders/tests/named.sql", "select buyer from raw_orders where buyer is null")
    assert _codes(drifted) == []


def test_what_fits_neither_old_nor_new_columns_is_refused_with_the_new_ones(drifted: Workspace) -> None:
    write_file(drifted.root, MODEL, RENAMED.replace("buyer", "byer"))
    [found] = check(drifted).diagnostics
    assert found.code == "MW-T001"
    assert found.fix == "did you mean 'buyer'? columns: amount, buyer, order_id, placed"
    with pytest.raises(InputError):
        _run(drifted)


def test_a_source_that_vanished_leaves_the_columns_of_its_last_build(drifted: Workspace) -> None:
    (drifted.root / "data/orders.csv").unlink()
    write_file(drifted.root, MODEL, RENAMED)
    assert sorted(_codes(drifted)) == ["MW-T001", "MW-T003"]


def test_a_source_that_is_not_there_and_declares_some_columns_refuses_no_model(tmp_path: Path) -> None:
    """A declaration need not name every column: what reads another one may be right."""
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    (workspace.root / "data/orders.csv").unlink()
    pipeline = "nodes:\n  raw_orders: {source: {path: data/orders.csv}, columns: {order_id: BIGINT}}\n"
    write_file(workspace.root, "domains/sales/orders/pipeline.yaml", pipeline)
    write_file(workspace.root, "domains/sales/orders/models/second.sql", "select amount from orders")
    found = check(workspace).diagnostics
    assert sorted((one.code, str(one.severity)) for one in found) == [("MW-T001", "warning"), ("MW-T003", "warning")]
    report = _run(workspace)
    assert report.state is RunState.FAILED
    assert {step.error.code for step in report.steps if step.dataset == "sales.orders.raw_orders"} == {"MW-R001"}


def test_what_is_made_of_guessed_columns_is_guessed_too(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    (workspace.root / "data/orders.csv").unlink()
    pipeline = "nodes:\n  raw_orders: {source: {path: data/orders.csv}, columns: {order_id: BIGINT}}\n"
    write_file(workspace.root, "domains/sales/orders/pipeline.yaml", pipeline)
    write_file(workspace.root, MODEL, "select * from raw_orders")
    found = check(workspace).diagnostics
    assert {one.code for one in found} > {"MW-T001", "MW-C104"}
    assert {str(one.severity) for one in found} == {"warning"}

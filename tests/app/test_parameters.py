"""Parameters from a mesh's files into SQL: their declared types hold in models and in tests alike."""

from __future__ import annotations

from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.query import QueryOptions, query
from meshwright.app.testing import TestOptions, test
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.state.records import RunState
from tests.meshes import SHOP, write_mesh

PIPELINE = """
    params:
      since: {type: date, default: 2026-01-03}
      step: {type: integer, default: 1}
    nodes:
      raw_orders: {source: {path: data/orders.csv, format: csv}}
    tests:
      orders:
        - {id: typed, type: sql, query: "select typeof($since) || typeof($step) from orders limit 1", mustBe: DATEBIGINT}
    """
EARLY = """
    -- severity: warn
    select order_id from orders where placed < $since - interval 1 day
    """
SPACED = "select order_id, $step as spaced from raw_orders"


def shop(folder: Path, **changed: str) -> Workspace:
    files = {
        **SHOP,
        "domains/sales/orders/pipeline.yaml": PIPELINE,
        "domains/sales/orders/tests/early.sql": EARLY,
        "domains/sales/orders/models/spaced.sql": SPACED,
        **changed,
    }
    return open_workspace(write_mesh(folder / "shop", files))


def type_of(workspace: Workspace, column: str, dataset: str) -> str:
    answer = query(workspace, QueryOptions(text=f"select {column} from {dataset}"))
    try:
        return answer.columns[0].type
    finally:
        answer.close()


def test_tests_compute_with_parameters_of_their_declared_types(tmp_path: Path) -> None:
    report = apply(shop(tmp_path), RunOptions())
    assert report.state is RunState.SUCCEEDED, report
    outcomes = {outcome.id: outcome for outcome in report.tests}
    assert (outcomes["typed"].verdict, outcomes["typed"].value) == ("pass", "DATEBIGINT")
    assert (outcomes["file:early"].verdict, outcomes["file:early"].failing_rows) == ("warn", 1)
    assert [dict(row) for row in outcomes["file:early"].sample] == [{"order_id": 1}]


def test_another_value_is_measured_anew(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    apply(workspace, RunOptions())
    report = test(workspace, TestOptions(params={"since": "2026-01-04"}))
    assert {outcome.id: outcome.failing_rows for outcome in report.tests}["file:early"] == 2


def test_another_value_of_an_integer_keeps_the_columns_type(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    apply(workspace, RunOptions())
    before = type_of(workspace, "spaced", "sales.orders.spaced")
    report = apply(workspace, RunOptions(params={"step": "3000000000"}))
    assert report.state is RunState.SUCCEEDED, report
    assert before == type_of(workspace, "spaced", "sales.orders.spaced") == "BIGINT"

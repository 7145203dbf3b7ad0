"""The shop with variations of sales.orders: `canary` of all but the source, `full` of everything, `same` without a change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from meshwright.app.query import QueryOptions, query
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.plan.values import StepAction
from meshwright.run.report import RunReport
from tests.meshes import SHOP, write_mesh

PIPELINE = "domains/sales/orders/pipeline.yaml"
FILES: Mapping[str, str] = {
    **SHOP,
    "mesh.yaml": """
        meshwright: 1
        name: shop
        params: {currency: EUR}
        environments:
          prod: {}
          qa: {params: {least: 6}}
        """,
    PIPELINE: """
        params:
          least: {type: number, default: 0, description: Smallest amount to keep.}
        nodes:
          raw_orders: {source: {path: data/orders.csv, format: csv}}
        tests:
          raw_orders: [{metric: rowCount, mustBeGreaterThan: 0, severity: stop}]
          daily: [{id: few, type: sql, query: "select count(*) from daily where n < $least", mustBe: 0, severity: log}]
        variations:
          canary: {params: {least: 8}, nodes: [orders+]}
          full: {params: {least: 8}}
          same: {nodes: [daily]}
        """,
    "domains/sales/orders/models/orders.sql": """
        select order_id, customer, amount, placed
        from raw_orders
        where amount > $least
        """,
    "domains/sales/orders/models/daily.sql": """
        select placed, count(*) as n
        from sales.orders.orders
        group by placed
        """,
    "domains/sales/orders/tests/known_customers.sql": """
        -- on: orders
        select orders.* from orders left join raw_orders using (order_id) where raw_orders.order_id is null
        """,
}


def varied_shop(folder: Path, **changed: str) -> Workspace:
    return open_workspace(write_mesh(folder / "shop", FILES, **changed))


def built(report: RunReport) -> list[str]:
    return [step.dataset for step in report.steps if step.action is StepAction.BUILD and step.dataset]


def one(workspace: Workspace, text: str, **options: object) -> object:
    """The one value that a query gives."""
    answer = query(workspace, QueryOptions(text=text, **options))  # type: ignore[arg-type]
    try:
        (row,) = [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()
    (value,) = row.values()
    return value

"""The small shop with sandboxes: what tests of environments share."""

from __future__ import annotations

from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.environments import open_state_alone
from meshwright.app.query import QueryOptions, query
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import Workspace
from meshwright.plan.values import StepAction
from meshwright.run.report import RunReport, StepState
from meshwright.state.records import Environment
from tests.meshes import write_file

ORDERS = "domains/sales/orders/models/orders.sql"
TOTALS = "domains/sales/totals/models/per_customer.sql"
REVENUE = "domains/finance/report/models/revenue.sql"
#: One order less than before.
FEWER = "select order_id, customer, amount, placed from raw_orders where amount > 6"


def box(workspace: Workspace, name: str = "box", **wish: object) -> Environment:
    return create_sandbox(workspace, SandboxWish(name=name, **wish)).environment  # type: ignore[arg-type]


def run(workspace: Workspace, environment: str = "prod", **options: object) -> RunReport:
    return apply(workspace, RunOptions(environment=environment, is_environment_explicit=True, **options))  # type: ignore[arg-type]


def edit(workspace: Workspace, file: str = ORDERS, text: str = FEWER) -> None:
    write_file(workspace.root, file, text)


def add_order(workspace: Workspace, line: str = "9,dora,1.0,2026-01-04") -> None:
    with (workspace.root / "data/orders.csv").open("a") as data:
        data.write(line + "\n")


def built(report: RunReport) -> set[str]:
    return {
        step.dataset
        for step in report.steps
        if step.action is StepAction.BUILD and step.state is StepState.SUCCEEDED and step.dataset
    }


def pointers(workspace: Workspace, environment: str = "prod", generation: int | None = None) -> dict[str, str]:
    with open_state_alone(workspace) as opened:
        found = opened.state.reader.pointers(environment, generation)
        return {name: pointer.revision for name, pointer in found.items()}


def generation(workspace: Workspace, environment: str = "prod") -> int:
    with open_state_alone(workspace) as opened:
        return opened.state.reader.generation(environment)


def pins(workspace: Workspace, environment: str = "prod") -> dict[str, str | None]:
    with open_state_alone(workspace) as opened:
        return {name: pin.revision for name, pin in opened.state.reader.pins(environment).items()}


def count(workspace: Workspace, table: str = "sales.orders.orders", **options: object) -> object:
    answer = query(workspace, QueryOptions(text=f"select count(*) as n from {table}", **options))  # type: ignore[arg-type]
    try:
        return next(row for batch in answer.batches() for row in batch.to_pylist())["n"]
    finally:
        answer.close()


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}

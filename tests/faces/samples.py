"""Values as `app` answers them, small and whole."""

from __future__ import annotations

import datetime as dt

from meshwright.app.values import (
    NotPublished,
    RunReport,
    RunState,
    StepReport,
    StepState,
    TestOutcome,
)
from meshwright.checks.spec import CheckSpec, Metric
from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.faces.text.terminal import Look
from meshwright.model import Column, StoredFile, Version
from meshwright.plan.values import Affected, Plan, Step, StepAction, StepKind

PIPE = Look()
ASCII = Look(has_unicode=False)
NARROW = Look(is_terminal=True, width=40)
AT = dt.datetime(2026, 1, 31, 7, 15, 2, tzinfo=dt.UTC)


def problem(code: str = "MW-L003", **changes: object) -> Diagnostic:
    values: dict[str, object] = {"code": code, "message": "it is wrong", "fix": "make it right"}
    return Diagnostic(**{**values, **changes})  # type: ignore[arg-type]


def placed() -> Diagnostic:
    return problem(
        message="column 'custmer_id' is not in dataset sales.orders.orders",
        span=SourceSpan(file="contracts/orders.odcs.yaml", line=31, column=9),
        fix="did you mean 'customer_id'? columns: customer_id, order_id",
    )


def step(name: str, action: StepAction, *reasons: str, **changes: object) -> Step:
    dataset = f"sales.orders.{name}"
    kind = StepKind.TEST if action is StepAction.TEST else StepKind.NODE
    key = f"{'test' if kind is StepKind.TEST else 'build'}:{dataset}"
    values: dict[str, object] = {"key": key, "kind": kind, "action": action, "dataset": dataset, "reasons": reasons}
    return Step(**{**values, **changes})  # type: ignore[arg-type]


def publish(*products: str) -> Step:
    return Step(
        key=f"publish:{products[0]}",
        kind=StepKind.PUBLISH,
        action=StepAction.PUBLISH,
        products=products,
        reasons=("2 datasets change",),
    )


def plan(*steps: Step) -> Plan:
    spec = CheckSpec(id="test:rowCount", dataset="sales.orders.orders", metric=Metric.ROW_COUNT)
    return Plan(
        environment="prod",
        generation=4,
        steps=steps
        or (
            step("raw", StepAction.REUSE),
            step(
                "orders", StepAction.BUILD, "expression of `total` changed", "input sales.orders.raw has a new version"
            ),
            step("late", StepAction.PENDING, "known after sales.orders.orders"),
            step("orders", StepAction.TEST, "1 rule without evidence", checks=(spec,)),
            publish("sales.orders"),
        ),
        affected=(
            Affected(
                domain="finance",
                product="finance.billing",
                consumers=("dashboard revenue",),
                columns=("sales.orders.orders.total",),
            ),
        ),
        notes=("sales.orders.raw: seen by size and time only",),
    )


def report(state: RunState = RunState.SUCCEEDED, **changes: object) -> RunReport:
    values: dict[str, object] = {
        "run_id": "r1",
        "state": state,
        "environment": "prod",
        "generation": 5,
        "steps": (built("raw"), built("orders")),
        "tests": (outcome("pass"),),
        "published": ("sales.orders",),
        "not_published": (),
        "seconds": 1.25,
    }
    return RunReport(**{**values, **changes})  # type: ignore[arg-type]


def built(name: str, state: StepState = StepState.SUCCEEDED, **changes: object) -> StepReport:
    values: dict[str, object] = {
        "key": f"build:sales.orders.{name}",
        "dataset": f"sales.orders.{name}",
        "action": StepAction.BUILD,
        "state": state,
        "version": "ab" * 16,
        "rows": 1234,
        "seconds": 0.5,
        "attempts": 1,
    }
    return StepReport(**{**values, **changes})  # type: ignore[arg-type]


def outcome(verdict: str, action: str = "stop", **changes: object) -> TestOutcome:
    is_pass = verdict == "pass"
    values: dict[str, object] = {
        "id": "contract:required(customer_id)",
        "dataset": "sales.orders.orders",
        "action": action,
        "verdict": verdict,
        "value": 0 if is_pass else 12,
        "operator": "mustBe",
        "bound": 0,
        "demand": "must be 0",
        "finding": f"required on `customer_id`: {0 if is_pass else 12} rows",
        "failing_rows": 0 if is_pass else 12,
        "words": "required on `customer_id`",
        "version": "cd" * 16,
        "sample": () if is_pass else ({"order_id": 7, "customer_id": None},),
    }
    return TestOutcome(**{**values, **changes})  # type: ignore[arg-type]


def stopped() -> RunReport:
    failed = built("orders", StepState.FAILED, key="test:sales.orders.orders", action=StepAction.TEST, error=problem())
    return report(
        RunState.FAILED,
        generation=4,
        steps=(built("raw"), built("orders"), failed),
        tests=(outcome("pass"), outcome("stop")),
        published=(),
        not_published=(
            NotPublished(
                product="sales.orders",
                reason="a test stopped sales.orders.orders",
                blocking_test="sales.orders.orders: contract:required(customer_id)",
            ),
        ),
    )


def version(name: str = "orders") -> Version:
    return Version(
        id="ab" * 16,
        dataset=f"sales.orders.{name}",
        columns=(Column(name="order_id", type="BIGINT"), Column(name="total", type="DECIMAL(18,2)")),
        files=(StoredFile(path="sales/orders/orders/ab/1-0.parquet", size_bytes=2048, checksum="0" * 32, rows=1234),),
        rows=1234,
        content_digest="ef" * 16,
        fingerprint="01" * 16,
        node_kind="sql",
        is_opaque=False,
        inputs={"sales.orders.raw": "99" * 16},
        run_id="r1",
        created_at=AT,
        seconds=0.5,
    )

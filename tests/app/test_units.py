"""Unit tests run on given rows, beside no data: what passes, what fails, and every mistake at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.check import check
from meshwright.app.testing import TestOptions, test
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.run.report import TestOutcome
from tests.meshes import SHOP, write_mesh

FILE = "domains/sales/totals/tests/per_customer.unit.yaml"
GOOD = """
given:
  sales.orders.orders:
    - {customer: ana, amount: 1.5}
    - {customer: ana, amount: 2}
    - {customer: ben}
expect:
  - {customer: ben, total: null, orders: 1}
  - {customer: ana, total: 3.5, orders: 2}
"""


def shop(folder: Path, text: str = GOOD, **more: str) -> Workspace:
    files = {**SHOP, "data/orders.csv": "order_id,customer,amount,placed\n1,ana,1.0,2026-01-01\n", FILE: text, **more}
    return open_workspace(write_mesh(folder / "shop", files))


def unit(workspace: Workspace) -> TestOutcome:
    report = test(workspace, TestOptions(has_data=False))
    (outcome,) = report.tests
    assert report.ok == (outcome.verdict == "pass")
    return outcome


def test_a_unit_test_needs_no_data_and_leaves_no_state(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    outcome = unit(workspace)
    assert (outcome.verdict, outcome.id, outcome.dataset) == (
        "pass",
        "unit:per_customer",
        "sales.totals.per_customer",
    ), outcome
    assert not (workspace.private / "state.db").exists()


@pytest.mark.parametrize(
    ("old", "new", "missing", "unexpected"),
    [
        ("total: 3.5", "total: 3.6", 1, 1),
        ("  - {customer: ben, total: null, orders: 1}\n", "", 0, 1),
        ("orders: 2}", "orders: 2}\n  - {customer: ana, total: 3.5, orders: 2}", 1, 0),
        ("total: null", "total: 0", 1, 1),
    ],
)
def test_rows_that_differ_are_shown(tmp_path: Path, old: str, new: str, missing: int, unexpected: int) -> None:
    outcome = unit(shop(tmp_path, GOOD.replace(old, new)))
    assert outcome.verdict == "stop"
    sides = [row["row"] for row in outcome.sample]
    assert (sides.count("missing"), sides.count("unexpected")) == (missing, unexpected), outcome


def test_no_rows_can_be_expected(tmp_path: Path) -> None:
    assert unit(shop(tmp_path, "given: {sales.orders.orders: []}\nexpect: []\n")).verdict == "pass"
    some = "given: {sales.orders.orders: [{customer: ana}]}\nexpect: []\n"
    assert unit(shop(tmp_path, some)).verdict == "stop"


def test_columns_that_no_row_names_are_not_compared(tmp_path: Path) -> None:
    text = "given: {sales.orders.orders: [{customer: ana}]}\nexpect: [{CUSTOMER: ana}]\n"
    assert unit(shop(tmp_path, text)).verdict == "pass"


@pytest.mark.parametrize(
    ("tolerance", "verdict"), [("", "stop"), ("tolerance: 0.01\n", "pass"), ("tolerance: 0\n", "stop")]
)
def test_floats_are_compared_with_the_tolerance(tmp_path: Path, tolerance: str, verdict: str) -> None:
    assert unit(shop(tmp_path, tolerance + GOOD.replace("total: 3.5", "total: 3.501"))).verdict == verdict


CLOCK = """
    select *, now() as seen, current_date as today, today() as day, current_timestamp as stamp, localtimestamp as local
    from raw_orders
    """


def test_the_clock_stands_where_now_says(tmp_path: Path) -> None:
    text = """
now: 2013-02-03T04:05:06+01:00
given: {raw_orders: [{order_id: 1}]}
expect:
  - {order_id: 1, seen: "2013-02-03 03:05:06+00", today: 2013-02-03, day: 2013-02-03,
     stamp: "2013-02-03 03:05:06+00", local: "2013-02-03 03:05:06"}
"""
    files = {
        FILE: GOOD,
        "domains/sales/orders/models/clocked.sql": CLOCK,
        "domains/sales/orders/pipeline.yaml": """
            nodes:
              raw_orders: {source: {path: data/orders.csv, format: csv}}
              clocked: {deterministic: false}
            """,
        "domains/sales/orders/tests/clocked.unit.yaml": text,
    }
    report = test(shop(tmp_path, **files), TestOptions(select=("sales.orders",), has_data=False))
    assert [outcome.verdict for outcome in report.tests] == ["pass"], report


def test_a_parameter_of_the_test_wins(tmp_path: Path) -> None:
    file = "domains/finance/report/tests/revenue.unit.yaml"
    text = """
params: {currency: CHF}
given: {sales.orders.orders: [{placed: 2026-01-01, amount: 2}]}
expect: [{placed: 2026-01-01, revenue: 2, currency: CHF}]
"""
    report = test(shop(tmp_path, **{file: text}), TestOptions(select=("finance",), has_data=False))
    assert [outcome.verdict for outcome in report.tests] == ["pass"], report


def test_nested_values_are_given_and_expected(tmp_path: Path) -> None:
    files = {
        "domains/sales/orders/models/nested.sql": "select order_id, [amount, 0.1 + 0.2] as parts, {'a': customer} as s from orders",
        "domains/sales/orders/tests/nested.unit.yaml": """
given: {orders: [{order_id: 1, amount: 1, customer: ana}]}
expect: [{order_id: 1, parts: [1.0, 0.3], s: {a: ana}}]
""",
    }
    report = test(shop(tmp_path, **files), TestOptions(select=("sales.orders",), has_data=False))
    assert [outcome.verdict for outcome in report.tests] == ["pass"], report


def test_a_value_of_another_type_is_an_error_at_its_row(tmp_path: Path) -> None:
    outcome = unit(shop(tmp_path, GOOD.replace("amount: 2", "amount: two")))
    assert outcome.verdict == "error"
    assert outcome.error is not None
    assert f"MW-M247 {FILE}:4:7" in outcome.error


def test_sql_that_fails_is_an_error_at_the_model(tmp_path: Path) -> None:
    model = {
        "domains/sales/totals/models/per_customer.sql": "select customer, error('boom') as total, 1 as orders from sales.orders.orders"  # noqa: E501
    }
    outcome = unit(shop(tmp_path, **model))
    assert outcome.verdict == "error"
    assert "boom" in (outcome.error or "")


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("dataset: per_custome\n" + GOOD, "MW-M240", "1:10"),
        ("given: {}\nexpect: []\n", "MW-M242", "1:8"),
        (GOOD.replace("sales.orders.orders", "sales.orders.order"), "MW-M241", "2:3"),
        ("given: {sales.orders.orders: [1]}\nexpect: []\n", "MW-M243", "1:31"),
        ("given: {sales.orders.orders: {}}\nexpect: []\n", "MW-M243", "1:30"),
        ("params: {currency: CHF}" + GOOD, "MW-M244", "1:10"),
        ("now: noon" + GOOD, "MW-M245", "1:6"),
        ("tolerance: -1" + GOOD, "MW-M245", "1:12"),
        (GOOD.replace("{customer: ben}", "{custmer: ben}"), "MW-M246", "5:7"),
        (GOOD.replace("total: 3.5", "totl: 3.5"), "MW-M246", "8:5"),
        ("expcet: []" + GOOD, "MW-M101", "1:1"),
        ("given: {sales.orders.orders: []}\n", "MW-M102", "1:1"),
    ],
)
def test_a_mistake_is_found_by_check_at_its_place(tmp_path: Path, text: str, code: str, place: str) -> None:
    text = text.lstrip("\n")
    report = check(shop(tmp_path, text))
    assert f"{code} {FILE}:{place}" in {f"{found.code} {found.span}" for found in report.diagnostics}, (
        report.diagnostics
    )


def test_a_test_of_a_source_is_refused(tmp_path: Path) -> None:
    file = "domains/sales/orders/tests/raw_orders.unit.yaml"
    report = check(shop(tmp_path, **{file: "given: {}\nexpect: []\n"}))
    assert [found.code for found in report.diagnostics] == ["MW-M240"]


PYTHON = """
import pyarrow as pa
import pyarrow.compute as pc


def build(orders: pa.Table, least: int):
    print("looking at", orders.num_rows)
    return orders.filter(pc.greater_equal(orders["amount"], least)).select(["customer", "amount"])
"""


def python_shop(folder: Path, test_text: str) -> Workspace:
    files = {
        "domains/sales/orders/big.py": PYTHON,
        "domains/sales/orders/pipeline.yaml": """
            params: {least: 5}
            nodes:
              raw_orders: {source: {path: data/orders.csv, format: csv}}
              big: {python: big.py:build, inputs: [orders]}
            """,
        "domains/sales/orders/tests/big.unit.yaml": test_text,
    }
    return shop(folder, **files)


@pytest.mark.parametrize(
    ("expected", "verdict"),
    [("[{customer: ana, amount: 5.0}]", "pass"), ("[]", "stop"), ("[{customer: ana, amont: 5.0}]", "error")],
)
def test_a_python_node_is_called_on_given_rows(tmp_path: Path, expected: str, verdict: str) -> None:
    text = f"given: {{orders: [{{customer: ana, amount: 5}}, {{customer: ben, amount: 4}}]}}\nexpect: {expected}\n"
    report = test(python_shop(tmp_path, text), TestOptions(select=("sales.orders",), has_data=False))
    assert [outcome.verdict for outcome in report.tests] == [verdict], report


def test_a_python_node_that_fails_is_an_error_at_its_line(tmp_path: Path) -> None:
    text = "params: {least: 5}\ngiven: {orders: []}\nexpect: []\n"
    workspace = python_shop(tmp_path, text)
    file = workspace.root / "domains/sales/orders/big.py"
    file.write_text(PYTHON.replace("orders.num_rows", "orders.nothing"), encoding="utf-8")
    (outcome,) = test(workspace, TestOptions(select=("sales.orders",), has_data=False)).tests
    assert outcome.verdict == "error"
    assert "domains/sales/orders/big.py:7" in (outcome.error or "")


INTERVALS = {
    "domains/sales/totals/pipeline.yaml": """
        nodes:
          per_day: {incremental: {by: placed, grain: day}}
          called: {python: "days.py:build", inputs: [sales.orders.orders], incremental: {by: placed, grain: day}}
        """,
    "domains/sales/totals/models/per_day.sql": """
        select placed, count(*) as orders, min($start) as start, typeof($end) as kind
        from sales.orders.orders
        where placed >= $start and placed < $end
        group by placed
        """,
    "domains/sales/totals/days.py": """
        import datetime
        import pyarrow as pa

        def build(orders: pa.Table, start, end) -> pa.Table:
            return pa.table({"placed": [start], "hours": [(end - start) / datetime.timedelta(hours=1)]})
        """,
}
PER_DAY = FILE.replace("per_customer", "per_day")
ROWS = """
given:
  sales.orders.orders:
    - {placed: 2026-01-01}
    - {placed: 2026-01-02}
    - {placed: 2026-01-03}
interval: 2026-01-02..2026-01-03
expect:
  - {placed: 2026-01-02, orders: 1, start: "2026-01-02 00:00:00", kind: TIMESTAMP}
"""


def test_a_model_is_told_the_interval_of_its_test(tmp_path: Path) -> None:
    workspace = shop(tmp_path, **INTERVALS, **{PER_DAY: ROWS})
    assert check(workspace).ok, check(workspace).diagnostics
    outcomes = {outcome.id: outcome for outcome in test(workspace, TestOptions(has_data=False)).tests}
    assert outcomes["unit:per_day"].verdict == "pass", outcomes["unit:per_day"]


def test_a_function_is_told_the_interval_of_its_test(tmp_path: Path) -> None:
    rows = ROWS.partition("expect")[0] + 'expect:\n  - {placed: "2026-01-02 00:00:00", hours: 24}\n'
    workspace = shop(tmp_path, **INTERVALS, **{FILE.replace("per_customer", "called"): rows})
    outcomes = {outcome.id: outcome for outcome in test(workspace, TestOptions(has_data=False)).tests}
    assert outcomes["unit:called"].verdict == "pass", outcomes["unit:called"]


def test_check_binds_the_moments_of_an_interval_as_timestamps(tmp_path: Path) -> None:
    wrong = {
        **INTERVALS,
        "domains/sales/totals/models/per_day.sql": "select placed, $start + 1 as x from sales.orders.orders",
    }
    found = check(shop(tmp_path, **wrong)).diagnostics
    # Of the function's result nobody knows the columns yet, which is a warning.
    assert [diagnostic.code for diagnostic in found] == ["MW-T002", "MW-N401"]

"""What people read of what a sandbox changes, letter for letter."""

from __future__ import annotations

from dataclasses import replace

from meshwright.app.differences import (
    CodeState,
    DatasetDifference,
    EnvironmentDiff,
    PolicyDifference,
    PortDifference,
    Presence,
    ProductDifference,
    RuleAnswer,
    RuleDifference,
)
from meshwright.engines.protocol import ColumnComparison, ColumnSummary, Comparison, DifferingRow
from meshwright.faces.text.diff import diff_lines
from meshwright.plan.compatibility import Change, Level
from meshwright.plan.version_changes import MakingChanges
from meshwright.state.records import Environment
from tests.faces.samples import ASCII, PIPE

REQUIRED = Change(path="schema/orders/properties/x", kind="k", level=Level.MINOR, message="column x is required")
PASSED = RuleAnswer(verdict="pass", value=0, failing_rows=0, action="warn", rule="required on `x`", check="c1")
WARNED = replace(PASSED, verdict="warn", value=3, failing_rows=3)
ROWS = Comparison(
    rows_before=1200,
    rows_after=1201,
    added=2,
    removed=1,
    changed=1,
    unchanged=1198,
    key=("id",),
    columns=(
        ColumnComparison(name="id", changed=0, change_rate=0.0),
        ColumnComparison(
            name="x",
            changed=1,
            change_rate=1 / 1199,
            before=ColumnSummary(nulls=0, distinct=4, min=1, max=9, mean=2.5),
            after=ColumnSummary(nulls=1, distinct=4, min=1, max=9, mean=2.25),
        ),
    ),
    sample=(
        DifferingRow(before=None, after={"id": 7, "x": None}),
        DifferingRow(before={"id": 8, "x": 1}, after=None),
        DifferingRow(before={"id": 9, "x": 1}, after={"id": 9, "x": 2.5}),
    ),
)
ORDERS = DatasetDifference(
    dataset="sales.orders.orders",
    before="v1",
    after="v2",
    making=MakingChanges(reasons=("filter changed",), parameters={}, inputs={}),
    contract=(REQUIRED,),
    rows=ROWS,
    is_read=True,
    tests=(
        RuleDifference(id="contract:required(x)", before=PASSED, after=WARNED),
        RuleDifference(id="test:rowCount", before=None, after=replace(PASSED, rule="rowCount must be greater than 1")),
    ),
)
FILES = CodeState(code="c1", commit=None)
SALES = ProductDifference(
    product="sales.orders",
    before=FILES,
    after=CodeState(code="c2", commit=None),
    datasets=("sales.orders.orders",),
    ports=(PortDifference(port="sales.orders/orders", change=Presence.CHANGED, changes=(REQUIRED,)),),
)
DIFF = EnvironmentDiff(
    sandbox=Environment(name="box", base="prod", base_generation=3),
    datasets=(ORDERS,),
    products=(SALES,),
    policies=(PolicyDifference(policy="slo", level="warn", message="no freshness", object="sales.orders/orders"),),
    notes=("something\nelse",),
    seconds=0.1,
)


def test_a_change_is_told_product_by_product() -> None:
    assert (
        "\n".join(diff_lines(DIFF, PIPE))
        == """\
box over prod at generation 3: 1 dataset of 1 product differs

sales.orders  changed, from other files
  port sales.orders/orders  minor: column x is required
  sales.orders.orders  changed
    code    filter changed
    schema  minor: column x is required
    rows    2 added, 1 removed, 1 changed, 1,198 unchanged (1,200 before, 1,201 now; by id)
      column  changed      nulls  distinct  min  max  mean
      ──────────────────────────────────────────────────────────
      x       1 (0.0834%)  0 → 1  4         1    9    2.5 → 2.25
         id  x
      ───────────
      +  7   null
      -  8   1
      <  9   1
      >  9   2.5
    test    contract:required(x)  pass before, warn (3 rows) now
    test    test:rowCount  new: rowCount must be greater than 1, pass

policies that were kept and are not:
  warn    sales.orders/orders: no freshness [slo]

note: something\\nelse"""
    )


def test_nothing_differs_in_one_line() -> None:
    empty = EnvironmentDiff(sandbox=DIFF.sandbox, datasets=(), products=(), policies=(), notes=(), seconds=0.0)
    assert diff_lines(empty, ASCII) == ["+ box over prod at generation 3: nothing differs"]


def _rows_line(one: DatasetDifference) -> str:
    lines = diff_lines(replace(DIFF, datasets=(one,)), PIPE)
    return next(line for line in lines if line.startswith("    rows"))


def test_why_rows_are_compared_as_wholes_is_said() -> None:
    bag = replace(ROWS, key=(), changed=None, columns=())
    assert _rows_line(replace(ORDERS, rows=bag)).endswith("; as wholes: no key is known)")
    problem = replace(bag, key_problem="the key (id) is not unique")
    assert _rows_line(replace(ORDERS, rows=problem)).endswith("; as wholes: the key (id) is not unique)")


def test_rows_of_one_side_and_rows_that_were_not_compared() -> None:
    assert _rows_line(replace(ORDERS, rows=None)) == "    rows    not compared"
    assert _rows_line(replace(ORDERS, before=None)) == "    rows    1,201 rows"
    assert _rows_line(replace(ORDERS, after=None)) == "    rows    1,200 rows before"
    equal = replace(ROWS, added=0, removed=0, changed=0)
    assert _rows_line(replace(ORDERS, rows=equal)) == "    rows    1,201 rows, none differs"

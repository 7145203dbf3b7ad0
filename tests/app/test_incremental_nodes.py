"""Variations, parameters and Python functions of datasets that are built by interval."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.workspace import Workspace, open_workspace
from meshwright.state.records import RunState
from tests.app.boxed_shop import built
from tests.app.parts_shop import DAILY, DAILY_SQL, FLOW, PARTS_SHOP, all_parts, attempt, days, rows, run
from tests.meshes import write_file, write_mesh

MARKED = "sales.flow.marked"
CODE = "domains/sales/flow/code.py"
NODE = (
    PARTS_SHOP[FLOW].rstrip()
    + '\n          marked: {python: "code.py:mark", inputs: {rows: daily}, columns: {t: TIMESTAMP, id: BIGINT},'
    " incremental: {by: t, grain: day}}\n"
)
WITH_INTERVAL = """
    import pyarrow as pa

    def mark(rows: pa.Table, start, end):
        assert start < end, (start, end)
        assert all(start.replace(tzinfo=None) <= t < end.replace(tzinfo=None) for t in rows["t"].to_pylist())
        return rows.select(["t", "id"])
    """


def marked_shop(root: Path, code: str) -> Workspace:
    return open_workspace(write_mesh(root / "shop", {**PARTS_SHOP, FLOW: NODE, CODE: code}))


@pytest.mark.parametrize(
    "code",
    [
        WITH_INTERVAL,
        "def mark(rows):\n    return rows.select(['t', 'id'])\n",
        "def mark(rows, end):\n    assert end.day > 1\n    found = rows.select(['t', 'id'])\n"
        "    yield found\n    yield found.slice(0, 0)\n",
    ],
)
def test_a_function_is_called_for_each_interval_with_the_arguments_that_it_asks_for(tmp_path: Path, code: str) -> None:
    workspace = marked_shop(tmp_path, code)
    run(workspace)
    assert set(days(workspace, MARKED)) == {"01", "02", "03", "04"}
    assert [row["id"] for row in rows(workspace, MARKED)] == [1, 2, 3, 4, 5]


def test_a_failing_interval_shows_its_line_and_the_next_run_builds_the_rest_alone(tmp_path: Path) -> None:
    bad = (
        "def mark(rows, start):\n    if start.day == 3:\n        raise ValueError('the third')\n"
        "    return rows.select(['t', 'id'])\n"
    )
    workspace = marked_shop(tmp_path, bad)
    report = attempt(workspace)
    assert report.state is not RunState.SUCCEEDED
    (error,) = [
        step.error for step in report.steps if step.dataset == MARKED and step.error and step.key.startswith("build")
    ]
    assert error.span is not None
    assert (error.span.file, error.span.line) == (CODE, 3)
    assert "the third" in error.message
    left = {part.id for part in all_parts(workspace).values() if part.dataset == MARKED}
    assert attempt(workspace).state is not RunState.SUCCEEDED
    kept = {f"{part.start:%d}": part for part in all_parts(workspace).values() if part.dataset == MARKED and part.start}
    assert left <= {part.id for part in kept.values()}
    assert "03" not in kept
    # Each day is tried until one fails: the third is all that is missing, or what was handed out after it.
    assert kept


def test_another_value_of_a_parameter_is_another_recipe_and_the_first_is_there_again(tmp_path: Path) -> None:
    workspace = open_workspace(
        write_mesh(
            tmp_path / "shop",
            {
                **PARTS_SHOP,
                FLOW: "params: {factor: 1}\n" + _dedented(PARTS_SHOP[FLOW]),
                DAILY_SQL: "select t, id, customer, amount * $factor as amount from raw",
            },
        )
    )
    run(workspace)
    first = {day: part.id for day, part in days(workspace, DAILY).items()}
    run(workspace, params={"factor": "2"})
    second = {day: part.id for day, part in days(workspace, DAILY).items()}
    assert not set(first.values()) & set(second.values())
    assert sum(int(str(row["amount"])) for row in rows(workspace, DAILY)) == 300
    before = {part.id for part in all_parts(workspace).values() if part.dataset == DAILY}
    run(workspace)
    assert {day: part.id for day, part in days(workspace, DAILY).items()} == first
    assert {part.id for part in all_parts(workspace).values() if part.dataset == DAILY} == before


def test_a_variation_has_parts_of_its_own_and_shares_those_that_it_does_not_change(tmp_path: Path) -> None:
    workspace = open_workspace(
        write_mesh(
            tmp_path / "shop",
            {
                **PARTS_SHOP,
                FLOW: "params: {factor: 1}\n"
                + _dedented(PARTS_SHOP[FLOW])
                + "variations:\n  canary: {params: {factor: 3}, nodes: [daily]}\n",
                DAILY_SQL: "select t, id, customer, amount * $factor as amount from raw",
            },
        )
    )
    run(workspace)
    run(workspace, variation="canary", select=("sales.flow",))
    canary = "sales.flow.daily@canary"
    assert set(days(workspace, canary)) == {"01", "02", "03", "04"}
    assert sum(int(str(row["amount"])) for row in rows(workspace, 'sales.flow."daily@canary"')) == 450
    assert sum(int(str(row["amount"])) for row in rows(workspace, DAILY)) == 150
    (workspace.root / "drop/03.csv").write_text("t,id,customer,amount\n2026-01-05 08:00:00,6,ben,60\n")
    run(workspace)
    report = run(workspace, variation="canary", select=("sales.flow",))
    assert canary in built(report)
    assert set(days(workspace, canary)) == {"01", "02", "03", "04", "05"}
    write_file(
        workspace.root,
        FLOW,
        "params: {factor: 1}\n"
        + _dedented(PARTS_SHOP[FLOW])
        + "variations:\n  canary: {params: {factor: 1}, nodes: [daily]}\n",
    )
    before = all_parts(workspace)
    run(workspace, variation="canary", select=("sales.flow",))
    assert all_parts(workspace) == before
    assert {p.id for p in days(workspace, canary).values()} == {p.id for p in days(workspace, DAILY).values()}


def _dedented(text: str) -> str:
    import textwrap

    return textwrap.dedent(text).lstrip("\n")

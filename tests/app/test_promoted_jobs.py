"""Promotion of sandboxes with nodes of tools: what the sandbox's jobs left is taken, and what happens outside happens once."""

from __future__ import annotations

import sys
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import Workspace
from meshwright.run.report import RunReport
from meshwright.state.records import RunState
from tests.app.test_outside_nodes import PIPELINE, actions, mesh_of, rows, states, told
from tests.meshes import write_file


def in_box(workspace: Workspace) -> RunReport:
    report = apply(workspace, RunOptions(environment="box"))
    assert report.state is RunState.SUCCEEDED, report
    return report


def promoted(workspace: Workspace) -> RunReport:
    report = promote(workspace, PromotionWish(sandbox="box")).report
    assert report.state is RunState.SUCCEEDED, report
    return report


FLOW = """
nodes:
  fetch: {shell: 'echo fetched VERSION >> ROOT/told; echo "{\\"n\\": NUMBER}" > $MESHWRIGHT_VALUES'}
  make:
    shell: |
      echo made >> ROOT/told
      PYTHON -c "import duckdb, os; duckdb.sql('select NUMBER as x').write_parquet(os.environ['MESHWRIGHT_TABLES'] + '/one.parquet')"
    datasets: [one]
    after: [fetch]
  check: {shell: "echo checked ${node:fetch.value.n} >> ROOT/told", inputs: [sums]}
  tell: {shell: "echo told ${node:fetch.value.n} ${node:sums.rows} >> ROOT/told", effects: external, after: [sums, fetch]}
"""


def flow(root: Path, number: int) -> Workspace:
    text = FLOW.replace("ROOT", str(root)).replace("PYTHON", sys.executable).replace("NUMBER", str(number))
    return mesh_of(root, text.replace("VERSION", str(number)), sums="select sum(x) as s from one")


def test_jobs_of_the_sandbox_are_not_done_again_and_effects_happen_then(tmp_path: Path) -> None:
    apply(flow(tmp_path, 1), RunOptions())
    assert told(tmp_path) == ["fetched 1", "made", "checked 1", "told 1 1"]
    (tmp_path / "told").unlink()
    workspace = flow(tmp_path, 2)
    create_sandbox(workspace, SandboxWish(name="box"))
    assert states(in_box(workspace))["tell"] == "skipped"
    assert told(tmp_path) == ["fetched 2", "made", "checked 2"]
    report = promoted(workspace)
    assert report.published == ("ops.flights",)
    assert rows(workspace, "select s from ops.flights.sums") == [{"s": 2}]
    assert told(tmp_path) == ["fetched 2", "made", "checked 2", "told 2 1"]
    assert set(actions(workspace).values()) == {"reuse"}
    apply(workspace, RunOptions())
    assert told(tmp_path) == ["fetched 2", "made", "checked 2", "told 2 1"]

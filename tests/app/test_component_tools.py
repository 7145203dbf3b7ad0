"""Components made of nodes of tools: references, conditions, datasets and files under the names of who uses them."""

from __future__ import annotations

import sys
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.component_locking import lock_components
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.workspace import Workspace
from meshwright.plan.values import StepAction
from meshwright.state.records import RunState
from tests.app.test_outside_nodes import mesh_of, rows, states, told
from tests.meshes import write_file

LOAD = """
    name: load
    version: 1.0.0
    inputs:
      rows:
    params:
      factor: {type: integer, default: 2}
      file: {type: string}
    outputs: [numbers, counts]
    nodes:
      look:
        shell: |
          echo '{"n": 3, "list": ["x", "y"]}' > $MESHWRIGHT_VALUES
      each: {shell: "echo ${item} >> ${param:file}", for_each: "${node:look.value.list}"}
      make:
        shell: {command: "sh code/make.sh ${param:factor} ${node:look.value.n}"}
        inputs: {given: rows}
        datasets: {counts: {columns: {n: BIGINT}}}
        when: "node.look.value.n > 1 and param.factor < 100"
      never: {shell: "exit 1", when: "node.look.value.n > 99"}
      tell:
        shell: "echo ${param:factor} ${node:counts.rows} >> ${param:file}"
        effects: external
        after: [counts]
    tests:
      counts: [{id: some, metric: rowCount, mustBeGreaterThan: 0}]
    """
MAKE = """
    test -f "$MESHWRIGHT_INPUT_GIVEN" || exit 9
    python3 code/make.py $1 $2
    """
MADE = """
    import os, sys, duckdb
    made = duckdb.sql(f"select {int(sys.argv[1]) * int(sys.argv[2])}::bigint as n")
    made.write_parquet(os.environ["MESHWRIGHT_TABLES"] + "/counts.parquet")
    """
USES = """
    params: {by: 5}
    nodes:
      first: {component: load@1, inputs: {rows: given}, params: {file: ROOT/told}}
      second:
        component: load@1
        inputs: {rows: given}
        params: {file: ROOT/told, factor: "${param:by}"}
        after: [first__counts]
    """


def busy(workspace: Workspace) -> set[str]:
    return {step.key for step in plan(workspace, PlanOptions()).steps if step.action is not StepAction.REUSE}


def test_nodes_of_tools_in_a_component_know_each_other_by_their_own_names(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, USES.replace("ROOT", str(tmp_path)), given="select 1 as a")
    write_file(tmp_path, "components/load/component.yaml", LOAD)
    write_file(tmp_path, "components/load/code/make.sh", MAKE.replace("python3", sys.executable))
    write_file(tmp_path, "components/load/code/make.py", MADE)
    write_file(tmp_path, "components/load/models/numbers.sql", "select n, $factor as factor from counts")
    assert [found for found in check(workspace).diagnostics if found.code != "MW-K010"] == []
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED, report
    found = states(report)
    assert {name: found[name] for name in found if name.startswith("second")} == {
        "second": "succeeded",
        "second__counts": "succeeded",
        "second__each": "succeeded",
        "second__look": "succeeded",
        "second__make": "succeeded",
        "second__never": "skipped",
        "second__tell": "succeeded",
    }
    assert rows(workspace, "select * from ops.flights.first") == [{"n": 6, "factor": 2}]
    assert rows(workspace, "select * from ops.flights.second") == [{"n": 15, "factor": 5}]
    assert rows(workspace, "select n from ops.flights.second__counts") == [{"n": 15}]
    assert sorted(told(tmp_path)) == ["2 1", "5 1", "x", "x", "y", "y"]
    assert {outcome.dataset for outcome in report.tests} == {"ops.flights.first__counts", "ops.flights.second__counts"}
    never = {"build:ops.flights.first__never", "build:ops.flights.second__never"}
    assert busy(workspace) == never
    lock_components(workspace)
    assert busy(workspace) == never, "code is the same wherever it lies"
    write_file(tmp_path, "components/load@1.0.0/code/make.sh", "exit 1")
    assert [found.code for found in check(workspace).diagnostics if found.severity == "error"] == ["MW-K005"]

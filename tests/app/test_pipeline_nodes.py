"""Pipelines as nodes of others: a run of its own for each, linked, once, and never inside of itself."""

from __future__ import annotations

import json
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.runs import list_runs, show_run
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import Severity
from meshwright.run.report import RunReport
from meshwright.state.records import RunState
from tests.meshes import write_file


def mesh_of(root: Path, nodes: str) -> Workspace:
    write_file(root, "mesh.yaml", "meshwright: 1\nname: try\n")
    write_file(root, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    write_file(root, "domains/ops/inner/models/numbers.sql", "select 1 as n")
    write_file(root, "domains/ops/outer/pipeline.yaml", f"nodes:\n{nodes}")
    return open_workspace(root)


def errors(report: RunReport) -> list[str]:
    return [step.error.message for step in report.steps if step.error is not None]


def test_the_inner_run_is_recorded_with_the_node_that_started_it(tmp_path: Path) -> None:
    nodes = (
        '  inner: {pipeline: ops.inner}\n  tell: {shell: "echo ${node:inner.value.run} >> '
        + str(tmp_path)
        + '/told"}\n'
    )
    workspace = mesh_of(tmp_path, nodes)
    report = apply(workspace, RunOptions(select=("ops.outer",)))
    assert report.state is RunState.SUCCEEDED, errors(report)
    runs = {run.id: run for run in list_runs(workspace)}
    inner = next(run for run in runs.values() if run.id != report.run_id)
    cause = json.loads(inner.options)["cause"]
    assert (cause["kind"], cause["name"], cause["events"]) == ("pipeline", "ops.outer.inner", [f"run {report.run_id}"])
    assert (tmp_path / "told").read_text().split() == [inner.id]
    assert [step.key for step in show_run(workspace, inner.id).steps] == [
        "build:ops.inner.numbers",
        "publish:ops.inner",
    ]
    again = apply(workspace, RunOptions(select=("ops.outer",)))
    assert {step.action.value for step in again.steps} == {"reuse"}


def test_an_inner_run_that_fails_fails_the_node_in_its_words(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "  inner: {pipeline: ops.inner}\n")
    write_file(tmp_path, "domains/ops/inner/models/numbers.sql", "select cast('x' as integer) as n")
    report = apply(workspace, RunOptions(select=("ops.outer",)))
    assert report.state is RunState.FAILED
    assert "ops.inner.numbers" in errors(report)[0]


def test_a_pipeline_that_runs_itself_does_not_wait_for_itself(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "  again: {pipeline: ops.outer}\n")
    (found,) = [each for each in check(workspace).diagnostics if each.severity is Severity.ERROR]
    assert (found.code, str(found.span)) == ("MW-J081", "domains/ops/outer/pipeline.yaml:2:3")


def test_a_pipeline_that_may_end_by_its_condition_does_not_wait_for_itself(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, '  again: {pipeline: ops.outer, when: "1 = 1"}\n')
    report = apply(workspace, RunOptions(select=("ops.outer",)))
    assert report.state is RunState.FAILED
    assert "it runs inside of itself" in errors(report)[0]

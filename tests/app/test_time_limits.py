"""Time limits of models, whole: the step fails, says which limit and where it stands, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.runs import run_log
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.run.report import RunReport, StepReport, StepState
from meshwright.state.records import RunState
from tests.meshes import write_file

SLOW = "select count(*) as n from range(1000000) a, range(1000000) b where (a.range * b.range) % 7 = 3"
#: Slow for the second of January alone.
SLOW_DAY = """
select day, count(*) as n
from raw, range(case when day = date '2026-01-02' and $is_slow then 1000000 else 1 end) a,
  range(case when day = date '2026-01-02' and $is_slow then 1000000 else 1 end) b
where (a.range * b.range) % 7 <> 8
group by day
"""
PIPELINE = "domains/ops/one/pipeline.yaml"


def mesh_of(root: Path, pipeline: str, **models: str) -> Workspace:
    write_file(root, "mesh.yaml", "meshwright: 1\nname: try\n")
    write_file(root, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    write_file(root, PIPELINE, pipeline)
    for name, text in models.items():
        write_file(root, f"domains/ops/one/models/{name}.sql", text)
    return open_workspace(root)


def step(report: RunReport, name: str) -> StepReport:
    return next(step for step in report.steps if step.key == f"build:ops.one.{name}")


def stored(root: Path) -> list[str]:
    return sorted(path.parent.parent.name for path in (root / ".meshwright/store").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("pipeline", "place"),
    [
        ("nodes:\n  slow: {timeout: 300ms}\n", f"{PIPELINE}:2:19"),
        ("timeout: 300ms\n", f"{PIPELINE}:1:10"),
        ("nodes:\n  slow: {as: view, timeout: 300ms}\n", f"{PIPELINE}:2:29"),
        ("nodes:\n  slow: {incremental: {key: [n], merge: upsert}, timeout: 300ms}\n", f"{PIPELINE}:2:59"),
    ],
)
def test_a_model_that_takes_too_long_is_stopped(tmp_path: Path, pipeline: str, place: str) -> None:
    workspace = mesh_of(tmp_path, pipeline, slow=SLOW, quick="select 1 as n", below="select * from slow")
    report = apply(workspace, RunOptions())
    slow = step(report, "slow")
    assert slow.error is not None
    assert (slow.state, slow.error.code, str(slow.error.span)) == (StepState.FAILED, "MW-E207", place)
    assert slow.error.message == "ops.one.slow took longer than its `timeout` of 0.3 s and was stopped"
    assert slow.is_retryable
    assert step(report, "below").state is StepState.BLOCKED
    assert step(report, "quick").state is StepState.SUCCEEDED
    assert stored(tmp_path) == ["quick"]


def test_what_ends_in_time_is_left_alone(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "timeout: 10m\n", quick="select 1 as n")
    assert check(workspace).diagnostics == ()
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED


def test_a_limit_changes_no_version(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "nodes: {}\n", quick="select 1 as n")
    before = step(apply(workspace, RunOptions()), "quick")
    write_file(tmp_path, PIPELINE, "timeout: 10m\n")
    after = step(apply(workspace, RunOptions()), "quick")
    assert (after.version, after.action.value) == (before.version, "reuse")


def test_each_part_has_the_time_that_is_given_and_those_that_were_made_are_kept(tmp_path: Path) -> None:
    write_file(tmp_path, "raw.csv", "day,v\n2026-01-01,1\n2026-01-02,2\n2026-01-03,3\n")
    limit = "timeout: 1s, retry: {attempts: 2, backoff: 10ms}"
    pipeline = (
        "params: {is_slow: true}\nnodes:\n  raw: {source: {path: raw.csv}}\n"
        f"  days: {{incremental: {{by: day, grain: day}}, {limit}}}\n"
    )
    workspace = mesh_of(tmp_path, pipeline, days=SLOW_DAY)
    report = apply(workspace, RunOptions())
    days = step(report, "days")
    assert days.error is not None, days
    assert (days.error.code, str(days.error.span)) == ("MW-E207", f"{PIPELINE}:4:55")
    assert days.attempts == 2
    assert any("tried again in" in line.text for line in run_log(workspace, report.run_id).lines)
    assert set(stored(tmp_path)) <= {"raw", "days"}
    assert days.parts is not None
    assert stored(tmp_path).count("days") == days.parts.built + days.parts.reused < 3


def test_a_source_is_not_ended_and_that_is_said(tmp_path: Path) -> None:
    write_file(tmp_path, "raw.csv", "a\n1\n")
    workspace = mesh_of(tmp_path, "nodes:\n  raw: {source: {path: raw.csv}, timeout: 1s}\n")
    (found,) = check(workspace).diagnostics
    assert (found.code, str(found.span)) == ("MW-M406", f"{PIPELINE}:2:34")


def test_what_holds_for_a_pipeline_holds_for_models_that_it_does_not_name(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "retry: {attempts: 2, backoff: 10ms}\ntimeout: 200ms\n", slow=SLOW)
    assert step(apply(workspace, RunOptions()), "slow").attempts == 2

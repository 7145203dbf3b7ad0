"""What jobs of tools left, put together: joined over items, refused where a test of the tool stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.toolbox import find_tool
from meshwright.app.workspace import open_workspace
from meshwright.run.report import StepState
from meshwright.state.records import RunState
from meshwright.tools.protocol import InnerTest, Job, Outcome
from meshwright.tools.shell import Shell
from tests.meshes import write_file


@pytest.mark.parametrize(("verdict", "state"), [("stop", RunState.FAILED), ("warn", RunState.SUCCEEDED)])
def test_a_test_of_the_tool_that_stops_holds_the_publication_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: str, state: RunState
) -> None:
    class Checking(Shell):
        def collect(self, job: Job, handle: str) -> Outcome:
            test = InnerTest(name="not_null_id", verdict=verdict, message="3 rows")
            return Outcome(tests=(test,))

    find_tool.cache_clear()
    monkeypatch.setattr("meshwright.tools.shell.Shell", Checking)
    write_file(tmp_path, "mesh.yaml", "meshwright: 1\nname: try\n")
    write_file(tmp_path, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    write_file(tmp_path, "domains/ops/p/pipeline.yaml", "nodes:\n  check: {shell: 'true'}\n")
    write_file(tmp_path, "domains/ops/p/models/numbers.sql", "select 1 as n")
    report = apply(open_workspace(tmp_path), RunOptions())
    find_tool.cache_clear()
    assert report.state is state, [step.error for step in report.steps]
    assert report.published == (("ops.p",) if verdict == "warn" else ())
    failed = [step.error.message for step in report.steps if step.state is StepState.FAILED and step.error]
    assert failed == (
        ["shell of ops.p.check failed: test 'not_null_id' stopped it: 3 rows"] if verdict == "stop" else []
    )

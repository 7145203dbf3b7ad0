"""What a tool's own tests say is an answer, and ends a run as one of ours would; and a job that tells much is listened to."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.runs import run_log
from meshwright.app.toolbox import find_tool
from meshwright.faces.cli.main import main
from meshwright.state.records import RunState
from meshwright.tools.protocol import InnerTest, Job, JobState, Outcome, Poll, ToolFailed, Traits
from meshwright.tools.shell import Shell
from tests.app.test_outside_nodes import mesh_of, states
from tests.meshes import write_file

NODE = "nodes:\n  load: {shell: 'true'}\n"


@pytest.fixture
def as_shell(monkeypatch: pytest.MonkeyPatch):
    """Put another tool in the place of the one for commands."""

    def put(tool: type[Shell]) -> None:
        find_tool.cache_clear()
        monkeypatch.setattr("meshwright.tools.shell.Shell", tool)

    yield put
    find_tool.cache_clear()


class Told(Shell):
    """Ends well, with a test that stops."""

    def collect(self, job: Job, handle: str) -> Outcome:
        return Outcome(tests=(InnerTest(name="no_gaps", verdict="stop", message="3 rows"),))


class Failing(Shell):
    """Fails by its test."""

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        return Poll(state=JobState.FAILED, error="no_gaps failed", is_retryable=False, is_refused=True)


class Raising(Shell):
    """Says so when it is collected."""

    def collect(self, job: Job, handle: str) -> Outcome:
        raise ToolFailed("no_gaps failed", is_retryable=False, is_refused=True)


class Broken(Shell):
    """Fails by itself."""

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        return Poll(state=JobState.FAILED, error="no such model", is_retryable=False)


@pytest.mark.parametrize(("tool", "status"), [(Told, 1), (Failing, 1), (Raising, 1), (Broken, 2)])
def test_a_test_of_a_tool_that_says_no_is_an_answer(tmp_path: Path, as_shell, tool: type[Shell], status: int) -> None:
    as_shell(tool)
    mesh_of(tmp_path, NODE)
    assert main(["-C", str(tmp_path), "run"]) == status


@pytest.mark.parametrize(("rule", "status"), [("mustBeGreaterThan: 5", 1), ("mustBeGreaterThan: 0", 0)])
def test_an_inner_run_that_a_test_stops_is_an_answer_above(tmp_path: Path, rule: str, status: int) -> None:
    mesh_of(tmp_path, "nodes: {inner: {pipeline: {select: other.things}}}\n")
    write_file(tmp_path, "domains/other/domain.yaml", "name: other\npurpose: Trying.\nowners: [team:other]\n")
    write_file(tmp_path, "domains/other/things/models/one.sql", "select 1 as n")
    write_file(tmp_path, "domains/other/things/pipeline.yaml", f"tests:\n  one: [{{metric: rowCount, {rule}}}]\n")
    assert main(["-C", str(tmp_path), "run", "ops"]) == status


def test_a_job_that_tells_something_is_looked_at_again_soon(tmp_path: Path, as_shell) -> None:
    class Chatty(Shell):
        """Tells a line at every look, and ends after the thirtieth."""

        traits = Traits(main_option="command", poll_first_s=0.01, poll_longest_s=100_000.0)

        def poll(self, job: Job, handle: str, cursor: str) -> Poll:
            number = int(cursor or 0) + 1
            state = JobState.SUCCEEDED if number == 30 else JobState.RUNNING
            return Poll(state=state, lines=(f"line {number}",), cursor=str(number))

    as_shell(Chatty)
    # Were each wait longer than the one before, the last would take half an hour.
    workspace = mesh_of(tmp_path, "nodes:\n  load: {shell: 'true', timeout: 5m}\n")
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert states(report) == {"load": "succeeded"}
    assert [line.text for line in run_log(workspace).lines if line.text.startswith("line ")][-1] == "line 30"

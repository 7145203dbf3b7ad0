"""Jobs that a killed coordinator left behind: taken up by whoever needs the same, told of where they are for something else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply, resume
from meshwright.app.runs import list_runs, run_log
from meshwright.app.workspace import Workspace
from meshwright.state.records import RunState
from tests.app.test_outside_nodes import PIPELINE, actions, mesh_of, told
from tests.meshes import write_file
from tests.stopped import stop_between_writes


def killed_run(workspace: Workspace, *words: str, lines: int = 1) -> str:
    """Start a run as a process of its own, kill it when its jobs have begun, and return the run's id."""
    root = workspace.root
    run = subprocess.Popen(
        [sys.executable, "-m", "meshwright", "-C", str(root), "run", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 120
    while len(told(root)) < lines:
        assert time.monotonic() < until, "the job did not begin"
        assert run.poll() is None, "the run ended"
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    return list_runs(workspace, 1)[0].id


def slow(root: Path, more: str = "", words: str = "began") -> str:
    """A node whose job goes on until a test allows it to end."""
    wait = f"until [ -e {root}/allowed ]; do sleep 0.05; done"
    return f"nodes:\n  load: {{shell: 'echo {words} >> {root}/told; {wait}; echo ended >> {root}/ends'{more}}}\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "killed", "then"),
    [
        (", refresh: always", (), False),
        ("", ("--refresh",), False),
        ("", (), True),
        ("", ("--refresh",), True),
        (", refresh: always, effects: external", (), False),
    ],
)
def test_another_run_takes_up_what_a_killed_one_left(
    tmp_path: Path, more: str, killed: tuple[str, ...], then: bool
) -> None:
    workspace = mesh_of(tmp_path, slow(tmp_path, more))
    dead = killed_run(workspace, *killed)
    (tmp_path / "allowed").touch()
    report = apply(workspace, RunOptions(refresh=then))
    assert report.state is RunState.SUCCEEDED
    assert report.run_id != dead
    assert told(tmp_path) == ["began"]
    assert any("taken up again" in line.text for line in run_log(workspace).lines)
    resumed = resume(workspace, dead)
    assert resumed.state is RunState.SUCCEEDED
    assert told(tmp_path) == ["began"], "what came of the job is the killed run's as well"


def test_a_node_that_always_runs_does_so_in_the_run_after(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, slow(tmp_path, ", refresh: always"))
    killed_run(workspace)
    (tmp_path / "allowed").touch()
    for _ in range(2):
        assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    assert told(tmp_path) == ["began", "began"]


@pytest.mark.slow
def test_the_items_of_a_list_are_taken_up_each(tmp_path: Path) -> None:
    pipeline = slow(tmp_path, ", refresh: always, for_each: {items: [1, 2, 3], at_once: 2}", "${item}")
    workspace = mesh_of(tmp_path, pipeline)
    killed_run(workspace, lines=2)
    (tmp_path / "allowed").touch()
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    assert sorted(told(tmp_path)) == ["1", "2", "3"]


@pytest.mark.slow
def test_a_live_run_keeps_its_job(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, slow(tmp_path, ", refresh: always"))
    run = subprocess.Popen(
        [sys.executable, "-m", "meshwright", "-C", str(tmp_path), "run"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 120
        while not told(tmp_path):
            assert time.monotonic() < until
            time.sleep(0.02)
        stop_between_writes(run.pid, tmp_path / ".meshwright" / "state.db")
        (tmp_path / "allowed").touch()
        assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
        assert told(tmp_path) == ["began", "began"], "it was asked to run always, and another run has its own"
    finally:
        os.kill(run.pid, signal.SIGCONT)
        run.wait(60)


@pytest.mark.slow
def test_a_job_for_something_else_is_told_of_and_left_alone(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, slow(tmp_path))
    dead = killed_run(workspace)
    write_file(tmp_path, PIPELINE, f"nodes:\n  load: {{shell: 'echo other >> {tmp_path}/told'}}\n")
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert told(tmp_path) == ["began", "other"]
    (note,) = report.notes
    assert dead in note
    assert f"mw runs resume {dead}" in note
    assert any(line.level == "warning" and dead in line.text for line in run_log(workspace).lines)
    (tmp_path / "allowed").touch()
    until = time.monotonic() + 60
    while not told(tmp_path, "ends"):
        assert time.monotonic() < until
        time.sleep(0.02)
    write_file(tmp_path, PIPELINE, f"nodes:\n  load: {{shell: 'echo third >> {tmp_path}/told'}}\n")
    assert apply(workspace, RunOptions()).notes == (), "it has ended, and nobody need know of it"
    assert actions(workspace) == {"load": "reuse"}

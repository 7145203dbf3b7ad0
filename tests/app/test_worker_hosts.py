"""Workers and runs of several hosts on one state: what one cannot signal it asks through the state."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meshwright.app.environments import open_state_alone
from meshwright.app.runs import list_runs
from meshwright.app.scheduling_scheduler import Scheduler, SchedulerOptions
from meshwright.app.workspace import Workspace
from meshwright.model.firings import GIVES_WAY, FiringState
from tests.app.test_worker import causes, send, slow_shop, wait_for, worker_process
from tests.postgres import Server
from tests.stopped import stop_between_writes

ELSEWHERE = 'import socket\nsocket.gethostname = lambda: "elsewhere"\n'


@contextmanager
def worker_elsewhere(workspace: Workspace, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker, and the runs that it starts, on a host of another name."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(ELSEWHERE)
    command = [sys.executable, "-m", "meshwright", "-C", str(workspace.root), "worker"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def dies(_: object) -> None:
    raise SystemExit


def at(workspace: Workspace, address: str) -> None:
    """Let a mesh have its state elsewhere."""
    mesh = workspace.root / "mesh.yaml"
    mesh.write_text(f'{mesh.read_text()}state: "{address}"\n')


@pytest.mark.slow
def test_overlap_cancel_stops_a_run_of_another_host(tmp_path: Path, postgres: Server) -> None:
    workspace = slow_shop(tmp_path / "shop", "cancel")
    at(workspace, postgres.url(postgres.new_schema()))
    root = workspace.root
    send(workspace, "1")
    with worker_elsewhere(workspace, tmp_path / "elsewhere") as other:
        wait_for((root / "began").exists)
        other.send_signal(signal.SIGTERM)
        assert other.wait(30) == 0
    with open_state_alone(workspace) as opened:
        [firing] = opened.state.schedules.open_firings("prod")
        lease = opened.state.reader.lease(f"run:{firing.run_id}")
    assert '"elsewhere"' in firing.process
    assert lease is not None
    assert '"elsewhere"' in lease.holder
    send(workspace, "2")
    with worker_process(workspace, "--until-idle") as worker:
        wait_for(lambda: len(list_runs(workspace)) == 2)
        (root / "go").touch()
        assert worker.wait(60) == 1, "a run that was stopped did not succeed"
    assert {events: state for _, events, state in causes(workspace)} == {"/pos 1": "interrupted", "/pos 2": "succeeded"}


@pytest.mark.slow
def test_what_gives_way_is_stopped_by_whichever_worker_looks_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker that decided it was killed before it asked."""
    workspace = slow_shop(tmp_path, "cancel")
    send(workspace, "1")
    with worker_process(workspace) as worker:
        wait_for((tmp_path / "began").exists)
        worker.kill()
        worker.wait()
    send(workspace, "2")
    with open_state_alone(workspace) as opened:
        dying = Scheduler(workspace=workspace, state=opened.state, options=SchedulerOptions(), tell=lambda _: None)
        assert dying.hold()
        with monkeypatch.context() as patched:
            patched.setattr(Scheduler, "_stop_what_gives_way", dies)
            with pytest.raises(SystemExit):
                dying.look()
        dying.release()
        first, second = opened.state.schedules.open_firings("prod")
        assert (first.state, first.reason, first.is_to_stop) == (FiringState.STARTED, GIVES_WAY, True)
        assert second.state is FiringState.WAITING
    with worker_process(workspace, "--until-idle") as worker:
        wait_for(lambda: len(list_runs(workspace)) == 2)
        (tmp_path / "go").touch()
        assert worker.wait(60) == 1
    assert {events: state for _, events, state in causes(workspace)} == {"/pos 1": "interrupted", "/pos 2": "succeeded"}


@pytest.mark.slow
def test_a_run_that_gives_way_and_is_killed_is_not_gone_on_with(tmp_path: Path) -> None:
    workspace = slow_shop(tmp_path, "cancel")
    send(workspace, "1")
    with worker_process(workspace, "--until-idle") as worker:
        wait_for((tmp_path / "began").exists)
        with open_state_alone(workspace) as opened:
            [firing] = opened.state.schedules.open_firings("prod")
        pid = int(firing.process.partition('"pid": ')[2].partition(",")[0])
        stop_between_writes(pid, tmp_path / ".meshwright" / "state.db")
        send(workspace, "2")

        def is_told() -> bool:
            with open_state_alone(workspace) as opened:
                return any(each.is_to_stop for each in opened.state.schedules.open_firings("prod"))

        wait_for(is_told)
        os.kill(pid, signal.SIGKILL)
        (tmp_path / "go").touch()
        assert worker.wait(60) == 1
    assert {events: state for _, events, state in causes(workspace)} == {"/pos 1": "interrupted", "/pos 2": "succeeded"}

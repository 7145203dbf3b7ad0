"""A worker that lives on looks at the mesh in a process of its own, and knows no less for it."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from meshwright.app.environments import open_state_alone
from meshwright.app.launching import Command, RunProcess, launch_plainly
from meshwright.app.scheduling_apart import LooksApart
from meshwright.app.scheduling_looks import FoundTriggers, LooksHere
from meshwright.app.scheduling_scheduler import Scheduler, SchedulerOptions
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError, WorldError
from meshwright.files.marks import mark_of
from meshwright.files.seen import seen_files
from tests.meshes import write_file, write_mesh

_TRIGGERS = "triggers: [{event: org.example.closed, name: closed}]\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A mesh with a trigger, whose files have settled."""
    write_mesh(tmp_path)
    pipeline = tmp_path / "domains/sales/orders/pipeline.yaml"
    pipeline.write_text(f"{pipeline.read_text()}{_TRIGGERS}")
    found = open_workspace(tmp_path)
    LooksHere(found).triggers("prod")  # makes the private folder, which changes the root's
    settle(tmp_path)
    return found


def settle(root: Path) -> None:
    """Wait until a change of any file shows in how it looks."""
    newest = max(path.stat().st_ctime_ns for path in (root, *root.rglob("*")))
    while time.time_ns() - newest <= 2_100_000_000:
        time.sleep(0.1)


def apart(workspace: Workspace) -> LooksApart:
    return LooksApart(workspace, workspace.private / "worker", launch_plainly)


def test_what_is_seen_apart_is_what_is_seen_here(workspace: Workspace) -> None:
    here, there = LooksHere(workspace), apart(workspace)
    assert list(here.triggers("prod").table.triggers) == ["sales.orders:closed"]
    assert there.triggers("prod") == here.triggers("prod")
    assert there.triggers("prod").seen is not None
    assert there.lateness("prod", {}) == here.lateness("prod", {})
    assert list((workspace.private / "worker").iterdir()) == [], "no file is left"


def test_what_is_wrong_is_said_as_it_is_here(workspace: Workspace) -> None:
    with pytest.raises(InputError) as here:
        LooksHere(workspace).triggers("prdo")
    with pytest.raises(InputError) as there:
        apart(workspace).triggers("prdo")
    assert there.value.diagnostics == here.value.diagnostics


def test_a_look_that_ends_without_an_answer_is_told(workspace: Workspace) -> None:
    def killed(command: Command) -> RunProcess:
        return launch_plainly(
            Command(
                words=("--no-such-option",),
                folder=command.folder,
                out=command.out,
                err=command.err,
                variables={},
                name="mw test",
            )
        )

    looks = LooksApart(workspace, workspace.private / "worker", killed)
    with pytest.raises(WorldError) as told:
        looks.triggers("prod")
    assert told.value.first.code == "MW-S041"
    assert "ended with status 2" in told.value.first.message


class Clock:
    """Seconds that pass when a test says so."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_scheduler_looks_again_when_files_change_and_not_before(workspace: Workspace) -> None:
    asked: list[str] = []
    clock = Clock()

    class Counted(LooksHere):
        def triggers(self, environment: str) -> FoundTriggers:
            asked.append(environment)
            clock.now_s += 1  # a large mesh takes a while
            found = super().triggers(environment)
            return found if len(asked) == 1 else replace(found, seen=None)  # as where files are too young

    with open_state_alone(workspace, create=True) as opened:
        scheduler = Scheduler(
            workspace=workspace,
            state=opened.state,
            options=SchedulerOptions(),
            tell=print,
            looks=Counted(workspace),
            clock=clock,
        )
        assert scheduler.hold()
        for _ in range(3):
            clock.now_s += 10_000
            scheduler.look()
        assert asked == ["prod"]
        write_file(workspace.root, "domains/sales/totals/pipeline.yaml", _TRIGGERS)
        clock.now_s += 5.5
        scheduler.look()
        assert asked == ["prod", "prod"], "however long the last look took: it was a while ago"
        assert scheduler.table is not None
        assert "sales.totals:closed" in scheduler.table.triggers
        # These files are so young that a change might not show: they are looked at again, and not all the time.
        clock.now_s += 5.5
        scheduler.look()
        assert asked == ["prod", "prod"]
        clock.now_s += 20
        scheduler.look()
        assert asked == ["prod", "prod", "prod"]
        scheduler.release()


def test_files_that_look_otherwise_do_not_stand(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    marks = {"a": mark_of((tmp_path / "a").stat())}
    assert seen_files(marks, time.time_ns()) is None, "too young: a change would not show"
    later = time.time_ns() + 10_000_000_000
    seen = seen_files(marks, later)
    assert seen is not None
    assert seen.stand(tmp_path)
    (tmp_path / "a").write_text("22")
    assert not seen.stand(tmp_path)
    (tmp_path / "a").unlink()
    assert not seen.stand(tmp_path)


def test_a_worker_holds_no_mesh() -> None:
    """What reads one is not even imported."""
    program = (
        "import sys, meshwright.app.scheduling_worker\n"
        "print('meshwright.files.loader' in sys.modules, 'sqlglot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]

"""An `init` that was killed is made undone by the next one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from meshwright.app.init import init
from meshwright.app.staging import clear_killed


def dead_pid() -> int:
    """The number of a process that is over."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_what_was_moved_by_a_killed_init_is_taken_back(tmp_path: Path) -> None:
    target = tmp_path / "mesh"
    (target / ".git").mkdir(parents=True)
    staged = tmp_path / f".mw-init-mesh-{dead_pid()}-abc"
    staged.mkdir()
    (staged / ".moving").write_text(json.dumps(["domains", "mesh.yaml", "../outside"]))
    (staged / "mesh.yaml").touch()
    (target / "domains").mkdir()
    (tmp_path / "outside").touch()
    init(target, "blank")
    assert (target / "mesh.yaml").exists()
    assert (target / ".git").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mesh", "outside"]


def test_the_folder_of_a_live_init_and_that_of_another_mesh_are_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / f".mw-init-mesh-{os.getpid()}-abc"
    other = tmp_path / f".mw-init-mesh-too-{dead_pid()}-abc"
    for folder in (mine, other):
        folder.mkdir()
    clear_killed(tmp_path / "mesh")
    assert mine.exists()
    assert other.exists()
    clear_killed(tmp_path / "mesh-too")
    assert not other.exists()


def test_a_list_that_was_never_finished_means_that_nothing_was_moved(tmp_path: Path) -> None:
    target = tmp_path / "mesh"
    target.mkdir()
    (target / "mine.txt").touch()
    staged = tmp_path / f".mw-init-mesh-{dead_pid()}-abc"
    staged.mkdir()
    (staged / ".moving").write_text('["mine.t')
    clear_killed(target)
    assert (target / "mine.txt").exists()
    assert not staged.exists()

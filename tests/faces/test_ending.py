"""A command's process ends at once, and says and does before that what it would have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.meshes import write_mesh

#: A command, after which something else of the process ends: one ending from before it, one from during it.
_PROGRAM = """
import atexit, sys
from meshwright.faces.cli import main as module
class Witness:
    def __del__(self):
        print("taken apart")
witness = Witness()
guard = module.guard
def guarded(invocation, call):
    atexit.register(print, "another ending")
    return guard(invocation, call)
module.guard = guarded
sys.argv = ["mw", *sys.argv[1:]]
sys.exit(module.main())
"""


def run(folder: Path, *words: str, program: str = _PROGRAM) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("words", "status"), [(("check",), 0), (("run", "-q"), 0), (("plan", "nothing.like.it"), 2)])
def test_other_endings_come_before_and_nothing_is_taken_apart(
    tmp_path: Path, words: tuple[str, ...], status: int
) -> None:
    done = run(write_mesh(tmp_path), *words)
    assert done.returncode == status
    assert done.stdout.endswith("another ending\n")
    assert "taken apart" not in done.stdout


def test_an_answer_that_nobody_takes_ends_as_it_did(tmp_path: Path) -> None:
    """Python's own status for an output that cannot be written is 120."""
    root = write_mesh(tmp_path)
    command = [sys.executable, "-m", "meshwright", "plan", "--json"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=root, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode != 0


def test_a_failure_that_nobody_expected_is_told(tmp_path: Path) -> None:
    done = run(
        tmp_path, "check", program=_PROGRAM.replace("return guard(invocation, call)", "raise RuntimeError('odd')")
    )
    assert done.returncode == 1
    assert "RuntimeError: odd" in done.stderr

"""`scripts/passed.py`: tests that passed on this very tree are not run again, and on any other tree they are."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scripts import passed

PASSES = [sys.executable, "-c", "open('../runs', 'a').write('x')"]
FAILS = [sys.executable, "-c", "raise SystemExit(3)"]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with a file, known to git, one that is not yet, and one that git ignores."""
    root = tmp_path / "tree"
    root.mkdir()
    for name, text in {"code.py": "1", "new.py": "1", "old.pyc": "1", ".gitignore": "*.pyc\n"}.items():
        (root / name).write_text(text)
    subprocess.run(["git", "init", "-q", root], check=True)
    subprocess.run(["git", "add", "code.py", ".gitignore"], cwd=root, check=True)
    monkeypatch.chdir(root)
    monkeypatch.setattr(passed, "STAMP", tmp_path / "stamp")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return root


def runs(tree: Path) -> int:
    return len((tree.parent / "runs").read_text())


def test_a_check_alone_runs_the_tests(tree: Path) -> None:
    assert passed.main(["unless", *PASSES]) == 0
    assert runs(tree) == 1


def test_what_passed_on_this_tree_is_not_run_again_but_where_that_is_asked_for(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    passed.main(["run", *PASSES])
    (tree / "old.pyc").write_text("2")
    assert passed.main(["unless", *PASSES]) == 0
    assert runs(tree) == 1
    assert "have just passed on this very tree" in capsys.readouterr().out
    passed.main(["run", *PASSES])
    assert runs(tree) == 2


CHANGES = {
    "a file": lambda tree: (tree / "code.py").write_text("2"),
    "a file that git does not know": lambda tree: (tree / "new.py").write_text("2"),
    "a further file": lambda tree: (tree / "more.py").write_text(""),
    "a file less": lambda tree: (tree / "code.py").unlink(),
    "a name": lambda tree: (tree / "code.py").rename(tree / "cod.py"),
    "a mode": lambda tree: (tree / "code.py").chmod(0o755),
    "a link": lambda tree: ((tree / "new.py").unlink(), (tree / "new.py").symlink_to("code.py")),
    "the age": lambda tree: os.utime(passed.STAMP, times=(time.time() - 3700,) * 2),
    "the clock": lambda tree: os.utime(passed.STAMP, times=(time.time() + 3700,) * 2),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_makes_them_run(tree: Path, what: str) -> None:
    passed.main(["run", *PASSES])
    CHANGES[what](tree)
    passed.main(["unless", *PASSES])
    assert runs(tree) == 2


def test_another_package_makes_them_run(tree: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    passed.main(["run", *PASSES])
    (tmp_path / "venv/lib/python3/site-packages/duckdb-9.9.dist-info").mkdir(parents=True)
    passed.main(["unless", *PASSES])
    assert runs(tree) == 2


def test_a_failure_leaves_no_stamp_and_takes_away_the_one_that_was(tree: Path) -> None:
    passed.main(["run", *PASSES])
    assert passed.main(["run", *FAILS]) == 3
    assert passed.main(["unless", *FAILS]) == 3


def test_what_was_edited_while_tests_ran_is_not_taken_for_tested(tree: Path) -> None:
    passed.main(["run", sys.executable, "-c", "open('code.py', 'a').write('2')"])
    assert not passed.STAMP.exists()


def test_options_from_outside_may_choose_tests_and_leave_no_stamp(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")
    passed.main(["run", *PASSES])
    assert not passed.STAMP.exists()


def test_without_git_they_run(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tree / "nowhere"))
    passed.main(["run", *PASSES])
    passed.main(["unless", *PASSES])
    assert runs(tree) == 2

"""Notebooks as jobs: what of them can be told without papermill. The rest is in test_notebook_papermill.py."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from meshwright.tools.notebook import Notebook
from meshwright.tools.protocol import ToolFailed
from meshwright.tools.pythons import program_for, python_for
from tests.tools.driving import job_of, place_of
from tests.tools.notebooks import write_notebook

TOOL = Notebook()


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ({}, ["'path' is missing"]),
        ({"path": "report.ipynb"}, []),
        ({"path": "none.ipynb"}, ["there is no notebook 'none.ipynb'"]),
        ({"path": "note.txt"}, ["'note.txt' is no notebook"]),
        ({"path": "old.ipynb"}, ["'old.ipynb' is no notebook"]),
        ({"path": "empty.ipynb"}, ["notebook 'empty.ipynb' has no code"]),
        ({"path": "report.ipynb", "kernal": "x"}, ["unknown key 'kernal'"]),
        ({"path": "report.ipynb", "cell_timeout": 3}, ["'cell_timeout' is a duration, for example 10m"]),
        ({"path": "report.ipynb", "cell_timeout": "${param:limit}"}, []),
        ({"path": "report.ipynb", "keep": True}, ["'keep' is a folder, or false"]),
        (
            {"path": "report.ipynb", "variables": ["A"]},
            ["'variables' is names of environment variables with texts or numbers"],
        ),
        ({"path": ["report.ipynb"]}, ["'path' is a text"]),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict, messages: list[str]) -> None:
    write_notebook(tmp_path / "report.ipynb", "1")
    write_notebook(tmp_path / "empty.ipynb", "%%md # nothing")
    (tmp_path / "note.txt").write_text("hello")
    (tmp_path / "old.ipynb").write_text('{"worksheets": []}')
    assert [problem.message for problem in TOOL.problems(options, place_of(tmp_path))] == messages


def test_an_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    write_notebook(tmp_path / "report.ipynb", "1")
    (problem,) = TOOL.problems({"path": "report.ipynb", "kernal": "x"}, place_of(tmp_path))
    assert problem.path == ("kernal",)
    assert problem.fix is not None
    assert problem.fix.startswith("did you mean 'kernel'?")


def test_a_notebook_and_the_modules_beside_it_are_its_meaning(tmp_path: Path) -> None:
    write_notebook(tmp_path / "report.ipynb", "import shapes")
    (tmp_path / "shapes.py").write_text("")
    found = list(TOOL.fingerprint_files({"path": "report.ipynb"}, place_of(tmp_path)))
    assert found == [Path("report.ipynb"), Path("shapes.py")]


@pytest.mark.parametrize("options", [{"bin": "none/bin"}, {}])
def test_where_papermill_is_missing_it_says_how_to_install_it(tmp_path: Path, options: dict) -> None:
    write_notebook(tmp_path / "report.ipynb", "1")
    job = job_of(tmp_path, {"path": "report.ipynb", **options})
    with pytest.raises(ToolFailed) as caught:
        TOOL.start(job)
    assert not caught.value.is_retryable
    assert caught.value.fix is not None
    assert "pip install papermill" in caught.value.fix
    assert TOOL.find(job) is None


@pytest.mark.parametrize("given", ["venv", "venv/bin", "venv/bin/papermill"])
def test_an_environment_is_named_by_its_folder_its_programs_or_one_of_them(tmp_path: Path, given: str) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    for name in ("python3", "papermill"):
        (tmp_path / "venv/bin" / name).write_text(f"#!{tmp_path}/venv/bin/python3\n")
        (tmp_path / "venv/bin" / name).chmod(0o755)
    options = {"bin": given}
    assert python_for("papermill", options, place_of(tmp_path), install="") == tmp_path / "venv/bin/python3"
    assert program_for("papermill", options, place_of(tmp_path), install="") == tmp_path / "venv/bin/papermill"


@pytest.mark.parametrize("given", ["venv", "venv/bin", "venv/bin/python3"])
def test_an_environment_without_the_program_is_taken_where_it_need_not_be_there(tmp_path: Path, given: str) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python3").write_bytes(b"\x7fELF")
    (tmp_path / "venv/bin/python3").chmod(0o755)
    found = python_for("papermill", {"bin": given}, place_of(tmp_path), install="", is_needed=False)
    assert found == tmp_path / "venv/bin/python3"
    with pytest.raises(ToolFailed):
        python_for("papermill", {"bin": given}, place_of(tmp_path), install="pip install it")


def test_a_tool_that_is_a_module_runs_in_our_own_python_where_that_has_it(tmp_path: Path) -> None:
    found = python_for("pyarrow", {}, place_of(tmp_path), install="", is_needed=False, is_module=True)
    assert found == Path(sys.executable)
    other = python_for("no_such_module", {}, place_of(tmp_path), install="", is_needed=False, is_module=True)
    assert other.name == "python3"

"""Tests of foreign tools run when they are asked for, and not by chance."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "are_asked_for"),
    [((), False), (("-m", "not slow"), False), (("--tools",), True), (("-m", "tools and not slow"), True)],
)
def test_tests_of_tools_are_left_out_unless_they_are_asked_for(arguments: tuple[str, ...], are_asked_for: bool) -> None:
    variables = {name: value for name, value in os.environ.items() if name != "MESHWRIGHT_TEST_TOOLS"}
    command = [sys.executable, "-m", "pytest", "--collect-only", *arguments, "tests/tools/test_dagster.py"]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    collected = re.search(r"(\d+) tests? collected", done.stdout)
    assert bool(collected) is are_asked_for, done.stdout
    assert ("deselected" in done.stdout) is not are_asked_for


@pytest.mark.parametrize("name", ["", "nothing", "../tools/airflow", "airflow.txt"])
def test_a_tool_that_is_not_known_is_not_installed(tmp_path: Path, name: str) -> None:
    variables = {**os.environ, "MESHWRIGHT_TOOLS": str(tmp_path / "tools")}
    script = ROOT / "scripts" / "install_tool.sh"
    done = subprocess.run([script, name], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "names: airflow cloudevents_npm dagster" in done.stderr
    assert not (tmp_path / "tools").exists()

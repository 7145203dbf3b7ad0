"""The tutorial works as written: every command in order, with the status it promises, every edit applied."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(
    r"(?:^Edit `(?P<path>[^`]+)`:\n+)?^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Edit:
    path: str
    text: str


@dataclass(frozen=True)
class Command:
    line: str
    status: int


@dataclass(frozen=True)
class Shown:
    """Lines that the commands before it print; ``...`` stands for anything."""

    lines: tuple[str, ...]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip())


def steps() -> Iterator[Edit | Command | Shown]:
    for block in BLOCK.finditer(TUTORIAL.read_text(encoding="utf-8")):
        if block["path"]:
            yield Edit(block["path"], block["body"])
        elif block["language"] == "console":
            for line in block["body"].splitlines():
                words, _, note = line.removeprefix("$ ").partition("# status")
                yield Command(words.strip(), int(note or 0))
        elif block["language"] == "text":
            yield Shown(tuple(line for line in block["body"].splitlines() if line.strip()))


@pytest.mark.slow
def test_the_tutorial_works_as_written(tmp_path: Path) -> None:
    folder = tmp_path
    binaries = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    done = 0
    printed = ""
    for step in steps():
        if isinstance(step, Shown):
            for line in step.lines:
                for part in re.split(r"…|\.\.\.", line):
                    assert squeezed(part) in printed, f"not printed: {line}"
        elif isinstance(step, Edit):
            assert (folder / step.path).exists(), f"the tutorial edits {step.path}, which is not there"
            (folder / step.path).write_text(step.text, encoding="utf-8")
        elif step.line.startswith("cd "):
            folder = folder / shlex.split(step.line)[1]
        else:
            result = subprocess.run(
                ["bash", "-c", step.line], cwd=folder, env=environment, capture_output=True, text=True, check=False
            )
            shown = f"$ {step.line}\n{result.stdout}\n{result.stderr}"
            assert result.returncode == step.status, shown
            assert "Traceback" not in result.stderr, shown
            printed = squeezed(f"{printed} {result.stdout} {result.stderr}")
        done += 1
    assert done > 20

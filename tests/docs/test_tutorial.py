"""The tutorial and the how-tos work as written: every command in order, with the status it promises, every edit applied.

A how-to is run where its first line is ``<!-- run as a test -->``, or with a foreign tool on PATH (`make tools`) where it is
``<!-- run as a test with dbt -->``. It begins in an empty folder.
"""

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

from tests.tools.installed import tool_bin

DOCS = Path(__file__).parents[2] / "docs"
RUN = re.compile(r"<!-- run as a test(?: with (?P<tool>[a-z_]+))? -->")
PAGES = [
    DOCS / "tutorial.md",
    *(page for page in sorted(DOCS.glob("how-to/*.md")) if RUN.match(page.read_text(encoding="utf-8"))),
]
BLOCK = re.compile(
    r"(?:^(?P<verb>Edit|Write) `(?P<path>[^`]+)`:\n+)?^```(?P<language>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Edit:
    path: str
    text: str
    is_new: bool = False


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


def steps(page: Path) -> Iterator[Edit | Command | Shown]:
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["path"]:
            yield Edit(block["path"], block["body"], is_new=block["verb"] == "Write")
        elif block["language"] == "console":
            for line in block["body"].splitlines():
                words, _, note = line.removeprefix("$ ").partition("# status")
                yield Command(words.strip(), int(note or 0))
        elif block["language"] == "text":
            yield Shown(tuple(line for line in block["body"].splitlines() if line.strip()))


def tool_of(page: Path) -> str | None:
    found = RUN.match(page.read_text(encoding="utf-8"))
    return found["tool"] if found else None


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=pytest.mark.tools if tool_of(page) else (), id=page.stem) for page in PAGES],
)
def test_the_page_works_as_written(page: Path, tmp_path: Path) -> None:
    folder = tmp_path
    tool = tool_of(page)
    binaries = [str(Path(sys.executable).parent), *([str(tool_bin(tool))] if tool else [])]
    environment = {**os.environ, "PATH": os.pathsep.join([*binaries, os.environ["PATH"]])}
    done = 0
    printed = ""
    for step in steps(page):
        if isinstance(step, Shown):
            for line in step.lines:
                for part in re.split(r"…|\.\.\.", line):
                    assert squeezed(part) in printed, f"not printed: {line}"
        elif isinstance(step, Edit):
            assert (folder / step.path).exists() != step.is_new, f"{step.path} is edited where it must be there already"
            (folder / step.path).parent.mkdir(parents=True, exist_ok=True)
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
    assert done > (20 if page.stem == "tutorial" else 3)

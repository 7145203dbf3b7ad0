"""Finding the Python that a tool is installed in: by its program, or by the folder of its virtual environment."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import which

from meshwright.tools.processes import find_executable
from meshwright.tools.protocol import Place

#: What pip writes where a path is too long for, or has a blank in, the first line.
_LONG_LINE = re.compile(rb"^'''exec' \"?(.+?)\"? \"\$0\"")


def find_program_of(name: str, place: Place, given: str | None) -> Path | None:
    """Return the path of a tool's program.

    `given` is that path, its folder, or its virtual environment; relative to the folder of the mesh. Without it, the program
    is looked for on PATH, then beside meshwright's own Python. None where there is none.
    """
    if given is None:
        found = find_executable(name, place)
        return Path(found) if found else None
    folder = place.root / given
    for each in (folder / "bin" / name, folder / name):
        if each.is_file():
            return each
    found = find_executable(name, place, given=given)
    return Path(found) if found and Path(found).is_file() else None


def python_of(program: Path) -> Path | None:
    """Return the Python that runs a program that pip installed; None for programs of another kind."""
    with program.open("rb") as file:
        first, second = file.readline(512).strip(), file.readline(512).strip()
    if not first.startswith(b"#!"):
        return None
    if (long := _LONG_LINE.match(second)) is not None:
        return _existing(Path(long[1].decode("utf-8", "replace")))
    words = first[2:].decode("utf-8", "replace").split()
    if len(words) > 1 and Path(words[0]).name == "env":
        return Path(found) if "python" in words[1] and (found := which(words[1])) else None
    if words and "python" in Path(words[0]).name:
        return _existing(Path(words[0]))
    # A shim (pyenv, asdf) beside the Python that it stands for.
    return _existing(program.with_name("python"))


def _existing(python: Path) -> Path | None:
    return python if python.is_file() else None

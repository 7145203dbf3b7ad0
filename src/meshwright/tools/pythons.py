"""Finding the Python that a tool is installed in: by its program, or by the folder of its virtual environment."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from meshwright.tools.processes import find_executable
from meshwright.tools.protocol import Json, Place, Problem, ToolFailed

#: What pip writes where a path is too long for, or has a blank in, the first line.
_LONG_LINE = re.compile(rb"^'''exec' \"?(.+?)\"? \"\$0\"")


def program_problems(name: str, options: Mapping[str, Json], place: Place, *, install: str) -> Iterator[Problem]:
    """Find out whether the program that a node's ``bin:`` names, or leaves to be found, is there."""
    given = options.get("bin")
    if given is not None and (not isinstance(given, str) or not given):
        yield Problem(path=("bin",), message="bin is the path of a program, or of its virtual environment")
    elif given is not None and "${" in given:
        return  # known only when the job starts
    elif find_program_of(name, place, given) is None:
        yield Problem(
            path=() if given is None else ("bin",), message=_absent(name, given),
            fix=f"{install}; or say where it is with bin: PATH of the program or of its virtual environment",
        )  # fmt: skip


def python_for(
    name: str,
    options: Mapping[str, Json],
    place: Place,
    *,
    install: str,
    is_needed: bool = True,
    is_module: bool = False,
) -> Path:
    """Return the Python that a tool is installed in. Raises ToolFailed where there is none.

    It is that of the tool's program; where the program is not `is_needed`, the environment that ``bin:`` names will do, and whether
    the tool is in it is found when it is imported. A tool that `is_module` has no program: without ``bin:`` meshwright's own
    Python is taken if that has it, else the one on PATH.
    """
    given = options.get("bin")
    program = None if is_module else find_program_of(name, place, None if given is None else str(given))
    python = python_of(program) if program is not None else None
    if python is None and given is not None and not is_needed:
        python = _python_in(place.root / Path(str(given)).expanduser())
    elif python is None and is_module:
        found = sys.executable if find_spec(name) is not None else which("python3", path=place.variables.get("PATH"))
        python = Path(found) if found else None
    if python is not None:
        return python
    if program is not None:
        raise ToolFailed(f"{str(program)!r} does not run in a Python that is there", is_retryable=False, fix=install)
    raise ToolFailed(_absent(name, given), is_retryable=False, fix=install)


def program_for(name: str, options: Mapping[str, Json], place: Place, *, install: str) -> Path:
    """Return the path of a tool's program. Raises ToolFailed where it is not there."""
    given = options.get("bin")
    program = find_program_of(name, place, None if given is None else str(given))
    if program is None:
        raise ToolFailed(_absent(name, given), is_retryable=False, fix=install)
    return program


def find_program_of(name: str, place: Place, given: str | None) -> Path | None:
    """Return the path of a tool's program.

    `given` is that path, its folder, or its virtual environment; relative to the folder of the mesh. Without it, the program
    is looked for on PATH, then beside meshwright's own Python. None where there is none.
    """
    if given is None:
        found = find_executable(name, place)
        return Path(found) if found else None
    folder = place.root / Path(given).expanduser()
    # A program that is named may be another one of the environment: its Python, say.
    for each in (folder / "bin" / name, folder / name, folder.parent / name if folder.is_file() else folder / name):
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


def _python_in(place: Path) -> Path | None:
    """Return the Python of a virtual environment, of its folder of programs, or beside one of those."""
    folder = place.parent if place.is_file() else place / "bin" if (place / "bin").is_dir() else place
    return _existing(folder / "python3") or _existing(folder / "python")


def _existing(python: Path) -> Path | None:
    return python if python.is_file() else None


def _absent(name: str, given: Json) -> str:
    return f"{name} was not found " + ("on PATH or beside meshwright" if given is None else f"at {given!r}")

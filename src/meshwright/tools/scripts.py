"""Scripts of ours that run under a foreign tool's own Python: how that Python is found, asked, and what the script answers.

A script of `tools/runners/` imports nothing of meshwright. It is given one JSON file, which holds no secret (those go by
environment variables), prints its log, and leaves ``values.json``, ``costs.json`` and tables in the job's folder.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from meshwright.tools.launches import Launch
from meshwright.tools.processes import Ended, ended_program, find_executable, find_program, start_program
from meshwright.tools.protocol import InnerStep, Job, JobState, Json, Place, Poll, ToolFailed

_RUNNERS = Path(__file__).parent / "runners"
#: Statuses by which a script says why it failed; see tools/runners/.
NOT_INSTALLED = 97
WRONG_INPUT = 98
_SHEBANG_BYTES = 512


def python_of(place: Place, *, bin_folder: Json, program: str, install: str, is_module: bool = False) -> str:
    """Return the Python of a tool: that of `bin_folder`, else the one which the program on PATH belongs to.

    `bin_folder` is a virtual environment, the folder of its programs, or a program in it. Where `program` is a module, as of a
    tool without programs, meshwright's own Python is taken if it has that, else the one on PATH.

    Raises ToolFailed where there is none.
    """
    if isinstance(bin_folder, str):
        found = _python_in(_bin(place, bin_folder))
        if found is None:
            raise ToolFailed(f"there is no Python in {bin_folder}", is_retryable=False, fix=install)
        return found
    if is_module:
        has_it = find_spec(program) is not None
        python = sys.executable if has_it else which("python3", path=place.variables.get("PATH"))
        if python is None:
            raise ToolFailed("program 'python3' was not found", is_retryable=False, fix=install)
        return python
    path = find_executable(program, place)
    python = _python_in(Path(path).resolve().parent) or _python_named_by(Path(path)) if path else None
    if python is None:
        raise ToolFailed(f"program {program!r} was not found", is_retryable=False, fix=install)
    return python


def program_of(place: Place, *, bin_folder: Json, program: str, install: str) -> str:
    """Return the path of a tool's program: in `bin_folder`, else on PATH. Raises ToolFailed where it is not there."""
    if isinstance(bin_folder, str):
        path = which(str(_bin(place, bin_folder) / program))
        where = f" in {bin_folder}"
    else:
        path, where = find_executable(program, place), ""
    if path is None:
        raise ToolFailed(f"program {program!r} was not found{where}", is_retryable=False, fix=install)
    return path


def start_script(
    job: Job,
    launch: Launch,
) -> str:
    """Start a script of ours as the job and return the handle."""
    handle = find_program(job)
    if handle is not None:
        return handle
    job.scratch.mkdir(parents=True, exist_ok=True)
    (job.scratch / "tables").mkdir(exist_ok=True)
    path = job.scratch / "request.json"
    # Two starts of one job write the same text; each moves its own file into place, so that no reader sees half of one.
    new = path.with_name(f"request.{os.getpid()}.new")
    new.write_text(json.dumps(launch.request), "utf-8")
    new.replace(path)
    own = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", **launch.variables}
    command = [launch.python, str(_RUNNERS / f"{launch.script}.py"), str(path)]
    return start_program(job, command, folder=launch.folder, variables=own)


def told(job: Job, poll: Poll, *, install: str, words: str | None = None) -> Poll:
    """Return what a look at a script means: what the script noted of its failure, else `words`; and whether to try again."""
    if poll.state is not JobState.FAILED:
        return poll
    ended = ended_program(job)
    if ended.status == NOT_INSTALLED:
        return _failed(poll, f"{_last_line(ended)}; install it: {install}", is_retryable=False)
    words = _text(job.scratch / "error.txt") or words or poll.error or ""
    return _failed(poll, words, is_retryable=ended.status != WRONG_INPUT)


def left_costs(job: Job) -> Mapping[str, float]:
    """Return the costs that a script noted; none where it noted none."""
    try:
        found = json.loads(_text(job.scratch / "costs.json"))
    except ValueError:
        return {}
    return {str(name): float(value) for name, value in found.items()}


def left_steps(job: Job) -> tuple[InnerStep, ...]:
    """Return the steps that a script noted so far."""
    try:
        found = json.loads(_text(job.scratch / "steps.json"))
    except ValueError:
        return ()
    return tuple(
        InnerStep(
            name=str(step["name"]),
            kind=str(step.get("kind", "step")),
            state=str(step["state"]),
            after=tuple(str(name) for name in step.get("after", ())),
            started_at=moment_of(step.get("started_at")),
            ended_at=moment_of(step.get("ended_at")),
            error=step.get("error"),
        )
        for step in found
    )


def moment_of(value: object) -> dt.datetime | None:
    """Return a moment that a script or a tool wrote down in the form of ISO 8601; None where it is none."""
    try:
        return dt.datetime.fromisoformat(value).astimezone(dt.UTC) if isinstance(value, str) else None
    except ValueError:
        return None


def files_below(folder: Path, root: Path, *, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files of a folder's tree with some suffixes, relative to `root`; hidden folders and caches left out."""
    found = []
    base = root.resolve()
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(files):
            path = (Path(top) / name).resolve()
            if name.endswith(suffixes) and path.is_relative_to(base):
                found.append(path.relative_to(base))
    return found


def relative_file(path: Path, root: Path) -> list[Path]:
    """Return a file relative to `root`, in a list; nothing where it is not there, or outside."""
    path, base = path.resolve(), root.resolve()
    return [path.relative_to(base)] if path.is_file() and path.is_relative_to(base) else []


def _bin(place: Place, given: str) -> Path:
    path = place.root / Path(given).expanduser()
    if path.is_file():
        return path.parent
    return path / "bin" if (path / "bin").is_dir() else path


def _python_in(folder: Path) -> str | None:
    return which(str(folder / "python3")) or which(str(folder / "python"))


def _python_named_by(program: Path) -> str | None:
    """Return the interpreter in a script's first line: where a program lies apart from its Python (``~/.local/bin``)."""
    with program.open("rb") as file:
        first = file.read(_SHEBANG_BYTES).split(b"\n", 1)[0]
    words = first[2:].decode("utf-8", "replace").split() if first.startswith(b"#!") else []
    return which(words[0]) if words and Path(words[0]).name.startswith("python") else None


def _failed(poll: Poll, error: str, *, is_retryable: bool) -> Poll:
    return Poll(
        state=poll.state,
        lines=poll.lines,
        cursor=poll.cursor,
        steps=poll.steps,
        error=error,
        is_retryable=is_retryable,
    )


def _last_line(ended: Ended) -> str:
    lines = [line for line in ended.log.splitlines() if line.strip()]
    return lines[-1] if lines else "it is not installed"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except FileNotFoundError:
        return ""

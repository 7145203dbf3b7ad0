"""Programs of `tools.inside` that do a single job under a tool's own Python: how they are started, and what they answer.

One is given a JSON file, which holds no secret (those go by environment variables), prints its log, and leaves ``values.json``,
``costs.json`` and tables in the job's folder. `tools.pythons` finds the Python.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from pathlib import Path

from meshwright.tools.launches import Launch
from meshwright.tools.processes import Ended, ended_program, find_program, start_program
from meshwright.tools.protocol import InnerStep, Job, JobState, Poll

_PROGRAMS = Path(__file__).parent / "inside"
#: Statuses by which a script says why it failed; see tools/inside/.
NOT_INSTALLED = 97
WRONG_INPUT = 98


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
    command = [launch.python, str(_PROGRAMS / f"{launch.script}.py"), str(path)]
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

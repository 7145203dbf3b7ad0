"""Programs of `tools.inside`, which run in the Python of a tool: started as a job, looked at, asked for an outline."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from meshwright.tools.artefacts import left_failure, left_outline, left_steps
from meshwright.tools.processes import poll_program, start_program
from meshwright.tools.protocol import InnerStep, Job, JobState, Json, Outline, Place, Poll, Table, ToolFailed

_PROGRAMS = Path(__file__).parent / "inside"
#: The job's own variables; those of the user reach the tool as they are.
_VARIABLES = {"DO_NOT_TRACK": "1", "PYTHONUNBUFFERED": "1"}
#: Seconds that an outline may take: projects of a thousand models are parsed in less than one minute.
_OUTLINE_S = 300.0
_WORDS_SHOWN = 2000


def start_inside(job: Job, program: str, python: Path, request: Mapping[str, Json]) -> str:
    """Start a program with a Python, in the job's folder, and return the handle. Nothing happens where it was started."""
    _write_request(job.scratch, {**request, "inputs": _input_files(job.inputs), "datasets": job.datasets})
    command = [str(python), str(_PROGRAMS / program), "run", str(job.scratch)]
    return start_program(job, command, folder=job.scratch, variables=_VARIABLES)


def poll_inside(job: Job, handle: str, cursor: str) -> Poll:
    """Look at a program: its log, the steps where one changed, and how it failed in the tool's words."""
    printed, _, seen = cursor.partition("/")
    poll = poll_program(job, handle, printed)
    size = str(_size(job.scratch / "steps.jsonl"))
    is_over = poll.state not in {JobState.WAITING, JobState.RUNNING}
    steps = left_steps(job.scratch) if size != seen or is_over else ()
    if poll.state is JobState.CANCELLED:
        steps = tuple(_cancelled(step) for step in steps)
    poll = replace(poll, cursor=f"{poll.cursor}/{size}", steps=steps)
    if poll.state is not JobState.FAILED:
        return poll
    failure = left_failure(job.scratch)
    if failure is None:
        return poll
    return replace(poll, error=_with_fix(failure), is_retryable=failure.is_retryable, is_refused=failure.is_refused)


def outline_inside(program: str, python: Path, request: Mapping[str, Json], place: Place) -> Outline:
    """Run a program until it told the outline of a node. Raises ToolFailed in the tool's words."""
    with tempfile.TemporaryDirectory(prefix="meshwright-outline-") as folder:
        scratch = Path(folder)
        _write_request(scratch, {**request, "inputs": {}, "datasets": ()})
        try:
            done = subprocess.run(
                [str(python), str(_PROGRAMS / program), "outline", folder],
                cwd=scratch, env={**place.variables, **_VARIABLES}, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                timeout=_OUTLINE_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise ToolFailed(f"it told no outline within {_OUTLINE_S:.0f} s", is_retryable=True) from error
        if done.returncode == 0:
            return left_outline(scratch)
        failure = left_failure(scratch)
        said = (
            str(failure)
            if failure
            else f"it ended with status {done.returncode}\n{done.stdout.strip()[-_WORDS_SHOWN:]}"
        )
        fix = failure.fix if failure and failure.fix else "correct the project: the tool alone would say the same"
        raise ToolFailed(said, is_retryable=False, fix=fix)


def _write_request(place: Path, request: Mapping[str, Json]) -> None:
    """Leave what a program is to do. It appears whole or not at all, so that a start may be repeated."""
    place.mkdir(parents=True, exist_ok=True)
    new = place / f"request.{os.getpid()}.{os.urandom(4).hex()}.new"
    # Variables may hold secrets, resolved: for nobody else's eyes.
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(_plain(request), file)
    new.replace(place / "request.json")


def _input_files(inputs: Mapping[str, Table]) -> dict[str, Json]:
    return {
        name: {"files": [str(file) for file in table.files], "columns": dict(table.columns)}
        for name, table in inputs.items()
    }


def _with_fix(failure: ToolFailed) -> str:
    return f"{failure}\nfix: {failure.fix}" if failure.fix else str(failure)


def _cancelled(step: InnerStep) -> InnerStep:
    return replace(step, state="cancelled") if step.state in {"waiting", "running"} else step


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _plain(value: Json) -> Any:
    """Return a value of read-only maps and tuples as the JSON writer takes it."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value

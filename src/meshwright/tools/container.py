"""``container``: a container of an image, run by Docker or Podman through their own command lines.

The name of the container follows from the job's id, and an engine has one container of a name: it is made once, whoever asks
and how often, and started once, as only one that has never run is started. One that succeeded is removed when its results were
taken; one that failed is left for whoever looks into it, labelled ``meshwright.job``.

A container finds its inputs, and leaves values and tables, as a command of ``shell`` does (`tools.shell`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from meshwright.tools.clients import Said, called
from meshwright.tools.container_logs import LINES, new_lines, since_words
from meshwright.tools.container_options import (
    INSTALL,
    create_words,
    name_of,
    option_problems,
    program_of,
    variables_of,
)
from meshwright.tools.protocol import (
    Effects,
    Job,
    JobState,
    Json,
    Outcome,
    Outline,
    Place,
    Poll,
    Problem,
    Table,
    ToolFailed,
    Traits,
    Yields,
)
from meshwright.tools.shell import left_values

#: Docker and Podman end with it where the engine refused, or could not be asked.
_REFUSED = 125
_PULL_S = 1800.0
_STOP_S = 5
_LAST_LINES = 20
_NOT_THERE = ("no such container", "no such object", "does not exist")
_TAKEN = "already in use"
#: Words for an engine that cannot be reached; another refusal is final.
_UNREACHABLE = (
    "cannot connect to",
    "is the docker daemon running",
    "connection refused",
    "unable to connect",
    "timeout",
    "no such host",
)
_BUSY = frozenset({"running", "paused", "restarting", "removing", "stopping", "initialized", "configured"})


class Container:
    """Runs a container."""

    name = "container"
    traits = Traits(
        yields=Yields.NAMED, effects=Effects.ISOLATED, poll_first_s=0.3, poll_longest_s=10.0, install=INSTALL
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options."""
        return option_problems(options, place)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the files that are mounted read-only, where a mount is a file."""
        mounts = options.get("mounts")
        for outside in mounts.values() if isinstance(mounts, Mapping) else ():
            path = place.root / str(outside).partition(":")[0]
            if path.is_file() and path.resolve().is_relative_to(place.root.resolve()):
                yield path.resolve().relative_to(place.root.resolve())

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:  # noqa: ARG002 - nobody knows before
        """Tell nothing: datasets of a container are named by the node."""
        return Outline()

    def start(self, job: Job) -> str:
        """Make the container, unless there is one, and start it, unless it ran."""
        for problem in option_problems(job.options, job.place):
            where = ".".join(map(str, problem.path))
            message = f"{where}: {problem.message}" if where else problem.message
            raise ToolFailed(message, is_retryable=False, fix=problem.fix)
        inside = job.scratch / "container"
        (inside / "tables").mkdir(parents=True, exist_ok=True)
        for folder in (inside, inside / "tables"):
            folder.chmod(0o777)  # images run as users of their own
        name = name_of(job)
        if (ended := _ended(job)) is not None:
            return ended
        made = _said(job, create_words(job), variables=variables_of(job), timeout_s=_PULL_S)
        if made.status != 0 and _TAKEN not in made.err:
            raise _failed(made)
        if _state(job).get("Status") == "created":
            begun = _said(job, ["start", name], timeout_s=120)
            if begun.status != 0:
                _said(job, ["rm", "--force", "--volumes", name])
                raise _failed(begun)
        return name

    def find(self, job: Job) -> str | None:
        """Find the container by its name. One that was made and never started is as good as none: `start` goes on with it."""
        if (ended := _ended(job)) is not None:
            return ended
        state = _state(job)
        return None if state.get("Status", "created") == "created" else name_of(job)

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at the container, and at what is new of its log."""
        if _ended(job) is not None:
            return Poll(state=JobState.SUCCEEDED, cursor=cursor)
        state = _state(job)
        if not state:
            return Poll(state=JobState.LOST, cursor=cursor, error="the container is gone: somebody removed it")
        status = str(state.get("Status"))
        said = _said(job, ["logs", "--timestamps", *since_words("--since", cursor), handle])
        lines: tuple[str, ...] = ()
        if said.status == 0:
            lines, cursor = new_lines(said.out, said.err.encode(), cursor, has_pieces=_program(job) == "podman")
        if status in _BUSY or len(lines) == LINES:  # its end is told after its last line
            return Poll(state=JobState.RUNNING, lines=lines, cursor=cursor)
        if status == "created":
            return Poll(state=JobState.WAITING, lines=lines, cursor=cursor)
        code = state.get("ExitCode")
        if code == 0 and not state.get("Error"):
            return Poll(state=JobState.SUCCEEDED, lines=lines, cursor=cursor)
        is_cancelled = (job.scratch / "cancelled").exists()
        error = _failure(job, state, handle)
        return Poll(
            state=JobState.CANCELLED if is_cancelled else JobState.FAILED, lines=lines, cursor=cursor, error=error
        )

    def collect(self, job: Job, handle: str) -> Outcome:
        """Take what it left in its folder, then remove the container."""
        inside = job.scratch / "container"
        values = left_values(inside / "values.json")
        tables = {name: table for name in job.datasets if (table := _table(inside / "tables" / f"{name}.parquet"))}
        (job.scratch / "succeeded").write_text(handle, "utf-8")  # first: who comes later must not start it anew
        _said(job, ["rm", "--volumes", handle])
        return Outcome(values=values, tables=tables)

    def cancel(self, job: Job, handle: str) -> None:
        """Stop the container: asking first, after five seconds without."""
        (job.scratch / "cancelled").touch()
        said = _said(job, ["stop", "-t", str(_STOP_S), handle], timeout_s=_STOP_S + 30)
        if said.status != 0 and not _is_not_there(said):
            raise _failed(said)


def _state(job: Job) -> Mapping[str, Any]:
    """Return the state of the job's container as the engine tells it; empty where there is none."""
    said = _said(job, ["inspect", "--type", "container", "--format", "{{json .State}}", name_of(job)])
    if said.status != 0:
        if _is_not_there(said):
            return {}
        raise _failed(said)
    try:
        found = json.loads(said.out)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("Status"), str):
        raise ToolFailed(
            f"{_program(job)} does not tell the state of a container: {said.out[:200]!r}", is_retryable=False
        )
    return found


def _ended(job: Job) -> str | None:
    try:
        return (job.scratch / "succeeded").read_text("utf-8")
    except FileNotFoundError:
        return None


def _table(path: Path) -> Table | None:
    if path.is_dir():
        return Table(files=tuple(sorted(path.glob("*.parquet"))))
    return Table(files=(path,)) if path.is_file() else None


def _failure(job: Job, state: Mapping[str, Any], handle: str) -> str:
    """Say why a container failed: its status, what the engine says, and the last that it printed."""
    code = state.get("ExitCode")
    how = "the container ran out of memory" if state.get("OOMKilled") else f"the container ended with status {code}"
    said = _said(job, ["logs", "--tail", str(_LAST_LINES), handle])
    printed = [line for line in (said.out.decode("utf-8", "replace") + said.err).splitlines() if line.strip()]
    told = [str(state["Error"])] if state.get("Error") else []
    return "\n".join([how, *told, *(printed[-_LAST_LINES:] if said.status == 0 else [])])


def _program(job: Job) -> str:
    program = program_of(job.options, job.place)
    if program is None:
        raise ToolFailed("neither docker nor podman is installed", is_retryable=False, fix=INSTALL)
    return program


def _said(job: Job, words: list[str], *, variables: Mapping[str, str] | None = None, timeout_s: float = 30.0) -> Said:
    return called([_program(job), *words], job.place, install=INSTALL, variables=variables, timeout_s=timeout_s)


def _is_not_there(said: Said) -> bool:
    return any(words in said.err.lower() for words in _NOT_THERE)


def _failed(said: Said) -> ToolFailed:
    """Return the refusal of an engine in its own words."""
    return ToolFailed(said.words, is_retryable=any(words in said.err.lower() for words in _UNREACHABLE))

"""``notebook``: a Jupyter notebook, executed with papermill in the kernel of the domain's choice.

The notebook is given its parameters, and beside them

- ``meshwright_inputs``: name of an input -> list of its Parquet files;
- ``meshwright_values``: a file into which a cell may write a JSON object of small values;
- ``meshwright_tables``: a folder into which a cell writes ``<dataset>.parquet`` for each dataset under ``datasets:``;
- ``meshwright_job``: the id of the job, the same when it is tried again after a crash.

Its cells are the inner steps. The executed notebook is kept in a folder of the mesh, whether it succeeded or failed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from meshwright.tools.imports import program_files
from meshwright.tools.inputs import input_files
from meshwright.tools.launches import Launch
from meshwright.tools.local import LocalTool
from meshwright.tools.options import (
    Option,
    duration,
    environment,
    is_reference,
    option_problems,
    seconds_of,
    settings_of,
    text,
)
from meshwright.tools.processes import poll_program
from meshwright.tools.protocol import (
    Effects,
    InnerStep,
    Job,
    JobState,
    Json,
    Outcome,
    Place,
    Poll,
    Problem,
    Traits,
    Yields,
)
from meshwright.tools.pythons import python_for
from meshwright.tools.scripts import left_costs, moment_of, start_script, told
from meshwright.tools.shell import left_tables, left_values

_INSTALL = "pip install papermill ipykernel, and name its environment: tools: {notebook: {bin: .venv}}"
_OPTIONS = {
    "path": text(is_required=True, example="notebook: report.ipynb"),
    "kernel": text(),
    "bin": text(),
    "cell_timeout": duration(),
    "variables": environment(example="variables: {API_KEY: '${env:API_KEY}'}"),
    "keep": Option(
        accepts=lambda value: value is False or (isinstance(value, str) and bool(value.strip())),
        form="a folder, or false",
        example="keep: reports",
    ),
}
_KEPT_IN = ".meshwright/notebooks"
#: How many executed notebooks of one node are kept.
_KEPT = 20
#: papermill's words for the state of a cell.
_STATES = {"pending": "waiting", "running": "running", "completed": "succeeded", "failed": "failed"}
_OVER = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.LOST})
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TRACE_LINES = 25


class Notebook(LocalTool):
    """Executes notebooks with papermill, as programs on this machine."""

    name = "notebook"
    traits = Traits(
        yields=Yields.NAMED,
        effects=Effects.ISOLATED,
        main_option="path",
        poll_first_s=0.2,
        poll_longest_s=2.0,
        install=_INSTALL,
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options, and that the file is a notebook."""
        yield from option_problems(options, _OPTIONS)
        path = options.get("path")
        if isinstance(path, str) and not is_reference(path):
            yield from _notebook_problems(place.folder / path, path)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the notebook, and the modules of its folder that its cells import."""
        path = options.get("path")
        return program_files(place.folder / path, place.root) if isinstance(path, str) else ()

    def start(self, job: Job) -> str:
        """Start papermill."""
        python = str(python_for("papermill", job.options, job.place, install=_INSTALL, is_needed=False))
        notebook = job.place.folder / str(job.options["path"])
        own = {
            "meshwright_inputs": input_files(job),
            "meshwright_values": str(job.scratch / "values.json"),
            "meshwright_tables": str(job.scratch / "tables"),
            "meshwright_job": job.id,
        }
        request = {
            "notebook": str(notebook),
            "executed": str(_executed(job)),
            "parameters": {**job.params, **own},
            "kernel": job.options.get("kernel"),
            "folder": str(notebook.parent),
            "cell_timeout_s": seconds_of(job.options.get("cell_timeout")),
        }
        variables = settings_of(job.options, "variables")
        return start_script(job, Launch(python=python, script="notebook_job", request=request, variables=variables))

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at the log, and at the cells in the notebook that papermill writes as it goes."""
        offset, _, seen = cursor.partition(" ")
        poll = poll_program(job, handle, offset)
        is_over = poll.state in _OVER
        stamp, cells = _cells(job, seen="" if is_over else seen)
        steps = tuple(_steps(cells, is_over=is_over, state=poll.state))
        if is_over and cells:
            _keep(job)
        words = _failure(cells, str(job.options["path"])) if poll.state is JobState.FAILED else None
        poll = Poll(
            state=poll.state,
            lines=tuple(_COLOURS.sub("", line) for line in poll.lines),
            cursor=f"{poll.cursor} {stamp}",
            steps=steps,
            error=poll.error,
            is_retryable=poll.is_retryable,
        )
        return told(job, poll, install=_INSTALL, words=words)

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take what its cells left."""
        _, cells = _cells(job, seen="")
        kept = _keep(job)
        return Outcome(
            values=left_values(job.scratch / "values.json"),
            tables=left_tables(job),
            steps=tuple(_steps(cells, is_over=True, state=JobState.SUCCEEDED)),
            costs=left_costs(job),
            url=kept.as_uri() if kept else None,
        )


def _notebook_problems(path: Path, given: str) -> Iterator[Problem]:
    if not path.is_file():
        fix = "it is relative to the pipeline file"
        yield Problem(path=("path",), message=f"there is no notebook '{given}'", fix=fix)
        return
    cells = _read_cells(path)
    if cells is None:
        yield Problem(path=("path",), message=f"'{given}' is no notebook", fix="name a Jupyter notebook of format 4")
    elif not any(cell.get("cell_type") == "code" for cell in cells):
        yield Problem(path=("path",), message=f"notebook '{given}' has no code", is_error=False)


def _executed(job: Job) -> Path:
    return job.scratch / "executed.ipynb"


def _read_cells(path: Path) -> list[dict[str, Any]] | None:
    """Return the cells of a notebook; None where it is none, or half written."""
    try:
        found = json.loads(path.read_text("utf-8"))
        cells = found["cells"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return cells if isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells) else None


def _cells(job: Job, *, seen: str) -> tuple[str, list[dict[str, Any]]]:
    """Return a stamp of the executed notebook, and its cells; none where its stamp is `seen`, or it is half written."""
    try:
        stamp = str(_executed(job).stat().st_mtime_ns)
    except FileNotFoundError:
        return "", []
    cells = None if stamp == seen else _read_cells(_executed(job))
    if cells is None:
        return seen, []
    # Cells that papermill put in are not the user's, and not counted.
    return stamp, [cell for cell in cells if not _is_put_in(cell)]


def _is_put_in(cell: Mapping[str, Any]) -> bool:
    tags = cell.get("metadata", {}).get("tags", ())
    return "injected-parameters" in tags or "papermill-error-cell-tag" in tags


def _steps(cells: list[dict[str, Any]], *, is_over: bool, state: JobState) -> Iterator[InnerStep]:
    before: tuple[str, ...] = ()
    left = "cancelled" if state is JobState.CANCELLED else "blocked"
    for number, cell in enumerate(cells, start=1):
        if cell.get("cell_type") != "code":
            continue
        noted = cell.get("metadata", {}).get("papermill", {})
        word = _STATES.get(str(noted.get("status")), "waiting")
        if is_over and word in {"waiting", "running"}:
            word = left if word == "waiting" or state is JobState.CANCELLED else "failed"
        yield InnerStep(
            name=f"cell {number}",
            kind="cell",
            state=word,
            after=before,
            started_at=moment_of(noted.get("start_time")),
            ended_at=moment_of(noted.get("end_time")),
            error=_error_of(cell) if word == "failed" else None,
        )
        before = (f"cell {number}",)


def _failure(cells: list[dict[str, Any]], path: str) -> str | None:
    """Say which cell failed, in the notebook's own words, with the end of its trace."""
    failed = [(number, cell) for number, cell in enumerate(cells, start=1) if _error_of(cell)]
    if not failed:
        return None
    # A cell with the tag `raises-exception` goes on after its error; the one that stopped the notebook is the last.
    number, cell = failed[-1]
    output = _error_output(cell) or {}
    trace = [line for part in output.get("traceback", ()) for line in _COLOURS.sub("", str(part)).splitlines()]
    return "\n".join([f"cell {number} of {path}: {_error_of(cell)}", *trace[-_TRACE_LINES:]])


def _error_output(cell: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((each for each in cell.get("outputs", ()) if each.get("output_type") == "error"), None)


def _error_of(cell: Mapping[str, Any]) -> str | None:
    output = _error_output(cell)
    if output is None:
        return "it did not end" if cell.get("metadata", {}).get("papermill", {}).get("exception") is True else None
    return _COLOURS.sub("", f"{output.get('ename')}: {output.get('evalue')}")


def _keep(job: Job) -> Path | None:
    """Copy the executed notebook to where it is kept; twice is once. Older ones of the node are removed."""
    folder = job.options.get("keep", _KEPT_IN)
    if not isinstance(folder, str) or not _executed(job).is_file():
        return None
    kept = job.place.root / folder / job.node / f"{job.id}.ipynb"
    kept.parent.mkdir(parents=True, exist_ok=True)
    new = kept.with_name(f".{kept.name}.{os.getpid()}.new")
    new.write_bytes(_executed(job).read_bytes())
    new.replace(kept)
    with os.scandir(kept.parent) as entries:
        by_age = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries if entry.name.endswith(".ipynb"))
    for _, old in by_age[:-_KEPT]:
        Path(old).unlink(missing_ok=True)
    return kept

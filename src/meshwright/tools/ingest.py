"""``ingest``: data from outside, brought in by a program that knows how: a dlt source, or a Singer tap.

Each is a form, named by one key of the options: ``ingest: {dlt: sources/bookings.py:source, resource: bookings}`` and
``ingest: {singer: tap-csv, stream: orders}``. The one table that it brings is the dataset of the node's name.

Every load is whole by itself, unless the node says ``incremental: true``: then what a load left, its rows and the state of the
source, is kept in a folder of the mesh, from which the next one goes on. It moves on when the outcome is taken. Where that folder
is gone, the next load is a first one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from meshwright.tools import ingest_dlt, ingest_singer
from meshwright.tools.launches import Launch
from meshwright.tools.local import LocalTool
from meshwright.tools.options import Option, is_reference, option_problems
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
    Table,
    Traits,
    Yields,
)
from meshwright.tools.scripts import left_costs, left_steps, start_script, told
from meshwright.tools.shell import left_values


class _Form(Protocol):
    """What a module that knows a form gives."""

    INSTALL: str
    OPTIONS: Mapping[str, Option]

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Find what is wrong with options of this form, whose kinds were checked."""

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the files that the load's meaning depends on."""

    def launch(self, job: Job) -> Launch:
        """Say how the load is started."""


#: Form -> the module that knows it.
_FORMS: Mapping[str, _Form] = MappingProxyType({"dlt": ingest_dlt, "singer": ingest_singer})
_STATES_IN = Path(".meshwright") / "ingest"


class Ingest(LocalTool):
    """Runs a dlt source or a Singer tap as a program on this machine."""

    name = "ingest"
    traits = Traits(
        yields=Yields.OWN,
        effects=Effects.ISOLATED,
        poll_first_s=0.2,
        poll_longest_s=5.0,
        install=f"dlt: {ingest_dlt.INSTALL}; Singer: {ingest_singer.INSTALL}",
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options of the one form that is named."""
        named = [form for form in _FORMS if form in options]
        if len(named) != 1:
            message = f"it names both {' and '.join(named)}" if named else "it does not say what brings the data"
            yield Problem(message=message, fix="write one of: dlt: sources/bookings.py:source, or singer: tap-csv")
            return
        form = _FORMS[named[0]]
        yield from option_problems(options, form.OPTIONS)
        value = options[named[0]]
        if isinstance(value, str) and not is_reference(value):
            yield from form.problems(options, place)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the source's module and those beside it, or the catalog of a tap."""
        for name, form in _FORMS.items():
            if name in options:
                yield from form.fingerprint_files(options, place)

    def start(self, job: Job) -> str:
        """Start the load."""
        form = _form(job)
        before = _before(job)
        launch = form.launch(job)
        request = {**launch.request, "dataset": _dataset(job), "before": str(before) if before else None}
        return start_script(job, replace(launch, request=request))

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at its log and its steps."""
        poll = poll_program(job, handle, cursor)
        is_over = poll.state not in {JobState.WAITING, JobState.RUNNING}
        poll = Poll(
            state=poll.state,
            lines=poll.lines,
            cursor=poll.cursor,
            steps=_ended(left_steps(job), poll.state) if is_over else left_steps(job),
            error=poll.error,
            is_retryable=poll.is_retryable,
        )
        return told(job, poll, install=_form(job).INSTALL)

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - everything is in the folder
        """Take the table, and let the next incremental load start from here."""
        if job.options.get("incremental") is True:
            _keep_state(job)
        return Outcome(
            values=left_values(job.scratch / "values.json"),
            tables={_dataset(job): Table(files=(job.scratch / "tables" / f"{_dataset(job)}.parquet",))},
            steps=left_steps(job),
            costs=left_costs(job),
        )


def _form(job: Job) -> _Form:
    return next(form for name, form in _FORMS.items() if name in job.options)


def _dataset(job: Job) -> str:
    return job.datasets[0] if job.datasets else job.node.rsplit(".", 1)[-1]


def _state_folder(job: Job) -> Path:
    return job.place.root / _STATES_IN / job.environment / job.node


def _before(job: Job) -> Path | None:
    """Return the folder that the last incremental load left; None where there is none."""
    if job.options.get("incremental") is not True:
        return None
    try:
        folder = _state_folder(job) / (_state_folder(job) / "current").read_text("utf-8")
    except FileNotFoundError:
        return None
    return folder if folder.is_dir() else None


def _keep_state(job: Job) -> None:
    """Copy what the load left beside what is kept, then point at it; twice is once. Older ones are removed.

    Whoever reads meanwhile finds the old one or the new one, whole.
    """
    left, place = job.scratch / "load", _state_folder(job)
    kept, note = place / job.id, place / "current"
    if not left.is_dir() or (note.is_file() and note.read_text("utf-8") == job.id and kept.is_dir()):
        return
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(left, kept)
    new = place / f"current.{os.getpid()}.new"
    new.write_text(job.id, "utf-8")
    new.replace(note)
    for other in place.iterdir():
        if other.is_dir() and other.name != job.id:
            shutil.rmtree(other, ignore_errors=True)


def _ended(steps: tuple[InnerStep, ...], state: JobState) -> tuple[InnerStep, ...]:
    """Return the steps of a load that ended without a word: what ran then did not finish."""
    words = {"running": "cancelled" if state is JobState.CANCELLED else "failed", "waiting": "blocked"}
    return tuple(
        InnerStep(
            name=step.name,
            kind=step.kind,
            state=step.state if state is JobState.SUCCEEDED else words.get(step.state, step.state),
            after=step.after,
            started_at=step.started_at,
            ended_at=step.ended_at,
            error=step.error,
        )
        for step in steps
    )

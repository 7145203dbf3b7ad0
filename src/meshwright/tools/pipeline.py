"""``pipeline``: a pipeline as a node of another, in the same or another domain, with a run of its own.

The inner run is a process of its own, under an id that follows from the job: started twice it is one run. What it did, step by
step, is the inner graph of the node; both records name each other.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any  # documents of runs

from meshwright.tools.local import LocalTool
from meshwright.tools.processes import ended_program, start_program
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
    ToolFailed,
    Traits,
)
from meshwright.tools.scripts import moment_of

_OPTIONS = ("select", "variation", "params", "refresh")
_SHOW_S = 60
#: Status of a run that ends with the answer no.
_NO = 1


class Pipeline(LocalTool):
    """Runs products, or datasets, as `mw run` does."""

    name = "pipeline"
    traits = Traits(effects=Effects.ISOLATED, main_option="select", poll_first_s=0.1, poll_longest_s=2.0)
    #: It is asked to stop as by Ctrl-C, and tells its own steps so first.
    patience_s = 15.0

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:  # noqa: ARG002 - no file is named
        """Check the options."""
        for name in options:
            if name not in _OPTIONS:
                yield Problem(path=(name,), message=f"unknown key '{name}'", fix=f"keys: {', '.join(_OPTIONS)}")
        if not _selection(options):
            yield Problem(
                path=("select",) if "select" in options else (),
                message="it says nothing to run",
                fix="write for example pipeline: weather.observations",
            )
        for word in _selection(options):
            if word.startswith("-"):
                message = f"'{word[:40]}' is no word of a selection"
                yield Problem(path=("select",), message=message, fix="write for example weather.observations")
        if not isinstance(options.get("variation", ""), str):
            yield Problem(path=("variation",), message="a variation is a name")
        params = options.get("params", {})
        if not isinstance(params, Mapping) or any(isinstance(value, Mapping | list) for value in params.values()):
            yield Problem(path=("params",), message="params are names with values")
        if not isinstance(options.get("refresh", False), bool):
            yield Problem(path=("refresh",), message="refresh is true or false")

    def start(self, job: Job) -> str:
        """Start the inner run. One that runs inside of itself is found out by the coordinator: it would wait for its own job."""
        cause = {
            "kind": "pipeline",
            "name": job.node,
            "at": dt.datetime.now(dt.UTC).isoformat(),
            "events": [f"run {job.run_id}"],
            "key": job.id,
        }
        words = [sys.executable, "-m", "meshwright", "-C", str(job.place.root), "run", *_selection(job.options)]
        words += ["--env", job.environment, "--run-id", job.id, "--cause", json.dumps(cause)]
        if job.options.get("variation"):
            words += ["--variation", str(job.options["variation"])]
        if job.options.get("refresh"):
            words += ["--refresh"]
        params = job.options.get("params", {})
        assert isinstance(params, Mapping)
        for name, value in params.items():
            words += ["--param", f"{name}={value if isinstance(value, str) else json.dumps(value)}"]
        return start_program(job, words, folder=job.place.root)

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look whether the run is over; one that ends with status 1 was told no by a test, or refused."""
        poll = super().poll(job, handle, cursor)
        if poll.state is not JobState.FAILED:
            return poll
        return replace(poll, is_refused=ended_program(job).status == _NO)

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - the run's id is the job's
        """Take the inner run's record: its steps, and which products it published."""
        record = _record(job)
        made_by = {step["dataset"]: step["key"] for step in record["steps"] if str(step["key"]).startswith("build:")}
        steps = tuple(_inner(step, made_by) for step in record["steps"])
        values = {"run": job.id, "state": record["state"], "generation": record["generation"], "steps": len(steps)}
        return Outcome(values=values, steps=steps)


def _selection(options: Mapping[str, Json]) -> list[str]:
    select = options.get("select")
    if isinstance(select, str):
        return select.split()
    return [str(word) for word in select] if isinstance(select, list | tuple) else []


def _record(job: Job) -> Mapping[str, Any]:
    command = [sys.executable, "-m", "meshwright", "-C", str(job.place.root), "runs", "show", job.id, "--json"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SHOW_S, check=False, env=dict(job.place.variables))
        found = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise ToolFailed(f"the record of run {job.id} cannot be read: {error}", is_retryable=True) from error
    if not isinstance(found, dict) or "steps" not in found:
        raise ToolFailed(f"run {job.id} is not recorded", is_retryable=True)
    return found


def _inner(step: Mapping[str, Any], made_by: Mapping[str, str]) -> InnerStep:
    key = str(step["key"])
    return InnerStep(
        name=key,
        kind=key.partition(":")[0],
        state=str(step["state"]),
        after=tuple(made_by[read] for read in step["inputs"] if made_by.get(read, key) != key),
        started_at=moment_of(step["started_at"]),
        ended_at=moment_of(step["ended_at"]),
        error=step.get("error"),
        dataset=step.get("dataset"),
    )

"""Events: a run and each of its steps begin, and end in one of three ways."""

from __future__ import annotations

import datetime as dt

from meshwright.files.standards.openlineage.facets import (
    Facet,
    dataset_facets,
    error_facet,
    input_facets,
    job_facets,
    moment_text,
    output_facets,
    run_facets,
    step_facets,
)
from meshwright.files.standards.openlineage.values import LineageDataset, LineageJob, LineageRun, LineageStep

Event = dict[str, object]

_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
#: How a run or step ended -> the event. What was never tried was aborted, as what was interrupted.
_ENDS = {
    "succeeded": "COMPLETE",
    "skipped": "COMPLETE",
    "partial": "FAIL",
    "failed": "FAIL",
    "stopped": "ABORT",
    "blocked": "ABORT",
    "interrupted": "ABORT",
}


def run_started(run: LineageRun) -> Event:
    """Return the event of a run that begins; of one that is resumed, that it goes on."""
    kind = "RUNNING" if run.is_resumed else "START"
    return _event(kind, run.started_at, run.uuid, run_facets(run, _producer(run)), run.job, run)


def run_ended(run: LineageRun) -> Event:
    """Return the event of a run that has ended."""
    facets = run_facets(run, _producer(run))
    if run.error is not None:
        facets["errorMessage"] = error_facet(run.error, _producer(run))
    return _event(_ENDS[run.state], run.ended_at or run.started_at, run.uuid, facets, run.job, run)


def step_started(run: LineageRun, step: LineageStep) -> Event:
    """Return the event of a step that begins."""
    event = _event("START", step.started_at, step.uuid, step_facets(run, step, _producer(run)), step.job, run)
    return event | _datasets(step, run, is_over=False)


def step_ended(run: LineageRun, step: LineageStep) -> Event:
    """Return the event of a step that has ended."""
    facets = step_facets(run, step, _producer(run))
    if step.error is not None:
        facets["errorMessage"] = error_facet(step.error, _producer(run))
    event = _event(_ENDS[step.state], step.ended_at or step.started_at, step.uuid, facets, step.job, run)
    return event | _datasets(step, run, is_over=True)


def _event(kind: str, at: dt.datetime, uuid: str, facets: dict[str, Facet], job: LineageJob, run: LineageRun) -> Event:
    return {
        "eventType": kind,
        "eventTime": moment_text(at),
        "producer": _producer(run),
        "schemaURL": _SCHEMA,
        "run": {"runId": uuid, "facets": facets},
        "job": {"namespace": job.namespace, "name": job.name, "facets": job_facets(job, _producer(run))},
        "inputs": [],
        "outputs": [],
    }


def _datasets(step: LineageStep, run: LineageRun, *, is_over: bool) -> Event:
    """Return what a step reads and writes; what is known of it when it has ended is said then alone."""
    producer = _producer(run)
    return {
        "inputs": [
            _dataset(each, producer) | ({"inputFacets": input_facets(each, producer)} if is_over else {})
            for each in step.inputs
        ],
        "outputs": [
            _dataset(each, producer) | ({"outputFacets": output_facets(each, producer)} if is_over else {})
            for each in step.outputs
        ],
    }


def _dataset(dataset: LineageDataset, producer: str) -> dict[str, object]:
    return {
        "namespace": dataset.name.namespace,
        "name": dataset.name.name,
        "facets": dataset_facets(dataset, producer),
    }


def _producer(run: LineageRun) -> str:
    return f"urn:meshwright:{run.release}"

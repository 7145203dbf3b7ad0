"""Events that others send, as what they tell: run, job and dataset events of core 2, singly or in a batch.

What the core asks for is checked, and so is what is read here of facets; everything else is kept as it came. A body is taken whole
or not at all. Facts and schemas: openlineage.io/spec/2-0-2/OpenLineage.json, and the facets beside it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from meshwright.diagnostics import Diagnostic
from meshwright.files.standards.dataset_names import normal_name
from meshwright.files.standards.openlineage.bounds import (
    MOST_BYTES,
    MOST_DATASETS,
    MOST_EVENT_BYTES,
    MOST_EVENTS,
    Problems,
    json_text,
    kind_of,
    read_json,
)
from meshwright.files.standards.openlineage.received_facets import FacetReader, read_parent
from meshwright.frozen import dataclass
from meshwright.model.told import (
    Direction,
    FacetOf,
    Told,
    ToldDataset,
    ToldEdge,
    ToldJob,
    ToldName,
    ToldRun,
    ToldState,
    ToldUse,
    dataset_id,
    job_id,
    run_id_of,
)

Event = Mapping[str, Any]

_STATES = {
    "START": ToldState.STARTED,
    "RUNNING": ToldState.RUNNING,
    "COMPLETE": ToldState.SUCCEEDED,
    "FAIL": ToldState.FAILED,
    "ABORT": ToldState.STOPPED,
    "OTHER": None,
}
_CORE = re.compile(r"/spec/(\d+)-\d+-\d+/")
_NEWEST_CORE = 2
#: How far the clock of a sender may go ahead. What it says would stand until then, whatever others say.
_AHEAD = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class LineageEvent:
    """A valid event."""

    #: None of an event about a dataset alone.
    job: ToldName | None
    producer: str
    told: Told
    #: Facets that were too large to be kept.
    left_out: tuple[str, ...] = ()


def read_event(data: bytes, now: dt.datetime) -> tuple[tuple[LineageEvent, ...], tuple[Diagnostic, ...]]:
    """Return the one event of a body, and what is wrong with it; where anything is, it is not to be taken."""
    try:
        found = read_json(data, MOST_EVENT_BYTES)
    except ValueError as error:
        return (), (_finding(f"the body is no event: {error}"),)
    if isinstance(found, list):
        return (), (_finding("the body is a list of events", "post it to .../lineage/batch"),)
    return _read([found], now)


def read_batch(data: bytes, now: dt.datetime) -> tuple[tuple[LineageEvent, ...], tuple[Diagnostic, ...]]:
    """Return the events of a batch, and what is wrong with them; where anything is, none is to be taken."""
    try:
        found = read_json(data, MOST_BYTES)
    except ValueError as error:
        return (), (_finding(f"the body is no batch of events: {error}"),)
    if not isinstance(found, list):
        return (), (_finding(f"the body is {kind_of(found)}, not a list of events", "post one event to .../lineage"),)
    if len(found) > MOST_EVENTS:
        return (), (_finding(f"the batch has {len(found):,} events", f"send at most {MOST_EVENTS:,} at a time"),)
    return _read(found, now, is_batch=True)


def _read(
    items: list[Any], now: dt.datetime, *, is_batch: bool = False
) -> tuple[tuple[LineageEvent, ...], tuple[Diagnostic, ...]]:
    events: list[LineageEvent] = []
    findings: list[Diagnostic] = []
    for place, item in enumerate(items, 1):
        problems = Problems(f"event {place}: " if is_batch else "")
        event = _event(item, now, problems)
        if event is not None and not problems.found:
            events.append(event)
        findings += [_finding(words) for words in problems.found]
    return tuple(events), tuple(findings)


def _finding(
    message: str, fix: str = "send events as openlineage.io/spec/2-0-2/OpenLineage.json has them"
) -> Diagnostic:
    return Diagnostic(code="MW-O010", message=message, fix=fix)


def _event(item: object, now: dt.datetime, problems: Problems) -> LineageEvent | None:
    if not isinstance(item, dict):
        problems.add("", f"{kind_of(item)} is no event")
        return None
    try:
        json_text(item)
    except ValueError:  # 1e999 is read as infinity
        problems.add("", "it holds a number that is too large")
        return None
    at = problems.time(item, "eventTime", "eventTime", now + _AHEAD)
    producer = problems.text(item, "producer", "producer")
    core = _CORE.search(problems.text(item, "schemaURL", "schemaURL"))
    if core is not None and int(core[1]) > _NEWEST_CORE:
        problems.add("schemaURL", f"is of core {core[1]}; events up to core {_NEWEST_CORE} are read")
    if "dataset" in item:
        if "job" in item or "run" in item:
            problems.add("", "an event about a dataset has neither 'job' nor 'run'")
        told = _dataset_event(item, at, problems)
        return LineageEvent(job=None, producer=producer, told=told[0], left_out=told[1])
    job = problems.named(item, "job", "job")
    if job is None:
        return None
    told = _job_event(item, job, at, producer, problems)
    return LineageEvent(job=job, producer=producer, told=told[0], left_out=told[1])


def _dataset_event(item: Event, at: dt.datetime, problems: Problems) -> tuple[Told, tuple[str, ...]]:
    name = problems.named(item, "dataset", "dataset")
    if name is None:
        return Told(), ()
    body = item["dataset"]
    facets = FacetReader(at=at, problems=problems)
    name = normal_name(name)
    facets.read_dataset(body, name, "dataset")
    return facets.told(datasets=(ToldDataset(name=name, at=at),)), tuple(facets.left_out)


def _job_event(
    item: Event, job: ToldName, at: dt.datetime, producer: str, problems: Problems
) -> tuple[Told, tuple[str, ...]]:
    """Return what an event tells about a job, and where it has one about a run of it."""
    facets = FacetReader(at=at, problems=problems, job=job_id(job))
    facets.read_plain(FacetOf.JOB, job_id(job), item["job"], "job.facets")
    key, run, parent_run, parent_job = "", "", "", None
    kind = problems.text(item, "eventType", "eventType", is_required=False)
    if "run" in item:
        body = problems.mapping(item, "run", "run", is_required=True)
        key = problems.uuid(body, "runId", "run.runId")
        run = facets.run = run_id_of(job, key) if key else ""
        if kind and kind not in _STATES:
            problems.add("eventType", f"'{kind[:40]}' is none of {', '.join(_STATES)}")
        parent_run, parent_job = read_parent(problems.mapping(body, "facets", "run.facets"), problems)
        facets.read_plain(FacetOf.RUN, run, body, "run.facets")
    datasets, edges, uses = [], [], []
    for side, direction in (("inputs", Direction.READS), ("outputs", Direction.WRITES)):
        for index, body in enumerate(problems.items(item, side, side, MOST_DATASETS)):
            place = f"{side}[{index}]"
            name = problems.name(body, place)
            if name is None:
                continue
            name = normal_name(name)
            facets.read_dataset(body, name, place, is_written=direction is Direction.WRITES)
            facets.read_use(body, name, f"{side[:-1]}Facets", place)
            datasets.append(ToldDataset(name=name, at=at))
            edges.append(ToldEdge(job=job_id(job), dataset=dataset_id(name), direction=direction, at=at))
            if run:
                uses.append(ToldUse(run=run, dataset=dataset_id(name), direction=direction))
    runs = [ToldRun(id=run, job=job_id(job), at=at, key=key, state=_STATES.get(kind), parent=parent_run)] if run else []
    told = facets.told(
        jobs=(ToldJob(name=job, at=at, producer=producer, parent=parent_job),),
        datasets=tuple(datasets),
        edges=tuple(edges),
        runs=tuple(runs),
        uses=tuple(uses),
    )
    return told, tuple(facets.left_out)

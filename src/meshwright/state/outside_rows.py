"""What outside tools told as rows, and back: how rows of one key are put together, their values, and the records read from them."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType

from meshwright.model.identity import identity
from meshwright.model.told import (
    Direction,
    FacetOf,
    NoteKind,
    OutsideDataset,
    OutsideEdge,
    OutsideFacet,
    OutsideJob,
    OutsideNote,
    OutsideRun,
    ToldDataset,
    ToldEdge,
    ToldFacet,
    ToldJob,
    ToldName,
    ToldNote,
    ToldRun,
    ToldState,
    dataset_id,
    job_id,
)
from meshwright.state.codec import from_micros, storable, to_micros
from meshwright.state.connection import Row
from meshwright.state.merging import Merging

JOBS = Merging(
    table="outside_jobs",
    key=("id",),
    newest=MappingProxyType(
        {"producer_stamp": ("producer",), "parent_stamp": ("parent_namespace", "parent_name")},
    ),
    least=("first_at",),
    greatest=("last_at",),
)
DATASETS = Merging(table="outside_datasets", key=("id",), least=("first_at",), greatest=("last_at",))
FACETS = Merging(
    table="outside_facets",
    key=("of", "object", "beside", "name"),
    newest=MappingProxyType({"stamp": ("at", "document")}),
)
EDGES = Merging(table="outside_edges", key=("job", "dataset", "direction"), least=("first_at",), greatest=("last_at",))
LINKS = Merging(table="outside_links", key=("dataset", "other"))
RUNS = Merging(
    table="outside_runs",
    key=("id",),
    least=("first_at",),
    # Of what should be told once, the same one is kept whoever is heard first.
    greatest=("job", "key", "parent", "url", "last_at", "received_at"),
    newest=MappingProxyType({"state_stamp": ("state", "state_at")}),
)
USES = Merging(table="outside_uses", key=("run", "dataset", "direction"))
NOTES = Merging(
    table="outside_notes",
    key=("key",),
    greatest=("received_at",),
    newest=MappingProxyType(
        {"stamp": ("kind", "at", "job", "run", "dataset", "name", "word", "value", "text", "digest")},
    ),
)
JOB_COLUMNS = "id, namespace, name, producer, parent_namespace, parent_name"
DATASET_COLUMNS = "id, namespace, name"
RUN_COLUMNS = "id, job, key, state, state_at, parent, url, first_at, last_at, received_at"
NOTE_COLUMNS = "key, kind, at, received_at, job, run, dataset, name, word, value, text"


def _stamp(at: dt.datetime, *values: object, rank: int = 0) -> str:
    """Return a text that is greater for what was true later, and of one moment for one of two values, always the same."""
    return f"{rank}{to_micros(at):017d}{identity('mwtoldstamp1', *values)[:16]}"


def job_values(job: ToldJob) -> dict[str, object]:
    """Return the row of a job."""
    parent = job.parent
    return {
        "id": job_id(job.name),
        "namespace": job.name.namespace,
        "name": job.name.name,
        "producer": storable(job.producer),
        "producer_stamp": _stamp(job.at, job.producer) if job.producer else "",
        "parent_namespace": "" if parent is None else parent.namespace,
        "parent_name": "" if parent is None else parent.name,
        "parent_stamp": "" if parent is None else _stamp(job.at, parent.namespace, parent.name),
        "first_at": to_micros(job.at),
        "last_at": to_micros(job.at),
    }


def dataset_values(dataset: ToldDataset) -> dict[str, object]:
    """Return the row of a dataset."""
    at = to_micros(dataset.at)
    return {
        "id": dataset_id(dataset.name),
        "namespace": dataset.name.namespace,
        "name": dataset.name.name,
        "first_at": at,
        "last_at": at,
    }


def edge_values(edge: ToldEdge) -> dict[str, object]:
    """Return the row of what a job does with a dataset."""
    at = to_micros(edge.at)
    return {
        "job": edge.job,
        "dataset": edge.dataset,
        "direction": edge.direction.value,
        "first_at": at,
        "last_at": at,
    }


def facet_values(facet: ToldFacet) -> dict[str, object]:
    """Return the row of a facet."""
    return {
        "of": facet.of.value,
        "object": facet.object,
        "beside": facet.beside,
        "name": facet.name,
        "at": to_micros(facet.at),
        "stamp": _stamp(facet.at, facet.document),
        "document": facet.document,
    }


def run_values(run: ToldRun, received_at: int) -> dict[str, object]:
    """Return the row of a run."""
    state = run.state
    return {
        "id": run.id,
        "job": run.job,
        "key": storable(run.key),
        "state": "" if state is None else state.value,
        "state_at": to_micros(run.at),
        "state_stamp": "" if state is None else _stamp(run.at, state.value, rank=state.rank),
        "parent": run.parent,
        "url": storable(run.url),
        "first_at": to_micros(run.at),
        "last_at": to_micros(run.at),
        "received_at": received_at,
    }


def note_values(note: ToldNote, received_at: int) -> dict[str, object]:
    """Return the row of a note."""
    return {
        "key": note.key,
        "kind": note.kind.value,
        "at": to_micros(note.at),
        "received_at": received_at,
        "stamp": _stamp(note.at, note.digest, note.name, note.word, note.value, note.text),
        "job": note.job,
        "run": note.run,
        "dataset": note.dataset,
        "name": storable(note.name),
        "word": storable(note.word),
        "value": note.value,
        "text": storable(note.text),
        "digest": note.digest,
    }


def job_of(row: Row) -> OutsideJob:
    """Read the row of a job."""
    id_, namespace, name, producer, parent_namespace, parent_name = row
    parent = ToldName(namespace=parent_namespace, name=parent_name) if parent_namespace or parent_name else None
    return OutsideJob(
        id=id_,
        name=ToldName(namespace=namespace, name=name),
        producer=producer,
        parent=parent,
    )


def dataset_of(row: Row) -> OutsideDataset:
    """Read the row of a dataset."""
    id_, namespace, name = row
    return OutsideDataset(id=id_, name=ToldName(namespace=namespace, name=name))


def edge_of(row: Row) -> OutsideEdge:
    """Read the row of an edge."""
    job, dataset, direction = row
    return OutsideEdge(job=job, dataset=dataset, direction=Direction(direction))


def facet_of(row: Row) -> OutsideFacet:
    """Read the row of a facet."""
    of, object_, beside, name, at, document = row
    return OutsideFacet(of=FacetOf(of), object=object_, beside=beside, name=name, at=from_micros(at), document=document)


def run_of(row: Row) -> OutsideRun:
    """Read the row of a run."""
    id_, job, key, state, state_at, parent, url, first_at, last_at, received_at = row
    return OutsideRun(
        id=id_,
        job=job,
        key=key,
        state=ToldState(state) if state else None,
        state_at=from_micros(state_at) if state else None,
        parent=parent,
        url=url,
        first_at=from_micros(first_at),
        last_at=from_micros(last_at),
        received_at=from_micros(received_at),
    )


def note_of(row: Row) -> OutsideNote:
    """Read the row of a note."""
    key, kind, at, received_at, job, run, dataset, name, word, value, text = row
    return OutsideNote(
        key=key,
        kind=NoteKind(kind),
        at=from_micros(at),
        received_at=from_micros(received_at),
        job=job,
        run=run,
        dataset=dataset,
        name=name,
        word=word,
        value=value,
        text=text,
    )

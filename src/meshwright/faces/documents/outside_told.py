"""Outside jobs, runs and datasets as JSON documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from meshwright.app.outside_told import JobCard, JobLine, OutsideDatasetCard, OutsideNeighbours, RunLine, moment_words
from meshwright.app.outside_told_map import OutsideNode, OutsideWork
from meshwright.app.outside_told_taking import Taken
from meshwright.app.reports import OutsideLineage
from meshwright.model.told import OutsideNote, OutsideRun, Seen

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import outside


def jobs_document(jobs: Iterable[JobLine], following: str | None) -> outside.Jobs:
    """`GET /jobs`."""
    return {"schema": "meshwright/jobs/1", "jobs": [_job_line(job) for job in jobs], "next": following}


def job_document(card: JobCard) -> outside.Job:
    """`GET /jobs/{id}`."""
    return {"schema": "meshwright/job/1", **_job(card)}


def show_job_document(card: JobCard) -> outside.ShowOutsideJob:
    """`show` of an outside job."""
    return {"schema": "meshwright/show/1", "kind": "outside-job", **_job(card)}


def _job(card: JobCard) -> outside.JobTold:
    return {
        **_job_line(card.line),
        "description": card.description,
        "facets": dict(card.facets),
        "runs": [_run(run) for run in card.runs],
        "notes": [_note(note) for note in card.notes],
    }


def outside_run_document(line: RunLine) -> outside.OutsideRun:
    """`GET /outside/runs/{id}`."""
    return {
        "schema": "meshwright/outside-run/1",
        **_run(line.run),
        "job": line.run.job,
        "datasets": [{"node": shown, "direction": direction.value} for direction, shown in line.uses],
        "facets": dict(line.facets),
        "dataset_facets": {shown: dict(facets) for shown, facets in line.use_facets.items()},
        "notes": [_note(note) for note in line.notes],
    }


def outside_datasets_document(nodes: Iterable[OutsideNode], following: str | None) -> outside.OutsideDatasets:
    """`GET /outside/datasets`."""
    return {
        "schema": "meshwright/outside-datasets/1",
        "datasets": [node_document(node) for node in nodes],
        "next": following,
    }


def outside_dataset_document(card: OutsideDatasetCard) -> outside.OutsideDataset:
    """`GET /outside/datasets/{id}`."""
    return {"schema": "meshwright/outside-dataset/1", **_dataset(card)}


def show_dataset_document(card: OutsideDatasetCard) -> outside.ShowOutsideDataset:
    """`show` of a dataset outside."""
    return {"schema": "meshwright/show/1", "kind": "outside-dataset", **_dataset(card)}


def _dataset(card: OutsideDatasetCard) -> outside.OutsideDatasetTold:
    return {
        **node_document(card.node),
        "description": card.description,
        "owners": list(card.owners),
        "columns": [
            {"name": name, "type": type_, "description": description} for name, type_, description in card.columns
        ],
        "readers": _works(card.readers),
        "writers": _works(card.writers),
        "feeds": list(card.feeds),
        "facets": dict(card.facets),
        "notes": [_note(note) for note in card.notes],
    }


def neighbours_document(found: OutsideNeighbours) -> outside.OutsideNeighbours:
    """What `show` says of outside jobs."""
    return {
        "readers": _works(found.readers),
        "writers": _works(found.writers),
        "read_from": [node_document(node) for node in found.read_from],
        "notes": [_note(note) for note in found.notes],
    }


def outside_lineage_document(found: OutsideLineage) -> outside.OutsideLineage:
    """What `lineage` says of outside jobs and datasets."""
    return {
        "datasets": [node_document(node) for node in found.datasets],
        "jobs": [{**_work(each.work), "reads": list(each.reads), "writes": list(each.writes)} for each in found.jobs],
    }


def node_document(node: OutsideNode) -> outside.OutsideNode:
    """A dataset outside."""
    return {
        "id": node.ids[0] if node.address is not None else node.key,
        "node": node.shown,
        "namespace": node.name.namespace,
        "name": node.name.name,
        "names": [{"namespace": name.namespace, "name": name.name} for name in node.names],
        "first_seen": _first(node.seen),
        "last_seen": _last(node.seen),
    }


def taken_document(taken: Taken) -> outside.Taken:
    """The answer to events that were taken in."""
    return {
        "schema": "meshwright/taken/1",
        "received": taken.received,
        "own": taken.own,
        "left_out": list(taken.left_out),
    }


def _first(seen: Seen | None) -> str | None:
    return None if seen is None else moment_words(seen.first_at)


def _last(seen: Seen | None) -> str | None:
    return None if seen is None else moment_words(seen.last_at)


def _works(works: Sequence[OutsideWork]) -> list[outside.OutsideWork]:
    return [_work(work) for work in works]


def _work(work: OutsideWork) -> outside.OutsideWork:
    job = work.job
    return {
        "id": work.id,
        "namespace": None if job is None else job.name.namespace,
        "name": None if job is None else job.name.name,
        "within": work.within,
        "last_seen": _last(work.seen),
    }


def _job_line(line: JobLine) -> outside.ListedJob:
    job = line.work.job
    assert job is not None  # lists are of jobs that have a name
    return {
        **_work(line.work),
        "tool": line.tool,
        "type": line.type,
        "producer": job.producer,
        "parent": None if job.parent is None else {"namespace": job.parent.namespace, "name": job.parent.name},
        "first_seen": _first(line.work.seen),
        "reads": list(line.reads),
        "writes": list(line.writes),
        "newest_run": None if line.newest is None else _run(line.newest),
    }


def _run(run: OutsideRun) -> outside.ListedOutsideRun:
    return {
        "id": run.id,
        "key": run.key,
        "state": None if run.state is None else run.state.value,
        "state_at": None if run.state_at is None else moment_words(run.state_at),
        "started_at": moment_words(run.first_at),
        "last_seen": moment_words(run.last_at),
        "received_at": moment_words(run.received_at),
        "parent": run.parent or None,
        "url": run.url or None,
    }


def _note(note: OutsideNote) -> outside.OutsideNote:
    return {
        "kind": note.kind.value,
        "at": moment_words(note.at),
        "received_at": moment_words(note.received_at),
        "run": note.run or None,
        "name": note.name,
        "word": note.word or None,
        "value": note.value,
        "text": note.text,
    }

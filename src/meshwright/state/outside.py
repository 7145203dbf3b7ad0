"""What outside tools told, recorded and read. One method, one transaction.

Everything is put together by `state.merging`: the same facts give the same rows whatever order they are recorded in, and however
often. When something arrived is remembered of runs and notes alone, which are forgotten by it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
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
    OutsideMap,
    OutsideNote,
    OutsideRun,
    Told,
    ToldFacet,
    ToldJob,
    ToldLink,
    ToldName,
    ToldNote,
    ToldRun,
    ToldState,
    ToldUse,
    dataset_id,
    job_id,
)
from meshwright.state.codec import from_micros, storable, to_micros
from meshwright.state.connection import Connection, Row
from meshwright.state.merging import Merging, merge_rows
from meshwright.state.records import OldTold
from meshwright.state.statements import batches, marks
from meshwright.state.transactions import Transactions

_JOBS = Merging(
    table="outside_jobs",
    key=("id",),
    newest=MappingProxyType(
        {"producer_stamp": ("producer",), "parent_stamp": ("parent_namespace", "parent_name")},
    ),
    least=("first_at",),
    greatest=("last_at",),
)
_DATASETS = Merging(table="outside_datasets", key=("id",), least=("first_at",), greatest=("last_at",))
_FACETS = Merging(
    table="outside_facets",
    key=("of", "object", "beside", "name"),
    newest=MappingProxyType({"stamp": ("at", "document")}),
)
_EDGES = Merging(table="outside_edges", key=("job", "dataset", "direction"), least=("first_at",), greatest=("last_at",))
_LINKS = Merging(table="outside_links", key=("dataset", "other"))
_RUNS = Merging(
    table="outside_runs",
    key=("id",),
    least=("first_at",),
    # Of what should be told once, the same one is kept whoever is heard first.
    greatest=("job", "key", "parent", "url", "last_at", "received_at"),
    newest=MappingProxyType({"state_stamp": ("state", "state_at")}),
)
_USES = Merging(table="outside_uses", key=("run", "dataset", "direction"))
_NOTES = Merging(
    table="outside_notes",
    key=("key",),
    greatest=("received_at",),
    newest=MappingProxyType(
        {"stamp": ("kind", "at", "job", "run", "dataset", "name", "word", "value", "text", "digest")},
    ),
)
_JOB_COLUMNS = "id, namespace, name, producer, parent_namespace, parent_name, first_at, last_at"
_DATASET_COLUMNS = "id, namespace, name, first_at, last_at"
_RUN_COLUMNS = "id, job, key, state, state_at, parent, url, first_at, last_at, received_at"
#: Rows forgotten in one transaction.
_BATCH = 500
_NOTE_COLUMNS = "key, kind, at, received_at, job, run, dataset, name, word, value, text"


class DatabaseOutside:
    """Implements `state.protocol.Outside`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def record(self, told: Told, received_at: dt.datetime) -> None:
        """Record what was told: in one transaction, and as if it had not been where it was recorded before."""
        if not told.is_empty:
            self._transactions.change(lambda connection: _record(connection, told, to_micros(received_at)))

    def is_empty(self) -> bool:
        """Whether no outside job and no dataset was ever told of."""
        with self._transactions.read() as connection:
            return all(
                connection.first(f"SELECT 1 FROM {table} LIMIT 1") is None
                for table in ("outside_datasets", "outside_jobs")
            )

    def stamp(self) -> str:
        """Return a text that differs where a job, a dataset, an edge or a link was added, or a later moment told of."""
        query = (
            "SELECT (SELECT count(*) FROM outside_jobs), (SELECT coalesce(max(last_at), 0) FROM outside_jobs),"
            " (SELECT count(*) FROM outside_datasets), (SELECT coalesce(max(last_at), 0) FROM outside_datasets),"
            " (SELECT count(*) FROM outside_edges), (SELECT count(*) FROM outside_links)"
        )
        with self._transactions.read() as connection:
            return "-".join(map(str, connection.first(query) or ()))

    def map(self) -> OutsideMap:
        """Return all jobs, datasets and what the ones do with the others, of one moment."""
        with self._transactions.read() as connection:
            jobs = connection.rows(f"SELECT {_JOB_COLUMNS} FROM outside_jobs ORDER BY namespace, name")
            datasets = connection.rows(f"SELECT {_DATASET_COLUMNS} FROM outside_datasets ORDER BY namespace, name")
            edges = connection.rows(
                "SELECT job, dataset, direction, first_at, last_at FROM outside_edges ORDER BY job, dataset, direction"
            )
            links = connection.rows("SELECT dataset, other FROM outside_links ORDER BY dataset, other")
        return OutsideMap(
            jobs=MappingProxyType({row[0]: _job_of(row) for row in jobs}),
            datasets=MappingProxyType({row[0]: _dataset_of(row) for row in datasets}),
            edges=tuple(map(_edge_of, edges)),
            links=tuple(ToldLink(dataset=dataset, other=other) for dataset, other in links),
        )

    def facets(self, of: FacetOf, objects: Collection[str], names: Collection[str] = ()) -> tuple[OutsideFacet, ...]:
        """Return what stands said of some jobs, datasets or runs, by object, what is beside, and name; under some names, or all."""
        found: list[Row] = []
        among = f" AND name IN {marks(names)}" if names else ""
        with self._transactions.read() as connection:
            for batch in batches(sorted(objects)):
                query = (
                    f'SELECT "of", object, beside, name, at, document FROM outside_facets WHERE "of" = ?'
                    f" AND object IN {marks(batch)}{among} AND document IS NOT NULL ORDER BY object, beside, name"
                )
                found += connection.rows(query, (of.value, *batch, *names))
        return tuple(map(_facet_of, found))

    def runs(self, job: str, limit: int = 20) -> tuple[OutsideRun, ...]:
        """Return the newest runs of a job, newest first."""
        query = f"SELECT {_RUN_COLUMNS} FROM outside_runs WHERE job = ? ORDER BY first_at DESC, id LIMIT ?"
        with self._transactions.read() as connection:
            return tuple(map(_run_of, connection.rows(query, (job, max(limit, 0)))))

    def newest_runs(self, jobs: Collection[str]) -> Mapping[str, OutsideRun]:
        """Return the newest run of each of some jobs that has any."""
        found: dict[str, OutsideRun] = {}
        with self._transactions.read() as connection:
            for batch in batches(sorted(jobs)):
                query = (
                    f"SELECT {_RUN_COLUMNS} FROM outside_runs r WHERE job IN {marks(batch)} AND NOT EXISTS"
                    " (SELECT 1 FROM outside_runs n WHERE n.job = r.job AND (n.first_at > r.first_at"
                    " OR (n.first_at = r.first_at AND n.id < r.id)))"
                )
                found |= {row[1]: _run_of(row) for row in connection.rows(query, tuple(batch))}
        return found

    def run(self, id_: str) -> OutsideRun | None:
        """Return a run; None where none of this id is known, or any more."""
        with self._transactions.read() as connection:
            row = connection.first(f"SELECT {_RUN_COLUMNS} FROM outside_runs WHERE id = ?", (id_,))
        return None if row is None else _run_of(row)

    def uses(self, run: str) -> tuple[ToldUse, ...]:
        """Return what a run read and wrote."""
        query = "SELECT run, dataset, direction FROM outside_uses WHERE run = ? ORDER BY dataset, direction"
        with self._transactions.read() as connection:
            return tuple(
                ToldUse(run=run, dataset=dataset, direction=Direction(direction))
                for run, dataset, direction in connection.rows(query, (run,))
            )

    def notes(self, about: Mapping[str, Collection[str]], limit: int = 50) -> tuple[OutsideNote, ...]:
        """Return the newest notes about one of the objects, newest first; `about` is ``job``, ``run`` or ``dataset`` -> ids."""
        found: dict[str, OutsideNote] = {}
        with self._transactions.read() as connection:
            for column, ids in about.items():
                assert column in {"job", "run", "dataset"}  # a name of this package, never a caller's text
                for batch in batches(sorted(ids)):
                    query = (
                        f"SELECT {_NOTE_COLUMNS} FROM outside_notes WHERE {column} IN {marks(batch)}"
                        ' ORDER BY at DESC, "key" LIMIT ?'
                    )
                    found |= {row[0]: _note_of(row) for row in connection.rows(query, (*batch, max(limit, 0)))}
        return tuple(sorted(found.values(), key=lambda note: (-to_micros(note.at), note.key))[:limit])

    def note_digests(self, keys: Collection[str]) -> Mapping[str, str]:
        """Return, of those among keys that notes have, the identity of the body that each came in."""
        found: dict[str, str] = {}
        with self._transactions.read() as connection:
            for batch in batches(sorted(keys)):
                query = f'SELECT "key", digest FROM outside_notes WHERE "key" IN {marks(batch)}'
                found |= {key: digest for key, digest in connection.rows(query, tuple(batch))}  # noqa: C416
        return found


def count_old_told(connection: Connection, before: int) -> OldTold:
    """Count the runs and notes that nothing was heard of since a moment."""
    return OldTold(
        runs=int(connection.value("SELECT count(*) FROM outside_runs WHERE received_at < ?", (before,)) or 0),
        notes=int(connection.value("SELECT count(*) FROM outside_notes WHERE received_at < ?", (before,)) or 0),
    )


def forget_told_runs(connection: Connection, before: int) -> int:
    """Delete some of the runs that `count_old_told` counts, with what is said of them; return how many."""
    query = "SELECT id FROM outside_runs WHERE received_at < ? ORDER BY received_at LIMIT ?"
    runs = [id_ for (id_,) in connection.rows(query, (before, _BATCH))]
    if runs:
        facets = f'DELETE FROM outside_facets WHERE "of" IN (?, ?) AND object IN {marks(runs)}'
        connection.change(facets, (FacetOf.RUN.value, FacetOf.USE.value, *runs))
        connection.change(f"DELETE FROM outside_uses WHERE run IN {marks(runs)}", runs)
        connection.change(f"DELETE FROM outside_runs WHERE id IN {marks(runs)}", runs)
    return len(runs)


def forget_told_notes(connection: Connection, before: int) -> int:
    """Delete some of the notes that `count_old_told` counts; return how many."""
    query = 'SELECT "key" FROM outside_notes WHERE received_at < ? ORDER BY received_at LIMIT ?'
    notes = [key for (key,) in connection.rows(query, (before, _BATCH))]
    if notes:
        connection.change(f'DELETE FROM outside_notes WHERE "key" IN {marks(notes)}', notes)
    return len(notes)


def _record(connection: Connection, told: Told, received_at: int) -> None:
    merge_rows(connection, _JOBS, map(_job_values, told.jobs))
    merge_rows(
        connection,
        _DATASETS,
        (
            {
                "id": dataset_id(each.name),
                "namespace": each.name.namespace,
                "name": each.name.name,
                "first_at": to_micros(each.at),
                "last_at": to_micros(each.at),
            }
            for each in told.datasets
        ),
    )
    merge_rows(connection, _FACETS, map(_facet_values, told.facets))
    merge_rows(
        connection,
        _EDGES,
        (
            {
                "job": each.job,
                "dataset": each.dataset,
                "direction": each.direction.value,
                "first_at": to_micros(each.at),
                "last_at": to_micros(each.at),
            }
            for each in told.edges
        ),
    )
    merge_rows(connection, _LINKS, ({"dataset": each.dataset, "other": each.other} for each in told.links))
    merge_rows(connection, _RUNS, (_run_values(each, received_at) for each in told.runs))
    uses = ({"run": each.run, "dataset": each.dataset, "direction": each.direction.value} for each in told.uses)
    merge_rows(connection, _USES, uses)
    merge_rows(connection, _NOTES, (_note_values(each, received_at) for each in told.notes))


def _stamp(at: dt.datetime, *values: object, rank: int = 0) -> str:
    """Return a text that is greater for what was true later, and of one moment for one of two values, always the same."""
    return f"{rank}{to_micros(at):017d}{identity('mwtoldstamp1', *values)[:16]}"


def _job_values(job: ToldJob) -> dict[str, object]:
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


def _facet_values(facet: ToldFacet) -> dict[str, object]:
    return {
        "of": facet.of.value,
        "object": facet.object,
        "beside": facet.beside,
        "name": facet.name,
        "at": to_micros(facet.at),
        "stamp": _stamp(facet.at, facet.document),
        "document": facet.document,
    }


def _run_values(run: ToldRun, received_at: int) -> dict[str, object]:
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


def _note_values(note: ToldNote, received_at: int) -> dict[str, object]:
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


def _job_of(row: Row) -> OutsideJob:
    id_, namespace, name, producer, parent_namespace, parent_name, first_at, last_at = row
    parent = ToldName(namespace=parent_namespace, name=parent_name) if parent_namespace or parent_name else None
    return OutsideJob(
        id=id_,
        name=ToldName(namespace=namespace, name=name),
        producer=producer,
        parent=parent,
        first_at=from_micros(first_at),
        last_at=from_micros(last_at),
    )


def _dataset_of(row: Row) -> OutsideDataset:
    id_, namespace, name, first_at, last_at = row
    return OutsideDataset(
        id=id_,
        name=ToldName(namespace=namespace, name=name),
        first_at=from_micros(first_at),
        last_at=from_micros(last_at),
    )


def _edge_of(row: Row) -> OutsideEdge:
    job, dataset, direction, first_at, last_at = row
    return OutsideEdge(
        job=job,
        dataset=dataset,
        direction=Direction(direction),
        first_at=from_micros(first_at),
        last_at=from_micros(last_at),
    )


def _facet_of(row: Row) -> OutsideFacet:
    of, object_, beside, name, at, document = row
    return OutsideFacet(of=FacetOf(of), object=object_, beside=beside, name=name, at=from_micros(at), document=document)


def _run_of(row: Row) -> OutsideRun:
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


def _note_of(row: Row) -> OutsideNote:
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

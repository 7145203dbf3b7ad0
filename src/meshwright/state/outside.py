"""What outside tools told, recorded and read. One method, one transaction.

Everything is put together by `state.merging`: the same facts give the same rows whatever order they are recorded in, and however
often. When something arrived is remembered of runs and notes alone, which are forgotten by it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from meshwright.model.told import (
    DESCRIBING,
    Direction,
    FacetOf,
    OutsideFacet,
    OutsideMap,
    OutsideNote,
    OutsideRun,
    OutsideStamp,
    Seen,
    Told,
    ToldLink,
    ToldUse,
)
from meshwright.state.codec import from_micros, to_micros
from meshwright.state.connection import Connection, Row
from meshwright.state.merging import MergedRow, Merging, fold_rows, merge_rows
from meshwright.state.outside_rows import (
    DATASET_COLUMNS,
    DATASETS,
    EDGES,
    FACETS,
    JOB_COLUMNS,
    JOBS,
    LINKS,
    NOTE_COLUMNS,
    NOTES,
    RUN_COLUMNS,
    RUNS,
    USES,
    dataset_of,
    dataset_values,
    edge_of,
    edge_values,
    facet_of,
    facet_values,
    job_of,
    job_values,
    note_of,
    note_values,
    run_of,
    run_values,
)
from meshwright.state.statements import batches, marks
from meshwright.state.transactions import Transactions

#: Keys of several columns that are looked up at once.
_KEYS = 200
#: Rows of `outside_changes`.
ALL, MAP, _DESCRIBED = "all", "map", "described"
_DESCRIBED_OF = frozenset({FacetOf.JOB.value, FacetOf.DATASET.value})


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

    def stamp(self) -> OutsideStamp:
        """Return how often what was told has changed."""
        with self._transactions.read() as connection:
            found = {str(of): int(number) for of, number in connection.rows('SELECT "of", number FROM outside_changes')}
        return OutsideStamp(all=found.get(ALL, 0), map=found.get(MAP, 0), described=found.get(_DESCRIBED, 0))

    def map(self) -> OutsideMap:
        """Return all jobs, datasets and what the ones do with the others, of one moment."""
        with self._transactions.read() as connection:
            jobs = connection.rows(f"SELECT {JOB_COLUMNS} FROM outside_jobs ORDER BY namespace, name")
            datasets = connection.rows(f"SELECT {DATASET_COLUMNS} FROM outside_datasets ORDER BY namespace, name")
            edges = connection.rows(
                "SELECT job, dataset, direction FROM outside_edges ORDER BY job, dataset, direction"
            )
            links = connection.rows("SELECT dataset, other FROM outside_links ORDER BY dataset, other")
        return OutsideMap(
            jobs=MappingProxyType({row[0]: job_of(row) for row in jobs}),
            datasets=MappingProxyType({row[0]: dataset_of(row) for row in datasets}),
            edges=tuple(map(edge_of, edges)),
            links=tuple(ToldLink(dataset=dataset, other=other) for dataset, other in links),
        )

    def seen(self, *, jobs: Collection[str] = (), datasets: Collection[str] = ()) -> Mapping[str, Seen]:
        """Return when some jobs and datasets were heard of, by id."""
        found: dict[str, Seen] = {}
        with self._transactions.read() as connection:
            for table, ids in (("outside_jobs", jobs), ("outside_datasets", datasets)):
                for batch in batches(sorted(ids)):
                    query = f"SELECT id, first_at, last_at FROM {table} WHERE id IN {marks(batch)}"
                    found |= {id_: _seen(first, last) for id_, first, last in connection.rows(query, tuple(batch))}
        return found

    def edges_of(self, jobs: Collection[str]) -> Mapping[tuple[str, str, Direction], Seen]:
        """Return when some jobs were heard to do what they do, by job, dataset and what is done with it."""
        found: dict[tuple[str, str, Direction], Seen] = {}
        with self._transactions.read() as connection:
            for batch in batches(sorted(jobs)):
                query = (
                    f"SELECT job, dataset, direction, first_at, last_at FROM outside_edges WHERE job IN {marks(batch)}"
                )
                found |= {
                    (job, dataset, Direction(direction)): _seen(first, last)
                    for job, dataset, direction, first, last in connection.rows(query, tuple(batch))
                }
        return found

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
        return tuple(map(facet_of, found))

    def facet_stamps(self, of: FacetOf, names: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return a text for each facet of some names of all jobs, or datasets: another one where another is said."""
        query = (
            f'SELECT object, name, stamp FROM outside_facets WHERE "of" = ? AND name IN {marks(names)}'
            " AND document IS NOT NULL ORDER BY object, beside, name"
        )
        found: dict[str, tuple[str, ...]] = {}
        with self._transactions.read() as connection:
            for object_, name, stamp in connection.rows(query, (of.value, *names)):
                found[object_] = (*found.get(object_, ()), f"{name}{stamp[-16:]}")
        return found

    def runs(self, job: str, limit: int = 20) -> tuple[OutsideRun, ...]:
        """Return the newest runs of a job, newest first."""
        query = f"SELECT {RUN_COLUMNS} FROM outside_runs WHERE job = ? ORDER BY first_at DESC, id LIMIT ?"
        with self._transactions.read() as connection:
            return tuple(map(run_of, connection.rows(query, (job, max(limit, 0)))))

    def newest_runs(self, jobs: Collection[str]) -> Mapping[str, OutsideRun]:
        """Return the newest run of each of some jobs that has any."""
        found: dict[str, OutsideRun] = {}
        with self._transactions.read() as connection:
            for batch in batches(sorted(jobs)):
                query = (
                    f"SELECT {RUN_COLUMNS} FROM outside_runs r WHERE job IN {marks(batch)} AND NOT EXISTS"
                    " (SELECT 1 FROM outside_runs n WHERE n.job = r.job AND (n.first_at > r.first_at"
                    " OR (n.first_at = r.first_at AND n.id < r.id)))"
                )
                found |= {row[1]: run_of(row) for row in connection.rows(query, tuple(batch))}
        return found

    def run(self, id_: str) -> OutsideRun | None:
        """Return a run; None where none of this id is known, or any more."""
        with self._transactions.read() as connection:
            row = connection.first(f"SELECT {RUN_COLUMNS} FROM outside_runs WHERE id = ?", (id_,))
        return None if row is None else run_of(row)

    def runs_called(self, key: str, limit: int = 20) -> tuple[OutsideRun, ...]:
        """Return the runs that their tools call so, each of another job, newest first."""
        query = f"SELECT {RUN_COLUMNS} FROM outside_runs WHERE key = ? ORDER BY first_at DESC, id LIMIT ?"
        with self._transactions.read() as connection:
            return tuple(map(run_of, connection.rows(query, (key, limit))))

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
                        f"SELECT {NOTE_COLUMNS} FROM outside_notes WHERE {column} IN {marks(batch)}"
                        ' ORDER BY at DESC, "key" LIMIT ?'
                    )
                    found |= {row[0]: note_of(row) for row in connection.rows(query, (*batch, max(limit, 0)))}
        return tuple(sorted(found.values(), key=lambda note: (-to_micros(note.at), note.key))[:limit])

    def note_digests(self, keys: Collection[str]) -> Mapping[str, str]:
        """Return, of those among keys that notes have, the identity of the body that each came in."""
        found: dict[str, str] = {}
        with self._transactions.read() as connection:
            for batch in batches(sorted(keys)):
                query = f'SELECT "key", digest FROM outside_notes WHERE "key" IN {marks(batch)}'
                found |= {key: digest for key, digest in connection.rows(query, tuple(batch))}  # noqa: C416
        return found


def _record(connection: Connection, told: Told, received_at: int) -> None:
    jobs = fold_rows(JOBS, map(job_values, told.jobs))
    datasets = fold_rows(DATASETS, map(dataset_values, told.datasets))
    edges = fold_rows(EDGES, map(edge_values, told.edges))
    links = fold_rows(LINKS, ({"dataset": each.dataset, "other": each.other} for each in told.links))
    is_new = (
        _differs(connection, JOBS, jobs, ("producer", "parent_namespace", "parent_name"))
        or _differs(connection, DATASETS, datasets)
        or _differs(connection, EDGES, edges)
        or _differs(connection, LINKS, links)
    )
    facets = fold_rows(FACETS, map(facet_values, told.facets))
    describing = [row for row in facets if row["of"] in _DESCRIBED_OF and row["name"] in DESCRIBING]
    is_described = _differs(connection, FACETS, describing, ("document",))
    merge_rows(connection, JOBS, jobs)
    merge_rows(connection, DATASETS, datasets)
    merge_rows(connection, FACETS, facets)
    merge_rows(connection, EDGES, edges)
    merge_rows(connection, LINKS, links)
    merge_rows(connection, RUNS, (run_values(each, received_at) for each in told.runs))
    uses = ({"run": each.run, "dataset": each.dataset, "direction": each.direction.value} for each in told.uses)
    merge_rows(connection, USES, uses)
    merge_rows(connection, NOTES, (note_values(each, received_at) for each in told.notes))
    # Last of all: on a server whoever counts keeps others from counting until the transaction ends.
    count_change(connection, *([MAP] if is_new else []), *([_DESCRIBED] if is_described else []))


def _differs(
    connection: Connection, merging: Merging, rows: Sequence[MergedRow], columns: tuple[str, ...] = ()
) -> bool:
    """Whether some rows, folded, are not there yet, or have something else in some columns, where they say anything."""
    key = ", ".join(f'"{name}"' for name in merging.key)
    listed = ", ".join(f'"{name}"' for name in (*merging.key, *columns))
    place = marks(merging.key)
    for start in range(0, len(rows), _KEYS):
        batch = rows[start : start + _KEYS]
        query = f"SELECT {listed} FROM {merging.table} WHERE ({key}) IN (VALUES {', '.join([place] * len(batch))})"
        found = connection.rows(query, [row[name] for row in batch for name in merging.key])
        standing = {tuple(row[: len(merging.key)]): row[len(merging.key) :] for row in found}
        for row in batch:
            said = standing.get(tuple(row[name] for name in merging.key))
            if said is None or any(row[name] not in {"", old} for name, old in zip(columns, said, strict=True)):
                return True
    return False


def count_change(connection: Connection, *more: str) -> None:
    """Count that something changed, and of `more` that it did. The last that a transaction does: see `_record`."""
    for of in (ALL, *more):
        connection.change(
            'INSERT INTO outside_changes ("of", number) VALUES (?, 1)'
            ' ON CONFLICT ("of") DO UPDATE SET number = outside_changes.number + 1',
            (of,),
        )


def _seen(first_at: int, last_at: int) -> Seen:
    return Seen(first_at=from_micros(first_at), last_at=from_micros(last_at))

"""What garbage collection does to the state, in short transactions: see `keeping` for why it is safe beside everybody.

Every method can be repeated, and all but `inventory` raise Fenced where the collection's lease is not its own any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from meshwright.model.inventory import Inventory
from meshwright.state import leases
from meshwright.state.calls import count_old_calls, forget_calls
from meshwright.state.codec import files_of, from_micros, listed_pages, to_micros
from meshwright.state.connection import Connection, Row
from meshwright.state.inventory import manifest_ports, pinned_manifests, read_inventory
from meshwright.state.jobs import forget as forget_jobs
from meshwright.state.keeping import exclude, forget_environment, note_shown
from meshwright.state.keyed import forget_keyed
from meshwright.state.layout import OPEN
from meshwright.state.leases import RUN_PREFIX
from meshwright.state.occurrences import count_old_firings, forget_events, forget_firings, old_events
from meshwright.state.outside_forgetting import (
    ALONE,
    count_old_told,
    forget_rows,
    in_batches,
    needless_datasets,
    needless_rows,
)
from meshwright.state.provisionings import find_provisioning
from meshwright.state.records import Deleted, Lease, OldEvent, OldTold, ToldHorizon
from meshwright.state.statements import batches, for_update, insertion, marks
from meshwright.state.transactions import Transactions
from meshwright.state.verdicts import forget as forget_verdicts

#: Rows deleted in one transaction: others wait for a few milliseconds. Of generations fewer: each is looked for among
#: all pointers, which refer to them.
_BATCH = 200
_FEW = 20


class DatabaseCollector:
    """Implements `state.protocol.Collector`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def inventory(self, now: dt.datetime, is_gone: Callable[[str], bool]) -> Inventory:
        """Return what there is and what may keep it, all of one moment."""
        with self._transactions.read() as connection:
            return read_inventory(connection, now, is_gone)

    def fence(self, lease: Lease, now: dt.datetime, is_gone: Callable[[str], bool]) -> tuple[str, ...]:
        """Take the leases of runs away that expired or whose holder is gone, and return the runs' ids.

        Should such a process only have stood still, it can commit, take up and publish nothing from now on.
        """

        def work(connection: Connection) -> tuple[str, ...]:
            self._begin(connection, lease)
            query = "SELECT name, holder, token, expires_at FROM leases WHERE holder <> '' AND substr(name, 1, ?) = ?"
            found = connection.rows(query + for_update(connection), (len(RUN_PREFIX), RUN_PREFIX))
            over = [
                Lease(name=name, holder=holder, token=token, expires_at=from_micros(expires_at))
                for name, holder, token, expires_at in found
                if from_micros(expires_at) <= now or is_gone(holder)
            ]
            for each in over:
                leases.release(connection, each)
            return tuple(each.name.removeprefix(RUN_PREFIX) for each in over)

        return self._transactions.change(work)

    def expire_sandbox(self, lease: Lease, name: str, now: dt.datetime) -> bool:
        """Delete a sandbox that has expired; False where it was used again, is used by a run, is provisioned, or is gone."""

        def work(connection: Connection) -> bool:
            self._begin(connection, lease)
            query = "SELECT base, touched_at, expire_after_s FROM environments WHERE name = ?"
            row = connection.first(query + for_update(connection), (name,))
            if row is None or None in row or from_micros(row[1]) + dt.timedelta(seconds=row[2]) > now:
                return False
            query = (
                "SELECT 1 FROM runs r JOIN leases l ON l.name = ? || r.id"
                " WHERE r.environment = ? AND l.holder <> '' AND l.expires_at > ? LIMIT 1"
            )
            if connection.first(query, (RUN_PREFIX, name, to_micros(now))) is not None:
                return False
            if find_provisioning(connection, name) is not None:
                return False
            forget_environment(connection, name)
            return True

        return self._transactions.change(work)

    def retain(self, lease: Lease, oldest: Mapping[str, int]) -> None:
        """Note the oldest generation of each environment that can be read from now on."""
        changed = "UPDATE environments SET oldest_generation = ? WHERE name = ? AND coalesce(oldest_generation, 0) < ?"

        def work(connection: Connection) -> None:
            self._begin(connection, lease)
            for name, number in sorted(oldest.items()):
                connection.change(changed, (number, name, number))

        self._transactions.change(work)

    def mark(self, lease: Lease, needless: Collection[str], needed: Collection[str], now: dt.datetime) -> None:
        """Mark versions and parts as needless since `now`, where they are not yet, and take the marks of others away."""
        for batch in batches(sorted(needed)):
            self._change_batch(lease, f"DELETE FROM condemned WHERE version IN {marks(batch)}", batch)
        insert = f"{insertion('condemned', ('version', 'since'))} ON CONFLICT (version) DO NOTHING"
        for batch in batches(sorted(needless)):
            rows = [(version, to_micros(now)) for version in batch]

            def work(connection: Connection, rows: Sequence[Sequence[object]] = rows) -> None:
                self._begin(connection, lease)
                connection.change_many(insert, rows)

            self._transactions.change(work)

    def delete(self, lease: Lease, versions: Mapping[str, dt.datetime]) -> tuple[Deleted, ...]:
        """Delete versions with what is recorded of them, those that still have the mark of the time given; return them.

        One transaction; the caller gives them in short lists and, of views, before what they are bound to.
        """
        return self._delete(lease, versions, "versions", ("triggers", "evidence", "condemned", "once_shown"))

    def delete_parts(self, lease: Lease, parts: Mapping[str, dt.datetime]) -> tuple[Deleted, ...]:
        """Delete parts, those that still have the mark of the time given; return them.

        One transaction; the caller gives them in short lists, after the versions that listed them and `forget_pages`.
        """
        return self._delete(lease, parts, "parts", ("condemned",))

    def _delete(
        self, lease: Lease, given: Mapping[str, dt.datetime], table: str, naming: Sequence[str]
    ) -> tuple[Deleted, ...]:
        """Delete rows of a table that are still due, and what names them in the tables `naming`."""
        asked = {id_: to_micros(since) for id_, since in given.items()}

        def work(connection: Connection) -> tuple[Deleted, ...]:
            self._begin(connection, lease)
            query = f"SELECT version, since FROM condemned WHERE version IN {marks(asked)}"
            due = [id_ for id_, since in connection.rows(query, tuple(asked)) if asked[id_] == since]
            if not due:
                return ()
            query = f"SELECT id, dataset, files FROM {table} WHERE id IN {marks(due)}"
            found = tuple(map(_deleted_of, connection.rows(query, due)))
            for other in naming:
                connection.change(f"DELETE FROM {other} WHERE version IN {marks(due)}", due)
            connection.change(f'DELETE FROM footprints WHERE "of" IN {marks(due)}', due)
            connection.change(f"DELETE FROM {table} WHERE id IN {marks(due)}", due)
            return tuple(_without_shared(connection, each) for each in found)

        return self._transactions.change(work) if asked else ()

    def forget_pages(self, lease: Lease) -> int:
        """Delete the pages that no version lists, a dataset at a time; return how many."""
        with self._transactions.read() as connection:
            datasets = [
                dataset for (dataset,) in connection.rows("SELECT DISTINCT dataset FROM pages ORDER BY dataset")
            ]
            wasted = [dataset for dataset in datasets if _unlisted_pages(connection, dataset)]

        def work(connection: Connection, dataset: str) -> int:
            self._begin(connection, lease)
            gone = _unlisted_pages(connection, dataset)
            for batch in batches(gone):
                connection.change(f"DELETE FROM pages WHERE id IN {marks(batch)}", batch)
            return len(gone)

        return sum(self._transactions.change(partial(work, dataset=dataset)) for dataset in wasted)

    def forget_generations(self, lease: Lease) -> int:
        """Delete the generations before the oldest of each environment and the pointers that nothing shows any more.

        What a sandbox shows of its base stays; what the oldest generation replaced, so that its history says so; and a
        generation that opened a pointer that stays. Returns the number of generations.
        """
        with self._transactions.read() as connection:
            query = "SELECT name, oldest_generation FROM environments WHERE oldest_generation > 0 ORDER BY name"
            found = connection.rows(query)
        forgotten = 0
        for environment, oldest in found:
            self._to_the_end(lease, partial(_forget_pointers, environment=environment, oldest=oldest))
            forgotten += self._to_the_end(lease, partial(_forget_rows, environment=environment, oldest=oldest))
        return forgotten

    def forget_records(self, lease: Lease, before: dt.datetime | None = None) -> int:
        """Delete the revisions of ports and products that no pointer or pin names, the evidence on versions that are
        gone, the footprints of versions and parts that are, and the holds of runs that are over; of the verdicts on versions
        that are gone those from `before` a time, without it all. Returns the number of revisions."""

        def leave(connection: Connection) -> None:
            self._begin(connection, lease)
            connection.change(
                "DELETE FROM holds WHERE NOT EXISTS"
                " (SELECT 1 FROM leases l WHERE l.name = ? || holds.run_id AND l.holder <> '')",
                (RUN_PREFIX,),
            )
            connection.change(
                "DELETE FROM evidence WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = evidence.version)"
            )
            connection.change(
                'DELETE FROM footprints WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = footprints."of")'
                ' AND NOT EXISTS (SELECT 1 FROM parts p WHERE p.id = footprints."of")'
            )
            forget_verdicts(connection, to_micros(before) if before is not None else OPEN)

        self._transactions.change(leave)
        return self._to_the_end(lease, _forget_revisions)

    def forget_jobs(self, lease: Lease, jobs: Collection[str]) -> tuple[str, ...]:
        """Delete jobs that are over, and whose node no run deals with that goes on; return those that are gone."""
        gone: list[str] = []
        for batch in batches(sorted(jobs)):

            def work(connection: Connection, batch: Sequence[str] = batch) -> tuple[str, ...]:
                self._begin(connection, lease)
                return forget_jobs(connection, batch)

            gone += self._transactions.change(work)
        return tuple(gone)

    def old_firings(self, before: dt.datetime) -> int:
        """Count the firings that ended before a moment and are not the last of their trigger."""
        with self._transactions.read() as connection:
            return count_old_firings(connection, to_micros(before))

    def forget_firings(self, lease: Lease, before: dt.datetime) -> int:
        """Delete the firings that `old_firings` counts; return how many."""
        return self._to_the_end(lease, lambda connection: forget_firings(connection, to_micros(before)))

    def old_events(self, before: dt.datetime, after: int = 0) -> tuple[OldEvent, ...]:
        """Return a page of the events that triggers were asked about before a moment, those numbered above `after`."""
        with self._transactions.read() as connection:
            return old_events(connection, to_micros(before), after)

    def forget_events(self, lease: Lease, numbers: Collection[int]) -> int:
        """Delete events by number, those that triggers were asked about; return how many."""

        def work(connection: Connection) -> int:
            self._begin(connection, lease)
            return forget_events(connection, sorted(numbers))

        return self._transactions.change(work) if numbers else 0

    def old_calls(self, before: dt.datetime) -> int:
        """Count the calls between domains from before a moment."""
        with self._transactions.read() as connection:
            return count_old_calls(connection, before)

    def forget_calls(self, lease: Lease, before: dt.datetime) -> int:
        """Delete the calls that `old_calls` counts; return how many."""
        return self._to_the_end(lease, lambda connection: forget_calls(connection, before))

    def forget_keyed(self, lease: Lease, before: dt.datetime) -> None:
        """Delete the requests under keys of idempotency from before a moment."""

        def work(connection: Connection) -> None:
            self._begin(connection, lease)
            forget_keyed(connection, before)

        self._transactions.change(work)

    def old_told(self, horizon: ToldHorizon, standing: Collection[str] | None) -> OldTold:
        """Count what is needless of what outside tools told; datasets `standing` are not, and with None none is."""
        with self._transactions.read() as connection:
            return count_old_told(connection, horizon, standing)

    def forget_told(self, lease: Lease, horizon: ToldHorizon, standing: Collection[str] | None) -> OldTold:
        """Delete what `old_told` counts, in many transactions; return how much it was."""
        counts = {kind: self._forget_kind(lease, kind, horizon) for kind in ALONE}
        datasets = 0
        if standing is not None:
            with self._transactions.read() as connection:
                keys = needless_datasets(connection, horizon, standing)
            datasets = self._forget_batches(lease, "datasets", horizon, keys)
        self._forget_kind(lease, "links", horizon)
        return OldTold(datasets=datasets, **counts)

    def _forget_kind(self, lease: Lease, kind: str, horizon: ToldHorizon) -> int:
        forgotten = 0
        while True:
            with self._transactions.read() as connection:
                keys = needless_rows(connection, kind, horizon)
            gone = self._forget_batches(lease, kind, horizon, keys)
            forgotten += gone
            if not gone:  # none was there, or all were told of again meanwhile
                return forgotten

    def _forget_batches(self, lease: Lease, kind: str, horizon: ToldHorizon, keys: Sequence[Row]) -> int:
        def work(connection: Connection, batch: Sequence[Row]) -> int:
            self._begin(connection, lease)
            return forget_rows(connection, kind, horizon, batch)

        return sum(self._transactions.change(partial(work, batch=batch)) for batch in in_batches(keys))

    def _to_the_end(self, lease: Lease, forget: Callable[[Connection], int]) -> int:
        """Forget a little at a time until there is no more; return how much it was."""

        def work(connection: Connection) -> int:
            self._begin(connection, lease)
            return forget(connection)

        forgotten = 0
        while count := self._transactions.change(work):
            forgotten += count
        return forgotten

    def _change_batch(self, lease: Lease, statement: str, values: Sequence[object]) -> None:
        def work(connection: Connection) -> None:
            self._begin(connection, lease)
            connection.change(statement, values)

        self._transactions.change(work)

    @staticmethod
    def _begin(connection: Connection, lease: Lease) -> None:
        exclude(connection)
        leases.require_held(connection, lease)


def _forget_pointers(connection: Connection, environment: str, oldest: int) -> int:
    query = (
        "SELECT base_generation FROM environments WHERE base = ?"
        " UNION SELECT g.base_generation FROM generations g JOIN environments e ON e.name = g.environment"
        " WHERE e.base = ? AND g.number >= coalesce(e.oldest_generation, 0)"
    )
    shown = sorted(number for (number,) in connection.rows(query, (environment, environment)) if number is not None)
    query = (
        "SELECT to_generation, object, from_generation, kind, revision FROM pointers"
        " WHERE environment = ? AND to_generation < ?"
    )
    gone = [
        row
        for row in connection.rows(query, (environment, oldest))
        if not any(row[2] <= number < row[0] for number in shown)
    ][:_BATCH]
    note_shown(connection, [revision for _, _, _, kind, revision in gone if kind == "dataset" and revision is not None])
    connection.change_many(
        "DELETE FROM pointers WHERE environment = ? AND to_generation = ? AND object = ?",
        [(environment, closed, object_) for closed, object_, *_ in gone],
    )
    return len(gone)


def _forget_rows(connection: Connection, environment: str, oldest: int) -> int:
    query = (
        "SELECT number FROM generations WHERE environment = ? AND number < ?"
        " EXCEPT SELECT from_generation FROM pointers WHERE environment = ? ORDER BY 1 LIMIT ?"
    )
    gone = connection.rows(query, (environment, oldest, environment, _FEW))
    connection.change_many(
        "DELETE FROM generations WHERE environment = ? AND number = ?", [(environment, n) for (n,) in gone]
    )
    return len(gone)


def _unlisted_pages(connection: Connection, dataset: str) -> list[str]:
    """Return the pages of a dataset that none of its versions lists."""
    query = "SELECT manifest FROM versions WHERE dataset = ? AND manifest IS NOT NULL"
    listed = {page for (manifest,) in connection.rows(query, (dataset,)) for page in listed_pages(manifest)}
    pages = connection.rows("SELECT id FROM pages WHERE dataset = ? ORDER BY id", (dataset,))
    return [page for (page,) in pages if page not in listed]


def _forget_revisions(connection: Connection) -> int:
    named = {port for document in pinned_manifests(connection).values() for port in manifest_ports(document)}
    query = (
        "SELECT id FROM revisions EXCEPT SELECT revision FROM pointers WHERE revision IS NOT NULL"
        " EXCEPT SELECT revision FROM pins WHERE revision IS NOT NULL"
        " EXCEPT SELECT previous FROM pins WHERE previous IS NOT NULL ORDER BY 1"
    )
    gone = [id_ for (id_,) in connection.rows(query) if id_ not in named][:_BATCH]
    if gone:
        connection.change(f"DELETE FROM revisions WHERE id IN {marks(gone)}", gone)
    return len(gone)


def _without_shared(connection: Connection, deleted: Deleted) -> Deleted:
    """Leave out the files that parts which stay list as well. No row will ever list one anew: a shared file is made once."""
    shared = [file.path for file in deleted.files if file.shared_by is not None]
    if not shared:
        return deleted
    query = "SELECT files FROM parts WHERE dataset = ? AND files LIKE ?"
    # What looks like the path by LIKE's signs is not the path yet.
    listed = {
        file.path
        for path in shared
        for (files,) in connection.rows(query, (deleted.dataset, f"%{path}%"))
        for file in files_of(files)
    }
    return replace(deleted, files=tuple(file for file in deleted.files if file.path not in listed))


def _deleted_of(row: Sequence[str]) -> Deleted:
    id_, dataset, files = row
    return Deleted(version=id_, dataset=dataset, files=files_of(files))

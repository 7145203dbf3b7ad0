"""What the catalog looks up a request at a time: a few pointers, how one object moved, and whether anything has changed.

Each is one transaction that touches no more rows than it answers with, but for `publications` and `moved_since`, which go
through the environment's index of pointers once (1 ms for ten thousand).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from meshwright.model import Version
from meshwright.state.codec import from_micros, is_storable, to_micros, version_of
from meshwright.state.connection import Connection, Row
from meshwright.state.layout import OPEN, REPAIRS_KEY
from meshwright.state.reader import VERSIONS
from meshwright.state.records import GenerationAction, ObjectKind, ObjectPublication, Pointer, StateStamp
from meshwright.state.statements import among
from meshwright.state.transactions import Transactions

_ENVIRONMENT = (
    "SELECT generation, base, base_generation, created_at, oldest_generation FROM environments WHERE name = ?"
)
_KINDS = {kind.value: kind for kind in ObjectKind}


class DatabaseLookups:
    """Implements `state.protocol.Lookups`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def stamp(self, environment: str) -> StateStamp:
        """Return what changes with everything that an environment shows."""
        if not is_storable(environment):
            return StateStamp()
        with self._transactions.read() as connection:
            row = connection.first(_ENVIRONMENT, (environment,))
            base = connection.first(_ENVIRONMENT, (row[1],)) if row is not None and row[1] is not None else None
            verdict = connection.value("SELECT max(number) FROM verdicts")
            repairs = connection.value('SELECT "value" FROM meta WHERE "key" = ?', (REPAIRS_KEY,))
        return StateStamp(
            generation=0 if row is None else row[0],
            oldest=0 if row is None else row[4] or 0,
            sandbox=() if row is None or row[1] is None else (row[1], row[2], row[3], *(base or ())),
            repairs=repairs or "",
            verdict=verdict or 0,
        )

    def newest_versions(self, dataset: str, limit: int = 20) -> tuple[str, ...]:
        """Return the ids of the newest versions of a dataset, those of `Reader.versions_of`."""
        newest = "SELECT id FROM versions WHERE dataset = ? ORDER BY coalesce(created_at, 0) DESC, id LIMIT ?"
        if not is_storable(dataset):
            return ()
        with self._transactions.read() as connection:
            return tuple(id_ for (id_,) in connection.rows(newest, (dataset, limit)))

    def pointers_of(
        self, environment: str, objects: Collection[str], generation: int | None = None
    ) -> Mapping[str, Pointer]:
        """Return the pointers of some objects, now or as of a generation, as `Reader.pointers` returns those of all."""
        wanted = [name for name in objects if is_storable(name)]
        if not wanted:
            return MappingProxyType({})
        with self._transactions.read() as connection:
            found: dict[str, Pointer | None] = {}
            row = connection.first(_ENVIRONMENT, (environment,))
            if row is not None and row[1] is not None:
                base, shown = row[1], row[2]
                if generation is not None:
                    then = "SELECT base_generation FROM generations WHERE environment = ? AND number = ?"
                    at = connection.value(then, (environment, generation))
                    shown = shown if at is None else at
                found.update(_pointers(connection, base, shown, wanted))
            found.update(_pointers(connection, environment, generation, wanted))
        shown_by_name = ((name, found[name]) for name in sorted(found))
        return MappingProxyType({name: pointer for name, pointer in shown_by_name if pointer is not None})

    def moved_since(self, environment: str, generation: int) -> frozenset[str]:
        """Return the objects whose pointers were opened or closed after a generation, but for what shines through."""
        query = "SELECT object FROM pointers WHERE environment = ? AND (to_generation > ? AND to_generation < ? OR "
        query += "to_generation = ? AND from_generation > ?)"
        with self._transactions.read() as connection:
            rows = connection.rows(query, (environment, generation, OPEN, OPEN, generation))
        return frozenset(name for (name,) in rows)

    def publications(
        self, environment: str, object_: str, *, before: int | None = None, limit: int = 50
    ) -> tuple[ObjectPublication, ...]:
        """Return how the pointer of an object moved, newest first, in the generations that are still kept.

        Those of the environment's own: what a sandbox was laid over is in its base's. `before` leaves away its number and
        all that are newer.
        """
        query = (
            'SELECT p.from_generation, p.to_generation, p.revision, g.at, g."by", g.run_id, g.reason, g.action'
            # CROSS: SQLite then begins with the pointers, and not with every generation.
            " FROM pointers AS p CROSS JOIN generations AS g WHERE p.environment = ? AND p.object = ?"
            " AND p.from_generation < ? AND g.environment = p.environment AND g.number = p.from_generation"
            " ORDER BY p.from_generation DESC LIMIT ?"
        )
        values = (environment, object_, OPEN if before is None else before, max(limit, 0))
        if not (is_storable(environment) and is_storable(object_)):
            return ()
        with self._transactions.read() as connection:
            return tuple(map(_publication_of, connection.rows(query, values)))

    def versions_of(
        self, dataset: str, *, before: tuple[dt.datetime | None, str] | None = None, limit: int = 50
    ) -> tuple[Version, ...]:
        """Return versions of a dataset, newest first; `before` is creation and id of the one that they come after."""
        if not is_storable(dataset):
            return ()
        after = ""
        values: tuple[object, ...] = (dataset,)
        if before is not None:
            at = 0 if before[0] is None else to_micros(before[0])
            after = " AND (coalesce(created_at, 0) < ? OR coalesce(created_at, 0) = ? AND id > ?)"
            values = (dataset, at, at, before[1])
        query = f"{VERSIONS} WHERE dataset = ?{after} ORDER BY coalesce(created_at, 0) DESC, id LIMIT ?"
        with self._transactions.read() as connection:
            return tuple(map(version_of, connection.rows(query, (*values, max(limit, 0)))))


def _pointers(
    connection: Connection, environment: str, generation: int | None, objects: Sequence[str]
) -> dict[str, Pointer | None]:
    """Return the environment's own pointers of objects; None for a tombstone."""
    condition, listed = among(connection, "object", objects)
    query = "SELECT object, kind, revision, from_generation FROM pointers WHERE environment = ? AND"
    if generation is None:
        rows = connection.rows(f"{query} to_generation = ? AND {condition}", (environment, OPEN, listed))
    else:
        as_of = f"{query} to_generation > ? AND from_generation <= ? AND {condition}"
        rows = connection.rows(as_of, (environment, generation, generation, listed))
    return {
        name: None
        if revision is None
        else Pointer(object=name, kind=_KINDS[kind], revision=revision, environment=environment, generation=since)
        for name, kind, revision, since in rows
    }


def _publication_of(row: Row) -> ObjectPublication:
    since, until, revision, at, by, run_id, reason, action = row
    return ObjectPublication(
        generation=since,
        until=None if until == OPEN else until,
        revision=revision,
        at=from_micros(at),
        by=by,
        run_id=run_id,
        reason=reason,
        action=GenerationAction(action or GenerationAction.RUN),
    )

"""Publication: pointers move in one transaction, by compare-and-swap, under the run's lease."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic
from meshwright.state import leases
from meshwright.state.codec import pack_text, storable, to_micros
from meshwright.state.connection import Connection
from meshwright.state.errors import Conflict
from meshwright.state.layout import OPEN
from meshwright.state.records import ObjectKind, Publication, Revision
from meshwright.state.statements import batches, for_update, insert_rows, insertion, marks, upsert

_NAMED = 5

_Moves = Mapping[str, tuple[ObjectKind, str | None]]


def publish(connection: Connection, publication: Publication, now: dt.datetime, packed: Mapping[str, bytes]) -> int:
    """Apply a publication inside a write transaction; the caller's rollback undoes all of it.

    `packed` are the documents of its revisions, compressed before the lock was taken. Raises Fenced and
    Conflict. Repeated, it changes nothing: every move is then already made, unless something moved since.
    """
    leases.require(connection, publication.lease, now)
    environment = publication.environment
    generation = _lock_environment(connection, environment)
    standing = _standing(connection, environment, publication.expected.keys() | publication.moves.keys())
    _compare(publication, standing)
    moves = {
        object_: (kind, revision)
        for object_, (kind, revision) in sorted(publication.moves.items())
        if standing.get(object_) != revision
    }
    if not moves:
        return generation
    generation += 1
    _insert_revisions(connection, publication.revisions, packed)
    connection.change("UPDATE environments SET generation = ? WHERE name = ?", (generation, environment))
    made = {
        "environment": environment,
        "number": generation,
        "at": to_micros(now),
        "by": storable(publication.by),
        "run_id": publication.run_id,
        "reason": storable(publication.reason),
    }
    insert_rows(connection, "generations", [made])
    _close(connection, environment, [object_ for object_ in moves if object_ in standing], generation)
    reached(CrashPoint.POINTERS_CLOSED)
    _open(connection, environment, moves, generation)
    reached(CrashPoint.POINTERS_OPENED)
    return generation


def pack_revisions(revisions: Collection[Revision]) -> Mapping[str, bytes]:
    """Compress the documents of revisions; done before the transaction, which others wait for."""
    return {revision.id: pack_text(revision.document) for revision in revisions}


def _lock_environment(connection: Connection, environment: str) -> int:
    """Make the environment if it is new, keep others from publishing into it, and return its generation."""
    upsert(connection, "environments", ("name",), [{"name": environment, "generation": 0}])
    query = f"SELECT generation FROM environments WHERE name = ?{for_update(connection)}"
    generation: int = connection.value(query, (environment,))
    return generation


def _standing(connection: Connection, environment: str, objects: Collection[str]) -> dict[str, str]:
    """Return the open revision of each of `objects` that has one."""
    query = "SELECT object, revision FROM pointers WHERE environment = ? AND to_generation = ? AND object IN "
    found: dict[str, str] = {}
    for batch in batches(objects):
        rows = connection.rows(query + marks(batch), (environment, OPEN, *batch))
        found.update((object_, revision) for object_, revision in rows)
    return found


def _compare(publication: Publication, standing: Mapping[str, str]) -> None:
    """Raise Conflict unless every expected revision stands."""
    moved = sorted(object_ for object_, revision in publication.expected.items() if standing.get(object_) != revision)
    if not moved:
        return
    names = ", ".join(f"'{object_}'" for object_ in moved[:_NAMED])
    more = f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
    raise Conflict(
        Diagnostic(
            code="MW-D201",
            message=f"{names}{more} changed in environment '{publication.environment}' since this run planned; "
            "nothing was published",
            fix="run the command again: it plans against what stands now and keeps what is already built",
            object=moved[0],
        ),
        objects=tuple(moved),
    )


def _insert_revisions(connection: Connection, revisions: Collection[Revision], packed: Mapping[str, bytes]) -> None:
    rows = [
        {
            "id": revision.id,
            "kind": revision.kind.value,
            "object": revision.object,
            "document": packed[revision.id],
        }
        for revision in revisions
    ]
    upsert(connection, "revisions", ("id",), rows)


def _close(connection: Connection, environment: str, objects: Collection[str], generation: int) -> None:
    """End the open pointers of `objects` at `generation`."""
    statement = "UPDATE pointers SET to_generation = ? WHERE environment = ? AND to_generation = ? AND object = ?"
    connection.change_many(statement, [(generation, environment, OPEN, object_) for object_ in objects])


def _open(connection: Connection, environment: str, moves: _Moves, generation: int) -> None:
    """Open a pointer at `generation` for every move that names a revision."""
    columns = ("environment", "to_generation", "object", "kind", "revision", "from_generation")
    rows = [
        (environment, OPEN, object_, kind.value, revision, generation)
        for object_, (kind, revision) in moves.items()
        if revision is not None
    ]
    connection.change_many(insertion("pointers", columns), rows)

"""Publication: pointers move in one transaction, by compare-and-swap, under the run's lease."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.frozen import dataclass
from meshwright.state import leases
from meshwright.state.codec import pack_text, storable, to_micros
from meshwright.state.connection import Connection
from meshwright.state.errors import Conflict
from meshwright.state.inventory import manifest_versions, read_manifests
from meshwright.state.keeping import share, take_up
from meshwright.state.layout import OPEN
from meshwright.state.records import ObjectKind, Pin, Publication, Revision
from meshwright.state.statements import among, as_json, for_update, insert_rows, pairs, upsert
from meshwright.state.telling import News, publication_told, tell

_NAMED = 5
#: Objects that are looked up one by one; for more, all open pointers of the environment are read in one go, which is
#: half the work where most of them are asked for.
_LOOKED_UP = 500
_PIN_CHANGES = ("revision", "previous", "is_lifted", "at", "by", "reason")

_Moves = Mapping[str, tuple[ObjectKind, str | None]]


def publish(
    connection: Connection, publication: Publication, now: dt.datetime, packed: Mapping[str, bytes], news: News
) -> int:
    """Apply a publication inside a write transaction, and tell it; the caller's rollback undoes all of it.

    `packed` are the documents of its revisions, compressed before the lock was taken, `news` what it brings. Raises
    Fenced, Conflict and, where a sandbox was deleted meanwhile, RefusedError. Repeated, it changes no pointer: every move
    is then already made, unless something moved since.
    """
    share(connection)
    if publication.lease is not None:
        leases.require(connection, publication.lease, now)
    environment = _lock_environment(connection, publication)
    overlay = _overlay(connection, environment, publication)
    _compare(publication, overlay, environment)
    write_pins(connection, publication.pins, publication.unpinned, publication.environment)
    moves = {
        object_: (kind, revision)
        for object_, (kind, revision) in publication.moves.items()
        if overlay.standing.get(object_) != revision
    }
    is_rebased = publication.base_generation not in {None, environment.base_generation}
    if not moves and not is_rebased:
        return environment.generation
    if environment.base is None:
        _require_unrestricted(connection, environment.name, moves)
    generation = environment.generation + 1
    base_generation = publication.base_generation if is_rebased else environment.base_generation
    _insert_revisions(connection, publication.revisions, packed)
    _require_there(connection, moves, environment.name)
    if is_rebased:
        _require_readable(connection, str(environment.base), base_generation or 0)
    connection.change(
        "UPDATE environments SET generation = ?, base_generation = ?, touched_at = ? WHERE name = ?",
        (generation, base_generation, to_micros(now) if environment.base else None, environment.name),
    )
    made = {
        "environment": environment.name,
        "number": generation,
        "at": to_micros(now),
        "by": storable(publication.by),
        "run_id": publication.run_id,
        "reason": storable(publication.reason),
        "action": publication.action.value,
        "base_generation": base_generation,
    }
    insert_rows(connection, "generations", [made])
    closed = [object_ for object_ in moves if object_ in overlay.own]
    if is_rebased:  # what the new base points to by itself is no change of the sandbox's any more
        closed += [name for name, revision in overlay.own.items() if revision == overlay.beneath.get(name)]
    _close(connection, environment.name, closed, generation)
    reached(CrashPoint.POINTERS_CLOSED)
    _open(connection, environment.name, moves, generation, overlay)
    tell(connection, publication_told(connection, publication, moves, generation, news, now))
    reached(CrashPoint.POINTERS_OPENED)
    return generation


def write_pins(connection: Connection, pins: Collection[Pin], unpinned: Collection[str], environment: str) -> None:
    """Write pins over those that hold the same objects, and take others away."""
    gone = "DELETE FROM pins WHERE environment = ? AND object = ?"
    if unpinned:
        connection.change_many(gone, [(environment, object_) for object_ in sorted(unpinned)])
    held = {each for pin in pins for each in (pin.revision, pin.previous) if each is not None}
    manifests = read_manifests(connection, held).values()
    take_up(connection, held.union(*map(manifest_versions, manifests)))
    rows = [
        {
            "environment": environment,
            "object": pin.object,
            "revision": pin.revision,
            "previous": pin.previous,
            "is_lifted": pin.is_lifted,
            "at": to_micros(pin.at),
            "by": storable(pin.by),
            "reason": storable(pin.reason),
        }
        for pin in pins
    ]
    upsert(connection, "pins", ("environment", "object"), rows, replaced=_PIN_CHANGES)


def pack_revisions(revisions: Collection[Revision]) -> Mapping[str, bytes]:
    """Compress the documents of revisions; done before the transaction, which others wait for."""
    return {revision.id: pack_text(revision.document) for revision in revisions}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Locked:
    """An environment's row, kept from others until the transaction ends."""

    name: str
    generation: int
    base: str | None
    base_generation: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Overlay:
    """Open pointers of the objects that a publication is about."""

    #: Pointers of the environment's own; None is a tombstone.
    own: Mapping[str, str | None]
    #: What shines through from the base of a sandbox.
    beneath: Mapping[str, str]
    #: The revision that readers see.
    standing: Mapping[str, str | None]


def _lock_environment(connection: Connection, publication: Publication) -> _Locked:
    """Keep others from publishing into the environment; one that is not a sandbox is made where it is new."""
    name = publication.environment
    if publication.base is None:
        upsert(connection, "environments", ("name",), [{"name": name, "generation": 0}])
    query = f"SELECT generation, base, base_generation FROM environments WHERE name = ?{for_update(connection)}"
    row = connection.first(query, (name,))
    if row is None or row[1] != publication.base:
        raise RefusedError(
            Diagnostic(
                code="MW-D204",
                message=f"environment '{name}' was {'deleted' if row is None else 'made anew'} meanwhile; "
                "nothing was published",
                fix="mw env list shows what there is",
                object=name,
            )
        )
    return _Locked(name=name, generation=row[0], base=row[1], base_generation=row[2])


def _overlay(connection: Connection, environment: _Locked, publication: Publication) -> _Overlay:
    """Return the open pointers of everything that the publication expects or moves."""
    objects = publication.expected.keys() | publication.moves.keys()
    query = "SELECT object, revision FROM pointers WHERE environment = ? AND to_generation = ?"
    own: dict[str, str | None] = dict(_pointed(connection, query, (environment.name, OPEN), objects))
    beneath: dict[str, str] = {}
    if environment.base is not None:
        given = publication.base_generation
        shown = environment.base_generation if given is None else given
        query = (
            "SELECT object, revision FROM pointers WHERE environment = ? AND to_generation > ? AND from_generation <= ?"
        )
        beneath = dict(_pointed(connection, query, (environment.base, shown, shown), objects))
    return _Overlay(own=own, beneath=beneath, standing={**beneath, **own})


def _pointed(
    connection: Connection, query: str, values: tuple[object, ...], objects: Collection[str]
) -> Iterable[tuple[str, Any]]:
    """Return object and revision of the pointers that a query finds for `objects`."""
    if len(objects) > _LOOKED_UP:
        return (row for row in connection.rows(query, values) if row[0] in objects)
    condition, listed = among(connection, "object", objects)
    return connection.rows(f"{query} AND {condition}", (*values, listed))


def _compare(publication: Publication, overlay: _Overlay, environment: _Locked) -> None:
    """Raise Conflict unless every expected revision stands, in the generation that is expected."""
    if publication.expected_generation not in {None, environment.generation}:
        raise Conflict(
            Diagnostic(
                code="MW-D201",
                message=f"environment '{environment.name}' is at generation {environment.generation} by now, not "
                f"{publication.expected_generation}; nothing was changed",
                fix="run the command again: it looks at what stands now",
                object=environment.name,
            )
        )
    moved = sorted(
        object_ for object_, revision in publication.expected.items() if overlay.standing.get(object_) != revision
    )
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


def _require_unrestricted(connection: Connection, environment: str, moves: _Moves) -> None:
    """Raise RefusedError where an environment that is no sandbox would show what was built from masked or sampled data.

    Plans never come to it: they know a restricted version by another id. This is for whoever writes pointers otherwise.
    """
    wanted = {
        revision: object_ for object_, (kind, revision) in moves.items() if kind is ObjectKind.DATASET and revision
    }
    listed, values = among(connection, "id", wanted)
    query = f"SELECT id FROM versions WHERE restricted IS NOT NULL AND {listed}"
    found = [str(id_) for (id_,) in connection.rows(query, (values,))]
    if found:
        first = min(found, key=lambda version: wanted[version])
        raise RefusedError(
            Diagnostic(
                code="MW-S301",
                message=f"version {first} of {wanted[first]} was built from masked or sampled data and cannot stand in "
                f"'{environment}'; nothing was published",
                fix=f"mw run --env {environment} builds it from everything; so does mw promote",
                object=wanted[first],
            )
        )


def _require_there(connection: Connection, moves: _Moves, environment: str) -> None:
    """Raise Conflict where something that is to be shown was deleted by garbage collection meanwhile."""
    versions = {revision for kind, revision in moves.values() if kind is ObjectKind.DATASET and revision is not None}
    others = {revision for kind, revision in moves.values() if kind is not ObjectKind.DATASET and revision is not None}
    found = set(take_up(connection, versions))
    listed, values = among(connection, "id", others)
    found.update(id_ for (id_,) in connection.rows(f"SELECT id FROM revisions WHERE {listed}", (values,)))
    gone = sorted(object_ for object_, (_, revision) in moves.items() if revision is not None and revision not in found)
    if gone:
        names = ", ".join(f"'{object_}'" for object_ in gone[:_NAMED])
        more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        raise Conflict(
            Diagnostic(
                code="MW-S404",
                message=f"what {names}{more} would show was deleted by garbage collection meanwhile; "
                f"nothing was changed in {environment}",
                fix="run the command again: it builds what is missing",
                object=gone[0],
            ),
            objects=tuple(gone),
        )


def _require_readable(connection: Connection, base: str, generation: int) -> None:
    """Raise Conflict where a sandbox is to show a generation of its base that is not kept any more."""
    row = connection.first("SELECT oldest_generation FROM environments WHERE name = ?", (base,))
    if row is not None and row[0] is not None and generation < row[0]:
        raise Conflict(
            Diagnostic(
                code="MW-S404",
                message=f"generation {generation} of {base} was forgotten by garbage collection meanwhile; "
                "nothing was changed",
                fix="run the command again: it looks at what stands now",
                object=base,
            ),
            objects=(base,),
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
    """End the open pointers of `objects` at `generation`, in one statement: others wait while it lasts."""
    if objects:
        condition, listed = among(connection, "object", sorted(objects))
        statement = f"UPDATE pointers SET to_generation = ? WHERE environment = ? AND to_generation = ? AND {condition}"
        connection.change(statement, (generation, environment, OPEN, listed))


def _open(connection: Connection, environment: str, moves: _Moves, generation: int, overlay: _Overlay) -> None:
    """Open a pointer at `generation` for every move, in one statement for each kind.

    In a sandbox none where the base points to the same already, and a tombstone where it points to what is to be gone.
    """
    opened: dict[ObjectKind, dict[str, str | None]] = {}
    for object_, (kind, revision) in sorted(moves.items()):
        if revision != overlay.beneath.get(object_):
            opened.setdefault(kind, {})[object_] = revision
    columns = "environment, to_generation, object, kind, revision, from_generation"
    values = f"SELECT ?, CAST(? AS bigint), object, ?, revision, CAST(? AS bigint) FROM {pairs(connection, 'object', 'revision')}"
    for kind, revisions in opened.items():
        row = (environment, OPEN, kind.value, generation, as_json(revisions))
        connection.change(f"INSERT INTO pointers ({columns}) {values}", row)

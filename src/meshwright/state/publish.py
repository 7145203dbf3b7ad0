"""Publication: pointers move in one transaction, by compare-and-swap, under the run's lease."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

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
from meshwright.state.statements import batches, for_update, insert_rows, insertion, marks, upsert

_NAMED = 5
_PIN_CHANGES = ("revision", "previous", "is_lifted", "at", "by", "reason")

_Moves = Mapping[str, tuple[ObjectKind, str | None]]


def publish(connection: Connection, publication: Publication, now: dt.datetime, packed: Mapping[str, bytes]) -> int:
    """Apply a publication inside a write transaction; the caller's rollback undoes all of it.

    `packed` are the documents of its revisions, compressed before the lock was taken. Raises Fenced, Conflict and,
    where a sandbox was deleted meanwhile, RefusedError. Repeated, it changes no pointer: every move is then already
    made, unless something moved since.
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
        for object_, (kind, revision) in sorted(publication.moves.items())
        if overlay.standing(object_) != revision
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

    def standing(self, object_: str) -> str | None:
        """Return the revision that readers see."""
        return self.own[object_] if object_ in self.own else self.beneath.get(object_)


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
    query = "SELECT object, revision FROM pointers WHERE environment = ? AND to_generation = ? AND object IN "
    own: dict[str, str | None] = {}
    beneath: dict[str, str] = {}
    as_of = "SELECT object, revision FROM pointers WHERE environment = ? AND to_generation > ? AND from_generation <= ?"
    shown = publication.base_generation if publication.base_generation is not None else environment.base_generation
    for batch in batches(objects):
        own.update(connection.rows(query + marks(batch), (environment.name, OPEN, *batch)))
        if environment.base is not None:
            found = connection.rows(f"{as_of} AND object IN {marks(batch)}", (environment.base, shown, shown, *batch))
            beneath.update(found)
    return _Overlay(own=own, beneath=beneath)


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
        object_ for object_, revision in publication.expected.items() if overlay.standing(object_) != revision
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
    query = "SELECT id FROM versions WHERE restricted IS NOT NULL AND id IN "
    found = [str(row[0]) for batch in batches(wanted) for row in connection.rows(query + marks(batch), batch)]
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
    for batch in batches(sorted(others)):
        found.update(id_ for (id_,) in connection.rows(f"SELECT id FROM revisions WHERE id IN {marks(batch)}", batch))
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
    """End the open pointers of `objects` at `generation`."""
    statement = "UPDATE pointers SET to_generation = ? WHERE environment = ? AND to_generation = ? AND object = ?"
    connection.change_many(statement, [(generation, environment, OPEN, object_) for object_ in objects])


def _open(connection: Connection, environment: str, moves: _Moves, generation: int, overlay: _Overlay) -> None:
    """Open a pointer at `generation` for every move.

    In a sandbox none where the base points to the same already, and a tombstone where it points to what is to be gone.
    """
    columns = ("environment", "to_generation", "object", "kind", "revision", "from_generation")
    rows = [
        (environment, OPEN, object_, kind.value, revision, generation)
        for object_, (kind, revision) in moves.items()
        if revision != overlay.beneath.get(object_)
    ]
    connection.change_many(insertion("pointers", columns), rows)

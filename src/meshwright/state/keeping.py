"""What keeps garbage collection and everybody else out of each other's way.

Whatever makes a version reachable (a publication, a pin, a run that takes it up, a new sandbox) holds `share` while it
does so, makes sure by `take_up` that the version is there, and takes its mark in `condemned` away. A collection holds
`exclude` while it marks and while it deletes, and deletes only what was needless in a view of the whole state that it
took after the marks, and still has its mark. So one of the two always sees the other. On SQLite writers are alone
anyway.

Parts are reachable from the pages of versions. A collection deletes versions first, then the pages that no version lists,
then parts; a part only where in that view every version that lists it was to be deleted, which means that it had a mark.
So it is enough that the parts of a version lose their marks with it (`take_up`), and that whoever makes a manifest takes
the marks of all parts on its pages away (`take_up_listed`), those of pages that were there before included: the
version that these belong to may be about to go.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from meshwright.state.codec import entry_ids, listed_pages
from meshwright.state.connection import Connection
from meshwright.state.statements import batches, marks, upsert

#: One state, one key: several states may lie in the schemas of one database.
_KEY = "hashtextextended('meshwright.keeping.' || coalesce(current_schema(), ''), 0)"


def share(connection: Connection) -> None:
    """Keep collections from marking and deleting until the transaction ends. To be the first that it does."""
    if connection.kind != "sqlite":
        connection.first(f"SELECT pg_advisory_xact_lock_shared({_KEY})")


def exclude(connection: Connection) -> None:
    """Keep everybody from making versions reachable until the transaction ends. To be the first that it does."""
    if connection.kind != "sqlite":
        connection.first(f"SELECT pg_advisory_xact_lock({_KEY})")


def take_up(connection: Connection, versions: Collection[str]) -> frozenset[str]:
    """Take the marks of versions away, of what views among them are bound to, and of their parts; return those that are
    there."""
    is_marked = _has_marks(connection)
    found: set[str] = set()
    floor, seen = set(versions), set(versions)
    while floor:
        bound: set[str] = set()
        for batch in batches(floor):
            query = f"SELECT id, CASE WHEN node_kind = 'view' THEN inputs END FROM versions WHERE id IN {marks(batch)}"
            for version, inputs in connection.rows(query, batch):
                found.add(version)
                if inputs is not None:
                    bound.update(json.loads(inputs).values())
            if is_marked:
                _take_up_batch(connection, batch)
        floor = bound - seen if is_marked else set()
        seen |= floor
    return frozenset(found)


def _take_up_batch(connection: Connection, versions: Sequence[str]) -> None:
    """Take the marks of versions away, and those of their parts. One without a mark has no part that is about to go."""
    query = (
        "SELECT v.manifest FROM condemned c JOIN versions v ON v.id = c.version"
        f" WHERE v.manifest IS NOT NULL AND c.version IN {marks(versions)}"
    )
    pages = {page for (manifest,) in connection.rows(query, versions) for page in listed_pages(manifest)}
    connection.change(f"DELETE FROM condemned WHERE version IN {marks(versions)}", versions)
    if pages:
        _unmark(connection, _on_pages(connection, pages))


def take_up_parts(connection: Connection, parts: Collection[str]) -> frozenset[str]:
    """Take the marks of parts away; return those that are there."""
    found: set[str] = set()
    for batch in batches(parts):
        rows = connection.rows(f"SELECT id FROM parts WHERE id IN {marks(batch)}", batch)
        found.update(part for (part,) in rows)
    if _has_marks(connection):
        _unmark(connection, found)
    return frozenset(found)


def take_up_listed(connection: Connection, dataset: str, pages: Collection[str]) -> None:
    """Take the marks of the parts on pages away. Pages are read only where parts of their dataset have marks at all."""
    query = "SELECT c.version FROM condemned c JOIN parts p ON p.id = c.version WHERE p.dataset = ?"
    marked = {part for (part,) in connection.rows(query, (dataset,))}
    if marked:
        _unmark(connection, marked & _on_pages(connection, pages))


def _has_marks(connection: Connection) -> bool:
    return connection.first("SELECT 1 FROM condemned LIMIT 1") is not None


def _on_pages(connection: Connection, pages: Collection[str]) -> set[str]:
    """Return the parts that pages list."""
    found: set[str] = set()
    for batch in batches(pages):
        for (entries,) in connection.rows(f"SELECT entries FROM pages WHERE id IN {marks(batch)}", batch):
            found.update(entry_ids(entries))
    return found


def _unmark(connection: Connection, parts: Collection[str]) -> None:
    for batch in batches(parts):
        connection.change(f"DELETE FROM condemned WHERE version IN {marks(batch)}", batch)


def note_shown(connection: Connection, versions: Collection[str]) -> None:
    """Remember that pointers which are about to be forgotten named these versions."""
    upsert(connection, "once_shown", ("version",), [{"version": version} for version in set(versions)])


def forget_environment(connection: Connection, name: str) -> None:
    """Delete a sandbox with its pointers, history and pins; its row is locked."""
    query = "SELECT DISTINCT revision FROM pointers WHERE environment = ? AND kind = 'dataset' AND revision IS NOT NULL"
    note_shown(connection, [version for (version,) in connection.rows(query, (name,))])
    for table in ("pins", "pointers", "generations"):
        connection.change(f"DELETE FROM {table} WHERE environment = ?", (name,))
    connection.change("DELETE FROM environments WHERE name = ?", (name,))

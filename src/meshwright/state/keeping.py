"""What keeps garbage collection and everybody else out of each other's way.

Whatever makes a version reachable (a publication, a pin, a run that takes it up, a new sandbox) holds `share` while it
does so, makes sure by `take_up` that the version is there, and takes its mark in `condemned` away. A collection holds
`exclude` while it marks and while it deletes, and deletes only what was needless in a view of the whole state that it
took after the marks, and still has its mark. So one of the two always sees the other. On SQLite writers are alone
anyway.
"""

from __future__ import annotations

import json
from collections.abc import Collection

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
    """Take the marks of versions away, and of what views among them are bound to; return those that are there."""
    is_marked = connection.first("SELECT 1 FROM condemned LIMIT 1") is not None
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
                connection.change(f"DELETE FROM condemned WHERE version IN {marks(batch)}", batch)
        floor = bound - seen if is_marked else set()
        seen |= floor
    return frozenset(found)


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

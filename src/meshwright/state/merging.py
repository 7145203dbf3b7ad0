"""Rows that are put together with those that stand, the same in whatever order and however often they are given.

A column keeps its least value, its greatest, or goes with a stamp: the columns of a stamp are written over by those of a greater
one. Rows of one key are put together before the database sees them, so that a batch costs as much as what is different in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import Any

from meshwright.frozen import dataclass
from meshwright.state.connection import Connection
from meshwright.state.statements import insertion, names

MergedRow = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Merging:
    """How the rows of a table meet. Columns that are named nowhere stay as they were first written."""

    table: str
    key: tuple[str, ...]
    least: tuple[str, ...] = ()
    greatest: tuple[str, ...] = ()
    #: Column of a stamp -> the columns that go with it.
    newest: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def merge_rows(connection: Connection, merging: Merging, rows: Iterable[MergedRow]) -> None:
    """Put rows of the same columns together with those that stand.

    In the order of their keys, so that transactions which write the same rows wait for each other and never in a circle.
    """
    folded = fold_rows(merging, rows)
    if folded:
        connection.change_many(_statement(merging, folded[0]), [tuple(row.values()) for row in folded])


def fold_rows(merging: Merging, rows: Iterable[MergedRow]) -> Sequence[MergedRow]:
    """Return one row for each key, sorted by it."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in merging.key)
        standing = found.get(key)
        if standing is None:
            found[key] = dict(row)
        else:
            _meet(merging, standing, row)
    return [found[key] for key in sorted(found)]


def _meet(merging: Merging, standing: dict[str, Any], row: MergedRow) -> None:
    for name in merging.least:
        standing[name] = min(standing[name], row[name])
    for name in merging.greatest:
        standing[name] = max(standing[name], row[name])
    for stamp, columns in merging.newest.items():
        if row[stamp] > standing[stamp]:
            standing.update({name: row[name] for name in (stamp, *columns)})


def _statement(merging: Merging, row: MergedRow) -> str:
    table = merging.table
    changes = [_chosen(table, name, name, "<") for name in merging.least]
    changes += [_chosen(table, name, name, ">") for name in merging.greatest]
    for stamp, columns in merging.newest.items():
        changes += [_chosen(table, name, stamp, ">") for name in (*columns, stamp)]
    action = f"DO UPDATE SET {', '.join(changes)}" if changes else "DO NOTHING"
    return f"{insertion(table, row)} ON CONFLICT ({names(merging.key)}) {action}"


def _chosen(table: str, name: str, by: str, sign: str) -> str:
    """Return the change that takes the new value of a column where that of `by` is beyond the one that stands.

    All sides of an UPDATE see the row as it was, so the stamp may change beside its columns.
    """
    newer = f'excluded."{by}" {sign} {table}."{by}"'
    return f'"{name}" = CASE WHEN {newer} THEN excluded."{name}" ELSE {table}."{name}" END'

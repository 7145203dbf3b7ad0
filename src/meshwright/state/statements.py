"""Statements that are put together from names: lists of values, insertions, and insertions where a key may be taken."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from meshwright.state.connection import Connection

_T = TypeVar("_T")

#: Values in one IN list. Under every database's limit of bound values (SQLite before 3.32: 999).
_BATCH = 500


def batches(values: Collection[_T]) -> Iterator[Sequence[_T]]:
    """Yield the values in lists short enough for one IN."""
    listed = list(values)
    for start in range(0, len(listed), _BATCH):
        yield listed[start : start + _BATCH]


def marks(values: Collection[object]) -> str:
    """Return the list of places for values, in parentheses."""
    return f"({', '.join('?' * len(values))})"


def among(connection: Connection, column: str, values: Collection[str]) -> tuple[str, object]:
    """Return the condition that a column holds one of any number of texts, and the one value that it takes."""
    if connection.kind == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(?))", as_json(list(values))
    # Not a subquery: its planner takes it for a hundred rows, and goes through the table for each of ten thousand.
    return f"{column} = ANY(CAST(? AS text[]))", list(values)


def pairs(connection: Connection, key: str, value: str) -> str:
    """Return what stands behind FROM for a table of two columns of text, given as one value (`as_json`), an object."""
    if connection.kind == "sqlite":
        return f"(SELECT key AS {key}, value AS {value} FROM json_each(?)) AS given"
    return f"json_each_text(CAST(? AS json)) AS given ({key}, {value})"


def as_json(value: object) -> str:
    """Return a list, or an object, as one value of a statement: ten thousand rows then cost one call, not ten thousand."""
    return json.dumps(value)


def names(columns: Iterable[str]) -> str:
    """Return a list of columns; some are words of SQL."""
    return ", ".join(f'"{column}"' for column in columns)


def for_update(connection: Connection) -> str:
    """Return what a query ends with that keeps others from changing its rows until the transaction ends.

    Nothing on SQLite, where whoever may write does so alone.
    """
    return "" if connection.kind == "sqlite" else " FOR UPDATE"


def insertion(table: str, columns: Collection[str]) -> str:
    """Return the statement that inserts a row, values in the order of `columns`."""
    return f"INSERT INTO {table} ({names(columns)}) VALUES {marks(columns)}"


def insert_rows(connection: Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the same columns."""
    if rows:
        connection.change_many(insertion(table, rows[0]), [tuple(row.values()) for row in rows])


def insert_if_absent(connection: Connection, table: str, key: Sequence[str], row: Mapping[str, Any]) -> bool:
    """Insert a row, and say whether it was: False, and the row that stands is kept, where `key` is taken."""
    statement = f"{insertion(table, row)} ON CONFLICT ({names(key)}) DO NOTHING"
    return connection.change(statement, tuple(row.values())) == 1


def upsert(
    connection: Connection,
    table: str,
    key: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    replaced: Collection[str] = (),
    newest_by: str | None = None,
) -> None:
    """Insert `rows`, of the same columns; where `key`, the primary key, is taken, write the columns `replaced` over, or
    keep the row without any.

    With `newest_by`, a row is written over only by one that is not older in that column. Rows are written in the
    order of their keys, so that transactions which write the same rows wait for each other and never in a circle.
    """
    if not rows:
        return
    on_conflict = "DO NOTHING"
    if replaced:
        newer = f' WHERE excluded."{newest_by}" >= {table}."{newest_by}"' if newest_by else ""
        on_conflict = f"DO UPDATE SET {_as_excluded(replaced)}{newer}"
    statement = f"{insertion(table, rows[0])} ON CONFLICT ({names(key)}) {on_conflict}"
    ordered = sorted(rows, key=lambda row: [row[name] for name in key])
    connection.change_many(statement, [tuple(row.values()) for row in ordered])


def insert_newest(
    connection: Connection, table: str, key: str, rows: Sequence[Mapping[str, Any]], *, counter: str
) -> None:
    """Insert `rows` into a table that counts them in `counter`; one whose `key` is taken replaces the old row under a
    new number."""
    if not rows:
        return
    if connection.kind == "sqlite":
        connection.change_many(f'DELETE FROM {table} WHERE "{key}" = ?', [(row[key],) for row in rows])
        insert_rows(connection, table, rows)
        return
    # A server has other writers: between a deletion and an insertion one of them could insert the same key.
    changed = [counter, *(column for column in rows[0] if column != key)]
    statement = f'{insertion(table, rows[0])} ON CONFLICT ("{key}") DO UPDATE SET {_as_excluded(changed)}'
    connection.change_many(statement, [tuple(row.values()) for row in rows])


def _as_excluded(columns: Iterable[str]) -> str:
    """Return the changes that write the row that was to be inserted over the one that stands."""
    return ", ".join(f'"{column}" = excluded."{column}"' for column in columns)

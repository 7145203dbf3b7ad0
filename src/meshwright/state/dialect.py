"""What differs between databases, behind one record: connecting, beginning, upserts, and what their errors mean.

`sqlite.py` and `postgresql.py` make the two records there are; the second is imported only where it is used.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, Connection, Engine, Table, bindparam, delete, insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

#: How long a statement waits for another process's write transaction.
BUSY_TIMEOUT_S = 30.0
#: Execution option of connections: how their transactions begin.
BEGIN = "meshwright_begin"
#: Values of BEGIN: one view of the data throughout (default), locks that writers take, no transaction at all.
READS, WRITES, BARE = "reads", "writes", "bare"


class Fault(enum.Enum):
    """What an error of the database driver means for a person."""

    LOCKED = enum.auto()
    FULL = enum.auto()
    READ_ONLY = enum.auto()
    CANNOT_OPEN = enum.auto()
    NOT_A_DATABASE = enum.auto()
    DAMAGED = enum.auto()
    DISK = enum.auto()
    #: The options in the address make no sense to the driver.
    BAD_ADDRESS = enum.auto()
    #: A server cannot be reached, or not now.
    UNREACHABLE = enum.auto()
    #: A server does not let us in: user, password, database.
    REFUSED = enum.auto()
    #: A server does not let us write: rights, or a standby.
    FORBIDDEN = enum.auto()
    #: The connection broke; nothing of the transaction was recorded.
    LOST = enum.auto()
    #: The connection broke while the transaction was being committed: whether it is recorded is not known.
    UNSURE = enum.auto()
    #: Two transactions stood in each other's way and the database ended one. Trying again helps.
    CONTENDED = enum.auto()
    #: A server reports a failure of its own: disk, memory, damage.
    SERVER = enum.auto()
    OTHER = enum.auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """One kind of database."""

    #: Whether several processes write at once, so that writers of one process need not queue.
    is_concurrent: bool
    #: The driver's errors, wrapped by SQLAlchemy and bare.
    errors: tuple[type[Exception], ...]
    #: Says what a driver's error means; OTHER covers what is not the world's doing.
    fault_of: Callable[[BaseException | None], Fault]
    #: Makes every connection of an engine durable and patient, and its transactions our own.
    prepare: Callable[[Engine], None]
    #: Keeps other processes from making or migrating tables until the transaction ends.
    lock_schema: Callable[[Connection], None]
    #: Lets a transaction wait for another database as long as that takes.
    let_idle: Callable[[Connection], None]
    #: Stops enforcing references while the block runs, where tables can only be rebuilt so.
    references_off: Callable[[Connection], AbstractContextManager[None]]
    #: Lets a counting column of a table go on after its highest number, after numbers were written into it.
    continue_counting: Callable[[Connection, str, str], None]
    #: Raises ValueError where a row refers to one that is not there: after a migration that ran unchecked.
    enforce_references: Callable[[Connection], None]


def execute_many(
    connection: Connection, statement: ClauseElement, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Execute one statement for every row, values given in the order of `names`, which are all its parameters.

    The statement is compiled once and the rows go to the driver as they are: for ten thousand rows SQLAlchemy's
    own preparation of each takes longer than the database does.
    """
    if not rows:
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(names))
    order = getattr(compiled, "positiontup", None)
    if order is None:
        connection.exec_driver_sql(str(compiled), [dict(zip(names, row, strict=True)) for row in rows])
        return
    places = [names.index(name) for name in order]
    if places != list(range(len(names))):
        rows = [tuple(row[place] for place in places) for row in rows]
    connection.exec_driver_sql(str(compiled), list(rows))


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    replaced: Collection[str] = (),
    newest_by: str | None = None,
) -> None:
    """Insert `rows`; where the primary key is taken, write the columns `replaced` over, or keep the row without any.

    With `newest_by`, a row is written over only by one that is not older in that column. Rows are written in the
    order of their keys, so that transactions which write the same rows wait for each other and never in a circle.
    """
    if not rows:
        return
    key = [column.name for column in table.primary_key]
    statement = _conflicting_insert(connection, table)
    if replaced:
        newer = None if newest_by is None else statement.excluded[newest_by] >= table.c[newest_by]
        statement = statement.on_conflict_do_update(
            index_elements=key, set_={name: statement.excluded[name] for name in replaced}, where=newer
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    connection.execute(statement, sorted(rows, key=lambda row: [row[name] for name in key]))


def insert_newest(connection: Connection, table: Table, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows` into a table that counts them; one whose `key` is taken replaces the old row under a new number."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(
            delete(table).where(table.c[key] == bindparam("taken")), [{"taken": row[key]} for row in rows]
        )
        connection.execute(insert(table), list(rows))
        return
    # A server has other writers: between a deletion and an insertion one of them could insert the same key.
    statement = _conflicting_insert(connection, table)
    changes = {column.name: statement.excluded[column.name] for column in table.c if column.name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changes), list(rows))


def _conflicting_insert(connection: Connection, table: Table) -> Any:
    """Return an INSERT of the connection's dialect, which can say what happens on conflict."""
    if connection.dialect.name == "sqlite":
        return sqlite_insert(table)
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # lazy: a SQLite state does without

    return postgresql_insert(table)

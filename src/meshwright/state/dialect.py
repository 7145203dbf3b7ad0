"""What differs between databases, in one place: connecting, beginning, upserts, and what their errors mean."""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ClauseElement, Connection, Engine, Table, event
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from meshwright.diagnostics import Diagnostic, WorldError

#: How long a statement waits for another process's write transaction.
BUSY_TIMEOUT_S = 30.0
#: Execution option of connections: how their transactions begin.
BEGIN = "meshwright_begin"
#: Values of BEGIN: one view of the data throughout (default), the write lock from the start, no transaction at all.
READS, WRITES, BARE = "reads", "writes", "bare"
_BEGINNINGS = {READS: "BEGIN", WRITES: "BEGIN IMMEDIATE"}
#: The write-ahead log is cut back to this size after a checkpoint.
_LOG_LIMIT_BYTES = 64 * 1024 * 1024


class Fault(enum.Enum):
    """What an error of the database driver means for a person."""

    LOCKED = enum.auto()
    FULL = enum.auto()
    READ_ONLY = enum.auto()
    CANNOT_OPEN = enum.auto()
    NOT_A_DATABASE = enum.auto()
    DAMAGED = enum.auto()
    DISK = enum.auto()
    OTHER = enum.auto()


_SQLITE_FAULTS: Mapping[int, Fault] = {
    sqlite3.SQLITE_BUSY: Fault.LOCKED,
    sqlite3.SQLITE_LOCKED: Fault.LOCKED,
    sqlite3.SQLITE_PROTOCOL: Fault.LOCKED,
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_PERM: Fault.CANNOT_OPEN,
    sqlite3.SQLITE_AUTH: Fault.CANNOT_OPEN,
    sqlite3.SQLITE_CANTOPEN: Fault.CANNOT_OPEN,
    sqlite3.SQLITE_NOTADB: Fault.NOT_A_DATABASE,
    sqlite3.SQLITE_CORRUPT: Fault.DAMAGED,
    sqlite3.SQLITE_IOERR: Fault.DISK,
    sqlite3.SQLITE_NOLFS: Fault.FULL,
}


def fault_of(error: BaseException | None) -> Fault:
    """Say what a driver's error means; OTHER covers what is not the world's doing."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _SQLITE_FAULTS.get(code & 0xFF, Fault.OTHER)  # the low byte is the primary code
    return Fault.OTHER


def prepare_connections(engine: Engine) -> None:
    """Make every connection of `engine` durable and patient, and its transactions our own.

    The driver's own transaction handling is switched off: it begins late and never IMMEDIATE, so two
    processes that read and then write would fail with a lock error instead of waiting for each other.
    """
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)


def _configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT_BYTES}")
    finally:
        cursor.close()


def _begin(connection: Connection) -> None:
    kind = connection.get_execution_options().get(BEGIN, READS)
    if kind != BARE:
        connection.exec_driver_sql(_BEGINNINGS[kind])


@contextmanager
def references_off(connection: Connection) -> Iterator[None]:
    """Stop enforcing references while the block runs; before a transaction begins, for inside one it has no effect."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def use_write_ahead_log(connection: Connection, place: str) -> None:
    """Let readers and a writer work side by side; outside of transactions, once in a database's life."""
    mode = connection.exec_driver_sql("PRAGMA journal_mode = WAL").scalar()
    if mode != "wal":
        raise WorldError(
            Diagnostic(
                code="MW-D106",
                message=f"the file system of '{place}' does not support the write-ahead log (SQLite says '{mode}')",
                fix="put `state` on a local disk",
            )
        )


def enforce_references(connection: Connection) -> None:
    """Raise ValueError where a row refers to one that is not there: after a migration, which runs unchecked."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise ValueError(f"a row of table '{broken[0]}' refers to one of '{broken[2]}' that does not exist")


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

    With `newest_by`, a row is written over only by one that is not older in that column.
    """
    if not rows:
        return
    key = [column.name for column in table.primary_key]
    statement = sqlite_insert(table)
    if replaced:
        newer = None if newest_by is None else statement.excluded[newest_by] >= table.c[newest_by]
        statement = statement.on_conflict_do_update(
            index_elements=key, set_={name: statement.excluded[name] for name in replaced}, where=newer
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    connection.execute(statement, list(rows))

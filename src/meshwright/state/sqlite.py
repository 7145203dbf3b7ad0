"""SQLite: one file, one host, one writer at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.state import dialect
from meshwright.state.dialect import BARE, BEGIN, READS, WRITES, Dialect, Fault

_BEGINNINGS = {READS: "BEGIN", WRITES: "BEGIN IMMEDIATE"}
#: The write-ahead log is cut back to this size after a checkpoint.
_LOG_LIMIT_BYTES = 64 * 1024 * 1024

_FAULTS: Mapping[int, Fault] = {
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
        return _FAULTS.get(code & 0xFF, Fault.OTHER)  # the low byte is the primary code
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
        cursor.execute(f"PRAGMA busy_timeout = {int(dialect.BUSY_TIMEOUT_S * 1000)}")
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


def _lock_schema(_connection: Connection) -> None:
    """Do nothing: a write transaction holds the only write lock there is."""


def _let_idle(_connection: Connection) -> None:
    """Do nothing: nobody ends transactions but their own process."""


def _continue_counting(_connection: Connection, _table: str, _column: str) -> None:
    """Do nothing: SQLite goes on after the highest number by itself."""


SQLITE = Dialect(
    is_concurrent=False,
    errors=(exc.DBAPIError, sqlite3.Error),
    fault_of=fault_of,
    prepare=prepare_connections,
    lock_schema=_lock_schema,
    let_idle=_let_idle,
    references_off=references_off,
    enforce_references=enforce_references,
    continue_counting=_continue_counting,
)

"""SQLite: one file, one host, one writer at a time. Python's own driver, without SQLAlchemy but for migrations."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.state import dialect
from meshwright.state.connection import Connection, Row
from meshwright.state.dialect import READS, WRITES, Dialect, Fault

if TYPE_CHECKING:
    from meshwright.state.alchemy import AlchemyConnection

_BEGINNINGS = {READS: "BEGIN", WRITES: "BEGIN IMMEDIATE"}
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
#: The write-ahead log is cut back to this size after a checkpoint.
_LOG_LIMIT_BYTES = 64 * 1024 * 1024
#: A connection keeps pages in memory up to this, and who writes up to that: under SQLite's own 2 MB a publication of ten
#: thousand pointers writes some twice. What is read again comes from the file system's memory, which all connections share.
_CACHE_KIB, _WRITING_CACHE_KIB = 1024, 16 * 1024
#: Connections that are kept for the next who needs one; forty threads of a server that all were busy once need not keep theirs.
_MOST_FREE = 8
#: Between two tries of what SQLite refuses at once.
_PAUSE_S = 0.02

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


class SqliteConnection:
    """Implements `state.connection.Connection`; its block is the transaction."""

    kind = "sqlite"

    def __init__(self, driver: sqlite3.Connection, give_back: Callable[[sqlite3.Connection], None]) -> None:
        self._driver = driver
        self._give_back = give_back

    def __enter__(self) -> SqliteConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._driver.in_transaction:
                self._driver.execute("COMMIT")
        finally:
            try:
                if self._driver.in_transaction:
                    self._driver.execute("ROLLBACK")
            finally:
                self._give_back(self._driver)

    def rows(self, statement: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Return all rows of a query."""
        return self._execute(statement, values).fetchall()

    def first(self, statement: str, values: Sequence[object] = ()) -> Row | None:
        """Return the first row of a query, None where there is none."""
        found = self._execute(statement, values).fetchall()
        return found[0] if found else None

    def value(self, statement: str, values: Sequence[object] = ()) -> Any:  # as typed in the database
        """Return the first value of the first row, None where there is none."""
        row = self.first(statement, values)
        return None if row is None else row[0]

    def chunks(self, statement: str, size: int, values: Sequence[object] = ()) -> Generator[Sequence[Row]]:
        """Yield the rows of a query, so many at a time."""
        cursor = self._execute(statement, values)
        while found := cursor.fetchmany(size):
            yield found

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """Change something and return how many rows that were."""
        return self._execute(statement, values).rowcount

    def change_many(self, statement: str, rows: Collection[Sequence[object]]) -> None:
        """Do one statement for every row of values."""
        self._driver.executemany(statement, rows)

    def _execute(self, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
        return self._driver.execute(statement, tuple(values))


class SqlitePool:
    """Implements `state.connection.Pool`: connections are made when needed and kept for the next who needs one."""

    def __init__(self, address: str, *, is_shared: bool = False) -> None:
        #: A path, or a ``file:`` address; ``:memory:`` is a database that lives as long as its connection.
        self._address = address
        #: Whether all threads use one connection, as they must in memory; whoever begins sees to it that one at a time does.
        self._is_shared = is_shared
        self._free: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._is_closed = False

    def begin(self, kind: str) -> SqliteConnection:
        """Begin a transaction, or with `BARE` none."""
        with self._lock:
            driver = self._free.pop() if self._free else None
        if driver is None:
            driver = self._connected()
        give_back = self._give_back_smaller if kind == WRITES else self._give_back
        try:
            if kind == WRITES:
                _keep_pages(driver, _WRITING_CACHE_KIB)
            if kind in _BEGINNINGS:
                driver.execute(_BEGINNINGS[kind])
        except BaseException:
            give_back(driver)
            raise
        return SqliteConnection(driver, give_back)

    @contextmanager
    def migrating(self) -> Iterator[AlchemyConnection]:
        """Begin a transaction, on a connection of its own, in which references are not enforced, for SQLite changes a
        table by making it anew."""
        from sqlalchemy import create_engine, exc  # lazy, as its user: a migration is made once in a release
        from sqlalchemy.pool import NullPool

        from meshwright.state.alchemy import begun

        assert not self._is_shared  # what lives in memory has this release's schema
        engine = create_engine("sqlite://", creator=self._connected, poolclass=NullPool)
        try:
            with begun(engine) as connection:
                # Before the transaction, which the driver leaves to us: inside one it has no effect.
                connection.change("PRAGMA foreign_keys = OFF")
                connection.change(f"PRAGMA cache_size = -{_WRITING_CACHE_KIB}")
                connection.change(_BEGINNINGS[WRITES])
                yield connection
        except exc.DBAPIError as error:
            if error.orig is None:
                raise
            raise error.orig from error

    def close(self) -> None:
        """Close the connections that are not in use, and those in use when they are given back."""
        with self._lock:
            self._is_closed = True
            free, self._free = self._free, []
        for driver in free:
            driver.close()

    def _give_back_smaller(self, driver: sqlite3.Connection) -> None:
        try:
            _keep_pages(driver, _CACHE_KIB)
        finally:
            self._give_back(driver)

    def _give_back(self, driver: sqlite3.Connection) -> None:
        with self._lock:
            is_kept = not self._is_closed and len(self._free) < _MOST_FREE
            if is_kept:
                self._free.append(driver)
        if not is_kept:
            driver.close()

    def _connected(self) -> sqlite3.Connection:
        """Make a connection that is durable and patient, and whose transactions are our own.

        The driver's own transaction handling is switched off: it begins late and never IMMEDIATE, so two
        processes that read and then write would fail with a lock error instead of waiting for each other.
        """
        driver = sqlite3.connect(
            self._address, timeout=dialect.BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, uri=True
        )
        try:
            driver.execute("PRAGMA synchronous = FULL")
            driver.execute("PRAGMA foreign_keys = ON")
            driver.execute("PRAGMA temp_store = MEMORY")
            _keep_pages(driver, _CACHE_KIB)
            driver.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT_BYTES}").close()
        except BaseException:
            driver.close()
            raise
        return driver


def _keep_pages(driver: sqlite3.Connection, kib: int) -> None:
    """Let a connection keep so many pages; what is more is given back at once."""
    driver.execute(f"PRAGMA cache_size = -{kib}")


def _patiently(change: Callable[[], object]) -> object:
    """Do what SQLite refuses at once, without waiting as it does elsewhere, where another process does the same just now."""
    give_up_s = time.monotonic() + dialect.BUSY_TIMEOUT_S
    while True:
        try:
            return change()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_s:
                raise
        time.sleep(_PAUSE_S)


def use_write_ahead_log(connection: Connection, place: str) -> None:
    """Let readers and a writer work side by side; outside of transactions, once in a database's life."""
    mode = _patiently(lambda: connection.value("PRAGMA journal_mode = WAL"))
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
    broken = connection.first("PRAGMA foreign_key_check")
    if broken is not None:
        raise ValueError(f"a row of table '{broken[0]}' refers to one of '{broken[2]}' that does not exist")


def _table_names(connection: Connection) -> frozenset[str]:
    return frozenset(name for (name,) in connection.rows(_TABLES))


def _lock_schema(_connection: Connection) -> None:
    """Do nothing: a write transaction holds the only write lock there is."""


def _let_idle(_connection: Connection) -> None:
    """Do nothing: nobody ends transactions but their own process."""


def _continue_counting(_connection: Connection, _table: str, _column: str) -> None:
    """Do nothing: SQLite goes on after the highest number by itself."""


SQLITE = Dialect(
    is_concurrent=False,
    errors=(sqlite3.Error,),
    fault_of=fault_of,
    table_names=_table_names,
    lock_schema=_lock_schema,
    let_idle=_let_idle,
    enforce_references=enforce_references,
    continue_counting=_continue_counting,
)

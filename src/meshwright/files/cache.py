"""The parse cache: what reading a file's content once gave, kept in a SQLite file by the content's identity.

It saves work and nothing else. A cache that is damaged, locked, read-only or on a full disk behaves as an
empty one, without an error, and a damaged file is dropped. Every row carries a checksum, so that a flipped
bit is a miss and never a wrong answer. Another version of meshwright starts it anew.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from meshwright import __version__

if TYPE_CHECKING:
    import sqlite3

#: Form of the texts that callers put in; raise it when one changes. A new layout takes a new table name.
_SCHEMA = 2
#: Keys in one statement and rows in one transaction: below SQLite's oldest limit of 999 variables.
_CHUNK = 500
#: How long to wait for another process's transaction before going on without the cache.
_WAIT_S = 1.0
#: An entry that no process asked for during this many opens is dropped.
_KEPT_OPENS = 200
#: A hit's mark is renewed when it is older than this, so that most reads write nothing.
_MARK_OPENS = 20
#: A larger file is emptied when it is opened.
_MAX_BYTES = 512 * 1024 * 1024

_TABLES = """
create table if not exists meshwright_cache_1 (name text primary key, value text not null) without rowid;
create table if not exists entry_1 (
    kind text not null, key text not null, value text not null, checksum text not null, used integer not null,
    primary key (kind, key)
) without rowid;
"""


class ParseCache:
    """Texts by kind and key, shared by concurrent processes and threads. Open it with `ParseCache.open`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        #: Number of this open: what entries are marked with.
        self._open = 0
        self._has_dropped = False

    @classmethod
    def open(cls, path: Path) -> ParseCache:
        """Open the cache at `path`, made where it is missing. Never fails: at worst the cache stays empty."""
        cache = cls(path)
        cache._connect()
        if cache._has_dropped:
            cache._connect()
        return cache

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get_many(self, kind: str, keys: Collection[str]) -> Mapping[str, str]:
        """Return the values that are there, by key."""
        found: dict[str, str] = {}
        with self._lock:
            for chunk in _chunks(list(dict.fromkeys(keys))):
                part = self._get(kind, chunk)
                if part is None:
                    break
                found |= part
        return found

    def put_many(self, kind: str, entries: Mapping[str, str]) -> None:
        """Keep each value under its key; what is there already is replaced."""
        with self._lock:
            for chunk in _chunks(list(entries)):
                rows = [(kind, key, entries[key], _checksum(kind, key, entries[key]), self._open) for key in chunk]
                if not self._write("insert or replace into entry_1 values (?, ?, ?, ?, ?)", rows):
                    break

    def close(self) -> None:
        """Close the file; the cache is empty from then on."""
        with self._lock:
            self._disconnect()

    def _connect(self) -> None:
        import sqlite3  # not every verb reads files

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self._path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False, cached_statements=16
            )
        except (OSError, ValueError, sqlite3.Error):
            return
        self._connection = connection
        try:
            connection.execute("pragma journal_mode=wal")
            connection.execute("pragma synchronous=normal")
            self._prepare(connection)
        except sqlite3.Error as error:
            self._give_up(error)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables, empty those of another version, count this open and drop what nobody asks for."""
        connection.execute("begin immediate")
        try:
            for statement in _TABLES.strip().split(";\n"):
                connection.execute(statement)
            about = dict(connection.execute("select name, value from meshwright_cache_1").fetchall())
            version = f"{_SCHEMA}/{__version__}"
            if about.get("version") != version or _size(connection) > _MAX_BYTES:
                connection.execute("delete from entry_1")
            opens = str(about.get("opens", "0"))
            self._open = int(opens) + 1 if opens.isdecimal() and len(opens) < 16 else 1
            connection.executemany(
                "insert or replace into meshwright_cache_1 values (?, ?)",
                [("version", version), ("opens", str(self._open))],
            )
            if self._open % _MARK_OPENS == 0:
                oldest = self._open - _KEPT_OPENS
                connection.execute("delete from entry_1 where used < ? or used > ?", (oldest, self._open))
            connection.execute("commit")
        finally:
            if connection.in_transaction:
                connection.execute("rollback")

    def _get(self, kind: str, keys: list[str]) -> dict[str, str] | None:
        """Return what is there of one chunk, None where the file cannot be read."""
        if self._connection is None:
            return None
        import sqlite3  # loaded already: a connection is open

        marks = ", ".join("?" * len(keys))
        query = f"select key, value, checksum, used from entry_1 where kind = ? and key in ({marks})"
        found: dict[str, str] = {}
        stale = []
        try:
            for key, value, checksum, used in self._connection.execute(query, (kind, *keys)).fetchall():
                if isinstance(value, str) and _checksum(kind, key, value) == checksum:
                    found[key] = value
                    if used <= self._open - _MARK_OPENS:
                        stale.append((self._open, kind, key))
        except (sqlite3.Error, UnicodeError) as error:
            self._give_up(error)
            return None
        if stale:
            self._write("update entry_1 set used = ? where kind = ? and key = ?", stale)
        return found

    def _write(self, statement: str, rows: Sequence[tuple[str | int, ...]]) -> bool:
        """Change rows in one transaction, or not at all; say whether it was done."""
        if self._connection is None:
            return False
        import sqlite3  # loaded already: a connection is open

        try:
            self._connection.execute("begin immediate")
            self._connection.executemany(statement, rows)
            self._connection.execute("commit")
        except (sqlite3.Error, UnicodeError) as error:
            self._undo()
            self._give_up(error)
            return False
        return True

    def _undo(self) -> None:
        import sqlite3  # loaded already: a connection is open

        try:
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("rollback")
        except sqlite3.Error:
            self._disconnect()

    def _give_up(self, error: Exception) -> None:
        """Go on after a failure: drop a damaged file, live with a busy one, do without any other."""
        import sqlite3  # loaded already: its error is at hand

        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        is_open = self._open > 0
        if isinstance(error, UnicodeError) or (is_open and code == sqlite3.SQLITE_BUSY):
            return
        self._disconnect()
        damage = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB} | (set() if is_open else {sqlite3.SQLITE_ERROR})
        if code in damage:
            for suffix in ("", "-wal", "-shm"):
                try:
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
                except OSError:
                    return
            self._has_dropped = True

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]


def _checksum(kind: str, key: str, value: str) -> str:
    text = f"{kind}\0{key}\0{value}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def _size(connection: sqlite3.Connection) -> int:
    """Return the bytes in use."""
    pages, free, size = (
        connection.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)

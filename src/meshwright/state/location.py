"""Where the state database is: the value of `state` in mesh.yaml, resolved and looked at before it is opened."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.frozen import dataclass
from meshwright.state.dialect import Fault
from meshwright.state.faults import explained

if TYPE_CHECKING:
    from sqlalchemy import URL

#: SQLite's header; a file that is shorter is none of its.
_HEADER_BYTES = 100
_SQLITE_FIX = "write for example 'sqlite:///.meshwright/state.db' (three slashes: relative to the mesh root)"
_URL_FIX = f"{_SQLITE_FIX} or 'postgresql+psycopg://user@host/database'"
_SQLITE_NAMES = {"sqlite", "sqlite+pysqlite"}
#: The address of a SQLite file or, without a path, of one in memory.
_SQLITE_URL = re.compile(r"sqlite(?:\+pysqlite)?://(?:/(?P<path>[^?]*))?")
#: `postgres` is what several hosting services write.
_POSTGRESQL_NAMES = {"postgresql", "postgresql+psycopg", "postgres"}
#: Options of a PostgreSQL address whose values are nobody's business.
_SECRET_OPTIONS = ("password", "sslpassword", "oauth_client_secret")


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A state database: in memory, in a file, or on a server."""

    #: Absolute path of the file, None for a database in memory or on a server.
    path: Path | None = None
    #: Address of a server's database, None for SQLite. May hold a password: never shown.
    server: URL | None = field(default=None, repr=False)
    #: How SQLite opens the file where it is only read (a ``file:`` address), else None.
    reading: str | None = None

    @property
    def is_memory(self) -> bool:
        """Whether the database lives in this process."""
        return self.path is None and self.server is None

    @property
    def sqlite_name(self) -> str:
        """What SQLite opens."""
        return self.reading or (":memory:" if self.path is None else str(self.path))

    @property
    def place(self) -> str:
        """The database in words, for messages: without user, password and options."""
        if self.server is None:
            return "memory" if self.path is None else str(self.path)
        host = self.server.host or self.server.query.get("host") or ""
        shown = host if isinstance(host, str) else ",".join(host)
        port = f":{self.server.port}" if self.server.port else ""
        return f"postgresql://{shown}{port}/{self.server.database or ''}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not appear in any message."""
        if self.server is None:
            return ()
        query = self.server.query
        found = [self.server.password, *(query.get(name) for name in _SECRET_OPTIONS)]
        return tuple(str(value) for value in found if value)


def locate(url: str, root: Path) -> Location:
    """Resolve a state URL against the mesh root. Raises InputError; the URL is not repeated, it may hold a password."""
    plain = _SQLITE_URL.fullmatch(url)
    if plain is not None:
        return _in_file(plain["path"] or "", root)
    return _elsewhere(url)


def _in_file(database: str, root: Path) -> Location:
    if database.startswith("file:") or "\0" in database:
        raise _no_path()
    if database in {"", ":memory:"}:
        return Location()
    return Location(path=Path(os.path.abspath(root / database)))  # noqa: PTH100 - resolve() would follow links


def _elsewhere(url: str) -> Location:
    """Resolve what is not plainly a SQLite file: a server, or a mistake."""
    from sqlalchemy import exc, make_url  # lazy: a state in a file does without

    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):
        parsed = None
    if parsed is None:  # outside of the handler: the parser's error quotes the address
        raise InputError(
            Diagnostic(code="MW-D101", message="the value of `state` is not a database address", fix=_URL_FIX)
        )
    if parsed.drivername in _POSTGRESQL_NAMES:
        return Location(server=parsed.set(drivername="postgresql+psycopg"))
    if parsed.drivername not in _SQLITE_NAMES:
        raise InputError(
            Diagnostic(
                code="MW-D102",
                message=f"`state` names a '{parsed.drivername}' database, which is not supported",
                fix=_URL_FIX,
            )
        )
    raise _no_path()


def _no_path() -> InputError:
    return InputError(
        Diagnostic(
            code="MW-D101",
            message="the SQLite address in `state` is a path and has no host or options",
            fix=_SQLITE_FIX,
        )
    )


def make_ready(path: Path) -> None:
    """Make the folder of a database file and refuse a file that is something else, before SQLite touches it."""
    place = str(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise explained(Fault.CANNOT_OPEN, place, "it is a folder")
        size = path.stat().st_size
        if not os.access(path, os.R_OK):
            raise explained(Fault.CANNOT_OPEN, place, os.strerror(errno.EACCES))
    except FileNotFoundError:
        return
    except (FileExistsError, NotADirectoryError) as error:
        raise explained(Fault.CANNOT_OPEN, place, "a part of its path is a file, not a folder") from error
    except OSError as error:
        raise explained(Fault.CANNOT_OPEN, place, error.strerror or str(error)) from error
    if size and not _is_database(path, size):
        raise explained(Fault.NOT_A_DATABASE, place, "")


def _is_database(path: Path, size: int) -> bool:
    """Whether a file that is not empty begins as SQLite's do. Nothing is written, and no log is looked at.

    SQLite reads it, not we: whoever opens a file and closes it again gives up every lock that the process has on it, those of
    other connections among them, and another process then takes their log away (sqlite.org/howtocorrupt.html, 2.2).
    """
    if size < _HEADER_BYTES:
        return False
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.DatabaseError as error:
        return getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_NOTADB
    return True


def sync_folder(path: Path) -> None:
    """Make the entry of a new database file in its folder durable."""
    try:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise WorldError(
            Diagnostic(code="MW-D111", message=f"the folder of '{path}' cannot be made durable: {error.strerror}")
        ) from error

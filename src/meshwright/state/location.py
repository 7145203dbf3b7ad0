"""Where the state database is: the value of `state` in mesh.yaml, resolved and looked at before it is opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, exc, make_url

from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.state.dialect import Fault
from meshwright.state.faults import explained

_HEADER = b"SQLite format 3\0"
_URL_FIX = "write for example 'sqlite:///.meshwright/state.db' (three slashes: relative to the mesh root)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A state database: in memory, or in a file."""

    #: Absolute path of the file, None for a database in memory.
    path: Path | None

    @property
    def url(self) -> URL:
        """What SQLAlchemy opens."""
        return URL.create("sqlite+pysqlite", database=None if self.path is None else str(self.path))

    @property
    def place(self) -> str:
        """The database in words, for messages."""
        return "memory" if self.path is None else str(self.path)


def locate(url: str, root: Path) -> Location:
    """Resolve a state URL against the mesh root. Raises InputError; the URL is not repeated, it may hold a password."""
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        raise InputError(
            Diagnostic(code="MW-D101", message="the value of `state` is not a database address", fix=_URL_FIX)
        ) from error
    kind, _, driver = parsed.drivername.partition("+")
    if kind != "sqlite" or driver not in {"", "pysqlite"}:
        raise InputError(
            Diagnostic(
                code="MW-D102",
                message=f"`state` names a '{parsed.drivername}' database, which is not supported",
                fix=_URL_FIX,
            )
        )
    database = parsed.database or ""
    if parsed.query or parsed.host or database.startswith("file:") or "\0" in database:
        raise InputError(
            Diagnostic(
                code="MW-D101",
                message="the SQLite address in `state` is a path and has no host or options",
                fix=_URL_FIX,
            )
        )
    if database in {"", ":memory:"}:
        return Location(path=None)
    return Location(path=Path(os.path.abspath(root / database)))  # noqa: PTH100 - resolve() would follow links


def make_ready(path: Path) -> None:
    """Make the folder of a database file and refuse a file that is something else, before SQLite touches it."""
    place = str(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise explained(Fault.CANNOT_OPEN, place, "it is a folder")
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
    except FileNotFoundError:
        return
    except (FileExistsError, NotADirectoryError) as error:
        raise explained(Fault.CANNOT_OPEN, place, "a part of its path is a file, not a folder") from error
    except OSError as error:
        raise explained(Fault.CANNOT_OPEN, place, error.strerror or str(error)) from error
    if header and header != _HEADER:
        raise explained(Fault.NOT_A_DATABASE, place, "")


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

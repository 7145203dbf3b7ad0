"""A SQLite state for those who may only read it: files, or folders, that belong to somebody else.

SQLite itself needs to write beside a database with a write-ahead log, even to read it. Where writers are at work
their log and its index are there already and can be read along; where none is, the file is read from a private copy.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.state.dialect import Fault
from meshwright.state.faults import explained

#: How often a copy is tried that a writer disturbed.
_TRIES = 5


def may_write(path: Path) -> bool:
    """Whether this user may write a database file, and beside it. A disk that is mounted read-only says no as well."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def read_along(path: Path) -> str:
    """Return the address by which SQLite reads a file while others write it."""
    return f"{path.as_uri()}?mode=ro"


def read_copy(path: Path) -> str:
    """Return the address by which SQLite reads a file that nobody writes."""
    return f"{read_along(path)}&immutable=1"


def has_writers(path: Path) -> bool:
    """Whether the log of a database and its index stand beside it, as they do while it is being written."""
    return all(Path(f"{path}{suffix}").exists() for suffix in ("-wal", "-shm"))


def private_copy(path: Path, folder: Path) -> Path:
    """Copy a database that nobody is writing into `folder`, and return the copy.

    Raises WorldError: MW-D106 where it cannot be read, MW-D109 where writers come and go all the time.
    """
    copy = folder / path.name
    try:
        for _ in range(_TRIES):
            before = _mark(path)
            shutil.copyfile(path, copy)
            if before == _mark(path) and before[0] is None:
                return copy
    except OSError as error:
        raise explained(Fault.CANNOT_OPEN, str(path), error.strerror or str(error)) from error
    raise WorldError(
        Diagnostic(
            code="MW-D109",
            message=f"the state database '{path}' is being written, and you may not write beside it to read along",
            fix="run the command again in a moment",
        )
    )


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for a private copy; it goes with the state that is read from it."""
    return tempfile.TemporaryDirectory(prefix="meshwright-state-")


def _mark(path: Path) -> tuple[int | None, int, int]:
    """Return what changes when a database does: size of its log (None without one), its own size and time."""
    log = Path(f"{path}-wal")
    found = path.stat()
    return (log.stat().st_size if log.exists() else None, found.st_size, found.st_mtime_ns)

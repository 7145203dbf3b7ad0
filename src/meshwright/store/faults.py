"""Errors of the operating system become diagnostics here."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshwright.diagnostics import Diagnostic, WorldError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


@contextmanager
def faults_explained(root: Path, place: str) -> Iterator[None]:
    """Raise WorldError instead of an OSError met at `place` in the store at `root`."""
    try:
        yield
    except OSError as error:
        raise explained(error, root, place) from error


def explained(error: OSError, root: Path, place: str) -> WorldError:
    """Return the error for what the operating system reported."""
    words = error.strerror or str(error)
    if error.errno in _FULL:
        return WorldError(
            Diagnostic(
                code="MW-D401",
                message=f"no space left in the store '{root}'{_free(root)}: {words}",
                fix="free disk space, then run the command again; nothing half-written is visible",
            )
        )
    if error.errno in _FORBIDDEN:
        return WorldError(
            Diagnostic(
                code="MW-D402",
                message=f"the store cannot be used at '{place}': {words}",
                fix="check the permissions of the store's folder, and `store` in mesh.yaml",
            )
        )
    if error.errno in _GONE:
        return gone(place)
    return WorldError(
        Diagnostic(
            code="MW-D403",
            message=f"the store failed at '{place}': {words}",
            fix="check the disk and the system's log, then run the command again",
        )
    )


def gone(place: str) -> WorldError:
    """Return the error for a file that should be there and is not."""
    return WorldError(
        Diagnostic(
            code="MW-D404",
            message=f"'{place}' was written and is gone, or is no plain file",
            fix="keep other programs out of the store's folder, then run the command again",
        )
    )


def _free(root: Path) -> str:
    """Say how much space is left where the store is, if the system tells."""
    existing = next((folder for folder in (root, *root.parents) if os.path.lexists(folder)), root)
    try:
        return f" ({shutil.disk_usage(existing).free / 1e6:.1f} MB free)"
    except OSError:
        return ""

"""Errors of the database become diagnostics here, once: no caller ever sees the driver's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import exc

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, WorldError
from meshwright.state.dialect import BUSY_TIMEOUT_S, Fault, fault_of


@dataclass(frozen=True, kw_only=True, slots=True)
class _Explanation:
    """What a user is told of a fault: words with places for the database and the driver's words."""

    code: str
    message: str
    fix: str
    kind: type[MeshwrightError] = WorldError


_EXPLANATIONS: Mapping[Fault, _Explanation] = {
    Fault.LOCKED: _Explanation(
        code="MW-D109",
        message=f"the state database '{{place}}' was locked for {BUSY_TIMEOUT_S:.0f} s by another process",
        fix="run the command again; if it stays locked, look for a meshwright process that hangs",
    ),
    Fault.FULL: _Explanation(
        code="MW-D110",
        message="no space left for the state database '{place}'; nothing of this change was recorded",
        fix="free disk space, then run the command again",
    ),
    Fault.READ_ONLY: _Explanation(
        code="MW-D107",
        message="the state database '{place}' cannot be written: {words}",
        fix="make the file, its folder and the files beside it writable for you, or use another `state`",
    ),
    Fault.CANNOT_OPEN: _Explanation(
        code="MW-D106",
        message="the state database '{place}' cannot be opened: {words}",
        fix="check that the folder exists, is on a local disk and is yours to read and write",
    ),
    Fault.NOT_A_DATABASE: _Explanation(
        code="MW-D103",
        message="'{place}' is not a state database",
        fix="point `state` in mesh.yaml at another file, or move this one away",
        kind=InputError,
    ),
    Fault.DAMAGED: _Explanation(
        code="MW-D108",
        message="the state database '{place}' is damaged: {words}",
        fix="restore it from a backup, with the '-wal' and '-shm' files beside it removed; data files are not affected",
    ),
    Fault.DISK: _Explanation(
        code="MW-D111",
        message="reading or writing the state database '{place}' failed: {words}",
        fix="check the disk, then run the command again",
    ),
}


@contextmanager
def faults_explained(place: str) -> Iterator[None]:
    """Raise WorldError or InputError instead of a driver's error about the database at `place`.

    An error that is nobody's fault but ours (a broken constraint, bad SQL) passes through as it is.
    """
    try:
        yield
    except exc.TimeoutError as error:  # no free connection in the pool
        raise explained(Fault.LOCKED, place) from error
    except (exc.DBAPIError, sqlite3.Error) as error:
        driver_error = error.orig if isinstance(error, exc.DBAPIError) else error
        fault = fault_of(driver_error)
        if fault is Fault.OTHER:
            raise
        raise explained(fault, place, str(driver_error)) from error


def explained(fault: Fault, place: str, words: str = "") -> MeshwrightError:
    """Return the error for a fault of the database at `place`; `words` are the driver's."""
    what = _EXPLANATIONS[fault]
    return what.kind(Diagnostic(code=what.code, message=what.message.format(place=place, words=words), fix=what.fix))

"""Errors of the database become diagnostics here, once: no caller ever sees the driver's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, WorldError
from meshwright.frozen import dataclass
from meshwright.state.dialect import BUSY_TIMEOUT_S, Dialect, Fault


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
        fix="check the disk and run the command again; if it stays, restore it from a backup, with the '-wal' and '-shm' "
        "files beside it removed; data files are not affected",
    ),
    Fault.DISK: _Explanation(
        code="MW-D111",
        message="reading or writing the state database '{place}' failed: {words}",
        fix="look at the disk and its free space (SQLite needs a little even to read), then run the command again",
    ),
    Fault.SERVER: _Explanation(
        code="MW-D111",
        message="the server of the state database '{place}' failed: {words}",
        fix="look at the server's log, then run the command again",
    ),
    Fault.FORBIDDEN: _Explanation(
        code="MW-D107",
        message="the state database '{place}' cannot be written: {words}",
        fix="let the user in `state` write there (grant), and name the primary server, not a standby",
    ),
    Fault.CONTENDED: _Explanation(
        code="MW-D109",
        message="other processes changed the same rows of the state database '{place}' at the same time, again and again",
        fix="run the command again",
    ),
    Fault.BAD_ADDRESS: _Explanation(
        code="MW-D101",
        message="the options of the database address in `state` are wrong: {words}",
        fix="see 'parameter key words' in the PostgreSQL manual (libpq) for the options there are",
        kind=InputError,
    ),
    Fault.UNREACHABLE: _Explanation(
        code="MW-D113",
        message="the state database '{place}' cannot be reached: {words}",
        fix="check that the server runs and that host and port in `state` are right, then run the command again",
    ),
    Fault.REFUSED: _Explanation(
        code="MW-D114",
        message="the state database '{place}' does not let you in: {words}",
        fix="check user, password (${env:NAME}, PGPASSWORD or ~/.pgpass) and database in `state`",
        kind=InputError,
    ),
    Fault.LOST: _Explanation(
        code="MW-D115",
        message="the connection to the state database '{place}' was lost: {words}; this change was not recorded",
        fix="run the command again, or resume the run: what is built is kept",
    ),
    Fault.UNSURE: _Explanation(
        code="MW-D115",
        message="the connection to the state database '{place}' was lost while a change was committed: {words}; "
        "the change is recorded whole or not at all",
        fix="run the command again: it goes on from what is recorded",
    ),
}


@contextmanager
def faults_explained(place: str, dialect: Dialect, secrets: Collection[str] = ()) -> Iterator[None]:
    """Raise WorldError or InputError instead of a driver's error about the database at `place`.

    An error that is nobody's fault but ours (a broken constraint, bad SQL) passes through as it is. Of the driver's
    words `secrets` are struck out.
    """
    try:
        yield
    except dialect.errors as error:
        fault = dialect.fault_of(driver_error(error))
        if fault is Fault.OTHER:
            raise
        raise explained(fault, place, words_of(error, secrets)) from error


def driver_error(error: Exception) -> BaseException | None:
    """Return the driver's error; SQLAlchemy's have it in `orig`, which may be None."""
    found: BaseException | None = getattr(error, "orig", error)
    return found


def words_of(error: Exception, secrets: Collection[str] = ()) -> str:
    """Return the driver's words on one line, without `secrets`."""
    words = " ".join(str(driver_error(error)).split())
    for secret in secrets:
        words = words.replace(secret, "***")
    return words


def explained(fault: Fault, place: str, words: str = "") -> MeshwrightError:
    """Return the error for a fault of the database at `place`; `words` are the driver's."""
    what = _EXPLANATIONS[fault]
    return what.kind(Diagnostic(code=what.code, message=what.message.format(place=place, words=words), fix=what.fix))

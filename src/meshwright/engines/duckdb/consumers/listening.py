"""Hears what a query's process says, which is not believed, and tells its end as an error of the caller's or the server's."""

from __future__ import annotations

import json
import os
import selectors
import signal
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NoReturn

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, SourceSpan, WorldError
from meshwright.diagnostics.codes import is_known_code
from meshwright.engines.duckdb.consumers.places import CallerLeft
from meshwright.engines.duckdb.consumers.values import ConsumerLimits, Named
from meshwright.engines.duckdb.consumers.wardens import Talk
from meshwright.engines.duckdb.consumers.wire import BrokenTalk, Frame, receive, tell
from meshwright.engines.duckdb.consumers.words import too_long, too_much
from meshwright.model import Column, Columns
from meshwright.sql import TableReference

if TYPE_CHECKING:
    import pyarrow as pa

#: How often it is looked whether the caller is still there.
_LOOK_S = 0.1
#: How long the end of a process is waited for once its stream has ended.
_END_S = 10.0
_NO_MEMORY = 71


class Listener:
    """Reads what a query's process says, for as long as somebody waits for it."""

    def __init__(self, talk: Talk, limits: ConsumerLimits, is_gone: Callable[[], bool]) -> None:
        self._talk = talk
        self._limits = limits
        self._is_gone = is_gone

    def tell(self, value: object) -> None:
        """Give the process a value. Raises as `next`."""
        try:
            tell(self._talk.channel, value)
        except OSError:
            self._why()

    def next(self) -> tuple[Frame, bytearray]:
        """Return the next frame. Raises InputError where there is no answer, WorldError, CallerLeft."""
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._talk.channel, selectors.EVENT_READ)
                while not selector.select(_LOOK_S):
                    if self._is_gone():
                        raise CallerLeft
            kind, body = receive(self._talk.channel)
        except (BrokenTalk, OSError, ValueError):  # ValueError: the sockets were closed meanwhile
            self._why()
        if kind is Frame.SAID and "failed" in (said := _object(body)):
            raise _error(said["failed"])
        return kind, body

    def said(self) -> Mapping[str, object]:
        """Return the next frame, which says something. Raises as `next`."""
        kind, body = self.next()
        if kind is not Frame.SAID:
            raise broken()
        return _object(body)

    def ended(self, kind: Frame, body: bytearray) -> None:
        """Make sure that the answer ended where its process says so. Raises WorldError."""
        if kind is not Frame.SAID or "end" not in _object(body):
            raise broken()

    def _why(self) -> NoReturn:
        """Raise the error of a process that ended before its answer did."""
        try:
            self._talk.control.settimeout(_END_S)
            told = self._talk.control.recv(1024)
        except OSError:
            told = b""
        ended = _object(bytearray(told)) if told else {}
        killed_for, status = ended.get("killed_for"), ended.get("status")
        failure = None
        number = os.WTERMSIG(status) if isinstance(status, int) and os.WIFSIGNALED(status) else None
        if killed_for == "time" or number == signal.SIGXCPU:
            failure = too_long(self._limits.seconds)
        elif killed_for == "memory" or status == _NO_MEMORY << 8:
            failure = too_much()
        if failure is not None:
            raise InputError(Diagnostic(code=failure.code, message=failure.message, fix=failure.fix))
        if number is None or killed_for is not None:
            raise broken()
        raise InputError(
            Diagnostic(
                code="MW-H208",
                message="the query's process ended by itself, as it does where memory runs out or a text is nested too deeply",
                fix="read less, or write the query in another way",
            )
        )


def _object(body: bytearray) -> dict[str, object]:
    try:
        found = json.loads(bytes(body))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise broken()
    return found


def named_of(said: Mapping[str, object]) -> Named:
    """Return what a process says that its query names. Raises WorldError where it says something else."""
    try:
        tables = tuple(
            TableReference(parts=tuple(map(str, each["parts"])), line=int(each["line"]), column=int(each["column"]))
            for each in said["tables"]  # type: ignore[attr-defined]
        )
        params = tuple(map(str, said["params"]))  # type: ignore[call-overload]
    except (KeyError, TypeError, ValueError) as error:
        raise broken() from error
    return Named(tables=tables, params=params, is_settled=said.get("settled") is True)


def columns_of(said: Mapping[str, object]) -> Columns:
    """Return the columns that a process says its answer has. Raises WorldError where it says something else."""
    try:
        return tuple(Column(name=str(name), type=str(kind)) for name, kind in said["columns"])  # type: ignore[attr-defined]
    except (KeyError, TypeError, ValueError) as error:
        raise broken() from error


def check_batch(body: bytearray, schema: pa.Schema) -> pa.RecordBatch:
    """Return the batch that a process sent. Raises WorldError where it is none."""
    import pyarrow as pa  # lazy: the schema brought it

    try:
        batch = pa.ipc.read_record_batch(pa.py_buffer(body), schema)
        batch.validate(full=True)  # offsets and texts that lead elsewhere would be read by whoever writes them out
    except pa.ArrowException as error:
        raise broken() from error
    return batch


def _error(failed: object) -> MeshwrightError:
    found = [each for each in failed if isinstance(each, dict)] if isinstance(failed, list) else []
    diagnostics = [_diagnostic(each) for each in found if is_known_code(str(each.get("code")))]
    if not diagnostics:
        return broken()
    kind = WorldError if diagnostics[0].code == "MW-H209" else InputError
    return kind(*diagnostics)


def _diagnostic(failure: Mapping[str, object]) -> Diagnostic:
    line, column = failure.get("line"), failure.get("column")
    span = None
    if isinstance(line, int) and isinstance(column, int):
        span = SourceSpan(file="query", line=line, column=column)
    return Diagnostic(
        code=str(failure.get("code")), message=str(failure.get("message")), fix=str(failure.get("fix")), span=span
    )


def broken() -> WorldError:
    """Return the error of a process that ended, or talks nonsense."""
    return WorldError(
        Diagnostic(
            code="MW-H209",
            message="the query's process is gone",
            fix="ask again; if it stays, tell whoever runs the server",
        )
    )

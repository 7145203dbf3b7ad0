"""Rows as an answer that streams: as fast as the client takes them and no faster, in bounded memory, for a bounded time.

One piece is made when the one before is on its way, so that there is no queue; a client that leaves, or an answer whose time is
over, stops the engine. What breaks off after the answer began is never ended as if it were whole.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Response
from starlette.types import Receive, Scope, Send

from meshwright.app.data import FoundData
from meshwright.app.data_readers import DataReaders
from meshwright.diagnostics import Diagnostic, MeshwrightError, WorldError
from meshwright.faces.rows import Form, Rows, encoded
from meshwright.frozen import dataclass

if TYPE_CHECKING:
    from meshwright.app.values import RowsAnswer

_T = TypeVar("_T")
#: How often what runs is interrupted until it ends.
_INTERRUPT_S = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsAnswering:
    """What an answer is made of."""

    found: FoundData
    form: Form
    readers: DataReaders
    #: One for each answer that may be open.
    slots: CapacityLimiter
    #: Target of the next page's link; its cursor comes at the end.
    next_page: str
    is_head: bool


class RowsResponse(Response):
    """The rows of a data query, from the first one on. Raises MeshwrightError where there is not even that."""

    def __init__(self, answering: RowsAnswering, *, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(media_type=media_type, headers=dict(headers))
        del self.headers["content-length"]  # of the body that is none
        self._answering = answering
        self._reading = _Reading(answering)
        self._is_begun = False

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        limits, slots = self._answering.readers.limits, self._answering.slots
        try:
            async with asyncio.timeout(limits.wait_s):
                await slots.acquire_on_behalf_of(self)
        except TimeoutError:
            raise _too_many(int(slots.total_tokens), limits.wait_s) from None
        watch = asyncio.create_task(self._watch(receive, limits.answer_s))
        try:
            await self._send(send)
        except Stopped:
            if not self._is_begun and self._reading.is_late:
                raise _too_late(limits.answer_s) from None
        except MeshwrightError as error:
            if not self._is_begun:
                raise
            _tell(f"rows of {self._answering.found.promised.dataset} were cut off: {error.first}")
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            await asyncio.shield(asyncio.to_thread(self._reading.stop))
            slots.release_on_behalf_of(self)

    async def _send(self, send: Send) -> None:
        next_cursor = await to_thread.run_sync(self._reading.begin)
        if next_cursor is not None:
            target = f"{self._answering.next_page}{next_cursor}"
            self.headers["Link"] = f'<{target}>; rel="next"'
        first = None if self._answering.is_head else await to_thread.run_sync(self._reading.piece)
        self._is_begun = True
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        piece = first
        while piece is not None:
            if piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await to_thread.run_sync(self._reading.piece)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _watch(self, receive: Receive, seconds: float) -> None:
        """Stop reading when the client leaves or time is over."""
        try:
            async with asyncio.timeout(seconds):
                while (await receive())["type"] != "http.disconnect":
                    continue
        except TimeoutError:
            self._reading.is_late = True
            _tell(f"rows of {self._answering.found.promised.dataset} took longer than {seconds:g} s and were cut off")
        await asyncio.shield(asyncio.to_thread(self._reading.stop))


class Stopped(Exception):
    """The rows are not read on."""


class _Reading:
    """The engine's side of one answer. A thread at a time works on it; `stop` may come from any other, and more than once."""

    def __init__(self, answering: RowsAnswering) -> None:
        self.is_late = False
        self._answering = answering
        self._lock = threading.Lock()
        self._is_stopped = False
        self._answer: RowsAnswer | None = None
        self._pieces: Iterator[bytes] | None = None

    def begin(self) -> str | None:
        """Open the answer; return the cursor of the page behind it, None where there is none. Raises Stopped, MeshwrightError."""
        with self._lock:
            self._go_on()
            self._answer = self._answering.readers.open(self._answering.found)
            return self._answering.found.next_cursor if self._told(self._answer.has_more) else None

    def piece(self) -> bytes | None:
        """Return the next piece, None behind the last one. Raises Stopped, MeshwrightError."""
        with self._lock:
            self._go_on()
            assert self._answer is not None  # it was begun
            return self._told(self._next_piece)

    def _next_piece(self) -> bytes | None:
        assert self._answer is not None
        if self._pieces is None:
            self._pieces = encoded(Rows.of(self._answer), self._answering.form)
        return next(self._pieces, None)

    def _told(self, work: Callable[[], _T]) -> _T:
        """Do some work; what it says of having been interrupted is not passed on."""
        try:
            return work()
        except MeshwrightError:
            if self._is_stopped:
                raise Stopped from None
            raise

    def _go_on(self) -> None:
        if self._is_stopped:
            raise Stopped

    def stop(self) -> None:
        """Interrupt what runs, and give everything back when it has ended."""
        self._is_stopped = True
        while not self._lock.acquire(timeout=_INTERRUPT_S):
            if self._answer is not None:
                self._answer.interrupt()
        try:
            self._pieces = None
            if self._answer is not None:
                self._answer.close()
        finally:
            self._lock.release()


def _too_many(readers: int, seconds: float) -> WorldError:
    message = f"{readers} answers are being read, and none ended within {seconds:g} seconds"
    return WorldError(Diagnostic(code="MW-H112", message=message, fix="try again as 'Retry-After' says"))


def _too_late(seconds: float) -> WorldError:
    message = f"the rows were not ready within {seconds:g} seconds"
    return WorldError(
        Diagnostic(code="MW-H113", message=message, fix="ask for fewer rows or columns, or order by nothing")
    )


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")

"""Rows as an answer that streams: as fast as the client takes them and no faster, in bounded memory, for a bounded time.

One piece is made while the one before is sent, and none further ahead; a client that leaves, or an answer whose time is over,
stops the engine. What breaks off after the answer began is never ended as if it were whole.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TypeVar
from weakref import WeakValueDictionary

from anyio import CapacityLimiter, to_thread
from fastapi import Response
from starlette.types import Receive, Scope, Send

from meshwright.app.cursors import Seal
from meshwright.app.data import FoundData
from meshwright.app.data_cursors import Cursor, cursor_text
from meshwright.app.data_readers import DataAnswer, DataLimits, DataReaders
from meshwright.app.data_stored import StoredAnswer
from meshwright.diagnostics import Diagnostic, MeshwrightError, WorldError
from meshwright.faces.http.letting_in import abort
from meshwright.faces.http.limits import caller_name
from meshwright.faces.http.problems import token_ended
from meshwright.faces.http.turns import NoTurn, Turns
from meshwright.faces.rows import Form, Piece, Rows, encoded
from meshwright.frozen import dataclass

_T = TypeVar("_T")
#: What it takes to write Parquet: a row group, and what becomes of it.
_PARQUET_BYTES = 32_000_000
#: What the server copies once more, with the length before it.
_PART_BYTES = 192 * 1024
#: Threads that write rows of one caller: others' requests do not wait behind all of its answers.
_THREADS_OF_ONE = 2
#: Answers of one caller that wait for room; its requests are bounded as well.
_WAITING_OF_ONE = 1000
#: How often what runs is interrupted until it ends.
_INTERRUPT_S = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsAnswering:
    """What an answer is made of."""

    found: FoundData
    form: Form
    readers: DataReaders
    room: Room
    #: Makes the cursor of the next page.
    seal: Seal
    #: Target of the next page's link; its cursor comes at the end.
    next_page: str
    is_head: bool
    #: Returns when the caller may read no more.
    until_refused: Callable[[], Awaitable[None]]

    @property
    def stored(self) -> StoredAnswer | None:
        """The file that is the answer as it lies, where there is one."""
        return self.found.stored if self.form is Form.PARQUET else None


class Room:
    """Room for answers that are open at the same time: so many, and so much memory together. Safe for threads, as `Turns` is.

    One caller has half of it at most, and callers take turns: whoever downloads, or takes nothing of what it asked for, keeps
    its own answers waiting and not those of others.
    """

    def __init__(self, limits: DataLimits) -> None:
        self._wait_s = limits.wait_s
        self._turns = Turns(
            at_once=limits.readers,
            of_one=max(1, limits.readers // 2),
            waiting_of_one=_WAITING_OF_ONE,
            room=limits.memory_bytes,
        )
        #: By caller, and by the event loop that its answers belong to: those that wait are woken by their own.
        self._threads: WeakValueDictionary[tuple[str, int], CapacityLimiter] = WeakValueDictionary()

    @property
    def answers(self) -> int:
        """How many are open now."""
        return self._turns.taken

    def threads_of(self, caller: str) -> CapacityLimiter:
        """Return the threads in which a caller's rows are written."""
        key = (caller, id(asyncio.get_running_loop()))
        found = self._threads.get(key)
        if found is None:
            found = self._threads[key] = CapacityLimiter(_THREADS_OF_ONE)
        return found

    async def enter(self, caller: str, size: int) -> None:
        """Wait for room. Raises WorldError (MW-H112) where none comes free in time."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._turns.take(caller, size)
        except (TimeoutError, NoTurn):
            raise _too_many(self.answers, self._wait_s) from None

    def leave(self, caller: str, size: int) -> None:
        """Give room back."""
        self._turns.give(caller, size)


class RowsResponse(Response):
    """The rows of a data query, from the first one on. Raises MeshwrightError where there is not even that."""

    def __init__(self, answering: RowsAnswering, *, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(media_type=media_type, headers=dict(headers))
        del self.headers["content-length"]  # of the body that is none
        self._answering = answering
        self._reading = _Reading(answering)
        self._is_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        limits, room, caller = self._answering.readers.limits, self._answering.room, caller_name(scope)
        self._threads = room.threads_of(caller)
        is_encoded = self._answering.form is Form.PARQUET and self._answering.stored is None
        size = self._answering.found.room_bytes + (_PARQUET_BYTES if is_encoded else 0)
        await room.enter(caller, size)
        sending = asyncio.create_task(self._send(send))
        watching = asyncio.create_task(_left_or_late(receive, limits.answer_s))
        admitting = asyncio.ensure_future(self._answering.until_refused())
        try:
            await asyncio.wait({sending, watching, admitting}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                # Either it is stopped while it reads, or it is cancelled while it waits for the client.
                await self._stop()
                sending.cancel()
                await asyncio.wait({sending})
                if admitting.done():
                    self._end_refused(scope)
                else:
                    self._end_early(is_late=watching.result())
            elif (error := sending.exception()) is not None:
                self._end_with(error)
        finally:
            sending.cancel()
            watching.cancel()
            admitting.cancel()
            await asyncio.shield(self._stop())
            room.leave(caller, size)

    def _end_refused(self, scope: Scope) -> None:
        """End the answer to a caller whose token has ended meanwhile. Raises Denied where nothing was told yet."""
        if not self._is_begun:
            raise token_ended()
        abort(scope)

    def _end_early(self, *, is_late: bool) -> None:
        """End without the end of the answer: who is still there sees that it is cut off."""
        seconds = self._answering.readers.limits.answer_s
        if is_late and not self._is_begun:
            raise _too_late(seconds)
        if is_late:
            _tell(f"rows of {self._answering.found.promised.dataset} took longer than {seconds:g} s and were cut off")

    def _end_with(self, error: BaseException) -> None:
        """Raise what can still be answered; of what broke off later the client sees that the end is missing."""
        if not isinstance(error, MeshwrightError) or not self._is_begun:
            raise error
        _tell(f"rows of {self._answering.found.promised.dataset} were cut off: {error.first}")

    async def _threaded(self, work: Callable[[], _T]) -> _T:
        return await to_thread.run_sync(work, limiter=self._threads)

    async def _stop(self) -> None:
        await to_thread.run_sync(self._reading.stop)

    async def _send(self, send: Send) -> None:
        next_cursor = await self._threaded(self._reading.begin)
        if next_cursor is not None:
            target = f"{self._answering.next_page}{cursor_text(next_cursor, self._answering.seal)}"
            self.headers["Link"] = f'<{target}>; rel="next"'
        if (stored := self._answering.stored) is not None:
            self.headers["Content-Length"] = str(stored.file.size_bytes)
        first = None if self._answering.is_head else await self._threaded(self._reading.piece)
        self._is_begun = True
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        piece = first
        while piece is not None:
            following = asyncio.ensure_future(self._threaded(self._reading.piece))
            try:
                for part in _parts(piece):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            except BaseException:
                await asyncio.shield(self._stop())
                await asyncio.wait({following})
                following.cancelled() or following.exception()  # what was not waited for is told by nobody
                raise
            piece = await following
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _parts(piece: Piece) -> Iterator[Piece]:
    """Yield a piece in parts that are copied on their way without pages of their own (`app.allocation`)."""
    if len(piece) <= _PART_BYTES:
        if piece:
            yield piece
        return
    whole = memoryview(piece)
    for start in range(0, len(whole), _PART_BYTES):
        yield whole[start : start + _PART_BYTES]


async def _left_or_late(receive: Receive, seconds: float) -> bool:
    """Return when the client has left (False), or when time is over (True)."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return True
    return False


class _Stopped(Exception):
    """The rows are not read on: nobody waits for them any more."""


class _Reading:
    """The engine's side of one answer. A thread at a time works on it; `stop` may come from any other, and more than once."""

    def __init__(self, answering: RowsAnswering) -> None:
        self._answering = answering
        self._lock = threading.Lock()
        self._is_stopped = False
        self._answer: DataAnswer | None = None
        self._pieces: Iterator[Piece] | None = None

    def begin(self) -> Cursor | None:
        """Open the answer; return where the page behind it begins, None where there is none. Raises _Stopped, MeshwrightError."""
        with self._lock:
            self._go_on()
            self._answer = self._answering.readers.open(self._answering.found)
            return self._told(self._answer.next_cursor)

    def piece(self) -> Piece | None:
        """Return the next piece, None behind the last one. Raises _Stopped, MeshwrightError."""
        with self._lock:
            self._go_on()
            assert self._answer is not None  # it was begun
            return self._told(self._next_piece)

    def _next_piece(self) -> Piece | None:
        assert self._answer is not None
        if self._pieces is None:
            stored = self._answering.stored
            self._pieces = encoded(Rows.of(self._answer), self._answering.form) if stored is None else stored.pieces()
        return next(self._pieces, None)

    def _told(self, work: Callable[[], _T]) -> _T:
        """Do some work; what it says of having been interrupted is not passed on."""
        try:
            return work()
        except MeshwrightError:
            if self._is_stopped:
                raise _Stopped from None
            raise

    def _go_on(self) -> None:
        if self._is_stopped:
            raise _Stopped

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
    message = f"{readers} answers are being read, and within {seconds:g} seconds there was no room for one more"
    return WorldError(Diagnostic(code="MW-H112", message=message, fix="try again as 'Retry-After' says"))


def _too_late(seconds: float) -> WorldError:
    message = f"the rows were not ready within {seconds:g} seconds"
    return WorldError(
        Diagnostic(code="MW-H113", message=message, fix="ask for fewer rows or columns, or order by nothing")
    )


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")

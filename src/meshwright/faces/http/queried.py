"""The answer to a query by URL: opened, and its first megabyte made, before anything is sent.

Most answers are whole then, so that a query which fails on its last row is answered by a problem and not by half of its rows. A
larger one streams as fast as the client takes it; what breaks off then is never ended as if it were whole. A client that
leaves ends the query's process.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Response
from starlette.types import Receive, Scope, Send

from meshwright.app.query_apart import ApartAnswer, CallerLeft
from meshwright.diagnostics import Diagnostic, MeshwrightError, WorldError
from meshwright.faces.http.letting_in import abort
from meshwright.faces.http.problems import token_ended
from meshwright.faces.rows import Piece, Rows
from meshwright.faces.rows.texts import json_pieces

_T = TypeVar("_T")
#: What is made before the answer begins.
_AHEAD_BYTES = 1 << 20


class QueryResponse(Response):
    """A query's rows. Raises MeshwrightError where there are none to begin with."""

    def __init__(
        self,
        ask: Callable[[Callable[[], bool]], ApartAnswer],
        *,
        write: Callable[[Rows], Iterator[Piece]],
        media_type: str,
        headers: Callable[[ApartAnswer], Mapping[str, str]],
        threads: CapacityLimiter,
        until_refused: Callable[[], Awaitable[None]],
    ) -> None:
        """`ask` opens the answer, given what says that nobody waits; `write` gives it as it is sent, some at a time.

        `until_refused` returns when the caller may read no more.
        """
        super().__init__(media_type=media_type)
        del self.headers["content-length"]  # of the body that is none
        self._ask = ask
        self._write = write
        self._headers_of = headers
        self._threads = threads
        self._until_refused = until_refused
        self._left = threading.Event()
        self._answer: ApartAnswer | None = None
        self._is_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        watch = asyncio.create_task(self._watch(receive))
        admitting = asyncio.create_task(self._admit(scope))
        try:
            pieces = await self._threaded(self._opened)
            ahead = await self._threaded(lambda: _taken(pieces, _AHEAD_BYTES))
            assert self._answer is not None  # it was opened
            self.headers.update(self._headers_of(self._answer))
            piece = await self._threaded(lambda: next(pieces, None))
            if piece is None:
                self.headers["Content-Length"] = str(len(ahead))
            self._is_begun = True
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": ahead, "more_body": piece is not None})
            while piece is not None and not self._left.is_set():
                following = await self._threaded(lambda: next(pieces, None))
                await send({"type": "http.response.body", "body": piece, "more_body": following is not None})
                piece = following
        except CallerLeft:
            if admitting.done() and not self._is_begun:
                raise token_ended() from None
        except asyncio.CancelledError:  # the server stops, and has waited as long as it does
            if self._is_begun:
                raise
            raise _stopping() from None
        except MeshwrightError as error:
            if not self._is_begun:
                raise
            sys.stderr.write(f"the answer to a query was cut off: {error.first.code} {error.first.message}\n")
        finally:
            for task in (watch, admitting):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            self._left.set()
            if self._answer is not None:
                await asyncio.shield(asyncio.to_thread(self._answer.close))

    async def _threaded(self, work: Callable[[], _T]) -> _T:
        return await to_thread.run_sync(work, limiter=self._threads)

    def _opened(self) -> Iterator[Piece]:
        self._answer = self._ask(self._left.is_set)
        return self._write(Rows.of(self._answer))

    async def _admit(self, scope: Scope) -> None:
        await self._until_refused()
        self._left.set()
        if self._is_begun:
            abort(scope)

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self._left.set()


def _stopping() -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-H209", message="the server stops, and the query was not done", fix="ask again when it is back"
        )
    )


def _taken(pieces: Iterator[Piece], most: int) -> bytes:
    """Take pieces until there are so many bytes, or no more."""
    taken: list[Piece] = []
    size = 0
    while size < most and (piece := next(pieces, None)) is not None:
        taken.append(piece)
        size += len(piece)
    return b"".join(taken)


def document_pieces(rows: Rows) -> Iterator[Piece]:
    """Yield ``meshwright/query/1`` as `mw query --json` writes it: columns with their types, then the rows."""
    columns = [{"name": column.name, "type": column.type} for column in rows.columns]
    yield f'{{"schema": "meshwright/query/1", "columns": {json.dumps(columns, ensure_ascii=False)}, "rows": '.encode()
    yield from json_pieces(rows, end="}\n")

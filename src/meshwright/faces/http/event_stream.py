"""Server-sent events as an answer (HTML Living Standard, 9.2): text that goes on until there is nothing more to tell."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from meshwright.faces.http.letting_in import abort

#: Milliseconds after which a client comes back when a stream breaks off.
RETRY_MS = 1000
#: A comment, by which both sides know that the other one is there.
HEARTBEAT = b": still here\n\n"
#: So much is sent at once.
_CHUNK_BYTES = 65_536
#: Who takes nothing for so long, with that much waiting to be taken, is let go of.
_STALLED_S = 60.0
#: So long the end may take to be told.
_GOODBYE_S = 1.0


def event(kind: str, data: Mapping[str, object], id_: str) -> bytes:
    """Write an event."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return f"id: {id_}\nevent: {kind}\ndata: {text}\n\n".encode("ascii")


def retry(after_ms: int = RETRY_MS) -> bytes:
    """Write when to come back after the end."""
    return f"retry: {after_ms}\n\n".encode("ascii")


class EventStream(Response):
    """An answer of events, closed with what makes them as soon as nobody reads it, or may.

    `until_refused` returns when whoever reads may do so no more: then nothing that waits to be taken is given out either.
    """

    media_type = "text/event-stream; charset=utf-8"

    def __init__(
        self, events: AsyncGenerator[bytes, None], until_refused: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        super().__init__(
            headers={
                "Cache-Control": "no-store",
                # For proxies that would collect what comes bit by bit.
                "X-Accel-Buffering": "no",
                "Vary": "Accept, Authorization, Cookie",
            }
        )
        del self.headers["content-length"]
        self._events = events
        self._until_refused = until_refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sending = asyncio.ensure_future(self._send(send))
        tasks = {sending, asyncio.ensure_future(_left(receive))}
        if self._until_refused is not None:
            tasks.add(asyncio.ensure_future(self._until_refused()))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if sending not in done:
                sending.cancel()
                await asyncio.wait({sending})
                is_ended = await _ended(send)
            elif is_ended := not isinstance(sending.exception(), _StalledError):
                sending.result()
            # Closing would wait until all is taken that waits in the connection.
            if not is_ended:
                abort(scope)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self._events.aclose()

    async def _send(self, send: Send) -> None:
        waiting: list[bytes] = []
        size = 0
        async for piece in self._events:
            # An empty one says that nothing follows at once.
            waiting.append(piece)
            size += len(piece)
            if not piece or size >= _CHUNK_BYTES:
                if size:
                    await _sent(send, b"".join(waiting))
                waiting, size = [], 0
        await send({"type": "http.response.body", "body": b"".join(waiting), "more_body": False})


class _StalledError(Exception):
    """Nobody takes what is sent."""


async def _sent(send: Send, body: bytes) -> None:
    try:
        async with asyncio.timeout(_STALLED_S):
            await send({"type": "http.response.body", "body": body, "more_body": True})
    except TimeoutError:
        raise _StalledError from None


async def _ended(send: Send) -> bool:
    """End an answer, and say whether that could be told."""
    try:
        async with asyncio.timeout(_GOODBYE_S):
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    except Exception:  # noqa: BLE001 - whoever reads is gone, or takes nothing: in a server's own words
        return False
    return True


async def _left(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        continue

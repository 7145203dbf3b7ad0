"""Server-sent events as an answer (HTML Living Standard, 9.2): text that goes on until there is nothing more to tell."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

#: Milliseconds after which a client comes back when a stream breaks off.
RETRY_MS = 1000
#: A comment, by which both sides know that the other one is there.
HEARTBEAT = b": still here\n\n"
#: So much is sent at once.
_CHUNK_BYTES = 65_536


def event(kind: str, data: Mapping[str, object], id_: str) -> bytes:
    """Write an event."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return f"id: {id_}\nevent: {kind}\ndata: {text}\n\n".encode("ascii")


def retry(after_ms: int = RETRY_MS) -> bytes:
    """Write when to come back after the end."""
    return f"retry: {after_ms}\n\n".encode("ascii")


class EventStream(Response):
    """An answer of events, closed with what makes them as soon as nobody reads it."""

    media_type = "text/event-stream; charset=utf-8"

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
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

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            for task in (sending, leaving):
                task.cancel()
                with suppress(asyncio.CancelledError, OSError, TimeoutError):
                    await task
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
                    await send({"type": "http.response.body", "body": b"".join(waiting), "more_body": True})
                waiting, size = [], 0
        await send({"type": "http.response.body", "body": b"".join(waiting), "more_body": False})


async def _left(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        continue

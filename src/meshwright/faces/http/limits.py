"""What a request may cost before anybody looks at it: the size of its body, the time that it takes to come, and to be read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError
from meshwright.faces.http.problems import problem_response
from meshwright.frozen import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitSettings:
    """Bounds of requests."""

    body_bytes: int = _MIB
    #: Paths that begin so may bring more.
    larger: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType(
            {
                "/api/v1/events": 8 * _MIB,
                "/api/v1/observe": 8 * _MIB,
                "/api/v1/lineage": 8 * _MIB,
                "/openlineage": 8 * _MIB,
                "/api/v1/openlineage": 8 * _MIB,
            }
        )
    )
    #: A body that has not come whole by then is given up.
    body_s: float = 30.0
    #: A client that takes nothing of an answer for so long is left.
    idle_s: float = 60.0


class ClientGone(Exception):
    """Nobody takes the answer any more: the connection ended, or stands still."""


class Limits:
    """ASGI middleware: a body is read whole, and within bounds, before the application sees the request.

    Encoded bodies (gzip and the like) are not taken, so that a small one cannot become a large one.
    """

    def __init__(self, app: ASGIApp, settings: LimitSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._body(scope, receive)
        except MeshwrightError as error:
            # What is still to come of the body is not read: the connection ends with this answer.
            answer = problem_response(error, instance=scope["path"])
            answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), self._impatient(send))

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        headers = Headers(scope=scope)
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"", "identity"}:
            raise InputError(
                Diagnostic(
                    code="MW-H016",
                    message="encoded bodies (Content-Encoding) are not taken",
                    fix="send the body as it is",
                )
            )
        most = next(
            (size for start, size in self._settings.larger.items() if scope["path"].startswith(start)),
            self._settings.body_bytes,
        )
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length[:20]) > most:
            raise _too_large(most)
        if length == "0" and "transfer-encoding" not in headers:
            return b""
        try:
            async with asyncio.timeout(self._settings.body_s):
                return await _read(receive, most)
        except TimeoutError:
            raise InputError(
                Diagnostic(
                    code="MW-H022",
                    message=f"the body did not come within {self._settings.body_s:g} s",
                    fix="send it again, faster or in pieces",
                )
            ) from None

    def _impatient(self, send: Send) -> Send:
        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(self._settings.idle_s):
                    await send(message)
            except TimeoutError:
                raise ClientGone from None

        return send_in_time


async def _read(receive: Receive, most: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(pieces)
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise _too_large(most)
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


def _replay(body: bytes, receive: Receive) -> Receive:
    is_given = False

    async def replayed() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _too_large(most: int) -> InputError:
    return InputError(
        Diagnostic(
            code="MW-H015",
            message=f"the body is larger than {most} bytes",
            fix="send less at once",
        )
    )

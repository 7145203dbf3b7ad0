"""HEAD: every path that answers GET answers HEAD with the same status and headers, and nothing behind them (RFC 9110, 9.3.2)."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """ASGI middleware: of an answer to HEAD the head alone is sent on; what would go on for ever is told that nobody listens."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_begun = is_ended = False

        async def head_alone(message: Message) -> None:
            nonlocal is_begun, is_ended
            if message["type"] == "http.response.start":
                is_begun = True
                await send(message)
            elif not is_ended:
                is_ended = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        async def until_begun() -> Message:
            return {"type": "http.disconnect"} if is_begun else await receive()

        await self._app(scope, until_begun, head_alone)

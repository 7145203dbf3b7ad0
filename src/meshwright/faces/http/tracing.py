"""Traces of requests: a span for each, whose context goes with what is asked for to the process that does it."""

from __future__ import annotations

import os

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meshwright.app.traced import is_traced
from meshwright.app.tracing import Tracing, fail, traceparent_of

#: Asked every few seconds by who watches the server.
_UNTOLD = frozenset({"/healthz", "/readyz", "/metrics"})
_PREFIX = "/api/v1"


def open_tracing() -> Tracing | None:
    """Return what makes spans; None where nobody asks for them. Raises InputError (MW-H308) where they cannot be made."""
    return Tracing("meshwright-server") if is_traced(os.environ) else None


class RequestTraces:
    """ASGI middleware: a span for each request, in `scope["state"]["traceparent"]` for those that hand it on.

    It names the route, never the path: names in paths are nobody's business who watches times.
    """

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["path"] in _UNTOLD:
            await self._app(scope, receive, send)
            return
        span = self._tracing.begin(
            scope["method"], traceparent=Headers(scope=scope).get("traceparent", ""), is_server=True
        )
        scope.setdefault("state", {})["traceparent"] = traceparent_of(span)
        status = 0

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            path = getattr(scope.get("route"), "path", None) or "none"
            route = f"{_PREFIX}{path}" if scope["path"].startswith(_PREFIX) else path
            span.update_name(f"{scope['method']} {route}")
            span.set_attributes(
                {
                    "http.request.method": scope["method"],
                    "http.route": route,
                    "http.response.status_code": status,
                    "meshwright.request.id": scope["state"].get("request_id", ""),
                }
            )
            if status >= 500 or not status:
                fail(span, str(status))
            span.end()

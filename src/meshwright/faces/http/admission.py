"""Who is let in: every request is given its caller before anything looks at what it asks for."""

from __future__ import annotations

import time
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from meshwright.access import Principal
from meshwright.app.serving import Server, admit
from meshwright.app.workspace import acting_as
from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, RefusedError
from meshwright.faces.http.callers import SESSION_COOKIE
from meshwright.faces.http.problems import Denied, problem_response
from meshwright.faces.http.rates import Rates

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Requests a second, and how many at once beyond, of one caller; and of an address that sends tokens which are not good.
_CALLS_PER_S, _CALLS_AT_ONCE = 1000.0, 2000
_GUESSES_PER_S, _GUESSES_AT_ONCE = 10.0, 50


class Admission:
    """ASGI middleware: the caller of a request, in `scope["state"]["principal"]`; None where nobody is known.

    A cookie counts where the browser says that our own pages asked; names of other hosts are refused, so that no page can
    come in by a name that it made point here.
    """

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self._app = app
        self._server = server
        self._calls = Rates(per_s=_CALLS_PER_S, at_once=_CALLS_AT_ONCE)
        self._guesses = Rates(per_s=_GUESSES_PER_S, at_once=_GUESSES_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            principal = await self._principal(connection, scope["method"])
        except MeshwrightError as error:
            await problem_response(error, instance=scope["path"])(scope, receive, send)
            return
        scope.setdefault("state", {})["principal"] = principal
        with acting_as(principal.name if principal is not None else "nobody"):
            await self._app(scope, receive, send)

    async def _principal(self, connection: HTTPConnection, method: str) -> Principal | None:
        _require_loopback_name(connection.headers)
        client = connection.client.host if connection.client else ""
        secret, is_cookie = _secret_of(connection.headers, method)
        if secret is None:
            return None
        if not self._guesses.has_room(client, time.monotonic()):
            raise _too_many("too many requests with tokens that are not good")
        principal = await run_in_threadpool(admit, self._server, secret, is_session=is_cookie)
        if principal is None:
            self._guesses.take(client, time.monotonic())
            if is_cookie:  # an old session: a page that everybody may see is shown all the same
                return None
            raise Denied(
                Diagnostic(
                    code="MW-H013",
                    message="this token is not good: it is unknown, revoked, or has expired",
                    fix="mw token list shows tokens where the mesh lies, mw token create makes one",
                )
            )
        if not self._calls.take(principal.id, time.monotonic()):
            raise _too_many("too many requests by this token")
        return principal


def _too_many(message: str) -> RefusedError:
    return RefusedError(Diagnostic(code="MW-H017", message=message, fix="wait as 'Retry-After' says, and send fewer"))


def _secret_of(headers: Headers, method: str) -> tuple[str | None, bool]:
    """Return the secret that a request brings, and whether it is a cookie's."""
    header = headers.get("authorization")
    if header is not None:
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise InputError(
                Diagnostic(
                    code="MW-H023",
                    message="the header Authorization is not of the form 'Bearer TOKEN'",
                    fix="send 'Authorization: Bearer TOKEN'",
                )
            )
        return secret.strip(), False
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(SESSION_COOKIE)
    except CookieError:
        cookie = None
    if cookie is None:
        return None, False
    site = headers.get("sec-fetch-site", "none" if method in _SAFE else "cross-site")
    return (cookie.value, True) if site in {"same-origin", "none"} else (None, False)


def _require_loopback_name(headers: Headers) -> None:
    """Raise InputError (MW-H023) where a request came by a name that is not this machine's own."""
    host = headers.get("host", "")
    name = host[: host.rfind("]") + 1] if host.startswith("[") else host.partition(":")[0]
    name = name.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return
    try:
        if ip_address(name).is_loopback:
            return
    except ValueError:
        pass
    raise InputError(
        Diagnostic(
            code="MW-H023",
            message="the header Host names another machine than this one",
            fix="ask at 127.0.0.1, [::1] or localhost: until there are accounts the server is for its own machine",
        )
    )

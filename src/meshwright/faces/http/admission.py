"""Who is let in: every request is given its caller before anything looks at what it asks for."""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from hashlib import sha256
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
from meshwright.faces.http.callers import SESSION_COOKIE, is_of_own_page
from meshwright.faces.http.limits import refuse
from meshwright.faces.http.problems import token_ended
from meshwright.faces.http.rates import Rates

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Requests a second, and how many at once beyond, of one caller; of an address without tokens; and of one that sends tokens
#: which are not good. Who comes too early waits, up to some seconds: a program that asks as fast as it can needs no more.
_CALLS_PER_S, _CALLS_AT_ONCE = 400.0, 800
_STRANGERS_PER_S, _STRANGERS_AT_ONCE = 200.0, 800
_GUESSES_PER_S, _GUESSES_AT_ONCE = 10.0, 50
_WAIT_S = 2.0
#: What is refused for being too much is refused slowly: whoever comes again at once would cost as much as if it were answered.
_REFUSED_S = 1.0
#: A name or an address, in brackets where it is of IPv6, and a port.
_HOST = re.compile(r"(\[[^\[\]]*\]|[^\[\]:@/\\]*)(?::[0-9]{0,5})?")
_SINGLE = (
    "Host", "Authorization", "Content-Type", "Content-Length", "If-Match", "Idempotency-Key", "Last-Event-ID", "Sec-Fetch-Site",
)  # fmt: skip
#: Good tokens that are remembered: guesses of others do not keep them out.
_MOST_KNOWN = 10_000


class Admission:
    """ASGI middleware: the caller of a request, in `scope["state"]["principal"]`; None where nobody is known.

    A cookie counts where the browser says that our own pages asked; names of other hosts are refused, so that no page can
    come in by a name that it made point here.
    """

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self._app = app
        self._server = server
        self._calls = Rates(per_s=_CALLS_PER_S, at_once=_CALLS_AT_ONCE, wait_s=_WAIT_S)
        self._strangers = Rates(per_s=_STRANGERS_PER_S, at_once=_STRANGERS_AT_ONCE, wait_s=_WAIT_S)
        self._guesses = Rates(per_s=_GUESSES_PER_S, at_once=_GUESSES_AT_ONCE)
        #: Digests of secrets that were good when they came last.
        self._known: OrderedDict[bytes, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            principal = await self._principal(connection, scope["method"])
        except MeshwrightError as error:
            await refuse(error, scope, receive, send)
            return
        scope.setdefault("state", {})["principal"] = principal
        with acting_as(principal.name if principal is not None else "nobody"):
            await self._app(scope, receive, send)

    async def _principal(self, connection: HTTPConnection, method: str) -> Principal | None:
        _require_single(connection.headers)
        _require_loopback_name(connection.headers)
        client = connection.client.host if connection.client else ""
        secret, is_cookie = _secret_of(connection.headers, method)
        principal = None if secret is None else await self._let_in(secret, client, is_cookie=is_cookie)
        if principal is None:
            await _wait_for(self._strangers, client, "too many requests without a token")
        else:
            await _wait_for(self._calls, principal.id, "too many requests by this token")
        return principal

    async def _let_in(self, secret: str, client: str, *, is_cookie: bool) -> Principal | None:
        """Return whom a secret lets in; None for a session that has ended. Raises Denied, RefusedError (MW-H017)."""
        digest = sha256(secret.encode("utf-8", "surrogatepass")).digest()
        if digest not in self._known and not self._guesses.has_room(client, time.monotonic()):
            await asyncio.sleep(_REFUSED_S)
            raise _too_many("too many requests with tokens that are not good")
        principal = await run_in_threadpool(admit, self._server, secret, is_session=is_cookie)
        if principal is not None:
            self._known[digest] = None
            self._known.move_to_end(digest)
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
            return principal
        self._known.pop(digest, None)
        self._guesses.take(client, time.monotonic())
        if is_cookie:  # an old session: a page that everybody may see is shown all the same
            return None
        raise token_ended()


async def _wait_for(rates: Rates, name: str, message: str) -> None:
    """Wait until it is this caller's time. Raises RefusedError (MW-H017) where that would be too long."""
    wait_s = rates.take(name, time.monotonic())
    if wait_s is None:
        await asyncio.sleep(_REFUSED_S)
        raise _too_many(message)
    if wait_s > 0:
        await asyncio.sleep(wait_s)


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
    return (cookie.value, True) if is_of_own_page(headers, otherwise=method in _SAFE) else (None, False)


def _require_single(headers: Headers) -> None:
    """Raise InputError (MW-H023) where a header that decides stands twice: who reads the first is not who reads the last."""
    for name in _SINGLE:
        if len(headers.getlist(name)) > 1:
            raise InputError(
                Diagnostic(code="MW-H023", message=f"the header {name} stands twice", fix="send it once, or not at all")
            )


def _require_loopback_name(headers: Headers) -> None:
    """Raise InputError (MW-H023) where a request came by a name that is not this machine's own."""
    host = _HOST.fullmatch(headers.get("host", ""))
    name = host[1].strip("[]").rstrip(".").lower() if host is not None else ""
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

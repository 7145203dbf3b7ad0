"""HTTP and JSON for tools that are servers, over the standard library: what a call may cost, and errors as tools tell them.

Every call has a limit of time for the whole exchange and one of bytes for the reply. Connections are kept and used again, by
whichever thread calls next. What goes wrong is a ToolFailed in the server's own words: connection errors, replies that are cut
off or malformed, 429 and 5xx may be tried again; other refusals are final. Nothing that was sent as a secret is part of a
message, even where the server repeats it.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import field
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urljoin

from meshwright.frozen import dataclass
from meshwright.tools.protocol import Json, ToolFailed
from meshwright.tools.replies import hidden, words_of
from meshwright.tools.wire import Address, Received, Resolve, Sent, TooLarge, Wire, address_of

_TIMEOUT_S = 15.0
_REPLY_BYTES = 16 * 1024 * 1024
_REDIRECTS = 5
#: Methods that may be sent again when the connection broke before a reply: a second one changes nothing.
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """Where calls go, and what goes with each of them."""

    #: Address that paths are appended to, ``https://host:8080/prefix``; a name and password in it are sent as basic authorisation.
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    #: Texts that must not appear in a message. Those of an ``Authorization`` header and of the address are known.
    secrets: tuple[str, ...] = field(default=(), repr=False)
    #: For one whole exchange, its redirections included.
    timeout_s: float = _TIMEOUT_S
    #: Bytes of a reply's body, at most.
    limit_bytes: int = _REPLY_BYTES


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One call."""

    method: str = "GET"
    #: Appended to the server's address; its parts are quoted already.
    path: str = ""
    #: Parameters of the query; one with a list is given several times.
    query: Mapping[str, str | int | Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    #: Sent as JSON where it is not None; `body` is sent as it is.
    json: Json = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    #: Refusals that the caller wants to see as a reply: ``(404, 409)``.
    expected: tuple[int, ...] = ()
    #: Whether a POST or PATCH may be sent again when a kept connection broke before its reply.
    is_repeatable: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the server answered."""

    status: int
    #: By lower-case name.
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    #: Who answered, for messages.
    origin: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def json(self) -> Any:
        """Return the body as JSON. Raises ToolFailed where it is none. Callers check its shape."""
        try:
            return json.loads(self.body, parse_constant=str)
        except (ValueError, RecursionError) as error:
            kind = self.headers.get("content-type", "").partition(";")[0] or "no content type"
            message = (
                f"{self.origin} answered with {self.status} and no JSON ({kind}): {words_of(self.body) or 'nothing'}"
            )
            raise ToolFailed(hidden(message, self.secrets), is_retryable=True) from error


class Refused(ToolFailed):
    """The server answered with an error."""

    def __init__(self, message: str, *, status: int, body: bytes = b"", fix: str | None = None) -> None:
        super().__init__(message, is_retryable=status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500, fix=fix)
        self.status = status
        #: What it said, for whoever knows its shape. May hold what was sent.
        self.body = body


class ReplyTooLarge(ToolFailed):
    """The reply has more bytes than the server may send."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message, is_retryable=False)
        self.status = status


class Connections:
    """Calls to any servers, over connections that are kept. Safe to share between threads."""

    def __init__(self, *, resolve: Resolve | None = None) -> None:
        self._wire = Wire(resolve)

    def call(self, server: Server, request: Request) -> Reply:
        """Send a request and return the reply. A GET follows redirections on the same server.

        Raises ToolFailed where there is no reply, or a broken one; Refused where the server answers with 3xx, 4xx or 5xx that
        the request does not expect.
        """
        try:
            address = address_of(server.url)
        except ValueError as error:
            raise ToolFailed(_NO_ADDRESS, is_retryable=False) from error
        headers = _headers(server, address, request)
        secrets = _secrets(server, address, headers)
        target = f"{address.path}{request.path}" or "/"
        if request.query:
            target += "?" + urlencode(request.query, doseq=True)
        body = request.body if request.json is None else json.dumps(request.json, default=_plain).encode()
        is_repeatable = request.is_repeatable or request.method in _REPEATABLE
        until = time.monotonic() + server.timeout_s
        for _ in range(_REDIRECTS + 1):
            sent = Sent(method=request.method, target=target, headers=headers, body=body, is_repeatable=is_repeatable)
            try:
                found = self._wire.exchange(address, sent, until=until, limit_bytes=server.limit_bytes)
            except TooLarge as error:
                raise ReplyTooLarge(
                    f"{address.origin}: the reply is larger than {server.limit_bytes:,} bytes", status=error.status
                ) from error
            except (OSError, http.client.HTTPException, ValueError) as error:
                message = hidden(f"{address.origin}: {_failure(error, server)}", secrets)
                raise ToolFailed(message, is_retryable=not isinstance(error, ValueError)) from error
            if found.status < 300 or found.status in request.expected:
                return Reply(
                    status=found.status, headers=found.headers, body=found.body, origin=address.origin, secrets=secrets
                )
            there = _redirection(address, target, found) if request.method == "GET" else None
            if there is None:
                raise _refusal(address, request, found, secrets)
            target = there
        raise Refused(f"{address.origin} redirects {request.path} without an end", status=found.status)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._wire.close()


def address_problem(url: Json) -> str | None:
    """Say what is wrong with the address of a server; None where nothing is, or a reference in it is not resolved yet."""
    if not isinstance(url, str):
        return "an address is a text, as https://host:8080"
    if "${" in url:
        return None
    try:
        address_of(url)
    except ValueError:
        return _NO_ADDRESS
    return None


_NO_ADDRESS = "the address is not one of a server, as https://host:8080"
_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (http.client.IncompleteRead, "the reply was cut off"),
    (http.client.RemoteDisconnected, "the connection was closed without a reply"),
    (ConnectionResetError, "the connection was closed without a reply"),
    (BrokenPipeError, "the connection was closed without a reply"),
    (ConnectionRefusedError, "nothing listens there (connection refused)"),
    # Before those of ValueError, as InvalidURL is both. Their own words may hold the header, and with it a secret.
    (http.client.InvalidURL, "the path holds a character that must not stand there"),
    (ValueError, "a header holds a character that must not stand there"),
    (http.client.HTTPException, "what answers there does not speak HTTP"),
)


def _failure(error: Exception, server: Server) -> str:
    """Say why there was no reply."""
    if isinstance(error, TimeoutError):
        return f"no whole reply within {server.timeout_s:g} s"
    if isinstance(error, socket.gaierror):
        return f"the name of the host is not known ({error.strerror})"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    known = next((text for kind, text in _FAILURES if isinstance(error, kind)), None)
    return known or str(getattr(error, "strerror", None) or error or type(error).__name__)


def _refusal(address: Address, request: Request, found: Received, secrets: tuple[str, ...]) -> Refused:
    message = f"{address.origin} answered {request.method} {request.path or '/'} with {found.status}"
    fix = None
    if 300 <= found.status < 400 and "location" in found.headers:
        there = hidden(found.headers["location"].partition("?")[0], secrets)
        fix = f"it sends to {there}: write the address that is meant"
    else:
        message += f": {words_of(found.body) or _phrase(found.status)}"
    return Refused(hidden(message, secrets), status=found.status, body=found.body, fix=fix)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "without a reason"


def _redirection(address: Address, target: str, found: Received) -> str | None:
    """Return where a redirection leads on the same server; None elsewhere: what is secret is not for others."""
    if found.status not in {301, 302, 303, 307, 308} or "location" not in found.headers:
        return None
    try:
        there = urljoin(f"{address.origin}{target}", found.headers["location"])
        there, _, query = there.partition("#")[0].partition("?")
        parsed = address_of(there)
    except ValueError:
        return None
    if parsed.key != address.key:
        return None
    path = there[len(parsed.origin) :] if parsed.user is None else parsed.path
    return (path or "/") + (f"?{query}" if query else "")


def _headers(server: Server, address: Address, request: Request) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": "meshwright"}
    if request.json is not None:
        headers["Content-Type"] = "application/json"
    if address.user is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(address.user).encode()).decode()
    return headers | {**server.headers, **request.headers}


def _secrets(server: Server, address: Address, headers: Mapping[str, str]) -> tuple[str, ...]:
    sent = [value.rpartition(" ")[2] for name, value in headers.items() if name.lower() in {"authorization", "cookie"}]
    return (*server.secrets, *sent, *(address.user[1:] if address.user else ()))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"not JSON: {type(value).__name__}")

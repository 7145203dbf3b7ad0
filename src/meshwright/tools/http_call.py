"""One HTTP call to an address that was judged: bounded in time and size, redirected only where nothing is given away.

It goes straight to the host: proxies of the environment are not used, as behind one nobody can tell where a call ends.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from meshwright.frozen import dataclass
from meshwright.tools.http_guard import LookUp, Range, host_of, targets_of
from meshwright.tools.protocol import ToolFailed

#: The largest answer that is read.
ANSWER_BYTES = 1024 * 1024
_REDIRECTS = 5
_SEE_OTHER = 303
#: Redirects that keep method and body.
_KEEPING = frozenset({307, 308})
_MOVED = frozenset({301, 302, _SEE_OTHER}) | _KEEPING
_SAFE = frozenset({"GET", "HEAD"})
_READ_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What is sent."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    #: Names of headers that are the node's own, and may be credentials: a call that has some goes to no other host.
    private: frozenset[str] = frozenset()
    body: bytes | None = None
    #: For the whole call, redirects and reading the answer included.
    timeout_s: float = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back."""

    status: int
    reason: str
    #: Names in small letters; of several of one name, the last.
    headers: dict[str, str]
    body: bytes
    #: False where it was longer than what is read of an answer.
    is_whole: bool
    url: str


def send(
    call: Call,
    allow: Sequence[Range],
    *,
    look_up: LookUp = socket.getaddrinfo,
    told: Callable[[str], None] = lambda _line: None,
) -> Answer:
    """Send a call and follow its redirects. Raises ToolFailed where it may not go there, or no answer came.

    `told` is given a line for each thing that happens.
    """
    until = time.monotonic() + call.timeout_s
    for _ in range(_REDIRECTS + 1):
        told(f"{call.method} {shown_url(call.url)}")
        answer = _sent(call, allow, until, look_up)
        told(f"{answer.status} {answer.reason}".rstrip() + f", {len(answer.body)} bytes")
        location = answer.headers.get("location")
        if answer.status not in _MOVED or location is None:
            return answer
        call = _redirected(call, answer.status, location)
    raise ToolFailed(f"it redirects more than {_REDIRECTS} times, last to {shown_url(call.url)}", is_retryable=False)


def shown_url(url: str) -> str:
    """Return an address as it may stand in a log: without its query, which may hold a token."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0].rpartition("@")[2]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "...", "")) if parts.query else url


def _redirected(call: Call, status: int, location: str) -> Call:
    """Return the call that follows a redirect. Raises ToolFailed where that would do something else, or give something away."""
    try:
        url = urljoin(call.url, location)
        host, port, is_secure = host_of(url)
    except ValueError as error:
        raise ToolFailed(f"it redirects to {shown_url(location)!r}: {error}", is_retryable=False) from error
    is_same = (host, port, is_secure) == host_of(call.url)
    if status not in _KEEPING and status != _SEE_OTHER and call.method not in _SAFE:
        raise ToolFailed(
            f"it answered {status}, moved to {shown_url(url)}: following would make a GET of the {call.method}",
            is_retryable=False,
            fix="write that address",
        )
    if not is_same and (call.private or (call.body is not None and status in _KEEPING)):
        raise ToolFailed(
            f"it redirects to another host, {shown_url(url)}, which is not given the headers and the body of this call",
            is_retryable=False,
            fix="write that address",
        )
    if status in _KEEPING or call.method in _SAFE:
        return replace(call, url=url)
    return replace(call, url=url, method="GET", body=None)


def _sent(call: Call, allow: Sequence[Range], until: float, look_up: LookUp) -> Answer:
    try:
        host, port, is_secure = host_of(call.url)
    except ValueError as error:
        raise ToolFailed(f"{shown_url(call.url)!r}: {error}", is_retryable=False) from error
    shown = f"{host}:{port}"
    connected = _connected(host, port, allow, until, look_up)
    try:
        if is_secure:
            connected.settimeout(_left(until))
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
        connection = HTTPConnection(host, port)
        connection.sock = _Timed(connected, until)
        if is_secure:
            connection.default_port = 443  # for the Host header
        connection.request(call.method, _target(call.url), body=call.body, headers=dict(call.headers))
        return _answer(call, connection.getresponse(), until)
    except TimeoutError as error:
        raise ToolFailed(f"{shown} did not answer within {call.timeout_s:g} s", is_retryable=True) from error
    except ssl.SSLCertVerificationError as error:
        raise ToolFailed(
            f"the certificate of {shown} is not trusted: {error.verify_message}",
            is_retryable=False,
            fix="name the file of your authority's certificates in SSL_CERT_FILE",
        ) from error
    except OSError as error:
        raise ToolFailed(f"the connection to {shown} broke: {error.strerror or error}", is_retryable=True) from error
    except (HTTPException, ValueError) as error:
        raise ToolFailed(f"{shown} does not answer in HTTP: {error!r}"[:300], is_retryable=True) from error
    finally:
        connected.close()


def _connected(host: str, port: int, allow: Sequence[Range], until: float, look_up: LookUp) -> socket.socket:
    """Connect to the first judged address that answers."""
    refused = ""
    targets = targets_of(host, port, allow, look_up)
    for tried, target in enumerate(targets):
        connecting = socket.socket(target.family, socket.SOCK_STREAM)
        try:
            connecting.settimeout(_left(until) / (len(targets) - tried))  # one that is silent leaves time for the next
            connecting.connect(target.address)
        except OSError as error:
            connecting.close()
            refused = "no answer in time" if isinstance(error, TimeoutError) else str(error.strerror or error)
        else:
            connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connecting
    raise ToolFailed(f"{host}:{port} cannot be reached: {refused}", is_retryable=True)


def _answer(call: Call, response: HTTPResponse, until: float) -> Answer:
    """Read an answer as far as it is read."""
    with response:
        parts: list[bytes] = []
        size = 0
        while size <= ANSWER_BYTES and (part := response.read1(_READ_BYTES)):
            parts.append(part)
            size += len(part)
            _left(until)
        body = b"".join(parts)
        headers = {name.lower(): value for name, value in response.getheaders()}
        announced = response.length or 0
        if size <= ANSWER_BYTES and announced > 0 and call.method != "HEAD":
            raise ToolFailed("the connection broke in the middle of the answer", is_retryable=True)
    return Answer(
        status=response.status,
        reason=response.reason,
        headers=headers,
        body=body[:ANSWER_BYTES],
        is_whole=size <= ANSWER_BYTES,
        url=call.url,
    )


def _target(url: str) -> str:
    """Return path and query as they are sent: characters that HTTP does not know are encoded, those that are encoded are left."""
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return f"{path}?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else path


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Timed:
    """A connection whose every step is given only what is left of the time: a server that sends a byte a second gains nothing."""

    def __init__(self, connected: socket.socket, until: float) -> None:
        self._connected = connected
        self._until = until

    def sendall(self, data: bytes) -> None:
        self._connected.settimeout(_left(self._until))
        self._connected.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"
        return io.BufferedReader(_Reader(self._connected, self._until))

    def close(self) -> None:
        """Do nothing: whoever connected closes, after the answer was read."""


class _Reader(io.RawIOBase):
    def __init__(self, connected: socket.socket, until: float) -> None:
        self._connected = connected
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        self._connected.settimeout(_left(self._until))
        return self._connected.recv_into(into)

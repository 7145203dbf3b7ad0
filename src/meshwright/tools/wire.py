"""Connections of HTTP: opened, kept to be used again, read with one limit of time and one of bytes for a whole exchange."""

from __future__ import annotations

import functools
import http.client
import io
import select
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any
from urllib.parse import unquote, urlsplit

from meshwright.frozen import dataclass

#: Gives the addresses that a host may be reached by; raises ToolFailed where it may not be.
Resolve = Callable[[str, int], Sequence[str]]

#: Bytes of a reply beside its body: status, headers, what stands between pieces of the body.
_MOST_BESIDE = 512 * 1024
_KEPT = 8
_KEPT_S = 60.0


#: Connections that are kept, by scheme, host and port, and since when.
_Idle = dict[tuple[str, str, int], list[tuple[http.client.HTTPConnection, float]]]


class TooLarge(Exception):
    """A reply has more bytes than it may have."""

    #: What the reply began with.
    status = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where a server is."""

    scheme: str
    host: str
    port: int
    #: Stands before every path; without a ``/`` at its end.
    path: str
    #: Scheme, host and port as they were written.
    origin: str
    #: From ``https://name:password@host``.
    user: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def key(self) -> tuple[str, str, int]:
        """What two addresses of one server have in common."""
        return self.scheme, self.host, self.port


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A request as it goes over the wire."""

    method: str
    #: Path and query.
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    #: Whether it may be sent again where a kept connection turns out to be closed.
    is_repeatable: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """A reply as it came over the wire."""

    status: int
    #: By lower-case name.
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def address_of(url: str) -> Address:
    """Take an address apart. Raises ValueError where it is not one of an HTTP server."""
    found = urlsplit(url)
    if any(character <= " " or character == "\x7f" for character in url) or found.query or found.fragment:
        raise ValueError(url)
    if found.scheme not in {"http", "https"} or not found.hostname or found.port == 0:
        raise ValueError(url)
    return Address(
        scheme=found.scheme,
        host=found.hostname,
        port=found.port or (443 if found.scheme == "https" else 80),
        path=found.path.rstrip("/"),
        origin=f"{found.scheme}://{found.netloc.rpartition('@')[2]}",
        user=None if found.username is None else (unquote(found.username), unquote(found.password or "")),
    )


class Wire:
    """Connections to any servers. Safe to share between threads."""

    def __init__(self, resolve: Resolve | None = None) -> None:
        self._resolve = resolve
        self._lock = threading.Lock()
        self._idle: _Idle = {}
        # Who makes one has no moment to close it: tools are asked as long as there are jobs.
        weakref.finalize(self, _close_all, self._idle)

    def exchange(self, address: Address, sent: Sent, *, until: float, limit_bytes: int) -> Received:
        """Send a request and return the reply, by the moment `until` of the monotonic clock.

        Raises OSError or HTTPException where there is no whole reply, TooLarge where it is too much.
        """
        # What must not be sent twice goes over a new connection: a kept one may be closed by the server at any moment.
        connection = self._kept(address) if sent.is_repeatable else None
        if connection is not None:
            try:
                return self._converse(connection, address, sent, until=until, limit_bytes=limit_bytes)
            except ConnectionError:
                connection.close()
        return self._converse(self._opened(address, until), address, sent, until=until, limit_bytes=limit_bytes)

    def close(self) -> None:
        """Close what is kept."""
        with self._lock:
            _close_all(self._idle)

    def _converse(
        self, connection: http.client.HTTPConnection, address: Address, sent: Sent, *, until: float, limit_bytes: int
    ) -> Received:
        is_whole = False
        try:
            connection.sock.settimeout(_left(until))
            # Pieces of one byte each come with five others.
            most_bytes = 8 * limit_bytes + _MOST_BESIDE
            connection.response_class = functools.partial(  # type: ignore[assignment]
                _Response, until=until, most_bytes=most_bytes
            )
            connection.request(sent.method, sent.target, body=sent.body, headers=dict(sent.headers))
            with connection.getresponse() as response:
                headers = {name.lower(): value for name, value in response.getheaders()}
                try:
                    body = _read(response, limit_bytes)
                except TooLarge as error:
                    error.status = response.status
                    raise
                is_whole = True
                return Received(status=response.status, headers=headers, body=body)
        finally:
            # http.client lets go of the socket where the server said that it will close it.
            if is_whole and connection.sock is not None:
                self._keep(address, connection)
            else:
                connection.close()

    def _opened(self, address: Address, until: float) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(address.host, address.port)
        sock = self._connected(address, until)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.scheme == "https":
                connection.default_port = 443  # left out of the Host header
                sock = _trusting().wrap_socket(sock, server_hostname=address.host)
        except BaseException:
            sock.close()
            raise
        connection.sock = sock
        return connection

    def _connected(self, address: Address, until: float) -> socket.socket:
        failure = OSError("the name has no address")
        for each in (address.host,) if self._resolve is None else self._resolve(address.host, address.port):
            try:
                return socket.create_connection((each, address.port), timeout=_left(until))
            except OSError as error:
                failure = error
        raise failure

    def _kept(self, address: Address) -> http.client.HTTPConnection | None:
        """Return a connection that is open still, as far as can be seen."""
        while True:
            with self._lock:
                idle = self._idle.get(address.key)
                if not idle:
                    return None
                connection, since = idle.pop()
            # Something to read where nothing was asked is the end of the connection.
            if time.monotonic() - since < _KEPT_S and not _is_readable(connection.sock):
                return connection
            connection.close()

    def _keep(self, address: Address, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            idle = self._idle.setdefault(address.key, [])
            idle.append((connection, time.monotonic()))
            extra = idle.pop(0)[0] if len(idle) > _KEPT else None
        if extra is not None:
            extra.close()


class _Response(http.client.HTTPResponse):
    """A response that is read until a moment, and up to a size, and no longer: each read gets what time is left."""

    def __init__(self, sock: socket.socket, *args: Any, until: float, most_bytes: int, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp.close()
        self.fp = io.BufferedReader(_Timed(sock, until, most_bytes))


class _Timed(io.RawIOBase):
    """A socket to read from until a moment: a server that sends a byte now and then cannot hold up its reader.

    Nor can one that sends answers before the answer (1xx) without an end, as fast as it can.
    """

    def __init__(self, sock: socket.socket, until: float, most_bytes: int) -> None:
        super().__init__()
        self._left_bytes = most_bytes
        self._sock = sock
        self._until = until
        self._inner = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._left_bytes <= 0:
            raise http.client.HTTPException("more than an answer")
        self._sock.settimeout(_left(self._until))
        found = self._inner.readinto(buffer)
        self._left_bytes -= found or 0
        return found

    def close(self) -> None:
        self._inner.close()
        super().close()


def _read(response: http.client.HTTPResponse, limit_bytes: int) -> bytes:
    """Return the body. Stops reading where it is too large, by its announced length before it is read."""
    if response.length is not None and response.length > limit_bytes:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    while part := response.read1(1 << 16):
        size += len(part)
        if size > limit_bytes:
            raise TooLarge
        parts.append(part)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(parts)


def _close_all(idle: _Idle) -> None:
    for kept in idle.values():
        for connection, _ in kept:
            connection.close()
    idle.clear()


def _is_readable(sock: socket.socket) -> bool:
    poll = select.poll()  # not select(), which knows no descriptors beyond 1,023
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@functools.cache
def _trusting() -> ssl.SSLContext:
    """Return what certificates are trusted: the system's, or those that SSL_CERT_FILE names. Reading them takes 20 ms."""
    return ssl.create_default_context()

"""HTTP/1.1 with bounds on what comes before a body: its size, and the time that it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any  # uvicorn's signatures

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.http.problems import problem_response

#: Bytes of request line and headers together.
_MOST_HEAD_BYTES = 32 * 1024
#: Seconds from the first byte of a request, or from the connection, to the end of its headers.
_HEAD_S = 15.0

#: Key among a request's extensions of what ends its connection at once.
ABORT = "meshwright.abort"
#: Seconds after which what is no HTTP, or too much of it, is answered: whoever comes again at once comes less often.
_MALFORMED_S = 0.5
#: Seconds that a connection which is being closed may take to give out what is still to be sent.
_CLOSING_S = 5.0
#: So much, for so long, of a request that was answered before it had come whole is thrown away.
_UNWANTED_BYTES, _UNWANTED_S = 1024 * 1024, 2.0


def _written(status: str, code: str, message: str, fix: str) -> bytes:
    """Write the answer to what never became a request."""
    number = int(status.partition(" ")[0])
    error = InputError(Diagnostic(code=code, message=message, fix=fix))
    answer = problem_response(error, instance="", status=number)
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers]
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + bytes(answer.body)


_TOO_LARGE = _written(
    "431 Request Header Fields Too Large",
    "MW-H015",
    f"the request's line and headers are larger than {_MOST_HEAD_BYTES} bytes",
    "send less in the path, the query and the headers",
)
_TOO_SLOW = _written(
    "408 Request Timeout", "MW-H022", f"the request did not come within {_HEAD_S:g} s", "send it again, faster"
)
_MALFORMED = _written("400 Bad Request", "MW-H012", "this is no HTTP/1.1 request", "send one (RFC 9112)")


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Who sends headers a byte at a time, or without end, is sent away."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._is_in_head = True
        self._head_timer: asyncio.TimerHandle | None = None
        self._parting: _Parting | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._parting = _Parting(transport, self._is_midway, self.loop)
        super().connection_made(self._parting)  # type: ignore[arg-type]  # it has all that a transport has
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_timer()
        if self._parting is not None:
            self._parting.end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self._parting is not None and self._parting.is_begun:
            self._parting.throw_away(data)
            return
        if self._is_in_head:
            if self._head_timer is None:
                self._start_timer()
            # The end of the headers may be in here, and a body behind it: that is bounded by itself.
            end = data.find(b"\r\n\r\n")
            self._head_bytes += len(data) if end < 0 else end
            if self._head_bytes > _MOST_HEAD_BYTES:
                self._send_away_later(_TOO_LARGE)
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Take note that the head is there."""
        self._is_in_head = False
        self._stop_timer()
        if not self.url.startswith((b"/", b"*")):
            # A whole URL as the target stands for the header (RFC 9112, 3.2.2).
            authority = self.url.partition(b"://")[2].partition(b"/")[0].partition(b"?")[0]
            self.headers[:] = [each for each in self.headers if each[0] != b"host"] + [(b"host", authority)]
        super().on_headers_complete()
        # Closing waits for the buffer to empty, and so, with a client that reads nothing, for ever.
        self.scope["extensions"] = {**(self.scope.get("extensions") or {}), ABORT: {"abort": self.transport.abort}}

    def on_message_complete(self) -> None:
        """Wait for the next request."""
        super().on_message_complete()
        self._is_in_head = True
        self._head_bytes = 0

    def send_400_response(self, msg: str) -> None:
        """Send away who speaks something else; a request before it on the same connection loses its answer."""
        del msg  # uvicorn's words
        self._send_away_later(_MALFORMED)

    def _is_midway(self) -> bool:
        """Whether a request has begun to come and has not ended."""
        return not self._is_in_head or self._head_bytes > 0

    def _start_timer(self) -> None:
        self._head_timer = self.loop.call_later(_HEAD_S, self._send_away, _TOO_SLOW)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _send_away_later(self, answer: bytes) -> None:
        self._stop_timer()
        self.transport.pause_reading()
        self.loop.call_later(_MALFORMED_S, self._send_away, answer)

    def _send_away(self, answer: bytes) -> None:
        self._stop_timer()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
            self.loop.call_later(_CLOSING_S, self.transport.abort)


class _Parting:
    """A connection's transport that is closed in two steps where a request is midway (RFC 9112, 9.6).

    Closed at once, what has not been read would make the system reset the connection, and the other side lose the answer that
    says why. So our half is closed, what still comes is thrown away for a moment, and then it is over.
    """

    def __init__(self, transport: Any, is_midway: Callable[[], bool], loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._is_midway = is_midway
        self._loop = loop
        self._left = _UNWANTED_BYTES
        self._timer: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @property
    def is_begun(self) -> bool:
        """Whether our half is closed."""
        return self._timer is not None

    def is_closing(self) -> bool:
        """Whether nothing more is to be written."""
        return self.is_begun or self._transport.is_closing()

    def close(self) -> None:
        """Close the connection when what was written has been sent."""
        if self.is_closing():
            return
        if not self._is_midway():
            self._transport.close()
            return
        self._timer = self._loop.call_later(_UNWANTED_S, self._transport.abort)
        self._transport.write_eof()
        self._transport.resume_reading()

    def throw_away(self, data: bytes) -> None:
        """Take what nobody wants; no more of it is read where it is too much."""
        self._left -= len(data)
        if self._left < 0:
            self._transport.pause_reading()

    def end(self) -> None:
        """Take note that the connection is over."""
        if self._timer is not None:
            self._timer.cancel()

"""What a request may cost before anybody looks at it: the size of its body, the time that it takes to come, and to be read.

Bodies are held in memory, of all requests together no more than some: large ones wait outside until there is room. And large ones
are worked on one after the other, the callers in turn, since reading one takes many times its size.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import field
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, RefusedError, WorldError
from meshwright.faces.http.problems import problem_response
from meshwright.faces.http.rates import Rates
from meshwright.faces.http.turns import NoTurn, Turns
from meshwright.frozen import dataclass

_MIB = 1024 * 1024
#: What is let in without a token brings little.
_MOST_OF_STRANGERS = 64 * 1024
#: Large bodies of one caller that wait for their turn.
_MOST_WAITING = 16
#: Seconds after which the next one begins, whatever becomes of this one: it is read by then.
_LARGE_S = 5.0
#: Bytes of large bodies a second, and how many at once beyond, of one caller.
_LARGE_BYTES_PER_S, _LARGE_BYTES_AT_ONCE = 2.0 * _MIB, 16 * _MIB
#: Bodies that are refused, a second, of one caller; others learn of it later, up to so many seconds.
_REFUSALS_PER_S, _REFUSALS_AT_ONCE, _MOST_DELAY_S = 20.0, 20, 5.0
#: So much, for so long, of a body that is refused before it came.
_UNWANTED_BYTES, _UNWANTED_S = _MIB, 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitSettings:
    """Bounds of requests."""

    body_bytes: int = _MIB
    #: Paths that begin so may bring more.
    larger: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType(
            {
                "/api/v1/events": 8 * _MIB,
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
    #: A body of more than that is a large one; and what all large ones together may hold.
    large_bytes: int = 64 * 1024
    held_bytes: int = 48 * _MIB


class ClientGone(Exception):
    """Nobody takes the answer any more: the connection ended, or stands still."""


class Limits:
    """ASGI middleware: a body is read whole, and within bounds, before the application sees the request.

    Encoded bodies (gzip and the like) are not taken, so that a small one cannot become a large one.
    """

    def __init__(self, app: ASGIApp, settings: LimitSettings) -> None:
        self._app = app
        self._settings = settings
        #: Bytes of large bodies that are held, by caller.
        self._held: Counter[str] = Counter()
        self._bytes = Rates(per_s=_LARGE_BYTES_PER_S, at_once=_LARGE_BYTES_AT_ONCE, wait_s=_MOST_DELAY_S)
        self._refusals = Rates(per_s=_REFUSALS_PER_S, at_once=_REFUSALS_AT_ONCE, wait_s=_MOST_DELAY_S)
        self._large = Turns(at_once=1, of_one=1, waiting_of_one=_MOST_WAITING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(self, caller_name(scope))
        try:
            try:
                await self._take(body, scope, receive)
            except MeshwrightError as error:
                # What is still to come of the body is not read: the connection ends with this answer. Not at once, where it is
                # one of many: what is refused costs as much as what is answered.
                now_s = asyncio.get_running_loop().time()
                await asyncio.sleep(self._refusals.wait_s(body.caller, now_s))
                answer = problem_response(error, instance=scope["path"])
                answer.headers["Connection"] = "close"
                await answer(scope, receive, send)
                return
            if not body.is_large:
                await self._app(scope, _replay(body.data, receive), self._impatient(send))
                return
            await self._wait_for_bytes(body)
            async with self._large.of(body.caller, _LARGE_S):
                await self._app(scope, _replay(body.data, receive), self._impatient(send))
        except NoTurn:
            await problem_response(_too_many_large(), instance=scope["path"])(scope, receive, send)
        finally:
            body.let_go()

    async def _take(self, body: _Body, scope: Scope, receive: Receive) -> None:
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
        most = self._most(scope)
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length[:20]) > most:
            raise _too_large(most)
        if not has_body(headers):
            return
        try:
            async with asyncio.timeout(self._settings.body_s):
                async for piece in _pieces(receive):
                    body.add(piece, most)
        except TimeoutError:
            raise InputError(
                Diagnostic(
                    code="MW-H022",
                    message=f"the body did not come within {self._settings.body_s:g} s",
                    fix="send it again, faster or in pieces",
                )
            ) from None

    async def _wait_for_bytes(self, body: _Body) -> None:
        """Wait until it is the time of a large body. Raises NoTurn where that would be too long."""
        wait_s = self._bytes.take(body.caller, asyncio.get_running_loop().time(), body.size)
        if wait_s is None:
            raise NoTurn
        await asyncio.sleep(wait_s)

    def _most(self, scope: Scope) -> int:
        if scope.get("state", {}).get("principal") is None:
            return min(_MOST_OF_STRANGERS, self._settings.body_bytes)
        return next(
            (size for start, size in self._settings.larger.items() if scope["path"].startswith(start)),
            self._settings.body_bytes,
        )

    def hold(self, caller: str, size: int) -> None:
        """Hold so many bytes more of a large body. Raises WorldError (MW-H024) where there is no room."""
        most = self._settings.held_bytes
        if self._held.total() + size > most or self._held[caller] + size > max(most // 2, size):
            raise WorldError(
                Diagnostic(
                    code="MW-H024",
                    message="there is no room for large bodies now: others are being read",
                    fix="send it again as 'Retry-After' says, or send less at once",
                )
            )
        self._held[caller] += size

    def let_go(self, caller: str, size: int) -> None:
        """Hold so many bytes less."""
        self._held[caller] -= size
        if not self._held[caller]:
            del self._held[caller]

    def is_large(self, size: int) -> bool:
        """Whether a body of so many bytes is a large one."""
        return size > self._settings.large_bytes

    def _impatient(self, send: Send) -> Send:
        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(self._settings.idle_s):
                    await send(message)
            except TimeoutError:
                raise ClientGone from None

        return send_in_time


class _Body:
    """The body of one request."""

    def __init__(self, limits: Limits, caller: str) -> None:
        self._limits = limits
        self.caller = caller
        self.size = 0
        self._pieces: list[bytes] = []
        self._held = 0

    @property
    def is_large(self) -> bool:
        """Whether it is worked on in turn."""
        return self._held > 0

    @property
    def data(self) -> bytes:
        """All of it."""
        self._pieces = [b"".join(self._pieces)]
        return self._pieces[0]

    def add(self, piece: bytes, most: int) -> None:
        """Take what came. Raises InputError (MW-H015), WorldError (MW-H024)."""
        self.size += len(piece)
        if self.size > most:
            raise _too_large(most)
        if self._limits.is_large(self.size):
            self._limits.hold(self.caller, self.size - self._held)
            self._held = self.size
        self._pieces.append(piece)

    def let_go(self) -> None:
        """Give room back."""
        if self._held:
            self._limits.let_go(self.caller, self._held)
            self._held = 0


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    """Yield a body as it comes. Raises ClientGone where its end does not: what was cut off is not done."""
    is_all = False
    while not is_all:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        is_all = not message.get("more_body", False)
        yield message.get("body", b"")


def has_body(headers: Headers) -> bool:
    """Whether a request says that it has a body."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def refuse(error: MeshwrightError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request whose body nobody wants: what comes of it soon is thrown away, so that its sender reads the answer."""
    answer = problem_response(error, instance=scope["path"])
    if has_body(Headers(scope=scope)):
        try:
            async with asyncio.timeout(_UNWANTED_S):
                unwanted = _UNWANTED_BYTES
                async for piece in _pieces(receive):
                    unwanted -= len(piece)
                    if unwanted < 0:
                        break
                else:
                    unwanted = 0
        except TimeoutError:
            unwanted = -1
        if unwanted < 0:
            answer.headers["Connection"] = "close"
    await answer(scope, receive, send)


def caller_name(scope: Scope) -> str:
    """Return by which name a request takes its turn; all that bring no token are one caller."""
    principal = scope.get("state", {}).get("principal")
    return "" if principal is None else str(principal.id)


def _replay(body: bytes, receive: Receive) -> Receive:
    is_given = False

    async def replayed() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _too_many_large() -> RefusedError:
    message = "too many large bodies of this caller wait to be read"
    return RefusedError(Diagnostic(code="MW-H017", message=message, fix="wait as 'Retry-After' says, and send fewer"))


def _too_large(most: int) -> InputError:
    return InputError(
        Diagnostic(
            code="MW-H015",
            message=f"the body is larger than {most} bytes",
            fix="send less at once",
        )
    )

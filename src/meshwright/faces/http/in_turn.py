"""Who works how much at once: a caller that sends a hundred requests is worked on as one that sends a few.

A place is held until the answer begins: streams have bounds of their own. What takes long to begin gives its place up after a
moment, so that a caller's short questions do not wait behind its long ones; of long ones, too, a caller has so many at once.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.faces.http.limits import caller_name
from meshwright.faces.http.problems import problem_response
from meshwright.faces.http.turns import NoTurn, Turns

_AT_ONCE, _WAITING = 3, 1000
_LONG_S, _LONG_AT_ONCE = 0.5, 16
#: Of all callers together: the connections are bounded, and so are the threads.
_ALL = 10_000


class InTurn:
    """ASGI middleware: callers take turns."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turns = Turns(at_once=_ALL, of_one=_AT_ONCE, waiting_of_one=_WAITING)
        self._long: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        caller = caller_name(scope)
        try:
            await self._turns.take(caller)
        except NoTurn:
            error = RefusedError(
                Diagnostic(
                    code="MW-H017",
                    message="too many requests of this caller wait for their turn",
                    fix="wait as 'Retry-After' says, and send fewer at once",
                )
            )
            await problem_response(error, instance=scope["path"])(scope, receive, send)
            return
        held = _Held(self._turns, self._long, caller)

        async def begun(message: Message) -> None:
            held.give()
            await send(message)

        timer = asyncio.get_running_loop().call_later(_LONG_S, held.become_long)
        try:
            await self._app(scope, receive, begun)
        finally:
            timer.cancel()
            held.give()


class _Held:
    """One request's place; given back once."""

    def __init__(self, turns: Turns, long: Counter[str], caller: str) -> None:
        self._turns = turns
        self._long = long
        self._caller = caller
        self._is_given = self._is_long = False

    def become_long(self) -> None:
        """Let another one begin, where not too many go on behind it."""
        if not self._is_given and self._long[self._caller] < _LONG_AT_ONCE:
            self._is_long = True
            self._long[self._caller] += 1
            self._turns.give(self._caller)

    def give(self) -> None:
        """Let another one begin."""
        if self._is_given:
            return
        self._is_given = True
        if not self._is_long:
            self._turns.give(self._caller)
            return
        self._long[self._caller] -= 1
        if not self._long[self._caller]:
            del self._long[self._caller]

"""Turns: so many of one caller are worked on at once, and callers take turns at what all of them want."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class NoTurn(Exception):
    """Too many of this caller wait already."""


class Turns:
    """Places by caller: `of_one` for each, `at_once` for all together. For one event loop."""

    def __init__(self, *, at_once: int, of_one: int, waiting_of_one: int) -> None:
        self._at_once = at_once
        self._of_one = of_one
        self._waiting_of_one = waiting_of_one
        self._taken: Counter[str] = Counter()
        self._all_taken = 0
        #: Caller -> those that wait, in their order; the caller whose turn is next comes first.
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def take(self, caller: str) -> None:
        """Wait for a place. Raises NoTurn where too many wait."""
        if caller not in self._waiting and self._is_free(caller):
            self._enter(caller)
            return
        line = self._waiting.setdefault(caller, deque())
        if len(line) >= self._waiting_of_one:
            raise NoTurn
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the place came at this very moment
                self.give(caller)
            else:
                self._leave_line(caller, turn)
            raise

    def give(self, caller: str) -> None:
        """Give a place back; it goes to the next caller in turn."""
        self._all_taken -= 1
        self._taken[caller] -= 1
        if not self._taken[caller]:
            del self._taken[caller]
        self._let_in()

    @asynccontextmanager
    async def of(self, caller: str, most_s: float) -> AsyncIterator[None]:
        """Hold a place, no longer than so many seconds. Raises NoTurn."""
        await self.take(caller)
        timer = asyncio.get_running_loop().call_later(most_s, self.give, caller)
        ends_s = timer.when()
        try:
            yield
        finally:
            if not timer.cancelled() and asyncio.get_running_loop().time() < ends_s:
                timer.cancel()
                self.give(caller)

    def _let_in(self) -> None:
        while (caller := next((each for each in self._waiting if self._is_free(each)), None)) is not None:
            turn = self._waiting[caller][0]
            self._leave_line(caller, turn)
            if caller in self._waiting:
                self._waiting.move_to_end(caller)
            self._enter(caller)
            turn.set_result(None)

    def _leave_line(self, caller: str, turn: asyncio.Future[None]) -> None:
        line = self._waiting[caller]
        line.remove(turn)
        if not line:
            del self._waiting[caller]

    def _enter(self, caller: str) -> None:
        self._taken[caller] += 1
        self._all_taken += 1

    def _is_free(self, caller: str) -> bool:
        return self._all_taken < self._at_once and self._taken[caller] < self._of_one

"""Turns: so many of one caller are worked on at once, and callers take turns at what all of them want."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


class NoTurn(Exception):
    """Too many of this caller wait already."""


@dataclass(kw_only=True, slots=True, eq=False)
class _Turn:
    """One that waits."""

    woken: asyncio.Future[None]
    #: Whether it has its place, of which it may not know yet.
    is_in: bool = False


class Turns:
    """Places by caller: `of_one` for each, `at_once` for all together. Safe for threads, each with an event loop of its own."""

    def __init__(self, *, at_once: int, of_one: int, waiting_of_one: int) -> None:
        self._at_once = at_once
        self._of_one = of_one
        self._waiting_of_one = waiting_of_one
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()
        #: Caller -> those that wait, in their order; the caller whose turn is next comes first.
        self._waiting: OrderedDict[str, deque[_Turn]] = OrderedDict()

    async def take(self, caller: str) -> None:
        """Wait for a place. Raises NoTurn where too many wait."""
        with self._lock:
            if caller not in self._waiting and self._is_free(caller):
                self._taken[caller] += 1
                return
            line = self._waiting.setdefault(caller, deque())
            if len(line) >= self._waiting_of_one:
                raise NoTurn
            turn = _Turn(woken=asyncio.get_running_loop().create_future())
            line.append(turn)
        try:
            await turn.woken
        except asyncio.CancelledError:
            with self._lock:
                if not turn.is_in:
                    self._leave_line(caller, turn)
            if turn.is_in:  # the place came at this very moment
                self.give(caller)
            raise

    def give(self, caller: str) -> None:
        """Give a place back; it goes to the next caller in turn."""
        with self._lock:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
            while (following := next(filter(self._is_free, self._waiting), None)) is not None:
                self._let_in(following)

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

    def _let_in(self, caller: str) -> None:
        turn = self._waiting[caller][0]
        self._leave_line(caller, turn)
        if caller in self._waiting:
            self._waiting.move_to_end(caller)
        turn.is_in = True
        self._taken[caller] += 1
        turn.woken.get_loop().call_soon_threadsafe(_wake, turn.woken)

    def _leave_line(self, caller: str, turn: _Turn) -> None:
        line = self._waiting[caller]
        line.remove(turn)
        if not line:
            del self._waiting[caller]

    def _is_free(self, caller: str) -> bool:
        return self._taken.total() < self._at_once and self._taken[caller] < self._of_one


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)

"""Turns: so many of one caller are worked on at once, and so much is held; callers take turns at what all of them want."""

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
    size: int
    #: Whether it has its place, of which it may not know yet.
    is_in: bool = False


class Turns:
    """Places by caller: `of_one` for each, `at_once` for all together. Safe for threads, each with an event loop of its own.

    With `room`, what holds places has sizes as well: all together at most that, and one caller half of it. What comes alone has
    room whatever its size.
    """

    def __init__(self, *, at_once: int, of_one: int, waiting_of_one: int, room: int | None = None) -> None:
        self._at_once = at_once
        self._of_one = of_one
        self._waiting_of_one = waiting_of_one
        self._room = room
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()
        #: Sizes of what holds places, by caller.
        self._held: Counter[str] = Counter()
        #: Caller -> those that wait, in their order; the caller whose turn is next comes first.
        self._waiting: OrderedDict[str, deque[_Turn]] = OrderedDict()

    @property
    def taken(self) -> int:
        """How many places are held now."""
        return self._taken.total()

    async def take(self, caller: str, size: int = 0) -> None:
        """Wait for a place. Raises NoTurn where too many wait."""
        with self._lock:
            if caller not in self._waiting and self._is_free(caller, size):
                self._hold(caller, size)
                return
            line = self._waiting.setdefault(caller, deque())
            if len(line) >= self._waiting_of_one:
                raise NoTurn
            turn = _Turn(woken=asyncio.get_running_loop().create_future(), size=size)
            line.append(turn)
        try:
            await turn.woken
        except asyncio.CancelledError:
            with self._lock:
                if not turn.is_in:
                    self._leave_line(caller, turn)
                    self._let_in_all()  # what stood behind it may be smaller
            if turn.is_in:  # the place came at this very moment
                self.give(caller, size)
            raise

    def give(self, caller: str, size: int = 0) -> None:
        """Give a place back; it goes to the next caller in turn."""
        with self._lock:
            self._taken[caller] -= 1
            self._held[caller] -= size
            if not self._taken[caller]:
                del self._taken[caller], self._held[caller]
            self._let_in_all()

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

    def _hold(self, caller: str, size: int) -> None:
        self._taken[caller] += 1
        self._held[caller] += size

    def _let_in_all(self) -> None:
        while (following := next(filter(self._is_next, self._waiting), None)) is not None:
            self._let_in(following)

    def _is_next(self, caller: str) -> bool:
        return self._is_free(caller, self._waiting[caller][0].size)

    def _let_in(self, caller: str) -> None:
        turn = self._waiting[caller][0]
        self._leave_line(caller, turn)
        if caller in self._waiting:
            self._waiting.move_to_end(caller)
        turn.is_in = True
        self._hold(caller, turn.size)
        turn.woken.get_loop().call_soon_threadsafe(_wake, turn.woken)

    def _leave_line(self, caller: str, turn: _Turn) -> None:
        line = self._waiting[caller]
        line.remove(turn)
        if not line:
            del self._waiting[caller]

    def _is_free(self, caller: str, size: int) -> bool:
        if self._taken.total() >= self._at_once or self._taken[caller] >= self._of_one:
            return False
        if self._room is None or not self._taken:
            return True
        own = self._held[caller] + size
        return self._held.total() + size <= self._room and (caller not in self._taken or own <= self._room // 2)


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)

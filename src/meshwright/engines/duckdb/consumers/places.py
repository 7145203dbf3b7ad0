"""Places for queries: so many run at once, of one caller fewer, and so many wait for a place."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.engines.duckdb.consumers.values import ConsumerLimits

_LOOK_S = 0.1


class CallerLeft(Exception):
    """Nobody waits for the answer any more."""


class Places:
    """Counts who has a place. Safe for threads."""

    def __init__(self, limits: ConsumerLimits) -> None:
        self._limits = limits
        self._changed = threading.Condition()
        self._running: Counter[str] = Counter()
        self._waiting = 0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count one that waits. Raises WorldError (MW-H210) where too many do."""
        if self._waiting >= self._limits.waiting:
            raise _full()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def take(self, who: str, is_gone: Callable[[], bool]) -> None:
        """Take a place for `who`, waiting for one where none is free.

        Raises WorldError (MW-H210) where none becomes free in time, CallerLeft.
        """
        last = time.monotonic() + self._limits.wait_s
        with self._changed:
            if not self._is_free(who):
                with self.waiting():
                    while not self._is_free(who):
                        if is_gone():
                            raise CallerLeft
                        if time.monotonic() > last:
                            raise _full()
                        self._changed.wait(_LOOK_S)
            self._running[who] += 1

    def give_back(self, who: str) -> None:
        """Give a place back."""
        with self._changed:
            self._running[who] -= 1
            if not self._running[who]:
                del self._running[who]
            self._changed.notify_all()

    def _is_free(self, who: str) -> bool:
        """Whether `who` may run another query: one caller leaves a place for others."""
        own = max(1, self._limits.at_once - 1)
        return self._running.total() < self._limits.at_once and self._running[who] < own


def _full() -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-H210",
            message="as many queries run and wait as the server lets run and wait",
            fix="ask again in a few seconds",
        )
    )

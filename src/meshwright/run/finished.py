"""Where workers put what they are done with, and the coordinator sleeps until enough of it is there.

`concurrent.futures.wait` would wake it for each one, and put a lock around every step that is handed out each time.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Finished(Generic[_T]):
    """A queue with any number of givers and one taker, who says how many are worth waking up for."""

    def __init__(self) -> None:
        self._items: deque[_T] = deque()
        self._enough = 1
        self._is_enough = threading.Event()

    def put(self, item: _T) -> None:
        """Give one; wake the taker if that is enough."""
        self._items.append(item)
        if len(self._items) >= self._enough:
            self._is_enough.set()

    def take(self, enough: int, timeout_s: float) -> list[_T]:
        """Return what is there once it is `enough`, or when the time is over: then it may be fewer, or none."""
        # In this order: who puts one before the count is counted, who puts one after it knows what is enough.
        self._enough = enough
        self._is_enough.clear()
        if len(self._items) < enough:
            self._is_enough.wait(timeout_s)
        return [self._items.popleft() for _ in range(len(self._items))]

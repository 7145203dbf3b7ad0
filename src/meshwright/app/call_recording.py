"""Writes the record of calls while a server answers them: in batches, from a thread of its own, so that no answer waits.

What is not written when a server ends by `close` is written then. A server that is killed loses the calls of its last batch:
those that ended within `PAUSE_S` and the time of one commit. Where the state cannot be written, calls are kept and tried
again; past `ROOM` of them the oldest are given up, and counted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from meshwright.diagnostics import MeshwrightError
from meshwright.model.calls import Call

#: How long calls are gathered before they are written, and so how much of the record a kill can cost.
PAUSE_S = 0.25
#: Calls that are kept while the state cannot be written.
ROOM = 20_000
#: Calls in one transaction.
_BATCH = 1_000
#: Pauses between attempts where the state refuses.
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
#: How long `close` goes on trying.
_CLOSING_S = 10.0


class CallRecorder:
    """Takes calls from any thread and writes them with `write`, one batch at a time."""

    def __init__(
        self,
        write: Callable[[Sequence[Call]], None],
        tell: Callable[[str], None],
        pause_s: float = PAUSE_S,
        room: int = ROOM,
    ) -> None:
        self._write = write
        self._tell = tell
        self._pause_s = pause_s
        self._room = room
        self._waiting: deque[Call] = deque()
        #: Guards what is below it, and is told when something came or the end is wanted.
        self._changed = threading.Condition()
        #: When to give up, once the end is wanted.
        self._deadline: float | None = None
        self._thread: threading.Thread | None = None
        #: Whether somebody waits for the record, and whether a batch is under way.
        self._is_hurried = False
        self._is_writing = False
        #: Calls that were written, and those that were given up.
        self.recorded = 0
        self.lost = 0

    def record(self, calls: Sequence[Call]) -> None:
        """Take calls in; returns at once. What comes after `close` is lost."""
        if not calls:
            return
        with self._changed:
            if self._deadline is not None:
                self.lost += len(calls)
                return
            self._waiting.extend(calls)
            self._give_up_oldest()
            if self._thread is None:
                self._thread = threading.Thread(target=self._go_on, name="record of calls", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def settle(self, timeout_s: float = 5.0) -> None:
        """Wait until what was taken in before is written, for so long at most: who reads the record then finds it there."""
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._waiting and not self._is_writing, timeout=timeout_s)
            self._is_hurried = False

    def close(self) -> None:
        """Write what waits, and end. Where the state cannot be written for 10 seconds, the rest is lost, and that is told."""
        with self._changed:
            self._deadline = time.monotonic() + _CLOSING_S
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()
        self.lost += len(self._waiting)
        self._waiting.clear()
        if self.lost:
            self._tell(f"{self.lost} calls between domains could not be recorded")

    def _go_on(self) -> None:
        """Write batch after batch until the end is wanted and nothing waits, or the time for that is over."""
        refusals = 0
        while batch := self._next_batch():
            try:
                self._write(batch)
            except MeshwrightError as error:
                refusals += 1
                self._put_back(batch)
                self._tell(
                    f"calls between domains cannot be recorded for now: {error.first.code} {error.first.message}"
                )
                if not self._wait(refusals):
                    return
            else:
                refusals = 0
                self.recorded += len(batch)
                self._end_batch()

    def _next_batch(self) -> tuple[Call, ...]:
        """Wait for calls, and a little for others after them; nothing where the end is wanted and nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._deadline is not None)
            self._changed.wait_for(lambda: self._is_hurried or self._deadline is not None, timeout=self._pause_s)
            self._is_writing = True
            return tuple(self._waiting.popleft() for _ in range(min(len(self._waiting), _BATCH)))

    def _end_batch(self) -> None:
        with self._changed:
            self._is_writing = False
            self._changed.notify_all()

    def _put_back(self, batch: Sequence[Call]) -> None:
        with self._changed:
            self._waiting.extendleft(reversed(batch))
            self._is_writing = False
            self._give_up_oldest()

    def _wait(self, refusals: int) -> bool:
        """Wait before the next attempt; False where there is to be none."""
        pause_s = min(_FIRST_PAUSE_S * 2 ** min(refusals - 1, 10), _LONGEST_PAUSE_S)
        with self._changed:
            if self._deadline is None:
                self._changed.wait_for(lambda: self._deadline is not None, timeout=pause_s)
                return True
        time.sleep(_FIRST_PAUSE_S)
        return time.monotonic() < self._deadline

    def _give_up_oldest(self) -> None:
        while len(self._waiting) > self._room:
            self._waiting.popleft()
            self.lost += 1

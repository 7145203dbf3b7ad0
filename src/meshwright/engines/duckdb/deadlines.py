"""Time limits: statements of one thread are interrupted when they took too long together."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

import duckdb

#: DuckDB forgets an interrupt that comes between two statements, so it is told again.
INTERRUPT_EVERY_S = 0.02


class Deadline:
    """Interrupts the cursors of a block from when its time is over until it is left."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._seconds = seconds
        self._cursors: set[duckdb.DuckDBPyConnection] = set()
        #: Held while cursors are interrupted: one that was given back may be another thread's.
        self._lock = threading.Lock()
        self._is_left = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="meshwright-deadline", daemon=True)

    def add(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Watch over a cursor."""
        with self._lock:
            self._cursors.add(cursor)

    def remove(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Leave a cursor alone, from now on."""
        with self._lock:
            self._cursors.discard(cursor)

    def _watch(self) -> None:
        if self._is_left.wait(self._seconds):
            return
        self.is_over = True
        while not self._is_left.is_set():
            with self._lock:
                for cursor in self._cursors:
                    cursor.interrupt()
            self._is_left.wait(INTERRUPT_EVERY_S)

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_left.set()
        self._watcher.join()

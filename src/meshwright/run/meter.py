"""Measures what the steps of a run cost: CPU seconds, and whatever else is counted for them.

What is true of CPU time. The system knows what each thread has used, and what the process has. A worker's own thread works for
one step, so that is the step's, exactly. The engine's pool of threads works for all steps that are at work, and nobody can tell
for which: what it used since the last step began or ended is shared in equal parts by those that were at work meanwhile. So the
steps of a run and what it used beside them add up to what the process used. Processes of their own (Python nodes) are measured
by the system and charged by whoever waits for them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

CPU = "cpu_s"
BYTES_READ = "bytes_read"
BYTES_WRITTEN = "bytes_written"
ROWS_WRITTEN = "rows_written"


class CpuClocks(Protocol):
    """Tells CPU time, in seconds that only grow."""

    def process(self) -> float:
        """Return what the process has used, all threads together."""
        ...

    def this_thread(self) -> int:
        """Name the calling thread."""
        ...

    def thread(self, name: int) -> float:
        """Return what a thread has used that has not ended."""
        ...


class SystemClocks:
    """The clocks of the system."""

    def process(self) -> float:
        """Return what the process has used, all threads together."""
        return time.process_time()

    def this_thread(self) -> int:
        """Return the id of the calling thread's clock."""
        return time.pthread_getcpuclockid(threading.get_ident())

    def thread(self, name: int) -> float:
        """Return what a thread has used that has not ended."""
        return time.clock_gettime(name)


@dataclass(slots=True)
class _AtWork:
    """A thread that works for a step, or coordinates."""

    step: str | None
    clock: int
    seen: float


class Meter:
    """The costs of one run's steps, by their keys. Methods may be called from several threads at once."""

    def __init__(self, clocks: CpuClocks | None = None, spent: Mapping[str, Mapping[str, float]] | None = None) -> None:
        self._clocks = clocks or SystemClocks()
        self._lock = threading.Lock()
        #: What was spent before counts as well: a run that is resumed has its costs from the beginning.
        self._costs: dict[str, dict[str, float]] = {step: dict(units) for step, units in (spent or {}).items()}
        self._at_work: dict[int, _AtWork] = {}
        self._coordinator: _AtWork | None = None
        self._process_seen = self._clocks.process()
        self._beside = 0.0

    @contextmanager
    def coordinating(self) -> Iterator[None]:
        """Count what this thread uses for none of the steps while the block runs."""
        with self._lock:
            self._share_out()
            clock = self._clocks.this_thread()
            self._coordinator = _AtWork(None, clock, self._clocks.thread(clock))
        try:
            yield
        finally:
            with self._lock:
                self._share_out()
                self._coordinator = None

    @contextmanager
    def working(self, step: str) -> Iterator[None]:
        """Count what this thread uses for a step while the block runs, with its share of what threads of the engine use."""
        with self._lock:
            self._share_out()
            clock = self._clocks.this_thread()
            self._at_work[threading.get_ident()] = _AtWork(step, clock, self._clocks.thread(clock))
        try:
            yield
        finally:
            with self._lock:
                self._share_out()
                del self._at_work[threading.get_ident()]

    def charge(self, unit: str, amount: float, step: str | None = None) -> None:
        """Count something for a step, without one for that which this thread works for."""
        with self._lock:
            at_work = self._at_work.get(threading.get_ident())
            step = step or (at_work.step if at_work is not None else None)
            if step is not None:
                self._add(step, unit, amount)

    def costs(self, step: str) -> Mapping[str, float]:
        """Return what a step has cost so far, by unit."""
        with self._lock:
            return {unit: round(amount, 6) for unit, amount in sorted(self._costs.get(step, {}).items())}

    def beside(self) -> Mapping[str, float]:
        """Return what the run has cost beside its steps: making them durable, committing, publishing, recording."""
        with self._lock:
            self._share_out()
            return {CPU: round(self._beside, 6)}

    def _share_out(self) -> None:
        """Give what was used since the last time to those that used it."""
        process = self._clocks.process()
        used, self._process_seen = process - self._process_seen, process
        for at_work in self._at_work.values():
            used -= self._own(at_work)
        if self._coordinator is not None:
            used -= self._own(self._coordinator)
        used = max(used, 0.0)  # the clocks are not read at one moment
        if not self._at_work:
            self._beside += used
            return
        for at_work in self._at_work.values():
            if at_work.step is not None:
                self._add(at_work.step, CPU, used / len(self._at_work))

    def _own(self, at_work: _AtWork) -> float:
        seen = self._clocks.thread(at_work.clock)
        own, at_work.seen = seen - at_work.seen, seen
        if at_work.step is None:
            self._beside += own
        else:
            self._add(at_work.step, CPU, own)
        return own

    def _add(self, step: str, unit: str, amount: float) -> None:
        if not amount:
            return
        costs = self._costs.setdefault(step, {})
        costs[unit] = costs.get(unit, 0) + amount

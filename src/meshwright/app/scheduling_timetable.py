"""When schedules are due next: a heap, so that ten thousand of them cost nothing while none is."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field

from meshwright.model.firings import Watched
from meshwright.model.schedules import next_moment
from meshwright.model.triggers import Trigger


@mutable_dataclass(kw_only=True, slots=True)
class Timetable:
    """The next moment of each schedule."""

    _heap: list[tuple[dt.datetime, str]] = field(default_factory=list)
    _next: dict[str, dt.datetime] = field(default_factory=dict)

    def plan(self, triggers: Iterable[Trigger], watched: Mapping[str, Watched]) -> None:
        """Note when schedules are due, from where they were decided; those that nobody saw yet have no moment."""
        for trigger in triggers:
            seen = watched.get(trigger.address)
            if trigger.schedule is None or seen is None:
                continue
            moment = next_moment(trigger.schedule, seen.cursor)
            if moment is None:
                self._next.pop(trigger.address, None)
            elif self._next.get(trigger.address) != moment:
                self._next[trigger.address] = moment
                heapq.heappush(self._heap, (moment, trigger.address))

    def due(self, now: dt.datetime) -> list[str]:
        """Return the schedules whose moment has come, each once; they are out of the table until they are planned again."""
        found = []
        while self._heap and self._heap[0][0] <= now:
            moment, address = heapq.heappop(self._heap)
            if self._next.get(address) == moment:
                del self._next[address]
                found.append(address)
        return found

    def wait_s(self, now: dt.datetime) -> float | None:
        """Return the seconds until the next moment; None where there is none."""
        return max(0.0, (self._heap[0][0] - now).total_seconds()) if self._heap else None

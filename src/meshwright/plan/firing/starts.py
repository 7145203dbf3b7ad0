"""Which of the firings that wait are started now: of each trigger one at a time, in the order of recording."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from meshwright.frozen import dataclass
from meshwright.model.firings import Firing, FiringState
from meshwright.plan.firing.values import Situation


@dataclass(frozen=True, kw_only=True, slots=True)
class Starts:
    """What is started, and what has to wait."""

    start: tuple[Firing, ...]
    waiting: tuple[Firing, ...]


def next_starts(situation: Situation, *, free: int, ending: Collection[str] = ()) -> Starts:
    """Say which firings start, at most `free` of them. Those in `ending` are being stopped and still go on."""
    running = {firing.trigger for firing in situation.open if firing.state is FiringState.STARTED}
    start: list[Firing] = []
    waiting: list[Firing] = []
    for firing in _waiting(situation.open):
        is_free = firing.trigger not in running and len(start) < free and firing.key not in ending
        if is_free and situation.pause_of(firing.trigger) is None:
            start.append(firing)
            running.add(firing.trigger)
        else:
            waiting.append(firing)
    return Starts(start=tuple(start), waiting=tuple(waiting))


def _waiting(firings: Sequence[Firing]) -> list[Firing]:
    return [firing for firing in firings if firing.state is FiringState.WAITING]

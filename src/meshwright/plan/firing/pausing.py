"""The end of a pause: a pause is made on purpose, so what a schedule would have done meanwhile is passed over.

Events, publications and files of the time are not: what happened has happened, and fires when the pause ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from meshwright.model.firings import Decided, Firing, FiringState, Watched
from meshwright.model.schedules import moments
from meshwright.model.triggers import Trigger
from meshwright.plan.firing.making import Occasion, fired
from meshwright.plan.firing.values import Situation


def resumed(situation: Situation, triggers: Iterable[Trigger]) -> Decided:
    """Return how schedules go on when the pause that holds them ends."""
    watched: list[Watched] = []
    firings: list[Firing] = []
    for trigger in triggers:
        before = situation.watched.get(trigger.address)
        pause = situation.pause_of(trigger.address)
        if before is None or pause is None or trigger.schedule is None or before.cursor >= situation.now:
            continue
        watched.append(replace(before, cursor=situation.now))
        last, count = None, 0
        for moment in moments(trigger.schedule, before.cursor):
            if moment > situation.now:
                break
            last, count = moment, count + 1
        if last is not None:
            over = Occasion(key=last.isoformat(), at=last, missed=count - 1)
            reason = f"paused by {pause.by}: {pause.reason}"
            firings.append(fired(situation, trigger, over, FiringState.SKIPPED, reason))
    return Decided(environment=situation.environment, watched=tuple(watched), firings=tuple(firings))

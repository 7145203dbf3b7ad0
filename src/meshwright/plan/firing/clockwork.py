"""Schedules: which of their moments have come, and what is done about those that were missed."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from meshwright.model.firings import Firing, FiringState, Watched
from meshwright.model.schedules import Schedule, moments
from meshwright.model.triggers import Missed, Trigger
from meshwright.plan.firing.making import Occasion, by_overlap, fired
from meshwright.plan.firing.values import NOTHING, Answer, Situation

#: A moment that is looked at within this time was not missed.
ON_TIME = dt.timedelta(seconds=60)
#: A clock that goes back by more than this was wrong before: what it said then binds nobody.
WRONG_CLOCK = dt.timedelta(days=1)
#: So many missed moments are made up for at most: the newest.
MOST_MADE_UP = 1000


def decide_schedule(situation: Situation, trigger: Trigger) -> Answer:
    """Say what comes of a schedule now."""
    schedule, now = trigger.schedule, situation.now
    assert schedule is not None  # the caller sorts triggers by what fires them
    watched = situation.watched.get(trigger.address)
    if watched is None or watched.definition != trigger.definition or watched.cursor - now > WRONG_CLOCK:
        return Answer(watched=first_seen(situation, trigger))
    if watched.cursor >= now or situation.pause_of(trigger.address) is not None:
        return NOTHING
    due, passed = _due(schedule, watched.cursor, now)
    if not due:
        return NOTHING
    missed = [moment for moment in due if now - moment > ON_TIME]
    on_time = due[len(missed) :]
    skipped, occasions = _made_up(situation, trigger, missed, passed, is_followed=bool(on_time))
    covered = 0 if trigger.missed is not Missed.ONCE else len(missed) + passed
    occasions += [
        Occasion(
            key=_key(moment),
            at=moment,
            missed=covered if place == 0 else 0,
            reason=_made_up_words(covered) if place == 0 else "",
        )
        for place, moment in enumerate(on_time)
    ]
    answer = by_overlap(situation, trigger, occasions)
    return Answer(
        watched=replace(watched, cursor=due[-1]), firings=(*skipped, *answer.firings), gives_way=answer.gives_way
    )


def first_seen(situation: Situation, trigger: Trigger) -> Watched:
    """Begin to watch a trigger: what was before is not its business."""
    return Watched(
        environment=situation.environment,
        trigger=trigger.address,
        definition=trigger.definition,
        since=situation.now,
        cursor=situation.now,
    )


def _due(schedule: Schedule, after: dt.datetime, now: dt.datetime) -> tuple[list[dt.datetime], int]:
    """Return the newest moments that have come, and how many there were before those."""
    found: deque[dt.datetime] = deque(maxlen=MOST_MADE_UP)
    count = 0
    for moment in moments(schedule, after):
        if moment > now:
            break
        found.append(moment)
        count += 1
    return list(found), count - len(found)


def _made_up(
    situation: Situation, trigger: Trigger, missed: Sequence[dt.datetime], passed: int, *, is_followed: bool
) -> tuple[list[Firing], list[Occasion]]:
    """Return the record of what is passed over, and the occasions that missed moments are made up for with.

    Where a moment on time follows, that one makes up for all under `missed: once`.
    """
    if not missed:
        return [], []
    last = missed[-1]
    if trigger.missed is Missed.NONE:
        over = Occasion(key=_key(last), at=last, missed=len(missed) + passed - 1)
        return [fired(situation, trigger, over, FiringState.SKIPPED, "missed: none, and no worker ran then")], []
    if trigger.missed is Missed.ONCE:
        if is_followed:
            return [], []
        count = len(missed) + passed
        return [], [Occasion(key=_key(last), at=last, missed=count - 1, reason=_made_up_words(count), waits=True)]
    skipped = []
    if passed:
        # The moment just before the oldest that is made up for is not known: the record is of that one, under a key of its own.
        over = Occasion(key=f"{_key(missed[0])} before", at=missed[0], missed=passed - 1)
        reason = f"missed: all, but the newest {MOST_MADE_UP} at most"
        skipped.append(fired(situation, trigger, over, FiringState.SKIPPED, reason))
    occasions = [
        Occasion(key=_key(each), at=each, reason="made up for: no worker ran then", waits=True) for each in missed
    ]
    return skipped, occasions


def _made_up_words(count: int) -> str:
    if not count:
        return ""
    return f"makes up for {count} moment{'' if count == 1 else 's'} at which no worker ran"


def _key(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat()

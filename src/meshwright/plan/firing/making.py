"""Firings as they are made: keys, rules of overlap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace

from meshwright.frozen import dataclass
from meshwright.model.firings import Firing, FiringState
from meshwright.model.triggers import Overlap, Trigger
from meshwright.plan.firing.values import Answer, Situation


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """What a trigger fires at."""

    #: Tells it from every other occasion of the trigger.
    key: str
    at: dt.datetime
    events: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    missed: int = 0
    reason: str = ""
    #: Made up for, or one that waits in any case: the rule of overlap is not asked.
    waits: bool = False


def fired(situation: Situation, trigger: Trigger, occasion: Occasion, state: FiringState, reason: str = "") -> Firing:
    """Make a firing of an occasion."""
    late_at = occasion.at + dt.timedelta(seconds=trigger.late_after_s) if trigger.late_after_s is not None else None
    return Firing(
        key=f"{situation.environment} {trigger.address} {occasion.key}",
        environment=situation.environment,
        trigger=trigger.address,
        kind=trigger.kind,
        at=occasion.at,
        recorded_at=situation.now,
        state=state,
        reason=reason or occasion.reason,
        events=occasion.events,
        params=dict(occasion.params),
        missed=occasion.missed,
        late_at=late_at,
    )


def by_overlap(situation: Situation, trigger: Trigger, occasions: Sequence[Occasion]) -> Answer:
    """Apply the rule of overlap to occasions, in order."""
    busy: list[Firing] = list(situation.open_of(trigger.address))
    made: list[Firing] = []
    gives_way: list[Firing] = []
    for occasion in occasions:
        if not busy or occasion.waits or trigger.overlap is Overlap.QUEUE:
            firing = fired(situation, trigger, occasion, FiringState.WAITING)
            busy.append(firing)
        elif trigger.overlap is Overlap.SKIP:
            firing = fired(situation, trigger, occasion, FiringState.SKIPPED, _skipped_words(busy))
        else:
            made = [_given_up(each, situation.now, occasion) if each in busy else each for each in made]
            gives_way += [each for each in busy if each.number]
            firing = fired(situation, trigger, occasion, FiringState.WAITING)
            busy = [firing]
        made.append(firing)
    return Answer(firings=_together(made), gives_way=tuple(gives_way))


def _skipped_words(busy: Sequence[Firing]) -> str:
    return f"overlap: skip, while run {busy[0].run_id} goes on"


def _given_up(firing: Firing, now: dt.datetime, occasion: Occasion) -> Firing:
    return replace(
        firing,
        state=FiringState.SKIPPED,
        ended_at=now,
        reason=f"overlap: cancel, {occasion.at:%Y-%m-%d %H:%M:%SZ} came after",
    )


def _together(firings: Sequence[Firing]) -> tuple[Firing, ...]:
    """Record what was skipped one after the other as one."""
    found: list[Firing] = []
    for firing in firings:
        before = found[-1] if found else None
        if (
            before is not None
            and before.state is firing.state is FiringState.SKIPPED
            and before.reason == firing.reason
        ):
            found[-1] = replace(
                firing, missed=before.missed + firing.missed + 1, events=(*before.events, *firing.events)
            )
        else:
            found.append(firing)
    return tuple(found)


def given_up(firings: Collection[Firing], now: dt.datetime, reason: str) -> tuple[Firing, ...]:
    """Return firings that wait as given up."""
    return tuple(
        replace(firing, state=FiringState.SKIPPED, ended_at=now, reason=reason)
        for firing in firings
        if firing.state is FiringState.WAITING
    )

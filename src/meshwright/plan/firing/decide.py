"""The decider: one look at everything, one value of what is to be recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.firings import GIVES_WAY, Decided, Firing, FiringState, Watched
from meshwright.model.schedules import CronSchedule, IntervalSchedule
from meshwright.model.triggers import OnEvent, OnFile, OnPublication, Trigger
from meshwright.plan.firing.clockwork import decide_schedule, first_seen
from meshwright.plan.firing.incoming import decide_events, decide_files
from meshwright.plan.firing.making import given_up
from meshwright.plan.firing.publications import decide_publication
from meshwright.plan.firing.values import Answer, Situation

_DECIDERS: MappingProxyType[type, Callable[[Situation, Trigger], Answer]] = MappingProxyType(
    {
        CronSchedule: decide_schedule,
        IntervalSchedule: decide_schedule,
        OnEvent: decide_events,
        OnFile: decide_files,
        OnPublication: decide_publication,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What is to be recorded, and which runs are to be stopped for others to start."""

    decided: Decided
    #: Started firings that give way.
    stop: tuple[Firing, ...] = field(default=())


def decide(situation: Situation) -> Decision:
    """Ask every trigger. What it says is idempotent: recorded twice it is recorded once."""
    if situation.known is None:  # whom an event is for is not known; it waits until the mesh can be read again
        situation = replace(situation, events=())
    watched: list[Watched] = []
    firings: list[Firing] = []
    changed: list[Firing] = []
    stop: list[Firing] = []
    for address, trigger in situation.triggers.items():
        answer = _DECIDERS[type(trigger.fires)](situation, trigger)
        if answer.watched is None and address not in situation.watched:
            answer = Answer(watched=first_seen(situation, trigger), firings=answer.firings, gives_way=answer.gives_way)
        if answer.watched is not None:
            watched.append(answer.watched)
        firings += answer.firings
        changed += given_up(answer.gives_way, situation.now, GIVES_WAY)
        giving = [firing for firing in answer.gives_way if firing.state is FiringState.STARTED]
        # Recorded, so that whichever worker looks next sees to it.
        changed += [replace(firing, reason=GIVES_WAY) for firing in giving]
        stop += giving
    forgotten = _forgotten(situation)
    gone = frozenset(forgotten)
    changed += given_up(
        [each for each in situation.open if each.trigger in gone], situation.now, "the trigger was removed"
    )
    decided = Decided(
        environment=situation.environment,
        watched=tuple(watched),
        forgotten=forgotten,
        firings=tuple(firings),
        changed=tuple(changed),
        handled=tuple(event.number for event in situation.events),
    )
    return Decision(decided=decided, stop=tuple(stop))


def _forgotten(situation: Situation) -> tuple[str, ...]:
    """Return the triggers that were watched and are there no more."""
    if situation.known is None:
        return ()
    return tuple(sorted(situation.watched.keys() - situation.known))

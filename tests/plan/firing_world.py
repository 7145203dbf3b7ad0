"""A world for the decider: records as the state keeps them, runs that take a while, a clock that goes as a test wants."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from meshwright.model.firings import Decided, Firing, FiringState, Pause, ReceivedEvent, Watched
from meshwright.model.schedules import CronSchedule
from meshwright.model.triggers import Fires, Missed, Overlap, Trigger, default_overlap
from meshwright.plan.firing import Arrived, Published, Situation, decide, next_starts, resumed

START = dt.datetime(2026, 3, 2, 4, 0, 30, tzinfo=dt.UTC)
ENVIRONMENT = "prod"


def trigger(fires: Fires, name: str = "t", product: str = "d.p", **rules: object) -> Trigger:
    values: dict[str, object] = {"overlap": default_overlap(fires), **rules}
    return Trigger(product=product, name=name, fires=fires, **values)  # type: ignore[arg-type]


def cron(expression: str = "0 * * * *", timezone: str = "UTC", **rules: object) -> Trigger:
    return trigger(CronSchedule(expression=expression, timezone=timezone), **rules)


def at(text: str) -> dt.datetime:
    """``05:00`` of the world's first day, or a day and a time of March 2026: ``3 05:00``."""
    day, _, clock = text.rpartition(" ")
    hour, minute = clock.split(":")
    return dt.datetime(2026, 3, int(day or 2), int(hour), int(minute), tzinfo=dt.UTC)


@dataclass
class World:
    """One environment."""

    triggers: list[Trigger]
    now: dt.datetime = START
    #: How long a run goes on.
    takes: dt.timedelta = dt.timedelta(seconds=20)
    free: int = 100
    is_readable: bool = True
    watched: dict[str, Watched] = field(default_factory=dict)
    firings: dict[str, Firing] = field(default_factory=dict)
    started_at: dict[str, dt.datetime] = field(default_factory=dict)
    events: dict[str, ReceivedEvent] = field(default_factory=dict)
    pauses: dict[str, Pause] = field(default_factory=dict)
    published: dict[str, Published] = field(default_factory=dict)
    arrived: dict[str, Mapping[str, Arrived]] = field(default_factory=dict)
    reads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)

    def situation(self) -> Situation:
        by_address = {each.address: each for each in self.triggers}
        return Situation(
            now=self.now,
            environment=ENVIRONMENT,
            triggers=by_address,
            watched=dict(self.watched),
            open=tuple(each for each in self.firings.values() if each.is_open),
            events=tuple(each for each in self.events.values() if each.handled_at is None),
            published=dict(self.published),
            arrived=dict(self.arrived),
            reads=self.reads,
            pauses=dict(self.pauses),
            known=frozenset(by_address) if self.is_readable else None,
        )

    def record(self, decided: Decided) -> None:
        """What the state does."""
        for each in decided.watched:
            self.watched[each.trigger] = each
        for name in decided.forgotten:
            del self.watched[name]
        for firing in decided.firings:
            self.firings.setdefault(firing.key, replace(firing, number=len(self.firings) + 1))
        for firing in decided.changed:
            self.firings[firing.key] = firing
        for event in list(self.events.values()):
            if event.number in decided.handled:
                self.events[event.name] = replace(event, handled_at=self.now)

    def tick(self, to: dt.datetime | str | None = None) -> list[Firing]:
        """Look once, at a time, and return what is new."""
        if to is not None:
            self.now = at(to) if isinstance(to, str) else to
        for firing in [each for each in self.firings.values() if each.state is FiringState.STARTED]:
            # A run ends by itself, whatever the clock says.
            goes_on = dt.timedelta(0) <= self.now - self.started_at[firing.key] < self.takes
            if firing.key in self.stopped or not goes_on:
                self.firings[firing.key] = replace(firing, state=FiringState.ENDED, ended_at=self.now)
        before = dict(self.firings)
        decision = decide(self.situation())
        self.record(decision.decided)
        self.stopped += [each.key for each in decision.stop]
        for firing in next_starts(self.situation(), free=self.free).start:
            self.firings[firing.key] = replace(firing, state=FiringState.STARTED)
            self.started_at[firing.key] = self.now
        return [each for key, each in self.firings.items() if key not in before]

    def walk(self, to: str, step_s: int = 30) -> list[Firing]:
        """Look every so often up to a time."""
        found = []
        while self.now < at(to):
            found += self.tick(min(at(to), self.now + dt.timedelta(seconds=step_s)))
        return found

    def send(self, id_: str, kind: str = "org.example.closed", **attributes: object) -> None:
        document = {"specversion": "1.0", "id": id_, "source": "/pos", "type": kind, **attributes}
        event = ReceivedEvent(
            source=str(document["source"]),
            id=id_,
            type=kind,
            document=json.dumps(document),
            received_at=self.now,
            number=len(self.events) + 1,
        )
        self.events.setdefault(event.name, event)

    def pause(self, name: str) -> None:
        self.pauses[name] = Pause(
            environment=ENVIRONMENT, object=name, since=self.now, by="ana", reason="Moving house."
        )

    def resume(self, name: str) -> None:
        self.record(resumed(self.situation(), self.triggers))
        del self.pauses[name]


def told(firings: Iterable[Firing]) -> list[str]:
    """``waiting 05:00`` or ``skipped 05:00 +3: why``."""
    return [
        f"{each.state.value} {each.at:%H:%M}{f' +{each.missed}' if each.missed else ''}{f': {each.reason}' if each.reason else ''}"
        for each in firings
    ]


RULES = [(missed, overlap) for missed in Missed for overlap in Overlap]

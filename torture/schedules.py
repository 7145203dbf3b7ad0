"""A simulated year of schedules: none missed, none doubled, judged by a walk through every minute of it.

Workers die and others follow, the clock is set back and forth, there are hours without any worker, and clocks change with
the seasons in ten time zones. Every schedule makes up for what it missed, so every moment must be one run.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from meshwright.app.scheduling_timetable import Timetable
from meshwright.model.firings import Firing, FiringState, Watched
from meshwright.model.schedules import CronSchedule, IntervalSchedule
from meshwright.model.triggers import Missed, Overlap, Trigger
from meshwright.plan.firing import Situation, decide, next_starts
from tests.schedule_oracle import OracleCron, Tick, fires, ticks
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="schedules",
    claim="a simulated year of schedules in ten time zones through clock changes, clock jumps both ways, kills and hours "
    "without a worker: every moment is one run, as a walk through every minute says",
    unit="schedules",
    short=6,
    long=50,
)

ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Kolkata",
    "Pacific/Chatham", "America/St_Johns", "UTC", "Asia/Tehran",
)  # fmt: skip
_MINUTES = ("0", "30", "5,35", "*/20", "59", "17")
_HOURS = ("*", "2", "1-3", "*/2", "0", "23", "*/6", "0,2,3", "3")
_DAYS = (
    ("*", "*", "*"),
    ("*", "*", "0"),
    ("1,15", "*", "*"),
    ("25-31", "3,10", "*"),
    ("*", "*", "1-5"),
    ("*/3", "*", "*"),
)
#: Those that clock changes are hardest on come first, so that the short form has them.
_HARD = (
    CronSchedule(expression="30 2 * * *", timezone="Europe/Berlin"),
    CronSchedule(expression="15,45 23 * * *", timezone="America/Santiago"),
    CronSchedule(expression="*/20 * * * *", timezone="America/New_York"),
    CronSchedule(expression="45 1,2 * * *", timezone="Australia/Lord_Howe"),
    CronSchedule(expression="0 0 * * *", timezone="Africa/Cairo"),
    IntervalSchedule(every_s=7 * 60),
)
_START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_YEAR = dt.timedelta(days=365)
#: The short form walks through the weeks in which most clocks change.
_WEEKS = (dt.datetime(2026, 3, 1, tzinfo=dt.UTC), dt.timedelta(days=56))


@dataclass
class _Clockwork:
    """A scheduler with its records, without a state and without processes."""

    triggers: dict[str, Trigger]
    now: dt.datetime
    rng: random.Random
    watched: dict[str, Watched] = field(default_factory=dict)
    open: dict[str, Firing] = field(default_factory=dict)
    #: How often each moment was recorded as to be run, and how often a run was started for it.
    proposed: Counter[tuple[str, dt.datetime]] = field(default_factory=Counter)
    begun: Counter[tuple[str, dt.datetime]] = field(default_factory=Counter)
    timetable: Timetable = field(default_factory=Timetable)
    is_fresh: bool = True

    def look(self, *, dies_before_starting: bool = False) -> None:
        """What a worker does in one look; it may be killed after it recorded."""
        if self.is_fresh:
            self.timetable = Timetable()
            self.timetable.plan(self.triggers.values(), self.watched)
        due = self.timetable.due(self.now)
        chosen = self.triggers if self.is_fresh else {name: self.triggers[name] for name in due}
        self.is_fresh = False
        # Runs that were started have ended by the next look.
        self.open = {key: each for key, each in self.open.items() if each.state is FiringState.WAITING}
        decided = decide(self.situation(chosen)).decided
        self.watched.update((each.trigger, each) for each in decided.watched)
        self.timetable.plan((self.triggers[each.trigger] for each in decided.watched), self.watched)
        for firing in decided.firings:
            self.proposed[firing.trigger, firing.at] += firing.state is FiringState.WAITING
            self.open.setdefault(firing.key, replace(firing, number=len(self.proposed)))
        if dies_before_starting:
            self.is_fresh = True
            return
        while starts := next_starts(self.situation({}), free=1000).start:
            for firing in starts:
                self.begun[firing.trigger, firing.at] += 1
                del self.open[firing.key]

    def situation(self, triggers: dict[str, Trigger]) -> Situation:
        return Situation(
            now=self.now,
            environment="prod",
            triggers=triggers,
            watched=self.watched,
            open=tuple(self.open.values()),
            known=None,
        )


def prove(n: int, seed: int, _folder: Path) -> Tally:
    """Simulate `n` schedules over a year, or over the weeks in which clocks change where they are few."""
    rng = random.Random(seed)
    start, span = (_START, _YEAR) if n >= PROOF.long else _WEEKS
    triggers = {trigger.address: trigger for trigger in _schedules(n, rng)}
    world = _Clockwork(triggers=triggers, now=start, rng=rng)
    end = start + span
    _walk(world, end)
    tally = Tally()
    wanted = _oracle(triggers, start, end)
    for address, trigger in triggers.items():
        tally.trial(_problem(address, trigger, wanted[address], world))
    return tally


def _schedules(n: int, rng: random.Random) -> Iterator[Trigger]:
    for number in range(n):
        found: CronSchedule | IntervalSchedule
        if number < len(_HARD):
            found = _HARD[number]
        elif number % 10 == 9:
            found = IntervalSchedule(every_s=60 * rng.choice((7, 45, 60, 90, 1440)))
        else:
            expression = " ".join((rng.choice(_MINUTES), rng.choice(_HOURS), *rng.choice(_DAYS)))
            found = CronSchedule(expression=expression, timezone=ZONES[number % len(ZONES)])
        yield Trigger(product=f"d.p{number}", name="schedule", fires=found, overlap=Overlap.QUEUE, missed=Missed.ALL)


def _walk(world: _Clockwork, end: dt.datetime) -> None:
    """Go through the time as a worker would, with everything that can happen to it and to its clock."""
    rng, latest = world.rng, world.now
    world.look()
    while latest < end:
        wait_s = world.timetable.wait_s(world.now)
        step_s = min(3600.0, max(1.0, wait_s or 0.0)) + rng.random() * 40
        chance = rng.random()
        if chance < 0.004:  # nobody looks for hours
            step_s += rng.uniform(60, 9 * 3600)
        elif chance < 0.008:  # the clock is set ahead
            step_s += rng.uniform(1, 3 * 3600)
        elif chance < 0.012:  # the clock is set back
            step_s = -rng.uniform(1, 3 * 3600)
        world.now = min(end, world.now + dt.timedelta(seconds=step_s))
        latest = max(latest, world.now)
        if rng.random() < 0.01:  # another worker follows, and knows what is recorded alone
            world.is_fresh = True
        world.look(dies_before_starting=rng.random() < 0.01)
    world.now = end
    world.look()


def _oracle(triggers: dict[str, Trigger], start: dt.datetime, end: dt.datetime) -> dict[str, set[dt.datetime]]:
    """Walk through every minute, once for each time zone."""
    found: dict[str, set[dt.datetime]] = {address: set() for address in triggers}
    for zone in ZONES:
        crons = {
            address: OracleCron(each.fires.expression, zone)
            for address, each in triggers.items()
            if isinstance(each.fires, CronSchedule) and each.fires.timezone == zone
        }
        plain = zone == "UTC"
        for tick in ticks(zone, start, end):
            for address, cron in crons.items():
                if fires(cron, tick):
                    found[address].add(tick.moment)
            if plain:
                _intervals(triggers, tick, found)
    return found


def _intervals(triggers: dict[str, Trigger], tick: Tick, found: dict[str, set[dt.datetime]]) -> None:
    monday = dt.datetime(1970, 1, 5, tzinfo=dt.UTC)
    for address, trigger in triggers.items():
        every = trigger.fires.every_s if isinstance(trigger.fires, IntervalSchedule) else 0
        if every and (tick.moment - monday).total_seconds() % every == 0:
            found[address].add(tick.moment)


def _problem(address: str, trigger: Trigger, wanted: set[dt.datetime], world: _Clockwork) -> str | None:
    """Say what is wrong with the runs of a schedule."""
    begun = {at: count for (name, at), count in world.begun.items() if name == address}
    proposed = {at: count for (name, at), count in world.proposed.items() if name == address}
    missed, extra = sorted(wanted - begun.keys()), sorted(begun.keys() - wanted)
    doubled = sorted(at for at, count in begun.items() if count > 1 or proposed[at] > 1)
    if missed or extra or doubled:
        told = {"missed": missed, "not wanted": extra, "doubled": doubled}
        words = ", ".join(f"{len(each)} {word} (first {each[0]})" for word, each in told.items() if each)
        return f"{trigger.fires}: {words} of {len(wanted)}"
    if not wanted:
        return f"{trigger.fires} has no moment: the proof proves nothing of it"
    return None


if __name__ == "__main__":
    sys.exit(main(PROOF, prove))

"""The verbs `schedule list|pause|resume`: what will happen when and why, and holding it up."""

from __future__ import annotations

import datetime as dt
import heapq
import json
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from itertools import islice, repeat

from meshwright.app.clock import utc_now
from meshwright.app.idempotency import settles
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.processes import holder_of, is_gone
from meshwright.app.scheduling_mesh import TriggerTable, trigger_table
from meshwright.app.scheduling_published import PublicationWatch
from meshwright.app.workspace import Workspace, who
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model.firings import DATASET_LATE, Decided, Firing, FiringState, Pause, Watched
from meshwright.model.intervals import zone_of
from meshwright.model.schedules import CronSchedule, moments
from meshwright.model.triggers import OnPublication, Trigger, fires_words, product_of_trigger
from meshwright.plan.firing import Situation, readiness, resumed
from meshwright.state.protocol import State

#: Moments that were missed are counted up to here.
_MOST_COUNTED = 10_000
#: Among so many of the newest events it is looked for what is late.
_LATE_LOOKED_AT = 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Upcoming:
    """A moment at which a schedule fires."""

    at: dt.datetime
    #: The same on the clock of its time zone.
    local: dt.datetime
    timezone: str
    trigger: str
    #: When it fires, in words.
    why: str
    #: What holds it up; None where nothing does.
    pause: Pause | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TriggerView:
    """A trigger as it stands."""

    trigger: Trigger
    #: When it fires, in words.
    fires: str
    #: What it waits for now, in words; empty where that is its next moment.
    waits: str = ""
    next_at: dt.datetime | None = None
    pause: Pause | None = None
    #: Since when a worker knows it; None where none has seen it yet.
    since: dt.datetime | None = None
    last: Firing | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LateData:
    """A dataset that a worker found late, and that nothing newer came for since."""

    dataset: str
    rule: str
    #: The newest moment in its data, and when it was late.
    newest: dt.datetime
    late_at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleReport:
    """Answer of `schedule list`."""

    environment: str
    #: Who runs the scheduler; None where nobody does.
    worker: str | None
    triggers: tuple[TriggerView, ...]
    next: tuple[Upcoming, ...]
    #: What waits, goes on, or was last, newest first.
    firings: tuple[Firing, ...] = field(default=())
    #: Datasets whose newest data is older than their contracts allow, and that stand so.
    late: tuple[LateData, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PauseReport:
    """Answer of `schedule pause` and `schedule resume`."""

    environment: str
    #: What was named: a trigger, or a product with all its triggers.
    name: str
    #: Addresses of the triggers that it is about.
    triggers: tuple[str, ...]
    is_paused: bool
    #: Whether that is news.
    is_changed: bool
    #: Moments that are passed over, by trigger.
    passed_over: Mapping[str, int] = field(default_factory=dict)


def list_schedules(workspace: Workspace, environment: str, name: str | None = None, limit: int = 20) -> ScheduleReport:
    """Say what fires when and why. Raises InputError (MW-S030) for a name that nothing has."""
    with open_mesh(workspace, environment) as opened:
        table = trigger_table(opened)
        chosen = _chosen(table, name) if name else table.triggers
        situation = _situation(opened, table)
        last = opened.state.schedules.firings(environment, limit=limit)
        newest = _newest(opened, environment, chosen)
        views = tuple(_view(each, situation, newest.get(each.address)) for each in chosen.values())
        return ScheduleReport(
            environment=environment,
            worker=_worker(opened, environment),
            triggers=views,
            next=tuple(islice(_upcoming(chosen, situation), limit)),
            firings=tuple(each for each in last if not name or each.trigger in chosen),
            late=() if name else late_data(opened.state, environment),
        )


def pause(workspace: Workspace, environment: str, name: str, reason: str) -> PauseReport:
    """Let a trigger, or all those of a product, start nothing until it is resumed. Raises InputError (MW-S030)."""
    with open_mesh(workspace, environment, create_state=True) as opened:
        chosen = _chosen(trigger_table(opened), name)
        is_new = name not in opened.state.schedules.pauses(environment)
        held = Pause(environment=environment, object=name, since=utc_now(), by=who(), reason=reason)
        answer = PauseReport(
            environment=environment, name=name, triggers=tuple(chosen), is_paused=True, is_changed=is_new
        )
        with settles(lambda _: answer):
            opened.state.schedules.pause([held])
        return answer


def resume(workspace: Workspace, environment: str, name: str, *, catch_up: bool = False) -> PauseReport:
    """Let go on what was paused. What schedules missed meanwhile is passed over, unless it is to be caught up with.

    Raises InputError (MW-S033) where it is not paused.
    """
    with open_mesh(workspace, environment, create_state=True) as opened:
        schedules = opened.state.schedules
        pauses = schedules.pauses(environment)
        if name not in pauses:
            raise InputError(
                Diagnostic(
                    code="MW-S033",
                    message=f"'{name}' is not paused in {environment}",
                    fix=known_names_hint(name, pauses, what="pauses"),
                )
            )
        table = trigger_table(opened)
        # A trigger that is gone from the mesh may be let go all the same.
        chosen = {each: trigger for each, trigger in table.triggers.items() if _is_held(each, name)}
        situation = _situation(opened, table)
        rest = replace(situation, pauses={each: held for each, held in pauses.items() if each != name})
        freed = [trigger for address, trigger in chosen.items() if rest.pause_of(address) is None]
        decided = Decided(environment=environment) if catch_up else resumed(situation, freed)
        answer = PauseReport(
            environment=environment,
            name=name,
            triggers=tuple(chosen),
            is_paused=False,
            is_changed=True,
            passed_over={each.trigger: each.missed + 1 for each in decided.firings},
        )
        with settles(lambda _: answer):
            schedules.resume(environment, [name], decided, situation.now)
        return answer


def _is_held(trigger: str, name: str) -> bool:
    """Whether the pause of a name is about a trigger."""
    product = product_of_trigger(trigger)
    return name in {trigger, product, product.partition("@")[0]}


def _chosen(table: TriggerTable, name: str) -> dict[str, Trigger]:
    found = {address: trigger for address, trigger in table.triggers.items() if _is_held(address, name)}
    if found:
        return found
    names = {*table.triggers, *(trigger.product for trigger in table.triggers.values())}
    raise InputError(
        Diagnostic(
            code="MW-S030",
            message=f"no trigger and no product with triggers is called '{name}'",
            fix=known_names_hint(name, names, what="triggers"),
        )
    )


def _situation(opened: OpenedMesh, table: TriggerTable) -> Situation:
    schedules, environment = opened.state.schedules, opened.environment
    watched = schedules.watched(environment)
    found = PublicationWatch(reader=opened.state.reader, environment=environment).look(table, watched)
    return Situation(
        now=utc_now(),
        environment=environment,
        triggers=table.triggers,
        watched=watched,
        open=schedules.open_firings(environment),
        published=found.published,
        arrived=found.arrived,
        reads=table.reads,
        pauses=schedules.pauses(environment),
        known=table.known,
    )


def _newest(opened: OpenedMesh, environment: str, chosen: Mapping[str, Trigger]) -> dict[str, Firing]:
    """Return the newest firing of each of a few triggers; of many those among the newest of all."""
    schedules = opened.state.schedules
    if len(chosen) <= 50:
        found = (schedules.firings(environment, [address], 1) for address in chosen)
        return {each[0].trigger: each[0] for each in found if each}
    return {firing.trigger: firing for firing in reversed(schedules.firings(environment, limit=1000))}


def late_data(state: State, environment: str) -> tuple[LateData, ...]:
    """Return what was told as late and stands as it did then, by dataset."""
    pointers = state.reader.pointers(environment)
    found: dict[tuple[str, str], LateData] = {}
    for event in state.schedules.events(_LATE_LOOKED_AT, DATASET_LATE):
        if event.source != f"/meshwright/{environment}":
            continue
        data = json.loads(event.document)["data"]
        standing = pointers.get(data["dataset"])
        if standing is not None and standing.revision == data["version"]:
            found[data["dataset"], data["rule"]] = LateData(
                dataset=data["dataset"],
                rule=data["rule"],
                newest=dt.datetime.fromisoformat(data["newest"]),
                late_at=dt.datetime.fromisoformat(data["late_at"]),
            )
    return tuple(each for _, each in sorted(found.items()))


def _worker(opened: OpenedMesh, environment: str) -> str | None:
    lease = opened.state.reader.lease(f"scheduler:{environment}")
    if lease is None or not lease.holder or lease.expires_at <= utc_now() or is_gone(lease.holder):
        return None
    return holder_of(lease.holder)


def _view(trigger: Trigger, situation: Situation, last: Firing | None) -> TriggerView:
    watched = situation.watched.get(trigger.address)
    if watched is not None and watched.definition != trigger.definition:
        watched = None
    upcoming = next(_moments(trigger, situation), None)
    return TriggerView(
        trigger=trigger,
        fires=fires_words(trigger.fires),
        waits=_waits(trigger, watched, situation),
        next_at=upcoming,
        pause=situation.pause_of(trigger.address),
        since=watched.since if watched else None,
        last=last,
    )


def _waits(trigger: Trigger, watched: Watched | None, situation: Situation) -> str:
    """Say what a trigger waits for, besides its next moment."""
    waiting = [each for each in situation.open_of(trigger.address) if each.state is FiringState.WAITING]
    if waiting:
        return f"{len(waiting)} to be started, the first for {waiting[0].at:%Y-%m-%d %H:%M:%SZ}"
    if watched is None:
        return "for a worker to see it: what was before does not count"
    if isinstance(trigger.fires, OnPublication):
        ready = readiness(situation, trigger, watched)
        return "for a worker: it is ready" if ready.is_ready else ready.words.removeprefix("waits ")
    return "" if trigger.schedule is None else _missed_words(trigger, watched, situation)


def _missed_words(trigger: Trigger, watched: Watched, situation: Situation) -> str:
    """Say what a schedule missed so far, or that the clock was ahead."""
    since = f"{watched.cursor:%Y-%m-%d %H:%M:%SZ}"
    if watched.cursor > situation.now:
        return f"for {since}: the clock was there before"
    missed = sum(1 for _ in islice(_until(trigger, watched.cursor, situation.now), _MOST_COUNTED))
    if not missed:
        return ""
    moments_words = f"{missed} moment{'' if missed == 1 else 's'}"
    return f"for a worker: {moments_words} since {since}, missed: {trigger.missed.value}"


def _until(trigger: Trigger, after: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    assert trigger.schedule is not None  # the caller asks of schedules
    for moment in moments(trigger.schedule, after):
        if moment > end:
            return
        yield moment


def _moments(trigger: Trigger, situation: Situation) -> Iterator[dt.datetime]:
    """Yield the moments of a schedule that are still to come; none of other triggers."""
    if trigger.schedule is None:
        return
    watched = situation.watched.get(trigger.address)
    after = situation.now
    if watched is not None and watched.definition == trigger.definition:
        after = max(after, watched.cursor)
    yield from moments(trigger.schedule, after)


def _upcoming(chosen: Mapping[str, Trigger], situation: Situation) -> Iterator[Upcoming]:
    """Yield what fires next, all schedules together, in order."""
    lines = (zip(_moments(trigger, situation), repeat(address), strict=False) for address, trigger in chosen.items())
    for at, address in heapq.merge(*lines):
        trigger = chosen[address]
        timezone = trigger.fires.timezone if isinstance(trigger.fires, CronSchedule) else "UTC"
        yield Upcoming(
            at=at,
            local=at.astimezone(zone_of(timezone)),
            timezone=timezone,
            trigger=address,
            why=fires_words(trigger.fires),
            pause=situation.pause_of(address),
        )

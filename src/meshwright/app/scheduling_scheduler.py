"""The scheduler: looks at triggers again and again, records what it decides, starts runs and follows them to their end.

Everything it knows stands in the state; what it keeps in memory only saves it from asking twice. One scheduler of an
environment is active, by a lease with a fencing token: what another one records after it was overtaken is refused.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field, replace

from meshwright.app.clock import utc_now
from meshwright.app.held_lease import HeldLease
from meshwright.app.holding import lease_name
from meshwright.app.launching import Launch, launch_plainly
from meshwright.app.processes import is_gone, this_holder
from meshwright.app.run_stopping import ask_to_stop
from meshwright.app.scheduling_children import ChildEnd, Children, firing_words, resume_words
from meshwright.app.scheduling_files import FileWatch, SeenFile, file_event, list_files
from meshwright.app.scheduling_late import LateWatch, late_dataset_event, late_firing_event
from meshwright.app.scheduling_looks import Looks, LooksHere
from meshwright.app.scheduling_mesh import TriggerTable
from meshwright.app.scheduling_published import PublicationWatch
from meshwright.app.scheduling_remote import RemoteWatch, list_elsewhere
from meshwright.app.scheduling_timetable import Timetable
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import InputError, MeshwrightError, RefusedError
from meshwright.files.seen import SeenFiles
from meshwright.frozen import dataclass
from meshwright.model.causes import CauseKind
from meshwright.model.chains import MOST_DEPTH, NO_CHAIN, Chain
from meshwright.model.firings import Decided, Firing, FiringState, Pause, ReceivedEvent, Watched
from meshwright.model.happenings import own_event
from meshwright.model.triggers import OnFile, Trigger
from meshwright.plan.firing import Situation, chain_stopped, decide, next_starts
from meshwright.state.protocol import State
from meshwright.state.records import RunRecord, RunState

#: How long a scheduler may be silent before another one takes over.
LEASE_TTL_S = 30.0
_RENEW_S = 10.0
#: Whether the mesh has changed is asked after this, or so much longer that it takes half a percent of the time.
_RELOAD_S = 5.0
_RELOAD_SHARE = 200
#: Looking at one that has, or may have, takes a twentieth of the time at most.
_LOOK_SHARE = 20
#: Folders are looked at as seldom.
_FILES_S = 1.0
#: A run is started, or gone on with, so often before somebody has to look.
MOST_ATTEMPTS = 5
#: What the runs before lead to: others begin anew.
_CHAINED = frozenset({CauseKind.EVENT, CauseKind.PUBLICATION})
#: A clock that is back by more than this is looked at anew.
_BACK = dt.timedelta(seconds=5)

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class SchedulerOptions:
    """What a scheduler is asked for."""

    environment: str = "prod"
    is_environment_explicit: bool = False
    #: Runs at once.
    parallel: int = 4


@mutable_dataclass(kw_only=True, slots=True)
class Tally:
    """What a scheduler has done."""

    looks: int = 0
    recorded: int = 0
    started: int = 0
    succeeded: int = 0
    #: Runs that ended otherwise, and firings that no run came of.
    failed: int = 0
    skipped: int = 0
    late: int = 0


@mutable_dataclass(kw_only=True, slots=True)
class Scheduler:
    """Schedules one environment."""

    workspace: Workspace
    state: State
    options: SchedulerOptions
    tell: Tell
    now: Callable[[], dt.datetime] = utc_now
    clock: Callable[[], float] = time.monotonic
    launch: Launch = launch_plainly
    #: How it looks at the mesh; None: in this process.
    looks: Looks | None = None
    tally: Tally = field(default_factory=Tally)
    held: HeldLease = field(init=False)
    table: TriggerTable | None = None
    watched: dict[str, Watched] = field(default_factory=dict)
    pauses: dict[str, Pause] = field(default_factory=dict)
    timetable: Timetable = field(default_factory=Timetable)
    children: Children = field(init=False)
    files: FileWatch = field(default_factory=FileWatch)
    remote: RemoteWatch = field(init=False)
    #: Triggers on files elsewhere that were never listed yet.
    _unlisted: set[str] = field(default_factory=set)
    publications: PublicationWatch = field(init=False)
    late: LateWatch = field(init=False)
    _reload_at_s: float = 0.0
    #: For as long as files look so, and the generation is this one, the triggers are those of `table`.
    _seen: SeenFiles | None = None
    _seen_in: int = 0
    #: When the last look ended, and how long it took.
    _looked_s: float = 0.0
    _look_took_s: float = 0.0
    _files_at_s: float = 0.0
    _is_fresh: bool = True
    _last: dt.datetime | None = None
    _not_before: dict[str, float] = field(default_factory=dict)
    #: Keys of firings whose runs were asked to stop.
    _asked: set[str] = field(default_factory=set)
    _trouble: str = ""
    _late_trouble: str = ""
    is_settling: bool = False

    def __post_init__(self) -> None:
        name = f"scheduler:{self.options.environment}"
        self.held = HeldLease(state=self.state, name=name, holder=this_holder(), ttl_s=LEASE_TTL_S, renew_s=_RENEW_S)
        self.children = Children(
            root=self.workspace.root,
            folder=self.workspace.private / "worker",
            launch=self.launch,
        )
        self.remote = RemoteWatch(lister=list_elsewhere(self.workspace.root), tell=self.tell, clock=self.clock)
        looks = self.looks = self.looks or LooksHere(self.workspace)
        self.late = LateWatch(measure=lambda measured: looks.lateness(self.options.environment, measured))
        self.publications = PublicationWatch(reader=self.state.reader, environment=self.options.environment)

    def hold(self) -> bool:
        """Take the lease or keep it; False where another scheduler is active. Raises WorldError."""
        return self.held.hold(self.now(), self.clock(), self._forget_all)

    def release(self) -> None:
        """Give the lease up, so that another scheduler can take over at once. Runs go on."""
        self.held.release()

    def lose(self) -> None:
        """Take nothing for granted any more: another scheduler may have been at work, or a record was not made."""
        self.held.lose()
        self._forget_all()
        self.late.ask_again()

    def _forget_all(self) -> None:
        self._is_fresh = True

    def look(self) -> None:
        """Look once at everything: what runs ended, what fires, what starts. Raises `Fenced` where the lease was lost."""
        self.tally.looks += 1
        now = self.now()
        self._reload()
        self._remember(now)
        self._tend(now)
        self._look_at_files(now)
        decision = decide(self._situation(now))
        self._record(decision.decided, now)
        self._stop_what_gives_way()
        self.start(now)
        self._tell_late(now)
        self._last = now

    def _reload(self) -> None:
        """Read the mesh again, not oftener than it is cheap. One that cannot be read leaves what was read before."""
        began = self.clock()
        if self.table is not None and began < self._reload_at_s:
            return
        generation = self.state.reader.generation(self.options.environment)
        if self.table is not None and self._is_still_known(generation, began):
            self._reload_at_s = self.clock() + max(_RELOAD_S, _RELOAD_SHARE * (self.clock() - began))
            return
        assert self.looks is not None  # since it was made
        self._seen, self._seen_in = None, generation
        try:
            looked = self.looks.triggers(self.options.environment)
            found, self._seen = looked.table.with_those_of(self.table), looked.seen
        except (InputError, RefusedError) as error:
            self._tell_once(f"the mesh cannot be read: {error.first.message}")
            found = self.table or TriggerTable(triggers={}, reads={}, is_whole=False, identity="")
        else:
            self._tell_once("" if found.is_whole else "the mesh has errors (mw check): what was read before goes on")
        self.files.forget(found.triggers)
        self.remote.forget(found.triggers)
        self._unlisted &= found.triggers.keys()
        if self.table is None or found.triggers != self.table.triggers or found.is_whole != self.table.is_whole:
            self._is_fresh = True
        self.table = found
        self._looked_s = self.clock()
        self._look_took_s = self._looked_s - began
        self._reload_at_s = self._looked_s + _RELOAD_S

    def _is_still_known(self, generation: int, clock_s: float) -> bool:
        """Whether the triggers are those of the last look, or that was too short a while ago for another one.

        What is published weighs a little: findings about consumers whose entries stand as they are are no errors.
        """
        since_s = clock_s - self._looked_s
        if self._seen is not None and self._seen.stand(self.workspace.root):
            return generation == self._seen_in or since_s < _RELOAD_SHARE * self._look_took_s
        return since_s < _LOOK_SHARE * self._look_took_s

    def _tell_once(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            self.tell(trouble)
        self._trouble = trouble

    def _remember(self, now: dt.datetime) -> None:
        """Read what is recorded of triggers again where it may have changed, or the clock went back."""
        pauses = dict(self.state.schedules.pauses(self.options.environment))
        is_back = self._last is not None and now < self._last - _BACK
        if not (self._is_fresh or is_back or pauses != self.pauses):
            return
        self.pauses = pauses
        self.watched = dict(self.state.schedules.watched(self.options.environment))
        self.timetable = Timetable()
        self._is_fresh = True  # every schedule is asked, not only those that are due

    def _situation(self, now: dt.datetime) -> Situation:
        assert self.table is not None  # `_reload` sees to it
        due = {address: self.table.triggers[address] for address in self.timetable.due(now)}
        chosen = self.table.triggers if self._is_fresh else {**due, **self.table.unscheduled}
        chosen = {address: trigger for address, trigger in chosen.items() if address not in self._unlisted}
        found = self.publications.look(self.table, self.watched)
        schedules = self.state.schedules
        return Situation(
            now=now,
            environment=self.options.environment,
            triggers=chosen,
            watched=self.watched,
            open=schedules.open_firings(self.options.environment),
            events=schedules.unhandled_events(),
            published=found.published,
            arrived=found.arrived,
            reads=self.table.reads,
            pauses=self.pauses,
            known=self.table.known,
        )

    def _record(self, decided: Decided, now: dt.datetime) -> None:
        assert self.table is not None  # as above
        self.state.schedules.record(self.held.lease, decided, now)
        self.watched.update((each.trigger, each) for each in decided.watched)
        for name in decided.forgotten:
            self.watched.pop(name, None)
        triggers = self.table.triggers
        if self._is_fresh:
            self.timetable.plan(triggers.values(), self.watched)
        else:
            self.timetable.plan((triggers[each.trigger] for each in decided.watched), self.watched)
        self._is_fresh = False
        self.tally.recorded += len(decided.firings)
        for firing in (*decided.firings, *decided.changed):
            if firing.state is FiringState.SKIPPED:
                self.tally.skipped += 1
            elif firing.state is FiringState.FAILED:
                self.tally.failed += 1
            if firing.state is not FiringState.WAITING:
                self.tell(f"{firing.trigger} {firing.state.value} for {_words(firing.at)}: {firing.reason}")

    def start(self, now: dt.datetime) -> None:
        """Start what waits and may start."""
        open_ = self.state.schedules.open_firings(self.options.environment)
        running = sum(firing.state is FiringState.STARTED for firing in open_)
        situation = Situation(
            now=now, environment=self.options.environment, triggers={}, open=open_, pauses=self.pauses
        )
        for firing in next_starts(situation, free=self.options.parallel - running).start:
            if self._chain_of(firing).is_too_long:
                self._stop_chain(firing, now)
            else:
                self._begin(firing, resume=False)

    def _chain_of(self, firing: Firing) -> Chain:
        """Return the chain of causes that the run of a firing is the end of."""
        if firing.kind not in _CHAINED or not firing.events:
            return NO_CHAIN
        return self.state.outbox.chain(firing.environment, firing.events).after(firing.events[0])

    def _stop_chain(self, firing: Firing, now: dt.datetime) -> None:
        """Start nothing where events and publications start each other for ever, and tell of it."""
        chain = self.state.outbox.chain(firing.environment, firing.events)
        reason = f"{MOST_DEPTH} runs were started one after the other, the first by {chain.correlation}"
        failed = replace(firing, state=FiringState.FAILED, reason=reason, ended_at=now)
        self.state.schedules.change_firing(self.held.lease, failed)
        self.state.schedules.receive([chain_stopped(firing.environment, firing.trigger, firing.events[0], chain, now)])
        self.tally.failed += 1
        self.tell(f"{firing.trigger} starts no run {firing.run_id}: {reason}")

    def _begin(self, firing: Firing, *, resume: bool) -> None:
        """Record that a firing is started, then start it; a scheduler that dies in between is followed by one that does."""
        started = replace(firing, state=FiringState.STARTED, attempts=firing.attempts + 1, process="")
        self.state.schedules.change_firing(self.held.lease, started)
        try:
            process = self.children.start(started, self._words(started, resume=resume))
        except OSError as error:
            self.tell(f"{firing.trigger}: no process could be started: {error.strerror or error}")
            self._not_before[firing.key] = self.clock() + 2.0**started.attempts
            return
        self.state.schedules.change_firing(self.held.lease, replace(started, process=process))
        self.tally.started += 1
        does = "goes on with" if resume else "starts"
        self.tell(f"{firing.trigger} {does} run {firing.run_id} for {_words(firing.at)}{_because(firing)}")

    def _words(self, firing: Firing, *, resume: bool) -> list[str]:
        if resume:
            return resume_words(firing.run_id)
        options = self.options
        is_explicit = options.is_environment_explicit
        return firing_words(firing, self._chain_of(firing), options.environment, is_explicit=is_explicit)

    def _tend(self, now: dt.datetime) -> None:
        """Look after the runs that were started: what ended, what died."""
        for firing in self.state.schedules.open_firings(self.options.environment):
            if firing.state is FiringState.STARTED and not self.children.is_going_on(firing):
                self._follow(firing, now)

    def _follow(self, firing: Firing, now: dt.datetime) -> None:
        """Say what becomes of a started firing whose process is not there."""
        lease = self.state.reader.lease(lease_name(firing.run_id))
        if lease is not None and lease.holder and lease.expires_at > now and not is_gone(lease.holder):
            return  # another process has the run
        if self.clock() < self._not_before.get(firing.key, 0.0):
            return
        run = self.state.reader.run(firing.run_id)
        if run is not None and not _has_died(run):
            self._end(firing, run)
            return
        if firing.is_to_stop:  # killed before it could say so, or before it began
            self._end(firing, run)
            return
        end = self.children.end_of(firing)
        is_over = bool(end.code) and not end.is_taken and not end.is_retryable
        if not is_over and firing.attempts < MOST_ATTEMPTS:
            if firing.process:
                self._not_before[firing.key] = self.clock() + 2.0 ** (firing.attempts - 1)
                self.state.schedules.change_firing(self.held.lease, replace(firing, process=""))
                self.tell(f"{firing.trigger}: {end.message}; it is tried again")
                return
            self._begin(firing, resume=run is not None)
            return
        self._fail(firing, end, now)

    def _end(self, firing: Firing, run: RunRecord | None) -> None:
        """Record how a run ended; one that was stopped and left no end was interrupted."""
        state = RunState.INTERRUPTED if run is None or _has_died(run) else run.state
        outcome = state.value
        ended_at = (run.finished_at if run is not None else None) or self.now()
        ended = replace(firing, state=FiringState.ENDED, outcome=outcome, ended_at=ended_at)
        self.state.schedules.change_firing(self.held.lease, ended)
        self.children.forget(firing)
        self._not_before.pop(firing.key, None)
        if state is RunState.SUCCEEDED:
            self.tally.succeeded += 1
        else:
            self.tally.failed += 1
        self.tell(f"{firing.trigger} run {firing.run_id} {outcome}")

    def _fail(self, firing: Firing, end: ChildEnd, now: dt.datetime) -> None:
        reason = f"{end.code} {end.message}".strip()
        if firing.attempts >= MOST_ATTEMPTS:
            reason = f"given up after {firing.attempts} attempts: {reason}"
        self.state.schedules.change_firing(
            self.held.lease, replace(firing, state=FiringState.FAILED, reason=reason, ended_at=now)
        )
        self.children.forget(firing)
        self._not_before.pop(firing.key, None)
        self.tally.failed += 1
        self.tell(f"{firing.trigger} run {firing.run_id} failed: {reason}")

    def _stop_what_gives_way(self) -> None:
        """Ask the runs once that have to make way: a process of this worker's by a signal, any other's by the state.

        One that has not begun yet is asked when it has, and by whichever worker looks then: it stands in the firing.
        """
        open_ = self.state.schedules.open_firings(self.options.environment)
        giving = {firing.key: firing for firing in open_ if firing.is_to_stop}
        self._asked &= giving.keys()
        for key, firing in giving.items():
            if key not in self._asked and (self.children.stop(firing) or self._asks(firing)):
                self._asked.add(key)
                self.tell(f"{firing.trigger} stops run {firing.run_id}: overlap: cancel")

    def _asks(self, firing: Firing) -> bool:
        run = self.state.reader.run(firing.run_id)
        return run is not None and bool(ask_to_stop(run, self.state))

    def _look_at_files(self, now: dt.datetime) -> None:
        """Tell triggers of files that arrived, and of those that were there before as such."""
        assert self.table is not None  # as above
        waiting = [each for each in self.table.unscheduled.values() if isinstance(each.fires, OnFile)]
        began = self.clock()
        if not waiting or (began < self._files_at_s and not self._is_fresh):
            return
        self.is_settling = False
        events: list[ReceivedEvent] = []
        for trigger in waiting:
            environment = self.options.environment
            seen = self.watched.get(trigger.address)
            is_first = seen is None or seen.definition != trigger.definition
            files = self._files_of(trigger)
            if files is None:
                # Until it is known what is there already, nothing has arrived: so long it is not watched.
                self._unlisted |= {trigger.address} if is_first else set()
                self.is_settling |= self.remote.is_under_way(trigger)
                continue
            self._unlisted.discard(trigger.address)
            if is_first:
                events += [own_event(file_event(trigger, each, environment), now, is_handled=True) for each in files]
                continue
            known = self.state.schedules.known_events
            arrived, is_settling = self.files.arrived(trigger, files, known, began, environment)
            events += [own_event(each, now) for each in arrived]
            self.is_settling |= is_settling
        if events:
            self.state.schedules.receive(events)
        self._files_at_s = self.clock() + max(_FILES_S, _RELOAD_SHARE * (self.clock() - began))

    def _files_of(self, trigger: Trigger) -> Iterable[SeenFile] | None:
        """Return the files that are there for a trigger; None while a store elsewhere has not answered anew."""
        assert isinstance(trigger.fires, OnFile)  # the caller chose it
        if trigger.fires.is_elsewhere:
            return self.remote.taken(trigger)
        return list_files(self.workspace.root, trigger.fires.glob)

    def _tell_late(self, now: dt.datetime) -> None:
        """Tell once of each firing that has not ended when it should have, and of each dataset whose data is too old."""
        for firing in self.state.schedules.open_firings(self.options.environment):
            if firing.late_at is not None and firing.late_at <= now and not firing.is_told_late:
                self.state.schedules.receive([late_firing_event(firing, now)])
                self.state.schedules.change_firing(self.held.lease, replace(firing, is_told_late=True))
                self.tally.late += 1
                self.tell(f"{firing.trigger} is late: its run for {_words(firing.at)} has not ended")
        self._tell_late_data(now)

    def _tell_late_data(self, now: dt.datetime) -> None:
        assert self.table is not None  # as above
        if not self.table.is_whole:
            return
        generation = self.state.reader.generation(self.options.environment)
        try:
            late = self.late.look(generation, self.table.identity, self.clock(), now)
        except MeshwrightError as error:  # the mesh is broken by now, or a file is away: measured later
            self._tell_late_trouble(f"how old data is cannot be measured: {error.first.message}")
            return
        self._tell_late_trouble("")
        events = [late_dataset_event(each, self.options.environment, now) for each in late]
        for deadline, is_new in zip(late, self.state.schedules.receive(events), strict=True):
            if is_new:
                self.tally.late += 1
                self.tell(
                    f"{deadline.dataset} is late: its newest data is of {_words(deadline.newest)} ({deadline.rule})"
                )

    def _tell_late_trouble(self, trouble: str) -> None:
        if trouble and trouble != self._late_trouble:
            self.tell(trouble)
        self._late_trouble = trouble

    def is_idle(self) -> bool:
        """Whether nothing is going on, due, or waiting for anything but the end of a pause."""
        schedules, environment = self.state.schedules, self.options.environment
        situation = Situation(now=self.now(), environment=environment, triggers={}, pauses=self.pauses)
        open_ = schedules.open_firings(environment)
        is_waiting = any(
            firing.state is FiringState.STARTED or situation.pause_of(firing.trigger) is None for firing in open_
        )
        has_events = self.table is not None and self.table.is_whole and bool(schedules.unhandled_events(1))
        wait_s = self.timetable.wait_s(self.now())
        return not (is_waiting or has_events or self.is_settling or wait_s == 0.0)

    def is_anything_started(self) -> bool:
        """Whether a run that a firing started goes on."""
        open_ = self.state.schedules.open_firings(self.options.environment)
        return any(firing.state is FiringState.STARTED for firing in open_)

    def tend(self) -> None:
        """Follow runs to their end, and decide nothing."""
        self._tend(self.now())


def _has_died(run: RunRecord) -> bool:
    """Whether a run that nobody holds was not ended by itself: one that was stopped says how it ended."""
    return run.state is RunState.RUNNING or (run.state is RunState.INTERRUPTED and run.report == "{}")


def _because(firing: Firing) -> str:
    return f" ({firing.reason})" if firing.reason else ""


def _words(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%SZ}"

"""A naive model of which outcomes, jobs, events and firings a collection may and must forget, beside the real one.

It remembers everything that was ever done, as plain lists, and walks all of it. Time is simulated.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path

from meshwright.app.collection import collect_at
from meshwright.app.environments import OpenedState
from meshwright.model import Version
from meshwright.model.causes import CauseKind
from meshwright.model.environments import Retention
from meshwright.model.firings import Decided, Firing, FiringState, ReceivedEvent, Watched
from meshwright.model.happenings import TELLER
from meshwright.model.outside import Effects, JobOutcome, LeftTable, outcome_text
from meshwright.state.records import EFFECT_PREFIX, JobRecord, Lease, RunRecord, RunState, StepRecord, Trigger

_BEGINNING = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
ENVIRONMENT = "prod"


@dataclass(kw_only=True)
class ModelOutcome:
    """An outcome, and when runs worked with it."""

    node: str
    effects: Effects
    created: dt.datetime
    after: tuple[str, ...]
    taken: dt.datetime
    #: The job in whose folder its table lies, while nothing was made of it.
    table_of: str | None = None
    since: dt.datetime | None = None


@dataclass(kw_only=True)
class ModelJob:
    """A job, with a folder."""

    node: str
    run: str
    ended: dt.datetime | None = None
    #: An item that did something outside, of a list that did not come to its end.
    is_effect: bool = False


@dataclass(kw_only=True)
class ModelEvent:
    """An event with the firing that it made."""

    handled: dt.datetime | None = None
    file: Path | None = None
    fired: str | None = None


@dataclass(kw_only=True)
class ModelFiring:
    """A firing of one trigger."""

    recorded: dt.datetime
    ended: dt.datetime | None = None
    gone: bool = False


@dataclass(kw_only=True)
class RecordsModel:
    """The real state, and what is to be there."""

    opened: OpenedState
    retention: Retention
    now: dt.datetime = _BEGINNING
    outcomes: dict[str, ModelOutcome] = field(default_factory=dict)
    jobs: dict[str, ModelJob] = field(default_factory=dict)
    events: dict[str, ModelEvent] = field(default_factory=dict)
    firings: dict[str, ModelFiring] = field(default_factory=dict)
    #: Run -> the lease that ends, and the node that it deals with.
    live: dict[str, tuple[Lease, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("outcomes", "jobs", "events", "firings"), 0))
    _number: int = 0

    def next(self) -> int:
        """A number that was not there yet."""
        self._number += 1
        return self._number

    # What is done to both

    def run_of(self, node: str, version: str | None, *, is_live: bool = False, is_good: bool = True) -> str:
        """Record a run with one step; one that is over, or one that goes on for an hour."""
        run_id = f"run-{self.next():06d}"
        lease = self.opened.state.writer.take_lease(f"run:{run_id}", f"sim:{run_id}", self.now, 3600)
        assert lease is not None
        record = RunRecord(
            id=run_id, environment=ENVIRONMENT, state=RunState.RUNNING, options="{}", by="m", started_at=self.now
        )
        step = StepRecord(
            key=f"build:{node}",
            dataset=node,
            action="tool",
            state="succeeded" if is_good else "failed",
            version=version,
        )
        self.opened.state.writer.start_run(record, (step,), {})
        if is_live:
            self.live[run_id] = (lease, node)
        else:
            ended = replace(record, state=RunState.SUCCEEDED, finished_at=self.now)
            self.opened.state.writer.finish_run(ended, lease)
        return run_id

    def make(self, node: str, effects: Effects, after: tuple[str, ...], table_of: str | None) -> None:
        """Commit an outcome, and the run that made it."""
        id_ = f"{self.next():032x}"
        tables = {}
        if table_of is not None:
            tables = {"t": LeftTable(files=(f"/somewhere/.meshwright/jobs/{table_of}/t.parquet",))}
        version = Version(
            id=id_, dataset=node, columns=(), files=(), rows=0, content_digest="", fingerprint="f" * 32,
            node_kind="shell", is_opaque=True, inputs={f"d.p.in{n}": before for n, before in enumerate(after)},
            run_id="none", created_at=self.now,
            outcome=outcome_text(JobOutcome(job="j", tables=tables, effects=effects)),
        )  # fmt: skip
        trigger = Trigger(key=f"t{id_}", dataset=node, version=id_, fingerprint="f", observation="")
        self.opened.state.writer.commit_versions([version], [trigger])
        self.run_of(node, id_)
        self.outcomes[id_] = ModelOutcome(
            node=node, effects=effects, created=self.now, after=after, taken=self.now, table_of=table_of
        )

    def take(self, outcome: str) -> None:
        """Let a run take an outcome up."""
        self.run_of(self.outcomes[outcome].node, outcome)
        self.outcomes[outcome].taken = self.now

    def start_job(self, node: str, *, is_effect: bool, is_good: bool) -> None:
        """Record a job of a run that is over, and its folder."""
        id_ = f"mw-{self.next():032x}"
        run_id = self.run_of(node, None, is_good=is_good)
        trigger = (EFFECT_PREFIX if is_effect else "") + id_
        self.opened.state.writer.start_job(
            JobRecord(
                id=id_, node=node, trigger=trigger, run_id=run_id, tool="shell", state="starting", started_at=self.now
            )
        )
        folder = self.folder / id_
        folder.mkdir(parents=True)
        (folder / "log").write_text("x")
        self.jobs[id_] = ModelJob(node=node, run=run_id, is_effect=is_effect and not is_good)

    def end_job(self, job: str, state: str) -> None:
        """Let a job end."""
        (record,) = self.opened.state.reader.jobs_of(self.jobs[job].run)
        self.opened.state.writer.change_job(replace(record, state=state, ended_at=self.now))
        self.jobs[job].ended = self.now
        self.jobs[job].is_effect &= state == "succeeded"

    def receive(self, *, is_file: bool) -> None:
        """Take an event in; that of a file is of one that is there."""
        name = f"e{self.next()}"
        file, id_, type_ = None, name, "org.example"
        if is_file:
            file = self.opened.workspace.root / name
            file.write_text("x")
            seen = file.stat()
            id_, type_ = f"{name} {seen.st_size} {seen.st_mtime_ns}", "meshwright.file.arrived"
        event = ReceivedEvent(source="/s", id=id_, type=type_, document="{}", received_at=self.now)
        assert self.opened.state.schedules.receive([event]) == (True,)
        self.events[id_] = ModelEvent(file=file)

    def handle(self, *, fires: bool) -> None:
        """Ask a trigger about every event: one firing for the last of them, or none."""
        waiting = self.opened.state.schedules.unhandled_events()
        if not waiting:
            return
        firings = ()
        last = waiting[-1]
        if fires:
            firing = Firing(
                key=f"prod d.p:x event {last.name}", environment=ENVIRONMENT, trigger="d.p:x", kind=CauseKind.EVENT,
                at=self.now, recorded_at=self.now, state=FiringState.WAITING, events=(last.name,),
            )  # fmt: skip
            firings = (firing,)
            self.firings[firing.key] = ModelFiring(recorded=self.now)
            self.events[last.id].fired = firing.key
        for event in waiting:
            self.events[event.id].handled = self.now
        watched = Watched(environment=ENVIRONMENT, trigger="d.p:x", definition="d", since=self.now, cursor=self.now)
        decided = Decided(
            environment=ENVIRONMENT, watched=(watched,), firings=firings, handled=tuple(e.number for e in waiting)
        )
        with_lease(self.opened, lambda lease: self.opened.state.schedules.record(lease, decided, self.now), self.now)

    def end_firing(self, key: str) -> None:
        """Let the run of a firing end."""
        (found,) = [each for each in self.opened.state.schedules.open_firings(ENVIRONMENT) if each.key == key]
        ended = replace(found, state=FiringState.ENDED, ended_at=self.now)
        with_lease(self.opened, lambda lease: self.opened.state.schedules.change_firing(lease, ended), self.now)
        self.firings[key].ended = self.now

    @property
    def folder(self) -> Path:
        """Where jobs have their folders."""
        return self.opened.workspace.private / "jobs"

    # What is to be there

    def collect(self) -> str | None:
        """Collect, and say where the real one forgot too much or too little."""
        self.live = {run: held for run, held in self.live.items() if held[0].expires_at > self.now}
        needed = self._needed_outcomes()
        grace = dt.timedelta(seconds=self.retention.grace_s)
        for id_, outcome in self.outcomes.items():
            outcome.since = None if id_ in needed else outcome.since or self.now
        going = {
            id_ for id_, each in self.outcomes.items() if each.since is not None and each.since + grace <= self.now
        }
        while True:  # what stays was made after something that stays
            staying = {b for id_, each in self.outcomes.items() if id_ not in going for b in each.after}
            if not going & staying:
                break
            going -= staying
        wanted = {each.table_of for id_, each in self.outcomes.items() if id_ in needed}
        jobs = {id_ for id_, job in self.jobs.items() if self._may_go(id_, job, wanted)}
        horizon = self.now - dt.timedelta(seconds=self.retention.events_s)
        self._forget_firings(horizon)
        events = {id_ for id_, event in self.events.items() if self._is_old(event, horizon)}
        report = collect_at(self.opened, self.retention, self.now)
        if report.failed:
            return f"failed: {report.failed}"
        for what, gone in (("outcomes", going), ("jobs", jobs), ("events", events)):
            self.counts[what] += len(gone)
            for id_ in gone:
                getattr(self, what).pop(id_)
        return self.check()

    def _needed_outcomes(self) -> set[str]:
        newest: dict[str, dt.datetime] = {}
        last: dict[str, str] = {}
        for id_, each in self.outcomes.items():
            newest[each.node] = max(each.taken, newest.get(each.node, each.taken))
            before = last.get(each.node)
            if before is None or self.outcomes[before].created < each.created:
                last[each.node] = id_
        back = dt.timedelta(seconds=self.retention.generations_s)
        young = dt.timedelta(seconds=self.retention.candidates_s)
        waiting = [
            id_
            for id_, each in self.outcomes.items()
            if each.effects is Effects.EXTERNAL
            or id_ == last[each.node]
            or each.taken + back > self.now
            or each.created + young > self.now
        ]
        found: set[str] = set()
        while waiting:
            id_ = waiting.pop()
            if id_ not in found:
                found.add(id_)
                waiting.extend(before for before in self.outcomes[id_].after if before in self.outcomes)
        return found

    def _may_go(self, id_: str, job: ModelJob, wanted: set[str | None]) -> bool:
        if job.ended is None or job.is_effect or id_ in wanted:
            return False
        is_held = any(node == job.node for _, node in self.live.values())
        return not is_held and job.ended + dt.timedelta(seconds=self.retention.jobs_s) <= self.now

    def _forget_firings(self, horizon: dt.datetime) -> None:
        last = next(reversed(self.firings), None)
        for key, firing in self.firings.items():
            is_old = firing.ended is not None and firing.ended < horizon and firing.recorded < horizon
            if is_old and key != last and not firing.gone:
                firing.gone = True
                self.counts["firings"] += 1

    def _is_old(self, event: ModelEvent, horizon: dt.datetime) -> bool:
        if event.handled is None or event.handled >= horizon or (event.file is not None and event.file.exists()):
            return False
        return event.fired is None or self.firings[event.fired].gone

    def check(self) -> str | None:
        """Say what does not hold."""
        state = self.opened.state
        there = {version.id for version in state.reader.all_versions()}
        if there != self.outcomes.keys():
            return f"outcomes differ: {sorted(there ^ self.outcomes.keys())}"
        if {f"t{id_}" for id_ in there} != state.reader.triggers(
            [f"t{n:032x}" for n in range(self._number + 1)]
        ).keys():
            return "triggers differ from outcomes"
        jobs = {job.id for job in state.collector.inventory(self.now, lambda _: False).jobs}
        folders = {path.name for path in self.folder.glob("*")}
        if not jobs == folders == self.jobs.keys():
            return f"jobs differ: {sorted(jobs ^ self.jobs.keys())}, folders: {sorted(folders ^ self.jobs.keys())}"
        events = {event.id for event in state.schedules.events(10_000) if event.by != TELLER}
        if events != self.events.keys():
            return f"events differ: {sorted(events ^ self.events.keys())}"
        firings = {firing.key for firing in state.schedules.firings(ENVIRONMENT, limit=10_000)}
        left = {key for key, firing in self.firings.items() if not firing.gone}
        return None if firings == left else f"firings differ: {sorted(firings ^ left)}"


def with_lease(opened: OpenedState, act: object, now: dt.datetime) -> None:
    """Do something as the scheduler."""
    lease = opened.state.writer.take_lease("scheduler:prod", "sim", now, 1)
    assert lease is not None
    act(lease)  # type: ignore[operator]
    opened.state.writer.release_lease(lease)

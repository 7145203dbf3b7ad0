"""Carries out nodes of tools: starts their jobs, follows them, collects what came of them, and starts none twice.

A job's id follows from the trigger of its step, so that whoever needs the same finds the job that runs already: it is recorded
before it is started, and looked for outside before it is started once more. Jobs wait outside; a few threads are enough to
look at a thousand of them, and each is looked at the more seldom the longer it takes.
"""

from __future__ import annotations

import heapq
import itertools
import json
import shutil
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass as mutable
from dataclasses import field, replace
from pathlib import Path
from types import MappingProxyType

from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import (
    Diagnostic,
    InputError,
    InterruptedRun,
    WorldError,
)
from meshwright.engines.protocol import Relation, SourceRead
from meshwright.frozen import dataclass
from meshwright.model import FileSource, Restricted, Sight, Version, identity
from meshwright.model.outside import MAX_VALUES_BYTES, JobOutcome, LeftTable, OutsideWork, outcome_text
from meshwright.plan.identities import content_version_id
from meshwright.plan.nodes import node_key
from meshwright.plan.values import DesiredNode
from meshwright.run.outside import Facts, Need, Outside
from meshwright.run.relations import Relations
from meshwright.run.steps import Written, triggers_of
from meshwright.run.world import RunWorld
from meshwright.state.records import JobRecord, LogLine
from meshwright.tools.protocol import InnerStep, InnerTest, Job, JobState, Outcome, Place, Poll, Table, ToolFailed

#: Threads that start jobs, look at them and collect what came of them.
_THREADS = 8
#: After a stop was asked for: seconds that jobs get to end.
_ENDS_S = 20.0
_GROWTH = 1.5
_WAITING = frozenset({JobState.WAITING, JobState.RUNNING})


@dataclass(frozen=True, kw_only=True, slots=True)
class JobWork:
    """A node of a tool, bound: everything that it needs is known."""

    desired: DesiredNode
    #: Key under which what came of it will be found.
    trigger: str
    #: Address -> version, of datasets and of nodes that yield none.
    inputs: Mapping[str, Version]
    #: What views among the inputs stand on, by version id.
    bound: Mapping[str, Version] = field(default_factory=lambda: MappingProxyType({}))
    #: Values that options refer to.
    facts: Facts = field(default_factory=lambda: MappingProxyType({}))
    is_run_anyway: bool = False
    restricted: Restricted | None = None

    @property
    def work(self) -> OutsideWork:
        """What the tool is to do."""
        assert self.desired.node.outside is not None
        return self.desired.node.outside

    @property
    def seen(self) -> Mapping[str, Sight]:
        """What is seen of the inputs, where that is not everything."""
        return self.restricted.seen if self.restricted is not None else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class JobDone:
    """What a job came to: a version to be committed, and what the run record tells of it."""

    written: Written
    steps: tuple[InnerStep, ...] = ()
    tests: tuple[InnerTest, ...] = ()
    record: JobRecord


class JobFailed(WorldError):
    """A job did not succeed, and may when it is tried again."""

    def __init__(self, diagnostic: Diagnostic, steps: tuple[InnerStep, ...] = ()) -> None:
        super().__init__(diagnostic)
        self.steps = steps


class JobRefused(JobFailed):
    """A job did not succeed, and will not by being tried again."""

    retryable = False


@mutable(kw_only=True, slots=True)
class _Following:
    """A job that is under way, as the runner knows it."""

    work: JobWork
    future: Future[JobDone]
    started_s: float
    record: JobRecord | None = None
    job: Job | None = None
    cursor: str = ""
    wait_s: float = 0.0
    steps: tuple[InnerStep, ...] = ()
    is_cancelled: bool = False
    #: When it will have been too long, on the run's clock; None for no limit.
    until_s: float | None = None
    is_timed_out: bool = False


class JobRunner:
    """Follows jobs until they end. `begin` is called by the coordinator; the rest happens on threads of its own."""

    def __init__(self, world: RunWorld) -> None:
        assert world.outside is not None
        self._world = world
        self._outside: Outside = world.outside
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="job")
        self._due: list[tuple[float, int, _Following]] = []
        self._count = itertools.count()
        self._changed = threading.Condition()
        self._is_closed = False
        self._timer = threading.Thread(target=self._keep_time, name="jobs", daemon=True)
        self._timer.start()

    def begin(self, work: JobWork) -> Future[JobDone]:
        """Start a job, or take up the one that runs for the same trigger; the future tells what it came to."""
        timeout_s = work.desired.node.timeout_s
        now = self._world.clock()
        following = _Following(
            work=work,
            future=Future(),
            started_s=now,
            until_s=now + timeout_s if timeout_s is not None else None,
        )
        self._submit(self._start, following)
        return following.future

    def close(self) -> None:
        """Stop looking. Jobs that still run go on outside, and are found by the next run that needs them."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._timer.join()
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, stage: Callable[[_Following], None], following: _Following) -> None:
        def run() -> None:
            try:
                stage(following)
            except ToolFailed as error:
                self._fail(
                    following, self._failure(following, str(error), is_retryable=error.is_retryable, fix=error.fix)
                )
            except BaseException as error:  # noqa: BLE001 - a thread's border: the coordinator is told the whole
                self._fail(following, error)

        with suppress(RuntimeError):  # the pool is closed: nobody waits any more
            self._pool.submit(run)

    def _fail(self, following: _Following, error: BaseException) -> None:
        if not following.future.done():
            following.future.set_exception(error)

    def _start(self, following: _Following) -> None:
        """Record the job and start it, or find the one that was started."""
        work, world = following.work, self._world
        tool = self._outside.tool(work.work.tool)
        record = self._recorded(work)
        following.record = record
        reached(CrashPoint.JOB_RECORDED)
        following.job = job = self._job(following, record)
        handle = record.handle
        if handle is None:
            handle = tool.find(job)
        if handle is None:
            try:
                handle = tool.start(job)
            except ToolFailed as error:
                if not error.is_retryable or tool.find(job) is None:
                    self._change(following, state="failed", error=str(error))
                raise
            reached(CrashPoint.JOB_STARTED)
        else:
            self._log(following, "info", f"{work.work.tool}: taken up again ({self._outside.hidden(handle)[:200]})")
        following.record = replace(record, handle=handle, state="running")
        world.writer.change_job(following.record)
        reached(CrashPoint.JOB_KNOWN)
        following.wait_s = tool.traits.poll_first_s
        self._wait(following)

    def _recorded(self, work: JobWork) -> JobRecord:
        """Return the record of the job that is under way for the trigger, or of a new one."""
        known = self._world.reader.jobs([work.trigger])
        for record in known:
            if not record.is_over:
                return record
        number = len(known) + 1
        return self._world.writer.start_job(
            JobRecord(
                id="mw-" + identity("mwjob1", work.trigger, number),
                node=work.desired.node.address,
                trigger=work.trigger,
                run_id=self._world.run_id,
                tool=work.work.tool,
                state="starting",
                started_at=self._world.now(),
            )
        )

    def _job(self, following: _Following, record: JobRecord) -> Job:
        """Return the job as its tool is asked for it, with its inputs in files."""
        work, node = following.work, following.work.desired.node
        need = Need(node=node.address, span=node.span)
        scratch = self._outside.scratch / record.id
        scratch.mkdir(parents=True, exist_ok=True)
        return Job(
            id=record.id,
            key="mw-" + identity("mwjobkey1", work.trigger),
            node=node.address,
            options=self._outside.resolved(json.loads(work.work.options), work.facts, need),
            params=work.desired.params,
            place=Place(
                root=self._outside.root,
                folder=self._outside.root / work.work.folder,
                variables=self._outside.variables,
            ),
            scratch=scratch,
            inputs=self._inputs(work, scratch),
            datasets=tuple(name or node.address.rpartition(".")[2] for name in work.work.yields),
            environment=self._world.environment,
            run_id=self._world.run_id,
        )

    def _inputs(self, work: JobWork, scratch: Path) -> dict[str, Table]:
        relations = Relations(
            store=self._world.store, bound=work.bound, parts=self._world.parts.of, see=self._world.see
        )
        found = {}
        for given in work.work.inputs:
            relation = relations.of(work.inputs[given.dataset], work.seen.get(given.dataset))
            found[given.name] = self._as_files(given.name, relation, scratch)
        return found

    def _as_files(self, name: str, relation: Relation, scratch: Path) -> Table:
        columns = {column.name: column.type for column in relation.columns}
        if relation.is_plain and relation.files:
            return Table(files=tuple(Path(file).absolute() for file in relation.files), columns=columns)
        file = scratch / "inputs" / f"{name}.parquet"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            self._world.session.hand_over(name, relation, str(file))
        return Table(files=(file,), columns=columns)

    def _wait(self, following: _Following) -> None:
        """Let the job be looked at again after a while."""
        with self._changed:
            heapq.heappush(self._due, (self._world.clock() + following.wait_s, next(self._count), following))
            self._changed.notify()

    def _keep_time(self) -> None:
        """Hand jobs that are due to the threads that look at them; a stop makes all of them due."""
        while True:
            with self._changed:
                if self._is_closed:
                    return
                now = self._world.clock()
                is_stopping = self._world.stop.is_set()
                ready = []
                while self._due and (self._due[0][0] <= now or (is_stopping and not self._due[0][2].is_cancelled)):
                    ready.append(heapq.heappop(self._due)[2])
                if not ready:
                    left = self._due[0][0] - now if self._due else 0.5
                    self._changed.wait(min(0.5, max(0.001, left)))
            for following in ready:
                self._submit(self._look, following)

    def _look(self, following: _Following) -> None:
        """Look at a job once: its new lines, and whether it has ended."""
        job, record = following.job, following.record
        assert job is not None
        assert record is not None
        assert record.handle is not None
        tool = self._outside.tool(following.work.work.tool)
        now = self._world.clock()
        is_late = following.until_s is not None and now > following.until_s
        if (self._world.stop.is_set() or is_late) and not following.is_cancelled:
            following.is_cancelled, following.is_timed_out = True, is_late
            following.wait_s, following.until_s = tool.traits.poll_first_s, now + _ENDS_S
            tool.cancel(job, record.handle)
        elif following.is_cancelled and is_late:
            raise InterruptedRun(_cancelled(following, "and has not ended yet"))
        try:
            poll = tool.poll(job, record.handle, following.cursor)
        except ToolFailed as error:
            if not error.is_retryable:
                self._change(following, state="failed", error=str(error))
                raise
            self._log(following, "warning", f"cannot be looked at: {error}")
            poll = Poll(state=JobState.RUNNING, cursor=following.cursor)
        following.cursor, following.steps = poll.cursor, poll.steps or following.steps
        for line in poll.lines:
            self._log(following, "info", line)
        if poll.state in _WAITING:
            following.wait_s = min(following.wait_s * _GROWTH, tool.traits.poll_longest_s)
            self._wait(following)
            return
        reached(CrashPoint.JOB_ENDED)
        self._end(following, poll)

    def _end(self, following: _Following, poll: Poll) -> None:
        """Take what came of a job that ended."""
        job, record, work = following.job, following.record, following.work
        assert job is not None
        assert record is not None
        assert record.handle is not None
        if poll.state is not JobState.SUCCEEDED:
            self._change(following, state=poll.state.value, error=poll.error)
            if poll.state is not JobState.LOST:  # its log was told without secrets; what lies there may hold them
                remove_scratch(self._outside.scratch, [record.id])
            if following.is_timed_out:
                seconds = work.desired.node.timeout_s
                raise self._failure(
                    following, f"it took longer than {seconds:g} s and was cancelled", is_retryable=True
                )
            if following.is_cancelled or poll.state is JobState.CANCELLED:
                raise InterruptedRun(_cancelled(following, ""))
            is_lost_effect = poll.state is JobState.LOST and work.desired.node.is_external
            raise self._failure(
                following, poll.error or poll.state.value, is_retryable=poll.is_retryable and not is_lost_effect
            )
        outcome = self._outside.tool(work.work.tool).collect(job, record.handle)
        written = self._written(following, outcome)
        following.future.set_result(
            JobDone(
                written=written,
                steps=outcome.steps or following.steps,
                tests=outcome.tests,
                record=replace(record, state="succeeded", ended_at=self._world.now()),
            )
        )

    def _written(self, following: _Following, outcome: Outcome) -> Written:
        """Describe what came of a job as a version: of the node's own dataset, or of no dataset."""
        work, world, record = following.work, self._world, following.record
        assert record is not None
        node = work.desired.node
        text = self._outcome_text(following, outcome)
        base = Version(
            id="",
            dataset=node.address,
            columns=(),
            files=(),
            rows=0,
            content_digest="",
            fingerprint=work.desired.fingerprint,
            node_kind=node.kind,
            is_opaque=True,
            inputs={read: version.id for read, version in work.inputs.items()},
            params=work.desired.params,
            engine=work.desired.engine,
            definition=work.desired.definition,
            run_id=world.run_id,
            created_at=world.now(),
            seconds=world.clock() - following.started_s,
            restricted=work.restricted,
            outcome=text,
        )
        if node.has_dataset:
            name = node.address.rpartition(".")[2]
            table = outcome.tables.get(name)
            if table is None:
                raise self._failure(following, f"it left no table '{name}'", is_retryable=False)
            left = LeftTable(files=tuple(str(file) for file in table.files), columns=table.columns)
            target = world.store.new_target(node.address, f"job-{record.id}", world.attempt)
            built = world.session.build_source(source_read(work.desired, left), target)
            restricted = work.restricted is not None
            version = replace(
                base,
                id=content_version_id(node.address, built.content_digest, built.columns, is_restricted=restricted),
                columns=built.columns,
                rows=built.rows,
                content_digest=built.content_digest,
            )
            files = built.files
        else:
            version, files = replace(base, id=identity("mwjobversion1", node.address, record.id)), ()
        triggers = triggers_of(work.desired, (_ids(work),), version.id, world, None, is_run_anyway=work.is_run_anyway)
        return Written(version=version, files=files, triggers=triggers)

    def _outcome_text(self, following: _Following, outcome: Outcome) -> str:
        record = following.record
        assert record is not None
        missing = [name for name in following.work.work.datasets if name not in outcome.tables]
        if missing:
            raise self._failure(following, f"it left no table {', '.join(map(repr, missing))}", is_retryable=False)
        kept = JobOutcome(
            job=record.id,
            values=outcome.values,
            tables={
                name: LeftTable(files=tuple(str(file) for file in table.files), columns=table.columns)
                for name, table in outcome.tables.items()
                if name in following.work.work.datasets
            },
            costs=outcome.costs,
            url=outcome.url,
            unmanaged=outcome.unmanaged,
        )
        try:
            size = len(json.dumps(outcome.values))
            text = outcome_text(kept)
        except (TypeError, ValueError) as error:
            raise self._failure(following, f"the values it left are no JSON: {error}", is_retryable=False) from error
        if size > MAX_VALUES_BYTES:
            message = f"it left {size:,} bytes of values, more than the {MAX_VALUES_BYTES:,} that may be kept"
            raise self._failure(following, message, is_retryable=False, fix="leave large results as a table")
        return self._outside.hidden(text)

    def _change(self, following: _Following, *, state: str, error: str | None) -> None:
        assert following.record is not None
        shown = None if error is None else self._outside.hidden(error)
        following.record = replace(following.record, state=state, error=shown, ended_at=self._world.now())
        self._world.writer.change_job(following.record)

    def _failure(self, following: _Following, message: str, *, is_retryable: bool, fix: str | None = None) -> JobFailed:
        node, tool = following.work.desired.node, following.work.work.tool
        kind = JobFailed if is_retryable else JobRefused
        return kind(
            Diagnostic(
                code="MW-J020",
                message=f"{tool} of {node.address} failed: {self._outside.hidden(message)}",
                span=node.span,
                fix=fix or f"its log: mw runs logs {self._world.run_id} {node.address}",
                object=node.address,
            ),
            following.steps,
        )

    def _log(self, following: _Following, level: str, text: str) -> None:
        step = node_key(following.work.desired.node.address)
        self._world.lines.put(LogLine(at=self._world.now(), level=level, step=step, text=self._outside.hidden(text)))


def source_read(desired: DesiredNode, table: LeftTable) -> SourceRead:
    """Return how the engine reads a table that a job left."""
    node = desired.node
    missing = [file for file in table.files if not Path(file).exists()]
    if missing or not table.files:
        raise InputError(
            Diagnostic(
                code="MW-J021",
                message=f"the files that a job left for {node.address} are gone"
                if missing
                else f"a job left no file for {node.address}",
                span=node.span,
                fix="let it run again: mw run --refresh, with the node's address",
                object=node.address,
            )
        )
    return SourceRead(
        dataset=node.address,
        source=FileSource(path=table.files[0], format="parquet"),
        files=table.files,
        columns=node.columns,
        span=node.span,
    )


def remove_scratch(scratch: Path, jobs: list[str]) -> None:
    """Remove the folders of jobs whose outcome was recorded."""
    for job in jobs:
        shutil.rmtree(scratch / job, ignore_errors=True)


def _ids(work: JobWork) -> dict[str, str]:
    from meshwright.plan.sights import seen_ids  # lazy: only what is restricted differs

    return dict(seen_ids({read: version.id for read, version in work.inputs.items()}, work.seen))


def _cancelled(following: _Following, more: str) -> Diagnostic:
    node = following.work.desired.node
    return Diagnostic(
        code="MW-R006", message=f"{node.address} was cancelled {more}".rstrip(), span=node.span, object=node.address
    )

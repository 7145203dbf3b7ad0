"""Carries out nodes of tools: starts their jobs, follows them, collects what came of them, and starts none twice.

A job's id follows from the trigger of its step, so that whoever needs the same finds the job that runs already: it is recorded
before it is started, and looked for outside before it is started once more. Jobs wait outside; a few threads are enough to
look at a thousand of them, and each is looked at the more seldom the longer nothing is heard of it.
"""

from __future__ import annotations

import heapq
import itertools
import json
import shutil
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass as mutable
from dataclasses import replace
from pathlib import Path
from typing import Any  # items are values of users

from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import (
    Diagnostic,
    InterruptedRun,
    MeshwrightError,
)
from meshwright.engines.protocol import Relation
from meshwright.model import identity
from meshwright.model.outside import NamedInput
from meshwright.plan.nodes import node_key
from meshwright.run.innersteps import inner_records
from meshwright.run.joboutcomes import Ended, JobDone, JobFailed, JobWork, failure, item_trigger, job_done
from meshwright.run.leftjobs import LeftJobs
from meshwright.run.outside import Need, Outside
from meshwright.run.pollwaits import next_wait_s
from meshwright.run.relations import Relations
from meshwright.run.secretparams import secret_values, shown_params
from meshwright.run.world import RunWorld
from meshwright.state.records import JOB_PREFIX, JobRecord, LogLine
from meshwright.tools.processes import JOBS_ABOVE
from meshwright.tools.protocol import InnerStep, Job, JobState, Place, Poll, Table, ToolFailed

#: Threads that start jobs, look at them and collect what came of them.
_THREADS = 8
#: After a stop was asked for: seconds that jobs get to end.
_ENDS_S = 20.0
#: Of a node that fans out: an item's place in the list, and the item.
Item = tuple[int, Any]
#: Takes how a job ended.
Tell = Callable[[Ended | BaseException], None]
_WAITING = frozenset({JobState.WAITING, JobState.RUNNING})


@mutable(kw_only=True, slots=True)
class _Following:
    """A job that is under way, as the runner knows it."""

    work: JobWork
    #: What is done with how it ended.
    tell: Tell
    started_s: float
    #: Of a node that fans out: the item's place in the list, and the item.
    item: Item | None = None
    record: JobRecord | None = None
    job: Job | None = None
    cursor: str = ""
    wait_s: float = 0.0
    steps: tuple[InnerStep, ...] = ()
    is_cancelled: bool = False
    #: When it will have been too long, on the run's clock; None for no limit.
    until_s: float | None = None
    is_timed_out: bool = False
    #: Other jobs of the node that were left behind.
    others: tuple[JobRecord, ...] = ()


class _Fan:
    """The jobs of one node: one, or one for each item of a list."""

    def __init__(
        self,
        work: JobWork,
        follow: Callable[[JobWork, Item | None, Tell], None],
        finish: Callable[[_Fan], None],
    ) -> None:
        self.work = work
        self.future: Future[JobDone] = Future()
        #: How each job ended, in the order of the items.
        self.ended: list[Ended] = []
        self._follow, self._finish = follow, finish
        items: list[Item | None] = [None] if work.items is None else list(enumerate(work.items))
        self._waiting = deque(items)
        self._left = len(items)
        self._at_once = work.at_once
        self._found: dict[int, Ended] = {}
        self._failure: BaseException | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start as many jobs as may run at once."""
        if not self._left:
            self._finish(self)
            return
        for _ in range(self._at_once):
            self._start_next()

    def _start_next(self) -> None:
        with self._lock:
            if not self._waiting or self._failure is not None:
                return
            item = self._waiting.popleft()
        place = item[0] if item is not None else 0
        self._follow(self.work, item, lambda ended: self._end(place, ended))

    def _end(self, place: int, ended: Ended | BaseException) -> None:
        """Note how a job ended. After a failure those that run are waited for, and no further one is started."""
        with self._lock:
            if isinstance(ended, BaseException):
                self._failure = self._failure or ended
                self._left -= 1 + len(self._waiting)
                self._waiting.clear()
            else:
                self._found[place] = ended
                self._left -= 1
            is_over, failure = self._left == 0, self._failure
        if is_over and failure is not None:
            self.future.set_exception(failure)
        elif is_over:
            self.ended = [self._found[place] for place in sorted(self._found)]
            self._finish(self)
        else:
            self._start_next()


class JobRunner:
    """Follows jobs until they end. `begin` is called by the coordinator; the rest happens on threads of its own."""

    def __init__(self, world: RunWorld) -> None:
        assert world.outside is not None
        self._world = world
        self._outside: Outside = world.outside
        #: What the report of the run tells.
        self.notes: list[str] = []
        self._left = LeftJobs(world, self._outside)
        #: Trigger of a job -> one that was left behind and does the same.
        self._same: dict[str, JobRecord] = {}
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="job")
        self._due: list[tuple[float, int, _Following]] = []
        self._count = itertools.count()
        self._changed = threading.Condition()
        self._is_closed = False
        self._timer = threading.Thread(target=self._keep_time, name="jobs", daemon=True)
        self._timer.start()

    def begin(self, work: JobWork) -> Future[JobDone]:
        """Start a node's job, or take up the one that runs for the same trigger; the future tells what it came to.

        A node that fans out has a job for each item, so many at once as it says.
        """
        left = self._left.of(work)
        self._same.update(left.same)
        if left.others:
            item = None if not work.items else (0, work.items[0])
            telling = _Following(work=work, tell=_nobody, started_s=0.0, item=item, others=left.others)
            self._submit(self._tell_others, telling)
        fan = _Fan(work, self._follow, self._finish)
        fan.start()
        return fan.future

    def _follow(self, work: JobWork, item: Item | None, tell: Tell) -> None:
        """Follow one job to its end."""
        timeout_s = work.desired.node.timeout_s
        now = self._world.clock()
        until_s = now + timeout_s if timeout_s is not None else None
        self._submit(self._start, _Following(work=work, tell=tell, started_s=now, until_s=until_s, item=item))

    def _finish(self, fan: _Fan) -> None:
        """Put together what came of all jobs of a node."""

        def run() -> None:
            try:
                fan.future.set_result(job_done(fan.work, fan.ended, self._world, self._outside))
            except BaseException as error:  # noqa: BLE001 - a thread's border: the coordinator is told the whole
                fan.future.set_exception(error)

        with suppress(RuntimeError):  # the pool is closed: nobody waits any more
            self._pool.submit(run)

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
                    following,
                    self._failure(
                        following,
                        str(error),
                        is_retryable=error.is_retryable,
                        fix=error.fix,
                        is_refused=error.is_refused,
                    ),
                )
            except BaseException as error:  # noqa: BLE001 - a thread's border: the coordinator is told the whole
                self._fail(following, error)

        with suppress(RuntimeError):  # the pool is closed: nobody waits any more
            self._pool.submit(run)

    def _fail(self, following: _Following, error: BaseException) -> None:
        following.tell(error)

    def _start(self, following: _Following) -> None:
        """Record the job and start it, or find the one that was started."""
        work, world = following.work, self._world
        tool = self._outside.tool(work.work.tool)
        record = self._recorded(following)
        following.record = record
        if record.id in self._outside.variables.get(JOBS_ABOVE, "").split():
            raise self._failure(
                following, "it runs inside of itself, and would wait for its own end", is_retryable=False
            )
        reached(CrashPoint.JOB_RECORDED)
        following.job = job = self._job(following, record)
        handle = record.handle
        if record.is_over:  # an item of an earlier attempt at the whole list
            self._collect(following)
            return
        if handle is None:
            handle = tool.find(job)
        if handle is None and work.is_only_followed:
            self._change(following, state="cancelled", error="it was never started")
            raise self._failure(following, "it was never started", is_retryable=False)
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

    def _tell_others(self, following: _Following) -> None:
        """Tell of jobs of the node that run outside for what nobody wants any more. They are left alone.

        The options that would reach them may be others now: a call to end one could meet a stranger's.
        """
        work = following.work
        for record in following.others:
            if record.tool != work.work.tool or record.handle is None:
                continue
            try:
                job = self._job(following, record, is_to_start=False)
                poll = self._outside.tool(record.tool).poll(job, record.handle, "")
            except (ToolFailed, MeshwrightError):
                continue  # the node's own job meets the same, and says so
            if poll.state in _WAITING:
                words = (
                    f"{work.desired.node.address}: run {record.run_id} left a job behind that goes on outside "
                    f"({record.tool} {self._outside.hidden(record.handle)[:200]}), for other options, parameters or inputs; "
                    f"another one was started. mw runs resume {record.run_id} takes it up"
                )
                self._log(following, "warning", words)
                self.notes.append(words)

    def _recorded(self, following: _Following) -> JobRecord:
        """Return the record of the job that is under way for the trigger, or of a new one.

        Items that succeeded in an attempt at a list that failed are not done again, while what they left is there.
        """
        work, trigger = following.work, following.work.trigger
        if following.item is not None:
            trigger = item_trigger(trigger, *following.item, is_effect=work.desired.node.is_external)
        known = self._world.reader.jobs([trigger])
        for record in known:
            is_kept = following.item is not None and (self._outside.scratch / record.id).exists()
            if not record.is_over or (record.state == "succeeded" and is_kept):
                return record
        left = self._same.pop(trigger, None)
        if left is not None:  # it may have ended since
            for record in self._world.reader.jobs([left.trigger]):
                if record.id == left.id and not record.is_over:
                    return record
        number = len(known) + 1
        return self._world.writer.start_job(
            JobRecord(
                # Records of jobs that ended long ago are collected: the run's id keeps this one from being called as they were.
                id=JOB_PREFIX + identity("mwjob2", trigger, self._world.run_id, number),
                node=work.desired.node.address,
                trigger=trigger,
                run_id=self._world.run_id,
                tool=work.work.tool,
                state="starting",
                started_at=self._world.now(),
            )
        )

    def _job(self, following: _Following, record: JobRecord, *, is_to_start: bool = True) -> Job:
        """Return the job as its tool is asked for it, with its inputs in files where it is to start."""
        work, node = following.work, following.work.desired.node
        need = Need(node=node.address, span=node.span)
        item = {} if following.item is None else {"item": following.item[1]}
        secret = {f"param:{name}": value for name, value in secret_values(work.desired, self._world).items()}
        scratch = self._outside.scratch / record.id
        scratch.mkdir(parents=True, exist_ok=True)
        return Job(
            id=record.id,
            key="mw-" + identity("mwjobkey1", record.trigger),
            node=node.address,
            options=self._outside.resolved(json.loads(work.work.options), {**work.facts, **secret, **item}, need),
            params={**shown_params(work.desired), **item},
            place=Place(
                root=self._outside.root,
                folder=self._outside.root / work.work.folder,
                variables={
                    **self._outside.variables,
                    **self._outside.parentage(node.address, self._world.run_id, self._world.environment),
                },
            ),
            scratch=scratch,
            inputs=self._inputs(work, scratch) if is_to_start else {},
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
            found[given.name] = self._as_files(given, relation, scratch)
        return found

    def _as_files(self, given: NamedInput, relation: Relation, scratch: Path) -> Table:
        columns = {column.name: column.type for column in relation.columns}
        if relation.is_plain and relation.files:
            return Table(files=tuple(Path(file).absolute() for file in relation.files), columns=columns)
        file = scratch / "inputs" / f"{given.name}.parquet"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            self._world.session.hand_over(given.dataset, relation, str(file))
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
        is_new = bool(poll.lines) or (bool(poll.steps) and poll.steps != following.steps)
        following.cursor, following.steps = poll.cursor, poll.steps or following.steps
        for line in poll.lines:
            self._log(following, "info", line)
        if poll.steps:
            item = following.item[0] if following.item is not None else None
            key = node_key(following.work.desired.node.address)
            self._world.inner.put((key, inner_records(poll.steps, item=item)))
        if poll.state in _WAITING:
            following.wait_s = next_wait_s(following.wait_s, tool.traits, is_new=is_new, waiting=len(self._due))
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
                following,
                poll.error or poll.state.value,
                is_retryable=poll.is_retryable and not is_lost_effect,
                is_refused=poll.is_refused,
            )
        self._collect(following)

    def _collect(self, following: _Following) -> None:
        """Take what a job that succeeded left."""
        job, record = following.job, following.record
        assert job is not None
        assert record is not None
        outcome = self._outside.tool(following.work.work.tool).collect(job, record.handle or "")
        if following.item is not None and not record.is_over:
            self._change(following, state="succeeded", error=None)
            assert following.record is not None
            record = following.record
        ended = replace(record, state="succeeded", ended_at=record.ended_at or self._world.now())
        following.tell(
            Ended(
                outcome=outcome,
                record=ended,
                steps=outcome.steps or following.steps,
                seconds=self._world.clock() - following.started_s,
            )
        )

    def _change(self, following: _Following, *, state: str, error: str | None) -> None:
        assert following.record is not None
        shown = None if error is None else self._outside.hidden(error)
        following.record = replace(following.record, state=state, error=shown, ended_at=self._world.now())
        self._world.writer.change_job(following.record)

    def _failure(
        self,
        following: _Following,
        message: str,
        *,
        is_retryable: bool,
        fix: str | None = None,
        is_refused: bool = False,
    ) -> JobFailed:
        if following.item is not None:
            message = f"item {following.item[0] + 1} ({str(following.item[1])[:80]}): {message}"
        found = failure(
            following.work,
            self._outside.hidden(message),
            self._world,
            is_retryable=is_retryable,
            fix=fix,
            is_refused=is_refused,
        )
        found.steps = following.steps
        return found

    def _log(self, following: _Following, level: str, text: str) -> None:
        step = node_key(following.work.desired.node.address)
        if following.item is not None:
            text = f"[{following.item[0] + 1}] {text}"
        self._world.lines.put(LogLine(at=self._world.now(), level=level, step=step, text=self._outside.hidden(text)))


def remove_scratch(scratch: Path, jobs: list[str]) -> None:
    """Remove the folders of jobs whose outcome was recorded."""
    for job in jobs:
        shutil.rmtree(scratch / job, ignore_errors=True)


def _nobody(ended: Ended | BaseException) -> None:
    """Take how something ended that nobody waits for."""


def _cancelled(following: _Following, more: str) -> Diagnostic:
    node = following.work.desired.node
    return Diagnostic(
        code="MW-R006", message=f"{node.address} was cancelled {more}".rstrip(), span=node.span, object=node.address
    )

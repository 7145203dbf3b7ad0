"""Executes a plan: the coordinator's loop.

The coordinator (one thread) decides what starts, binds it, makes durable and commits what workers made, and publishes; workers
build and measure. All that is done for a turn at once: whatever ended since the last turn is synced together and written in one
transaction, and while workers have work waiting a turn gathers for a moment, so that a disk that takes long to be sure is
asked seldom, and never by a worker. No state transaction is ever open while something is built.
"""

from __future__ import annotations

import datetime as dt
import traceback
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any  # results of futures

from meshwright.checks.spec import Evidence
from meshwright.checks.verdict import is_blocking
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, InterruptedRun, MeshwrightError, RefusedError, WorldError
from meshwright.model import Part, StoredFile, Version
from meshwright.plan.nodes import node_key
from meshwright.plan.values import Step, StepAction, StepKind
from meshwright.run.binding import Bound, bind_node, bind_test
from meshwright.run.board import Board
from meshwright.run.events import (
    Listener,
    ProductNotPublished,
    ProductPublished,
    StepBegun,
    StepEnded,
    StepStarted,
)
from meshwright.run.finished import Finished
from meshwright.run.holding import hold
from meshwright.run.joboutcomes import JobDone, JobStopped, JobWork
from meshwright.run.jobs import JobRunner, remove_scratch
from meshwright.run.journal import Journal, running_record
from meshwright.run.lookahead import look_ahead
from meshwright.run.meter import BYTES_READ, BYTES_WRITTEN, ROWS_WRITTEN
from meshwright.run.outcome import blocked_by, recorded_stops, stopped_by, test_outcome, verdicts_of
from meshwright.run.partsreport import standing_parts, worked_parts
from meshwright.run.partsteps import PartWork, WrittenPart, put_together, write_part
from meshwright.run.progress import PartsQueue, Progress
from meshwright.run.publication import NothingToMove, Published, Refused, publish_unit
from meshwright.run.reading import bytes_given
from meshwright.run.report import NotPublished, PartsReport, StepReport, StepState, TestOutcome
from meshwright.run.steps import BuildWork, Built, TestWork, Written, came_of_state, measure, seal, triggers_of, write
from meshwright.run.turns import Turns, hindrance_of
from meshwright.run.world import RunWorld
from meshwright.state.records import StepRecord

#: The loop wakes at least this often: to renew the lease and to notice a stop.
_TURN_S = 0.5
#: Steps handed out for each worker: it never waits for the coordinator's commits.
_HANDED_OUT = 12
#: With no more than so many left for each worker, the coordinator is to hand out others.
_RUNNING_SHORT = 5
#: A turn gathers what ends for this long, at most.
_GATHER_S = 0.05

_Work = BuildWork | TestWork | PartWork | JobWork
_Result = Written | WrittenPart | JobDone | tuple[Evidence, ...]


@dataclass(kw_only=True, slots=True)
class _Turn:
    """What ended since the last turn, to be committed together."""

    written: list[tuple[Step, Written | WrittenPart]] = field(default_factory=list)
    measured: list[tuple[Step, TestWork, tuple[Evidence, ...]]] = field(default_factory=list)
    failed: list[tuple[Step, MeshwrightError | Diagnostic]] = field(default_factory=list)
    #: Jobs whose versions are among `written`.
    jobs: list[tuple[Step, JobDone]] = field(default_factory=list)


class Coordinator:
    """One execution of one plan."""

    def __init__(self, board: Board, world: RunWorld, listener: Listener, *, retest: bool = False) -> None:
        self.board = board
        self._world = world
        self._listener = listener
        self._retest = retest
        self._journal = Journal(world)
        self._started_at: dict[str, float] = {}
        self._waiting: dict[str, int] = {}
        self._followers: dict[str, list[Step]] = {}
        self._ready: deque[Step] = deque()
        #: Ready steps that the state was not asked about yet.
        self._unseen: list[Step] = []
        self._running: dict[Future[_Result], tuple[Step, _Work]] = {}
        #: What runs outside takes up no worker.
        self._outside: dict[Future[_Result], tuple[Step, _Work]] = {}
        self._jobs: JobRunner | None = None
        #: Jobs that left tables, by the node's address.
        self._left: dict[str, list[str]] = {}
        self._turns = Turns(board, world.clock)
        self._parts = PartsQueue()
        #: Keys of steps in which a test of a tool said no.
        self._refused: set[str] = set()
        #: Key of a step -> what it made in parts.
        self._made: dict[str, PartsReport] = {}
        self._finished: Finished[Future[_Result]] = Finished()
        #: Key -> the record of a step that a worker has begun and that has not ended; workers put them in.
        self._begun: dict[str, StepRecord] = {}
        self._told: set[str] = set()
        #: Key -> dataset -> version of what a step reads, once it is bound.
        self._inputs: dict[str, Mapping[str, str]] = {}

    def run(self) -> None:
        """Run the plan to its end, or to the stop that was asked for. Everything learned is on the board afterwards.

        Raises RefusedError (MW-R008) where the lease was lost; nothing more is published then.
        """
        self._line_up()
        with (
            ThreadPoolExecutor(self._world.parallelism, thread_name_prefix="step") as pool,
            self._world.meter.coordinating(),
        ):
            try:
                while (self._has_ready() and not self._is_stopping()) or self._running or self._outside:
                    self._start_ready(pool)
                    self._take_turn()
                    begun = dict(self._begun)
                    self._tell_begun(begun)
                    self._journal.keep_alive(begun)
            except BaseException as error:
                self._world.stop.set()
                self._world.session.interrupt()
                pool.shutdown(cancel_futures=True)
                self._close_jobs()
                self._end_rest()
                if not isinstance(error, RefusedError):  # whoever took the run over writes its record now
                    self._journal.flush()
                raise
        self._close_jobs()
        self._clear_away()
        self._end_rest()
        self._journal.flush()

    def _has_ready(self) -> bool:
        return bool(self._ready or self._parts or self._turns)

    def _close_jobs(self) -> None:
        if self._jobs is not None:
            self._jobs.close()
            self.board.notes.extend(self._jobs.notes)

    def _clear_away(self) -> None:
        """Remove what jobs left, where everything that was wanted of it is committed."""
        if self._world.outside is None or not self._left:
            return
        good = {StepState.SUCCEEDED}
        done = [
            job
            for node, jobs in self._left.items()
            for job in jobs
            if all(
                self.board.ended[node_key(address)].state in good
                for address, desired in self.board.desired.nodes.items()
                if desired.node.table_of is not None
                and desired.node.table_of.node == node
                and node_key(address) in self.board.ended
            )
        ]
        remove_scratch(self._world.outside.scratch, done)

    def _line_up(self) -> None:
        keys = {step.key for step in self.board.plan.steps}
        for step in self.board.plan.steps:
            waits = [key for key in step.after if key in keys]
            self._waiting[step.key] = len(waits)
            for key in waits:
                self._followers.setdefault(key, []).append(step)
            if not waits:
                self._line_up_ready(step)

    def _line_up_ready(self, step: Step) -> None:
        self._ready.append(step)
        self._unseen.append(step)

    def _is_stopping(self) -> bool:
        return self._world.stop.is_set()

    def _start_ready(self, pool: ThreadPoolExecutor) -> None:
        most = self._world.parallelism * _HANDED_OUT
        self._ready.extend(self._turns.due())
        while len(self._running) < most and not self._is_stopping():
            if (part := self._parts.take(self._turns.admit_part)) is not None:
                self._submit(*part, pool)
                continue
            if not self._ready:
                return
            if self._unseen:
                with suppress(WorldError):  # binding asks again, and fails its step
                    hold(look_ahead(self._unseen, self.board), self.board, self._world)
                self._unseen = []
            step = self._ready.popleft()
            if not self._turns.admit(step):
                continue
            self._started_at[step.key] = self._world.clock()
            try:
                self._start(step, pool)
            except (InputError, WorldError, InterruptedRun) as error:
                self.board.not_published.extend(
                    NotPublished(product=product, reason=error.first.message) for product in step.products
                )
                self._end_failed(step, error)

    def _start(self, step: Step, pool: ThreadPoolExecutor) -> None:
        if step.kind is StepKind.PUBLISH:
            self._publish(step)
            return
        if step.action is StepAction.BLOCKED:
            self._end_blocked_by_plan(step)
            return
        if not self.board.is_as_it_stands(step) and self._is_hindered(step):
            return
        bound = (
            bind_node(step, self.board, self._world)
            if step.kind is StepKind.NODE
            else bind_test(step, self.board, retest=self._retest)
        )
        self._note_inputs(step, bound)
        if bound.parts is not None:
            self._listener(StepStarted(key=step.key, attempt=1))
            self._listener(self._parts.begin(step, bound.parts).event)
            self._end_parts()
            return
        if bound.work is None:
            self._end_bound(step, bound)
            return
        self._listener(StepStarted(key=step.key, attempt=self._turns.attempt(step)))
        if isinstance(bound.work, JobWork):
            self._begin_job(step, bound.work)
            return
        self._submit(step, bound.work, pool)

    def _note_inputs(self, step: Step, bound: Bound) -> None:
        """Note what a step reads, for its record: each dataset at the version it is bound to."""
        if isinstance(bound.work, TestWork):
            others = {dataset: version.id for dataset, version in bound.work.others.items()}
            self._inputs[step.key] = {_dataset_of(step): bound.work.version.id, **others}
        elif bound.version is not None:
            self._inputs[step.key] = bound.version.inputs
        elif step.kind is StepKind.NODE:
            inputs = self.board.inputs_of(_dataset_of(step))
            self._inputs[step.key] = {dataset: version.id for dataset, version in inputs.items()}

    def _is_hindered(self, step: Step) -> bool:
        """End a step that is blocked, or skipped, by what it waits for or by its own condition; whether that was so."""
        if step.action is StepAction.SKIP:
            self._skip(step)
            return True
        node = self.board.desired.nodes[step.dataset].node if step.dataset and step.kind is StepKind.NODE else None
        hindrance = hindrance_of(step, node, self.board)
        if hindrance is not None and hindrance.state is StepState.SKIPPED:
            self._skip(step)
            return True
        if hindrance is not None:
            error = blocked_by(hindrance)
            self._end(step, action=StepAction.BLOCKED, state=StepState.BLOCKED, error=error, attempts=0)
            return True
        if node is not None and node.when is not None:
            from meshwright.run.conditions import holds  # lazy: the parser of SQL, for the few nodes with a condition

            if not holds(node, self.board, self._world):
                self._skip(step)
                return True
        return False

    def _skip(self, step: Step) -> None:
        self._end(step, action=StepAction.SKIP, state=StepState.SKIPPED, attempts=0)

    def _begin_job(self, step: Step, work: JobWork) -> None:
        if self._jobs is None:
            self._jobs = JobRunner(self._world)
        self._begun.setdefault(step.key, running_record(step, self._world.now(), self._inputs.get(step.key, {})))
        self._world.meter.charge(BYTES_READ, bytes_given(work), step.key)
        future: Future[Any] = self._jobs.begin(work)
        self._outside[future] = (step, work)
        future.add_done_callback(self._finished.put)

    def _submit(self, step: Step, work: _Work, pool: ThreadPoolExecutor) -> None:
        future = pool.submit(self._work, step, work)
        self._running[future] = (step, work)
        future.add_done_callback(self._finished.put)

    def _work(self, step: Step, work: _Work) -> _Result:
        """Do a step's work, on a worker's thread; its time begins now, not when it was handed out."""
        if step.key not in self._begun:
            self._begun[step.key] = running_record(step, self._world.now(), self._inputs.get(step.key, {}))
        assert not isinstance(work, JobWork)  # those run outside
        with self._world.meter.working(step.key):
            self._world.meter.charge(BYTES_READ, bytes_given(work))
            if isinstance(work, PartWork):
                return write_part(work, self._world)
            self._started_at[step.key] = self._world.clock()
            return write(work, self._world) if isinstance(work, BuildWork) else measure(work, self._world)

    def _tell_begun(self, begun: Mapping[str, StepRecord]) -> None:
        """Tell the steps that are at work, each once."""
        for key, record in begun.items():
            if key not in self._told and record.started_at is not None:
                self._told.add(key)
                self._listener(StepBegun(key=key, at=record.started_at, inputs=record.inputs))

    def _take_turn(self) -> None:
        """Wait for workers, then commit what they made in one batch and let what follows become ready."""
        if not self._running and not self._outside:
            if self._turns and not self._ready:  # what failed is tried again after a while, and nothing else is left
                self._world.stop.wait(self._turns.pause_s(_TURN_S))
            return
        if self._is_stopping():
            self._take_back()
        turn = _Turn()
        for future in self._gather():
            step, work = (self._running if future in self._running else self._outside).pop(future)
            self._collect(future, step, work, turn)
        self._commit(turn)

    def _gather(self) -> list[Future[_Result]]:
        """Wait for what ends: for all that workers can do without before they run short, but no longer than a moment."""
        short = self._world.parallelism * _RUNNING_SHORT
        enough = 1 if self._is_stopping() else max(1, len(self._running) - short)
        until = self._world.clock() + self._turns.pause_s(_TURN_S)
        # At least once: what still runs when a stop was asked for is to end as well.
        done = set(self._finished.take(enough, _GATHER_S))
        while not done and self._world.clock() < until and not self._is_stopping():
            done.update(self._finished.take(enough, _GATHER_S))
        # In the order in which they were handed out. What was taken back has ended too, and is not there any more.
        return [future for future in (*self._running, *self._outside) if future in done]

    def _take_back(self) -> None:
        """Take back what was handed out and not begun."""
        for future in [each for each in self._running if each.cancel()]:
            step, work = self._running.pop(future)
            if isinstance(work, PartWork):
                self._parts.put_back(step, work)
                self._turns.leave_part(step)

    def _collect(self, future: Future[_Result], step: Step, work: _Work, turn: _Turn) -> None:
        failure: MeshwrightError | Diagnostic
        try:
            result = future.result()
        except MeshwrightError as error:
            failure = error
        except OSError as error:
            self._journal.log("error", step.key, "".join(traceback.format_exception(error)))
            failure = _system_failed(step, error)
        except Exception as error:  # noqa: BLE001  the border of a worker: the whole is kept in the run's log
            self._journal.log("error", step.key, "".join(traceback.format_exception(error)))
            failure = _unexpected(step, error)
        else:
            if isinstance(result, Written | WrittenPart):
                turn.written.append((step, result))
            elif isinstance(result, JobDone):
                self._note_job(step, result)
                turn.written.append((step, result.written))
                turn.jobs.append((step, result))
            else:
                assert isinstance(work, TestWork)
                turn.measured.append((step, work, result))
            return
        if isinstance(work, PartWork):
            self._fail_part(step, failure)
        else:
            turn.failed.append((step, failure))

    def _fail_part(self, step: Step, failure: MeshwrightError | Diagnostic) -> None:
        """Note that a part was not made: the step begins no further one, and ends when those at work have."""
        progress = self._parts.of(step)
        progress.at_work -= 1
        self._turns.leave_part(step)
        progress.fail(failure)

    def _commit(self, turn: _Turn) -> None:
        made, parts = self._sealed(turn)
        if made:
            self._commit_versions(made)
        for step, done in turn.jobs:
            self._end_job(step, done)
        if parts:
            self._commit_parts(parts)
        if turn.measured:
            reached(CrashPoint.EVIDENCE_MEASURED)
            now = self._world.now()
            self._world.writer.record_evidence(
                tuple(one for _, _, evidence in turn.measured for one in evidence),
                tuple(
                    verdict
                    for _, work, evidence in turn.measured
                    for verdict in verdicts_of(work.checks, evidence, self.board.plan.environment, now)
                ),
            )
            reached(CrashPoint.EVIDENCE_RECORDED)
            for step, work, evidence in turn.measured:
                self.board.evidence.update({(one.version, one.check, one.others): one for one in evidence})
                self._end_tested(step, work.checks)
        for step, error in turn.failed:
            if self._turns.try_again(step, error):
                self._note_retry(step, error)
            else:
                self._end_failed(step, error)
        self._end_parts()

    def _note_job(self, step: Step, done: JobDone) -> None:
        """Note what a job did for the record: the graph of its tool, and what it cost."""
        self._journal.inner(step.key, done.inner)
        for unit, amount in done.costs.items():
            self._world.meter.charge(unit, amount, step.key)

    def _end_job(self, step: Step, done: JobDone) -> None:
        """Record that a job is over; what it left is removed when all of it is taken."""
        for record in done.records:
            self._world.writer.change_job(record)
        self._left[_dataset_of(step)] = [record.id for record in done.records]

    def _note_retry(self, step: Step, error: MeshwrightError | Diagnostic) -> None:
        """Say in the log why a step is tried again, and when."""
        first = error if isinstance(error, Diagnostic) else error.first
        wait_s = self._turns.wait_s(step)
        self._journal.log("warning", step.key, f"{first.message}; tried again in {wait_s:g} s")

    def _commit_versions(self, made: list[tuple[Step, Built]]) -> None:
        versions = tuple(built.version for _, built in made)
        triggers = tuple(trigger for _, built in made for trigger in built.triggers)
        reached(CrashPoint.VERSIONS_SEALED)
        standing = self._world.writer.commit_versions(versions, triggers, self._world.lease)
        reached(CrashPoint.VERSIONS_COMMITTED)
        for step, built in made:
            winner = standing[built.version.id]
            self._charge_written(step, built.version.size_bytes, built.version.rows)
            if winner.files != built.version.files:
                self._drop_files(built.version.files)
            self._bind(step, winner)
            has_dataset = self.board.desired.nodes[_dataset_of(step)].node.has_dataset
            action = StepAction.BUILD if has_dataset else StepAction.TOOL
            self._end(step, action=action, attempts=max(built.attempts, self._turns.attempt(step)))

    def _commit_parts(self, made: list[tuple[Step, Part]]) -> None:
        """Commit parts; the versions that they make are put together when the last one of each is there."""
        reached(CrashPoint.VERSIONS_SEALED)
        standing = self._world.writer.commit_parts(tuple(part for _, part in made), self._world.lease)
        reached(CrashPoint.VERSIONS_COMMITTED)
        self._world.parts.add(standing.values())
        moved: dict[str, Progress] = {}
        for step, part in made:
            winner = standing[part.id]
            self._charge_written(step, part.size_bytes, part.rows)
            if winner.files != part.files:
                self._drop_files(part.files)
            progress = self._parts.of(step)
            progress.at_work -= 1
            self._turns.leave_part(step)
            progress.built.append(winner)
            moved[step.key] = progress
        for progress in moved.values():
            self._listener(progress.event)

    def _end_parts(self) -> None:
        """End the steps of which every part is there, or that failed and have nothing at work any more."""
        if self._is_stopping():
            return
        for progress in self._parts.ended():
            self._made[progress.step.key] = worked_parts(progress.work, len(progress.built))
            if progress.failure is not None:
                if self._turns.try_again(progress.step, progress.failure):
                    self._note_retry(progress.step, progress.failure)
                    continue
                self._end_failed(progress.step, progress.failure)
                continue
            try:
                version = self._put_together(progress)
            except MeshwrightError as error:
                self._end_failed(progress.step, error)
                continue
            self._bind(progress.step, version)
            self._end(progress.step, action=StepAction.BUILD if progress.built else StepAction.REUSE)

    def _put_together(self, progress: Progress) -> Version:
        work = progress.work
        together = put_together(work, progress.built, self._world)
        version = together.version
        standing = self._world.writer.commit_manifest(version, together.pages, self._world.lease)
        if standing is None:
            raise WorldError(
                Diagnostic(
                    code="MW-R071",
                    message=f"a part of {version.dataset} was collected as garbage while its version was put together",
                    fix="run the command again: it builds what is missing",
                    object=version.dataset,
                )
            )
        reached(CrashPoint.VERSIONS_COMMITTED)
        if work.observation is not None:
            before = work.base.id if work.base is not None else None
            came_of = came_of_state(before, standing.id)
            triggers = triggers_of(
                work.desired, came_of, standing.id, self._world, work.observation, is_run_anyway=work.is_run_anyway
            )
            self._world.writer.commit_versions((), triggers, self._world.lease)
        return standing

    def _bind(self, step: Step, version: Version) -> None:
        self.board.known[version.id] = version
        self.board.held.add(version.id)
        self.board.bound[_dataset_of(step)] = version

    def _sealed(self, turn: _Turn) -> tuple[list[tuple[Step, Built]], list[tuple[Step, Part]]]:
        """Make what was written durable, all of it together; what the disk fails for fails alone."""
        made: list[tuple[Step, Built]] = []
        parts: list[tuple[Step, Part]] = []
        results = seal([written for _, written in turn.written], self._world) if turn.written else ()
        for (step, written), result in zip(turn.written, results, strict=True):
            if isinstance(result, Built):
                made.append((step, result))
            elif isinstance(result, Part):
                parts.append((step, result))
            elif isinstance(written, WrittenPart):
                self._fail_part(step, result)
            else:
                turn.failed.append((step, result))
        return made, parts

    def _charge_written(self, step: Step, size_bytes: int, rows: int) -> None:
        """Count what a step wrote for it; a view, which writes nothing, has no size."""
        self._world.meter.charge(BYTES_WRITTEN, size_bytes, step.key)
        if size_bytes:
            self._world.meter.charge(ROWS_WRITTEN, rows, step.key)

    def _drop_files(self, files: tuple[StoredFile, ...]) -> None:
        """Another build of the same version committed first: ours is not needed."""
        self._world.store.discard((self._world.store.absolute(file), file.rows) for file in files)

    def _end_bound(self, step: Step, bound: Bound) -> None:
        """End a step that needed no worker: its version, or all its evidence, was there."""
        if step.kind is StepKind.NODE:
            assert bound.version is not None
            self.board.bound[_dataset_of(step)] = bound.version
            self._end(step, action=StepAction.REUSE, attempts=0)
        else:
            self._end_tested(step, (), is_recorded=True)

    def _end_tested(self, step: Step, measured: tuple[object, ...], *, is_recorded: bool = False) -> None:
        """Report every rule of the step; a rule that stops fails it, and so everything that waits for it."""
        specs = step.checks
        outcomes: list[TestOutcome] = []
        stop: Diagnostic | None = None
        fresh = {id(spec) for spec in measured}
        for spec, evidence in zip(specs, self.board.evidence_for(specs), strict=True):
            if evidence is None:
                continue
            is_old = is_recorded or id(spec) not in fresh
            outcome = test_outcome(spec, evidence, is_recorded=is_old, veil=self.board.desired.veil)
            outcomes.append(outcome)
            if stop is None and is_blocking(spec, evidence):
                stop = stopped_by(outcome)
        self.board.tests.extend(outcomes)
        state = StepState.SUCCEEDED if stop is None else StepState.FAILED
        self._end(step, action=StepAction.TEST, state=state, error=stop, tests=tuple(outcomes))

    def _end_blocked_by_plan(self, step: Step) -> None:
        """End a step that the plan already knows to be blocked: by recorded evidence, or by a source that cannot be read."""
        outcomes = self._recorded_stops(step)
        stopped = next((outcome.dataset for outcome in recorded_stops(step, self.board)), step.dataset)
        message = step.reasons[0] if step.reasons else "blocked"
        error = step.problem or Diagnostic(code="MW-R007", message=message, object=stopped)
        is_own = step.problem is not None and step.problem.object == step.dataset
        state = StepState.FAILED if is_own else StepState.BLOCKED
        seen = self.board.observed.sources.get(step.dataset or "")
        self._end(
            step,
            action=StepAction.BLOCKED,
            state=state,
            error=error,
            tests=outcomes,
            is_retryable=is_own and seen is not None and seen.is_retryable,
        )

    def _recorded_stops(self, step: Step) -> tuple[TestOutcome, ...]:
        """Report again what stopped a step in an earlier run; each rule once in a run."""
        stops = recorded_stops(step, self.board)
        if not stops:
            return ()
        told = {(outcome.version, outcome.id) for outcome in self.board.tests}
        outcomes = tuple(outcome for outcome in stops if (outcome.version, outcome.id) not in told)
        self.board.tests.extend(outcomes)
        return outcomes

    def _publish(self, step: Step) -> None:
        self._journal.flush()
        stops = self._recorded_stops(step)
        result = publish_unit(step, self.board, self._world)
        match result:
            case Published(products=products, generation=generation):
                self.board.published.extend(products)
                for product in products:
                    self._listener(ProductPublished(product=product, generation=generation))
                self._end(step, action=StepAction.PUBLISH)
            case NothingToMove():
                self._end(step, action=StepAction.PUBLISH, state=StepState.SKIPPED)
            case Refused(refusals=refusals, is_overtaken=is_overtaken):
                self._refuse(step, refusals, stops, code="MW-R009" if is_overtaken else "MW-R007")
                if is_overtaken:
                    self.board.overtaken.extend(step.products)

    def _refuse(
        self, step: Step, refusals: tuple[NotPublished, ...], stops: tuple[TestOutcome, ...], *, code: str
    ) -> None:
        self.board.not_published.extend(refusals)
        for refusal in refusals:
            self._listener(ProductNotPublished(refusal=refusal))
        error = Diagnostic(code=code, message=refusals[0].reason, object=refusals[0].product)
        self._end(step, action=StepAction.BLOCKED, state=StepState.BLOCKED, error=error, tests=stops)

    def _end_failed(self, step: Step, failure: MeshwrightError | Diagnostic) -> None:
        """End a step that was tried and did not work; the error's class says whether trying again can help."""
        error, is_retryable = (
            (failure, False) if isinstance(failure, Diagnostic) else (failure.first, failure.retryable)
        )
        if isinstance(failure, JobStopped):
            self._refused.add(step.key)
        self._end(
            step,
            action=_action_as_bound(step),
            attempts=self._turns.attempt(step),
            state=StepState.INTERRUPTED if isinstance(failure, InterruptedRun) else StepState.FAILED,
            error=error,
            is_retryable=is_retryable,
        )

    def _end(
        self,
        step: Step,
        *,
        action: StepAction,
        state: StepState = StepState.SUCCEEDED,
        error: Diagnostic | None = None,
        attempts: int = 1,
        is_retryable: bool = False,
        tests: tuple[TestOutcome, ...] = (),
    ) -> None:
        self._turns.leave(step)
        version = self.board.bound.get(step.dataset) if step.dataset else None
        started = self._started_at.get(step.key, self._world.clock())
        ended_at = self._world.now()
        seconds = self._world.clock() - started
        begun = self._begun.pop(step.key, None)
        parts = self._made.get(step.key)
        if parts is None and step.kind is StepKind.NODE and state is StepState.SUCCEEDED:
            parts = standing_parts(self.board.desired.nodes[_dataset_of(step)].node, version)
        report = StepReport(
            key=step.key,
            dataset=step.dataset,
            action=action,
            state=state,
            version=version.id if version else step.version,
            rows=version.rows if version and self._has_rows(step) else None,
            seconds=seconds,
            attempts=attempts,
            error=error,
            is_retryable=is_retryable,
            is_refused=step.key in self._refused,
            parts=parts,
            started_at=begun.started_at if begun is not None else ended_at - dt.timedelta(seconds=seconds),
            ended_at=ended_at,
            inputs=self._inputs.pop(step.key, {}),
            costs=self._world.meter.costs(step.key),
            inner=self._journal.take_inside(step.key),
        )
        self.board.ended[step.key] = report
        self._journal.step(report)
        self._listener(StepEnded(report=report, tests=tests))
        for follower in self._followers.get(step.key, ()):
            self._waiting[follower.key] -= 1
            if self._waiting[follower.key] == 0:
                self._line_up_ready(follower)

    def _has_rows(self, step: Step) -> bool:
        return self.board.desired.nodes[_dataset_of(step)].node.has_dataset

    def _end_rest(self) -> None:
        """Mark what never started when the run was stopped."""
        begun = dict(self._begun)
        for step in self.board.plan.steps:
            if step.key not in self.board.ended:
                at_work = begun.get(step.key)
                progress = self._parts.find(step)
                when = "before it started" if progress is None else "while it was built"
                error = Diagnostic(code="MW-R006", message=f"interrupted {when}")
                report = StepReport(
                    key=step.key,
                    dataset=step.dataset,
                    action=_action_as_bound(step),
                    state=StepState.INTERRUPTED,
                    version=step.version,
                    error=error,
                    parts=None if progress is None else worked_parts(progress.work, len(progress.built)),
                    started_at=at_work.started_at if at_work is not None else None,
                    ended_at=self._world.now() if at_work is not None else None,
                    inputs=self._inputs.get(step.key, {}),
                    costs=self._world.meter.costs(step.key),
                    inner=self._journal.take_inside(step.key),
                )
                self.board.ended[step.key] = report
                self._journal.step(report)


def _dataset_of(step: Step) -> str:
    """The dataset of a node step. A version's own may differ: those of variations share the plain dataset's versions."""
    assert step.dataset is not None
    return step.dataset


def _action_as_bound(step: Step) -> StepAction:
    """A step that never got to be bound would have been built."""
    return StepAction.BUILD if step.action is StepAction.PENDING else step.action


def _unexpected(step: Step, error: Exception) -> Diagnostic:
    return Diagnostic(
        code="MW-R015",
        message=f"unexpected {type(error).__name__} in {step.key}: {error}",
        fix="this is a bug: the run's log (mw runs show) has the details",
        object=step.dataset,
    )


def _system_failed(step: Step, error: OSError) -> WorldError:
    place = f" at '{error.filename}'" if error.filename else ""
    return WorldError(
        Diagnostic(
            code="MW-R065",
            message=f"the system failed in {step.key}{place}: {error.strerror or error}",
            fix="check the disk, its free space and the system's log, then run the command again",
            object=step.dataset,
        )
    )

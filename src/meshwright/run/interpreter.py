"""Executes a plan: the coordinator's loop.

The coordinator (one thread) decides what starts, binds it, commits what workers made and publishes; workers build
and measure. Commits are batched: whatever ended since the last turn is written in one transaction. No state
transaction is ever open while something is built.
"""

from __future__ import annotations

import traceback
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from meshwright.checks.spec import Evidence
from meshwright.checks.verdict import is_blocking
from meshwright.diagnostics import Diagnostic, InterruptedRun, MeshwrightError, RefusedError, WorldError
from meshwright.plan.values import Step, StepAction, StepKind
from meshwright.run.binding import Bound, bind_node, bind_test
from meshwright.run.board import Board
from meshwright.run.events import (
    Listener,
    ProductNotPublished,
    ProductPublished,
    StepEnded,
    StepStarted,
)
from meshwright.run.journal import Journal
from meshwright.run.outcome import blocked_by, recorded_stops, stopped_by, test_outcome
from meshwright.run.publication import NothingToMove, Published, Refused, publish_unit
from meshwright.run.report import NotPublished, StepReport, StepState, TestOutcome
from meshwright.run.steps import BuildWork, Built, TestWork, build, measure
from meshwright.run.world import RunWorld

#: The loop wakes at least this often: to renew the lease and to notice a stop.
_TURN_S = 0.5


@dataclass(kw_only=True, slots=True)
class _Turn:
    """What ended since the last turn, to be committed together."""

    built: list[tuple[Step, Built]] = field(default_factory=list)
    measured: list[tuple[Step, TestWork, tuple[Evidence, ...]]] = field(default_factory=list)
    failed: list[tuple[Step, MeshwrightError | Diagnostic]] = field(default_factory=list)


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
        self._running: dict[Future[Built | tuple[Evidence, ...]], tuple[Step, BuildWork | TestWork]] = {}

    def run(self) -> None:
        """Run the plan to its end, or to the stop that was asked for. Everything learned is on the board afterwards.

        Raises RefusedError (MW-R008) where the lease was lost; nothing more is published then.
        """
        self._line_up()
        with ThreadPoolExecutor(self._world.parallelism, thread_name_prefix="step") as pool:
            try:
                while (self._ready and not self._is_stopping()) or self._running:
                    self._start_ready(pool)
                    self._take_turn()
                    self._journal.keep_alive()
            except BaseException as error:
                self._world.stop.set()
                self._world.session.interrupt()
                self._end_rest()
                if not isinstance(error, RefusedError):  # whoever took the run over writes its record now
                    self._journal.flush()
                raise
        self._end_rest()
        self._journal.flush()

    def _line_up(self) -> None:
        keys = {step.key for step in self.board.plan.steps}
        for step in self.board.plan.steps:
            waits = [key for key in step.after if key in keys]
            self._waiting[step.key] = len(waits)
            for key in waits:
                self._followers.setdefault(key, []).append(step)
            if not waits:
                self._ready.append(step)

    def _is_stopping(self) -> bool:
        return self._world.stop.is_set()

    def _start_ready(self, pool: ThreadPoolExecutor) -> None:
        while self._ready and len(self._running) < self._world.parallelism and not self._is_stopping():
            step = self._ready.popleft()
            self._started_at[step.key] = self._world.clock()
            try:
                self._start(step, pool)
            except (WorldError, InterruptedRun) as error:
                self._end_failed(step, error)

    def _start(self, step: Step, pool: ThreadPoolExecutor) -> None:
        if step.kind is StepKind.PUBLISH:
            self._publish(step)
            return
        if step.action is StepAction.BLOCKED:
            self._end_blocked_by_plan(step)
            return
        obstacle = self.board.obstacle(step)
        if obstacle is not None:
            self._end(step, action=StepAction.BLOCKED, state=StepState.BLOCKED, error=blocked_by(obstacle), attempts=0)
            return
        bound = (
            bind_node(step, self.board, self._world)
            if step.kind is StepKind.NODE
            else bind_test(step, self.board, retest=self._retest)
        )
        if bound.work is None:
            self._end_bound(step, bound)
            return
        self._listener(StepStarted(key=step.key, attempt=1))
        work = bound.work
        future: Future[Built | tuple[Evidence, ...]] = (
            pool.submit(build, work, self._world)
            if isinstance(work, BuildWork)
            else pool.submit(measure, work, self._world)
        )
        self._running[future] = (step, work)

    def _take_turn(self) -> None:
        """Wait for workers, then commit what they made in one batch and let what follows become ready."""
        if not self._running:
            return
        done, _ = wait(self._running, timeout=_TURN_S, return_when=FIRST_COMPLETED)
        turn = _Turn()
        for future in done:
            step, work = self._running.pop(future)
            self._collect(future, step, work, turn)
        self._commit(turn)

    def _collect(
        self, future: Future[Built | tuple[Evidence, ...]], step: Step, work: BuildWork | TestWork, turn: _Turn
    ) -> None:
        try:
            result = future.result()
        except MeshwrightError as error:
            turn.failed.append((step, error))
        except Exception as error:  # noqa: BLE001  the border of a worker: the whole is kept in the run's log
            self._journal.log("error", step.key, "".join(traceback.format_exception(error)))
            turn.failed.append((step, _unexpected(step, error)))
        else:
            if isinstance(result, Built):
                turn.built.append((step, result))
            else:
                assert isinstance(work, TestWork)
                turn.measured.append((step, work, result))

    def _commit(self, turn: _Turn) -> None:
        if turn.built:
            versions = tuple(built.version for _, built in turn.built)
            triggers = tuple(built.trigger for _, built in turn.built if built.trigger is not None)
            standing = self._world.writer.commit_versions(versions, triggers)
            for step, built in turn.built:
                winner = standing[built.version.id]
                if winner.files != built.version.files:
                    self._drop_files(built)
                self.board.known[winner.id] = winner
                self.board.bound[winner.dataset] = winner
                self._end(step, action=StepAction.BUILD, attempts=built.attempts)
        if turn.measured:
            self._world.writer.record_evidence(tuple(one for _, _, evidence in turn.measured for one in evidence))
            for step, work, evidence in turn.measured:
                self.board.evidence.update({(one.version, one.check, one.others): one for one in evidence})
                self._end_tested(step, work.checks)
        for step, error in turn.failed:
            self._end_failed(step, error)

    def _drop_files(self, built: Built) -> None:
        """Another build of the same version committed first: ours is not needed."""
        files = built.version.files
        self._world.store.discard((self._world.store.absolute(file), file.rows) for file in files)

    def _end_bound(self, step: Step, bound: Bound) -> None:
        """End a step that needed no worker: its version, or all its evidence, was there."""
        if step.kind is StepKind.NODE:
            assert bound.version is not None
            self.board.bound[bound.version.dataset] = bound.version
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
            outcome = test_outcome(spec, evidence, is_recorded=is_recorded or id(spec) not in fresh)
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
        self._end(step, action=StepAction.BLOCKED, state=state, error=error, tests=outcomes)

    def _recorded_stops(self, step: Step) -> tuple[TestOutcome, ...]:
        """Report again what stopped a step in an earlier run; each rule once in a run."""
        told = {(outcome.version, outcome.id) for outcome in self.board.tests}
        outcomes = tuple(
            outcome for outcome in recorded_stops(step, self.board) if (outcome.version, outcome.id) not in told
        )
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
        self._end(
            step,
            action=_action_as_bound(step),
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
        version = self.board.bound.get(step.dataset) if step.dataset else None
        started = self._started_at.get(step.key, self._world.clock())
        report = StepReport(
            key=step.key,
            dataset=step.dataset,
            action=action,
            state=state,
            version=version.id if version else step.version,
            rows=version.rows if version else None,
            seconds=self._world.clock() - started,
            attempts=attempts,
            error=error,
            is_retryable=is_retryable,
        )
        self.board.ended[step.key] = report
        self._journal.step(report)
        self._listener(StepEnded(report=report, tests=tests))
        for follower in self._followers.get(step.key, ()):
            self._waiting[follower.key] -= 1
            if self._waiting[follower.key] == 0:
                self._ready.append(follower)

    def _end_rest(self) -> None:
        """Mark what never started when the run was stopped."""
        error = Diagnostic(code="MW-R006", message="interrupted before it started")
        for step in self.board.plan.steps:
            if step.key not in self.board.ended:
                report = StepReport(
                    key=step.key,
                    dataset=step.dataset,
                    action=_action_as_bound(step),
                    state=StepState.INTERRUPTED,
                    version=step.version,
                    error=error,
                )
                self.board.ended[step.key] = report
                self._journal.step(report)


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

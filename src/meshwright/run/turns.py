"""Whose turn it is: limits on what runs at once, what is tried again after a while, and what hinders a step."""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable

from meshwright.diagnostics import Diagnostic, InputError, InterruptedRun, MeshwrightError, RefusedError
from meshwright.model import Node
from meshwright.model.outside import RunIf
from meshwright.plan.values import Step, StepKind
from meshwright.run.board import Board
from meshwright.run.limits import Limit, LimitKind, Places, limits_of
from meshwright.run.report import StepReport, StepState

#: The longest pause before another attempt.
_LONGEST_S = 3600.0
_GOOD = frozenset({StepState.SUCCEEDED})


def hindrance_of(step: Step, node: Node | None, board: Board) -> StepReport | None:
    """Return the report of what keeps a step from its turn, blocked or skipped itself; None where nothing does.

    `node` is that of a node step. Whatever did not go well hinders, unless the node says with ``run_if`` that it does not mind.
    """
    run_if = node.run_if if node is not None else RunIf.SUCCESS
    if run_if is RunIf.ALWAYS:
        return None
    obstacle, skipped = board.obstacle(step), board.skipped_before(step)
    if run_if is RunIf.ANY:
        before = [board.ended[key] for key in step.after if key in board.ended]
        is_any_good = any(report.state in _GOOD and report.dataset is not None for report in before)
        return None if is_any_good or not before else obstacle or skipped
    return obstacle or skipped


class Turns:
    """Counts what runs against its limits, and keeps what waits. Used by the coordinator's thread alone."""

    def __init__(self, board: Board, clock: Callable[[], float]) -> None:
        self._board = board
        self._clock = clock
        self._places = Places()
        #: Steps that found a limit reached.
        self._held: dict[str, Step] = {}
        self._later: list[tuple[float, int, Step]] = []
        self._number = itertools.count()
        self._failed: dict[str, int] = defaultdict(int)

    def __bool__(self) -> bool:
        """Whether anything waits here."""
        return bool(self._later or self._held)

    def admit(self, step: Step) -> bool:
        """Count a step in and return True; or keep it, and return False, where a limit is reached."""
        limits = self._limits(step)
        if not limits or step.key in self._places:
            return True
        if self._places.admit(step.key, limits):
            return True
        self._held[step.key] = step
        return False

    def leave(self, step: Step) -> None:
        """Count a step out; those that wait for its place may ask again."""
        self._places.free(step.key)

    def admit_part(self, step: Step, at_work: int) -> bool:
        """Count in a part of a step of which `at_work` are made; the first has the step's own place on the engine."""
        return at_work == 0 or self._places.take_further(step.key, LimitKind.ENGINE)

    def leave_part(self, step: Step) -> None:
        """Count out a part of a step that goes on."""
        self._places.free_one(step.key, LimitKind.ENGINE)

    def due(self) -> list[Step]:
        """Return the steps whose turn has come: those that waited for a place have it now."""
        found = [self._held.pop(key) for key in self._places.seat()]
        now = self._clock()
        while self._later and self._later[0][0] <= now:
            found.append(heapq.heappop(self._later)[2])
        return found

    def pause_s(self, longest_s: float) -> float:
        """Return for how long nothing is due here, at most `longest_s`."""
        if self._places.may_seat:
            return 0.0
        return min(longest_s, max(0.0, self._later[0][0] - self._clock())) if self._later else longest_s

    def attempt(self, step: Step) -> int:
        """Return the number of the attempt that a step is at, from 1."""
        return self._failed.get(step.key, 0) + 1

    def wait_s(self, step: Step) -> float:
        """Return how long a step that failed waits before it is tried again."""
        node = self._board.desired.nodes[step.dataset or ""].node
        assert node.retry is not None
        return float(min(_LONGEST_S, node.retry.backoff_s * 2 ** (self._failed[step.key] - 1)))

    def try_again(self, step: Step, failure: MeshwrightError | Diagnostic) -> bool:
        """Keep a step that failed for another attempt, where its node asks for one and it may help; whether that is so."""
        if step.kind is not StepKind.NODE or step.dataset is None or not self._may_help(step.dataset, failure):
            return False
        retry = self._board.desired.nodes[step.dataset].node.retry
        if retry is None or self.attempt(step) >= retry.attempts:
            return False
        self._failed[step.key] += 1
        self.leave(step)
        heapq.heappush(self._later, (self._clock() + self.wait_s(step), next(self._number), step))
        return True

    def _may_help(self, node: str, failure: MeshwrightError | Diagnostic) -> bool:
        """Whether another attempt may go better: the world's failures may, and those of code that is not deterministic."""
        if isinstance(failure, Diagnostic | RefusedError | InterruptedRun):
            return False
        found = self._board.desired.nodes[node].node
        is_open_code = isinstance(failure, InputError) and found.python is not None and found.is_opaque
        return failure.retryable or is_open_code

    def _limits(self, step: Step) -> tuple[Limit, ...]:
        """Return the limits that a step counts against."""
        if step.kind is StepKind.PUBLISH or step.dataset is None or step.dataset not in self._board.desired.nodes:
            return ()
        node = self._board.desired.nodes[step.dataset].node
        return limits_of(self._board.desired.mesh, node, is_test=step.kind is not StepKind.NODE)

"""How far a step has come that builds a dataset in parts: which are waiting, which are at work, which are there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from meshwright.diagnostics import Diagnostic, MeshwrightError
from meshwright.model import Part
from meshwright.plan.values import Step
from meshwright.run.events import PartsBuilt
from meshwright.run.partsteps import PartsWork, PartWork


@dataclass(kw_only=True, slots=True)
class Progress:
    """The parts of one step."""

    step: Step
    work: PartsWork
    waiting: deque[PartWork] = field(default_factory=deque)
    #: Parts that a worker has.
    at_work: int = 0
    built: list[Part] = field(default_factory=list)
    #: The first thing that went wrong; no further part is begun then.
    failure: MeshwrightError | Diagnostic | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.at_work == 0 and (not self.waiting or self.failure is not None)

    @property
    def event(self) -> PartsBuilt:
        """How far it has come."""
        return PartsBuilt(key=self.step.key, done=len(self.built), total=len(self.work.works))

    def fail(self, failure: MeshwrightError | Diagnostic) -> None:
        """Note what went wrong."""
        self.failure = self.failure or failure
        self.waiting.clear()


class PartsQueue:
    """The steps that build in parts, in the order in which they began. Used by the coordinator's thread."""

    def __init__(self) -> None:
        self._open: dict[str, Progress] = {}

    def __bool__(self) -> bool:
        """Whether a part waits to be begun."""
        return any(progress.waiting for progress in self._open.values())

    def begin(self, step: Step, work: PartsWork) -> Progress:
        """Take up a step."""
        progress = self._open[step.key] = Progress(step=step, work=work, waiting=deque(work.works))
        return progress

    def take(self, admits: Callable[[Step, int], bool]) -> tuple[Step, PartWork] | None:
        """Take the next part that waits and is admitted, given its step and how many of it are at work; None where none is."""
        for progress in self._open.values():
            if progress.waiting and admits(progress.step, progress.at_work):
                progress.at_work += 1
                return progress.step, progress.waiting.popleft()
        return None

    def put_back(self, step: Step, work: PartWork) -> None:
        """Give back a part that was taken and not begun."""
        progress = self._open[step.key]
        progress.at_work -= 1
        progress.waiting.appendleft(work)

    def of(self, step: Step) -> Progress:
        """Return a step's progress."""
        return self._open[step.key]

    def find(self, step: Step) -> Progress | None:
        """Return the progress of a step that has not ended; None where it builds nothing in parts."""
        return self._open.get(step.key)

    def ended(self) -> list[Progress]:
        """Take out the steps of which nothing more will come."""
        over = [progress for progress in self._open.values() if progress.is_over]
        for progress in over:
            del self._open[progress.step.key]
        return over

"""The state of a run as its events tell it, folded into one place that both progress displays read.

No clock and no terminal: times come in, so that every picture can be tested.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from meshwright.app.values import (
    Event,
    PartsBuilt,
    ProductNotPublished,
    ProductPublished,
    RunStarted,
    StepEnded,
    StepStarted,
    StepState,
    TestOutcome,
)
from meshwright.model import domain_of, product_of
from meshwright.plan.values import Step, StepAction

_SETTLED = {StepState.SUCCEEDED, StepState.FAILED, StepState.BLOCKED, StepState.SKIPPED, StepState.INTERRUPTED}
_FEW_PARTS = 2
#: Worst first: what a dataset with several steps shows.
_WEIGHT = (StepState.FAILED, StepState.BLOCKED, StepState.INTERRUPTED, StepState.RUNNING)


@dataclass(slots=True)
class StepProgress:
    """One step as far as it is known."""

    step: Step
    state: StepState = StepState.WAITING
    action: StepAction | None = None
    #: When it began, on the display's clock.
    began: float | None = None
    seconds: float = 0.0
    rows: int | None = None
    #: Of a step that builds parts: those that are there, and all that it builds.
    parts_done: int = 0
    parts_total: int = 0
    #: Verdict -> number of rules.
    verdicts: dict[str, int] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether it has ended."""
        return self.state in _SETTLED


@dataclass(slots=True)
class Progress:
    """A run so far. Groups are made once, from the plan: events come by the thousand."""

    run_id: str = ""
    environment: str = ""
    #: Steps with work, in the plan's order; reused ones are only counted.
    steps: dict[str, StepProgress] = field(default_factory=dict)
    #: The same by dataset, without publications.
    datasets: dict[str, list[StepProgress]] = field(default_factory=dict)
    #: Domain -> product -> datasets with work, in the plan's order.
    domains: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    reused: int = 0
    #: Steps that have ended, and those of them that failed.
    done: int = 0
    failed: int = 0
    #: Product -> generation.
    published: dict[str, int] = field(default_factory=dict)
    #: Product -> reason.
    refused: dict[str, str] = field(default_factory=dict)

    def take(self, event: Event, now: float) -> None:
        """Fold one event in."""
        match event:
            case RunStarted():
                self._start(event)
            case StepStarted():
                if event.key in self.steps:
                    step = self.steps[event.key]
                    step.state, step.began = StepState.RUNNING, now
            case PartsBuilt():
                if event.key in self.steps:
                    step = self.steps[event.key]
                    step.parts_done, step.parts_total = event.done, event.total
            case StepEnded():
                self._end(event)
            case ProductPublished():
                self.published[event.product] = event.generation
            case ProductNotPublished():
                self.refused[event.refusal.product] = event.refusal.reason

    def _start(self, event: RunStarted) -> None:
        """Begin, or begin again where the run plans anew because others published what it read."""
        self.run_id, self.environment = event.run_id, event.plan.environment
        self.steps, self.datasets, self.domains = {}, {}, {}
        self.reused = self.done = self.failed = 0
        self.refused = {}
        for step in event.plan.steps:
            if step.action is StepAction.REUSE:
                self.reused += 1
                continue
            self.steps[step.key] = progress = StepProgress(step=step)
            if step.dataset is not None:
                if step.dataset not in self.datasets:
                    self.datasets[step.dataset] = []
                    self._product(product_of(step.dataset)).append(step.dataset)
                self.datasets[step.dataset].append(progress)
            for product in step.products:
                self._product(product)

    def _product(self, product: str) -> list[str]:
        return self.domains.setdefault(domain_of(product), {}).setdefault(product, [])

    def _end(self, event: StepEnded) -> None:
        step = self.steps.get(event.report.key)
        if step is None:
            return
        self.done += not step.is_settled
        self.failed += event.report.state is StepState.FAILED and step.state is not StepState.FAILED
        step.state, step.action = event.report.state, event.report.action
        step.seconds, step.rows = event.report.seconds, event.report.rows
        for test in event.tests:
            step.verdicts[test.verdict] = step.verdicts.get(test.verdict, 0) + 1


def parts_words(step: StepProgress) -> str:
    """``120/365`` while a step builds many parts; nothing for one or two, which are there at once."""
    return f"{step.parts_done}/{step.parts_total}" if step.parts_total > _FEW_PARTS else ""


def dataset_state(steps: list[StepProgress]) -> StepState:
    """What a dataset shows for its steps: the worst of them; waiting until all of them are done."""
    states = {step.state for step in steps}
    for state in _WEIGHT:
        if state in states:
            return state
    return StepState.SUCCEEDED if all(step.is_settled for step in steps) else StepState.WAITING


def verdict_words(verdicts: dict[str, int]) -> str:
    """``12 tests``, ``12 tests, 1 stop, 2 warn``."""
    total = sum(verdicts.values())
    if not total:
        return ""
    bad = [f"{verdicts[word]} {word}" for word in ("stop", "error", "warn", "log") if verdicts.get(word)]
    return ", ".join([f"{total} test{'s' if total != 1 else ''}", *bad])


def has_stop(tests: tuple[TestOutcome, ...]) -> bool:
    """Whether a rule stopped or could not be measured."""
    return any(test.verdict in {"stop", "error"} for test in tests)

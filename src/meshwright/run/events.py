"""What a run tells while it goes on. Listeners must be quick and must not raise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from meshwright.frozen import dataclass
from meshwright.plan.values import Plan
from meshwright.run.report import NotPublished, StepReport, TestOutcome


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStarted:
    """The plan is made and recorded; steps follow."""

    run_id: str
    plan: Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class StepStarted:
    """A step began on a worker."""

    key: str
    attempt: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StepBegun:
    """A step is at work since a while. Not told of steps that ended before it could be."""

    key: str
    #: When a worker began, aware UTC: what was handed out to it had to wait.
    at: dt.datetime
    #: Dataset -> version of what it reads.
    inputs: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class PartsBuilt:
    """Parts of a step became durable: told once for all that a turn committed, and once when the step begins."""

    key: str
    #: Parts that are there of those that the step builds.
    done: int
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StepEnded:
    """A step ended, in whatever state; test steps bring their outcomes."""

    report: StepReport
    tests: tuple[TestOutcome, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductPublished:
    """A product became visible in a new generation."""

    product: str
    generation: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductNotPublished:
    """A product stays as it was."""

    refusal: NotPublished


Event = RunStarted | StepStarted | StepBegun | PartsBuilt | StepEnded | ProductPublished | ProductNotPublished


class Listener(Protocol):
    """Takes events, from the coordinator's thread only."""

    def __call__(self, event: Event, /) -> None:
        """Take one event."""
        ...


def no_listener(_event: Event) -> None:
    """Listen to nothing."""

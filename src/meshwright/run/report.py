"""What a run did, as values: its steps, tests and publications. `app` returns them, faces print them."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.model import Scalar, VersionClass
from meshwright.plan.values import StepAction
from meshwright.run.costs import NO_COSTS, RunCosts
from meshwright.state.records import InnerStepRecord, RunState


class StepState(enum.StrEnum):
    """How far a step is."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True, slots=True)
class PartsReport:
    """What a step made of a dataset that is built in parts, as bound."""

    version_class: VersionClass
    #: Intervals of the parts that the version lists anew, compactly: (first moment, moment after the last), aware UTC;
    #: none where parts are appended.
    build: tuple[tuple[dt.datetime, dt.datetime], ...] = ()
    #: Parts that this run was to build; fewer are there where it failed.
    planned: int = 0
    #: Parts that it built; those that are listed anew and were there already; that stay as they stood; that are gone.
    built: int = 0
    reused: int = 0
    kept: int = 0
    dropped: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class StepReport:
    """One step as bound: what was done. `action` is never pending."""

    key: str
    #: None for publish steps.
    dataset: str | None
    action: StepAction
    state: StepState
    version: str | None = None
    #: Rows of the version; on every build.
    rows: int | None = None
    seconds: float = 0.0
    attempts: int = 0
    #: Why it failed or was blocked.
    error: Diagnostic | None = None
    #: Whether `error` is the world's (disk, memory, an engine's resources), so that a retry can help.
    is_retryable: bool = False
    #: Whether a test inside of a tool said no.
    is_refused: bool = False
    #: Node steps of datasets that are built in parts, by merging into what stands too.
    parts: PartsReport | None = None
    #: When it began and ended, aware UTC; None where it never began.
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    #: Dataset -> version of what it read, as bound.
    inputs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Unit -> amount, as measured (`run.meter`).
    costs: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    #: Steps of the tool's own graph, where the step is a job outside.
    inner: tuple[InnerStepRecord, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Supplier:
    """Where what a broken rule found can come from: a dataset of another product, or a source."""

    product: str
    #: Of the product's domain.
    owners: tuple[str, ...]
    dataset: str
    #: Those of its columns that the rule's columns are made from, where that is known.
    columns: tuple[str, ...] = ()
    #: Where a source reads from, in words; None for a dataset that is built.
    source: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """Whom a dataset would have reached."""

    #: Address of a product, or the name of a declared consumer.
    name: str
    #: ``product``, or what a consumer is: ``dashboard``, ``report``, ``model``, ``application``.
    kind: str
    owners: tuple[str, ...]
    #: The port that a consumer uses; None for a product.
    port: str | None
    #: The product's own datasets that are built from it; of a consumer, those that it uses.
    datasets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TestOutcome:
    """One rule's answer on one version."""

    #: Keeps pytest from taking the class for a test case.
    __test__ = False

    id: str
    dataset: str
    #: ``log``, ``warn`` or ``stop``: what the rule does when it fails.
    action: str
    #: ``pass``, ``log``, ``warn``, ``stop`` or ``error``.
    verdict: str
    value: Scalar
    #: ODCS operator, for example ``mustBeGreaterThan``.
    operator: str
    #: The bound as written; a pair for the "between" operators.
    bound: Scalar | tuple[Scalar, ...]
    #: What was demanded in words, for example ``must be greater than 300000``.
    demand: str
    #: What was found in words, with the rule: ``required on `carrier`: 12 rows``.
    finding: str
    failing_rows: int | None
    #: The rule in words, for messages.
    words: str
    version: str
    sample: tuple[Mapping[str, object], ...] = ()
    error: str | None = None
    seconds: float = 0.0
    #: What was measured (`checks.spec.Metric`), and on which columns; empty in records of earlier releases.
    metric: str = ""
    columns: tuple[str, ...] = ()
    #: Whether the verdict was recorded by an earlier run and is reported again.
    is_recorded: bool = False
    #: Of a rule that is not kept: who supplies its dataset, and whom that would have reached.
    suppliers: tuple[Supplier, ...] = ()
    consumers: tuple[Reached, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NotPublished:
    """A product whose pointers stayed as they were."""

    product: str
    reason: str
    #: ``dataset: rule id`` of the test that stopped it, where a test did.
    blocking_test: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunReport:
    """A run's document."""

    run_id: str
    state: RunState
    environment: str
    #: Newest generation of the environment when the run ended.
    generation: int
    steps: tuple[StepReport, ...]
    tests: tuple[TestOutcome, ...]
    published: tuple[str, ...]
    not_published: tuple[NotPublished, ...]
    seconds: float
    #: Findings to show beside the result, for example a weak observation.
    notes: tuple[str, ...] = ()
    #: What its products cost, and what it cost beside its steps.
    costs: RunCosts = field(default_factory=lambda: NO_COSTS)
    #: What ended the run from outside its steps (the lease or the state was lost); whether a retry can help.
    error: Diagnostic | None = None
    is_retryable: bool = False

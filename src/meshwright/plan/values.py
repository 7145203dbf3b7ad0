"""The values of planning: what is desired, what was observed, and the plan between them.

Files give `Desired`, sources and state give `Observed`; `plan.builder` turns both into a `Plan` without
touching the world. `run` executes the plan, `faces` print it.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from meshwright.checks.spec import CheckSpec, Evidence, EvidenceKey
from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.graph.dag import Graph
from meshwright.graph.lineage import ColumnLineage
from meshwright.model import Columns, Mesh, Node, Scalar, Sight, SourceObservation, Veil, Version, VersionClass
from meshwright.plan.compatibility import Level, ObjectChange, greatest

if TYPE_CHECKING:
    from meshwright.plan.impact import Impact
    from meshwright.plan.interval_plans import IntervalPlan
    from meshwright.plan.movable import ComponentMove


@dataclass(frozen=True, kw_only=True, slots=True)
class DesiredNode:
    """A node with everything its version's id is made of, but its inputs' identities."""

    node: Node
    #: Meaning of the node: of its SQL, or of how its source is read.
    fingerprint: str
    #: Text that the fingerprint stands for, remembered with the version.
    definition: str
    #: Parameters that the node reads, resolved.
    params: Mapping[str, Scalar]
    #: `Engine.identity`.
    engine: str
    #: Declared types of those parameters: a date and a text of the same letters are not the same.
    param_types: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Parameters that its condition asks for, resolved.
    asked_params: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    #: Gate rules of the dataset, in a stable order.
    checks: tuple[CheckSpec, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DesiredPort:
    """A port as it should stand."""

    address: str
    product: str
    datasets: tuple[str, ...]
    #: Identity of the contract's content.
    revision: str
    #: Canonical JSON: ``{contract: {...}, rules: {check id: fingerprint}}``.
    document: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Desired:
    """Where the environment should get to."""

    mesh: Mesh
    graph: Graph
    nodes: Mapping[str, DesiredNode]
    ports: Mapping[str, DesiredPort]
    #: Product address -> digest of its resolved files.
    code: Mapping[str, str]
    #: Datasets that this plan may build and publish; the others are read as published.
    scope: frozenset[str]
    #: Products all of whose datasets are in scope (their ports, and what was dropped, are settled too); removed
    #: products are named here as well when the whole mesh is in scope.
    whole_products: frozenset[str]
    #: Which columns of which dataset each dataset is made from, as far as it is known.
    lineage: ColumnLineage
    #: Dataset -> columns that it will have; one whose columns only a build tells is absent.
    columns: Mapping[str, Columns] = field(default_factory=lambda: MappingProxyType({}))
    #: Opaque datasets that are asked to run again, whatever came of them before.
    refreshed: frozenset[str] = frozenset()
    #: Dataset in scope -> version that it gets as it is, for example that of a sandbox which is promoted.
    given: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Whether all products are published in one generation.
    is_together: bool = False
    #: What a sandbox hides; None where it hides nothing, and in every other environment.
    veil: Veil | None = None
    #: Dataset that is built by interval -> moments [start, end), aware UTC, whose intervals are built again.
    asked: Mapping[str, tuple[dt.datetime, dt.datetime]] = field(default_factory=lambda: MappingProxyType({}))
    #: Whether a dataset may get a version without intervals that stand: in sandboxes.
    may_lack_intervals: bool = False
    #: The environment that is planned for: effects outside happen once in each.
    environment: str = "prod"
    #: Nodes that a sandbox leaves out.
    skipped: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """What made the version that stands: for the reasons of a rebuild."""

    fingerprint: str
    observation: str
    observed: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """The world before the plan, as values."""

    environment: str
    generation: int
    #: What a sandbox lies over, None for other environments.
    base: str | None = None
    #: Dataset -> version id that the environment points to.
    datasets: Mapping[str, str]
    #: Port address -> contract revision.
    ports: Mapping[str, str]
    #: Product -> product revision.
    products: Mapping[str, str]
    #: Port revision -> its document (JSON), for those that stand and differ from the desired one, or whose port is gone.
    port_documents: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Version id -> version: every one pointed to, and every one of the resolved ids that exists.
    versions: Mapping[str, Version] = field(default_factory=lambda: MappingProxyType({}))
    sources: Mapping[str, SourceObservation] = field(default_factory=lambda: MappingProxyType({}))
    #: Trigger key -> version id that came of it.
    triggers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Dataset -> what made its newest version (opaque nodes).
    traces: Mapping[str, Trace] = field(default_factory=lambda: MappingProxyType({}))
    evidence: Mapping[EvidenceKey, Evidence] = field(default_factory=lambda: MappingProxyType({}))
    #: Node that yields no dataset -> the newest version of it, which tells what came of it last.
    jobs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Dataset -> parameter of its published version that a run was given by hand -> that run.
    given: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    #: Dataset -> the jobs of outside tools that read it, by what people call them.
    outside: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def standing(self) -> Mapping[str, str]:
        """What nodes out of scope are read at: the published versions of datasets, the newest ones of other nodes."""
        return ChainMap(self.datasets, self.jobs) if self.jobs else self.datasets  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """The identities that a plan knows before anything runs."""

    #: Dataset in scope -> version id; None where it is known only after a build.
    versions: Mapping[str, str | None]
    #: Opaque dataset in scope -> trigger key; absent where an input is not known yet.
    triggers: Mapping[str, str]
    #: Trigger keys that were not among the triggers given and should be looked up before resolving again.
    unknown_triggers: frozenset[str]
    #: Dataset in scope that is built from less than everything -> what it sees of its inputs, where that is not all.
    restricted: Mapping[str, Mapping[str, Sight]] = field(default_factory=lambda: MappingProxyType({}))
    #: Dataset that is built by interval -> which parts its next version is made of, where that is known.
    intervals: Mapping[str, IntervalPlan] = field(default_factory=lambda: MappingProxyType({}))
    #: Dataset that is built in parts -> why it cannot be.
    problems: Mapping[str, Diagnostic] = field(default_factory=lambda: MappingProxyType({}))


class StepAction(enum.StrEnum):
    """What a step does."""

    BUILD = "build"
    REUSE = "reuse"
    #: Known only after an opaque node has run: then built or reused.
    PENDING = "pending"
    BLOCKED = "blocked"
    TEST = "test"
    PUBLISH = "publish"
    #: A node that yields no dataset runs.
    TOOL = "tool"
    #: Left out: by a condition, or by what a sandbox leaves out.
    SKIP = "skip"


class StepKind(enum.StrEnum):
    """What a step is about."""

    NODE = "node"
    TEST = "test"
    PUBLISH = "publish"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of a plan."""

    #: ``build:<dataset>``, ``test:<dataset>``, ``late-test:<dataset>`` or ``publish:<product>``.
    key: str
    kind: StepKind
    action: StepAction
    #: The dataset of a node or test step.
    dataset: str | None = None
    #: The products that a publish step moves together: one, or those on a reference cycle.
    products: tuple[str, ...] = ()
    #: Version that will stand or is tested; None while unknown.
    version: str | None = None
    #: In words, most important first.
    reasons: tuple[str, ...] = ()
    #: Keys of steps that must have ended before this one starts. Steps are listed in an order that respects it.
    after: tuple[str, ...] = ()
    #: Node steps: input dataset -> version id, None where a step of this plan finds it out.
    inputs: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))
    #: Test steps: rules without evidence. A pending dataset carries all its rules.
    checks: tuple[CheckSpec, ...] = ()
    #: Blocked steps: the recorded evidence, or the diagnostic, that blocks; words for people are in `reasons`.
    blocked_by: tuple[Evidence, ...] = ()
    problem: Diagnostic | None = None
    #: Node steps of datasets that are built in parts.
    parts: StepParts | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StepParts:
    """What a step makes of a dataset that is built in parts, as far as it is known."""

    version_class: VersionClass
    #: Intervals that are planned, compactly: (first moment, moment after the last), aware UTC; none for appended parts.
    build: tuple[tuple[dt.datetime, dt.datetime], ...] = ()
    #: How many parts are planned, are kept as they stand, and are gone.
    built: int = 0
    kept: int = 0
    dropped: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Affected:
    """A product, outside what changes itself or with declared consumers, that will see a change."""

    domain: str
    product: str
    #: Names of declared consumers of its ports.
    consumers: tuple[str, ...] = ()
    #: Columns it reads of what changes, ``domain.product.dataset.column``.
    columns: tuple[str, ...] = ()
    #: Jobs of outside tools that read what changes of it.
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The ordered steps that take an environment from observed to desired."""

    environment: str
    #: Generation that the plan was made against.
    generation: int
    steps: tuple[Step, ...]
    affected: tuple[Affected, ...] = ()
    #: Datasets and ports that promise something else than is published, the greatest level first.
    changes: tuple[ObjectChange, ...] = ()
    #: What breaks of published ports, by address, with the live consumers that use it.
    impacts: tuple[Impact, ...] = ()
    #: Uses of components that could move to a newer version.
    moves: tuple[ComponentMove, ...] = ()
    #: Things worth knowing that stop nothing, for example a weak observation.
    notes: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        """How much the plan asks of those who use what is published: the greatest level of its changes."""
        return greatest(change.level for change in self.changes)

    @property
    def counts(self) -> Mapping[str, int]:
        """Number of steps by action; every action is there."""
        found = dict.fromkeys((action.value for action in StepAction), 0)
        for step in self.steps:
            found[step.action.value] += 1
        return MappingProxyType(found)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do: everything is reused, or left out, and nothing is blocked."""
        return all(step.action in {StepAction.REUSE, StepAction.SKIP} for step in self.steps)

"""Where a run stands: what is bound, what ended, what is published. Written by the coordinator's thread alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from meshwright.checks.spec import CheckSpec, Evidence, EvidenceKey, others_identity
from meshwright.model import Version
from meshwright.plan.moves import Standing
from meshwright.plan.nodes import node_key
from meshwright.plan.values import Desired, Observed, Plan, Step
from meshwright.run.report import NotPublished, StepReport, StepState, TestOutcome
from meshwright.state.protocol import Reader

_STOPPED_STATES = frozenset({StepState.FAILED, StepState.BLOCKED, StepState.INTERRUPTED})


@dataclass(kw_only=True, slots=True)
class Board:
    """The mutable state of one execution of a plan."""

    plan: Plan
    desired: Desired
    observed: Observed
    reader: Reader
    #: Pointers of the environment as this run knows them: as observed, then with its own publications.
    datasets: dict[str, str]
    ports: dict[str, str]
    products: dict[str, str]
    #: Dataset in scope -> the version it is bound to.
    bound: dict[str, Version] = field(default_factory=dict)
    #: Version id -> version, everything seen.
    known: dict[str, Version] = field(default_factory=dict)
    evidence: dict[EvidenceKey, Evidence] = field(default_factory=dict)
    ended: dict[str, StepReport] = field(default_factory=dict)
    tests: list[TestOutcome] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    not_published: list[NotPublished] = field(default_factory=list)
    #: Products whose publication others overtook: worth planning again.
    overtaken: list[str] = field(default_factory=list)
    generation: int = 0

    @property
    def standing(self) -> Standing:
        """The pointers as this run knows them."""
        return Standing(datasets=self.datasets, ports=self.ports, products=self.products)

    def version_of(self, dataset: str) -> Version | None:
        """Return what `dataset` will be when the run is over; None while that is open, or where there is nothing.

        In scope it is what the dataset is bound to, or what stands published where its node is blocked.
        """
        if dataset in self.bound:
            return self.bound[dataset]
        if dataset in self.desired.scope and not self._is_blocked(dataset):
            return None
        published = self.datasets.get(dataset)
        return self.version(published) if published else None

    def _is_blocked(self, dataset: str) -> bool:
        report = self.ended.get(node_key(dataset))
        return report is not None and report.state in _STOPPED_STATES

    def version(self, version_id: str) -> Version | None:
        """Return a version by id, from what is known or from the state."""
        if version_id not in self.known:
            self.known.update(self.reader.versions([version_id]))
        return self.known.get(version_id)

    def inputs_of(self, dataset: str) -> dict[str, Version]:
        """Return what a dataset's node reads, each at the version it is bound to; what is not known is left out."""
        found = {read: self.version_of(read) for read in self.desired.nodes[dataset].node.reads}
        return {read: version for read, version in found.items() if version is not None}

    def evidence_key(self, spec: CheckSpec) -> EvidenceKey | None:
        """Return the key under which a rule's evidence on the bound version is recorded; None while not all is bound."""
        version = self.version_of(spec.dataset)
        others = {dataset: self.version_of(dataset) for dataset in spec.reads}
        if version is None or any(other is None for other in others.values()):
            return None
        read = {dataset: other.id for dataset, other in others.items() if other is not None}
        return (version.id, spec.fingerprint, others_identity(read))

    def evidence_for(self, specs: Sequence[CheckSpec]) -> tuple[Evidence | None, ...]:
        """Return the evidence there is for each rule on the bound versions: remembered, else from the state in one query."""
        keys = [self.evidence_key(spec) for spec in specs]
        missing = {key for key in keys if key is not None and key not in self.evidence}
        if missing:
            self.evidence.update(self.reader.evidence(missing))
        return tuple(self.evidence.get(key) if key is not None else None for key in keys)

    def obstacle(self, step: Step) -> StepReport | None:
        """Return the report of the first step that `step` waits for and that did not end well; None where all did."""
        for key in step.after:
            report = self.ended.get(key)
            if report is not None and report.state in _STOPPED_STATES:
                return report
        return None


def new_board(plan: Plan, desired: Desired, observed: Observed, reader: Reader) -> Board:
    """Set up the board of a run that starts from what was observed."""
    return Board(
        plan=plan,
        desired=desired,
        observed=observed,
        reader=reader,
        datasets=dict(observed.datasets),
        ports=dict(observed.ports),
        products=dict(observed.products),
        known=dict(observed.versions),
        evidence=dict(observed.evidence),
        generation=observed.generation,
    )

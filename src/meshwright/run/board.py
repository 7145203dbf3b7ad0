"""Where a run stands: what is bound, what ended, what is published. Written by the coordinator's thread alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from meshwright.checks.spec import CheckSpec, Evidence, EvidenceKey, others_identity
from meshwright.model import Scalar, Version, product_of
from meshwright.plan.moves import Standing
from meshwright.plan.nodes import node_key
from meshwright.plan.values import Desired, Observed, Plan, Step, StepAction, StepKind
from meshwright.run.relations import bound_versions
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
    #: Product -> where the steps of its datasets stand in the plan.
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)
    #: Dataset in scope -> the version it is bound to.
    bound: dict[str, Version] = field(default_factory=dict)
    #: Version id -> version, everything seen.
    known: dict[str, Version] = field(default_factory=dict)
    evidence: dict[EvidenceKey, Evidence] = field(default_factory=dict)
    #: Version ids that garbage collection leaves to this run: see `run.holding`.
    held: set[str] = field(default_factory=set)
    #: Version ids and evidence keys that the state was asked for and did not have.
    absent: set[str | EvidenceKey] = field(default_factory=set)
    ended: dict[str, StepReport] = field(default_factory=dict)
    tests: list[TestOutcome] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    not_published: list[NotPublished] = field(default_factory=list)
    #: Products whose publication others overtook: worth planning again.
    overtaken: list[str] = field(default_factory=list)
    #: What the report of the run tells besides.
    notes: list[str] = field(default_factory=list)
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
        published = self.datasets.get(dataset) or self.observed.jobs.get(dataset)
        return self.version(published) if published else None

    def _is_blocked(self, dataset: str) -> bool:
        """Whether the dataset stays as it is published: its node did not go well, or was left out."""
        report = self.ended.get(node_key(dataset))
        return report is not None and (report.state in _STOPPED_STATES or report.state is StepState.SKIPPED)

    def is_left_out(self, node: str) -> bool:
        """Whether a node was skipped, by its condition or because of one before it."""
        report = self.ended.get(node_key(node))
        return report is not None and report.state is StepState.SKIPPED

    def skipped_before(self, step: Step) -> StepReport | None:
        """Return the report of the first node step that `step` waits for and that was skipped; None where none was."""
        for key in step.after:
            report = self.ended.get(key)
            if report is not None and report.state is StepState.SKIPPED and report.dataset is not None:
                return report
        return None

    def version(self, version_id: str) -> Version | None:
        """Return a version by id, from what is known or from the state."""
        self.look_up({version_id}, ())
        return self.known.get(version_id)

    def look_up(self, versions: Collection[str], evidence: Collection[EvidenceKey]) -> None:
        """Ask the state for what is not known yet, once; what it does not have is remembered as absent."""
        unknown = {id_ for id_ in versions if id_ not in self.known and id_ not in self.absent}
        if unknown:
            self.known.update(self.reader.versions(unknown))
            # Not `unknown - self.known.keys()`, which goes through all that is known.
            self.absent |= {id_ for id_ in unknown if id_ not in self.known}
        unjudged = {key for key in evidence if key not in self.evidence and key not in self.absent}
        if unjudged:
            self.evidence.update(self.reader.evidence(unjudged))
            self.absent |= {key for key in unjudged if key not in self.evidence}

    def inputs_of(self, dataset: str) -> dict[str, Version]:
        """Return what a dataset's node reads, each at the version it is bound to; what is not known is left out."""
        found = {read: self.version_of(read) for read in self.desired.nodes[dataset].node.reads}
        return {read: version for read, version in found.items() if version is not None}

    def bound_beneath(self, versions: Iterable[Version]) -> dict[str, Version]:
        """Return what the views among `versions` stand on, by version id; those that are not recorded are left out."""
        return bound_versions(versions, self._versions)

    def _versions(self, ids: Collection[str]) -> dict[str, Version]:
        missing = [id_ for id_ in ids if id_ not in self.known]
        if missing:
            self.known.update(self.reader.versions(missing))
        return {id_: self.known[id_] for id_ in ids if id_ in self.known}

    def evidence_key(self, spec: CheckSpec) -> EvidenceKey | None:
        """Return the key under which a rule's evidence on the bound version is recorded; None while not all is bound."""
        version = self.version_of(spec.dataset)
        others = {dataset: self.version_of(dataset) for dataset in spec.reads}
        if version is None or any(other is None for other in others.values()):
            return None
        read = {dataset: other.id for dataset, other in others.items() if other is not None}
        return (version.id, spec.fingerprint, others_identity(read))

    def evidence_for(self, specs: Sequence[CheckSpec]) -> tuple[Evidence | None, ...]:
        """Return the evidence there is for each rule on the bound versions: remembered, else asked for in one query."""
        keys = [self.evidence_key(spec) for spec in specs]
        self.look_up((), [key for key in keys if key is not None])
        return tuple(self.evidence.get(key) if key is not None else None for key in keys)

    def is_as_it_stands(self, step: Step) -> bool:
        """Whether a node step leaves its dataset as it is published: nothing that happens above it can hold it up."""
        return (
            step.kind is StepKind.NODE
            and step.action is StepAction.REUSE
            and step.version == self.observed.datasets.get(step.dataset or "")
        )

    def param(self, node: str, name: str) -> Scalar:
        """Return the value of a parameter that holds for a node."""
        return self.desired.nodes[node].asked_params.get(name)

    def obstacle(self, step: Step) -> StepReport | None:
        """Return the report of the first step that `step` waits for and that did not end well; None where all did."""
        for key in step.after:
            report = self.ended.get(key)
            if report is not None and report.state in _STOPPED_STATES:
                return report
        return None


def new_board(plan: Plan, desired: Desired, observed: Observed, reader: Reader) -> Board:
    """Set up the board of a run that starts from what was observed."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, step in enumerate(plan.steps):
        if step.dataset is not None:
            places[product_of(step.dataset)].append(place)
    return Board(
        plan=plan,
        desired=desired,
        observed=observed,
        reader=reader,
        datasets=dict(observed.datasets),
        ports=dict(observed.ports),
        products=dict(observed.products),
        places=places,
        known=dict(observed.versions),
        evidence=dict(observed.evidence),
        generation=observed.generation,
    )

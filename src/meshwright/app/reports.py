"""What the verbs answer, as values that faces render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from meshwright.app.resolved import ResolvedNode, ResolvedParameter
from meshwright.checks.refusals import refusals
from meshwright.diagnostics import Diagnostic, Severity, has_errors
from meshwright.frozen import dataclass
from meshwright.graph.lineage import Influence
from meshwright.model import ComponentOrigin, PortRead, Version
from meshwright.model.outside import JobOutcome
from meshwright.model.requests import RequestedRun
from meshwright.run.costs import NO_COSTS, RunCosts
from meshwright.run.report import TestOutcome
from meshwright.state.records import InnerStepRecord, LogLine, RunRecord, StepRecord

if TYPE_CHECKING:
    from meshwright.app.outside_told import OutsideNeighbours
    from meshwright.app.outside_told_map import OutsideNode, OutsideWork


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckReport:
    """Answer of `check` and `contract lint`."""

    diagnostics: tuple[Diagnostic, ...]
    #: What was looked at, for people: ``{"domains": 5, "products": 9, "datasets": 31, ...}``.
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    #: Errors of files that come of a change which a policy refuses: what they name is taken away by it.
    consequences: frozenset[Diagnostic] = frozenset()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong (warnings are fine)."""
        return not has_errors(self.diagnostics)

    @property
    def is_refused(self) -> bool:
        """Whether the files are sound by themselves, and only a policy that blocks is not kept."""
        refused = refusals(self.diagnostics)
        errors = {found for found in self.diagnostics if found.severity is Severity.ERROR}
        return bool(refused) and errors <= {*refused, *self.consequences}


@dataclass(frozen=True, kw_only=True, slots=True)
class TestReport:
    """Answer of `test`."""

    #: Keeps pytest from taking the class for a test case.
    __test__ = False

    tests: tuple[TestOutcome, ...]
    #: Datasets that have no version to test, and why.
    untested: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every rule that stops was measured and kept, as a publication demands."""
        return not any(
            test.verdict == "stop" or (test.verdict == "error" and test.action == "stop") for test in self.tests
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RunLog:
    """The log of a run, or what the steps of one dataset said."""

    run_id: str
    dataset: str | None
    lines: tuple[LogLine, ...]
    #: The text that every line holds, where one was searched for.
    search: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedRun:
    """A run in an answer of `runs list`."""

    run: RunRecord
    #: How many runs stand above it in the tree.
    depth: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class RunDetail:
    """Answer of `runs show`."""

    run: RunRecord
    steps: tuple[StepRecord, ...]
    logs: tuple[LogLine, ...]
    #: Whether a live coordinator holds the run now.
    is_held: bool
    #: Steps of tools' own graphs, by the key of the step that they are in.
    inner: Mapping[str, tuple[InnerStepRecord, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: Runs that it started, or that repeat it.
    children: tuple[RunRecord, ...] = ()
    #: At the prices that held when it ended; of one that knew none, or goes on, at today's.
    costs: RunCosts = NO_COSTS
    #: The newest request about it by URL; None where there was none.
    request: RequestedRun | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InsideCard:
    """The tool's own graph inside of a node, of the newest run that has one."""

    run_id: str
    steps: tuple[InnerStepRecord, ...]
    #: Name that the tool has for a dataset -> its address; those that the node does not yield are absent.
    datasets: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetCard:
    """Answer of `show DATASET`: what is published, what else is kept, how to read it."""

    address: str
    description: str | None
    owners: tuple[str, ...]
    environment: str
    #: The version that the environment points to, None where nothing was published.
    published: Version | None
    #: Newest first; candidates among them.
    versions: tuple[Version, ...]
    reads: tuple[str, ...]
    read_by: tuple[str, ...]
    #: Ports that hold it.
    ports: tuple[str, ...]
    tests: tuple[TestOutcome, ...]
    #: What it reads through a port of several versions, and why it is this one.
    through: tuple[PortRead, ...] = ()
    #: What the published version is made of, in words; nothing where it is not made of parts.
    parts: tuple[str, ...] = ()
    #: The component that it comes of, None where a person wrote it.
    origin: ComponentOrigin | None = None
    #: What came of the job that made the newest version; None where no job did.
    outcome: JobOutcome | None = None
    #: Whether the node yields no dataset, and is a step alone.
    is_step: bool = False
    #: Of a node of a tool that tells of its own graph, and has run.
    inside: InsideCard | None = None
    #: What outside jobs do with it.
    outside: OutsideNeighbours | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PortVersion:
    """One of the versions of a port, as its product and its neighbours show it."""

    address: str
    #: Of the output port, else of the contract.
    version: str
    status: str | None
    #: Whether readers get it who choose no version.
    is_default: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductCard:
    """Answer of `show PRODUCT` and of `show PORT`'s product."""

    address: str
    name: str | None
    version: str | None
    status: str | None
    description: str | None
    owners: tuple[str, ...]
    environment: str
    #: Generation of the last publication, None where there is none.
    generation: int | None
    datasets: tuple[str, ...]
    ports: tuple[PortVersion, ...]
    consumers: tuple[str, ...]
    #: Addresses of its variations.
    variations: tuple[str, ...]
    #: The published manifest, plain JSON; empty where nothing was published.
    manifest: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class PortCard:
    """Answer of `show PORT`."""

    address: str
    product: str
    environment: str
    version: str | None
    contract_id: str
    contract_version: str
    status: str | None
    #: All versions of the port, oldest first.
    versions: tuple[PortVersion, ...]
    datasets: tuple[str, ...]
    #: What the contract calls each dataset, where that is another name: name -> dataset.
    names: Mapping[str, str]
    #: Datasets of other products that read what it holds.
    read_by: tuple[str, ...]
    consumers: tuple[str, ...]
    #: Contract revision that stands published, None where none.
    published: str | None
    #: The contract as written, plain JSON.
    contract: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainCard:
    """Answer of `show DOMAIN`."""

    name: str
    purpose: str
    owners: tuple[str, ...]
    products: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionCard:
    """Answer of `show VERSION_ID`: a version, candidate or published, with its evidence."""

    version: Version
    #: Environments that point to it now.
    published_in: tuple[str, ...]
    tests: tuple[TestOutcome, ...]
    #: Absolute paths of its files; those of parts are not listed.
    files: tuple[str, ...]
    #: What it is made of, in words, where that is parts.
    parts: tuple[str, ...] = ()


Card = DatasetCard | ProductCard | PortCard | DomainCard | VersionCard


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideLineageJob:
    """A job of an outside tool in a lineage, with what its datasets are called there."""

    work: OutsideWork
    reads: tuple[str, ...]
    writes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideLineage:
    """What of a lineage lies outside: datasets, and jobs through which edges lead, or that only read or only write."""

    datasets: tuple[OutsideNode, ...]
    jobs: tuple[OutsideLineageJob, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LineageReport:
    """Answer of `lineage`: a subgraph, of datasets or of columns."""

    object: str
    nodes: tuple[str, ...]
    #: (from, to, kind), sorted.
    edges: tuple[tuple[str, str, Influence], ...]
    #: What could not be followed, and why.
    notes: tuple[str, ...] = ()
    #: Datasets and jobs outside among them; None where there are none.
    outside: OutsideLineage | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Answer of `explain`."""

    object: str
    #: ``dataset``, ``pipeline``, ``parameter``, ``version``.
    kind: str
    lines: tuple[str, ...]
    #: Of a pipeline: its nodes, as they are run.
    nodes: tuple[ResolvedNode, ...] = ()
    #: Of a pipeline and of a parameter: values, and what every level says.
    parameters: tuple[ResolvedParameter, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FileProblem:
    """Something that is not as recorded: a file of the store, a pointer, a file for plain readers."""

    #: Relative to the store's root (of a file for plain readers: to the mesh's); empty where no file is meant.
    path: str
    #: ``missing``, ``damaged`` or ``miscounted`` (a stored file, or a version whose parts do not add up), ``unrecorded``
    #: (a pointer, an input or a manifest leads to nothing), ``outdated`` (a file for plain readers); of files that neither
    #: a version nor a part lists ``orphan`` (left by a build) or ``foreign``.
    kind: str
    dataset: str | None
    version: str | None
    detail: str
    size_bytes: int = 0
    #: The part whose file it is.
    part: str | None = None
    #: Environments that point to the version, or to one that lists the part.
    environments: tuple[str, ...] = ()
    #: Orphans: seconds since the file was last written, and the run or repair that wrote it.
    age_s: float | None = None
    run_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairedVersion:
    """A version, or a part, whose files were built again: the same rows in new files."""

    dataset: str
    #: Id of the version or of the part.
    version: str
    rows: int
    files: tuple[str, ...]
    seconds: float
    is_part: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class UnrepairedVersion:
    """A version, or a part, that could not be built again, and why."""

    dataset: str
    #: Id of the version or of the part.
    version: str
    error: Diagnostic
    #: Whether the same command can succeed later without a change.
    is_retryable: bool = False
    is_part: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairReport:
    """What `verify --repair` did."""

    repair_id: str
    repaired: tuple[RepairedVersion, ...] = ()
    unrepaired: tuple[UnrepairedVersion, ...] = ()
    #: What was moved out of service: path before -> path now, relative to the store's root.
    quarantined: tuple[tuple[str, str], ...] = ()
    #: Environments whose files for plain readers were written again.
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyReport:
    """Answer of `verify`; after a repair, how things are then."""

    versions: int
    files: int
    bytes: int
    problems: tuple[FileProblem, ...]
    #: Files that no version and no part lists (left by crashed builds, or not ours): waste, not damage.
    orphans: tuple[FileProblem, ...]
    is_deep: bool
    repair: RepairReport | None = None
    parts: int = 0

    @property
    def ok(self) -> bool:
        """Whether every recorded file is there and whole, and every pointer leads to something."""
        return not self.problems


@dataclass(frozen=True, kw_only=True, slots=True)
class DoctorFinding:
    """One thing that `doctor` looked at."""

    topic: str
    ok: bool
    detail: str
    fix: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DoctorReport:
    """Answer of `doctor`."""

    findings: tuple[DoctorFinding, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is fine."""
        return all(finding.ok for finding in self.findings)


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateReport:
    """Answer of `domain new` and `product new`."""

    #: Address of the new domain or product.
    object: str
    #: Its folder, relative to the mesh root.
    folder: str
    #: Files in the folder, sorted.
    files: tuple[str, ...]
    #: What policies ask of it before it can be published, or advise.
    findings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class InitReport:
    """Answer of `init`."""

    directory: str
    template: str
    files: int
    data_files: int
    bytes: int

"""What the state database holds, as values."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.checks.spec import CheckSpec, Evidence
from meshwright.frozen import dataclass
from meshwright.model import FootprintKey as FootprintKey  # noqa: PLC0414 - a key of the state
from meshwright.model import Scalar, StoredFile
from meshwright.model.provisions import ProvisioningState


class ObjectKind(enum.StrEnum):
    """What a pointer points for."""

    DATASET = "dataset"
    PORT = "port"
    PRODUCT = "product"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pointer:
    """An open pointer of an environment: object -> revision since a generation."""

    object: str
    kind: ObjectKind
    #: Version id (dataset), contract revision (port), product revision (product).
    revision: str
    #: Where it stands and since when: the base of a sandbox where it shines through.
    environment: str
    generation: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A revision that a pointer had, in the generations from `first` to `last`."""

    revision: str
    first: int
    #: None: it stands now.
    last: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlaid:
    """An open pointer of a sandbox's own, over whatever its base points to."""

    object: str
    kind: ObjectKind
    #: None: a tombstone. What the base points to does not shine through.
    revision: str | None
    generation: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """An environment as the state knows it; a sandbox is nothing but this."""

    name: str
    #: Its newest generation, 0 where nothing was published into it.
    generation: int = 0
    #: Sandboxes: the environment beneath, and the generation of it that shines through.
    base: str | None = None
    base_generation: int = 0
    created_at: dt.datetime | None = None
    created_by: str = ""
    #: When it was last made, run, rebased or extended.
    touched_at: dt.datetime | None = None
    #: Idle seconds after which a sandbox expires, None for never.
    expire_after_s: int | None = None
    #: Canonical JSON of what it was made with.
    options: str = "{}"

    @property
    def is_sandbox(self) -> bool:
        """Whether it lies over another environment."""
        return self.base is not None

    @property
    def expires_at(self) -> dt.datetime | None:
        """When it expires unless it is used; None for never."""
        if self.touched_at is None or self.expire_after_s is None:
            return None
        return self.touched_at + dt.timedelta(seconds=self.expire_after_s)


@dataclass(frozen=True, kw_only=True, slots=True)
class Provisioning:
    """What a sandbox is provisioned with, recorded before anything is done and until all is undone."""

    sandbox: str
    #: Tells it from those of other sandboxes that had the name.
    id: str
    state: ProvisioningState
    #: What the sandbox is made with: see `Environment`.
    base: str
    expire_after_s: int | None
    options: str
    #: The components with their parameters, as `model.provisions.provisions_text` writes them.
    document: str
    #: How far each node is, as `model.provisions.progress_text` writes it.
    progress: str = "{}"
    begun_at: dt.datetime
    begun_by: str
    #: The run that does it, or undoes it, or did so last.
    run_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pin:
    """A pointer that is held on purpose."""

    environment: str
    object: str
    #: What it is held at; None: held absent.
    revision: str | None
    #: What stood before it was rolled back, None where nothing did or where it was only held.
    previous: str | None = None
    #: In a sandbox: the pin of its base does not hold here.
    is_lifted: bool = False
    at: dt.datetime
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """A published revision of a port or product: what its pointer names, with its whole record as JSON."""

    id: str
    kind: ObjectKind
    object: str
    #: Canonical JSON: the contract, or the product's manifest.
    document: str


class GenerationAction(enum.StrEnum):
    """What makes generations."""

    RUN = "run"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    REBASE = "rebase"
    PIN = "pin"
    #: A variation's datasets leave the environment.
    DROP = "drop"


@dataclass(frozen=True, kw_only=True, slots=True)
class Generation:
    """One publication into an environment."""

    environment: str
    number: int
    at: dt.datetime
    #: Who: user name and host.
    by: str
    run_id: str
    #: What was published, in words.
    reason: str
    #: What made it.
    action: GenerationAction
    #: Of a sandbox: the generation of its base that shone through then.
    base_generation: int | None = None
    #: object -> (revision before, revision after); None for absent.
    changed: Mapping[str, tuple[str | None, str | None]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectPublication:
    """One move of an object's pointer: it stood at `revision` from `generation` on."""

    generation: int
    #: The generation that moved it on; None where it stands.
    until: int | None
    #: None: it was taken away.
    revision: str | None
    at: dt.datetime
    by: str
    run_id: str
    reason: str
    action: GenerationAction


@dataclass(frozen=True, kw_only=True, slots=True)
class StateStamp:
    """What is equal as long as an environment shows the same."""

    #: Newest generation, 0 where nothing was published.
    generation: int = 0
    #: The oldest that is kept, 0 where all are.
    oldest: int = 0
    #: Of a sandbox: what it lies over, since when, and how that stands.
    sandbox: tuple[object, ...] = ()
    #: Another one after every repair of files.
    repairs: str = ""
    #: Number of the newest verdict on any dataset: no evidence is recorded without one.
    verdict: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The right to act as a run's coordinator until it expires; a later holder has a higher token."""

    name: str
    holder: str
    #: Fencing token: grows with every new holder, never reused.
    token: int
    expires_at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """A pointer move, asked for: applied whole or not at all."""

    environment: str
    #: The run that publishes, and its lease; neither where only pointers move and nothing is built.
    run_id: str = ""
    lease: Lease | None = None
    by: str
    reason: str
    action: GenerationAction = GenerationAction.RUN
    #: What a sandbox lies over, None for other environments: a sandbox that is gone is not made again.
    base: str | None = None
    #: Rebase: the generation of the base that shines through from now on.
    base_generation: int | None = None
    #: The environment's generation that must be its newest; None where any may be.
    expected_generation: int | None = None
    #: object -> revision that must still stand there (None: must be absent): everything read or replaced.
    expected: Mapping[str, str | None]
    #: object -> new revision (None closes the pointer), with its kind.
    moves: Mapping[str, tuple[ObjectKind, str | None]]
    #: Revisions of ports and products that the moves name.
    revisions: tuple[Revision, ...] = ()
    #: Pins that come with the move, and objects whose pins go with it.
    pins: tuple[Pin, ...] = ()
    unpinned: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """Why an opaque node ran and what came of it: the same key need not run again."""

    key: str
    dataset: str
    version: str
    #: Fingerprint of the node, and the observation, for reasons.
    fingerprint: str
    observation: str
    #: Words for the observation, for example ``3 files, 31.1 MB``.
    observed: str = ""


#: What the id of a job begins with.
JOB_PREFIX = "mw-"
#: What the trigger of an item begins with that changes something outside, which is to happen once.
EFFECT_PREFIX = "external:"
#: States of jobs of which something is still to be heard.
OPEN_JOBS = ("starting", "running")
#: What the key of a node's step begins with; the node's address follows.
NODE_KEY = "build:"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRecord:
    """Something that runs, or ran, outside: whoever has its id can find it there again."""

    id: str
    #: Address of the node.
    node: str
    #: Trigger key that it was started for.
    trigger: str
    #: The run that started it.
    run_id: str
    tool: str
    #: ``starting``, ``running``, ``succeeded``, ``failed``, ``cancelled`` or ``lost``.
    state: str
    #: None until it is known to have been started.
    handle: str | None = None
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    error: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be heard of it any more."""
        return self.state not in OPEN_JOBS


class RunState(enum.StrEnum):
    """The states of a run."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """One execution of a plan."""

    id: str
    environment: str
    state: RunState
    #: The selection and options as given, canonical JSON.
    options: str
    by: str
    started_at: dt.datetime
    finished_at: dt.datetime | None = None
    #: Generation the run started from, and the last one it made (the same where it made none).
    base_generation: int = 0
    generation: int = 0
    #: Plan as planned, and as bound when the run ended; canonical JSON (`meshwright/plan/1`).
    planned: str = "{}"
    bound: str = "{}"
    #: The run document when it ended; canonical JSON (`meshwright/run/1`).
    report: str = "{}"
    #: path -> blob digest of every mesh file the run was made from.
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    meshwright: str = ""
    #: Run that started this one, or that it repeats.
    parent: str | None = None
    #: Key of the parent's step that started it, where one did.
    parent_step: str | None = None
    #: Canonical JSON: a list with what each process that carried it out ran on, in order (`run.infrastructure`).
    infrastructure: str = "[]"
    #: Canonical JSON: what its products cost, with the prices that held (`run.costs`); empty until it ended.
    costs: str = "{}"


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRecord:
    """One step of a run as it stands."""

    key: str
    dataset: str | None
    action: str
    state: str
    version: str | None = None
    rows: int | None = None
    seconds: float = 0.0
    attempts: int = 0
    error: str | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    #: Dataset -> version of what it read, as bound.
    inputs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Unit -> amount, as measured: ``cpu_s``, ``bytes_read``, ``bytes_written``, ``rows`` and units of tools.
    costs: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


#: Kinds of inner steps that are tests: those of every tool that tells `InnerTest`, and dbt's own words.
_TESTS = frozenset({"test", "unit_test"})


@dataclass(frozen=True, kw_only=True, slots=True)
class InnerStepRecord:
    """A step of a tool's own graph, inside a step of ours, as it stood when it was last looked at."""

    name: str
    #: In the tool's words: ``model``, ``test``, ``task``.
    kind: str
    #: ``waiting``, ``running``, ``succeeded``, ``failed``, ``skipped``, ``blocked`` or ``cancelled``.
    state: str
    #: Names of the inner steps that it waits for.
    after: tuple[str, ...] = ()
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    #: Why it failed; of a test, its verdict and what it found, where it did not pass.
    error: str | None = None
    dataset: str | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took; None where it has not ended, or nobody knows."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def verdict(self) -> str | None:
        """Of a test that was run: ``pass``, ``log``, ``warn``, ``stop`` or ``error``; None of all else."""
        if self.kind not in _TESTS or self.state not in {"succeeded", "failed"}:
            return None
        told = (self.error or "").partition(":")[0]
        if self.state == "succeeded":
            return told if told in {"log", "warn"} else "pass"
        return told if told in {"stop", "error"} else "stop"


@dataclass(frozen=True, kw_only=True, slots=True)
class StopRequest:
    """That somebody wants a run to stop. It is meant for the coordinator that held the run then, by its lease's token."""

    run_id: str
    token: int
    at: dt.datetime
    by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine:
    """One line of a run's log."""

    at: dt.datetime
    level: str
    step: str | None
    text: str
    #: Where it stands among the lines of all runs: grows within a run; 0 of one that is not recorded yet.
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deleted:
    """A version, or a part, whose row is gone; its files may still be there."""

    #: Id of the version or of the part.
    version: str
    dataset: str
    files: tuple[StoredFile, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OldTold:
    """What is forgotten of what outside tools told, counted."""

    runs: int = 0
    notes: int = 0
    #: What jobs do with datasets.
    edges: int = 0
    jobs: int = 0
    datasets: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldHorizon:
    """What was heard of before is old."""

    #: Runs and notes, and what none that is kept names: edges, jobs and datasets.
    events: dt.datetime
    #: The last run of a job that went well, and with it the job.
    last_runs: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OldEvent:
    """An event that triggers were asked about long ago, as far as forgetting it goes."""

    number: int
    source: str
    id: str
    #: Whether it tells of a file that arrived.
    is_file: bool
    #: Whether a firing names it that is still there.
    is_named: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleVerdict:
    """What was said of one rule on one version at one time: an entry of the rule's history."""

    #: The rule as it was then: its id, action and what it demanded; read back without place, port and words.
    spec: CheckSpec
    #: Read back without a sample where the version is gone; of a rule measured again, with the newest one.
    evidence: Evidence
    environment: str
    at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """A semantic fingerprint with the text it was first seen for, and the parser that read it."""

    fingerprint: str
    text: str
    dialect: str
    parser: str


PlainParams = Mapping[str, Scalar]


class TokenKind(enum.StrEnum):
    """What a token is used as."""

    #: Sent with every request.
    BEARER = "bearer"
    #: A browser's, as a cookie.
    SESSION = "session"
    #: Changed, once, for one of the others.
    LINK = "link"


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRecord:
    """What lets a caller in. Its secret is known to the bearer alone."""

    id: str
    kind: TokenKind
    #: SHA-256 of the secret, in hexadecimal digits.
    digest: str
    role: str
    domain: str | None
    #: What it is for, in words; may be empty.
    purpose: str
    created_at: dt.datetime
    created_by: str
    #: None: never.
    expires_at: dt.datetime | None
    #: When it was revoked, or a link used; None where it was not.
    ended_at: dt.datetime | None = None
    ended_by: str | None = None

    def is_good(self, now: dt.datetime) -> bool:
        """Whether it lets anybody in."""
        return self.ended_at is None and (self.expires_at is None or now < self.expires_at)

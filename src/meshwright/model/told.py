"""What outside tools tell of their jobs, runs and datasets: facts that can be put together in any order, and any number of times.

Nothing here is replaced by what arrives later, but by what *happened* later: sets only grow, and what has one value at a time
carries the moment that it was true at, with the value's own digest where two are of one moment. So the same events give the
same record whatever order they arrive in, late ones and repeated ones among them. See docs/adr/0042.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.identity import identity

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_JOB, _DATASET, _RUN = "mwtoldjob1", "mwtolddataset1", "mwtoldrun1"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ToldName:
    """What a job or a dataset is called: a namespace, and a name that is unique in it."""

    namespace: str
    name: str

    @property
    def shown(self) -> str:
        """The two as one text, for people: ``postgres://db:5432/shop.public.orders``, ``file:/data/orders.csv``."""
        between = ":" if self.namespace == "file" else "" if self.name.startswith("/") else "/"
        return f"{self.namespace}{between}{self.name}"


def job_id(name: ToldName) -> str:
    """Return the id of a job."""
    return identity(_JOB, name.namespace, name.name)


def dataset_id(name: ToldName) -> str:
    """Return the id of a dataset; `name` is in its normal form."""
    return identity(_DATASET, name.namespace, name.name)


def run_id_of(job: ToldName, key: str) -> str:
    """Return the id of the run of a job that its tool calls `key`: two jobs may call theirs the same, with UUIDs too."""
    return identity(_RUN, job.namespace, job.name, run_key(key))


def run_key(key: str) -> str:
    """Return what a tool calls a run in its normal form: of a UUID letter case does not matter."""
    return key.lower() if _UUID.fullmatch(key) else key


class Direction(enum.StrEnum):
    """What a job does with a dataset."""

    READS = "reads"
    WRITES = "writes"


class ToldState(enum.StrEnum):
    """How far a run is, as far as is told."""

    STARTED = "started"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    WARNED = "warned"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def rank(self) -> int:
        """What comes after what: an event that arrives late, or bears a wrong time, does not let a run that ended go on."""
        return _RANKS.get(self, 2)

    @property
    def is_end(self) -> bool:
        """Whether a run that is so has ended."""
        return self.rank > 1


_RANKS = {ToldState.STARTED: 0, ToldState.RUNNING: 1}


class FacetOf(enum.StrEnum):
    """What a facet says something about."""

    JOB = "job"
    DATASET = "dataset"
    RUN = "run"
    #: A dataset as a job writes it: how its columns come of others.
    WRITING = "writing"
    #: A dataset as one run read or wrote it: statistics, assertions.
    USE = "use"


#: Facets of jobs and datasets that say in words what they are.
DESCRIBING = ("documentation", "ownership", "schema")


class NoteKind(enum.StrEnum):
    """What a note is of."""

    STATUS = "run-status"
    OPERATION = "dataset-operation"
    METRIC = "metric-log"
    MESSAGE = "message-log"
    TEST = "test-outcome"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldJob:
    """A job was heard of."""

    name: ToldName
    at: dt.datetime
    #: Who tells of it.
    producer: str = ""
    #: The job that its runs are part of.
    parent: ToldName | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldDataset:
    """A dataset was heard of, under a name in its normal form."""

    name: ToldName
    at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldFacet:
    """What was said of a job, a dataset or a run under a name, at a moment."""

    of: FacetOf
    #: Id of the dataset, job or run; of `WRITING` the dataset's, of `USE` the run's.
    object: str
    #: `WRITING`: id of the job, as of edges; `USE`: id of the dataset. Else empty.
    beside: str = ""
    name: str
    at: dt.datetime
    #: As JSON; None: what was said under this name is taken back.
    document: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldEdge:
    """A job reads or writes a dataset; ids. Where no job was named that makes a dataset of others, it is the dataset's own."""

    job: str
    dataset: str
    direction: Direction
    at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ToldLink:
    """Two names are of one dataset; ids, the smaller first."""

    dataset: str
    other: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldRun:
    """A run of a job was heard of."""

    id: str
    job: str
    at: dt.datetime
    #: What the tool itself calls it.
    key: str = ""
    #: None of an event that says nothing of it.
    state: ToldState | None = None
    #: The run that it is part of.
    parent: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ToldUse:
    """A run read or wrote a dataset; ids."""

    run: str
    dataset: str
    direction: Direction


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldNote:
    """A line about a job, a run or a dataset: a metric, a message, the outcome of a test."""

    #: What makes it one.
    key: str
    kind: NoteKind
    at: dt.datetime
    #: Ids; empty where it is about none.
    job: str = ""
    run: str = ""
    dataset: str = ""
    name: str = ""
    #: A test's verdict, a message's level, a run's state, what was done with a dataset.
    word: str = ""
    value: float | None = None
    text: str = ""
    #: Identity of the whole body that it came in.
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What some events tell."""

    jobs: tuple[ToldJob, ...] = ()
    datasets: tuple[ToldDataset, ...] = ()
    facets: tuple[ToldFacet, ...] = ()
    edges: tuple[ToldEdge, ...] = ()
    links: tuple[ToldLink, ...] = ()
    runs: tuple[ToldRun, ...] = ()
    uses: tuple[ToldUse, ...] = ()
    notes: tuple[ToldNote, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is told."""
        return not (
            self.jobs
            or self.datasets
            or self.facets
            or self.edges
            or self.links
            or self.runs
            or self.uses
            or self.notes
        )


def together(*several: Told) -> Told:
    """Return all that several tell as one."""
    return Told(
        jobs=tuple(each for told in several for each in told.jobs),
        datasets=tuple(each for told in several for each in told.datasets),
        facets=tuple(each for told in several for each in told.facets),
        edges=tuple(each for told in several for each in told.edges),
        links=tuple(each for told in several for each in told.links),
        runs=tuple(each for told in several for each in told.runs),
        uses=tuple(each for told in several for each in told.uses),
        notes=tuple(each for told in several for each in told.notes),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideJob:
    """A job of an outside tool, as recorded."""

    id: str
    name: ToldName
    producer: str
    parent: ToldName | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideDataset:
    """A dataset that outside tools name, as recorded."""

    id: str
    name: ToldName


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideEdge:
    """A job reads or writes a dataset, as recorded; ids."""

    job: str
    dataset: str
    direction: Direction


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """When something was heard of, by the times of the events."""

    first_at: dt.datetime
    last_at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideStamp:
    """How often what outside tools told has changed: equal, and it is the same."""

    #: Anything of it: also a moment, a facet, a run.
    all: int
    #: Which jobs and datasets there are and what the ones do with the others: see `OutsideMap`.
    map: int
    #: What is written of jobs and datasets: see `DESCRIBING`.
    described: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideFacet:
    """What stands said of something."""

    of: FacetOf
    object: str
    beside: str
    name: str
    at: dt.datetime
    document: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideRun:
    """A run of an outside job, as recorded."""

    id: str
    job: str
    key: str
    #: None where nothing was said of it.
    state: ToldState | None
    #: When the state was reached.
    state_at: dt.datetime | None
    parent: str
    url: str
    first_at: dt.datetime
    last_at: dt.datetime
    received_at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideNote:
    """A note, as recorded."""

    key: str
    kind: NoteKind
    at: dt.datetime
    received_at: dt.datetime
    job: str
    run: str
    dataset: str
    name: str
    word: str
    value: float | None
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideMap:
    """All that outside jobs do with datasets, without what is said of either, and without the moments."""

    jobs: Mapping[str, OutsideJob] = field(default_factory=lambda: MappingProxyType({}))
    datasets: Mapping[str, OutsideDataset] = field(default_factory=lambda: MappingProxyType({}))
    edges: tuple[OutsideEdge, ...] = ()
    links: tuple[ToldLink, ...] = ()

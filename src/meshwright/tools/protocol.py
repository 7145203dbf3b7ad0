"""What a tool is to meshwright: something outside that does a job. One small class for each tool, found by entry point.

A job goes ``start -> handle -> poll ... -> collect``, or ``cancel``. The coordinator notes a job's id before it is started and
its handle before anything else is done with it; a coordinator that takes over asks `find` first and starts only what was
never started. So a tool need not be careful about crashes: it must make `start` and `find` agree about ids, and nothing more.

Every method may be called from any thread, and by another process than the one that called `start`. None keeps anything in
the object: what a later call needs is in the handle, or in the job's own folder.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from meshwright.frozen import dataclass
from meshwright.model.outside import Effects as Effects  # noqa: PLC0414 - part of what a tool says

#: A value as JSON has it: what stands in `pipeline.yaml`, and what a job leaves as a value.
Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
_NONE: Mapping[str, Json] = MappingProxyType({})


class Yields(enum.StrEnum):
    """Which datasets a node of a tool gives."""

    NOTHING = "nothing"
    #: One, of the node's own name.
    OWN = "own"
    #: Those that the node names under ``datasets:``, or that the tool tells by `outline` where it names none.
    NAMED = "named"


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """What holds for every node of a tool."""

    yields: Yields = Yields.NOTHING
    effects: Effects = Effects.ISOLATED
    #: Option that a plain text stands for: ``shell: make report`` is ``shell: {command: make report}``.
    main_option: str | None = None
    #: Seconds between two polls: the first, and the longest after growing by half each time.
    poll_first_s: float = 0.05
    poll_longest_s: float = 10.0
    #: How to install what the tool needs, told where it is missing: ``pip install dbt-core dbt-duckdb``.
    install: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something wrong with the options of a node, found without starting anything."""

    #: Path into the options: ``("json", "rows")``; empty for the whole.
    path: tuple[str | int, ...] = ()
    message: str
    fix: str | None = None
    is_error: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A dataset as Parquet files, all of the same columns; none for a table without rows that has `columns` alone."""

    files: tuple[Path, ...]
    #: Name -> type in DuckDB's spelling.
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a node's code lies, and what tools of its kind are set to."""

    #: Folder of the mesh: data paths are relative to it.
    root: Path
    #: Folder of the pipeline file: code paths are relative to it.
    folder: Path
    #: Environment variables of the process, for finding programs.
    variables: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What a tool is asked to do, once."""

    #: Unique: a job that is started twice with one id is one job. Of letters, digits and ``-``, up to 64.
    id: str
    #: The same for every attempt at the same thing: what tells the outside to do it once (an idempotency key).
    key: str = ""
    #: Address of the node.
    node: str
    #: Settings of `mesh.yaml` (``tools: {dbt: {...}}``) and of the node, the node's stronger; references are resolved.
    options: Mapping[str, Json]
    #: Parameters that hold for the node, resolved: name -> value.
    params: Mapping[str, str | int | float | bool | None] = field(default_factory=lambda: MappingProxyType({}))
    place: Place
    #: A folder of this job alone. It outlives the process, and is removed when what came of the job was recorded.
    scratch: Path
    #: Input datasets by the name that the node gives them.
    inputs: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}))
    #: Names of the datasets that are wanted; empty where the node yields none.
    datasets: tuple[str, ...] = ()
    environment: str = "prod"
    run_id: str = ""


class JobState(enum.StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    #: It was started, and nobody can tell what became of it.
    LOST = "lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class InnerStep:
    """A step of the tool's own graph: a dbt model, an Airflow task."""

    name: str
    #: In the tool's words: ``model``, ``test``, ``task``.
    kind: str
    #: ``waiting``, ``running``, ``succeeded``, ``failed``, ``skipped``, ``blocked`` or ``cancelled``.
    state: str
    #: Names of the steps that it waits for.
    after: tuple[str, ...] = ()
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    error: str | None = None
    #: Name of the dataset that it makes, where it makes one.
    dataset: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Poll:
    """What a look at a job found."""

    state: JobState
    #: New lines of its log, since `cursor` of the look before.
    lines: tuple[str, ...] = ()
    #: Where the next look goes on; opaque to the coordinator.
    cursor: str = ""
    #: The inner graph as it stands; empty where nothing is new, or nobody knows.
    steps: tuple[InnerStep, ...] = ()
    #: A failure in the tool's own words.
    error: str | None = None
    #: Whether the same job may succeed when it is tried again.
    is_retryable: bool = True
    #: Whether it failed as a test of the tool said no: the data is at fault, and `mw run` ends with status 1.
    is_refused: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class InnerTest:
    """A test that the tool ran itself."""

    name: str
    #: ``pass``, ``log``, ``warn``, ``stop`` or ``error``: the words of meshwright.
    verdict: str
    dataset: str | None = None
    column: str | None = None
    failing_rows: int | None = None
    message: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InnerTable:
    """A table, view or inlined query of the tool's own graph. Column lineage is followed through all that a job tells of."""

    #: Its name in full, a part each: ``("warehouse", "main", "stg_orders")``.
    name: tuple[str, ...]
    #: Names of its columns in order; empty where nobody knows.
    columns: tuple[str, ...] = ()
    #: Name of the dataset that it is, or of the input that it stands for.
    dataset: str | None = None
    input: str | None = None
    #: The query that makes it; tables in it are named in full, or by the end of their names.
    query: str | None = None
    dialect: str = "duckdb"
    #: Names in full of what code reads that is no SQL: each of its columns may come of any of theirs.
    reads: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of a job that succeeded."""

    #: Small values that later nodes may use; 64 KB as JSON, at most.
    values: Mapping[str, Json] = field(default_factory=lambda: _NONE)
    #: Dataset name -> the table that was left, in files that the coordinator may read until the job's folder is removed.
    tables: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}))
    steps: tuple[InnerStep, ...] = ()
    tests: tuple[InnerTest, ...] = ()
    #: What column lineage is found from: the tables between the inputs and the datasets, with their queries.
    inside: tuple[InnerTable, ...] = ()
    #: Of a tool that knows it better: dataset -> column -> columns it is made from, as (dataset or input name, column).
    lineage: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    #: Measured costs in the tool's units: ``cpu_s``, ``bytes_read``, ``bytes_written`` and units of its own.
    costs: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    #: Where the tool itself shows the job.
    url: str | None = None
    #: Tables that it changed in place, which are not under our rollback, in the tool's spelling.
    unmanaged: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class OutlinedDataset:
    """A dataset that a tool will leave, known before it runs."""

    name: str
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    description: str | None = None
    #: Names of the datasets of the same node that it is made from.
    after: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """What a tool tells of a node before it runs."""

    datasets: tuple[OutlinedDataset, ...] = ()
    #: Names of input datasets (dbt: of sources) that its code reads.
    inputs: tuple[str, ...] = ()


class ToolFailed(Exception):
    """The tool refused, or could not be reached. `str` is what the tool said, in its own words, without secrets."""

    def __init__(self, message: str, *, is_retryable: bool, fix: str | None = None, is_refused: bool = False) -> None:
        super().__init__(message)
        #: Whether a test of the tool said no, as in `Poll`.
        self.is_refused = is_refused
        #: Whether the same call may succeed later: unreachable servers, 429 and 5xx; not 401 or a name that is not there.
        self.is_retryable = is_retryable
        self.fix = fix


class Tool(Protocol):
    """Runs jobs of one kind. Methods raise ToolFailed, and nothing else that a user could cause."""

    #: The node's kind key: ``dbt``.
    name: str
    traits: Traits

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Find what is wrong with a node's options (merged with `mesh.yaml`'s, references unresolved). Starts nothing."""
        ...

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the files that the node's meaning depends on: a notebook, the project of dbt. Relative to `place.root`."""
        ...

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:
        """Tell which datasets will come of a node. Asked again only when a file of `fingerprint_files` changed."""
        ...

    def start(self, job: Job) -> str:
        """Start the job and return its handle: a short text that tells every later call which job is meant.

        Where the tool knows ids of callers, `job.id` is given to it, so that two calls start one job.
        """
        ...

    def find(self, job: Job) -> str | None:
        """Return the handle of what an earlier `start` of the same `job.id` began; None where nothing was begun."""
        ...

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at the job. Takes no longer than a few seconds, and waits for nothing."""
        ...

    def collect(self, job: Job, handle: str) -> Outcome:
        """Return what came of a job that succeeded. May be called more than once."""
        ...

    def cancel(self, job: Job, handle: str) -> None:
        """Ask the job to end; `poll` tells when it has. Nothing happens where it has ended."""
        ...

"""What events are made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.files.standards.openlineage.names import DatasetName
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """A word about a job, a dataset or one of its columns."""

    key: str
    value: str = "true"
    column: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A column of a dataset."""

    name: str
    type: str
    description: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ColumnInput:
    """A column that one of the dataset's is made from."""

    dataset: DatasetName
    column: str
    #: Whether its value reaches the other; else it only decides: filter, join key, grouping, order.
    is_direct: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Assertion:
    """A rule and what was found."""

    #: What was measured: ``rowCount``, ``nullValues``, ``violations``.
    metric: str
    name: str
    is_kept: bool
    #: ``log``, ``warn`` or ``stop``: what the rule does when it is not kept.
    action: str
    description: str
    column: str | None = None
    expected: str | None = None
    actual: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LineageDataset:
    """A dataset as a step reads or writes it."""

    name: DatasetName
    version: str | None = None
    fields: tuple[Field, ...] = ()
    #: Column -> what it is made from; empty where nobody knows.
    lineage: Mapping[str, tuple[ColumnInput, ...]] = field(default_factory=lambda: MappingProxyType({}))
    rows: int | None = None
    size_bytes: int | None = None
    files: int | None = None
    #: Whether its rows and bytes were written by this step, and were not there before.
    is_written: bool = True
    is_view: bool = False
    #: Where its files lie, as another name of it.
    location: DatasetName | None = None
    owners: tuple[str, ...] = ()
    description: str | None = None
    tags: tuple[Tag, ...] = ()
    #: Of an input: what was tested on it by this step.
    assertions: tuple[Assertion, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LineageJob:
    """What a run or a step is an execution of."""

    namespace: str
    name: str
    #: ``RUN``, ``SQL``, ``PYTHON``, ``SOURCE``, ``TEST``, ``PUBLISH``, or the kind of a tool.
    type: str
    owners: tuple[str, ...] = ()
    description: str | None = None
    tags: tuple[Tag, ...] = ()
    sql: str | None = None
    dialect: str | None = None
    #: Where its code lies: absolute URL of the file, its path in the repository, and the commit.
    code_url: str | None = None
    code_path: str | None = None
    commit: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ParentRun:
    """The run that another is part of."""

    uuid: str
    namespace: str
    job: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LineageRun:
    """A run of meshwright."""

    uuid: str
    job: LineageJob
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    #: ``running``, ``succeeded``, ``partial``, ``failed``, ``stopped`` or ``interrupted``.
    state: str = "running"
    error: str | None = None
    #: The step of another run that started it, and the run at the top of all.
    parent: ParentRun | None = None
    root: ParentRun | None = None
    #: When it was due, where a schedule started it; the interval that it is about.
    nominal_start: dt.datetime | None = None
    nominal_end: dt.datetime | None = None
    #: Kind and release of the engine, and the release of meshwright.
    engine: str = "duckdb"
    engine_release: str = ""
    release: str = ""
    tags: tuple[Tag, ...] = ()
    #: Whether it goes on with what an earlier process began: its START was told then.
    is_resumed: bool = False

    @property
    def itself(self) -> ParentRun:
        """The run as the parent of its steps."""
        return ParentRun(uuid=self.uuid, namespace=self.job.namespace, job=self.job.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class LineageStep:
    """A step of a run, or one of a tool's own steps inside of a step."""

    uuid: str
    job: LineageJob
    #: The step that it is inside of; None of a step of the run itself.
    parent: ParentRun | None = None
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    #: ``running``, ``succeeded``, ``failed``, ``blocked``, ``skipped`` or ``interrupted``.
    state: str = "running"
    error: str | None = None
    inputs: tuple[LineageDataset, ...] = ()
    outputs: tuple[LineageDataset, ...] = ()

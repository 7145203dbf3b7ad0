"""Jobs, runs and datasets of outside tools, as far as these told of them."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.faces.documents.shapes.base import Json, Time
from meshwright.model.told import Direction, NoteKind, ToldState


class OutsideName(TypedDict):
    """What an outside tool calls a job or a dataset."""

    namespace: str
    name: str


class OutsideNode(TypedDict):
    """A dataset that outside tools name."""

    id: str
    node: str
    namespace: str
    name: str
    names: list[OutsideName]
    first_seen: Time | None
    last_seen: Time | None


class OutsideWork(TypedDict):
    """An outside job. Its name is null where a dataset was told to come of others, and no job was named."""

    id: str
    namespace: str | None
    name: str | None
    within: str | None
    last_seen: Time | None


class OutsideWorkUses(OutsideWork):
    """An outside job, and what it reads and writes."""

    reads: list[str]
    writes: list[str]


class ListedOutsideRun(TypedDict):
    """A run of an outside job."""

    id: str
    key: str
    state: Annotated[str, ToldState] | None
    state_at: Time | None
    started_at: Time
    last_seen: Time
    received_at: Time
    parent: str | None
    url: str | None


class ListedJob(OutsideWorkUses):
    """An outside job in a list."""

    tool: str | None
    type: str | None
    producer: str
    parent: OutsideName | None
    first_seen: Time | None
    newest_run: ListedOutsideRun | None


class Jobs(TypedDict):
    """A page of outside jobs, by name."""

    schema: Literal["meshwright/jobs/1"]
    jobs: list[ListedJob]
    #: Cursor of the next page; null where this is the last.
    next: str | None


class OutsideNote(TypedDict):
    """A line about an outside job, run or dataset."""

    kind: Annotated[str, NoteKind]
    at: Time
    received_at: Time
    run: str | None
    name: str
    word: str | None
    value: float | None
    text: str


class JobTold(ListedJob):
    """What is told of one outside job, with its newest runs."""

    description: str | None
    facets: dict[str, Json]
    runs: list[ListedOutsideRun]
    notes: list[OutsideNote]


class Job(JobTold):
    """One outside job, with its newest runs."""

    schema: Literal["meshwright/job/1"]


class ShowOutsideJob(JobTold):
    """An outside job, as `show` has it."""

    schema: Literal["meshwright/show/1"]
    kind: Literal["outside-job"]


class OutsideRunUse(TypedDict):
    """A dataset that a run read or wrote."""

    node: str
    direction: Annotated[str, Direction]


class OutsideRun(ListedOutsideRun):
    """One run of an outside job, with what it read and wrote."""

    schema: Literal["meshwright/outside-run/1"]
    job: str
    datasets: list[OutsideRunUse]
    facets: dict[str, Json]
    dataset_facets: dict[str, dict[str, Json]]
    notes: list[OutsideNote]


class OutsideDatasets(TypedDict):
    """A page of datasets outside, by name."""

    schema: Literal["meshwright/outside-datasets/1"]
    datasets: list[OutsideNode]
    #: Cursor of the next page; null where this is the last.
    next: str | None


class OutsideColumn(TypedDict):
    """A column of a dataset outside."""

    name: str
    type: str | None
    description: str | None


class OutsideDatasetTold(OutsideNode):
    """What is told of one dataset outside."""

    description: str | None
    owners: list[str]
    columns: list[OutsideColumn]
    readers: list[OutsideWork]
    writers: list[OutsideWork]
    feeds: list[str]
    facets: dict[str, Json]
    notes: list[OutsideNote]


class OutsideDataset(OutsideDatasetTold):
    """One dataset outside."""

    schema: Literal["meshwright/outside-dataset/1"]


class ShowOutsideDataset(OutsideDatasetTold):
    """A dataset outside, as `show` has it."""

    schema: Literal["meshwright/show/1"]
    kind: Literal["outside-dataset"]


class OutsideNeighbours(TypedDict):
    """What outside jobs do with a dataset of the mesh."""

    readers: list[OutsideWork]
    writers: list[OutsideWork]
    read_from: list[OutsideNode]
    notes: list[OutsideNote]


class OutsideLineage(TypedDict):
    """Jobs and datasets of outside tools beside what was asked for."""

    datasets: list[OutsideNode]
    jobs: list[OutsideWorkUses]


class Taken(TypedDict):
    """Answer to events of outside tools."""

    schema: Literal["meshwright/taken/1"]
    received: int
    own: int
    left_out: list[str]

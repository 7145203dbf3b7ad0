"""What files would come to: plans, impact, and what stands behind a value."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from meshwright.faces.documents.shapes.base import Json, Time
from meshwright.faces.documents.shapes.findings import Refusal
from meshwright.model.rules import Action
from meshwright.plan import shapes
from meshwright.plan.shapes import BrokenPort, UseKind


class Plan(shapes.Plan):
    """What a run would build and reuse, why, and whom it reaches."""

    #: What forbids it; not there where nothing does.
    error: NotRequired[Refusal]


class Usage(TypedDict):
    """One use of a dataset or column."""

    kind: UseKind
    consumer: str
    owners: list[str]
    dataset: str
    port: str | None
    distance: int
    reads: list[str]
    gives: list[str]
    query: str | None
    file: str | None
    line: int | None
    column: int | None
    url: str | None
    job: str | None
    writes: list[str]
    last_seen: Time | None


class Impact(TypedDict):
    """Who uses an object, or what the files break and for whom."""

    schema: Literal["meshwright/impact/1"]
    environment: str
    generation: int
    object: str | None
    uses: list[Usage]
    impact: list[BrokenPort]


class Written(TypedDict):
    """Where something is written; null of what no file has."""

    file: str | None
    line: int | None
    column: int | None


class Setting(Written):
    """What one level says of a parameter."""

    level: str
    value: Json


class RankedSetting(Setting):
    """What one level says of a parameter, and whether it wins."""

    wins: bool


class ExplainedParameter(TypedDict):
    """A parameter's value, and what every level says of it, the strongest first."""

    name: str
    type: str
    value: Json
    used_by: list[str]
    levels: list[RankedSetting]


class ExplainedNode(TypedDict):
    """A node as it is run."""

    dataset: str
    kind: str
    reads: list[str]
    after: list[str]
    params: dict[str, Setting]
    file: str | None
    line: int | None


class Explain(TypedDict):
    """Why something is as it is."""

    schema: Literal["meshwright/explain/1"]
    object: str
    kind: Annotated[str, ("dataset", "pipeline", "parameter", "version")]
    lines: list[str]
    nodes: list[ExplainedNode]
    parameters: list[ExplainedParameter]


class Sourced(Written):
    """A value, and which level sets it where."""

    value: Json
    level: str


class ResolvedTest(Written):
    """A rule of a node as it is run."""

    id: str
    rule: str
    action: Annotated[str, Action]
    #: Operator -> bound, and the unit where it is percent.
    bound: dict[str, Json]
    level: str


class ResolvedNode(Written):
    """A node as it is run, with where each value comes from."""

    dataset: str
    kind: str
    code: list[str]
    reads: list[str]
    after: list[str]
    engine: Sourced
    settings: dict[str, Sourced]
    params: dict[str, Setting]
    tests: list[ResolvedTest]


class ResolvedParameter(Setting):
    """A parameter that holds in a pipeline, as the strongest level sets it."""

    name: str
    type: str
    used_by: list[str]


class ResolvedPipeline(TypedDict):
    """A pipeline as it is run."""

    product: str
    nodes: list[ResolvedNode]
    left_out: list[str]
    settings: dict[str, Sourced]
    parameters: list[ResolvedParameter]


class ResolvedEngine(TypedDict):
    """What a logical engine is."""

    type: str
    memory_bytes: int | None
    threads: int | None


class Resolved(TypedDict):
    """Pipelines as they are run."""

    schema: Literal["meshwright/resolved/1"]
    environment: str
    variation: str | None
    engines: dict[str, ResolvedEngine]
    pipelines: list[ResolvedPipeline]

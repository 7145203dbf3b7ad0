"""Runs: their records, lists and logs, and what was asked for by URL."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from meshwright.app.requested_runs_read import RUN_STATES
from meshwright.app.run_costs import Grouping
from meshwright.app.shapes import Run, RunCosts, RunDone, StepAction
from meshwright.app.values import RequestState, RunState, StepState
from meshwright.faces.documents.shapes.base import Amounts, Json, Time
from meshwright.model.requests import RequestKind

#: Of a run that may not have begun.
_State = Annotated[str, RUN_STATES]


class RunWish(TypedDict):
    """What was asked for by URL, and what became of it."""

    kind: Annotated[str, RequestKind]
    state: Annotated[str, RequestState]
    reason: str
    error: Json
    asked: Json
    by: str
    requested_at: Time
    ended_at: Time | None
    attempts: int
    stop_asked: bool


class ListedRun(TypedDict):
    """A run in a list. What is null is not known of a run that has not begun."""

    run_id: str
    environment: str
    state: _State
    by: str
    started_at: Time | None
    finished_at: Time | None
    base_generation: int | None
    generation: int | None
    parent: str | None
    parent_step: str | None
    options: Json
    meshwright: str | None
    request: NotRequired[RunWish | None]
    depth: NotRequired[int]


class Runs(TypedDict):
    """A page of runs, newest first."""

    schema: Literal["meshwright/runs/1"]
    runs: list[ListedRun]


class InnerStep(TypedDict):
    """A step of a tool's own graph, or of a nested pipeline, inside of a step."""

    name: str
    kind: str
    state: Annotated[str, ("waiting", "running", "succeeded", "failed", "skipped", "blocked", "cancelled")]
    after: list[str]
    started_at: Time | None
    ended_at: Time | None
    seconds: float | None
    error: str | None
    dataset: str | None
    verdict: Annotated[str, ("pass", "log", "warn", "stop", "error")] | None


class RecordedStep(TypedDict):
    """A step of a run."""

    key: str
    dataset: str | None
    action: StepAction
    state: Annotated[str, StepState]
    version: str | None
    rows: int | None
    seconds: float
    attempts: int
    error: str | None
    started_at: Time | None
    ended_at: Time | None
    inputs: dict[str, str]
    costs: Amounts


class StepWithInner(RecordedStep):
    """A step of a run, with those inside of it."""

    inner: list[InnerStep]


class ChildRun(TypedDict):
    """A run that this one started."""

    run_id: str
    state: Annotated[str, RunState]
    step: str | None


class LogLine(TypedDict):
    """A line of a run's log."""

    number: int
    at: Time
    level: str
    step: str | None
    text: str


class RunRecord(ListedRun):
    """Everything that is recorded of a run."""

    schema: Literal["meshwright/run-record/1"]
    held: bool
    steps: list[StepWithInner]
    children: list[ChildRun]
    infrastructure: Json
    costs: RunCosts | None
    log: list[LogLine]
    planned: Json
    bound: Json
    report: Json
    files: dict[str, str]


class RunLog(TypedDict):
    """Lines of a run's log."""

    schema: Literal["meshwright/run-log/1"]
    run_id: str
    dataset: str | None
    search: str | None
    log: list[LogLine]


class RunAnswer(TypedDict):
    """Which run is answered for, and how it stands."""

    run_id: str
    url: str
    state: _State
    environment: str


class RequestedRun(RunAnswer):
    """How a run stands that was asked for, with what was asked."""

    request: RunWish | None


class RunWarning(TypedDict):
    """What keeps a run from beginning, and what to do."""

    code: str
    message: str
    fix: str | None


class RunRequest(RequestedRun):
    """Answer to a request for a run."""

    schema: Literal["meshwright/run-request/1"]
    #: What keeps it from beginning; empty: nothing that is known.
    warnings: list[RunWarning]


class StoppedRun(RunAnswer):
    """How a run stands that is to stop, and which runs were asked to."""

    asked: list[str]


class RunStop(StoppedRun):
    """Answer to a request that a run stops."""

    schema: Literal["meshwright/run-stop/1"]


class CostSum(TypedDict):
    """Costs, and what they come to in each currency."""

    costs: Amounts
    amounts: Amounts


class CostLine(CostSum):
    """What one product, or domain, cost; null: what is of none."""

    name: str | None
    runs: int


class RunsCost(TypedDict):
    """What runs cost."""

    schema: Literal["meshwright/runs-cost/1"]
    by: Annotated[str, Grouping]
    since: Time
    runs: int
    lines: list[CostLine]
    total: CostSum


class ComparedRun(TypedDict):
    """One of two runs that are compared."""

    run_id: str
    state: Annotated[str, RunState]
    generation: int
    started_at: Time
    seconds: float | None


class ChangedFile(TypedDict):
    """A file that is not the same in two runs."""

    path: str
    change: Annotated[str, ("added", "removed", "changed")]
    lines_added: int | None
    lines_removed: int | None


class ChangedValue(TypedDict):
    """A value that is not the same in two runs."""

    name: str
    before: Json
    after: Json


class ChangedVersion(TypedDict):
    """A dataset of which two runs read, or made, different versions."""

    dataset: str
    role: Literal["input", "output"]
    before: str | None
    after: str | None


class StepDone(TypedDict):
    """What a step did."""

    action: StepAction
    state: Annotated[str, StepState]
    rows: int | None
    seconds: float


class ChangedStep(TypedDict):
    """A step that did not do the same in two runs."""

    key: str
    before: StepDone | None
    after: StepDone | None


class ChangedTest(TypedDict):
    """A test that did not say the same in two runs."""

    dataset: str
    id: str
    before: dict[str, Json] | None
    after: dict[str, Json] | None


class ChangedCosts(TypedDict):
    """What two runs cost of one unit."""

    unit: str
    before: float | None
    after: float | None


class RunsDiff(TypedDict):
    """How two runs differ."""

    schema: Literal["meshwright/runs-diff/1"]
    same: bool
    before: ComparedRun
    after: ComparedRun
    files: list[ChangedFile]
    options: list[ChangedValue]
    infrastructure: list[ChangedValue]
    versions: list[ChangedVersion]
    steps: list[ChangedStep]
    tests: list[ChangedTest]
    costs: list[ChangedCosts]


class RunsOpenlineage(TypedDict):
    """The OpenLineage events of a run."""

    schema: Literal["meshwright/runs-openlineage/1"]
    run_id: str
    events: list[dict[str, Json]]


class Promotion(RunDone):
    """A sandbox's versions, published in its base."""

    schema: Literal["meshwright/promotion/1"]
    environment: str
    sandbox: str
    generation: int
    changed: list[str]
    seconds: float


class RepeatedVersion(TypedDict):
    """A version that a run recorded, and what it is when the run is repeated."""

    dataset: str
    recorded: str
    version: str | None
    same: bool
    reasons: list[str]


class RunsRepeat(TypedDict):
    """Whether a recorded run gives the same once more; `run` is the one that repeated it."""

    schema: Literal["meshwright/runs-repeat/1"]
    repeated: str
    same: bool
    versions: list[RepeatedVersion]
    notes: list[str]
    run: Run

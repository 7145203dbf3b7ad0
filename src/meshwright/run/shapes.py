"""What the documents of `run.documents` look like, as types; `faces.documents.shapes` says how they are read.

Nothing of it is needed at run time.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from meshwright.model.incremental import VersionClass
from meshwright.model.rules import Action
from meshwright.plan import values
from meshwright.plan.shapes import Time, TimeSpan
from meshwright.run.costshapes import Amounts, RunCosts
from meshwright.run.report import StepState
from meshwright.state.records import RunState

#: What a failed rule does, or that it was kept, or could not be measured.
Verdict = Annotated[str, ("pass", *(action.value for action in Action), "error")]
#: What a step does, or did.
StepAction = Annotated[str, values.StepAction]


class Supplier(TypedDict):
    """Where what a broken rule found can come from."""

    product: str
    owners: list[str]
    dataset: str
    columns: list[str]
    source: str | None


class Reached(TypedDict):
    """Whom a dataset would have reached."""

    name: str
    kind: Annotated[str, ("product", "dashboard", "report", "model", "application")]
    owners: list[str]
    port: str | None
    datasets: list[str]


class TestEntry(TypedDict):
    """What a rule says of a version."""

    id: str
    dataset: str
    action: Annotated[str, Action]
    verdict: Verdict
    value: object
    operator: str
    bound: object
    failing_rows: int | None
    metric: str | None
    columns: list[str]
    rule: str
    finding: str
    sample: list[dict[str, object]]
    demand: str
    version: str
    recorded: bool
    error: str | None
    supplier: list[Supplier]
    consumers: list[Reached]


class ErrorPlace(TypedDict):
    """What is wrong, where, and how to mend it. Place and fix are null where it has none."""

    code: str
    message: str
    file: str | None
    line: int | None
    column: int | None
    fix: str | None


class RunError(ErrorPlace):
    """Why a run failed, and whether the same can succeed later."""

    retryable: bool


class StepError(RunError):
    """Why a step failed; `refused` where it is a test inside of a tool that said no."""

    refused: bool


#: Of a dataset that is built in parts.
BuiltParts = TypedDict(
    "BuiltParts",
    {
        "class": Annotated[str, VersionClass],
        "build": list[TimeSpan],
        "built": int,
        "reused": int,
        "kept": int,
        "dropped": int,
    },
)
BuiltParts.__doc__ = "What a step made of a dataset that is built in parts."


class RunStep(TypedDict):
    """A step of a run as bound: what was done. `intervals` is there for datasets that are built in parts."""

    key: str
    dataset: str | None
    action: StepAction
    state: Annotated[str, StepState]
    version: str | None
    rows: int | None
    seconds: float
    attempts: int
    error: StepError | None
    started_at: Time | None
    ended_at: Time | None
    inputs: dict[str, str]
    costs: Amounts
    intervals: NotRequired[BuiltParts]


class NotPublished(TypedDict):
    """A product that was not published, and why."""

    product: str
    reason: str
    blocking_test: str | None


class RunDone(TypedDict):
    """What a run did."""

    run_id: str
    state: Annotated[str, RunState]
    steps: list[RunStep]
    tests: list[TestEntry]
    published: list[str]
    not_published: list[NotPublished]
    notes: list[str]
    error: RunError | None


class Run(RunDone):
    """What a run did, and what it cost."""

    schema: Literal["meshwright/run/1"]
    environment: str
    generation: int
    costs: RunCosts
    seconds: float

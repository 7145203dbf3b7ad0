"""What the documents of `plan.documents` look like, as types; `faces.documents.shapes` says how they are read.

Nothing of it is needed at run time.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from meshwright.checks.spec import Outcome
from meshwright.model.incremental import VersionClass
from meshwright.model.rules import Action
from meshwright.plan.compatibility import ChangedKind, Level
from meshwright.plan.values import StepAction, StepKind

Time = Annotated[str, "date-time"]


class TimeSpan(TypedDict):
    """From a moment to another, which is not part of it."""

    start: Time
    end: Time


class Change(TypedDict):
    """One thing that differs in a dataset or contract; `kind` names it in snake case, and there may be new kinds."""

    path: str
    kind: str
    level: Annotated[str, Level]
    message: str
    policy: bool


class PlannedCheck(TypedDict):
    """A rule that a step measures."""

    id: str
    rule: str
    action: Annotated[str, Action]


class BlockingEvidence(TypedDict):
    """A verdict that is recorded already, and blocks."""

    version: str
    check: str
    outcome: Annotated[str, Outcome]
    value: object
    failing_rows: int | None
    run_id: str


class StepProblem(TypedDict):
    """Why a step cannot be done."""

    code: str
    message: str
    fix: str | None


#: Of a dataset that is built in parts.
PlannedParts = TypedDict(
    "PlannedParts",
    {
        "class": Annotated[str, VersionClass],
        "build": list[TimeSpan],
        "built": int,
        "kept": int,
        "dropped": int,
    },
)
PlannedParts.__doc__ = "What a step makes of a dataset that is built in parts, as far as it is known."


class PlannedStep(TypedDict):
    """A step of a plan. `intervals` is there for datasets that are built in parts."""

    key: str
    kind: Annotated[str, StepKind]
    dataset: str | None
    products: list[str]
    action: Annotated[str, StepAction]
    version: str | None
    reasons: list[str]
    after: list[str]
    inputs: dict[str, str | None]
    checks: list[PlannedCheck]
    blocked_by: list[BlockingEvidence]
    problem: StepProblem | None
    intervals: NotRequired[PlannedParts]


class AffectedProduct(TypedDict):
    """A product that reads what changes."""

    domain: str
    product: str
    consumers: list[str]
    columns: list[str]
    outside: list[str]


class ChangeReach(TypedDict):
    """Whom a change reaches."""

    datasets: list[str]
    products: list[str]
    consumers: list[str]
    columns: list[str]
    outside: list[str]


class ObjectChange(TypedDict):
    """All that changes of one dataset or port."""

    object: str
    kind: Annotated[str, ChangedKind]
    level: Annotated[str, Level]
    changes: list[Change]
    reaches: ChangeReach


#: What uses a port: a product, a job of an outside tool, or a declared consumer.
UseKind = Annotated[str, ("product", "outside job", "dashboard", "report", "model", "application")]


class BrokenUse(TypedDict):
    """One live consumer's use of something that breaks."""

    kind: UseKind
    consumer: str
    owners: list[str]
    dataset: str | None
    columns: list[str]
    query: str | None
    file: str | None
    line: int | None
    column: int | None
    url: str | None
    struck: bool
    job: str | None


class Approval(TypedDict):
    """An agreement to what breaks."""

    object: str
    owner: str
    reason: str
    expires: Annotated[str, "date"]


class BrokenPort(TypedDict):
    """What breaks of one port, and who uses it."""

    port: str
    status: str | None
    promised: bool
    changes: list[Change]
    consumers: list[BrokenUse]
    approvers: list[str]
    approval: Approval | None


class ComponentMove(TypedDict):
    """A use of a component that could move to a newer version."""

    node: str
    component: str
    version: str
    newest: str
    in_range: bool
    datasets: list[str]
    problem: str | None


class Plan(TypedDict):
    """What a run would build and reuse, why, and whom it reaches."""

    schema: Literal["meshwright/plan/1"]
    environment: str
    generation: int
    steps: list[PlannedStep]
    affected: list[AffectedProduct]
    level: Annotated[str, Level]
    changes: list[ObjectChange]
    impact: list[BrokenPort]
    counts: dict[str, int]
    moves: list[ComponentMove]
    notes: list[str]

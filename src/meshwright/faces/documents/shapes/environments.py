"""Environments: how they stand, and what moved in them."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.app.shapes import StepAction
from meshwright.app.values import GenerationAction, ObjectKind
from meshwright.faces.documents.shapes.base import Json, Time
from meshwright.model.provisions import ProvisioningState, ProvisionState


class ProvisionedNode(TypedDict):
    """A node of a component that a sandbox is provisioned with."""

    name: str
    tool: str
    state: Annotated[str, ProvisionState]
    undo: bool
    values: dict[str, Json]
    url: str | None
    error: str | None
    run_id: str | None


class Provisioned(TypedDict):
    """A component that a sandbox is provisioned with."""

    name: str
    component: str
    params: dict[str, Json]
    nodes: list[ProvisionedNode]


class EnvironmentAnswer(TypedDict):
    """What became of an environment that was made, moved, extended or deleted."""

    schema: Literal["meshwright/environment-answer/1"]
    environment: str
    generation: int
    changed: list[str]
    seconds: float
    base: str | None
    base_generation: int | None
    expires_at: Time | None
    notes: list[str]
    provisioned: list[Provisioned]


class StandingEnvironment(TypedDict):
    """How an environment stands. Only of sandboxes is known what they lie over, and when and by whom they were made."""

    name: str
    generation: int
    base: str | None
    base_generation: int | None
    created_at: Time | None
    created_by: str | None
    touched_at: Time | None
    expires_at: Time | None


class ListedEnvironment(StandingEnvironment):
    """An environment in a list."""

    provisioning: Annotated[str, ProvisioningState] | None


class Environments(TypedDict):
    """A page of environments, by name."""

    schema: Literal["meshwright/environments/1"]
    environments: list[ListedEnvironment]
    #: Cursor of the next page; null where this is the last, and where all is asked for.
    next: str | None


class Pin(TypedDict):
    """A pointer that is held."""

    object: str
    environment: str
    revision: str | None
    at: Time
    by: str
    reason: str


class Drift(TypedDict):
    """An object of a sandbox's base that moved since."""

    object: str
    kind: Annotated[str, ObjectKind]
    before: str | None
    after: str | None
    own: bool


class Sample(TypedDict):
    """How much of the data a sandbox holds."""

    percent: float | None
    rows: int | None


class Moved(TypedDict):
    """A pointer that moved in a publication."""

    object: str
    before: str | None
    after: str | None


class Publication(TypedDict):
    """A publication into an environment."""

    generation: int
    at: Time
    by: str
    action: Annotated[str, GenerationAction]
    reason: str
    run_id: str | None
    base_generation: int | None
    changed: list[Moved]


class Environment(ListedEnvironment):
    """Everything that is known of an environment."""

    schema: Literal["meshwright/environment/1"]
    sample: Sample | None
    commit: str | None
    pointers: dict[str, str | None]
    own: list[str]
    pins: list[Pin]
    drift: list[Drift]
    history: list[Publication]
    provisioned: list[Provisioned]


class Rebuild(TypedDict):
    """What a sandbox builds again after it was put on what its base shows now."""

    dataset: str | None
    action: StepAction
    reasons: list[str]


class Rebase(TypedDict):
    """A sandbox that was put on what its base shows now."""

    schema: Literal["meshwright/rebase/1"]
    environment: str
    generation: int
    base: str | None
    base_generation: int | None
    changed: list[str]
    drift: list[Drift]
    rebuild: list[Rebuild]
    seconds: float
    notes: list[str]

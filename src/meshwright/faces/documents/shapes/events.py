"""Events, subscriptions to them and their deliveries; triggers and what they ordered."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.faces.documents.shapes.base import Json, Time
from meshwright.model.firings import FiringState
from meshwright.model.subscriptions import DeliveryState, SendMode, SubscriptionState
from meshwright.model.triggers import Missed, Overlap


class SentEvent(TypedDict):
    """An event that was sent, and whether it is new."""

    source: str
    id: str
    type: str
    new: bool


class EventSend(TypedDict):
    """Answer to events that were sent."""

    schema: Literal["meshwright/event-send/1"]
    events: list[SentEvent]
    new: int
    known: int


class ListedEvent(TypedDict):
    """An event that came in, or that meshwright told."""

    number: int
    source: str
    id: str
    type: str
    received_at: Time
    by: str
    handled_at: Time | None
    event: dict[str, Json]


class Events(TypedDict):
    """A page of events, newest first."""

    schema: Literal["meshwright/events/1"]
    events: list[ListedEvent]
    #: Cursor of the next page; null where this is the last, and where all is asked for.
    next: str | None


class OrderedRun(TypedDict):
    """The run that a subscription orders."""

    product: str
    environment: str
    params: dict[str, str]
    params_from: dict[str, str]


class ListedSubscription(TypedDict):
    """A wish to be told of events, or that they start a run. What is of webhooks is null where a run is started."""

    id: str
    owner: str | None
    description: str
    types: list[str]
    sources: list[str]
    subjects: list[str]
    products: list[str]
    domains: list[str]
    environments: list[str]
    filters: list[dict[str, object]]
    protocol: Literal["HTTP"] | None
    sink: str | None
    mode: Annotated[str, SendMode] | None
    timeout_s: float | None
    attempts: int | None
    backoff_s: float | None
    secret_from: str | None
    most_runs: int
    start: OrderedRun | None
    state: Annotated[str, SubscriptionState]
    reason: str
    created_at: Time
    by: str
    revision: int
    waiting: int
    dead: int
    behind: int
    forgotten: int


class Subscription(ListedSubscription):
    """One subscription; its secret is told where it was just made."""

    schema: Literal["meshwright/subscription/1"]
    secret: str | None


class Subscriptions(TypedDict):
    """All subscriptions."""

    schema: Literal["meshwright/subscriptions/1"]
    subscriptions: list[ListedSubscription]


class SubscriptionDelete(TypedDict):
    """That a subscription is gone."""

    schema: Literal["meshwright/subscription-delete/1"]
    id: str
    deleted: Literal[True]


class DeliveredEvent(TypedDict):
    """The event of a delivery, which may be forgotten by now."""

    source: str
    id: str
    type: str
    number: int


class Try(TypedDict):
    """A try to deliver."""

    at: Time
    seconds: float
    status: int | None
    error: str | None


class ListedDelivery(TypedDict):
    """An event on its way to a subscription."""

    id: str
    subscription: str
    event: DeliveredEvent
    state: Annotated[str, DeliveryState]
    attempts: int
    next_at: Time | None
    created_at: Time
    ended_at: Time | None
    tries: list[Try]
    answer: str | None
    run_id: str | None


class Delivery(ListedDelivery):
    """One delivery."""

    schema: Literal["meshwright/delivery/1"]


class DeliveryReplay(TypedDict):
    """How many deliveries are sent once more."""

    schema: Literal["meshwright/delivery-replay/1"]
    subscription: str
    state: Annotated[str, DeliveryState]
    replayed: int
    more: bool


class Deliveries(TypedDict):
    """A page of deliveries, newest first."""

    schema: Literal["meshwright/deliveries/1"]
    deliveries: list[ListedDelivery]
    #: Cursor of the next page; null where this is the last, and where all is asked for.
    next: str | None


class Paused(TypedDict):
    """Who paused a product or a trigger, and why."""

    name: str
    since: Time
    by: str
    reason: str


class Firing(TypedDict):
    """A run that a trigger ordered, or why there is none."""

    trigger: str
    kind: str
    at: Time
    recorded_at: Time
    state: Annotated[str, FiringState]
    reason: str
    run_id: str | None
    outcome: str | None
    events: list[str]
    params: dict[str, str]
    missed: int
    attempts: int
    late_at: Time | None
    is_late: bool


class Trigger(TypedDict):
    """A trigger as it stands."""

    trigger: str
    product: str
    kind: str
    fires: str
    overlap: Annotated[str, Overlap]
    missed: Annotated[str, Missed] | None
    late_after_s: int | None
    next_at: Time | None
    waits: str | None
    paused: Paused | None
    since: Time | None
    last: Firing | None


class NextFiring(TypedDict):
    """A moment at which a trigger fires."""

    at: Time
    local: Time
    timezone: str
    trigger: str
    why: str
    paused: bool


class LateDataset(TypedDict):
    """A dataset that is older than its rule allows."""

    dataset: str
    rule: str
    newest: str | None
    late_at: Time | None


class Schedules(TypedDict):
    """Triggers, what is next, and what they ordered."""

    schema: Literal["meshwright/schedules/1"]
    environment: str
    worker: str | None
    triggers: list[Trigger]
    next: list[NextFiring]
    firings: list[Firing]
    late: list[LateDataset]


class PassedOver(TypedDict):
    """How many moments of a trigger passed while it was paused."""

    trigger: str
    moments: int


class SchedulePause(TypedDict):
    """That triggers are paused, or go on."""

    schema: Literal["meshwright/schedule-pause/1"]
    environment: str
    name: str
    triggers: list[str]
    paused: bool
    changed: bool
    passed_over: list[PassedOver]

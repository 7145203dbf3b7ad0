"""Subscriptions to events, and the deliveries that come of them."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.eventconditions import Condition
from meshwright.model.identity import identity

#: In a list of environments: every one of them.
ANY = "*"
#: Tries of one delivery that are kept with it.
MOST_TRIES_KEPT = 20
#: Runs an hour, see `Subscription.most_runs`.
MOST_RUNS = 300
#: Bytes of a receiver's answer that are kept.
MOST_ANSWER_BYTES = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFilter:
    """Which events a subscription is for: one of each list that is not empty must fit."""

    #: CloudEvents types; with ``.*`` at its end every type that begins so.
    types: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    #: Addresses of products, and domains whose products, our own events are about.
    products: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    #: Environments that our own events are about, `ANY` for all of them. Events of others are about none, and fit.
    environments: tuple[str, ...] = ("prod",)
    #: All of which must fit as well.
    conditions: tuple[Condition, ...] = ()


class SendMode(enum.StrEnum):
    """How an event becomes a request, in CloudEvents' words."""

    #: Attributes in headers, the data as the body.
    BINARY = "binary"
    #: All of it as one JSON object.
    STRUCTURED = "structured"


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """A receiver that events are sent to."""

    url: str
    mode: SendMode = SendMode.BINARY
    timeout_s: float = 10.0
    #: How often a delivery is tried, and the pause after the first time: it doubles, up to an hour.
    attempts: int = 24
    backoff_s: float = 1.0
    #: ``${env:HOOK_SECRET}``: where the secret is that signs. Empty: it follows from the mesh's own key.
    secret: str = ""
    #: Which of the secrets that follow from the key: a rotation goes on to the next one.
    secret_number: int = 1
    #: Name of the key that they follow from.
    key_name: str = ""
    #: Until when the secret before signs as well; None: it does not.
    both_until: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """The value of a parameter that is taken from each event."""

    #: Where in the event: an attribute, or ``data.region``.
    path: str
    #: The parameter's type as it was declared when the subscription was made.
    type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """What a subscription starts: a run of a product, for each event."""

    environment: str = "prod"
    #: ``domain.product``, or ``domain.product@variation``.
    product: str
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Parameters whose values each event holds.
    takes: Mapping[str, Taken] = field(default_factory=lambda: MappingProxyType({}))


class SubscriptionState(enum.StrEnum):
    """Whether deliveries are made."""

    ACTIVE = "active"
    #: By a person, or where too many runs began (`most_runs`); what comes meanwhile is delivered when it is resumed.
    PAUSED = "paused"
    #: By meshwright: the receiver said that it is gone.
    DISABLED = "disabled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """Somebody's standing wish to be told."""

    id: str
    #: The domain that it belongs to; empty: the mesh.
    owner: str = ""
    description: str = ""
    filter: EventFilter
    #: None: nothing is sent or started, it names a filter for streams.
    target: Webhook | Start | None = None
    #: Runs of one product that events, publications and requests by URL may begin within an hour while this subscription starts
    #: them, or tells of them: with more it is paused. 0: as many as there are.
    most_runs: int = MOST_RUNS
    state: SubscriptionState = SubscriptionState.ACTIVE
    #: Why it is paused or disabled.
    reason: str = ""
    created_at: dt.datetime
    by: str
    #: Grows with each change.
    revision: int = 1
    #: Number of the newest event that it was asked about: what came before it was made is not its business.
    cursor: int = 0

    @property
    def trigger(self) -> str:
        """Stands for it where the runs that it starts name what started them."""
        assert isinstance(self.target, Start)  # others start nothing
        return f"{self.target.product}:{self.id}"


class DeliveryState(enum.StrEnum):
    """How far a delivery is."""

    #: To be sent, now, after a pause, or after those before it.
    WAITING = "waiting"
    #: The receiver took it.
    DELIVERED = "delivered"
    #: A run was ordered for it.
    STARTED = "started"
    #: Given up after so many tries, or refused for good.
    DEAD = "dead"
    #: Passed over by a person.
    SKIPPED = "skipped"


#: States of deliveries that can be sent once more.
REPLAYABLE = (DeliveryState.DEAD, DeliveryState.DELIVERED, DeliveryState.SKIPPED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Try:
    """One try to deliver."""

    at: dt.datetime
    seconds: float
    #: The answer's status; None where there was no answer.
    status: int | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One event for one subscription."""

    id: str
    subscription: str
    #: The event: its number, and what names it.
    event: int
    source: str
    event_id: str
    type: str
    #: What it must not overtake another one of: the product, else the subject, else the source.
    lane: str
    state: DeliveryState
    created_at: dt.datetime
    #: Tries since it was made, or replayed.
    attempts: int = 0
    #: When it is tried next; None where it has ended, or waits for one before it.
    next_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    #: The last tries, newest last.
    tries: tuple[Try, ...] = ()
    #: The beginning of the receiver's last answer, where that was no success.
    answer: str = ""
    #: The run that was ordered.
    run_id: str = ""
    #: Order of making; 0 before.
    number: int = 0


def delivery_id(subscription: str, source: str, event_id: str) -> str:
    """Return the id of a delivery, which goes along as ``webhook-id``: however often it is sent, it is the same."""
    name = identity("mwdelivery1", subscription, source, event_id)
    return f"dlv_{name[:24]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryFilter:
    """Which deliveries are listed."""

    subscription: str | None = None
    state: DeliveryState | None = None
    #: Only those numbered below; None: from the newest on.
    before: int | None = None
    limit: int = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayRange:
    """Which deliveries of a subscription are sent once more."""

    subscription: str
    states: tuple[DeliveryState, ...] = (DeliveryState.DEAD,)
    #: Numbers of the first and the last of them; None: from the oldest on, up to the newest.
    first: int | None = None
    last: int | None = None
    limit: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Backlog:
    """What is not delivered of a subscription."""

    waiting: int = 0
    dead: int = 0

"""Events and subscriptions: which event is for whom, what comes of it, and what must not overtake what."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from meshwright.frozen import dataclass
from meshwright.model.causes import CauseKind
from meshwright.model.firings import Firing, FiringState, ReceivedEvent
from meshwright.model.happenings import OWN_SOURCES, TELLER
from meshwright.model.names import domain_of, plain_address
from meshwright.model.subscriptions import (
    ANY,
    Delivery,
    DeliveryState,
    EventFilter,
    Start,
    Subscription,
    Webhook,
    delivery_id,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """An event as far as it decides whom it is for."""

    event: ReceivedEvent
    subject: str
    #: Of our own events: the environment, and the products that it is about. Empty for those of others.
    environment: str = ""
    products: tuple[str, ...] = ()
    #: Whether there are more products than are named.
    has_more: bool = False

    @property
    def lane(self) -> str:
        """What it must not overtake, and not be overtaken by: its product's other events, or those of its subject."""
        if len(self.products) == 1 and not self.has_more and self.subject.startswith(self.products[0]):
            return f"{self.environment}/{self.products[0]}"
        return f"{self.event.source} {self.subject}"


def told_of(event: ReceivedEvent) -> Told:
    """Read what an event is about."""
    document = json.loads(event.document)
    subject = str(document.get("subject") or "")
    if event.by != TELLER or not event.source.startswith(OWN_SOURCES):
        return Told(event=event, subject=subject)
    data = document.get("data") or {}
    named = data.get("products")
    products = tuple(named) if named is not None else (data["product"],) if data.get("product") else ()
    return Told(
        event=event,
        subject=subject,
        environment=event.source.removeprefix(OWN_SOURCES).partition("/")[0],
        products=products,
        has_more=data.get("product_count", 0) > len(products),
    )


def is_for(wanted: EventFilter, told: Told) -> bool:
    """Whether an event is one that a filter is for."""
    event = told.event
    return (
        _is_type(wanted.types, event.type)
        and _is_among(wanted.sources, event.source)
        and _is_among(wanted.subjects, told.subject)
        and _is_of_environment(wanted.environments, told.environment)
        and (not wanted.products or _is_about(wanted.products, told))
        and (not wanted.domains or told.has_more or any(domain_of(each) in wanted.domains for each in told.products))
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """What comes of events for subscriptions."""

    deliveries: tuple[Delivery, ...] = ()
    #: Runs that are ordered.
    firings: tuple[Firing, ...] = ()
    #: Subscription -> the number of the newest event that it was asked about.
    cursors: Mapping[str, int] = field(default_factory=dict)


def spread(
    events: Sequence[ReceivedEvent], subscriptions: Iterable[Subscription], rooms: Mapping[str, int], now: dt.datetime
) -> Spread:
    """Ask subscriptions about events that follow each other. `rooms` says how many deliveries of each may still be made.

    Where there is no more room the rest of the events waits; what is asked twice comes to the same.
    """
    told = [told_of(event) for event in events]
    deliveries: list[Delivery] = []
    firings: list[Firing] = []
    cursors: dict[str, int] = {}
    for subscription in subscriptions:
        room = rooms.get(subscription.id, 0)
        for each in told:
            if each.event.number <= subscription.cursor:
                continue
            if _is_wanted(subscription, each):
                if not room:
                    break
                room -= 1
                delivery, firing = _made(subscription, each, now)
                deliveries.append(delivery)
                firings += [] if firing is None else [firing]
            cursors[subscription.id] = each.event.number
    return Spread(deliveries=tuple(deliveries), firings=tuple(firings), cursors=cursors)


def _is_wanted(subscription: Subscription, told: Told) -> bool:
    """Whether something comes of an event. What a product itself does starts it not again: that would go round for ever."""
    target = subscription.target
    if target is None or not is_for(subscription.filter, told):
        return False
    return not (isinstance(target, Start) and _is_about((plain_address(target.product),), told))


def _made(subscription: Subscription, told: Told, now: dt.datetime) -> tuple[Delivery, Firing | None]:
    firing = _firing(subscription, told, now) if isinstance(subscription.target, Start) else None
    assert firing is not None or isinstance(subscription.target, Webhook)  # there is nothing else
    event = told.event
    delivery = Delivery(
        id=delivery_id(subscription.id, event.source, event.id),
        subscription=subscription.id,
        event=event.number,
        source=event.source,
        event_id=event.id,
        type=event.type,
        lane=told.lane,
        state=DeliveryState.WAITING if firing is None else DeliveryState.STARTED,
        created_at=now,
        ended_at=None if firing is None else now,
        run_id="" if firing is None else firing.run_id,
    )
    return delivery, firing


def _firing(subscription: Subscription, told: Told, now: dt.datetime) -> Firing:
    """Order a run: the same event orders the same run, however often it is asked about."""
    start = subscription.target
    assert isinstance(start, Start)  # the caller looked
    event = told.event
    return Firing(
        key=f"{start.environment} {subscription.trigger} event {event.name}",
        environment=start.environment,
        trigger=subscription.trigger,
        kind=CauseKind.EVENT,
        at=event.received_at,
        recorded_at=now,
        state=FiringState.WAITING,
        reason=f"subscription {subscription.id}",
        events=(event.name,),
        params=start.params,
    )


def _is_type(wanted: Sequence[str], type_: str) -> bool:
    return not wanted or any(
        type_.startswith(each.removesuffix("*")) if each.endswith(".*") else type_ == each for each in wanted
    )


def _is_among(wanted: Sequence[str], found: str) -> bool:
    return not wanted or found in wanted


def _is_of_environment(wanted: Sequence[str], environment: str) -> bool:
    return not environment or ANY in wanted or environment in wanted


def _is_about(products: Sequence[str], told: Told) -> bool:
    """Whether an event is about one of some products, or a variation of one; a run of very many may be."""
    return told.has_more or any(each in products or plain_address(each) in products for each in told.products)

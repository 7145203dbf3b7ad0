"""Events and subscriptions: which event is for whom, what comes of it, and what must not overtake what."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.causes import CauseKind
from meshwright.model.chains import MOST_DEPTH, NO_CHAIN, Chain, chain_of_event
from meshwright.model.eventconditions import every, truth
from meshwright.model.firings import Firing, FiringState, ReceivedEvent
from meshwright.model.happenings import CHAIN_STOPPED, OWN_SOURCES, RUN_TYPES, TELLER, OwnEvent, own_event, own_source
from meshwright.model.names import domain_of, plain_address
from meshwright.model.subscriptions import (
    ANY,
    Delivery,
    DeliveryState,
    EventFilter,
    Start,
    Subscription,
    Try,
    delivery_id,
)
from meshwright.model.triggers import product_of_trigger
from meshwright.plan.firing.rounds import Held, round_name
from meshwright.plan.firing.taking import AbsentValue, WrongValue, taken_values


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
    #: What conditions ask of.
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: What led to it.
    chain: Chain = NO_CHAIN

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
    attributes, chain = attributes_of(document), chain_of_event(document)
    if event.by != TELLER or not event.source.startswith(OWN_SOURCES):
        return Told(event=event, subject=subject, attributes=attributes, chain=chain)
    data = document.get("data") or {}
    named = data.get("products")
    products = tuple(named) if named is not None else (data["product"],) if data.get("product") else ()
    return Told(
        event=event,
        subject=subject,
        environment=event.source.removeprefix(OWN_SOURCES).partition("/")[0],
        products=products,
        has_more=data.get("product_count", 0) > len(products),
        attributes=attributes,
        chain=chain,
    )


def attributes_of(document: Mapping[str, object]) -> Mapping[str, str]:
    """Return the attributes of an event as text, in CloudEvents' canonical form of it."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in document.items()
        if name not in {"data", "data_base64"}
    }


def is_for(wanted: EventFilter, told: Told) -> bool:
    """Whether an event is one that a filter is for."""
    event = told.event
    return (
        is_of_type(wanted.types, event.type)
        and _is_among(wanted.sources, event.source)
        and _is_among(wanted.subjects, told.subject)
        and _is_of_environment(wanted.environments, told.environment)
        and (not wanted.products or _is_about(wanted.products, told))
        and (not wanted.domains or told.has_more or any(domain_of(each) in wanted.domains for each in told.products))
        and every(truth(each, told.attributes) for each in wanted.conditions) is True
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """What comes of events for subscriptions."""

    deliveries: tuple[Delivery, ...] = ()
    #: Runs that are ordered.
    firings: tuple[Firing, ...] = ()
    #: Subscription -> the number of the newest event that it was asked about.
    cursors: Mapping[str, int] = field(default_factory=dict)
    #: What is told of it: chains that are stopped.
    told: tuple[ReceivedEvent, ...] = ()
    #: Subscription -> why it is to be held; it was not asked about the event that showed it, nor about later ones.
    held: Mapping[str, Held] = field(default_factory=dict)


def spread(
    events: Sequence[ReceivedEvent],
    subscriptions: Iterable[Subscription],
    rooms: Mapping[str, int],
    now: dt.datetime,
    begun: Mapping[str, int] = MappingProxyType({}),
) -> Spread:
    """Ask subscriptions about events that follow each other. `rooms` says how many deliveries of each may still be made.

    `begun` says how many runs of products began within an hour because of events and requests (`Rounds.note`). Where there is no
    more room the rest of the events waits; what is asked twice comes to the same.
    """
    told = [told_of(event) for event in events]
    deliveries: list[Delivery] = []
    firings: list[Firing] = []
    stopped: list[ReceivedEvent] = []
    cursors: dict[str, int] = {}
    held: dict[str, Held] = {}
    for subscription in subscriptions:
        room = rooms.get(subscription.id, 0)
        for each in told:
            if each.event.number <= subscription.cursor:
                continue
            if _is_wanted(subscription, each):
                if not room:
                    break
                if (found := _held(subscription, each, begun)) is not None:
                    held[subscription.id] = found
                    break
                room -= 1
                made = _made(subscription, each, now)
                deliveries.append(made)
                if made.state is DeliveryState.STARTED:
                    firings.append(_firing(subscription, each, now))
                elif made.state is DeliveryState.DEAD and _next_chain(each).is_too_long:
                    stopped.append(_stopped(subscription, each, now))
            cursors[subscription.id] = each.event.number
    return Spread(deliveries=tuple(deliveries), firings=tuple(firings), cursors=cursors, told=tuple(stopped), held=held)


def _held(subscription: Subscription, told: Told, begun: Mapping[str, int]) -> Held | None:
    """Say why a subscription is to be held before an event: it starts, or tells of, what begins too often."""
    if not begun or not subscription.most_runs:
        return None
    start = subscription.target
    if isinstance(start, Start):
        about = [(start.environment, start.product)]
    else:
        about = [(told.environment, product) for product in told.products if told.event.type in RUN_TYPES]
    for environment, product in about:
        runs = begun.get(round_name(environment, product), 0)
        if runs > subscription.most_runs:
            return Held(environment=environment, product=plain_address(product), runs=runs)
    return None


def _is_wanted(subscription: Subscription, told: Told) -> bool:
    """Whether something comes of an event. What a product itself does starts it not again: that would go round for ever."""
    target = subscription.target
    if target is None or not is_for(subscription.filter, told):
        return False
    return not (isinstance(target, Start) and _is_about((plain_address(target.product),), told))


def _made(subscription: Subscription, told: Told, now: dt.datetime) -> Delivery:
    """Make what comes of an event that a subscription is for: to be sent, a run, or neither, with the reason."""
    event, target = told.event, subscription.target
    made = Delivery(
        id=delivery_id(subscription.id, event.source, event.id),
        subscription=subscription.id,
        event=event.number,
        source=event.source,
        event_id=event.id,
        type=event.type,
        lane=told.lane,
        state=DeliveryState.WAITING,
        created_at=now,
    )
    if not isinstance(target, Start):
        return made
    if problem := _start_problem(target, told):
        failed = Try(at=now, seconds=0.0, error=problem)
        return replace(made, state=DeliveryState.DEAD, ended_at=now, attempts=1, tries=(failed,))
    firing = _firing(subscription, told, now)
    return replace(made, state=DeliveryState.STARTED, ended_at=now, run_id=firing.run_id)


def _start_problem(start: Start, told: Told) -> str:
    """Say why an event starts no run; empty where it does."""
    if (chain := _next_chain(told)).is_too_long:
        return (
            f"{MOST_DEPTH} runs were started one after the other, the first by {chain.correlation}: they go round for ever, "
            "or are too many"
        )
    try:
        taken_values(start.takes, json.loads(told.event.document) if start.takes else {})
    except (AbsentValue, WrongValue) as error:
        return f"no run was started: {error}"
    return ""


def _next_chain(told: Told) -> Chain:
    return told.chain.after(told.event.name)


def _stopped(subscription: Subscription, told: Told, now: dt.datetime) -> ReceivedEvent:
    start = subscription.target
    assert isinstance(start, Start)  # the caller looked
    return chain_stopped(start.environment, subscription.trigger, told.event.name, told.chain, now)


def chain_stopped(environment: str, trigger: str, cause: str, chain: Chain, now: dt.datetime) -> ReceivedEvent:
    """Tell that a trigger or subscription started nothing, because what it would follow is a chain as long as may be."""
    product = product_of_trigger(trigger)
    data: dict[str, object] = {
        "product": product,
        "environment": environment,
        "trigger": trigger,
        "event": cause,
        "depth": chain.depth,
        "correlation": chain.correlation,
    }
    event = OwnEvent(
        source=own_source(environment),
        id=f"chain stopped {trigger} {cause}",
        type=CHAIN_STOPPED,
        subject=product,
        data=data,
        extensions=chain.attributes,
    )
    return own_event(event, now, is_handled=True)


def _firing(subscription: Subscription, told: Told, now: dt.datetime) -> Firing:
    """Order a run: the same event orders the same run, however often it is asked about."""
    start = subscription.target
    assert isinstance(start, Start)  # the caller looked
    event = told.event
    taken = taken_values(start.takes, json.loads(event.document)) if start.takes else {}
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
        params={**start.params, **taken},
    )


def is_of_type(wanted: Sequence[str], type_: str) -> bool:
    """Whether a type is one of some, or begins as one of them does; any where there are none."""
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

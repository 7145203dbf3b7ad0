"""Products that start each other for ever: found before the subscription is made that would close the circle.

What fires a subscription is known but for subjects of runs and conditions on what is not known yet: there it may fire, and counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from meshwright.frozen import dataclass
from meshwright.model.chains import CAUSATION, CORRELATION, DEPTH
from meshwright.model.eventconditions import every, truth
from meshwright.model.happenings import (
    PRODUCT_DEPRECATED,
    PRODUCT_PUBLISHED,
    RUN_TYPES,
    SCHEMA_CHANGED,
    TEST_FAILED,
    own_source,
)
from meshwright.model.names import domain_of, plain_address, product_of_object
from meshwright.model.subscriptions import ANY, EventFilter, Start, Subscription
from meshwright.model.triggers import OnPublication, Trigger
from meshwright.plan.firing.subscribed import is_of_type

#: Types whose subject is the product, and a dataset of it; that of the others is a run, whose id nobody knows before.
_ABOUT_PRODUCT = frozenset({PRODUCT_PUBLISHED, PRODUCT_DEPRECATED})
_ABOUT_DATASET = frozenset({SCHEMA_CHANGED, TEST_FAILED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One product that starts another one."""

    product: str
    environment: str
    #: What starts the next: the address of a trigger, or the id of a subscription.
    by: str


def circle(
    wanted: Subscription, others: Iterable[Subscription], triggers: Iterable[Trigger]
) -> tuple[Link, ...] | None:
    """Return the shortest way from what a subscription starts back to what starts it; None where there is none."""
    target = wanted.target
    if not isinstance(target, Start):
        return None
    subscriptions = [each for each in others if isinstance(each.target, Start)]
    waiting: dict[str, list[Trigger]] = {}
    for trigger in triggers:
        if isinstance(trigger.fires, OnPublication):
            for product in {product_of_object(address) for address in trigger.fires.of}:
                waiting.setdefault(product, []).append(trigger)
    ways: list[tuple[tuple[Link, ...], str, str]] = [((), target.environment, target.product)]
    seen = {(target.environment, target.product)}
    for way, environment, product in ways:
        if may_start(wanted, environment, product):
            return (*way, Link(product=product, environment=environment, by=wanted.id))
        following = [
            (each.id, each.target.environment, each.target.product)
            for each in subscriptions
            if isinstance(each.target, Start) and may_start(each, environment, product)
        ]
        following += [(each.address, environment, each.product) for each in waiting.get(product, ())]
        for by, next_environment, next_product in following:
            if (next_environment, next_product) not in seen:
                seen.add((next_environment, next_product))
                link = Link(product=product, environment=environment, by=by)
                ways.append(((*way, link), next_environment, next_product))
    return None


def may_start(subscription: Subscription, environment: str, product: str) -> bool:
    """Whether what a run of a product leads to may start what a subscription starts."""
    target, wanted = subscription.target, subscription.filter
    if not isinstance(target, Start) or plain_address(target.product) == plain_address(product):
        return False
    if ANY not in wanted.environments and environment not in wanted.environments:
        return False
    if wanted.products and not {product, plain_address(product)} & set(wanted.products):
        return False
    if wanted.domains and domain_of(product) not in wanted.domains:
        return False
    if wanted.sources and own_source(environment) not in wanted.sources:
        return False
    return any(_may_fit(wanted, type_, environment, product) for type_ in RUN_TYPES)


def _may_fit(wanted: EventFilter, type_: str, environment: str, product: str) -> bool:
    if not is_of_type(wanted.types, type_):
        return False
    if wanted.subjects and not any(_may_be_subject(each, type_, product) for each in wanted.subjects):
        return False
    subject = product if type_ in _ABOUT_PRODUCT else None
    attributes: Mapping[str, str | None] = {
        "specversion": "1.0",
        "type": type_,
        "source": own_source(environment),
        "subject": subject,
        "datacontenttype": "application/json",
        **dict.fromkeys(("id", "time", CORRELATION, CAUSATION, DEPTH)),
    }
    return every(truth(each, attributes) for each in wanted.conditions) is not False


def _may_be_subject(subject: str, type_: str, product: str) -> bool:
    if type_ in _ABOUT_PRODUCT:
        return subject == product
    return type_ in _ABOUT_DATASET and subject.startswith(f"{plain_address(product)}.")

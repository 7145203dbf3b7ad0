"""Answers about subscriptions and deliveries as lines for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshwright.faces.documents.subscriptions import shown_sink
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import time_words
from meshwright.model.eventconditions import condition_document
from meshwright.model.subscriptions import Start, Webhook

if TYPE_CHECKING:
    from meshwright.app.deliveries import Replayed
    from meshwright.app.subscriptions import SubscriptionView
    from meshwright.model.subscriptions import Delivery, Subscription


def subscription_lines(view: SubscriptionView, look: Look) -> list[str]:
    """`subscription create|show|pause|resume|rotate`."""
    subscription = view.subscription
    lines = [
        f"subscription {subscription.id}: {subscription.state.value}{_because(subscription)}",
        f"  for {_wanted(subscription)}",
        f"  {_does(subscription)}",
        f"  {view.backlog.waiting} waiting, {view.backlog.dead} given up, {view.behind} events not looked at",
    ]
    if view.forgotten:
        lines.append(
            f"  up to {view.forgotten} events that came meanwhile are forgotten: retention in mesh.yaml says how long"
        )
    if view.secret is not None:
        lines.append(f"  secret {look.paint(view.secret, 'bold')}")
        lines.append("  give it to the receiver: it is told only here")
    return [one_line(line) for line in lines]


def subscriptions_lines(views: Sequence[SubscriptionView], look: Look) -> list[str]:
    """`subscription list`."""
    if not views:
        return ["no subscriptions; make one: mw subscription create --sink https://..."]
    titles = ("subscription", "owner", "state", "for", "does", "waiting", "given up")
    rows = [
        [
            view.subscription.id,
            view.subscription.owner,
            view.subscription.state.value + _because(view.subscription),
            one_line(_wanted(view.subscription)),
            one_line(_does(view.subscription)),
            str(view.backlog.waiting),
            str(view.backlog.dead),
        ]
        for view in views
    ]
    return table_lines([Heading(title=title) for title in titles], rows, look)


def deleted_lines(subscription: Subscription, look: Look) -> list[str]:
    """`subscription delete`."""
    return [f"{look.paint(look.marks.ok, 'green')} subscription {subscription.id} is deleted, with its deliveries"]


def deliveries_lines(deliveries: Sequence[Delivery], look: Look) -> list[str]:
    """`delivery list|show|replay|skip`."""
    if not deliveries:
        return ["no deliveries"]
    titles = ("delivery", "subscription", "event", "state", "tries", "next", "last")
    return table_lines([Heading(title=title) for title in titles], [_row(each) for each in deliveries], look)


def replayed_lines(found: Replayed, look: Look) -> list[str]:
    """`delivery replay --subscription`."""
    if not found.count:
        return [f"no delivery of subscription {found.subscription} is {found.state.value}"]
    more = "; there are more: the same again replays them" if found.has_more else ""
    return [
        f"{look.paint(look.marks.ok, 'green')} {found.count} deliveries of {found.subscription} are sent once more{more}"
    ]


def _row(delivery: Delivery) -> list[str]:
    last = delivery.tries[-1] if delivery.tries else None
    said = delivery.run_id if last is None else last.error or f"answered {last.status}"
    return [
        delivery.id,
        delivery.subscription,
        one_line(f"{delivery.type} {delivery.event_id}"),
        delivery.state.value,
        str(delivery.attempts),
        time_words(delivery.next_at),
        one_line(said),
    ]


def _because(subscription: Subscription) -> str:
    return f" ({one_line(subscription.reason)})" if subscription.reason else ""


def _wanted(subscription: Subscription) -> str:
    wanted = subscription.filter
    parts = [", ".join(wanted.types) or "every event"]
    for word, values in (
        ("from", wanted.sources),
        ("about", (*wanted.subjects, *wanted.products)),
        ("of", wanted.domains),
        ("in", wanted.environments),
    ):
        parts += [f"{word} {', '.join(values)}"] if values else []
    parts += [f"that fits {json.dumps(condition_document(each), ensure_ascii=False)}" for each in wanted.conditions]
    return " ".join(parts)


def _does(subscription: Subscription) -> str:
    target = subscription.target
    if isinstance(target, Webhook):
        return f"sends to {shown_sink(target.url)}"
    if isinstance(target, Start):
        given = ", ".join(f"{name} from {taken.path}" for name, taken in target.takes.items())
        return f"runs {target.product} in {target.environment}{f' with {given}' if given else ''}"
    return "names a filter for streams"

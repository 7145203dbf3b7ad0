"""The JSON documents of subscriptions and deliveries; `docs/reference/json.md` describes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from meshwright.faces.documents.plainvalues import moment
from meshwright.model.eventconditions import condition_document
from meshwright.model.subscriptions import Start, Webhook

if TYPE_CHECKING:
    from meshwright.app.deliveries import Replayed
    from meshwright.app.subscriptions import SubscriptionView
    from meshwright.faces.documents.shapes import events
    from meshwright.model.subscriptions import Delivery, Subscription


def subscription_document(view: SubscriptionView) -> events.Subscription:
    """`subscription create|show|pause|resume|rotate`; the secret is told where it was just made."""
    return {"schema": "meshwright/subscription/1", **_subscription(view), "secret": view.secret}


def subscriptions_document(views: Sequence[SubscriptionView]) -> events.Subscriptions:
    """`subscription list`."""
    return {"schema": "meshwright/subscriptions/1", "subscriptions": [_subscription(view) for view in views]}


def deleted_document(subscription: Subscription) -> events.SubscriptionDelete:
    """`subscription delete`."""
    return {"schema": "meshwright/subscription-delete/1", "id": subscription.id, "deleted": True}


def deliveries_document(deliveries: Sequence[Delivery], following: str | None = None) -> events.Deliveries:
    """`delivery list`."""
    return {
        "schema": "meshwright/deliveries/1",
        "deliveries": [_delivery(each) for each in deliveries],
        "next": following,
    }


def delivery_document(delivery: Delivery) -> events.Delivery:
    """`delivery show|replay|skip`."""
    return {"schema": "meshwright/delivery/1", **_delivery(delivery)}


def replayed_document(found: Replayed) -> events.DeliveryReplay:
    """`delivery replay --subscription`."""
    return {
        "schema": "meshwright/delivery-replay/1",
        "subscription": found.subscription,
        "state": found.state.value,
        "replayed": found.count,
        "more": found.has_more,
    }


def shown_sink(url: str) -> str:
    """Return where a webhook is sent to without its query, which may hold a token."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _subscription(view: SubscriptionView) -> events.ListedSubscription:
    subscription, wanted = view.subscription, view.subscription.filter
    target = subscription.target
    hook = target if isinstance(target, Webhook) else None
    start = target if isinstance(target, Start) else None
    return {
        "id": subscription.id,
        "owner": subscription.owner or None,
        "description": subscription.description,
        "types": list(wanted.types),
        "sources": list(wanted.sources),
        "subjects": list(wanted.subjects),
        "products": list(wanted.products),
        "domains": list(wanted.domains),
        "environments": list(wanted.environments),
        "filters": [condition_document(each) for each in wanted.conditions],
        "protocol": "HTTP" if hook is not None else None,
        "sink": None if hook is None else shown_sink(hook.url),
        "mode": None if hook is None else hook.mode.value,
        "timeout_s": None if hook is None else hook.timeout_s,
        "attempts": None if hook is None else hook.attempts,
        "backoff_s": None if hook is None else hook.backoff_s,
        "secret_from": None if hook is None else hook.secret or "made",
        "most_runs": subscription.most_runs,
        "start": None
        if start is None
        else {
            "product": start.product,
            "environment": start.environment,
            "params": dict(start.params),
            "params_from": {name: taken.path for name, taken in start.takes.items()},
        },
        "state": subscription.state.value,
        "reason": subscription.reason,
        "created_at": subscription.created_at.isoformat(),
        "by": subscription.by,
        "revision": subscription.revision,
        "waiting": view.backlog.waiting,
        "dead": view.backlog.dead,
        "behind": view.behind,
        "forgotten": view.forgotten,
    }


def _delivery(delivery: Delivery) -> events.ListedDelivery:
    return {
        "id": delivery.id,
        "subscription": delivery.subscription,
        "event": {"source": delivery.source, "id": delivery.event_id, "type": delivery.type, "number": delivery.event},
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_at": moment(delivery.next_at),
        "created_at": delivery.created_at.isoformat(),
        "ended_at": moment(delivery.ended_at),
        "tries": [
            {"at": each.at.isoformat(), "seconds": each.seconds, "status": each.status, "error": each.error or None}
            for each in delivery.tries
        ],
        "answer": delivery.answer or None,
        "run_id": delivery.run_id or None,
    }

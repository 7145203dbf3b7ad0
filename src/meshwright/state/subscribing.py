"""Between what a subscription is for and the JSON that its row holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from meshwright.frozen import dataclass
from meshwright.model.eventconditions import Combined, Compared, Condition, Dialect, condition_document
from meshwright.model.subscriptions import MOST_RUNS, EventFilter, SendMode, Start, Subscription, Taken, Webhook
from meshwright.state.codec import from_micros, to_json, to_micros

_LISTS = ("types", "sources", "subjects", "products", "domains", "environments")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What a person asked for with a subscription."""

    description: str
    filter: EventFilter
    target: Webhook | Start | None
    most_runs: int


def wish_text(subscription: Subscription) -> str:
    """Return what a person asked for as JSON."""
    wanted = subscription.filter
    return to_json(
        {
            "description": subscription.description,
            "filter": {name: list(getattr(wanted, name)) for name in _LISTS},
            "conditions": [condition_document(each) for each in wanted.conditions],
            "most_runs": subscription.most_runs,
            "webhook": _webhook(subscription.target) if isinstance(subscription.target, Webhook) else None,
            "start": _start(subscription.target) if isinstance(subscription.target, Start) else None,
        }
    )


def wish_of(text: str) -> Wish:
    """Give back what `wish_text` was given."""
    found = json.loads(text)
    target: Webhook | Start | None = None
    if found["webhook"] is not None:
        target = _webhook_of(found["webhook"])
    elif found["start"] is not None:
        target = _start_of(found["start"])
    filters = {name: tuple(values) for name, values in found["filter"].items()}
    conditions = _conditions_of(found.get("conditions", []))
    return Wish(
        description=found["description"],
        filter=EventFilter(**filters, conditions=conditions),
        target=target,
        most_runs=found.get("most_runs", MOST_RUNS),
    )


def _webhook(hook: Webhook) -> dict[str, object]:
    return {
        "url": hook.url,
        "mode": hook.mode.value,
        "timeout_s": hook.timeout_s,
        "attempts": hook.attempts,
        "backoff_s": hook.backoff_s,
        "secret": hook.secret,
        "secret_number": hook.secret_number,
        "key_name": hook.key_name,
        "both_until": None if hook.both_until is None else to_micros(hook.both_until),
    }


def _webhook_of(found: dict[str, Any]) -> Webhook:
    both_until = found["both_until"]
    return Webhook(
        url=found["url"],
        mode=SendMode(found["mode"]),
        timeout_s=found["timeout_s"],
        attempts=found["attempts"],
        backoff_s=found["backoff_s"],
        secret=found["secret"],
        secret_number=found["secret_number"],
        key_name=found["key_name"],
        both_until=None if both_until is None else from_micros(both_until),
    )


def _start(start: Start) -> dict[str, object]:
    return {
        "environment": start.environment,
        "product": start.product,
        "params": dict(start.params),
        "takes": {name: [taken.path, taken.type] for name, taken in start.takes.items()},
    }


def _start_of(found: dict[str, Any]) -> Start:
    takes = {name: Taken(path=path, type=type_) for name, (path, type_) in found.get("takes", {}).items()}
    return Start(environment=found["environment"], product=found["product"], params=found["params"], takes=takes)


def _conditions_of(found: Sequence[dict[str, Any]]) -> tuple[Condition, ...]:
    return tuple(map(_condition_of, found))


def _condition_of(found: dict[str, Any]) -> Condition:
    [(word, inner)] = found.items()
    dialect = Dialect(word)
    match dialect:
        case Dialect.ALL | Dialect.ANY:
            return Combined(dialect=dialect, parts=_conditions_of(inner))
        case Dialect.NOT:
            return Combined(dialect=dialect, parts=(_condition_of(inner),))
        case _:
            return Compared(dialect=dialect, values=tuple(sorted(inner.items())))

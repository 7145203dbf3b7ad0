"""What goes round by a way that passes nothing on: too many runs of a product within an hour hold what starts or tells of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from meshwright.model.firings import ReceivedEvent
from meshwright.model.happenings import OwnEvent, own_event
from meshwright.model.subscriptions import EventFilter, Start, Subscription, Webhook
from meshwright.plan.firing import Held, Rounds, spread

NOW = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def run(number: int, kind: str | None = "api", product: str = "d.p", minute: float = 0.0) -> ReceivedEvent:
    data: dict[str, object] = {
        "environment": "prod",
        "cause": None if kind is None else {"kind": kind, "name": "x"},
        "products": [product],
    }
    made = OwnEvent(source="/meshwright/prod", id=str(number), type="meshwright.run.started", subject="r", data=data)
    return replace(own_event(made, NOW + dt.timedelta(minutes=minute)), number=number)


def subscription(target: Webhook | Start | None, **changes: object) -> Subscription:
    values = {"id": "sub_a", "filter": EventFilter(), "target": target, "created_at": NOW, "by": "ana", "most_runs": 2}
    return Subscription(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "counted"),
    [("api", 1), ("event", 1), ("publication", 1), ("schedule", 0), ("person", 0), ("file", 0), (None, 0)],
)
def test_what_something_outside_can_begin_again_is_counted(kind: str | None, counted: int) -> None:
    assert Rounds().note([run(1, kind)]) == ({"prod/d.p": 1} if counted else {})


def test_runs_are_counted_once_within_an_hour_and_by_plain_products() -> None:
    rounds = Rounds()
    assert rounds.note([run(1), run(2, product="d.p@v", minute=30), run(3, product="e.q", minute=30)]) == {
        "prod/d.p": 2,
        "prod/e.q": 1,
    }
    assert rounds.note([run(2, minute=30), run(3, product="e.q", minute=30)]) == {}  # read by one that is behind
    assert rounds.note([run(3, product="e.q", minute=30), run(4, minute=61)]) == {"prod/d.p": 2, "prod/e.q": 1}
    assert rounds.note([run(5, "person", minute=200)]) == {}
    rounds.note([run(6, minute=200)])
    rounds.begin_anew("prod/d.p")
    assert rounds.note([run(7, minute=200)]) == {"prod/d.p": 1}
    assert rounds.note([]) == {}


WEBHOOK = Webhook(url="https://example.org/")


@pytest.mark.parametrize(
    ("given", "runs", "is_held"),
    [
        (subscription(WEBHOOK), 3, True),
        (subscription(WEBHOOK), 2, False),
        (subscription(WEBHOOK, most_runs=0), 3, False),
        (subscription(Start(product="d.p@v")), 3, False),  # what a product does starts it not
        (subscription(Start(product="e.q")), 3, False),
        (subscription(None), 3, False),
    ],
)
def test_a_subscription_that_tells_of_too_many_runs_is_held(given: Subscription, runs: int, is_held: bool) -> None:
    found = spread([run(1), run(2)], [given], {"sub_a": 9}, NOW, {"prod/d.p": runs})
    assert found.held == ({"sub_a": Held(environment="prod", product="d.p", runs=3)} if is_held else {})
    if is_held:
        assert (found.deliveries, found.cursors) == ((), {})  # what comes is kept for later


def test_a_subscription_that_starts_too_many_runs_is_held_by_what_would_start_one_more() -> None:
    outside = ReceivedEvent(source="/a", id="1", type="x", document="{}", received_at=NOW, number=2, by="ana")
    other = replace(outside, number=1, type="y", id="2")
    given = subscription(Start(product="d.p@v"), filter=EventFilter(types=("x",)))
    found = spread([other, outside], [given], {"sub_a": 9}, NOW, {"prod/d.p": 3})
    assert (found.firings, found.cursors, found.held["sub_a"].product) == ((), {"sub_a": 1}, "d.p")
    qa = replace(given, target=Start(product="d.p@v", environment="qa"))
    assert len(spread([other, outside], [qa], {"sub_a": 9}, NOW, {"prod/d.p": 3}).firings) == 1

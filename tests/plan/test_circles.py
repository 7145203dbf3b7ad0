"""Products that start each other for ever are found before, with the way that they take."""

from __future__ import annotations

import datetime as dt

import pytest

from meshwright.app.subscriptions_conditions import read_conditions
from meshwright.model.subscriptions import EventFilter, Start, Subscription
from meshwright.model.triggers import OnPublication
from meshwright.plan.firing.circles import circle
from tests.plan.firing_world import trigger

NOW = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def starts(product: str, id_: str = "new", environment: str = "prod", **filter_: object) -> Subscription:
    target = Start(product=product, environment=environment)
    wanted = EventFilter(**filter_)  # type: ignore[arg-type]
    return Subscription(id=id_, filter=wanted, target=target, created_at=NOW, by="ana")


def way(wanted: Subscription, *others: Subscription, triggers: tuple[tuple[str, str], ...] = ()) -> list[str] | None:
    waiting = [trigger(OnPublication(of=(of,)), name="t", product=product) for product, of in triggers]
    found = circle(wanted, others, waiting)
    return None if found is None else [f"{link.product} {link.by}" for link in found]


def test_two_subscriptions_that_start_each_other_are_a_circle() -> None:
    other = starts("a.x", "old", products=("a.y",))
    assert way(starts("a.y", products=("a.x",)), other) == ["a.y old", "a.x new"]
    assert way(starts("a.z", products=("a.x",)), other) is None


def test_a_circle_may_go_round_by_triggers_and_by_several() -> None:
    wanted = starts("a.x", products=("a.z",))
    assert way(wanted, triggers=(("a.y", "a.x"), ("a.z", "a.y.data"))) == ["a.x a.y:t", "a.y a.z:t", "a.z new"]
    assert way(wanted, triggers=(("a.y", "a.x"),)) is None


OLD = starts("a.x", "old", products=("a.y",))
NO_CIRCLES: list[tuple[str, dict[str, object]]] = [
    ("types of others", {"types": ("org.example.*",)}),
    ("of releases", {"types": ("meshwright.release.promoted",)}),
    ("what the worker notices", {"types": ("meshwright.dataset.late",)}),
    ("another environment", {"environments": ("qa",)}),
    ("another domain", {"domains": ("b",)}),
    ("another product", {"products": ("a.w",)}),
    ("another source", {"sources": ("/meshwright/qa",)}),
    ("another subject", {"subjects": ("a.w", "a.w.data")}),
    ("a condition", {"conditions": read_conditions([{"prefix": {"type": "org."}}])}),
    (
        "a condition on the subject",
        {"types": ("meshwright.product.*",), "conditions": read_conditions([{"exact": {"subject": "a.w"}}])},
    ),
]  # fmt: skip
CIRCLES: list[tuple[str, dict[str, object]]] = [
    ("everything", {}),
    ("every environment", {"environments": ("*",)}),
    ("the domain", {"domains": ("a",)}),
    ("the source", {"sources": ("/meshwright/prod",)}),
    ("the product's subject", {"subjects": ("a.x",)}),
    ("a dataset's subject", {"subjects": ("a.x.data",)}),
    ("failures", {"types": ("meshwright.run.failed",)}),
    ("what may fit", {"conditions": read_conditions([{"suffix": {"subject": "data"}}])}),
]


@pytest.mark.parametrize(("name", "filter_"), NO_CIRCLES, ids=[each for each, _ in NO_CIRCLES])
def test_what_no_run_leads_to_is_no_circle(name: str, filter_: dict[str, object]) -> None:
    assert way(starts("a.y", **filter_), OLD) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "filter_"), CIRCLES, ids=[each for each, _ in CIRCLES])
def test_what_a_run_may_lead_to_is_one(name: str, filter_: dict[str, object]) -> None:
    assert way(starts("a.y", **filter_), OLD) == ["a.y old", "a.x new"]  # type: ignore[arg-type]


def test_what_a_product_does_itself_starts_it_not() -> None:
    assert way(starts("a.y")) is None
    assert way(starts("a.y@v", products=("a.y",))) is None


def test_a_circle_goes_round_by_the_variations_that_are_started() -> None:
    other = starts("a.x", "old", products=("a.y@v",))
    assert way(starts("a.y", products=("a.x",)), other) is None
    assert way(starts("a.y@v", products=("a.x",)), other) == ["a.y@v old", "a.x new"]


def test_a_circle_may_go_through_environments() -> None:
    other = starts("a.x", "old", environment="prod", environments=("qa",))
    assert way(starts("a.y", environment="qa", environments=("prod",)), other) == ["a.y old", "a.x new"]
    assert way(starts("a.y", environment="prod", environments=("prod",)), other) is None

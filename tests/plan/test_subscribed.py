"""Which event is for whom, what comes of it, and what must not overtake what."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from meshwright.model.firings import ReceivedEvent
from meshwright.model.happenings import OwnEvent, own_event
from meshwright.model.subscriptions import EventFilter, Start, Subscription, Webhook
from meshwright.plan.firing import is_for, spread, told_of

NOW = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def own(type_: str, subject: str, number: int = 1, environment: str = "prod", **data: object) -> ReceivedEvent:
    made = own_event(
        OwnEvent(source=f"/meshwright/{environment}", id=f"{type_} {number}", type=type_, subject=subject, data=data),
        NOW,
    )
    return replace(made, number=number)


def foreign(type_: str = "org.x.y", number: int = 1, source: str = "/a", **more: object) -> ReceivedEvent:
    document = json.dumps({"id": str(number), "source": source, "type": type_, **more})
    return ReceivedEvent(
        source=source, id=str(number), type=type_, document=document, received_at=NOW, number=number, by="ana"
    )


PUBLISHED = own("meshwright.product.published", "d.p", product="d.p")
RUN = own("meshwright.run.started", "r1", products=["d.p", "e.q@v"], product_count=2)
HUGE = own("meshwright.run.started", "r2", products=["d.p"], product_count=900)
OUTSIDE = foreign(subject="s", data={"product": "d.p"})


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (EventFilter(), [PUBLISHED, RUN, HUGE, OUTSIDE]),
        (EventFilter(types=("org.x.y",)), [OUTSIDE]),
        (EventFilter(types=("org.*", "meshwright.run.*")), [RUN, HUGE, OUTSIDE]),
        (EventFilter(types=("meshwright.run.*", "meshwright.run")), [RUN, HUGE]),
        (EventFilter(sources=("/a",)), [OUTSIDE]),
        (EventFilter(subjects=("d.p", "s")), [PUBLISHED, OUTSIDE]),
        (EventFilter(products=("d.p",)), [PUBLISHED, RUN, HUGE]),
        (EventFilter(products=("e.q",)), [RUN, HUGE]),
        (EventFilter(products=("e.q@v",)), [RUN, HUGE]),
        (EventFilter(domains=("e",)), [RUN, HUGE]),
        (EventFilter(environments=("qa",)), [OUTSIDE]),
        (EventFilter(environments=("*",), domains=("d",)), [PUBLISHED, RUN, HUGE]),
    ],
)
def test_an_event_fits_where_one_of_each_list_does(wanted: EventFilter, fits: list[ReceivedEvent]) -> None:
    assert [each for each in (PUBLISHED, RUN, HUGE, OUTSIDE) if is_for(wanted, told_of(each))] == fits


def test_what_says_that_it_is_about_a_product_is_not_believed_from_outside() -> None:
    forged = foreign("meshwright.product.published", source="/meshwright/prod", data={"product": "d.p"})
    assert not is_for(EventFilter(products=("d.p",)), told_of(forged))


def test_what_is_about_one_product_is_in_its_lane_and_all_else_in_that_of_its_subject() -> None:
    tested = own("meshwright.test.failed", "d.p.a", product="d.p")
    assert told_of(PUBLISHED).lane == told_of(tested).lane
    elsewhere = own("meshwright.product.published", "d.p", environment="qa", product="d.p")
    lanes = {told_of(each).lane for each in (PUBLISHED, elsewhere, RUN, HUGE, OUTSIDE, foreign(), foreign(source="/b"))}
    assert len(lanes) == 7


def subscription(id_: str = "sub_a", **changes: object) -> Subscription:
    values: dict[str, object] = {
        "id": id_, "filter": EventFilter(), "target": Webhook(url="https://x.example/"), "created_at": NOW, "by": "ana",
    }  # fmt: skip
    return Subscription(**(values | changes))  # type: ignore[arg-type]


def test_where_there_is_no_room_the_rest_waits_and_others_go_on() -> None:
    events = [foreign(number=number) for number in (3, 4, 7)]
    given = [subscription("full"), subscription("free"), subscription("ahead", cursor=4)]
    found = spread(events, given, {"full": 2, "free": 9, "ahead": 9}, NOW)
    assert [(each.subscription, each.event) for each in found.deliveries] == [
        ("full", 3), ("full", 4), ("free", 3), ("free", 4), ("free", 7), ("ahead", 7),
    ]  # fmt: skip
    assert found.cursors == {"full": 4, "free": 7, "ahead": 7}


def test_a_filter_alone_keeps_up_without_room() -> None:
    assert spread([foreign(number=9)], [subscription(target=None)], {}, NOW).cursors == {"sub_a": 9}


def test_the_same_event_orders_the_same_run_and_a_products_own_doing_none() -> None:
    given = [subscription(target=Start(product="d.p@v", params={"a": "1"}))]
    events = [foreign(number=1), own("meshwright.product.published", "d.p", 2, product="d.p")]
    first, second = (spread(events, given, {"sub_a": 9}, NOW + dt.timedelta(days=day)) for day in (0, 1))
    [firing] = first.firings
    assert (firing.trigger, firing.environment, firing.params) == ("d.p@v:sub_a", "prod", {"a": "1"})
    assert [each.run_id for each in second.firings] == [firing.run_id]
    assert first.cursors == {"sub_a": 2}

"""Which event is for whom, what comes of it, and what must not overtake what."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from meshwright.app.subscriptions_conditions import read_conditions
from meshwright.model.chains import MOST_DEPTH
from meshwright.model.firings import ReceivedEvent
from meshwright.model.happenings import OwnEvent, own_event
from meshwright.model.subscriptions import DeliveryState, EventFilter, Start, Subscription, Taken, Webhook
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
        (EventFilter(conditions=read_conditions([{"prefix": {"type": "meshwright.run."}}])), [RUN, HUGE]),
        (EventFilter(types=("org.*",), conditions=read_conditions([{"exact": {"subject": "t"}}])), []),
        (
            EventFilter(conditions=read_conditions([{"suffix": {"subject": "p"}}, {"not": {"exact": {"id": "1"}}}])),
            [PUBLISHED],
        ),
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


def taking(path: str, type_: str) -> Subscription:
    return subscription(target=Start(product="d.p", params={"a": "1"}, takes={"x": Taken(path=path, type=type_)}))


@pytest.mark.parametrize(
    ("path", "type_", "value"),
    [
        ("data.n", "integer", "7"),
        ("data.n", "number", "7"),
        ("data.f", "number", "1.5"),
        ("data.ok", "boolean", "true"),
        ("data.day", "date", "2026-01-31"),
        ("data.day", "string", "2026-01-31"),
        ("data.deep.x", "integer", "3"),
        ("subject", "string", "s"),
        ("data.digits", "integer", "12"),
    ],
)
def test_a_run_takes_its_parameters_from_the_event(path: str, type_: str, value: str) -> None:
    data = {"n": 7, "f": 1.5, "ok": True, "day": "2026-01-31", "deep": {"x": 3}, "digits": "12"}
    found = spread([foreign(subject="s", data=data)], [taking(path, type_)], {"sub_a": 9}, NOW)
    [firing] = found.firings
    assert firing.params == {"a": "1", "x": value}


@pytest.mark.parametrize(
    ("path", "type_", "words"),
    [
        ("data.absent", "integer", "no 'data.absent'"),
        ("data.n.x", "integer", "no 'data.n.x'"),
        ("time", "timestamp", "no 'time'"),
        ("data.day", "integer", "takes a value of type integer, not '2026-01-31', which the event holds at 'data.day'"),
        ("data.f", "integer", "type integer"),
        ("data.huge", "integer", "type integer"),
        ("data.n", "string", "type string"),
        ("data.n", "boolean", "type boolean"),
        ("data.n", "date", "type date"),
        ("data.ok", "integer", "type integer"),
        ("data.ok", "number", "type number"),
        ("data.none", "string", "holds nothing"),
        ("data.list", "string", "holds a list"),
        ("data.deep", "string", "holds an object"),
        ("data.nul", "string", "unprintable"),
    ],
)
def test_an_event_without_the_right_value_starts_nothing_and_is_told(path: str, type_: str, words: str) -> None:
    data = {
        "n": 7, "f": 7.0, "ok": True, "day": "2026-01-31", "deep": {}, "none": None, "list": [], "nul": "\0", "huge": 2**63,
    }  # fmt: skip
    found = spread([foreign(data=data)], [taking(path, type_)], {"sub_a": 9}, NOW)
    [delivery] = found.deliveries
    assert (found.firings, found.told) == ((), ())
    assert (delivery.state, delivery.run_id, delivery.ended_at) == (DeliveryState.DEAD, "", NOW)
    assert words in delivery.tries[0].error


@pytest.mark.parametrize("depth", [MOST_DEPTH - 1, str(MOST_DEPTH - 1)])
def test_a_chain_of_causes_goes_on_up_to_its_greatest_length(depth: object) -> None:
    event = foreign(meshwrightdepth=depth, correlationid="/a first")
    given = [subscription("runs", target=Start(product="d.p")), subscription("sends")]
    found = spread([event], given, {"runs": 9, "sends": 9}, NOW)
    assert [each.state for each in found.deliveries] == [DeliveryState.STARTED, DeliveryState.WAITING]


@pytest.mark.parametrize("depth", [MOST_DEPTH, str(MOST_DEPTH), 10**9])
def test_a_chain_of_causes_that_is_longer_is_stopped_and_that_is_told(depth: object) -> None:
    event = foreign(meshwrightdepth=depth, correlationid="/a first")
    given = [subscription("runs", target=Start(product="d.p")), subscription("sends")]
    found = spread([event], given, {"runs": 9, "sends": 9}, NOW)
    assert [each.state for each in found.deliveries] == [DeliveryState.DEAD, DeliveryState.WAITING]
    assert "the first by /a first" in found.deliveries[0].tries[0].error
    [told] = found.told
    document = json.loads(told.document)
    assert (told.type, document["subject"], document["data"]["trigger"]) == (
        "meshwright.chain.stopped",
        "d.p",
        "d.p:runs",
    )
    assert document["correlationid"] == "/a first"
    # What tells it starts nothing either.
    assert (
        spread([replace(told, number=2)], [subscription("o", target=Start(product="d.q"))], {"o": 9}, NOW).firings == ()
    )

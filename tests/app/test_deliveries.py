"""Deliveries: signed, in order, tried again, given up, replayed, and never more than once under two ids."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meshwright.app import deliveries_dispatcher
from meshwright.app.apply import RunOptions, apply
from meshwright.app.deliveries import list_deliveries, replay_deliveries, replay_delivery, show_delivery, skip_delivery
from meshwright.app.subscriptions import (
    SubscriptionOptions,
    SubscriptionView,
    create_subscription,
    delete_subscription,
    list_subscriptions,
    pause_subscription,
    resume_subscription,
    rotate_secret,
    show_subscription,
)
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import InputError, RefusedError
from meshwright.model.subscriptions import DeliveryFilter, DeliveryState, EventFilter, SubscriptionState
from tests.app.telling import data_of, deliver_all, delivering, event, send, signed, state_of, telling_shop
from tests.tools.web import Asked, Web, running_web

QUICK = {"backoff": "10ms", "timeout": "30s"}
ANYTHING = EventFilter(environments=("*",))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return telling_shop(tmp_path)


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as found:
        yield found


def subscribe(workspace: Workspace, web: Web, **options: object) -> SubscriptionView:
    values = {"sink": f"{web.url}/hook", "filter": ANYTHING, **QUICK, **options}
    return create_subscription(workspace, SubscriptionOptions(**values))  # type: ignore[arg-type]


def states(workspace: Workspace, **wanted: object) -> list[DeliveryState]:
    return [each.state for each in list_deliveries(workspace, DeliveryFilter(**wanted))]  # type: ignore[arg-type]


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; a test that waits in vain fails by the limit of time that all tests have."""
    end_s = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.02)


def test_an_event_is_sent_signed_with_its_attributes_in_headers(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web)
    assert made.secret is not None
    send(workspace, event("7", subject="Grüße %", data={"n": 1, "ü": None}, region="eu"))
    assert deliver_all(workspace).delivered == 1
    [asked] = web.asked
    assert (asked.method, asked.path) == ("POST", "/hook")
    assert data_of(asked) == {"n": 1, "ü": None}
    wanted = {
        "ce-id": "7",
        "ce-source": "/a",
        "ce-type": "org.example.x",
        "ce-specversion": "1.0",
        "ce-subject": "Gr%C3%BC%C3%9Fe%20%25",
        "ce-region": "eu",
        "content-type": "application/json",
    }
    assert {name: asked.headers[name] for name in wanted} == wanted
    assert asked.headers["webhook-signature"] == signed(asked, made.secret)
    [delivery] = list_deliveries(workspace, DeliveryFilter())
    assert asked.headers["webhook-id"] == delivery.id
    assert (delivery.state, delivery.attempts, delivery.tries[0].status) == (DeliveryState.DELIVERED, 1, 200)


def test_an_event_can_be_sent_as_one_json_object(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web, mode="structured")
    sent = event("7", data={"n": 1})
    send(workspace, sent)
    deliver_all(workspace)
    [asked] = web.asked
    assert asked.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert data_of(asked) == sent
    assert asked.headers["webhook-signature"] == signed(asked, made.secret or "")


def test_what_a_run_does_reaches_who_subscribed_to_the_product(workspace: Workspace, web: Web) -> None:
    types = ("meshwright.product.*", "meshwright.run.succeeded")
    subscribe(workspace, web, filter=EventFilter(types=types, products=("sales.orders",)))
    subscribe(workspace, web, filter=EventFilter(domains=("logistics",)), sink=f"{web.url}/other")
    subscribe(workspace, web, filter=EventFilter(environments=("qa",)), sink=f"{web.url}/qa")
    apply(workspace, RunOptions())
    deliver_all(workspace)
    assert sorted(each.headers["ce-type"] for each in web.asked if each.path == "/hook") == [
        "meshwright.product.published",
        "meshwright.run.succeeded",
    ]
    assert not [each for each in web.asked if each.path != "/hook"]


def test_a_failure_is_tried_again_under_the_same_id_until_it_is_taken(workspace: Workspace, web: Web) -> None:
    subscribe(workspace, web)
    web.answer = lambda _: (500 if len(web.asked) < 4 else 204, {}, b"broken " * 500)
    send(workspace, event())
    with delivering(workspace):
        until(lambda: states(workspace) == [DeliveryState.DELIVERED])
    assert len({asked.headers["webhook-id"] for asked in web.asked}) == 1
    [delivery] = list_deliveries(workspace, DeliveryFilter())
    assert [each.status for each in delivery.tries] == [500, 500, 500, 204]
    assert delivery.answer == ""


def test_what_a_receiver_says_is_kept_up_to_a_kilobyte(workspace: Workspace, web: Web) -> None:
    subscribe(workspace, web, attempts=1)
    web.answer = lambda _: (400, {}, "ü".encode() * 20_000)
    send(workspace, event())
    deliver_all(workspace)
    [delivery] = list_deliveries(workspace, DeliveryFilter())
    assert len(delivery.answer.encode()) == 1024
    assert delivery.tries[0].error == "the receiver answered 400"


def test_a_receiver_that_takes_it_may_say_as_much_as_it_likes(workspace: Workspace, web: Web) -> None:
    subscribe(workspace, web)
    web.answer = lambda _: (200, {}, b"x" * 1_000_000)
    send(workspace, event())
    assert deliver_all(workspace).delivered == 1


def test_after_its_tries_a_delivery_is_given_up_and_can_be_replayed(workspace: Workspace, web: Web) -> None:
    subscribe(workspace, web, attempts=2)
    web.answers(status=503)
    send(workspace, event("1", subject="s"), event("2", subject="s"))
    with delivering(workspace):
        until(lambda: states(workspace) == [DeliveryState.DEAD] * 2)
    assert len(web.asked) == 4
    web.answers(status=200)
    dead = list_deliveries(workspace, DeliveryFilter(state=DeliveryState.DEAD))[-1]
    replayed = replay_delivery(workspace, dead.id)
    assert (replayed.state, replayed.attempts) == (DeliveryState.WAITING, 0)
    with pytest.raises(RefusedError, match="waits to be sent"):
        replay_delivery(workspace, dead.id)
    deliver_all(workspace)
    assert show_delivery(workspace, dead.id).state is DeliveryState.DELIVERED
    assert web.asked[-1].headers["webhook-id"] == dead.id
    with pytest.raises(InputError, match="no delivery"):
        replay_delivery(workspace, "dlv_x")


def test_a_poison_event_is_skipped_and_what_waits_behind_it_comes_in_order(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web, backoff="1h")
    web.answer = lambda asked: (500 if asked.headers["ce-id"] == "poison" else 200, {}, b"cannot read it")
    send(workspace, *[event(id_, subject="s") for id_ in ("1", "poison", "2", "3")])
    for _ in range(2):
        deliver_all(workspace)
    waiting = list_deliveries(workspace, DeliveryFilter(state=DeliveryState.WAITING))
    assert [each.event_id for each in waiting] == ["3", "2", "poison"]
    skipped = skip_delivery(workspace, waiting[-1].id, "it is broken")
    assert (skipped.state, skipped.attempts) == (DeliveryState.SKIPPED, 1)
    assert [each.error.partition(" by ")[0] for each in skipped.tries] == ["the receiver answered 500", "skipped"]
    assert skipped.tries[-1].error.endswith(": it is broken")
    for _ in range(2):
        deliver_all(workspace)
    assert [each.headers["ce-id"] for each in web.asked] == ["1", "poison", "2", "3"]
    assert show_subscription(workspace, made.subscription.id).backlog.waiting == 0
    with pytest.raises(RefusedError, match="is skipped already") as caught:
        skip_delivery(workspace, skipped.id, "")
    assert caught.value.first.code == "MW-B017"
    with pytest.raises(InputError, match="no delivery"):
        skip_delivery(workspace, "dlv_x", "")
    with pytest.raises(InputError, match="longer than 300"):
        skip_delivery(workspace, skipped.id, "x" * 301)
    web.answers(status=200)
    replay_delivery(workspace, skipped.id)
    deliver_all(workspace)
    assert show_delivery(workspace, skipped.id).state is DeliveryState.DELIVERED


def test_all_that_was_given_up_is_replayed_in_order_or_a_range_of_it(workspace: Workspace, web: Web) -> None:
    made, other = subscribe(workspace, web, attempts=1), subscribe(workspace, web, sink=f"{web.url}/b", attempts=1)
    web.answers(status=500)
    send(workspace, *[event(str(n), subject="s") for n in range(6)])
    with delivering(workspace):
        until(lambda: states(workspace, limit=20) == [DeliveryState.DEAD] * 12)
    web.answers(status=200)
    web.asked.clear()
    ids = [each.id for each in reversed(list_deliveries(workspace, DeliveryFilter(subscription=made.subscription.id)))]
    found = replay_deliveries(workspace, made.subscription.id, DeliveryState.DEAD, ids[1], ids[3])
    assert (found.count, found.has_more) == (3, False)
    with delivering(workspace):
        until(lambda: len(web.asked) == 3)
    assert [each.headers["ce-id"] for each in web.asked] == ["1", "2", "3"]
    assert replay_deliveries(workspace, made.subscription.id, DeliveryState.DEAD, None, None).count == 3
    with delivering(workspace):
        until(lambda: len(web.asked) == 6)
    assert [each.headers["ce-id"] for each in web.asked[3:]] == ["0", "4", "5"]
    assert {each.path for each in web.asked} == {"/hook"}
    assert replay_deliveries(workspace, made.subscription.id, DeliveryState.DEAD, None, None).count == 0
    assert replay_deliveries(workspace, made.subscription.id, DeliveryState.DELIVERED, None, ids[0]).count == 1
    theirs = list_deliveries(workspace, DeliveryFilter(subscription=other.subscription.id))[0].id
    for wrong, words in (
        ((made.subscription.id, DeliveryState.DEAD, theirs, None), "is none of subscription"),
        ((made.subscription.id, DeliveryState.DEAD, ids[3], ids[1]), "was made after"),
        ((made.subscription.id, DeliveryState.WAITING, None, None), "that are waiting are not sent"),
        ((made.subscription.id, DeliveryState.DEAD, "dlv_x", None), "no delivery"),
        (("sub_x", DeliveryState.DEAD, None, None), "no subscription"),
    ):
        with pytest.raises(InputError, match=words):
            replay_deliveries(workspace, *wrong)


def test_where_as_many_wait_as_may_and_some_are_skipped_more_come(
    workspace: Workspace, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries_dispatcher, "MOST_WAITING", 2)
    monkeypatch.setattr(deliveries_dispatcher, "_COUNT_S", 0.0)
    subscribe(workspace, web, backoff="1h")
    web.answers(status=500)
    send(workspace, *[event(str(n), subject="s") for n in range(4)])
    with delivering(workspace):
        until(lambda: len(list_deliveries(workspace, DeliveryFilter())) == 2)
        for each in list_deliveries(workspace, DeliveryFilter()):
            skip_delivery(workspace, each.id, "")
        until(lambda: len(list_deliveries(workspace, DeliveryFilter())) == 4)


def test_a_receiver_that_is_gone_is_left_alone_until_it_is_resumed(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web)
    web.answers(status=410)
    send(workspace, event("1"), event("2", subject="other"))
    deliver_all(workspace)
    view = show_subscription(workspace, made.subscription.id)
    assert view.subscription.state is SubscriptionState.DISABLED
    assert "410" in view.subscription.reason
    asked = len(web.asked)
    send(workspace, event("3"))
    deliver_all(workspace)
    assert len(web.asked) == asked
    web.answers(status=200)
    resume_subscription(workspace, made.subscription.id)
    deliver_all(workspace)
    assert states(workspace, state=DeliveryState.WAITING) == []
    assert "3" in {each.headers["ce-id"] for each in web.asked}


def test_what_comes_in_a_pause_is_delivered_after_it(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web)
    id_ = made.subscription.id
    pause_subscription(workspace, id_, "maintenance")
    pause_subscription(workspace, id_, "again")
    send(workspace, *[event(str(n), subject="s") for n in range(5)])
    deliver_all(workspace)
    assert (web.asked, show_subscription(workspace, id_).behind) == ([], 5)
    assert show_subscription(workspace, id_).subscription.reason == "maintenance"
    resume_subscription(workspace, id_)
    with delivering(workspace):
        until(lambda: len(web.asked) == 5)
    assert [each.headers["ce-id"] for each in web.asked] == ["0", "1", "2", "3", "4"]


def test_of_one_subject_nothing_overtakes_and_others_go_on(workspace: Workspace, web: Web) -> None:
    subscribe(workspace, web)
    let_go = threading.Event()

    def answer(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        is_first = asked.headers["ce-id"] == "a0" and not let_go.is_set()
        return (500 if is_first else 200), {}, b""

    web.answer = answer
    send(workspace, *[event(f"{subject}{n}", subject=subject) for n in range(4) for subject in "ab"])

    def taken(subject: str) -> list[str]:
        return [each.event_id for each in reversed(list_deliveries(workspace, DeliveryFilter(limit=100)))
                if each.state is DeliveryState.DELIVERED and each.event_id[0] == subject]  # fmt: skip

    with delivering(workspace):
        until(lambda: len(taken("b")) == 4 and len(web.asked) > 6)
        assert taken("a") == []
        let_go.set()
        until(lambda: len(taken("a")) == 4)
    sent = [each.headers["ce-id"] for each in web.asked]
    assert list(dict.fromkeys(each for each in sent if each[0] == "a")) == ["a0", "a1", "a2", "a3"]
    assert [each for each in sent if each[0] == "b"] == ["b0", "b1", "b2", "b3"]


def test_a_receiver_that_does_not_answer_holds_up_no_other(workspace: Workspace, web: Web) -> None:
    let_go = threading.Event()
    with running_web() as slow:
        slow.answer = lambda _: (200 if let_go.wait(100) else 500, {}, b"")
        subscribe(workspace, slow)
        subscribe(workspace, web)
        send(workspace, *[event(str(n), subject=str(n)) for n in range(40)])
        with delivering(workspace) as stop:
            until(lambda: len(web.asked) == 40)
            assert 1 <= len(slow.asked) <= 4
            let_go.set()
            until(lambda: len(slow.asked) == 40)
            stop.set()


def test_a_secret_that_is_rotated_signs_beside_the_new_one_for_a_while(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web)
    again = rotate_secret(workspace, made.subscription.id)
    assert again.secret not in {None, made.secret}
    send(workspace, event())
    deliver_all(workspace)
    [asked] = web.asked
    both = {signed(asked, again.secret or ""), signed(asked, made.secret or "")}
    assert set(asked.headers["webhook-signature"].split(" ")) == both


def test_a_secret_can_lie_in_a_variable_and_is_waited_for(
    workspace: Workspace, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = subscribe(workspace, web, secret="${env:MESHWRIGHT_WEBHOOK_TEST}", attempts=50)
    assert made.secret is None
    send(workspace, event())
    with delivering(workspace):
        until(lambda: any(each.tries for each in list_deliveries(workspace, DeliveryFilter())))
        assert "MW-B011" in list_deliveries(workspace, DeliveryFilter())[0].tries[0].error
        monkeypatch.setenv("MESHWRIGHT_WEBHOOK_TEST", "whsec_c2VjcmV0")
        until(lambda: bool(web.asked))
    assert web.asked[0].headers["webhook-signature"] == signed(web.asked[0], "whsec_c2VjcmV0")
    with pytest.raises(InputError, match="is in"):
        rotate_secret(workspace, made.subscription.id)


def test_no_secret_stands_in_the_state_or_in_a_list(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web)
    assert made.secret is not None
    web.answers(status=500)
    send(workspace, event())
    deliver_all(workspace)
    key = (workspace.private / "webhooks.key").read_bytes()
    assert (workspace.private / "webhooks.key").stat().st_mode & 0o777 == 0o600
    kept = b"".join(path.read_bytes() for path in workspace.private.glob("state.db*"))
    for secret in (made.secret.encode(), made.secret.removeprefix("whsec_").encode(), key):
        assert secret not in kept
    assert all(each.secret is None for each in list_subscriptions(workspace))


def test_with_another_key_nothing_is_signed_wrongly(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web, attempts=1)
    (workspace.private / "webhooks.key").unlink()
    send(workspace, event("1"))
    deliver_all(workspace)
    assert web.asked == []
    assert "MW-B013" in list_deliveries(workspace, DeliveryFilter())[0].tries[0].error
    again = rotate_secret(workspace, made.subscription.id)
    send(workspace, event("2"))
    deliver_all(workspace)
    assert web.asked[0].headers["webhook-signature"] == signed(web.asked[0], again.secret or "")


def test_a_redirection_is_not_followed(workspace: Workspace, web: Web) -> None:
    subscribe(workspace, web, attempts=1)
    web.answer = lambda _: (302, {"Location": f"{web.url}/other"}, b"")
    send(workspace, event())
    deliver_all(workspace)
    assert [each.path for each in web.asked] == ["/hook"]
    [delivery] = list_deliveries(workspace, DeliveryFilter())
    assert "redirections are not followed" in delivery.tries[0].error


def test_each_event_orders_one_run_whatever_is_killed(workspace: Workspace) -> None:
    wanted = SubscriptionOptions(start="sales.orders", filter=EventFilter(types=("org.example.*",)))
    made = create_subscription(workspace, wanted)
    send(workspace, event("1"), event("2"), event("3", type_="net.example"))
    for _ in range(2):
        with state_of(workspace) as state:  # as if what was spread had not been noted
            subscription = state.outbox.subscription(made.subscription.id)
            assert subscription is not None
        deliver_all(workspace)
    with state_of(workspace) as state:
        firings = state.schedules.open_firings("prod")
    assert [each.events for each in firings] == [("/a 1",), ("/a 2",)]
    listed = list_deliveries(workspace, DeliveryFilter())
    assert [each.run_id for each in reversed(listed)] == [each.run_id for each in firings]
    assert {each.state for each in listed} == {DeliveryState.STARTED}
    with pytest.raises(RefusedError, match="starts no second one"):
        replay_delivery(workspace, listed[0].id)


def test_a_product_is_not_started_by_what_it_does_itself(workspace: Workspace) -> None:
    create_subscription(workspace, SubscriptionOptions(start="sales.orders", filter=ANYTHING))
    apply(workspace, RunOptions(select=("sales.orders",), only=True))
    deliver_all(workspace)
    with state_of(workspace) as state:
        assert state.outbox.last_number() >= 3
    assert list_deliveries(workspace, DeliveryFilter()) == ()


def test_a_filter_alone_delivers_nothing_and_keeps_up(workspace: Workspace) -> None:
    made = create_subscription(workspace, SubscriptionOptions(filter=ANYTHING))
    send(workspace, event())
    deliver_all(workspace)
    assert show_subscription(workspace, made.subscription.id).behind == 0
    assert list_deliveries(workspace, DeliveryFilter()) == ()


def test_a_subscription_that_is_deleted_delivers_nothing_more(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web)
    send(workspace, event())
    delete_subscription(workspace, made.subscription.id)
    deliver_all(workspace)
    assert web.asked == []
    for act in (show_subscription, delete_subscription, resume_subscription, rotate_secret):
        with pytest.raises(InputError, match="no subscription"):
            act(workspace, made.subscription.id)
    with pytest.raises(InputError, match="no subscription"):
        list_deliveries(workspace, DeliveryFilter(subscription="sub_x"))


def test_two_dispatchers_send_nothing_twice(workspace: Workspace, web: Web) -> None:
    subscribe(workspace, web)
    web.answer = lambda _: (200, {}, b"")
    send(workspace, *[event(str(n), subject=str(n)) for n in range(50)])
    with delivering(workspace), delivering(workspace):
        until(lambda: states(workspace, limit=100) == [DeliveryState.DELIVERED] * 50)
    assert len(web.asked) == 50


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sink": "ftp://example.org/"}, "http"),
        ({"sink": "https://u:p@example.org/"}, "user and password"),
        ({"sink": "https://example.org/ x"}, "blanks"),
        ({"sink": "https://example.org/#a"}, "no address"),
        ({"sink": "http://169.254.169.254/latest"}, "credentials"),
        ({"sink": "http://10.0.0.1/"}, "not on the public internet"),
        ({"sink": "http://2130706434/"}, "leads to no public address"),
        ({"sink": "${env:HOOK}"}, "http"),
        ({"mode": "xml"}, "mode"),
        ({"timeout": "2h"}, "timeout"),
        ({"backoff": "-1s"}, "backoff"),
        ({"attempts": 0}, "attempts"),
        ({"secret": "plain"}, "nowhere but in a variable"),
        ({"secret": "${env:PATH}"}, "nowhere but in a variable"),
        ({"secret": "${env:MESHWRIGHT_WEBHOOK_KEY}"}, "nowhere but in a variable"),
        ({"start": "sales.orders"}, "not both"),
        ({"start": "sales.nothing", "sink": None}, "no product"),
        ({"start": "sales.orders", "sink": None, "params": {"nope": "1"}}, "no parameter"),
        ({"start": "sales.orders", "sink": None, "environment": "nope"}, "no environment"),
        ({"owner": "nobody"}, "no domain"),
        ({"filter": EventFilter(types=("meshwright.product.publishd",))}, "no event is of type"),
        ({"filter": EventFilter(types=("a b",))}, "no type"),
        ({"filter": EventFilter(types=("a",) * 51)}, "51 values"),
        ({"filter": EventFilter(subjects=("",))}, "nothing that could fit"),
        ({"filter": EventFilter(environments=())}, "environments"),
        ({"description": "x" * 1000}, "longer"),
    ],
)
def test_what_cannot_be_is_refused_with_words(workspace: Workspace, options: dict[str, object], words: str) -> None:
    values: dict[str, object] = {"sink": "https://8.8.8.8/", "filter": ANYTHING} | options
    with pytest.raises(InputError, match=words) as caught:
        create_subscription(workspace, SubscriptionOptions(**values))  # type: ignore[arg-type]
    assert caught.value.first.fix
    assert list_subscriptions(workspace) == ()


def test_an_address_that_is_not_allowed_any_more_is_not_connected_to(workspace: Workspace, web: Web) -> None:
    subscribe(workspace, web)
    path = workspace.root / "mesh.yaml"
    path.write_text(path.read_text().replace("http: {allow: [127.0.0.1/32]}", ""))
    send(workspace, event())
    deliver_all(workspace)
    assert web.asked == []
    [delivery] = list_deliveries(workspace, DeliveryFilter())
    assert delivery.state is DeliveryState.DEAD
    assert "may not be reached" in json.dumps([each.error for each in delivery.tries])

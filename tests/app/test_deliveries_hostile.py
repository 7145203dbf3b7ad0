"""Receivers that do what none should: each try ends in time, says what happened, and holds up nobody else."""

from __future__ import annotations

import datetime as dt
import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import standardwebhooks

from meshwright.app.clock import utc_now
from meshwright.app.deliveries import list_deliveries, replay_delivery, show_delivery
from meshwright.app.deliveries_dispatcher import Dispatcher
from meshwright.app.deliveries_sending import Sender, Sending, Sent, pause_s
from meshwright.app.subscriptions import (
    SubscriptionOptions,
    create_subscription,
    delete_subscription,
    pause_subscription,
    resume_subscription,
    rotate_secret,
    show_subscription,
)
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError, RefusedError
from meshwright.model import canonical_json
from meshwright.model.firings import ReceivedEvent
from meshwright.model.subscriptions import DeliveryFilter, DeliveryState, EventFilter, SendMode, Webhook
from meshwright.tools.http_guard import read_ranges
from tests.app.telling import deliver_all, delivering, event, send, state_of, telling_shop
from tests.app.test_deliveries import ANYTHING, states, subscribe, until
from tests.meshes import SHOP, write_mesh
from tests.tools.web import Asked, Web, running_web

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SECRET, VARIABLES = "${env:MESHWRIGHT_WEBHOOK_T}", {"MESHWRIGHT_WEBHOOK_T": "whsec_c2VjcmV0"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return telling_shop(tmp_path)


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as found:
        yield found


def tried(url: str, folder: Path, **options: object) -> Sent:
    """Send one event once."""
    hook = Webhook(url=url, secret=SECRET, timeout_s=options.pop("timeout_s", 20.0))  # type: ignore[arg-type]
    received = ReceivedEvent(
        source="/a", id="1", type="org.x", document=canonical_json(event("1")), received_at=NOW, number=1
    )
    sending = Sending(delivery="dlv_1", subscription="sub_1", hook=hook, event=received)
    allowed = read_ranges(["127.0.0.1/32", "::1/128"])
    sender = Sender(allowed=allowed, private=folder, now=lambda: NOW, variables=VARIABLES, **options)  # type: ignore[arg-type]
    with closing(sender):
        return sender.send(sending)


@pytest.mark.parametrize(
    ("asked_for", "wait_s"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("999999999", 3600.0),
        ("9" * 400, 0.0),
        ("-5", 0.0),
        ("1.5", 0.0),
        ("soon", 0.0),
        ("", 0.0),
        ("٣", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 12:00:30", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 0.0),
        ("Mon, 01 Jan 99999 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 3600.0),
        ("Wed, 21 Oct 2026 99999999999999999999:28:00 GMT", 0.0),
    ],
)
def test_retry_after_is_kept_to_where_it_says_something(
    web: Web, tmp_path: Path, asked_for: str, wait_s: float
) -> None:
    head = f"HTTP/1.1 429 Too Many\r\nRetry-After: {asked_for}\r\nContent-Length: 0\r\n\r\n".encode()
    web.answer = lambda _: head
    sent = tried(web.url, tmp_path)
    assert (sent.status, sent.error, sent.is_retryable) == (429, "the receiver answered 429", True)
    assert sent.wait_s == wait_s


def test_only_who_asks_for_time_gets_it(web: Web, tmp_path: Path) -> None:
    web.answers(status=500, Retry_After="7")
    assert tried(web.url, tmp_path).wait_s == 0.0
    web.answers(status=503, Retry_After="7")
    assert tried(web.url, tmp_path).wait_s == 7.0


def endless(*begin: bytes, again: bytes) -> Iterator[bytes]:
    yield from begin
    yield from itertools.repeat(again)


OK = b"HTTP/1.1 200 OK\r\n"
BROKEN = [
    ("headers without an end", lambda: endless(OK, again=b"x-more: 1\r\n"), "does not speak HTTP"),
    ("a header without an end", lambda: endless(OK, again=b"x" * 1000), "does not speak HTTP"),
    ("a status without an end", lambda: endless(again=b"HTTP/1.1 200 " + b"x" * 1000), "does not speak HTTP"),
    ("answers before the answer", lambda: endless(again=b"HTTP/1.1 100 Continue\r\n\r\n" * 500), "does not speak HTTP"),
    ("something else", lambda: b"220 smtp.example ESMTP\r\n", "does not speak HTTP"),
    ("nothing", lambda: b"", "closed without a reply"),
    ("half an answer", lambda: b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\nhalf", "cut off"),
    ("half a success", lambda: b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "cut off"),
    ("a length that is none", lambda: b"HTTP/1.1 204 OK\r\nContent-Length: -1\r\n\r\n", ""),
    ("pieces that are none", lambda: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "cut off"),
    ("a status that is none", lambda: b"HTTP/1.1 99999 OK\r\n\r\n", "does not speak HTTP"),
    ("an error without an end", lambda: endless(b"HTTP/1.1 500 No\r\n\r\n", again=b"x" * 9000), "larger than"),
]


@pytest.mark.parametrize(("name", "answer", "words"), BROKEN, ids=[each[0] for each in BROKEN])
def test_a_broken_answer_is_a_failure_that_is_tried_again(
    web: Web, tmp_path: Path, name: str, answer: object, words: str
) -> None:
    web.answer = lambda _: answer()  # type: ignore[operator]
    sent = tried(web.url, tmp_path)
    assert sent.is_retryable
    assert (words in sent.error) if words else sent.is_taken
    assert "fault" not in sent.error


def test_a_success_that_says_more_than_anybody_reads_is_one(web: Web, tmp_path: Path) -> None:
    web.answer = lambda _: endless(b"HTTP/1.1 200 OK\r\n\r\n", again=b"x" * 9000)
    sent = tried(web.url, tmp_path)
    assert (sent.status, sent.is_taken) == (200, True)


def test_an_answer_that_comes_too_late_is_none(web: Web, tmp_path: Path) -> None:
    let_go = threading.Event()
    web.answer = lambda _: (200 if let_go.wait(100) else 500, {}, b"")
    sent = tried(web.url, tmp_path, timeout_s=0.2)
    let_go.set()
    assert (sent.status, sent.error, sent.is_retryable) == (None, f"{web.url}: no whole reply within 0.2 s", True)


def test_an_answer_that_comes_bit_by_bit_is_waited_for_so_long_and_no_longer(web: Web, tmp_path: Path) -> None:
    let_go = threading.Event()

    def drip() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
        while not let_go.wait(0.02):
            yield b"x"

    web.answer = lambda _: drip()
    assert "no whole reply within 0.3 s" in tried(web.url, tmp_path, timeout_s=0.3).error
    let_go.set()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300, 304])
def test_redirections_lead_nowhere(web: Web, tmp_path: Path, status: int) -> None:
    web.answers(status=status, Location="http://169.254.169.254/latest")
    sent = tried(web.url, tmp_path)
    assert (sent.status, sent.is_retryable, len(web.asked)) == (status, True, 1)
    assert "redirections are not followed" in sent.error


def test_a_receiver_without_tls_where_it_should_have_it_is_told(web: Web, tmp_path: Path) -> None:
    sent = tried(web.url.replace("http:", "https:"), tmp_path)
    assert sent.is_retryable
    assert sent.error
    assert "fault" not in sent.error


def test_nobody_listening_is_told(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sent = tried(f"http://127.0.0.1:{port}/", tmp_path)
    assert (sent.is_retryable, "connection refused" in sent.error) == (True, True)


def test_a_receiver_that_has_an_address_of_ipv6_alone_is_reached(tmp_path: Path) -> None:
    with running_web("::1") as web:
        found = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", web.port, 0, 0))]
        assert tried(f"http://six.example:{web.port}/", tmp_path, look_up=lambda *_, **__: found).is_taken
        assert tried(web.url, tmp_path).is_taken
        assert web.asked[0].headers["host"] == f"six.example:{web.port}"


def test_a_name_that_leads_inside_tells_neither_address_nor_way(tmp_path: Path) -> None:
    """DNS rebinding: public when the subscription was made, private now."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.11.12.13", 80))]
    sent = tried("http://hook.example/", tmp_path, look_up=lambda *_, **__: found)
    assert (sent.is_retryable, sent.is_taken) == (False, False)
    assert "10.11" not in sent.error
    assert "10.11.12.13 (not on the public internet)" in sent.detail


def test_what_a_name_leads_to_is_told_to_who_runs_the_server_alone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`localhost` stands for a name of the inside: it is not the same text as the address that it leads to."""
    said: list[str] = []
    strict = "meshwright: 1\nname: m\ndomains: [domains/*]\nparams: {currency: EUR}\n"
    other = open_workspace(write_mesh(workspace.root / "other", SHOP, mesh_DOT_yaml=strict))
    with pytest.raises(InputError, match="leads to no public address") as caught:
        create_subscription(other, SubscriptionOptions(sink="http://localhost:9/hook"), tell=said.append)
    assert "127.0.0.1" not in str(caught.value)
    assert any("127.0.0.1 (this machine)" in line or "::1 (this machine)" in line for line in said)


def test_one_who_has_enough_gets_nothing_until_it_wants_again(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web)
    web.answers(status=429, Retry_After="3000")
    send(workspace, *[event(str(n), subject=str(n)) for n in range(30)])
    deliver_all(workspace)
    assert 1 <= len(web.asked) <= 4  # those that were under way at once
    assert show_subscription(workspace, made.subscription.id).backlog.waiting == 30


def test_a_slow_receiver_takes_no_places_of_others(workspace: Workspace) -> None:
    """Places are counted without a clock that runs: what is under way for long counts with the slow."""
    with state_of(workspace) as state:
        let_go = threading.Event()
        now_s = [0.0]

        def wait_long(sending: Sending) -> Sent:
            let_go.wait(100)
            return Sent(delivery=sending.delivery, at=utc_now(), seconds=9.0, status=200)

        dispatcher = Dispatcher(state=state, send=wait_long, tell=lambda _: None, clock=lambda: now_s[0])
        for n in range(8):
            sink = f"http://127.0.0.1:{9000 + n}/"
            create_subscription(workspace, SubscriptionOptions(sink=sink, filter=ANYTHING))
        send(workspace, *[event(str(n), subject=str(n)) for n in range(10)])
        assert dispatcher.hold()
        dispatcher.step()
        held = dict(dispatcher._at_work)
        assert set(held.values()) <= {1, 2, 3, 4}
        assert len(held) == 8  # everybody has a place
        assert sum(held.values()) <= 12 + 8
        now_s[0] = 2.0  # what is under way is slow by now: others find places
        dispatcher._refresh_at_s = 0.0
        late = create_subscription(
            workspace, SubscriptionOptions(sink="http://127.0.0.1:9100/", filter=ANYTHING)
        ).subscription.id
        send(workspace, event("late", subject="late"))
        dispatcher.step()
        dispatcher.step()
        assert dispatcher._at_work[late] == 1
        let_go.set()
        until(lambda: dispatcher._results.qsize() >= 9)
        dispatcher.settle()
        assert dispatcher._is_slow(next(iter(held)))
        dispatcher.close()
        dispatcher.release()


def test_a_receiver_is_quick_again_after_many_quick_answers(workspace: Workspace) -> None:
    with state_of(workspace) as state:
        dispatcher = Dispatcher(state=state, send=lambda _: None, tell=lambda _: None)  # type: ignore[arg-type,return-value]
        dispatcher._note_pace("a", 5.0)
        for _ in range(9):
            dispatcher._note_pace("a", 0.1)
        assert dispatcher._is_slow("a")
        dispatcher._note_pace("a", 0.1)
        assert not dispatcher._is_slow("a")
        for _ in range(100):
            dispatcher._note_pace("a", 0.1)
        assert dispatcher._pace["a"] == 12
        dispatcher.close()


def test_a_dead_receiver_far_behind_holds_up_no_living_one(workspace: Workspace, web: Web) -> None:
    """Of what waits for the dead one most stays events, which cost a number."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    dead = create_subscription(
        workspace, SubscriptionOptions(sink=f"http://127.0.0.1:{port}/", filter=ANYTHING, backoff="1h")
    )
    with state_of(workspace) as state:
        for start in range(0, 20_000, 1000):
            state.schedules.receive(
                [
                    ReceivedEvent(
                        source="/a", id=str(n), type="org.x", document=canonical_json(event(str(n), subject=str(n % 50))),
                        received_at=utc_now(),
                    )
                    for n in range(start, start + 1000)
                ]
            )  # fmt: skip
    subscribe(workspace, web)
    send(workspace, *[event(f"new{n}", subject=str(n)) for n in range(20)])
    with delivering(workspace):
        until(lambda: len(web.asked) == 20)
        view = show_subscription(workspace, dead.subscription.id)
        assert view.backlog.waiting <= 5000
        until(lambda: show_subscription(workspace, dead.subscription.id).backlog.waiting == 5000)
        send(workspace, event("last"))
        until(lambda: len(web.asked) == 21)
    assert show_subscription(workspace, dead.subscription.id).behind > 10_000


def test_what_is_replayed_holds_up_nothing_of_its_lane(workspace: Workspace, web: Web) -> None:
    subscribe(workspace, web, attempts=1)
    web.answer = lambda asked: (500 if asked.headers["ce-id"] == "bad" else 200, {}, b"")
    send(workspace, event("bad", subject="s"))
    deliver_all(workspace)
    [dead] = list_deliveries(workspace, DeliveryFilter())
    let_go = threading.Event()
    held = threading.Event()

    def hold(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        if asked.headers["ce-id"] == "bad":
            held.set()
            let_go.wait(100)
        return 200, {}, b""

    web.answer = hold
    replay_delivery(workspace, dead.id)
    with delivering(workspace):
        until(held.is_set)
        # A second time while the first is going on: refused, and nothing is sent twice.
        with pytest.raises(RefusedError, match="waits to be sent"):
            replay_delivery(workspace, dead.id)
        send(workspace, *[event(f"next{n}", subject="s") for n in range(3)])
        until(lambda: states(workspace, state=DeliveryState.DELIVERED).count(DeliveryState.DELIVERED) == 3)
        assert show_delivery(workspace, dead.id).state is DeliveryState.WAITING
        let_go.set()
        until(lambda: show_delivery(workspace, dead.id).state is DeliveryState.DELIVERED)
    assert [each.headers["ce-id"] for each in web.asked].count("bad") == 2


def test_a_subscription_deleted_while_it_is_sent_to_leaves_nothing(workspace: Workspace, web: Web) -> None:
    let_go, held = threading.Event(), threading.Event()

    def hold(_: Asked) -> tuple[int, dict[str, str], bytes]:
        held.set()
        let_go.wait(100)
        return 500, {}, b""

    web.answer = hold
    made = subscribe(workspace, web)
    other = subscribe(workspace, web, sink=f"{web.url}/other", filter=EventFilter(types=("org.other",)))
    send(workspace, event("1", subject="s"), event("2", subject="s"))
    with delivering(workspace):
        until(held.is_set)
        delete_subscription(workspace, made.subscription.id)
        let_go.set()
        web.answers(status=200)
        send(workspace, event("3", "org.other"))
        until(lambda: any(each.path == "/other" for each in web.asked))
    assert {each.subscription for each in list_deliveries(workspace, DeliveryFilter())} == {other.subscription.id}
    assert len([each for each in web.asked if each.path == "/hook"]) <= 1


def test_the_published_library_verifies_both_signatures_of_a_rotation(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web)
    again = rotate_secret(workspace, made.subscription.id)
    send(workspace, event("1", data={"n": 1, "ü": "é"}))
    deliver_all(workspace)
    [asked] = web.asked
    for secret in (made.secret, again.secret):
        assert secret is not None
        assert standardwebhooks.Webhook(secret).verify(asked.body.decode(), asked.headers) == {"n": 1, "ü": "é"}
    third = rotate_secret(workspace, made.subscription.id).secret
    assert third is not None
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(third).verify(asked.body.decode(), asked.headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(made.secret or "").verify('{"n": 2}', asked.headers)


def test_a_pause_longer_than_events_are_kept_says_what_it_cost(workspace: Workspace, web: Web) -> None:
    made = subscribe(workspace, web)
    id_ = made.subscription.id
    pause_subscription(workspace, id_, "holidays")
    send(workspace, *[event(str(n), subject="s") for n in range(10)])
    assert show_subscription(workspace, id_).forgotten == 0
    with state_of(workspace) as state, state.outbox._transactions.write() as connection:  # type: ignore[attr-defined]
        connection.change("DELETE FROM events WHERE number <= 4")
    resumed = resume_subscription(workspace, id_)
    assert (resumed.behind, resumed.forgotten) == (10, 4)
    with delivering(workspace):
        until(lambda: len(web.asked) == 6)
    assert show_subscription(workspace, id_).forgotten == 0


def test_a_clock_that_was_ahead_holds_nothing_up_for_long(workspace: Workspace, web: Web) -> None:
    subscribe(workspace, web)
    send(workspace, event("1"))
    with state_of(workspace) as state:
        ahead = utc_now() + dt.timedelta(days=400)
        send_failing = Dispatcher(
            state=state,
            send=lambda sending: Sent(delivery=sending.delivery, at=ahead, seconds=0.0, status=500, error="no"),
            tell=lambda _: None,
            now=lambda: ahead,
        )
        assert send_failing.hold()
        send_failing.step()
        until(send_failing.settle)
        send_failing.release()
        send_failing.close()
    [delivery] = list_deliveries(workspace, DeliveryFilter())
    assert delivery.next_at is not None
    assert delivery.next_at > utc_now() + dt.timedelta(days=399)
    with delivering(workspace):
        until(lambda: len(web.asked) == 1)


def test_pauses_grow_to_an_hour_and_a_poisoned_event_ends() -> None:
    """What the how-to says of 24 tries: six to fifteen hours, the longest pause one of an hour."""
    hook = Webhook(url="https://x.example/")
    for chance, least_h, most_h in ((0.0, 6.0, 8.0), (1.0, 12.0, 15.0)):
        pauses = [pause_s(hook, tries, chance) for tries in range(1, hook.attempts)]
        assert max(pauses) <= 3600
        assert least_h < sum(pauses) / 3600 < most_h


def test_headers_of_an_event_cannot_be_broken_into(web: Web, tmp_path: Path) -> None:
    hook = Webhook(url=web.url, mode=SendMode.BINARY, secret=SECRET)
    text = "a\r\nx-evil: 1\u2028\x00"
    document = canonical_json({**event("1"), "subject": text, "datacontenttype": text, "data": "x"})
    received = ReceivedEvent(source="/a", id="1", type="org.x", document=document, received_at=NOW, number=1)
    sending = Sending(delivery="dlv_1", subscription="sub_1", hook=hook, event=received)
    allowed = read_ranges(["127.0.0.1/32"])
    with closing(Sender(allowed=allowed, private=tmp_path, now=lambda: NOW, variables=VARIABLES)) as sender:
        assert sender.send(sending).is_taken
        assert sender.send(replace(sending, event=None)).error == "the event was forgotten before it could be sent"
    assert "x-evil" not in web.asked[0].headers

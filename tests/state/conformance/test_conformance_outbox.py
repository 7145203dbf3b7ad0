"""Events as they are passed on: in order, each once for each subscription, and nothing by a dispatcher that lost its lease."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from state_samples import HOOK, NOW, SECOND, make_delivery, make_event, make_firing, make_subscription, take

from meshwright.model import canonical_json
from meshwright.model.chains import Chain
from meshwright.model.eventconditions import Combined, Compared, Dialect
from meshwright.model.firings import ReceivedEvent
from meshwright.model.subscriptions import (
    REPLAYABLE,
    Delivery,
    DeliveryFilter,
    DeliveryState,
    EventFilter,
    ReplayRange,
    Start,
    SubscriptionState,
    Taken,
    Try,
    Webhook,
)
from meshwright.state import schedules
from meshwright.state.errors import Fenced
from meshwright.state.protocol import State
from meshwright.state.records import Lease


def dispatcher(state: State, holder: str = "alpha:1") -> Lease:
    return take(state, "deliveries", holder)


def due_numbers(state: State, now: dt.datetime = NOW, subscription: str = "sub_a") -> list[int]:
    return [each.event for each in state.outbox.due(subscription, now, 100)]


def replay(state: State, delivery: Delivery) -> int:
    """Replay one, however it ended."""
    found = state.outbox.delivery(delivery.id)
    assert found is not None
    wanted = ReplayRange(subscription=found.subscription, states=REPLAYABLE, first=found.number, last=found.number)
    return state.outbox.replay(wanted, NOW)


STARTS = (
    Start(product="d.p@v", environment="qa", params={"a": "1"}),
    Start(product="d.p", takes={"day": Taken(path="data.ü", type="date")}),
)


@pytest.mark.parametrize("target", [HOOK, *STARTS, None])
def test_a_subscription_is_read_back_as_it_was(state: State, target: Webhook | Start | None) -> None:
    wanted = make_subscription(target=target)
    state.schedules.receive([make_event("before")])
    made = state.outbox.subscribe(wanted, 10)
    assert made is not None
    assert made.cursor == state.outbox.last_number() > 0
    assert replace(made, cursor=0) == wanted
    assert state.outbox.subscription("sub_a") == made
    assert state.outbox.subscriptions() == (made,)
    assert state.outbox.subscription("sub_b") is None


def test_the_conditions_of_a_subscription_are_read_back_as_they_were(state: State) -> None:
    exact = Compared(dialect=Dialect.EXACT, values=(("subject", "ü"), ("type", "x")))
    combined = Combined(dialect=Dialect.ANY, parts=(exact, Combined(dialect=Dialect.NOT, parts=(exact,))))
    wanted = make_subscription(filter=EventFilter(conditions=(combined, exact)))
    state.outbox.subscribe(wanted, 10)
    [found] = state.outbox.subscriptions()
    assert found.filter == wanted.filter


def test_there_are_never_more_subscriptions_than_may_be(state: State) -> None:
    made = [state.outbox.subscribe(make_subscription(f"sub_{n}"), 2) for n in range(3)]
    assert [each is not None for each in made] == [True, True, False]
    assert len(state.outbox.subscriptions()) == 2


def test_of_two_changes_from_the_same_revision_one_holds(state: State) -> None:
    made = state.outbox.subscribe(make_subscription(), 10)
    assert made is not None
    paused = replace(made, state=SubscriptionState.PAUSED, reason="because 'ü'", target=None, description="other")
    assert state.outbox.change_subscription(paused)
    assert not state.outbox.change_subscription(replace(made, reason="second"))
    assert state.outbox.subscription("sub_a") == replace(paused, revision=2)
    assert not state.outbox.change_subscription(make_subscription("sub_b"))


def test_a_subscription_goes_with_its_deliveries(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    state.outbox.subscribe(make_subscription("sub_b"), 10)
    made = [make_delivery(1), make_delivery(1, subscription="sub_b")]
    state.outbox.spread(dispatcher(state), made, (), {"sub_a": 1, "sub_b": 1}, NOW)
    assert state.outbox.unsubscribe("sub_a")
    assert not state.outbox.unsubscribe("sub_a")
    assert [each.subscription for each in state.outbox.deliveries(DeliveryFilter())] == ["sub_b"]


def test_what_is_spread_twice_is_delivered_once_and_runs_are_ordered_once(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    lease = dispatcher(state)
    for reason in ("first", "second"):
        state.outbox.spread(lease, [make_delivery(1)], [make_firing(reason=reason)], {"sub_a": 1}, NOW)
    assert [each.event for each in state.outbox.deliveries(DeliveryFilter())] == [1]
    assert [each.reason for each in state.schedules.open_firings("prod")] == ["first"]
    [subscription] = state.outbox.subscriptions()
    assert subscription.cursor == 1
    state.outbox.spread(lease, [], (), {"sub_a": 0}, NOW)
    assert state.outbox.subscriptions() == (subscription,)


def test_nothing_is_spread_for_a_subscription_that_is_gone(state: State) -> None:
    state.outbox.spread(dispatcher(state), [make_delivery(1)], (), {"sub_a": 1}, NOW)
    assert state.outbox.deliveries(DeliveryFilter()) == ()


def test_a_dispatcher_that_lost_its_lease_records_nothing(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    lease = dispatcher(state)
    state.outbox.spread(lease, [make_delivery(1)], (), {"sub_a": 1}, NOW)
    state.writer.release_lease(lease)
    dispatcher(state, "beta:2")
    with pytest.raises(Fenced):
        state.outbox.spread(lease, [make_delivery(2)], [make_firing()], {"sub_a": 2}, NOW)
    with pytest.raises(Fenced):
        state.outbox.settle(lease, [make_delivery(1, state=DeliveryState.DELIVERED, ended_at=NOW)], NOW)
    with pytest.raises(Fenced):
        state.outbox.forget_deliveries(lease, NOW + SECOND)
    assert [(each.event, each.state) for each in state.outbox.deliveries(DeliveryFilter())] == [
        (1, DeliveryState.WAITING)
    ]
    assert state.schedules.open_firings("prod") == ()
    assert state.outbox.subscriptions()[0].cursor == 1


def test_of_a_lane_one_is_sent_at_a_time_in_order(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    lease = dispatcher(state)
    state.outbox.spread(lease, [make_delivery(n, "ab"[n % 2]) for n in range(1, 5)], (), {"sub_a": 4}, NOW)
    assert due_numbers(state) == [1, 2]
    later = NOW + 5 * SECOND
    tries = (Try(at=NOW, seconds=0.25, status=500, error="no 'ü'"),)
    failed = make_delivery(1, "b", attempts=1, next_at=later, tries=tries, answer="oh\0")
    state.outbox.settle(lease, [failed, make_delivery(2, "a", state=DeliveryState.DELIVERED, ended_at=NOW)], NOW)
    assert due_numbers(state) == [4]
    assert due_numbers(state, later) == [4, 1]
    found = state.outbox.delivery(failed.id)
    assert found is not None
    assert replace(found, number=0) == replace(failed, answer="oh\\x00")
    state.outbox.spread(lease, [make_delivery(5, "b")], (), {"sub_a": 5}, NOW)
    assert due_numbers(state) == [4]
    dead = make_delivery(1, "b", state=DeliveryState.DEAD, ended_at=NOW, attempts=2)
    state.outbox.settle(lease, [dead, make_delivery(4, "a", state=DeliveryState.DELIVERED, ended_at=NOW)], NOW)
    assert due_numbers(state) == [3]
    state.outbox.settle(lease, [make_delivery(3, "b", state=DeliveryState.DELIVERED, ended_at=NOW)], NOW)
    assert due_numbers(state) == [5]
    assert {id_: (each.waiting, each.dead) for id_, each in state.outbox.backlog().items()} == {"sub_a": (1, 1)}


def test_a_delivery_that_ended_can_be_sent_again_and_one_that_waits_cannot(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    lease = dispatcher(state)
    state.outbox.spread(lease, [make_delivery(n) for n in (1, 2, 3)], (), {"sub_a": 3}, NOW)
    first = make_delivery(1)
    assert not replay(state, first)
    dead = replace(first, state=DeliveryState.DEAD, ended_at=NOW, attempts=9)
    state.outbox.settle(lease, [dead], NOW)
    state.outbox.settle(lease, [replace(dead, state=DeliveryState.DELIVERED)], NOW)
    found = state.outbox.delivery(first.id)
    assert found is not None and found.state is DeliveryState.DEAD  # noqa: PT018 - what has ended stays so
    assert replay(state, first) == 1
    again = state.outbox.delivery(first.id)
    assert again is not None
    assert (again.state, again.attempts, again.next_at, again.ended_at) == (DeliveryState.WAITING, 0, NOW, None)
    assert due_numbers(state) == [1, 2]
    # Of what is sent again beside the order, the end lets nothing overtake.
    state.outbox.settle(lease, [replace(first, state=DeliveryState.DELIVERED, ended_at=NOW)], NOW)
    assert due_numbers(state) == [2]


def test_what_is_sent_again_is_beside_its_lane(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    lease = dispatcher(state)
    state.outbox.spread(lease, [make_delivery(n) for n in (1, 2, 3)], (), {"sub_a": 3}, NOW)
    state.outbox.settle(lease, [make_delivery(1, state=DeliveryState.DEAD, ended_at=NOW)], NOW)
    assert replay(state, make_delivery(1)) == 1
    assert sorted(due_numbers(state)) == [1, 2]
    state.outbox.settle(lease, [make_delivery(2, state=DeliveryState.DELIVERED, ended_at=NOW)], NOW)
    assert sorted(due_numbers(state)) == [1, 3]


def test_a_range_that_is_replayed_keeps_its_order_and_touches_nothing_else(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    state.outbox.subscribe(make_subscription("sub_b"), 10)
    lease = dispatcher(state)
    other = make_delivery(1, subscription="sub_b", state=DeliveryState.DEAD, ended_at=NOW)
    made = [make_delivery(n, "a" if n != 4 else "b", state=DeliveryState.DEAD, ended_at=NOW) for n in range(1, 6)]
    state.outbox.spread(lease, [other, *made, make_delivery(6)], (), {"sub_a": 6, "sub_b": 1}, NOW)
    state.outbox.settle(lease, [make_delivery(6, state=DeliveryState.DELIVERED, ended_at=NOW)], NOW)
    numbers = {each.event: each.number for each in state.outbox.deliveries(DeliveryFilter(subscription="sub_a"))}
    wanted = ReplayRange(subscription="sub_a", first=numbers[2], last=numbers[5], limit=3)
    assert state.outbox.replay(wanted, NOW) == 3  # the oldest three: the fifth is left for the next time
    assert due_numbers(state) == [2, 4]  # of one lane the first
    assert state.outbox.replay(wanted, NOW) == 1
    assert due_numbers(state) == [2, 4]
    state.outbox.settle(lease, [make_delivery(2, state=DeliveryState.DELIVERED, ended_at=NOW)], NOW)
    assert sorted(due_numbers(state)) == [3, 4]
    states = {each.event: each.state for each in state.outbox.deliveries(DeliveryFilter(subscription="sub_a"))}
    assert (states[1], states[6]) == (DeliveryState.DEAD, DeliveryState.DELIVERED)
    found = state.outbox.delivery(other.id)
    assert found is not None
    assert found.state is DeliveryState.DEAD


def test_what_is_skipped_lets_the_next_of_its_lane_go_and_stays_so(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    lease = dispatcher(state)
    state.outbox.spread(lease, [make_delivery(n) for n in (1, 2)], (), {"sub_a": 2}, NOW)
    said = Try(at=NOW, seconds=0.0, error="skipped by ü")
    assert state.outbox.skip(make_delivery(1).id, said, NOW)
    assert due_numbers(state) == [2]
    # What was under way comes too late to change it.
    state.outbox.settle(lease, [make_delivery(1, state=DeliveryState.DELIVERED, ended_at=NOW)], NOW)
    found = state.outbox.delivery(make_delivery(1).id)
    assert found is not None
    assert (found.state, found.tries, found.ended_at, found.next_at) == (DeliveryState.SKIPPED, (said,), NOW, None)
    assert not state.outbox.skip(found.id, said, NOW)
    assert not state.outbox.skip("dlv_x", said, NOW)
    state.outbox.settle(lease, [make_delivery(2, state=DeliveryState.DEAD, ended_at=NOW)], NOW)
    assert state.outbox.skip(make_delivery(2).id, said, NOW)
    assert state.outbox.backlog() == {}
    assert replay(state, found) == 1
    assert due_numbers(state) == [1]


def test_a_page_of_large_events_ends_by_their_size_and_none_is_left_out(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "MOST_PAGE_CHARACTERS", 1000)
    sizes = [10, 5000, 400, 400, 400, *[1] * 40, 999, 1]
    state.schedules.receive([make_event(str(n), document='"' + "x" * (size - 2) + '"') for n, size in enumerate(sizes)])
    after = list(pages(lambda at: state.outbox.events_after(at or 0)))
    assert [each for page in after for each in page] == list(range(len(sizes)))
    assert [len(page) for page in after[:4]] == [1, 1, 2, 41]
    before = list(pages(state.outbox.events_before))
    assert [each for page in before for each in page] == list(range(len(sizes)))[::-1]
    for page in (*after, *before):
        assert len(page) == 1 or sum(sizes[each] for each in page) <= 1000
    assert [each.id for each in state.schedules.unhandled_events()] == ["0"]


def pages(read: Callable[[int | None], Sequence[ReceivedEvent]]) -> Iterator[list[int]]:
    at: int | None = None
    while page := read(at):
        yield [int(each.id) for each in page]
        at = page[-1].number


def test_what_a_wrong_clock_put_off_beyond_every_pause_is_due(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    state.outbox.spread(dispatcher(state), [make_delivery(1)], (), {"sub_a": 1}, NOW + dt.timedelta(days=400))
    assert due_numbers(state) == [1]
    assert due_numbers(state, NOW + dt.timedelta(days=400) - dt.timedelta(hours=1)) == []


def test_what_is_told_of_what_was_spread_is_told_with_it(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    lease = dispatcher(state)
    for _ in range(2):
        state.outbox.spread(lease, [make_delivery(1)], (), {"sub_a": 1}, NOW, [make_event("told")])
    assert [each.id for each in state.outbox.events_after(0)] == ["told"]


def test_the_longest_chain_of_causes_among_names_is_found(state: State) -> None:
    def event(id_: str, **attributes: object) -> ReceivedEvent:
        return make_event(id_, document=canonical_json({"id": id_, **attributes}))

    state.schedules.receive(
        [event("plain"), event("a b", meshwrightdepth=3, correlationid="/x 1"), event("text", meshwrightdepth="5")]
    )
    assert state.outbox.chain("prod", []) == state.outbox.chain("prod", ["/ü plain", "/ü nothing", "a.b@9"]) == Chain()
    assert state.outbox.chain("prod", ["/ü plain", "/ü a b"]) == Chain(depth=3, correlation="/x 1")
    assert state.outbox.chain("prod", ["/ü text", "/ü a b"]).depth == 5


def test_runs_that_were_ordered_are_not_ordered_again_by_a_replay(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    started = make_delivery(1, state=DeliveryState.STARTED, ended_at=NOW, run_id="r")
    state.outbox.spread(dispatcher(state), [started], (), {"sub_a": 1}, NOW)
    assert not replay(state, started)


def test_deliveries_are_listed_newest_first_by_page_and_kind(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    state.outbox.subscribe(make_subscription("sub_b"), 10)
    lease = dispatcher(state)
    made = [make_delivery(n, subscription="sub_a" if n % 2 else "sub_b") for n in range(1, 7)]
    state.outbox.spread(lease, made, (), {"sub_a": 6, "sub_b": 6}, NOW)
    state.outbox.settle(lease, [replace(made[0], state=DeliveryState.DEAD, ended_at=NOW)], NOW)
    page = state.outbox.deliveries(DeliveryFilter(limit=2))
    assert [each.event for each in page] == [6, 5]
    assert [each.event for each in state.outbox.deliveries(DeliveryFilter(before=page[-1].number))] == [4, 3, 2, 1]
    assert [each.event for each in state.outbox.deliveries(DeliveryFilter(subscription="sub_b"))] == [6, 4, 2]
    wanted = DeliveryFilter(subscription="sub_a", state=DeliveryState.DEAD)
    assert [each.event for each in state.outbox.deliveries(wanted)] == [1]


def test_only_deliveries_that_ended_are_forgotten(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    lease = dispatcher(state)
    ended = make_delivery(1, state=DeliveryState.DELIVERED, ended_at=NOW)
    state.outbox.spread(lease, [ended, make_delivery(2)], (), {"sub_a": 2}, NOW)
    assert state.outbox.forget_deliveries(lease, NOW) == 0
    assert state.outbox.forget_deliveries(lease, NOW + SECOND) == 1
    assert [each.event for each in state.outbox.deliveries(DeliveryFilter())] == [2]


def test_events_are_read_in_order_and_by_number(state: State) -> None:
    assert (state.outbox.last_number(), state.outbox.oldest_number()) == (0, 0)
    state.schedules.receive([make_event(str(n)) for n in range(5)])
    found = state.outbox.events_after(0, 3)
    assert [event.id for event in found] == ["0", "1", "2"]
    rest = state.outbox.events_after(found[-1].number)
    assert [event.id for event in rest] == ["3", "4"]
    assert state.outbox.last_number() == rest[-1].number
    assert state.outbox.oldest_number() == found[0].number
    assert [event.id for event in state.outbox.events_before(None, 2)] == ["4", "3"]
    assert [event.id for event in state.outbox.events_before(found[1].number)] == ["0"]
    assert state.outbox.events([found[1].number, 10**9]) == {found[1].number: found[1]}


def test_a_reader_that_follows_the_numbers_misses_nothing_of_writers_at_once(state: State) -> None:
    """Each event appears above everything that was read before, however the transactions overlap."""
    threads, each = 4, 25
    is_over = threading.Event()
    seen: list[str] = []

    def follow() -> None:
        cursor = 0
        while True:
            was_over = is_over.is_set()
            found = state.outbox.events_after(cursor, 7)
            seen.extend(event.id for event in found)
            if found:
                cursor = found[-1].number
            elif was_over:
                return

    def write(name: int) -> None:
        for n in range(each):
            state.schedules.receive([make_event(f"{name}-{n}-{k}") for k in range(3)])

    reader = threading.Thread(target=follow)
    reader.start()
    writers = [threading.Thread(target=write, args=(name,)) for name in range(threads)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    is_over.set()
    reader.join()
    wanted = [f"{name}-{n}-{k}" for name in range(threads) for n in range(each) for k in range(3)]
    assert sorted(seen) == sorted(wanted)


def test_an_event_that_somebody_is_still_to_be_told_of_is_not_forgotten(state: State) -> None:
    state.outbox.subscribe(make_subscription(), 10)
    state.schedules.receive([make_event(str(n), handled_at=NOW) for n in range(3)])
    numbers = [event.number for event in state.outbox.events_after(0)]
    later = NOW + SECOND

    def kept() -> list[bool]:
        return [event.is_named for event in state.collector.old_events(later)]

    assert kept() == [True, True, True]
    lease = dispatcher(state)
    made = [make_delivery(numbers[0]), make_delivery(numbers[1], state=DeliveryState.DELIVERED, ended_at=NOW)]
    state.outbox.spread(lease, made, (), {"sub_a": numbers[1]}, NOW)
    assert kept() == [True, False, True]
    found = state.outbox.subscription("sub_a")
    assert found is not None
    state.outbox.change_subscription(replace(found, state=SubscriptionState.PAUSED))
    assert kept() == [True, False, False]

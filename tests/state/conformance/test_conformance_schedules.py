"""What the scheduler records: each firing and each event once, and nothing by a worker that lost its lease."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from state_samples import NOW, SECOND, make_event, make_firing, make_pause, make_watched, take

from meshwright.model.firings import Decided, FiringState
from meshwright.state.errors import Fenced
from meshwright.state.protocol import State
from meshwright.state.records import Lease


def lease_of(state: State, holder: str = "alpha:1") -> Lease:
    return take(state, "scheduler:prod", holder)


def test_a_firing_is_read_back_as_it_was(state: State) -> None:
    firing = make_firing()
    state.schedules.record(lease_of(state), Decided(environment="prod", firings=(firing,)), NOW)
    [found] = state.schedules.open_firings("prod")
    assert replace(found, number=0) == firing
    assert state.schedules.firings("prod") == (found,)
    assert state.schedules.open_firings("qa") == ()


def test_a_firing_recorded_twice_is_one_and_the_first(state: State) -> None:
    lease = lease_of(state)
    state.schedules.record(lease, Decided(environment="prod", firings=(make_firing(),)), NOW)
    state.schedules.record(
        lease, Decided(environment="prod", firings=(make_firing(reason="again"), make_firing("b"))), NOW
    )
    assert [(found.key[-1], found.reason) for found in state.schedules.open_firings("prod")] == [
        ("a", "because 'ü'"),
        ("b", "because 'ü'"),
    ]


def test_a_firing_changes_until_it_has_ended(state: State) -> None:
    lease = lease_of(state)
    firing = make_firing()
    state.schedules.record(lease, Decided(environment="prod", firings=(firing,)), NOW)
    started = replace(firing, state=FiringState.STARTED, attempts=2, process="p", reason="")
    state.schedules.change_firing(lease, started)
    assert replace(state.schedules.open_firings("prod")[0], number=0) == started
    ended = replace(started, state=FiringState.ENDED, outcome="succeeded", ended_at=NOW + 9 * SECOND)
    state.schedules.change_firing(lease, ended)
    state.schedules.change_firing(lease, started)
    assert state.schedules.open_firings("prod") == ()
    assert replace(state.schedules.firings("prod")[0], number=0) == ended


def test_an_ended_firing_can_still_be_told_late(state: State) -> None:
    lease = lease_of(state)
    ended = make_firing(state=FiringState.ENDED, outcome="succeeded")
    state.schedules.record(lease, Decided(environment="prod", firings=(ended,)), NOW)
    state.schedules.change_firing(lease, replace(ended, is_told_late=True))
    assert state.schedules.firings("prod")[0].is_told_late


def test_firings_come_newest_first_and_by_trigger(state: State) -> None:
    lease = lease_of(state)
    firings = tuple(make_firing(str(n), trigger="d.p:x" if n % 2 else "d.p:y") for n in range(6))
    state.schedules.record(lease, Decided(environment="prod", firings=firings), NOW)
    assert [found.key[-1] for found in state.schedules.firings("prod", limit=4)] == ["5", "4", "3", "2"]
    assert [found.key[-1] for found in state.schedules.firings("prod", ["d.p:x"])] == ["5", "3", "1"]


def test_a_worker_that_lost_its_lease_records_nothing(state: State) -> None:
    lease = lease_of(state)
    state.writer.release_lease(lease)
    lease_of(state, "beta:2")
    state.schedules.receive([make_event()])
    [event] = state.schedules.unhandled_events()
    decided = Decided(environment="prod", watched=(make_watched(),), firings=(make_firing(),), handled=(event.number,))
    with pytest.raises(Fenced):
        state.schedules.record(lease, decided, NOW)
    with pytest.raises(Fenced):
        state.schedules.change_firing(lease, make_firing())
    assert state.schedules.firings("prod") == ()
    assert state.schedules.watched("prod") == {}
    assert state.schedules.unhandled_events() == (event,)


def test_what_is_watched_is_read_back_changed_and_forgotten(state: State) -> None:
    lease = lease_of(state)
    one, other = make_watched(), make_watched("d.p:other")
    state.schedules.record(lease, Decided(environment="prod", watched=(one, other)), NOW)
    later = replace(one, cursor=NOW + 60 * SECOND, mark={}, definition="e" * 32, since=NOW + SECOND)
    state.schedules.record(lease, Decided(environment="prod", watched=(later,)), NOW)
    assert state.schedules.watched("prod") == {one.trigger: later, other.trigger: other}
    state.schedules.record(lease, Decided(environment="prod", forgotten=(other.trigger, "d.p:unknown")), NOW)
    assert state.schedules.watched("prod") == {one.trigger: later}
    assert state.schedules.watched("qa") == {}


def test_an_event_is_taken_in_once(state: State) -> None:
    events = [make_event("2"), make_event("1"), make_event("1", document="other"), make_event("1", source="/other")]
    assert state.schedules.receive(events) == (True, True, False, True)
    assert state.schedules.receive(events[:2]) == (False, False)
    assert state.schedules.receive([]) == ()
    assert {found.name for found in state.schedules.events()} == {"/ü 1", "/ü 2", "/other 1"}
    assert state.schedules.known_events("/ü", ["1", "2", "9"]) == {"1", "2"}
    assert state.schedules.known_events("/ü", []) == frozenset()


def test_an_event_is_handled_with_the_firings_that_come_of_it(state: State) -> None:
    lease = lease_of(state)
    state.schedules.receive([make_event(str(n)) for n in range(3)] + [make_event("done", handled_at=NOW)])
    first, second, third = state.schedules.unhandled_events()
    assert replace(first, number=0) == make_event("0")
    decided = Decided(environment="prod", firings=(make_firing(),), handled=(first.number, third.number))
    state.schedules.record(lease, decided, NOW + SECOND)
    assert state.schedules.unhandled_events() == (second,)
    assert {found.id: found.handled_at for found in state.schedules.events()} == {
        "0": NOW + SECOND,
        "1": None,
        "2": NOW + SECOND,
        "done": NOW,
    }


def test_the_same_events_from_many_senders_are_taken_in_once(state: State) -> None:
    events = [make_event(str(n)) for n in range(20)]
    taken: list[bool] = []

    def send(order: int) -> None:
        taken.extend(state.schedules.receive(events[::order]))

    threads = [threading.Thread(target=send, args=(order,)) for order in (1, -1, 1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 20
    assert len(state.schedules.events(100)) == 20


def test_a_pause_keeps_its_first_reason_until_it_ends(state: State) -> None:
    state.schedules.pause([make_pause(), make_pause("d.p", environment="qa")])
    state.schedules.pause([make_pause(reason="another", by="ben")])
    assert state.schedules.pauses("prod") == {"d.p:ü": make_pause()}
    decided = Decided(environment="prod", watched=(make_watched(),), firings=(make_firing(state=FiringState.SKIPPED),))
    state.schedules.resume("prod", ["d.p:ü", "d.p:unknown"], decided, NOW)
    assert state.schedules.pauses("prod") == {}
    assert state.schedules.watched("prod") == {"d.p:ü": make_watched()}
    assert [found.state for found in state.schedules.firings("prod")] == [FiringState.SKIPPED]
    assert state.schedules.pauses("qa").keys() == {"d.p"}


def test_the_run_of_a_firing_follows_from_its_key() -> None:
    one, same, other = make_firing(), make_firing(reason="x", attempts=7), make_firing("b")
    assert one.run_id == same.run_id != other.run_id
    assert one.run_id.startswith("20260301T123015-")

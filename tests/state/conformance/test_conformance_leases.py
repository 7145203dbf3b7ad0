"""Leases: one live holder, tokens that only grow."""

from __future__ import annotations

import datetime as dt

from state_samples import NOW, SECOND, take

from meshwright.state.protocol import State


def test_a_lease_never_taken_is_none(state: State) -> None:
    assert state.reader.lease("run") is None


def test_a_taken_lease_is_read_back(state: State) -> None:
    lease = take(state)
    assert lease.token == 1
    assert lease.expires_at == NOW + 60 * SECOND
    assert state.reader.lease("run") == lease


def test_a_live_lease_is_refused_to_another_holder(state: State) -> None:
    lease = take(state)
    assert state.writer.take_lease("run", "beta:2", NOW + 59 * SECOND, 60) is None
    assert state.reader.lease("run") == lease


def test_its_own_live_holder_gets_it_again_under_the_same_token(state: State) -> None:
    lease = take(state)
    again = take(state, now=NOW + 30 * SECOND)
    assert again.token == lease.token
    assert again.expires_at == NOW + 90 * SECOND


def test_an_expired_lease_goes_to_the_next_with_a_higher_token(state: State) -> None:
    lease = take(state)
    taken = state.writer.take_lease("run", "beta:2", NOW + 60 * SECOND, 60)
    assert taken is not None
    assert taken.token > lease.token
    assert state.writer.renew_lease(lease, NOW + 61 * SECOND, 60) is None
    assert state.reader.lease("run") == taken


def test_tokens_are_not_used_again_after_a_release(state: State) -> None:
    tokens = []
    for _ in range(3):
        lease = take(state)
        tokens.append(lease.token)
        state.writer.release_lease(lease)
    assert tokens == sorted(set(tokens))


def test_a_released_lease_is_free_at_once_and_cannot_be_renewed(state: State) -> None:
    lease = take(state)
    state.writer.release_lease(lease)
    assert state.writer.renew_lease(lease, NOW, 60) is None
    free = state.reader.lease("run")
    assert free is not None
    assert free.expires_at < NOW
    assert take(state, holder="beta:2").token > lease.token


def test_releasing_a_lease_that_was_taken_over_changes_nothing(state: State) -> None:
    lease = take(state)
    taken = take(state, holder="beta:2", now=NOW + 61 * SECOND)
    state.writer.release_lease(lease)
    assert state.reader.lease("run") == taken


def test_an_expired_lease_that_nobody_took_can_be_renewed(state: State) -> None:
    lease = take(state)
    renewed = state.writer.renew_lease(lease, NOW + 100 * SECOND, 60)
    assert renewed is not None
    assert renewed.token == lease.token
    assert renewed.expires_at == NOW + 160 * SECOND


def test_a_lease_never_taken_cannot_be_renewed_or_released(state: State) -> None:
    lease = take(state, name="other")
    stranger = type(lease)(name="run", holder="alpha:1", token=1, expires_at=lease.expires_at)
    assert state.writer.renew_lease(stranger, NOW, 60) is None
    state.writer.release_lease(stranger)
    assert state.reader.lease("run") is None


def test_leases_of_other_names_do_not_disturb_each_other(state: State) -> None:
    assert take(state, "a", "x").token == 1
    assert take(state, "b", "y").token == 1


def test_times_in_another_zone_are_the_same_times(state: State) -> None:
    zone = dt.timezone(dt.timedelta(hours=5, minutes=30))
    lease = take(state, now=NOW.astimezone(zone))
    read = state.reader.lease("run")
    assert read is not None
    assert read.expires_at == lease.expires_at
    assert read.expires_at.utcoffset() == dt.timedelta(0)

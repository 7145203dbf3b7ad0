"""The record of calls between domains, and requests under keys of idempotency."""

from __future__ import annotations

from dataclasses import replace

from state_samples import NOW, SECOND, take

from meshwright.model.calls import Call, CallEdge, CallFilter, CallKind
from meshwright.model.keyed import KeyedRequest
from meshwright.state.protocol import State


def make_call(number: int = 0, **changes: object) -> Call:
    values: dict[str, object] = {
        "id": f"r{number}",
        "at": NOW + number * SECOND,
        "token": "t1",
        "caller": "finance",
        "domain": "operations",
        "kind": CallKind.DATA,
        "action": "read",
        "object": "operations.flights/departures ü\x00",
        "status": 200,
        "rows": 2**40,
        "bytes": 2**41,
        "seconds": 1.25,
    }
    return Call(**{**values, **changes})  # type: ignore[arg-type]


def listed(state: State, limit: int = 100, before: int | None = None, **wanted: object) -> list[str]:
    return [call.id for call in state.calls.calls(CallFilter(**wanted), limit, before)]  # type: ignore[arg-type]


def test_a_call_is_read_back_as_it_was(state: State) -> None:
    bare = make_call(1, caller=None, rows=None, bytes=None, object="x")
    state.calls.record([bare, make_call(2)])
    second, first = state.calls.calls(CallFilter(), 10)
    assert replace(first, number=0) == bare
    assert replace(second, number=0, object="") == replace(make_call(2), object="")
    assert "ü" in second.object
    assert first.number < second.number


def test_nothing_is_recorded_of_nothing(state: State) -> None:
    state.calls.record([])
    assert state.calls.calls(CallFilter(), 10) == ()
    assert state.calls.edges(CallFilter()) == ()


def test_calls_come_newest_first_and_by_page(state: State) -> None:
    state.calls.record([make_call(n) for n in range(5)])
    page = state.calls.calls(CallFilter(), 2)
    assert [call.id for call in page] == ["r4", "r3"]
    assert listed(state, 2, page[-1].number) == ["r2", "r1"]
    assert listed(state, 0) == []


def test_calls_are_found_by_each_of_their_sides(state: State) -> None:
    state.calls.record(
        [
            make_call(0),
            make_call(1, caller=None),
            make_call(2, domain="weather"),
            make_call(3, kind=CallKind.PROCESS, action="run"),
            make_call(4, object="operations.flights", token="t2"),
        ]
    )
    assert listed(state, caller="finance") == ["r4", "r3", "r2", "r0"]
    assert listed(state, domain="weather") == ["r2"]
    assert listed(state, kind=CallKind.PROCESS) == ["r3"]
    assert listed(state, action="run") == ["r3"]
    assert listed(state, object="operations.flights") == ["r4"]
    assert listed(state, token="t2") == ["r4"]
    assert listed(state, since=NOW + SECOND, until=NOW + 3 * SECOND) == ["r2", "r1"]
    assert listed(state, caller="finance", domain="weather", kind=CallKind.PROCESS) == []


def test_calls_are_summed_by_who_called_whom_for_what(state: State) -> None:
    state.calls.record(
        [
            make_call(0, rows=2, bytes=10),
            make_call(1, rows=None, bytes=None, status=404),
            make_call(2, caller=None, rows=1, bytes=1),
            make_call(3, kind=CallKind.DOMAIN, rows=None, bytes=5),
        ]
    )
    edge = CallEdge(
        caller="finance",
        domain="operations",
        kind=CallKind.DATA,
        calls=2,
        refused=1,
        rows=2,
        bytes=10,
        last_at=NOW + SECOND,
    )
    assert state.calls.edges(CallFilter()) == (
        replace(edge, caller=None, calls=1, refused=0, rows=1, bytes=1, last_at=NOW + 2 * SECOND),
        edge,
        replace(edge, kind=CallKind.DOMAIN, calls=1, refused=0, rows=0, bytes=5, last_at=NOW + 3 * SECOND),
    )
    assert [found.calls for found in state.calls.edges(CallFilter(since=NOW + SECOND))] == [1, 1, 1]


def test_old_calls_are_counted_and_forgotten(state: State) -> None:
    lease = take(state, "gc", "me:1")
    state.calls.record([make_call(n) for n in range(1200)])
    assert state.collector.old_calls(NOW + 1100 * SECOND) == 1100
    assert state.collector.forget_calls(lease, NOW + 1100 * SECOND) == 1100
    assert state.collector.old_calls(NOW + 1100 * SECOND) == 0
    assert len(listed(state, 1000)) == 100


def make_request(**changes: object) -> KeyedRequest:
    values: dict[str, object] = {"token": "t1", "key": "k", "digest": "d", "holder": "me:1", "at": NOW}
    return KeyedRequest(**{**values, **changes})  # type: ignore[arg-type]


def test_a_key_is_taken_once_for_each_token(state: State) -> None:
    first = make_request()
    assert state.keyed.begin(first) is None
    assert state.keyed.begin(make_request(digest="other", holder="you:2")) == first
    assert state.keyed.begin(make_request(token="t2")) is None
    assert state.keyed.begin(make_request(key="k2")) is None


def test_the_answer_is_kept_and_the_first_one_stays(state: State) -> None:
    request = make_request()
    state.keyed.begin(request)
    state.keyed.end(replace(request, holder="you:2"), 500, "not mine")
    state.keyed.end(request, 201, '{"a": "ü"}')
    state.keyed.end(request, 500, "again")
    state.keyed.abandon(request)
    assert state.keyed.begin(request) == replace(request, status=201, answer='{"a": "ü"}')


def test_an_abandoned_key_is_free(state: State) -> None:
    request = make_request()
    state.keyed.begin(request)
    state.keyed.abandon(replace(request, holder="you:2"))
    assert state.keyed.begin(request) == request
    state.keyed.abandon(request)
    assert state.keyed.begin(request) is None


def test_old_keys_are_forgotten(state: State) -> None:
    lease = take(state, "gc", "me:1")
    state.keyed.begin(make_request())
    state.keyed.begin(make_request(key="young", at=NOW + 2 * SECOND))
    state.collector.forget_keyed(lease, NOW + SECOND)
    assert state.keyed.begin(make_request()) is None
    assert state.keyed.begin(make_request(key="young")) is not None

"""Runs that are asked for: once by their key, claimed by one worker, changed by whoever has them."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from state_samples import NOW, SECOND, make_request, make_run

from meshwright.model.requests import RequestedRun, RequestKind, RequestState
from meshwright.state.protocol import State


def submitted(state: State, name: str = "a", **changes: object) -> RequestedRun:
    return state.requests.submit(make_request(name, **changes))


def test_a_request_is_read_back_as_it_was(state: State) -> None:
    found = submitted(state)
    assert replace(found, number=0) == make_request()
    assert state.requests.of_key("key a") == found
    assert state.requests.of_key("key b") is None


def test_a_key_is_one_request_and_the_first(state: State) -> None:
    first = submitted(state)
    again = submitted(state, digest="d2", run_id="run-00000z", requested_at=NOW + SECOND)
    assert again == first
    assert state.requests.of_runs(["run-00000a", "run-00000z"]) == {"run-00000a": first}


def test_many_that_submit_one_key_at_once_all_get_the_same(state: State) -> None:
    barrier, found = threading.Barrier(6), []

    def submit(number: int) -> None:
        barrier.wait()
        found.append(submitted(state, run_id=f"run-00000{number}"))

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(found) == 6
    assert len({request.run_id for request in found}) == 1


def test_many_that_go_on_with_one_run_at_once_are_one_request(state: State) -> None:
    state.writer.start_run(make_run("run-000001"), (), {})
    barrier, found = threading.Barrier(6), []

    def submit(number: int) -> None:
        barrier.wait()
        request = make_request(str(number), run_id="run-000001", kind=RequestKind.RESUME)
        found.append(state.requests.submit_once(request))

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len({request.number for request in found}) == 1


def test_a_run_whose_request_has_ended_can_be_gone_on_with_again(state: State) -> None:
    state.writer.start_run(make_run("run-000001"), (), {})
    first = state.requests.submit_once(make_request("a", run_id="run-000001"))
    state.requests.change(first, replace(first, state=RequestState.ENDED))
    second = state.requests.submit_once(make_request("b", run_id="run-000001"))
    assert second.number > first.number
    assert state.requests.of_runs(["run-000001"])["run-000001"] == second


def test_one_worker_claims_a_request(state: State) -> None:
    request = submitted(state)
    taken = state.requests.claim(request.number, "alpha", NOW + SECOND)
    assert taken == replace(request, state=RequestState.STARTED, process="alpha", attempts=1, changed_at=NOW + SECOND)
    assert state.requests.claim(request.number, "beta", NOW) is None
    assert state.requests.started() == (taken,)


def test_many_that_claim_at_once_are_told_apart(state: State) -> None:
    request = submitted(state)
    barrier, found = threading.Barrier(6), []

    def claim(number: int) -> None:
        barrier.wait()
        found.append(state.requests.claim(request.number, f"worker {number}", NOW))

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len([each for each in found if each is not None]) == 1


def test_what_was_changed_meanwhile_is_not_changed(state: State) -> None:
    taken = state.requests.claim(submitted(state).number, "alpha", NOW)
    assert taken is not None
    running = replace(taken, process="child")
    assert state.requests.change(taken, running)
    assert not state.requests.change(taken, replace(taken, state=RequestState.ENDED, outcome="lost"))
    ended = replace(
        running, state=RequestState.ENDED, outcome="succeeded", ended_at=NOW + SECOND, reason="ü", error="[]"
    )
    assert state.requests.change(running, ended)
    assert state.requests.of_key("key a") == ended
    assert state.requests.started() == ()


def test_a_request_that_waits_is_withdrawn_and_one_that_was_started_is_marked(state: State) -> None:
    waiting = state.requests.ask_to_stop(submitted(state).number, NOW + SECOND)
    assert waiting is not None
    assert (waiting.state, waiting.ended_at, waiting.is_to_stop) == (RequestState.WITHDRAWN, NOW + SECOND, True)
    assert state.requests.claim(waiting.number, "alpha", NOW) is None
    taken = state.requests.claim(submitted(state, "b").number, "alpha", NOW)
    assert taken is not None
    assert state.requests.ask_to_stop(taken.number, NOW) == replace(taken, is_to_stop=True)
    # Who has it goes on from what it knew, and does not take the mark away.
    assert state.requests.change(taken, replace(taken, process="child"))
    assert state.requests.started()[0].is_to_stop
    assert state.requests.ask_to_stop(999_999, NOW) is None


def test_queues_tell_what_is_open_by_caller(state: State) -> None:
    numbers = [submitted(state, str(n), caller="ü" if n % 2 else "b").number for n in range(5)]
    state.requests.claim(numbers[0], "alpha", NOW)
    withdrawn = state.requests.ask_to_stop(numbers[1], NOW)
    assert withdrawn is not None
    queues = {queue.caller: (queue.first, queue.waiting, queue.started) for queue in state.requests.queues()}
    assert queues == {"b": (numbers[2], 2, 1), "ü": (numbers[3], 1, 0)}


@pytest.mark.parametrize(
    ("prefix", "found"), [("run-00000a", "a"), ("run-0001", None), ("run-0", None), ("other-1", "z")]
)
def test_a_request_is_found_by_the_beginning_of_its_runs_id(state: State, prefix: str, found: str | None) -> None:
    for name in ("a", "b"):
        submitted(state, name)
    submitted(state, "z", run_id="other-100000")
    request = state.requests.like(prefix)
    assert (None if request is None else request.key) == (None if found is None else f"key {found}")

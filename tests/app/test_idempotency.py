"""A request under a key is done once, whatever is sent again and whoever is killed."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meshwright.app.idempotency import KeyedAnswer, KeyedWish, KeyedWork, StillAnswering, once, settles
from meshwright.app.processes import holder_of_process
from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, RefusedError
from meshwright.model.keyed import KeyedRequest
from meshwright.state.database import open_state
from meshwright.state.errors import Fenced
from meshwright.state.protocol import State

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WISH = KeyedWish(token="t", key="k", digest="d", at=NOW)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = open_state("sqlite:///state.db", root=tmp_path)
    yield opened
    opened.close()


def work_of(do: Callable[[], KeyedAnswer]) -> KeyedWork:
    return KeyedWork(do=do, told=lambda answer: answer)


def not_done() -> KeyedAnswer:
    pytest.fail("done again")


def code_of(error: pytest.ExceptionInfo[MeshwrightError]) -> str:
    return error.value.first.code


def test_the_second_request_gets_the_answer_of_the_first(state: State) -> None:
    done: list[int] = []

    def work() -> KeyedAnswer:
        done.append(1)
        return KeyedAnswer(status=201, document=json.dumps({"n": len(done)}))

    assert once(state.keyed, WISH, work_of(work)) == KeyedAnswer(status=201, document='{"n": 1}')
    assert once(state.keyed, WISH, work_of(work)) == KeyedAnswer(status=201, document='{"n": 1}', is_replayed=True)
    assert done == [1]


def test_what_was_refused_may_be_asked_again(state: State) -> None:
    def refuse() -> KeyedAnswer:
        raise RefusedError(Diagnostic(code="MW-S101", message="taken", fix="another"))

    for _ in range(2):
        with pytest.raises(RefusedError):
            once(state.keyed, WISH, work_of(refuse))
    assert not once(state.keyed, WISH, work_of(lambda: KeyedAnswer(status=200, document="{}"))).is_replayed


def test_a_key_of_another_request_is_refused(state: State) -> None:
    once(state.keyed, WISH, work_of(lambda: KeyedAnswer(status=200, document="{}")))
    other = KeyedWish(token="t", key="k", digest="e", at=NOW)
    with pytest.raises(InputError) as refused:
        once(state.keyed, other, work_of(not_done))
    assert code_of(refused) == "MW-U002"


def test_a_request_that_goes_on_is_not_begun_again(state: State) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work() -> KeyedAnswer:
        begun.set()
        go_on.wait()
        return KeyedAnswer(status=200, document="{}")

    first = threading.Thread(target=lambda: once(state.keyed, WISH, work_of(work)))
    first.start()
    assert begun.wait(30)
    with pytest.raises(StillAnswering) as refused:
        once(state.keyed, WISH, work_of(not_done))
    assert code_of(refused) == "MW-U003"
    go_on.set()
    first.join()
    assert once(state.keyed, WISH, work_of(not_done)).is_replayed


def left(state: State, do: Callable[[], KeyedAnswer] | None) -> None:
    """Leave the request as a process does that dies before, or, with `do`, behind what it asks for."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        gone = KeyedRequest(token="t", key="k", digest="d", holder=holder_of_process(process.pid), at=NOW)
        process.kill()
    if do is None:
        state.keyed.begin(gone)
        return
    dies = KeyedWork(do=do, told=lambda answer: answer)
    with pytest.raises(KeyboardInterrupt):
        once(state.keyed, WISH, dies)
    # `once` let go of it, as it does where what comes behind the change fails.


def test_a_request_whose_process_died_before_it_did_anything_is_done_by_the_next(state: State) -> None:
    left(state, None)
    answer = KeyedAnswer(status=201, document='{"n": 1}')
    assert once(state.keyed, WISH, work_of(lambda: answer)) == answer
    assert once(state.keyed, WISH, work_of(not_done)) == KeyedAnswer(status=201, document='{"n": 1}', is_replayed=True)


def note(state: State, answer: KeyedAnswer) -> None:
    with settles(lambda _: answer):
        state.writer.settle_note("note", "x")


def test_a_request_that_was_done_and_not_answered_is_finished_and_answered_by_the_next(state: State) -> None:
    answer = KeyedAnswer(status=201, document='{"n": 1}')

    def do() -> KeyedAnswer:
        note(state, answer)
        raise KeyboardInterrupt

    left(state, do)
    finished: list[KeyedAnswer] = []

    def finish(noted: KeyedAnswer) -> KeyedAnswer:
        finished.append(noted)
        return KeyedAnswer(status=201, document='{"n": 2}', is_replayed=True)

    work = KeyedWork(do=not_done, told=lambda found: found, finish=finish)
    for _ in range(2):
        assert once(state.keyed, WISH, work) == KeyedAnswer(status=201, document='{"n": 2}', is_replayed=True)
    assert finished == [KeyedAnswer(status=201, document='{"n": 1}', is_replayed=True)]
    other = KeyedWish(token="t", key="k", digest="e", at=NOW)
    with pytest.raises(InputError):
        once(state.keyed, other, work)


def test_what_is_taken_over_changes_nothing_more_for_who_had_it(state: State) -> None:
    """A process that was taken for gone and wakes: what it does is undone with its receipt."""

    def do() -> KeyedAnswer:
        [standing] = [state.keyed.begin(KeyedRequest(token="t", key="k", digest="d", holder="x", at=NOW))]
        assert standing is not None
        assert state.keyed.take_over(standing, KeyedRequest(token="t", key="k", digest="d", holder="other", at=NOW))
        note(state, KeyedAnswer(status=200, document="{}"))
        pytest.fail("it was done")

    with pytest.raises(Fenced) as refused:
        once(state.keyed, WISH, work_of(do))
    assert code_of(refused) == "MW-U003"
    assert state.writer.settle_note("note", "first") == "first", "nothing was written"


@pytest.mark.parametrize(("hours", "is_taken"), [(0, False), (2, True)])
def test_a_request_of_another_host_is_waited_for_as_long_as_it_may_live(
    state: State, hours: int, *, is_taken: bool
) -> None:
    elsewhere = json.dumps({"by": "x", "host": "elsewhere", "machine": "y", "pid": 1, "start": "z"})
    state.keyed.begin(KeyedRequest(token="t", key="k", digest="d", holder=elsewhere, at=NOW))
    later = KeyedWish(token="t", key="k", digest="d", at=NOW + dt.timedelta(hours=hours))
    answer = KeyedAnswer(status=200, document="{}")
    if is_taken:
        assert once(state.keyed, later, work_of(lambda: answer)) == answer
    else:
        with pytest.raises(StillAnswering):
            once(state.keyed, later, work_of(not_done))


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "x" * 201, "a\n"])
def test_keys_are_bounded(state: State, key: str) -> None:
    with pytest.raises(InputError) as refused:
        once(state.keyed, KeyedWish(token="t", key=key, digest="d", at=NOW), work_of(not_done))
    assert code_of(refused) == "MW-U001"

"""A request under a key is done once, whatever is sent again and whoever is killed."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.app.idempotency import KeyedAnswer, KeyedWish, StillAnswering, once
from meshwright.app.processes import holder_of_process
from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, RefusedError
from meshwright.model.keyed import KeyedRequest
from meshwright.state.database import open_state
from meshwright.state.protocol import State

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WISH = KeyedWish(token="t", key="k", digest="d", at=NOW)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = open_state("sqlite:///state.db", root=tmp_path)
    yield opened
    opened.close()


def code_of(error: pytest.ExceptionInfo[MeshwrightError]) -> str:
    return error.value.first.code


def test_the_second_request_gets_the_answer_of_the_first(state: State) -> None:
    done: list[int] = []

    def work() -> KeyedAnswer:
        done.append(1)
        return KeyedAnswer(status=201, document=json.dumps({"n": len(done)}))

    assert once(state.keyed, WISH, work) == KeyedAnswer(status=201, document='{"n": 1}')
    assert once(state.keyed, WISH, work) == KeyedAnswer(status=201, document='{"n": 1}', is_replayed=True)
    assert done == [1]


def test_what_was_refused_may_be_asked_again(state: State) -> None:
    def refuse() -> KeyedAnswer:
        raise RefusedError(Diagnostic(code="MW-S101", message="taken", fix="another"))

    for _ in range(2):
        with pytest.raises(RefusedError):
            once(state.keyed, WISH, refuse)
    assert not once(state.keyed, WISH, lambda: KeyedAnswer(status=200, document="{}")).is_replayed


def test_a_key_of_another_request_is_refused(state: State) -> None:
    once(state.keyed, WISH, lambda: KeyedAnswer(status=200, document="{}"))
    other = KeyedWish(token="t", key="k", digest="e", at=NOW)
    with pytest.raises(InputError) as refused:
        once(state.keyed, other, lambda: pytest.fail("done"))
    assert code_of(refused) == "MW-U002"


def test_a_request_that_goes_on_is_not_begun_again(state: State) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work() -> KeyedAnswer:
        begun.set()
        go_on.wait()
        return KeyedAnswer(status=200, document="{}")

    first = threading.Thread(target=lambda: once(state.keyed, WISH, work))
    first.start()
    assert begun.wait(30)
    with pytest.raises(StillAnswering) as refused:
        once(state.keyed, WISH, lambda: pytest.fail("done"))
    assert code_of(refused) == "MW-U003"
    go_on.set()
    first.join()
    assert once(state.keyed, WISH, lambda: pytest.fail("done")).is_replayed


def test_a_request_whose_process_died_is_not_guessed_about(state: State) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        holder = holder_of_process(process.pid)
        state.keyed.begin(KeyedRequest(token="t", key="k", digest="d", holder=holder, at=NOW))
        process.kill()
    with pytest.raises(RefusedError) as refused:
        once(state.keyed, WISH, lambda: pytest.fail("done"))
    assert code_of(refused) == "MW-U004"


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "x" * 201, "a\n"])
def test_keys_are_bounded(state: State, key: str) -> None:
    with pytest.raises(InputError) as refused:
        once(state.keyed, KeyedWish(token="t", key=key, digest="d", at=NOW), lambda: pytest.fail("done"))
    assert code_of(refused) == "MW-U001"

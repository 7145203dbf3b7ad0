"""Values that are kept until what they rest on is another."""

from __future__ import annotations

import threading

import pytest

from meshwright.app.kept_values import KeptValues


def test_a_value_is_made_once_for_a_stamp_and_from_the_one_before() -> None:
    values, given = KeptValues(), []

    def make(before: str | None) -> str:
        given.append(before)
        return f"{before}+"

    assert [values.get(("kind", "prod"), stamp, make) for stamp in (1, 1, 2, 2, 1)] == [
        "None+",
        "None+",
        "None++",
        "None++",
        "None+++",
    ]
    assert given == [None, "None+", "None++"]
    assert values.peek(("kind", "prod")) == "None+++"
    assert values.peek(("kind", "qa")) is None
    assert values.peek(("other", "prod")) is None


def test_what_raises_is_kept_for_nobody() -> None:
    values = KeptValues()

    def fail(_before: object) -> object:
        raise ValueError

    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011 - any
            values.get(("kind", "prod"), 1, fail)
    assert values.get(("kind", "prod"), 1, lambda _before: "made") == "made"


def test_threads_that_ask_meanwhile_wait_and_make_nothing() -> None:
    values, made, may_end = KeptValues(), [], threading.Event()

    def make(_before: object) -> str:
        made.append(1)
        assert may_end.wait(60)
        return "value"

    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(values.get(("kind", "prod"), 1, make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    # Others are not held up.
    assert values.get(("kind", "qa"), 1, lambda _before: "other") == "other"
    may_end.set()
    for thread in threads:
        thread.join(60)
    assert (found, made) == (["value"] * 8, [1])


@pytest.mark.parametrize(("kind", "most"), [("judged", 2), ("catalog", 8)])
def test_those_asked_for_last_are_kept(kind: str, most: int) -> None:
    values = KeptValues()
    for at in range(most):
        values.get((kind, str(at)), 1, lambda _before: "made")
    values.get((kind, "0"), 1, lambda _before: "made again")
    values.get((kind, "new"), 1, lambda _before: "made")
    assert values.peek((kind, "0")) == "made"
    assert values.peek((kind, "1")) is None
    assert values.peek((kind, "new")) == "made"

"""Callers take turns: what one of them sends keeps its own requests waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from meshwright.faces.http.rates import Rates
from meshwright.faces.http.turns import NoTurn, Turns


def run(work: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(work())


async def _settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_caller_has_so_many_places_and_others_have_theirs() -> None:
    async def work() -> None:
        turns = Turns(at_once=10, of_one=2, waiting_of_one=5)
        await turns.take("a")
        await turns.take("a")
        third = asyncio.create_task(turns.take("a"))
        await _settled()
        assert not third.done()
        await turns.take("b")
        turns.give("a")
        await third

    run(work)


def test_callers_are_let_in_one_after_the_other_and_not_in_the_order_of_their_requests() -> None:
    async def work() -> None:
        turns = Turns(at_once=1, of_one=1, waiting_of_one=5)
        came: list[str] = []

        async def one(caller: str) -> None:
            async with turns.of(caller, 60.0):
                came.append(caller)
                await asyncio.sleep(0)

        await asyncio.gather(*(one(caller) for caller in "aaaabc"))
        assert came == ["a", "a", "b", "c", "a", "a"]

    run(work)


def test_who_waits_and_leaves_takes_nobodys_place() -> None:
    async def work() -> None:
        turns = Turns(at_once=1, of_one=1, waiting_of_one=2)
        await turns.take("a")
        waiting = [asyncio.create_task(turns.take("a")) for _ in range(2)]
        await _settled()
        with pytest.raises(NoTurn):
            await turns.take("a")
        waiting[0].cancel()
        await _settled()
        turns.give("a")
        await waiting[1]
        last = asyncio.create_task(turns.take("b"))
        await _settled()
        # Cancelled when its place is there already: it goes on to the next.
        turns.give("a")
        last.cancel()
        await _settled()
        await turns.take("c")

    run(work)


def test_a_place_is_held_no_longer_than_so_long() -> None:
    async def work() -> None:
        turns = Turns(at_once=1, of_one=1, waiting_of_one=2)
        async with turns.of("a", 0.01):
            await turns.take("b")
        turns.give("b")
        await turns.take("c")

    run(work)


def test_what_comes_too_early_waits_and_what_would_wait_too_long_is_refused() -> None:
    rates = Rates(per_s=10, at_once=2, wait_s=0.25)
    assert [rates.take("a", 0.0) for _ in range(5)] == [0.0, 0.0, 0.1, 0.2, None]
    assert rates.take("b", 0.0) == 0.0
    assert rates.take("a", 1.0) == 0.0
    assert rates.has_room("c", 0.0)
    assert rates.wait_s("d", 0.0) == 0.0
    assert max(rates.wait_s("d", 0.0) for _ in range(9)) == 0.25

"""Many readings are made by two processes, and come out as if one had made them, whatever happens to the second."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from meshwright.beside import Channel, beside, partner
from meshwright.files.cache import ParseCache
from meshwright.files.cached import read_through

REQUESTS = {f"key{number}": number for number in range(1000)}
SQUARES = {key: number * number for key, number in REQUESTS.items()}


def children() -> set[str]:
    """Processes that this one started: other tests leave some that they go on using."""
    tasks = Path("/proc/self/task").iterdir()
    return {process for task in tasks for process in (task / "children").read_text().split()}


def read(make: Callable[[int], int], cache: ParseCache | None = None) -> dict[str, int]:
    return read_through(cache, "square", REQUESTS, make=make, encode=str, decode=lambda _, text: int(text))


def test_a_second_process_makes_a_part(tmp_path: Path) -> None:
    here: list[int] = []

    def make(number: int) -> int:
        here.append(number)
        return number * number

    with ParseCache.open(tmp_path / "cache.db") as cache:
        found = read(make, cache)
        assert (found, list(found)) == (SQUARES, list(REQUESTS))
        # All, where other tests have left threads behind.
        assert len(here) in {500, 1000}
        del here[:]
        assert read(make, cache) == SQUARES
        assert not here


@pytest.mark.parametrize("end", ["raises", "exits", "is killed", "answers nonsense", "interrupted"])
def test_what_the_second_process_leaves_is_made_in_the_first(end: str) -> None:
    first = os.getpid()

    def make(number: int) -> int:
        if os.getpid() != first and number > 700:
            match end:
                case "raises":
                    raise RuntimeError
                case "exits":
                    os._exit(0)
                case "is killed":
                    os.kill(os.getpid(), 9)
                case "answers nonsense":
                    return "x"  # type: ignore[return-value]
                case _:
                    raise KeyboardInterrupt
        return number * number

    assert read(make) == SQUARES


def test_no_process_is_left_where_the_first_one_fails() -> None:
    def make(number: int) -> int:
        if number == 100:
            raise ValueError("unusable")
        return number

    before = children()
    with pytest.raises(ValueError, match="unusable"):
        read(make)
    assert children() == before


def test_a_process_of_several_threads_is_not_copied() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with beside(lambda: b"answer") as answer:
            assert answer() is None
    finally:
        stop.set()
        thread.join()


def test_two_processes_talk_until_one_of_them_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(channel: Channel) -> None:
        while message := channel.receive():
            channel.send(message.upper())

    monkeypatch.setattr("meshwright.beside._can_fork", lambda: True)
    before = children()
    with partner(work) as channel:
        assert channel is not None
        for word in (b"one", b"two" * 100_000):
            channel.send(word)
            assert channel.receive() == word.upper()
        channel.send(b"")
        with pytest.raises(EOFError):
            channel.receive()
    assert children() == before


def test_a_partner_that_is_cut_off_amid_a_message_said_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(channel: Channel) -> None:
        channel._writing.write(b"\x09\0\0\0\0\0\0\0half")
        channel._writing.flush()

    monkeypatch.setattr("meshwright.beside._can_fork", lambda: True)
    with partner(work) as channel:
        assert channel is not None
        with pytest.raises(EOFError):
            channel.receive()

"""Fifty readers, in processes and threads, beside something that publishes: until enough is read."""

from __future__ import annotations

import multiprocessing
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

from meshwright.state.database import open_state
from meshwright.state.protocol import State
from torture.boxes import SQLITE
from torture.report import Tally

_PROCESSES, _THREADS = 5, 10
#: What is published at least, however fast the readers are.
_TURNS_AT_LEAST = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Eyes:
    """What a reader works with."""

    state: State
    root: Path
    chance: random.Random
    #: Generations that were seen; readers that saw only one prove nothing.
    seen: set[int] = field(default_factory=set)


#: Reads something once, and says what was mixed.
Look = Callable[[Eyes], str | None]


def read_beside(
    root: Path,
    n: int,
    seed: int,
    looks: Sequence[Look],
    publish: Callable[[int], str | None],
    *,
    generations: int,
    address: str = SQLITE,
) -> Tally:
    """Publish again and again (`publish` is given 1, 2 .., and says what went wrong) until `n` reads are done.

    Each read is one of `looks`, at random; functions of a module, for they go to other processes. Who saw fewer than so many
    `generations` is a failure too. `address` is that of the state.
    """
    context = multiprocessing.get_context("spawn")
    done, count, answers = context.Event(), context.Value("q", 0), context.Queue()
    readers = [
        context.Process(target=_read_many, args=(root, address, seed * 1000 + number, looks, done, count, answers))
        for number in range(_PROCESSES)
    ]
    for reader in readers:
        reader.start()
    tally, turn = Tally(), 0
    try:
        while count.value < n or turn < _TURNS_AT_LEAST:
            turn += 1
            problem = publish(turn)
            if problem is not None:
                tally.trial(f"turn {turn}: {problem}")
                break
    finally:
        done.set()
        found = [answers.get(timeout=120) for _ in readers]
        for reader in readers:
            reader.join()
    _count(found, tally, generations)
    return tally


def _count(found: list[tuple[int, list[str], set[int]]], tally: Tally, least: int) -> None:
    generations: set[int] = set()
    for reads, problems, seen in found:
        generations |= seen
        for problem in problems:
            tally.trial(problem)
        tally.n += reads - len(problems)
    if len(generations) < least:
        tally.trial(f"the readers saw {len(generations)} generations only")


def _read_many(
    root: Path,
    address: str,
    seed: int,
    looks: Sequence[Look],
    done: Event,
    count: Synchronized[int],
    answers: Queue[tuple[int, list[str], set[int]]],
) -> None:
    """Read with several threads until `done`."""
    state = open_state(address, root=root)
    problems: list[str] = []
    generations: set[int] = set()
    reads = [0] * _THREADS

    def read(number: int) -> None:
        eyes = Eyes(state=state, root=root, chance=random.Random(seed + number), seen=generations)
        while not done.is_set():
            try:
                problem = eyes.chance.choice(looks)(eyes)
            except Exception as error:  # noqa: BLE001  whatever it is, a read that fails is what this looks for
                problem = f"{type(error).__name__}: {error}"
            if problem is not None:
                problems.append(problem)
            reads[number] += 1
            with count.get_lock():
                count.value += 1

    threads = [threading.Thread(target=read, args=(number,)) for number in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state.close()
    answers.put((sum(reads), problems, generations))

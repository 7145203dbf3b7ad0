"""CPU time is given to those that used it; what nobody can tell is shared, and nothing is lost or counted twice."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from meshwright.run.meter import Meter


class Clocks:
    """Clocks that tests move: threads are named by numbers."""

    def __init__(self) -> None:
        self.now = 0.0
        self.threads: dict[int, float] = {}
        self.caller = 0

    def process(self) -> float:
        return self.now

    def this_thread(self) -> int:
        return self.caller

    def thread(self, name: int) -> float:
        return self.threads.get(name, 0.0)

    def use(self, own: dict[int, float], others: float = 0.0) -> None:
        """Let threads use time, and threads of the engine."""
        for name, seconds in own.items():
            self.threads[name] = self.thread(name) + seconds
        self.now += sum(own.values()) + others


def cpu(meter: Meter, step: str) -> float:
    return meter.costs(step).get("cpu_s", 0.0)


def test_one_step_has_its_thread_and_all_that_the_engine_used_meanwhile() -> None:
    clocks = Clocks()
    meter = Meter(clocks)
    clocks.use({}, others=5.0)
    with meter.working("a"):
        clocks.use({0: 1.0}, others=2.0)
    clocks.use({}, others=7.0)
    assert cpu(meter, "a") == 3.0
    assert meter.beside() == {"cpu_s": 12.0}


def test_steps_at_once_have_their_own_threads_and_equal_shares_of_the_rest() -> None:
    """Workers are threads: the second is one of its own here as well."""
    clocks = Clocks()
    meter = Meter(clocks)

    def second() -> None:
        clocks.caller = 1
        with meter.working("b"):
            clocks.use({0: 1.0, 1: 3.0}, others=2.0)

    clocks.caller = 0
    with meter.working("a"):
        clocks.use({0: 1.0}, others=1.0)
        worker = threading.Thread(target=second)
        worker.start()
        worker.join()
        clocks.use({0: 0.5}, others=0.5)
    assert (cpu(meter, "a"), cpu(meter, "b")) == (2.0 + 2.0 + 1.0, 3.0 + 1.0)
    assert cpu(meter, "a") + cpu(meter, "b") + meter.beside()["cpu_s"] == clocks.now


def test_the_coordinator_is_nobodys_step() -> None:
    clocks = Clocks()
    meter = Meter(clocks)
    with ExitStack() as stack:
        clocks.caller = 9
        stack.enter_context(meter.coordinating())
        clocks.caller = 0
        with meter.working("a"):
            clocks.use({9: 4.0, 0: 1.0}, others=1.0)
    assert cpu(meter, "a") == 2.0
    assert meter.beside() == {"cpu_s": 4.0}


def test_what_was_spent_before_counts() -> None:
    meter = Meter(Clocks(), spent={"a": {"cpu_s": 1.5, "bytes_written": 10}})
    meter.charge("bytes_written", 5, "a")
    assert meter.costs("a") == {"bytes_written": 15, "cpu_s": 1.5}


def test_a_charge_without_a_step_is_that_of_the_thread() -> None:
    meter = Meter(Clocks())
    meter.charge("credits", 1.0)
    with meter.working("a"):
        meter.charge("credits", 2.0)
    assert meter.costs("a") == {"credits": 2.0}


def test_the_clocks_of_the_system_tell_threads_apart() -> None:
    """Two real threads, one of which works: the other has next to nothing."""
    meter = Meter()
    ready = threading.Event()

    def idle() -> None:
        with meter.working("idle"):
            ready.wait(10)

    worker = threading.Thread(target=idle)
    worker.start()
    with meter.working("busy"):
        until = time.thread_time() + 0.2
        while time.thread_time() < until:
            pass
    ready.set()
    worker.join()
    assert cpu(meter, "busy") >= 0.2 - 1e-6
    assert cpu(meter, "idle") == pytest.approx(0.0, abs=0.1)

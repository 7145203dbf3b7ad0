"""The coordinator's sleep: it ends when enough is there, or after its time."""

import threading

from meshwright.run.finished import Finished

LONG_S = 60.0


def test_what_is_there_is_taken_in_order_without_waiting() -> None:
    finished: Finished[int] = Finished()
    for number in range(3):
        finished.put(number)
    assert finished.take(2, LONG_S) == [0, 1, 2]
    assert finished.take(1, 0.001) == []


def test_the_taker_sleeps_until_enough_is_there() -> None:
    finished: Finished[int] = Finished()
    giver = threading.Thread(target=lambda: [finished.put(number) for number in range(5)])
    giver.start()
    taken = finished.take(5, LONG_S)
    giver.join()
    assert taken == list(range(5))


def test_when_the_time_is_over_fewer_are_taken() -> None:
    finished: Finished[int] = Finished()
    finished.put(1)
    assert finished.take(5, 0.01) == [1]


def test_nothing_is_lost_between_many_givers_and_the_taker() -> None:
    finished: Finished[int] = Finished()
    givers = [
        threading.Thread(target=lambda start=start: [finished.put(start + number) for number in range(500)])
        for start in range(0, 4000, 500)
    ]
    for giver in givers:
        giver.start()
    taken: list[int] = []
    while len(taken) < 4000:
        taken += finished.take(min(7, 4000 - len(taken)), LONG_S)
    assert sorted(taken) == list(range(4000))

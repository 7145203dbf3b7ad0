"""Schedules fire once at each of their moments, whatever workers, clocks, files and people do meanwhile."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from meshwright.model.firings import FiringState
from meshwright.model.schedules import CronSchedule, IntervalSchedule
from meshwright.model.triggers import Missed, Overlap
from meshwright.plan.firing.clockwork import MOST_MADE_UP
from tests.plan.firing_world import RULES, START, World, at, cron, told, trigger

HOUR = dt.timedelta(hours=1)


def test_a_schedule_fires_at_its_moments_from_when_it_is_first_seen() -> None:
    world = World(triggers=[cron()])
    assert world.tick("04:00") == []
    assert told(world.walk("06:10")) == ["started 05:00", "started 06:00"]


def test_a_moment_that_has_come_is_looked_at_once() -> None:
    world = World(triggers=[cron()])
    world.tick("04:59")
    assert told(world.tick("05:00")) == ["started 05:00"]
    assert world.tick("05:00") == []
    assert world.tick("05:01") == []


def test_a_worker_that_looks_a_little_late_has_missed_nothing() -> None:
    world = World(triggers=[cron(missed=Missed.NONE)])
    world.tick("04:59")
    assert told(world.tick(at("05:00") + dt.timedelta(seconds=59))) == ["started 05:00"]


DOWN = [
    (Missed.NONE, ["skipped 08:00 +3: missed: none, and no worker ran then"]),
    (Missed.ONCE, ["started 08:00 +3: makes up for 4 moments at which no worker ran"]),
    (
        Missed.ALL,
        [
            f"{'started' if hour == 5 else 'waiting'} 0{hour}:00: made up for: no worker ran then"
            for hour in (5, 6, 7, 8)
        ],
    ),
]


@pytest.mark.parametrize(("missed", "expected"), DOWN)
def test_what_was_missed_while_no_worker_ran(missed: Missed, expected: list[str]) -> None:
    world = World(triggers=[cron(missed=missed)])
    world.tick("04:30")
    assert told(world.tick("08:30")) == expected
    assert told(world.walk("09:05")) == ["started 09:00"]


@pytest.mark.parametrize("overlap", Overlap)
def test_all_that_was_missed_is_made_up_for_one_after_the_other(overlap: Overlap) -> None:
    world = World(triggers=[cron(missed=Missed.ALL, overlap=overlap)])
    world.tick("04:30")
    world.tick("08:30")
    world.walk("08:40")
    assert [each.state for each in world.firings.values()] == [FiringState.ENDED] * 4


def test_a_moment_on_time_makes_up_for_those_before_it() -> None:
    world = World(triggers=[cron(missed=Missed.ONCE)])
    world.tick("04:30")
    assert told(world.tick("08:00")) == ["started 08:00 +3: makes up for 3 moments at which no worker ran"]


def test_of_very_many_missed_moments_the_newest_are_made_up_for() -> None:
    world = World(triggers=[trigger(IntervalSchedule(every_s=60), missed=Missed.ALL, overlap=Overlap.QUEUE)])
    world.tick("04:00")
    found = world.tick("3 04:30")
    assert len(found) == MOST_MADE_UP + 1
    assert found[0].missed == 24 * 60 + 30 - MOST_MADE_UP - 1
    assert found[0].reason == "missed: all, but the newest 1000 at most"


LONG = [
    (Overlap.SKIP, ["started 05:00", "skipped 06:00: overlap: skip,", "skipped 07:00: overlap: skip,", "started 08:00"]),
    (Overlap.QUEUE, ["started 05:00", "waiting 06:00", "waiting 07:00", "waiting 08:00"]),
    (Overlap.CANCEL, ["started 05:00", "waiting 06:00", "waiting 07:00", "waiting 08:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("overlap", "expected"), LONG)
def test_a_moment_that_comes_while_a_run_goes_on(overlap: Overlap, expected: list[str]) -> None:
    world = World(triggers=[cron(overlap=overlap)], takes=2.5 * HOUR)
    world.tick("04:30")
    found = [f"{line}" for line in told(world.walk("08:10"))]
    assert [line.partition(" while run ")[0] for line in found] == [
        line.partition(" while run ")[0] for line in expected
    ]


def test_what_waits_starts_in_order_when_the_run_before_has_ended() -> None:
    world = World(triggers=[cron(overlap=Overlap.QUEUE)], takes=2.5 * HOUR)
    world.tick("04:30")
    world.walk("16:00")
    began = [f"{world.started_at[key]:%H:%M}" for key in world.started_at]
    assert began == ["05:00", "07:30", "10:00", "12:30", "15:00"]
    assert [f"{world.firings[key].at:%H}" for key in world.started_at] == ["05", "06", "07", "08", "09"]


def test_a_run_is_stopped_for_the_next_one() -> None:
    world = World(triggers=[cron(overlap=Overlap.CANCEL)], takes=2.5 * HOUR)
    world.tick("04:30")
    world.walk("07:10")
    assert [f"{world.firings[key].at:%H}" for key in world.stopped] == ["05", "06"]
    assert [(f"{each.at:%H}", each.state.value) for each in world.firings.values()] == [
        ("05", "ended"),
        ("06", "ended"),
        ("07", "started"),
    ]


def test_of_a_pause_nothing_is_made_up_for() -> None:
    world = World(triggers=[cron(missed=Missed.ALL)])
    world.tick("04:30")
    world.pause("d.p")
    assert world.walk("07:30") == []
    world.resume("d.p")
    assert told(world.firings.values()) == ["skipped 07:00 +2: paused by ana: Moving house."]
    assert told(world.walk("08:10")) == ["started 08:00"]


@pytest.mark.parametrize("name", ["d.p", "d.p:t"])
def test_a_pause_that_just_ends_is_like_a_time_without_a_worker(name: str) -> None:
    world = World(triggers=[cron(missed=Missed.ALL)])
    world.tick("04:30")
    world.pause(name)
    world.walk("06:30")
    del world.pauses[name]
    assert [line[:13] for line in told(world.tick("06:31"))] == ["started 05:00", "waiting 06:00"]


def test_a_pause_of_a_product_holds_its_variations_and_no_others() -> None:
    mine, varied, other = (cron(product=name) for name in ("d.p", "d.p@nightly", "d.q"))
    world = World(triggers=[mine, varied, other])
    world.tick("04:30")
    world.pause("d.p")
    assert [each.trigger for each in world.walk("05:10")] == ["d.q:t"]
    del world.pauses["d.p"]
    world.pause("d.p@nightly")
    assert {each.trigger for each in world.walk("06:10")} == {"d.p:t", "d.q:t"}


def test_what_waits_does_not_start_in_a_pause() -> None:
    world = World(triggers=[cron(overlap=Overlap.QUEUE)], takes=1.5 * HOUR)
    world.tick("04:30")
    world.walk("06:10")
    world.pause("d.p")
    world.walk("07:00")
    assert [each.state.value for each in world.firings.values()] == ["ended", "waiting"]
    world.resume("d.p")
    world.tick("07:10")
    assert [each.state.value for each in world.firings.values()] == ["ended", "started", "skipped"]


def test_a_clock_that_goes_back_fires_nothing_twice() -> None:
    world = World(triggers=[cron()])
    world.tick("04:30")
    world.walk("06:10")
    world.now = at("04:30")
    assert world.walk("06:30") == []
    assert told(world.walk("07:10")) == ["started 07:00"]


def test_a_clock_that_jumps_ahead_is_like_a_time_without_a_worker() -> None:
    world = World(triggers=[cron(missed=Missed.ALL)])
    world.tick("04:30")
    assert [line[:13] for line in told(world.tick("07:30"))] == ["started 05:00", "waiting 06:00", "waiting 07:00"]


def test_a_clock_that_was_wrong_for_years_stops_nothing_for_years() -> None:
    world = World(triggers=[cron()])
    world.tick("04:30")
    world.tick(START.replace(year=2036))
    assert len(world.firings) == 1
    world.tick("05:10")
    assert told(world.walk("06:10")) == ["started 06:00"]


def test_a_changed_schedule_counts_from_when_it_is_seen() -> None:
    world = World(triggers=[cron(missed=Missed.ALL)])
    world.tick("04:30")
    world.walk("05:10")
    world.triggers = [cron("30 * * * *", missed=Missed.ALL)]
    assert world.tick("08:10") == []
    assert told(world.walk("09:00")) == ["started 08:30"]


def test_a_changed_rule_changes_nothing_of_when_it_fires() -> None:
    world = World(triggers=[cron(missed=Missed.NONE)])
    world.tick("04:30")
    world.triggers = [cron(missed=Missed.ALL)]
    assert [line[:13] for line in told(world.tick("06:30"))] == ["started 05:00", "waiting 06:00"]


def test_a_changed_schedule_fires_no_moment_again() -> None:
    world = World(triggers=[cron("0 5 * * *")])
    world.tick("04:30")
    world.walk("05:00")
    world.triggers = [cron("0 5,6 * * *")]
    world.now = at("04:59")
    assert told(world.walk("06:10")) == ["started 06:00"]


def test_a_trigger_that_is_removed_fires_no_more_and_what_waits_is_given_up() -> None:
    world = World(triggers=[cron(overlap=Overlap.QUEUE)], takes=2.5 * HOUR)
    world.tick("04:30")
    world.walk("06:10")
    world.triggers = []
    world.walk("08:00")
    assert told(world.firings.values()) == ["ended 05:00", "skipped 06:00: the trigger was removed"]
    world.triggers = [cron(missed=Missed.ALL)]
    assert world.tick("09:30") == []
    assert told(world.walk("10:10")) == ["started 10:00"]


def test_a_mesh_that_cannot_be_read_removes_nothing() -> None:
    world = World(triggers=[cron(missed=Missed.ALL)])
    world.tick("04:30")
    before, world.triggers, world.is_readable = world.triggers, [], False
    world.walk("05:30")
    world.triggers, world.is_readable = before, True
    assert [line[:13] for line in told(world.tick("05:31"))] == ["started 05:00"]


def test_no_more_runs_start_than_there_is_room_for() -> None:
    world = World(triggers=[cron(product=f"d.p{n}") for n in range(5)], free=2, takes=HOUR / 2)
    world.tick("04:30")
    world.tick("05:00")
    assert sum(each.state is FiringState.STARTED for each in world.firings.values()) == 2


@pytest.mark.parametrize(("missed", "overlap"), RULES)
def test_deciding_twice_the_same_records_the_same(missed: Missed, overlap: Overlap) -> None:
    """A worker that is killed after it recorded and before it did anything is followed by one that looks again."""
    world = World(triggers=[cron(missed=missed, overlap=overlap)])
    world.tick("04:30")
    watched = dict(world.watched)
    world.tick("07:30")
    recorded = {key: each.at for key, each in world.firings.items()}
    world.watched = watched
    world.tick("07:30")
    assert {key: each.at for key, each in world.firings.items()} == recorded


def test_a_run_that_is_for_a_moment_is_late_when_it_said_so() -> None:
    world = World(triggers=[replace(cron(), late_after_s=600)])
    world.tick("04:30")
    [firing] = world.walk("05:10")
    assert firing.late_at == at("05:10")


def test_local_time_decides() -> None:
    world = World(triggers=[cron("30 2 * * *", "Europe/Berlin")], now=dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC))
    world.tick()
    found = world.walk("30 04:00", 600)
    assert [each.at.isoformat() for each in found] == ["2026-03-29T01:00:00+00:00", "2026-03-30T00:30:00+00:00"]


def test_schedules_of_one_product_do_not_wait_for_each_other() -> None:
    world = World(triggers=[cron(name="a"), trigger(CronSchedule(expression="5 * * * *"), name="b")], takes=HOUR / 2)
    world.tick("04:30")
    world.walk("05:06")
    assert [each.state for each in world.firings.values()] == [FiringState.STARTED] * 2

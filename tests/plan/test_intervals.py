"""Which intervals are planned, over parts without data."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.diagnostics import Diagnostic
from meshwright.model import Calendar, Column, Depends, Grain, VersionClass
from meshwright.plan.interval_plans import IntervalPlan
from meshwright.plan.intervals import IntervalWish
from meshwright.plan.timelines import dependence
from tests.plan.intervals import DAY_0, DAYS, World, aligned, by_interval, days_of, node, whole

RAW, DAILY, BELOW = "d.p.raw", "d.p.daily", "d.p.below"


def day(number: int) -> dt.datetime:
    return DAYS.start(DAY_0 + number)


def some(first: int, last: int) -> range:
    return range(DAY_0 + first, DAY_0 + last + 1)


@pytest.fixture
def world() -> World:
    found = World()
    found.table(RAW, 1, some(0, 9))
    return found


def test_the_first_build_is_of_every_interval_that_the_input_holds(world: World) -> None:
    plan = world.build(DAILY, aligned(RAW), [RAW])
    assert days_of(plan) == list(range(10))
    assert plan.manifest.version_class is VersionClass.AS_OF
    assert (plan.manifest.first, plan.manifest.last, plan.manifest.count) == (DAY_0, DAY_0 + 9, 10)


def test_nothing_new_plans_the_very_version_that_stands(world: World) -> None:
    first = world.build(DAILY, aligned(RAW), [RAW])
    again = world.build(DAILY, aligned(RAW), [RAW])
    assert (again.version, again.changed, dict(again.gone), again.pages) == (first.version, (), {}, ())


@pytest.mark.parametrize(("lookback", "expected"), [(0, [9, 10, 11]), (2, [7, 8, 9, 10, 11])])
def test_a_new_table_rebuilds_the_last_interval_its_lookback_and_what_is_new(
    world: World, lookback: int, expected: list[int]
) -> None:
    spec = aligned(RAW, lookback=dt.timedelta(days=lookback))
    world.build(DAILY, spec, [RAW])
    world.table(RAW, 2, some(0, 11))
    plan = world.build(DAILY, spec, [RAW])
    assert days_of(plan) == expected
    assert plan.manifest.count == 12


def test_a_day_without_rows_between_others_is_an_interval_too() -> None:
    world = World()
    world.table(RAW, 1, [DAY_0, DAY_0 + 3])
    assert days_of(world.build(DAILY, aligned(RAW), [RAW])) == [0, 1, 2, 3]


def test_depends_whole_rebuilds_everything_and_is_pure(world: World) -> None:
    world.build(DAILY, whole(RAW), [RAW])
    world.table(RAW, 2, some(0, 10))
    plan = world.build(DAILY, whole(RAW), [RAW])
    assert days_of(plan) == list(range(11))
    assert plan.manifest.version_class is VersionClass.PURE


def test_a_start_leaves_out_what_lies_before(world: World) -> None:
    assert days_of(world.build(DAILY, aligned(RAW, start=day(4)), [RAW])) == [4, 5, 6, 7, 8, 9]


def test_an_earlier_start_builds_what_is_missing_alone(world: World) -> None:
    world.build(DAILY, aligned(RAW, start=day(4)), [RAW])
    assert days_of(world.build(DAILY, aligned(RAW, start=day(2)), [RAW])) == [2, 3]


def test_what_is_asked_for_is_built_again_of_a_new_table_alone(world: World) -> None:
    world.build(DAILY, aligned(RAW), [RAW])
    wish = IntervalWish(asked=(day(2), day(4)))
    assert days_of(world.build(DAILY, aligned(RAW), [RAW], wish)) == [], "the same recipe of the same table is there"
    world.table(RAW, 2, some(0, 9))
    assert days_of(world.build(DAILY, aligned(RAW), [RAW], wish)) == [2, 3, 9]


def test_a_backfill_before_the_start_stays(world: World) -> None:
    spec = aligned(RAW, start=day(6))
    world.build(DAILY, spec, [RAW])
    assert days_of(world.build(DAILY, spec, [RAW], IntervalWish(asked=(day(0), day(2))))) == [0, 1]
    assert days_of(world.build(DAILY, spec, [RAW])) == []


def test_gaps_are_filled_by_the_next_plan(world: World) -> None:
    world.build(DAILY, aligned(RAW), [RAW], IntervalWish(asked=(day(2), day(4))))
    world.build(DAILY, aligned(RAW), [RAW], IntervalWish(asked=(day(6), day(7))))
    assert days_of(world.build(DAILY, aligned(RAW), [RAW])) == [0, 1, 4, 5, 7, 8, 9]


def test_below_only_the_intervals_of_changed_parts_are_built() -> None:
    world = World()
    world.cut(DAILY, {DAY_0 + number: 1 for number in range(300)})
    spec = aligned(DAILY, lookback=dt.timedelta(days=1))
    world.build(BELOW, spec, [DAILY])
    world.cut(DAILY, {DAY_0 + number: 2 if number in {5, 200} else 1 for number in range(301)})
    plan = world.build(BELOW, spec, [DAILY])
    assert days_of(plan) == [5, 6, 200, 201, 300]
    assert plan.manifest.version_class is VersionClass.PURE
    assert len(plan.pages) <= 3


def test_coarser_intervals_follow_finer_ones() -> None:
    world = World()
    months = Calendar(grain=Grain.MONTH)
    world.cut(DAILY, {DAY_0 + number: 1 for number in range(100)})
    spec = replace(aligned(DAILY), calendar=months)
    world.build(BELOW, spec, [DAILY])
    world.cut(DAILY, {DAY_0 + number: 2 if number == 40 else 1 for number in range(100)})
    plan = world.build(BELOW, spec, [DAILY])
    assert [months.words(part.number) for part in plan.changed] == ["2020-02"]


def test_appended_parts_reach_the_intervals_that_they_have_rows_in() -> None:
    world = World()
    world.append(RAW, [some(0, 9)])
    spec = aligned(RAW, lookback=dt.timedelta(days=1))
    assert days_of(world.build(DAILY, spec, [RAW])) == list(range(10))
    world.append(RAW, [some(0, 9), [DAY_0 + 3, DAY_0 + 10]])
    plan = world.build(DAILY, spec, [RAW])
    assert days_of(plan) == [3, 4, 10]
    assert plan.manifest.version_class is VersionClass.PURE


def test_an_input_that_went_back_in_time_is_refused_by_name(world: World) -> None:
    world.build(DAILY, aligned(RAW), [RAW])
    world.table(RAW, 2, some(0, 5))
    found = world.plan(DAILY, aligned(RAW), [RAW])
    assert isinstance(found, Diagnostic)
    assert found.code == "MW-P203"
    assert "2020-01-10" in found.message
    assert "2020-01-06" in found.message
    assert RAW in found.message
    refreshed = world.plan(DAILY, aligned(RAW), [RAW], IntervalWish(is_refreshed=True))
    assert isinstance(refreshed, IntervalPlan)
    assert days_of(refreshed) == [0, 1, 2, 3, 4, 5]


def test_an_input_without_the_column_is_refused_by_name(world: World) -> None:
    found = world.plan(DAILY, replace(by_interval(), by="placed_at"), [RAW])
    assert isinstance(found, Diagnostic)
    assert found.code == "MW-P202"
    assert "placed_at" in found.message


def test_by_interval_of_a_table_is_refused(world: World) -> None:
    found = world.plan(DAILY, aligned(RAW, depends={RAW: Depends.INTERVAL}), [RAW])
    assert isinstance(found, Diagnostic)
    assert found.code == "MW-P201"


def test_by_interval_of_what_is_cut_by_another_of_its_times_is_refused(world: World) -> None:
    world.cut(DAILY, {DAY_0: 1})
    spec = replace(aligned(depends={DAILY: Depends.INTERVAL}), by="x")
    found = world.plan(BELOW, spec, [DAILY])
    assert isinstance(found, Diagnostic)
    assert found.code == "MW-P201"
    assert "'t'" in found.message


def test_another_definition_builds_everything(world: World) -> None:
    world.build(DAILY, aligned(RAW), [RAW])
    plan = world.build(DAILY, aligned(RAW), [RAW], text="other")
    assert days_of(plan) == list(range(10))
    assert plan.base is None


def test_a_mix_of_definitions_is_not_what_a_build_of_everything_gives() -> None:
    world = World()
    world.cut(DAILY, {DAY_0: 1, DAY_0 + 1: 1})
    spec = aligned(DAILY, is_forward_only=True)
    assert world.build(BELOW, spec, [DAILY]).manifest.version_class is VersionClass.PURE
    assert world.build(BELOW, spec, [DAILY], text="other").manifest.version_class is VersionClass.AS_OF


def test_a_time_that_a_cast_may_round_into_the_next_interval_is_not_seen_in_windows() -> None:
    world = World()
    world.cut(DAILY, {DAY_0: 1})
    spec, version = aligned(DAILY), world.standing[DAILY]
    desired = node(BELOW, spec, [DAILY]).node
    exact = dependence(desired, spec, DAILY, version.manifest, version.columns)
    rounded = dependence(desired, spec, DAILY, version.manifest, (Column(name="t", type="TIMESTAMP_NS"),))
    assert (exact, rounded) == (Depends.INTERVAL, Depends.AS_OF)


def test_forward_only_keeps_parts_of_the_definition_before(world: World) -> None:
    spec = aligned(RAW, is_forward_only=True)
    first = world.build(DAILY, spec, [RAW])
    world.table(RAW, 2, some(0, 10))
    plan = world.build(DAILY, spec, [RAW], text="other")
    assert days_of(plan) == [9, 10]
    assert plan.version != first.version
    assert plan.manifest.version_class is VersionClass.AS_OF


def test_some_intervals_of_another_definition_are_refused_but_in_a_sandbox(world: World) -> None:
    world.build(DAILY, aligned(RAW), [RAW])
    wish = IntervalWish(asked=(day(1), day(2)))
    found = world.plan(DAILY, aligned(RAW), [RAW], wish, text="other")
    assert isinstance(found, Diagnostic)
    assert found.code == "MW-P204"
    tried = world.plan(DAILY, aligned(RAW), [RAW], replace(wish, may_lack=True), text="other")
    assert isinstance(tried, IntervalPlan)
    assert days_of(tried) == [1]


def test_nothing_there_for_what_is_asked_is_refused(world: World) -> None:
    found = world.plan(DAILY, aligned(RAW), [RAW], IntervalWish(asked=(day(20), day(22))))
    assert isinstance(found, Diagnostic)
    assert found.code == "MW-P205"


def test_retention_lets_old_parts_go_and_does_not_reach_below(world: World) -> None:
    world.build(DAILY, aligned(RAW), [RAW])
    world.build(BELOW, aligned(DAILY), [DAILY])
    kept = aligned(RAW, keep=dt.timedelta(days=4))
    plan = world.build(DAILY, kept, [RAW])
    assert (days_of(plan), len(plan.gone), plan.manifest.first) == ([], 5, DAY_0 + 5)
    below = world.build(BELOW, aligned(DAILY), [DAILY])
    assert (days_of(below), dict(below.gone)) == ([], {})


def test_an_empty_input_gives_a_version_without_parts() -> None:
    world = World()
    world.table(RAW, 1, [])
    plan = world.build(DAILY, aligned(RAW), [RAW])
    assert (plan.changed, plan.manifest.count, plan.manifest.first) == ((), 0, None)
    world.table(RAW, 2, some(3, 4))
    assert days_of(world.build(DAILY, aligned(RAW), [RAW])) == [3, 4]


histories = st.lists(
    st.dictionaries(st.integers(0, 200), st.integers(0, 3), min_size=1, max_size=6), min_size=1, max_size=6
)


@given(histories=histories, lookback=st.integers(0, 3), grain=st.sampled_from([Grain.DAY, Grain.WEEK, Grain.MONTH]))
@settings(max_examples=150, deadline=None)
def test_however_parts_changed_the_plan_is_that_of_everything(
    histories: list[dict[int, int]], lookback: int, grain: Grain
) -> None:
    """Pure datasets: continuing what stands names the very parts that a plan from nothing names."""
    world, parts = World(), dict.fromkeys(some(0, 0), 0)
    spec = replace(aligned(DAILY, lookback=dt.timedelta(days=lookback)), calendar=Calendar(grain=grain))
    for changes in histories:
        parts.update({DAY_0 + number: mark for number, mark in changes.items()})
        filled = {number: parts.get(number, 0) for number in range(min(parts), max(parts) + 1)}
        world.cut(DAILY, filled)
        for part in world.standing[DAILY].manifest.pages if world.standing[DAILY].manifest else ():
            for number, id_ in world.pages[part[1]].entries:
                world.mark(id_, [number], (spec.calendar,))
        anew = world.plan(BELOW, spec, [DAILY], is_anew=True)
        going_on = world.build(BELOW, spec, [DAILY])
        assert isinstance(anew, IntervalPlan)
        assert going_on.version == anew.version
        assert going_on.manifest == anew.manifest

"""Publications: any, all of one generation, all of one interval; once however many came."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from meshwright.model.firings import FiringState
from meshwright.model.triggers import Join, OnPublication, Overlap, Trigger
from meshwright.plan.firing import Arrived, Published, disagreements
from tests.plan.firing_world import World, told, trigger


def on(*of: str, join: Join = Join.ANY, **rules: object) -> Trigger:
    return trigger(OnPublication(of=of, join=join), **rules)


def publish(world: World, address: str, generation: int, **stands_on: str) -> None:
    """Publish something made from versions: ``raw="1"`` is version 1 of dataset raw."""
    beneath = {name: frozenset(versions.split()) for name, versions in stands_on.items()}
    world.published[address] = Published(generation=generation, stands_on=beneath)


def test_a_publication_before_the_trigger_was_seen_is_none() -> None:
    world = World(triggers=[on("w.o")])
    publish(world, "w.o", 3)
    assert world.walk("04:10") == []
    publish(world, "w.o", 4)
    assert [each.events for each in world.tick()] == [("w.o@4",)]
    assert world.walk("04:30") == []


def test_any_of_several_fires_and_several_fire_once() -> None:
    world = World(triggers=[on("a.x", "b.y")])
    world.tick()
    publish(world, "b.y", 1)
    assert [each.events for each in world.tick()] == [("b.y@1",)]
    world.walk("04:10")
    publish(world, "a.x", 2)
    publish(world, "b.y", 3)
    assert [each.events for each in world.tick()] == [("a.x@2", "b.y@3")]


def test_all_wait_for_each_other() -> None:
    world = World(triggers=[on("a.x", "b.y", join=Join.ALL)])
    world.tick()
    publish(world, "a.x", 1)
    assert world.tick() == []
    publish(world, "a.x", 2)
    assert world.tick() == []
    publish(world, "b.y", 3)
    assert [each.events for each in world.tick()] == [("a.x@2", "b.y@3")]
    world.walk("04:10")
    publish(world, "b.y", 4)
    assert world.tick() == []


def test_all_of_a_diamond_never_mix_generations() -> None:
    world = World(triggers=[on("l.left", "r.right", join=Join.ALL)])
    world.tick()
    publish(world, "l.left", 2, raw="1")
    publish(world, "r.right", 3, raw="1")
    assert len(world.tick()) == 1
    world.walk("04:10")
    publish(world, "l.left", 5, raw="2")
    publish(world, "r.right", 6, raw="1")  # published anew, and not from what the other one was
    assert world.walk("04:20") == []
    publish(world, "r.right", 7, raw="2")
    assert [each.events for each in world.tick()] == [("l.left@5", "r.right@7")]


def test_what_the_product_reads_itself_must_agree_too() -> None:
    world = World(triggers=[on("l.left", "r.right", join=Join.ALL)], reads={"d.p": ("s.raw", "n.never")})
    world.tick()
    publish(world, "s.raw", 4, raw="2")
    publish(world, "l.left", 2, raw="1")
    publish(world, "r.right", 3, raw="1")
    assert world.tick() == []
    publish(world, "l.left", 5, raw="2")
    publish(world, "r.right", 6, raw="2")
    assert len(world.tick()) == 1


def test_a_thing_that_mixes_by_itself_is_not_joined() -> None:
    world = World(triggers=[on("l.left", "r.right", join=Join.ALL)])
    world.tick()
    publish(world, "l.left", 2, raw="1 2")
    publish(world, "r.right", 3, raw="2")
    assert world.tick() == []


def test_any_does_not_ask_for_agreement() -> None:
    world = World(triggers=[on("l.left", "r.right")])
    world.tick()
    publish(world, "l.left", 2, raw="1")
    publish(world, "r.right", 3, raw="2")
    assert len(world.tick()) == 1


def test_disagreements_name_dataset_versions_and_who_stands_on_them() -> None:
    found = disagreements(
        {
            "a": {"raw": frozenset({"11111111aa"}), "own": frozenset({"x"})},
            "b": {"raw": frozenset({"11111111aa"})},
            "c": {"raw": frozenset({"22222222bb"})},
        }
    )
    assert [each.words for each in found] == ["raw: 11111111 beneath a, b; 22222222 beneath c"]


def test_publications_while_a_run_goes_on_are_one_firing_after_it() -> None:
    world = World(triggers=[on("a.x")])
    world.tick()
    publish(world, "a.x", 1)
    world.tick()
    for generation in (2, 3, 4):
        publish(world, "a.x", generation)
        assert world.tick() == []
    assert [each.events for each in world.walk("04:10")] == [("a.x@4",)]


def test_publications_while_a_firing_waits_are_read_by_it() -> None:
    world = World(triggers=[on("a.x")], free=0)
    world.tick()
    publish(world, "a.x", 1)
    assert told(world.tick()) == ["waiting 04:00"]
    publish(world, "a.x", 2)
    assert world.tick() == []
    world.free = 1
    world.walk("04:10")
    assert [each.state for each in world.firings.values()] == [FiringState.ENDED]


OVERLAPS = [
    (Overlap.SKIP, ["ended", "skipped"]),
    (Overlap.CANCEL, ["ended", "ended"]),
    (Overlap.QUEUE, ["ended", "ended"]),
]


@pytest.mark.parametrize(("overlap", "expected"), OVERLAPS)
def test_rules_of_overlap(overlap: Overlap, expected: list[str]) -> None:
    world = World(triggers=[on("a.x", overlap=overlap)])
    world.tick()
    publish(world, "a.x", 1)
    world.tick()
    publish(world, "a.x", 2)
    world.tick()
    world.walk("04:10")
    assert [each.state.value for each in world.firings.values()] == expected
    assert bool(world.stopped) == (overlap is Overlap.CANCEL)


def test_a_publication_in_a_pause_fires_when_it_ends() -> None:
    world = World(triggers=[on("a.x")])
    world.tick()
    world.pause("d.p")
    publish(world, "a.x", 1)
    publish(world, "a.x", 2)
    assert world.walk("04:10") == []
    world.resume("d.p")
    assert [each.events for each in world.tick()] == [("a.x@2",)]


def arrivals(**intervals: tuple[str, set[int], set[int]]) -> Mapping[str, Mapping[str, Arrived]]:
    return {
        "d.p:t": {
            name: Arrived(version=version, present=frozenset(present), changed=frozenset(changed))
            for name, (version, present, changed) in intervals.items()
        }
    }


def test_an_interval_fires_when_all_have_it() -> None:
    world = World(triggers=[on("a", "b", join=Join.INTERVAL)])
    world.arrived = dict(arrivals(a=("va1", {1, 2}, {1, 2}), b=("vb1", {1, 2}, {1, 2})))
    assert world.tick() == []
    assert world.watched["d.p:t"].mark == {"a": "va1", "b": "vb1"}
    world.arrived = dict(arrivals(a=("va2", {1, 2, 3, 4, 5}, {3, 4, 5}), b=("vb1", {1, 2}, set())))
    assert world.tick() == []
    world.arrived = dict(arrivals(a=("va2", {1, 2, 3, 4, 5}, {3, 4, 5}), b=("vb2", {1, 2, 3, 4}, {3, 4})))
    [firing] = world.tick()
    assert firing.events == ("a@va2", "b@vb2", "intervals 3..4")
    assert world.watched["d.p:t"].mark == {"a": "va2", "b": "vb2"}


def test_an_interval_that_is_built_again_fires_again() -> None:
    world = World(triggers=[on("a", "b", join=Join.INTERVAL)])
    world.arrived = dict(arrivals(a=("va1", {1, 2}, set()), b=("vb1", {1, 2}, set())))
    world.tick()
    world.arrived = dict(arrivals(a=("va2", {1, 2}, {1}), b=("vb1", {1, 2}, set())))
    assert [each.events[-1] for each in world.tick()] == ["intervals 1"]


def test_an_interval_that_one_has_alone_waits_for_the_other() -> None:
    """Also where the trigger fired for others in between."""
    world = World(triggers=[on("a", "b", join=Join.INTERVAL)])
    world.arrived = dict(arrivals(a=("va1", set(), set()), b=("vb1", set(), set())))
    world.tick()
    world.arrived = dict(arrivals(a=("va2", {1, 5}, {1, 5}), b=("vb2", {1}, {1})))
    assert [each.events[-1] for each in world.tick()] == ["intervals 1"]
    world.walk("04:10")
    world.arrived = dict(arrivals(a=("va2", {1, 5}, set()), b=("vb3", {1, 5}, {5})))
    assert [each.events[-1] for each in world.tick()] == ["intervals 5"]


def test_what_is_not_published_is_waited_for() -> None:
    world = World(triggers=[on("a", "b", join=Join.INTERVAL)])
    world.tick()
    world.arrived = dict(arrivals(a=("va2", {1}, {1}), b=("", set(), set())))
    assert world.tick() == []

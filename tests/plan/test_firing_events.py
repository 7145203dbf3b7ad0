"""Events and files: each fires each trigger that wants it once, with what it says; none is lost."""

from __future__ import annotations

import json

import pytest

from meshwright.model.firings import FILE_ARRIVED, FiringState
from meshwright.model.triggers import OnEvent, OnFile, Overlap, Trigger
from meshwright.plan.firing.incoming import file_source, wants
from meshwright.plan.firing.taking import AbsentValue, parameter_text
from tests.plan.firing_world import World, cron, told, trigger

EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "/pos",
    "type": "org.example.bookings.closed",
    "subject": "store-7",
    "data": {"region": "EU", "day": "2026-01-31", "n": 7, "ok": True, "list": [1], "none": None, "deep": {"x": 1.5}},
}


def on(type_: str = "org.example.closed", name: str = "t", product: str = "d.p", **rules: object) -> Trigger:
    fires = {key: rules.pop(key) for key in ("source", "filter", "params") if key in rules}
    return trigger(OnEvent(type=type_, **fires), name=name, product=product, **rules)  # type: ignore[arg-type]


WANTED = [
    ("the type", {"type": "org.example.bookings.closed"}, True),
    ("another type", {"type": "org.example.bookings"}, False),
    ("types that begin so", {"type": "org.example.*"}, True),
    ("a beginning that ends inside a word", {"type": "org.exam.*"}, False),
    ("every type", {"type": ".*"}, False),
    ("the source", {"type": "org.example.*", "source": "/pos"}, True),
    ("another source", {"type": "org.example.*", "source": "/po"}, False),
    ("an attribute", {"type": "org.example.*", "filter": {"subject": ("store-7",)}}, True),
    ("one of several values", {"type": "org.example.*", "filter": {"data.region": ("US", "EU")}}, True),
    ("none of the values", {"type": "org.example.*", "filter": {"data.region": ("US",)}}, False),
    ("all of several places", {"type": "org.example.*", "filter": {"data.region": ("EU",), "data.n": (8,)}}, False),
    ("a number", {"type": "org.example.*", "filter": {"data.n": (7,)}}, True),
    ("a number as text", {"type": "org.example.*", "filter": {"data.n": ("7",)}}, False),
    ("true", {"type": "org.example.*", "filter": {"data.ok": (True,)}}, True),
    ("one is not true", {"type": "org.example.*", "filter": {"data.ok": (1,)}}, False),
    ("what is not there", {"type": "org.example.*", "filter": {"data.nothing.x": ("EU",)}}, False),
    ("a path through a value", {"type": "org.example.*", "filter": {"data.region.x": ("EU",)}}, False),
]


@pytest.mark.parametrize(("name", "fires", "expected"), WANTED, ids=[case[0] for case in WANTED])
def test_which_events_a_trigger_wants(name: str, fires: dict[str, object], expected: bool) -> None:
    assert wants(OnEvent(**fires), EVENT) is expected  # type: ignore[arg-type]


def test_parameters_are_taken_from_an_event_as_text() -> None:
    paths = {"data.day": "2026-01-31", "data.n": "7", "data.ok": "true", "data.deep.x": "1.5", "subject": "store-7"}
    assert {path: parameter_text(EVENT, path) for path in paths} == paths


@pytest.mark.parametrize("path", ["data.list", "data.none", "data.deep", "data.absent", "time", "data.day.x"])
def test_what_no_parameter_can_hold_is_said(path: str) -> None:
    with pytest.raises(AbsentValue, match=path):
        parameter_text(EVENT, path)


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "\ud800", "x" * 1001])
def test_what_no_command_line_can_hold_is_said(text: str) -> None:
    with pytest.raises(AbsentValue, match="unprintable"):
        parameter_text({"data": {"x": text}}, "data.x")


def test_each_event_is_a_firing_of_each_trigger_that_wants_it() -> None:
    world = World(triggers=[on(name="a"), on(name="b", product="d.q"), on("org.example.other", name="c")])
    world.send("1")
    world.send("2")
    world.send("2")
    world.send("3", "org.example.unknown")
    found = world.tick()
    assert sorted((each.trigger, *each.events) for each in found) == [
        ("d.p:a", "/pos 1"),
        ("d.p:a", "/pos 2"),
        ("d.q:b", "/pos 1"),
        ("d.q:b", "/pos 2"),
    ]
    assert all(each.handled_at is not None for each in world.events.values())
    assert world.tick() == []


def test_events_that_came_together_run_one_after_the_other() -> None:
    world = World(triggers=[on()])
    for number in range(5):
        world.send(str(number))
    assert told(world.tick())[:2] == ["started 04:00", "waiting 04:00"]
    world.walk("04:10", 10)
    assert [each.state for each in world.firings.values()] == [FiringState.ENDED] * 5
    assert [each.events for each in world.firings.values()] == [(f"/pos {n}",) for n in range(5)]


def test_an_event_that_lacks_a_parameter_fails_and_says_what_it_lacks() -> None:
    world = World(triggers=[on(params={"day": "data.day"})])
    world.send("1", data={"day": "2026-01-31"})
    world.send("2", data={})
    world.send("3")
    found = {each.events[0]: each for each in world.tick()}
    assert found["/pos 1"].params == {"day": "2026-01-31"}
    assert told([found["/pos 2"], found["/pos 3"]]) == ["failed 04:00: the event has no 'data.day'"] * 2


def test_an_event_of_before_the_trigger_was_seen_is_for_it_as_long_as_nobody_was_asked() -> None:
    world = World(triggers=[])
    world.is_readable = False
    world.send("1")
    assert world.tick() == []
    world.triggers, world.is_readable = [on()], True
    assert [each.events for each in world.tick()] == [("/pos 1",)]


def test_an_event_waits_for_the_end_of_a_pause() -> None:
    world = World(triggers=[on()])
    world.tick()
    world.pause("d.p:t")
    world.send("1")
    assert told(world.tick()) == ["waiting 04:00"]
    world.walk("05:00")
    world.resume("d.p:t")
    world.tick("05:01")
    assert [each.state for each in world.firings.values()] == [FiringState.STARTED]


def test_events_that_are_skipped_are_told_together() -> None:
    world = World(triggers=[on(overlap=Overlap.SKIP)])
    for number in range(4):
        world.send(str(number))
    first, rest = world.tick()
    assert first.state is FiringState.STARTED
    assert (rest.state, rest.missed, rest.events) == (FiringState.SKIPPED, 2, ("/pos 1", "/pos 2", "/pos 3"))


def test_an_event_stops_what_the_one_before_it_started() -> None:
    world = World(triggers=[on(overlap=Overlap.CANCEL)])
    world.send("1")
    world.tick()
    world.send("2")
    world.send("3")
    world.tick()
    world.tick()
    assert {each.events[0]: each.state.value for each in world.firings.values()} == {
        "/pos 1": "ended",
        "/pos 2": "skipped",
        "/pos 3": "started",
    }


def test_files_that_arrived_together_are_one_firing_and_each_is_once() -> None:
    files = trigger(OnFile(glob="in/*.csv"), name="in")
    world = World(triggers=[files, on(".*"), cron()])
    source = file_source("prod", files.address)
    for name in ("b.csv", "a.csv"):
        world.send(f"in/{name} 1 2", FILE_ARRIVED, source=source, subject=f"in/{name}")
    world.send("x", FILE_ARRIVED, source="/elsewhere", subject="in/c.csv")
    [firing] = world.tick()
    assert firing.events == ("in/a.csv", "in/b.csv")
    world.send("in/a.csv 1 2", FILE_ARRIVED, source=source, subject="in/a.csv")
    assert world.walk("04:10") == []
    world.send("in/a.csv 9 9", FILE_ARRIVED, source=source, subject="in/a.csv")
    assert [each.events for each in world.tick()] == [("in/a.csv",)]


def test_an_event_need_be_no_object_with_data() -> None:
    world = World(triggers=[on(filter={"data.x": (1,)})])
    world.send("1", data="text")
    world.send("2", data=[1])
    assert world.tick() == []
    assert json.loads(next(iter(world.events.values())).document)["data"] == "text"

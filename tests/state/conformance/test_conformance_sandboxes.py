"""Sandboxes: one row over a frozen generation, pointers of their own, tombstones; and pins."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from state_samples import NOW, make_publication, standing, take

from meshwright.diagnostics import RefusedError
from meshwright.state.errors import Conflict
from meshwright.state.protocol import State
from meshwright.state.records import Environment, GenerationAction, Pin

LATER = NOW + dt.timedelta(hours=1)


def publish(
    state: State, moves: dict[str, str | None], expected: dict[str, str | None] | None = None, **changes: object
) -> int:
    publication = make_publication(take(state), moves, expected or {})
    return state.writer.publish(replace(publication, **changes), NOW)  # type: ignore[arg-type]


def in_box(state: State, moves: dict[str, str | None], expected: dict[str, str | None] | None = None) -> int:
    return publish(state, moves, expected, environment="box", base="prod")


def make_box(state: State, name: str = "box") -> Environment:
    made = state.writer.create_sandbox(
        Environment(name=name, base="prod", created_at=NOW, created_by="ana@alpha", touched_at=NOW, expire_after_s=60)
    )
    assert made is not None
    return made


def rebase(state: State, to: int, expected: int) -> int:
    return publish(
        state,
        {name: pointer.revision for name, pointer in state.reader.overlay("box").items()},
        environment="box",
        base="prod",
        base_generation=to,
        expected_generation=expected,
        action=GenerationAction.REBASE,
    )


def test_a_sandbox_shows_its_base_as_it_was_when_it_was_made(state: State) -> None:
    publish(state, {"a": "1", "b": "1"})
    box = make_box(state)
    publish(state, {"a": "2", "b": None, "c": "1"})
    assert (box.generation, box.base_generation) == (0, 1)
    assert standing(state, "box") == {"a": "1", "b": "1"}
    assert standing(state) == {"a": "2", "c": "1"}
    assert state.reader.environment("box") == box
    assert box.expires_at == NOW + dt.timedelta(seconds=60)
    assert [found.name for found in state.reader.environments()] == ["box", "prod"]


def test_a_sandbox_over_nothing_is_empty(state: State) -> None:
    assert make_box(state).base_generation == 0
    publish(state, {"a": "1"})
    assert standing(state, "box") == {}


def test_a_name_is_taken_once(state: State) -> None:
    publish(state, {"a": "1"})
    make_box(state)
    again = Environment(name="box", base="prod", created_at=NOW, touched_at=NOW)
    assert state.writer.create_sandbox(again) is None
    assert state.writer.create_sandbox(replace(again, name="prod")) is None


def test_what_a_sandbox_publishes_lies_over_the_base_and_a_tombstone_hides_it(state: State) -> None:
    publish(state, {"a": "1", "b": "1"})
    make_box(state)
    assert in_box(state, {"a": "x", "b": None, "c": "x"}, {"a": "1", "b": "1", "c": None}) == 1
    assert standing(state, "box") == {"a": "x", "c": "x"}
    assert {name: own.revision for name, own in state.reader.overlay("box").items()} == {"a": "x", "b": None, "c": "x"}
    assert standing(state) == {"a": "1", "b": "1"}
    pointers = state.reader.pointers("box")
    assert pointers["a"].environment == "box"
    publish(state, {"b": "9"})
    assert standing(state, "box") == {"a": "x", "c": "x"}


def test_a_pointer_back_to_what_the_base_has_is_no_pointer(state: State) -> None:
    publish(state, {"a": "1"})
    make_box(state)
    in_box(state, {"a": "x", "c": "x"})
    in_box(state, {"a": "1", "c": None})
    assert state.reader.overlay("box") == {}
    assert standing(state, "box") == {"a": "1"}
    in_box(state, {"a": None})
    in_box(state, {"a": "1"})
    assert state.reader.overlay("box") == {}


def test_every_generation_of_a_sandbox_stays_readable(state: State) -> None:
    publish(state, {"a": "1", "b": "1"})
    make_box(state)
    in_box(state, {"a": "x"})
    in_box(state, {"b": None})
    publish(state, {"a": "2", "b": "2", "d": "2"})
    rebase(state, 2, 2)
    in_box(state, {"a": "2"})
    assert [standing(state, "box", number) for number in (1, 2, 3, 4)] == [
        {"a": "x", "b": "1"},
        {"a": "x"},
        {"a": "x", "d": "2"},
        {"a": "2", "d": "2"},
    ]
    assert [(made.action.value, made.base_generation) for made in state.reader.generations("box")] == [
        ("run", 2),
        ("rebase", 2),
        ("run", 1),
        ("run", 1),
    ]


def test_the_history_of_a_sandbox_tells_what_was_seen_before_and_after(state: State) -> None:
    publish(state, {"a": "1", "b": "1"})
    make_box(state)
    in_box(state, {"a": "x", "b": None, "c": "x"})
    in_box(state, {"a": "1", "b": "y", "c": None})
    second, first = state.reader.generations("box")
    assert first.changed == {"a": ("1", "x"), "b": ("1", None), "c": (None, "x")}
    assert second.changed == {"a": ("x", "1"), "b": (None, "y"), "c": ("x", None)}


def test_a_publication_compares_with_what_shines_through(state: State) -> None:
    publish(state, {"a": "1"})
    make_box(state)
    with pytest.raises(Conflict) as conflict:
        in_box(state, {"b": "x"}, {"a": "2"})
    assert conflict.value.objects == ("a",)
    in_box(state, {"a": None})
    with pytest.raises(Conflict):
        in_box(state, {"b": "x"}, {"a": "1"})
    assert in_box(state, {"b": "x"}, {"a": None}) == 2


def test_a_rebase_shows_the_new_base_and_forgets_what_is_no_change_any_more(state: State) -> None:
    publish(state, {"a": "1", "b": "1"})
    make_box(state)
    in_box(state, {"a": "x", "b": "x"})
    publish(state, {"a": "x", "c": "1"})
    assert rebase(state, 2, 1) == 2
    assert standing(state, "box") == {"a": "x", "b": "x", "c": "1"}
    assert set(state.reader.overlay("box")) == {"b"}
    with pytest.raises(Conflict):
        rebase(state, 2, 1)
    found = state.reader.environment("box")
    assert found is not None
    assert (found.generation, found.base_generation) == (2, 2)


def test_a_deleted_sandbox_is_gone_and_nothing_can_be_published_into_it(state: State) -> None:
    publish(state, {"a": "1"})
    make_box(state)
    in_box(state, {"a": "x"})
    state.writer.set_pins("box", [make_pin("a", environment="box")], [])
    assert state.writer.delete_sandbox("box")
    assert not state.writer.delete_sandbox("box")
    assert not state.writer.delete_sandbox("prod")
    with pytest.raises(RefusedError) as refused:
        in_box(state, {"a": "y"})
    assert refused.value.first.code == "MW-D204"
    assert state.reader.environment("box") is None
    assert (standing(state, "box"), state.reader.generations("box"), state.reader.pins("box")) == ({}, (), {})
    assert standing(state) == {"a": "1"}


def test_a_sandbox_is_no_plain_environment(state: State) -> None:
    publish(state, {"a": "1"})
    make_box(state)
    with pytest.raises(RefusedError):
        publish(state, {"a": "y"}, environment="box")
    with pytest.raises(RefusedError):
        publish(state, {"a": "y"}, environment="prod", base="other")


def test_use_puts_off_the_end_of_a_sandbox(state: State) -> None:
    publish(state, {"a": "1"})
    box = make_box(state)
    assert state.writer.touch_sandbox(replace(box, expire_after_s=120), LATER)
    found = state.reader.environment("box")
    assert found is not None
    assert found.expires_at == LATER + dt.timedelta(seconds=120)
    assert not state.writer.touch_sandbox(replace(box, name="gone"), LATER)


def make_pin(name: str, revision: str | None = "1", environment: str = "prod", **changes: object) -> Pin:
    values: dict[str, object] = {"at": NOW, "by": "ana@alpha", "reason": "bad rows"} | changes
    return Pin(environment=environment, object=name, revision=revision, **values)  # type: ignore[arg-type]


def test_pins_come_and_go_with_the_move_that_makes_them(state: State) -> None:
    publish(state, {"a": "1", "b": "1"})
    publish(state, {"a": "0"}, pins=(make_pin("a", "0", previous="1"),), action=GenerationAction.ROLLBACK, lease=None)
    assert state.reader.pins("prod") == {"a": make_pin("a", "0", previous="1")}
    with pytest.raises(Conflict):
        publish(state, {"a": "5"}, {"a": "1"}, unpinned=("a",))
    assert set(state.reader.pins("prod")) == {"a"}
    publish(state, {"a": "5"}, {"a": "0"}, unpinned=("a",))
    assert state.reader.pins("prod") == {}
    assert [made.action.value for made in state.reader.generations("prod")] == ["run", "rollback", "run"]


def test_a_sandbox_has_the_pins_of_its_base_but_those_it_lifts(state: State) -> None:
    publish(state, {"a": "1", "b": "1"})
    make_box(state)
    state.writer.set_pins("prod", [make_pin("a"), make_pin("b", None)], [])
    lifted = make_pin("a", environment="box", is_lifted=True)
    own = make_pin("b", "x", environment="box")
    state.writer.set_pins("box", [lifted, own], [])
    assert state.reader.pins("prod") == {"a": make_pin("a"), "b": make_pin("b", None)}
    assert state.reader.pins("box") == {"b": own}
    state.writer.set_pins("box", [], ["a"])
    assert set(state.reader.pins("box")) == {"a", "b"}

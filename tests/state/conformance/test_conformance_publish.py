"""Publication: whole or not at all, on what stands, under a live lease; every generation stays readable."""

from __future__ import annotations

import dataclasses

import pytest
from state_samples import NOW, SECOND, make_publication, standing, take

from meshwright.diagnostics import RefusedError
from meshwright.state.errors import Conflict, Fenced
from meshwright.state.protocol import State
from meshwright.state.records import ObjectKind, Revision


def publish(state: State, moves: dict[str, str | None], expected: dict[str, str | None]) -> int:
    return state.writer.publish(make_publication(take(state), moves, expected), NOW)


def test_an_environment_without_publications_is_empty_at_generation_0(state: State) -> None:
    assert state.reader.generation("prod") == 0
    assert standing(state) == {}
    assert state.reader.generations("prod") == ()


def test_a_publication_makes_the_next_generation_and_says_what_changed(state: State) -> None:
    assert publish(state, {"d.p.a": "a1", "d.p.b": "b1"}, {"d.p.a": None, "d.p.b": None}) == 1
    assert publish(state, {"d.p.a": "a2", "d.p.b": None, "d.p.c": "c1"}, {"d.p.a": "a1", "d.p.b": "b1"}) == 2
    assert standing(state) == {"d.p.a": "a2", "d.p.c": "c1"}
    newest, first = state.reader.generations("prod")
    assert (newest.number, newest.at, newest.by, newest.run_id, newest.reason) == (
        2,
        NOW,
        "ana@alpha",
        "run-1",
        "sales.orders",
    )
    assert newest.changed == {"d.p.a": ("a1", "a2"), "d.p.b": ("b1", None), "d.p.c": (None, "c1")}
    assert first.changed == {"d.p.a": (None, "a1"), "d.p.b": (None, "b1")}
    assert state.reader.generations("prod", 1) == (newest,)


def test_every_generation_stays_readable(state: State) -> None:
    publish(state, {"a": "1"}, {})
    publish(state, {"a": "2", "b": "1"}, {})
    publish(state, {"a": None}, {})
    publish(state, {"a": "1"}, {})
    assert [standing(state, generation=number) for number in range(5)] == [
        {},
        {"a": "1"},
        {"a": "2", "b": "1"},
        {"b": "1"},
        {"a": "1", "b": "1"},
    ]


def test_a_pointer_says_its_kind_and_since_when(state: State) -> None:
    lease = take(state)
    state.writer.publish(make_publication(lease, {"d.p": "r1"}, {}, kind=ObjectKind.PRODUCT), NOW)
    state.writer.publish(make_publication(lease, {"d.p/out": "c1"}, {}, kind=ObjectKind.PORT), NOW)
    pointers = state.reader.pointers("prod")
    assert (pointers["d.p"].kind, pointers["d.p"].generation) == (ObjectKind.PRODUCT, 1)
    assert (pointers["d.p/out"].kind, pointers["d.p/out"].generation) == (ObjectKind.PORT, 2)


def test_moves_that_change_nothing_are_dropped(state: State) -> None:
    publish(state, {"a": "1", "b": "1"}, {})
    assert publish(state, {"a": "1", "b": "2", "none": None}, {"a": "1"}) == 2
    assert state.reader.generations("prod")[0].changed == {"b": ("1", "2")}
    assert state.reader.pointers("prod")["a"].generation == 1


def test_a_publication_without_any_change_makes_no_generation(state: State) -> None:
    assert publish(state, {}, {}) == 0
    publish(state, {"a": "1"}, {})
    assert publish(state, {"a": "1"}, {"a": "1"}) == 1
    assert len(state.reader.generations("prod")) == 1


@pytest.mark.parametrize(
    ("expected", "differing"),
    [
        ({"a": "0"}, ("a",)),
        ({"a": None}, ("a",)),
        ({"b": "1"}, ("b",)),
        ({"a": "1", "b": "1", "c": "2"}, ("b", "c")),
    ],
)
def test_what_does_not_stand_as_expected_is_a_conflict_and_changes_nothing(
    state: State, expected: dict[str, str | None], differing: tuple[str, ...]
) -> None:
    publish(state, {"a": "1", "c": "1"}, {})
    with pytest.raises(Conflict) as refused:
        publish(state, {"new": "1"}, expected)
    assert refused.value.objects == differing
    assert isinstance(refused.value, RefusedError)
    assert refused.value.first.code == "MW-D201"
    assert all(f"'{name}'" in refused.value.first.message for name in differing)
    assert standing(state) == {"a": "1", "c": "1"}
    assert state.reader.generation("prod") == 1


def test_a_conflict_over_many_objects_lists_all_and_names_few(state: State) -> None:
    objects = {f"d.p.x{i:04d}": "1" for i in range(1_200)}
    with pytest.raises(Conflict) as refused:
        publish(state, {"new": "1"}, dict(objects))
    assert refused.value.objects == tuple(sorted(objects))
    assert "and 1195 more" in refused.value.first.message


def test_thousands_of_objects_move_in_one_generation(state: State) -> None:
    first: dict[str, str | None] = {f"d.p.x{i}": "1" for i in range(1_700)}
    second: dict[str, str | None] = dict.fromkeys(first, "2")
    assert publish(state, first, dict.fromkeys(first)) == 1
    assert publish(state, second, first) == 2
    assert standing(state) == second
    assert standing(state, generation=1) == first


def test_a_lease_taken_over_fences_its_old_holder_off(state: State) -> None:
    old = take(state)
    take(state, holder="beta:2", now=NOW + 61 * SECOND)
    with pytest.raises(Fenced) as refused:
        state.writer.publish(make_publication(old, {"a": "1"}, {}), NOW + 62 * SECOND)
    assert refused.value.first.code == "MW-D202"
    assert "beta:2" in refused.value.first.message
    assert state.reader.generation("prod") == 0


def test_an_expired_lease_cannot_publish_until_it_is_renewed(state: State) -> None:
    lease = take(state)
    late = NOW + 60 * SECOND
    with pytest.raises(Fenced) as refused:
        state.writer.publish(make_publication(lease, {"a": "1"}, {}), late)
    assert refused.value.first.code == "MW-D203"
    assert state.writer.renew_lease(lease, late, 60) is not None
    assert state.writer.publish(make_publication(lease, {"a": "1"}, {}), late) == 1


def test_a_released_or_unknown_lease_cannot_publish(state: State) -> None:
    lease = take(state)
    state.writer.release_lease(lease)
    for stranger in (lease, dataclasses.replace(lease, name="other"), dataclasses.replace(lease, token=9)):
        with pytest.raises(Fenced):
            state.writer.publish(make_publication(stranger, {"a": "1"}, {}), NOW)
    assert standing(state) == {}


def test_the_same_token_of_another_holder_cannot_publish(state: State) -> None:
    lease = dataclasses.replace(take(state), holder="beta:2")
    with pytest.raises(Fenced):
        state.writer.publish(make_publication(lease, {"a": "1"}, {}), NOW)


def test_environments_do_not_disturb_each_other(state: State) -> None:
    lease = take(state)
    assert state.writer.publish(make_publication(lease, {"a": "1"}, {}), NOW) == 1
    assert state.writer.publish(make_publication(lease, {"a": "2"}, {"a": None}, environment="qa"), NOW) == 1
    assert standing(state) == {"a": "1"}
    assert standing(state, "qa") == {"a": "2"}


def test_revisions_are_published_with_their_pointers_and_read_back(state: State) -> None:
    lease = take(state)
    product = Revision(id="r1", kind=ObjectKind.PRODUCT, object="d.p", document='{"name":"ü"}' * 100)
    state.writer.publish(make_publication(lease, {"d.p": "r1"}, {}, revisions=(product,)), NOW)
    again = make_publication(lease, {"d.p": None}, {}, revisions=(dataclasses.replace(product, document="{}"),))
    state.writer.publish(again, NOW)
    assert state.reader.revisions(["r1", "none"]) == {"r1": product}


def test_a_refused_publication_leaves_no_revision(state: State) -> None:
    lease = take(state)
    product = Revision(id="r1", kind=ObjectKind.PRODUCT, object="d.p", document="{}")
    with pytest.raises(Conflict):
        state.writer.publish(make_publication(lease, {"d.p": "r1"}, {"d.p": "r0"}, revisions=(product,)), NOW)
    assert state.reader.revisions(["r1"]) == {}

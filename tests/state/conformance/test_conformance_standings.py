"""Pointers of one product, and what a pointer was in the generations that are kept."""

from __future__ import annotations

from dataclasses import replace

from state_samples import NOW, make_publication, take

from meshwright.state.protocol import State
from meshwright.state.records import Environment, Standing


def publish(state: State, moves: dict[str, str | None], **changes: object) -> int:
    publication = make_publication(take(state), moves, {})
    return state.writer.publish(replace(publication, **changes), NOW)  # type: ignore[arg-type]


def test_pointers_of_a_product_are_those_of_its_datasets_and_ports(state: State) -> None:
    own = {"d.p.a": "1", "d.p.b": "1", "d.p/out": "1", "d.p/out/v2": "1"}
    publish(state, {**own, "d.p": "1", "d.p2.a": "1", "d.p2/out": "1", "d.q.a": "1", "c.p.a": "1", "d.pp/out": "1"})
    publish(state, {"d.p.a": "2", "d.p.b": None})
    reader = state.reader
    assert set(reader.product_pointers("prod", "d.p", 1)) == set(own)
    now = reader.product_pointers("prod", "d.p")
    assert {name: each.revision for name, each in now.items()} == {"d.p.a": "2", "d.p/out": "1", "d.p/out/v2": "1"}
    assert now == {name: each for name, each in reader.pointers("prod").items() if name in own}
    assert reader.product_pointers("prod", "d.x") == {}
    assert reader.product_pointers("nowhere", "d.p") == {}


def test_in_a_sandbox_the_bases_pointers_of_a_product_shine_through(state: State) -> None:
    publish(state, {"d.p.a": "1", "d.p.b": "1", "d.q.a": "1"})
    assert state.writer.create_sandbox(
        Environment(name="box", base="prod", created_at=NOW, created_by="ana", touched_at=NOW, expire_after_s=60)
    )
    publish(state, {"d.p.a": "2", "d.p.b": None}, environment="box", base="prod")
    publish(state, {"d.p.a": "3"})
    found = state.reader.product_pointers("box", "d.p")
    assert {name: each.revision for name, each in found.items()} == {"d.p.a": "2"}
    assert state.reader.standings("box", "d.p.b") == ()
    assert state.reader.standings("box", "d.p.a") == (Standing(revision="2", first=1, last=None),)


def test_standings_tell_when_each_revision_stood(state: State) -> None:
    publish(state, {"a": "1", "b": "1"})
    publish(state, {"a": "2"})
    publish(state, {"b": "2"})
    publish(state, {"a": None})
    publish(state, {"a": "1"})
    assert state.reader.standings("prod", "a") == (
        Standing(revision="1", first=5, last=None),
        Standing(revision="2", first=2, last=3),
        Standing(revision="1", first=1, last=1),
    )
    assert state.reader.standings("prod", "x") == ()
    assert state.reader.standings("qa", "a") == ()

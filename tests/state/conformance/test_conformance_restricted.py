"""Versions for sandboxes alone: kept with what their builds saw, pointed to by sandboxes and by nobody else; and notes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from state_samples import NOW, make_publication, make_version, standing, take

from meshwright.diagnostics import RefusedError
from meshwright.model import Restricted, Sample, Sight, Version
from meshwright.state.protocol import State
from meshwright.state.records import Environment, ObjectKind

SEEN = {
    "sales.orders.raw": Sight(masked=("größe",), clear=("id",), method="mwmask1:ab"),
    "sales.orders.more": Sight(masked=("x", "y"), method="mwmask1:ab", sample=Sample(share_ppm=10_000)),
    "sales.orders.rest": Sight(sample=Sample(rows=5)),
}


def restricted(name: str = "r", dataset: str = "sales.orders.orders") -> Version:
    return make_version(name, dataset, restricted=Restricted(reasons=("masked: größe of x (pii)",), seen=SEEN))


def publish(state: State, version: Version, environment: str = "prod", base: str | None = None) -> int:
    moves = {version.dataset: version.id}
    plain = make_publication(take(state), moves, {}, environment=environment, kind=ObjectKind.DATASET)
    publication = replace(plain, base=base)
    if base is not None:
        state.writer.create_sandbox(Environment(name=environment, base=base, created_at=NOW, touched_at=NOW))
    return state.writer.publish(publication, NOW)


def test_what_a_build_saw_is_kept_with_its_version(state: State) -> None:
    whole, part = make_version("w"), restricted()
    state.writer.commit_versions((whole, part), ())
    assert state.reader.versions([whole.id, part.id]) == {whole.id: whole, part.id: part}
    assert not state.reader.versions([whole.id])[whole.id].is_restricted
    assert state.reader.versions([part.id])[part.id].seen == SEEN
    assert part in list(state.reader.all_versions())


def test_an_environment_refuses_a_restricted_version_and_nothing_moves(state: State) -> None:
    whole, part = make_version("w", "sales.orders.a"), restricted(dataset="sales.orders.b")
    state.writer.commit_versions((whole, part), ())
    both = {version.dataset: version.id for version in (whole, part)}
    with pytest.raises(RefusedError) as caught:
        state.writer.publish(make_publication(take(state), both, {}, kind=ObjectKind.DATASET), NOW)
    assert caught.value.first.code == "MW-S301"
    assert caught.value.first.object == "sales.orders.b"
    assert standing(state) == {}
    assert publish(state, whole) == 1


def test_a_sandbox_points_to_a_restricted_version(state: State) -> None:
    part = restricted()
    state.writer.commit_versions((part,), ())
    assert publish(state, part, "box", base="prod") == 1
    assert standing(state, "box") == {part.dataset: part.id}


def test_a_note_is_settled_once(state: State) -> None:
    assert state.reader.note("salt") is None
    assert state.writer.settle_note("salt", "a") == "a"
    assert state.writer.settle_note("salt", "b") == "a"
    assert state.reader.note("salt") == "a"

"""What a sandbox sees of inputs is part of identities, and nothing else changes by it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meshwright.model import Column, Sample, Sight, Veil
from meshwright.plan import DesiredNode, content_version_id, node_definition, trigger_key, version_id
from meshwright.plan.sights import recipe_inputs, restriction, seen_inputs

from .meshes import sql_node

PEOPLE, CITIES = "crm.customers.people", "crm.customers.cities"
VEIL = Veil(
    masked={PEOPLE: {"email": "pii"}}, clear={PEOPLE: ("city", "person_id")}, method="mwmask1:aaaa", restricted=frozenset({"r1"})
)  # fmt: skip


def _desired(reads: list[str]) -> DesiredNode:
    node = sql_node("mail.letters.addresses", reads)
    fingerprint, definition = node_definition(node)
    return DesiredNode(node=node, fingerprint=fingerprint, definition=definition, params={}, engine="e")


NODE = _desired([PEOPLE])


def test_without_a_veil_identities_are_as_ever() -> None:
    inputs = {PEOPLE: "v1"}
    found = seen_inputs(None, inputs, ())
    assert (found.ids, found.sights, found.is_restricted) == (inputs, {}, False)


def test_a_veil_changes_nothing_for_what_it_does_not_hide() -> None:
    found = seen_inputs(VEIL, {CITIES: "v1"}, ())
    assert (found.ids, found.is_restricted) == ({CITIES: "v1"}, False)


def test_a_masked_input_has_another_identity_and_restricts() -> None:
    found = seen_inputs(VEIL, {PEOPLE: "v1", CITIES: "v2"}, ())
    assert found.ids == {PEOPLE: 'v1~masked(["mwmask1:aaaa","clear","city","person_id"])', CITIES: "v2"}
    assert found.is_restricted
    assert version_id(NODE, found.ids) != version_id(NODE, {PEOPLE: "v1", CITIES: "v2"})
    assert trigger_key(NODE, found.ids, "") != trigger_key(NODE, {PEOPLE: "v1", CITIES: "v2"}, "")
    said = restriction(VEIL, found, (), {PEOPLE: PEOPLE, CITIES: CITIES})
    assert said is not None
    assert said.reasons == (f"masked: email of {PEOPLE} (pii)",)
    assert set(said.seen) == {PEOPLE}


@pytest.mark.parametrize(
    "other",
    [
        replace(VEIL, method="mwmask1:bbbb"),
        replace(VEIL, clear={PEOPLE: ("person_id",)}),
        replace(VEIL, sample=Sample(rows=10)),
        replace(VEIL, sample=Sample(share_ppm=10_000)),
        replace(VEIL, clear={}),
    ],
)
def test_everything_that_decides_what_is_seen_is_in_the_identity(other: Veil) -> None:
    assert seen_inputs(other, {PEOPLE: "v1"}, ()).ids != seen_inputs(VEIL, {PEOPLE: "v1"}, ()).ids


def test_a_restricted_input_is_read_as_it_is_and_restricts() -> None:
    found = seen_inputs(replace(VEIL, sample=Sample(rows=10)), {PEOPLE: "r1"}, [PEOPLE])
    assert (found.ids, found.sights, found.is_restricted) == ({PEOPLE: "r1"}, {}, True)
    said = restriction(VEIL, found, [PEOPLE], {PEOPLE: PEOPLE})
    assert said is not None
    assert said.reasons == (f"made from {PEOPLE}, which is restricted",)
    assert seen_inputs(None, {PEOPLE: "r1"}, [PEOPLE]).is_restricted


def test_what_stands_is_shown_and_not_built_from_less() -> None:
    inputs = {PEOPLE: "v1"}
    standing = replace(VEIL, standing=frozenset({version_id(NODE, inputs)}))
    assert recipe_inputs(standing, NODE, inputs, ()).ids == inputs
    assert not recipe_inputs(standing, NODE, inputs, ()).is_restricted
    assert recipe_inputs(standing, NODE, {PEOPLE: "v2"}, ()).is_restricted


def test_rows_that_are_equal_by_chance_do_not_make_a_restricted_version_the_real_one() -> None:
    columns = (Column(name="n", type="BIGINT"),)
    assert content_version_id("a.b.c", "d", columns, is_restricted=True) != content_version_id("a.b.c", "d", columns)


@pytest.mark.parametrize("sample", [Sample(rows=1), Sample(share_ppm=1), Sample(share_ppm=1_000_000)])
def test_a_sample_is_recorded_as_its_rule(sample: Sample) -> None:
    assert Sample.of_rule(sample.rule) == sample


@pytest.mark.parametrize(
    "wrong", [{}, {"rows": 0}, {"share_ppm": 0}, {"share_ppm": 1_000_001}, {"rows": 1, "share_ppm": 1}]
)
def test_a_sample_is_one_share_or_number(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"sample|share|rows"):
        Sample(**wrong)


def test_sights_hide_without_letter_case() -> None:
    sight = Sight(masked=("email",), clear=("city",))
    assert [sight.hides(name) for name in ("EMAIL", "City", "renamed")] == [True, False, True]

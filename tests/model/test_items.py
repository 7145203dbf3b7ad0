"""What items are called: every name is one, differs from the others, and stays whatever else is in the list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from meshwright.model.items import item_names, item_type
from meshwright.model.names import dataset_name_problem, name_problem

TEXTS = st.text(max_size=60)
LISTS = st.one_of(
    st.lists(TEXTS, min_size=1, max_size=30, unique=True),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=30, unique=True),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30, unique=True),
    st.lists(st.booleans(), min_size=1, max_size=2, unique=True),
)


@given(values=LISTS)
def test_every_item_has_a_name_of_its_own(values: list[str | int | float | bool]) -> None:
    names = item_names(values)
    assert len(set(names)) == len(values)
    assert [name_problem(name) for name in names] == [None] * len(values)
    assert all(dataset_name_problem(f"{'x' * 48}__{name}") is None for name in names)


@given(values=LISTS, data=st.data())
def test_an_item_keeps_its_name_when_others_come_and_go(
    values: list[str | int | float | bool], data: st.DataObject
) -> None:
    of = dict(zip(map(repr, values), item_names(values), strict=True))
    fewer = data.draw(st.lists(st.sampled_from(values), min_size=1, unique_by=repr))
    assert item_names(fewer) == tuple(of[repr(value)] for value in fewer)


def test_names_say_what_the_item_is_where_they_can() -> None:
    assert item_names(["eu", "us_east", "n7"]) == ("eu", "us_east", "n7")
    assert item_names([7, 2026]) == ("n7", "n2026")
    readable, reserved, empty, negative = item_names(["EU West", "main", "", "-3"])
    assert readable.startswith("eu_west_")
    assert reserved.startswith("main_")
    assert empty.startswith("i_")
    assert negative.startswith("i3_")


def test_items_are_of_one_type() -> None:
    assert item_type(["a", "b"]) == "string"
    assert item_type([1, 2]) == "integer"
    assert item_type([1, 2.5]) == "number"
    assert item_type([True, False]) == "boolean"
    assert item_type([1, "a"]) is None
    assert item_type([1, True]) is None

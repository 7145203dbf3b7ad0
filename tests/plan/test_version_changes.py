"""Why two versions of a dataset are two, case by case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meshwright.model import Version, ViewRecipe
from meshwright.plan.version_changes import making_changes

BEFORE = Version(
    id="11",
    dataset="sales.orders.orders",
    columns=(),
    files=(),
    rows=0,
    content_digest="00",
    fingerprint="f1",
    node_kind="sql",
    is_opaque=False,
    inputs={"sales.orders.raw": "r1"},
    params={"floor": 1},
    definition="select a from raw where a > 0",
)
AFTER = replace(BEFORE, id="22")
RECIPE = ViewRecipe(dialect="duckdb", computed=())


@pytest.mark.parametrize(
    ("after", "reasons"),
    [
        (BEFORE, ()),
        (AFTER, ("built from other content",)),
        (replace(AFTER, is_opaque=True, node_kind="sql"), ("the same recipe gave other content",)),
        (replace(AFTER, engine="duckdb:2"), ("engine settings changed",)),
        (replace(AFTER, params={"floor": 2}), ("parameter `floor` changed from 1 to 2",)),
        (replace(AFTER, params={"floor": True}), ("parameter `floor` changed from 1 to true",)),
        (replace(AFTER, inputs={"sales.orders.raw": "r2"}), ("input sales.orders.raw is another version",)),
        (
            replace(AFTER, inputs={"sales.orders.more": "r1"}),
            ("sales.orders.more is read now", "sales.orders.raw is not read any more"),
        ),
        (replace(AFTER, fingerprint="f2", definition="select a from raw where a > 1"), ("filter changed",)),
        (replace(AFTER, fingerprint="f2", definition="not ( sql"), ("definition changed",)),
        (replace(AFTER, node_kind="view", view=RECIPE), ("it was a table and is a view now",)),
        (
            replace(AFTER, node_kind="view", view=RECIPE, fingerprint="f2", definition="select a from raw"),
            ("it was a table and is a view now", "filter changed"),
        ),
        (replace(AFTER, node_kind="python", fingerprint="f2"), ("it was a SQL model and is a Python node now",)),
    ],
)
def test_a_change_is_named(after: Version, reasons: tuple[str, ...]) -> None:
    assert making_changes(BEFORE, after, "duckdb").reasons == reasons


def test_a_source_that_is_read_otherwise_says_so() -> None:
    source = replace(BEFORE, node_kind="source", is_opaque=True)
    changed = replace(source, id="22", fingerprint="f2")
    assert making_changes(source, changed, "duckdb").reasons == ("how the source is read changed",)


def test_values_and_inputs_of_both_sides_are_given() -> None:
    after = replace(
        AFTER, params={"floor": 1.0, "top": 9}, inputs={"sales.orders.raw": "r1", "sales.orders.more": "m1"}
    )
    found = making_changes(BEFORE, after, "duckdb")
    assert dict(found.parameters) == {"floor": (1, 1.0), "top": (None, 9)}
    assert dict(found.inputs) == {"sales.orders.more": (None, "m1")}

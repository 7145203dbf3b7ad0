"""Columns against published columns, and what makes a dataset against what made it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshwright.model import Column, Columns, Version, ViewRecipe
from meshwright.plan import DesiredNode
from meshwright.plan.compatibility import Level, greatest
from meshwright.plan.compatibility.datasets import column_changes, dataset_changes
from meshwright.plan.compatibility.widening import type_level

from .meshes import ENGINE, sql_node

TYPES = [
    ("INTEGER", "INTEGER", "none"),
    ("int4", "INTEGER", "none"),
    ("HUGEINT", "DECIMAL(38,0)", "none"),
    ("INTEGER", "BIGINT", "minor"),
    ("BIGINT", "INTEGER", "major"),
    ("UTINYINT", "SMALLINT", "minor"),
    ("UINTEGER", "INTEGER", "major"),
    ("INTEGER", "UBIGINT", "major"),
    ("BIGINT", "HUGEINT", "minor"),
    ("BIGINT", "DECIMAL(19,0)", "minor"),
    ("BIGINT", "DECIMAL(18,0)", "major"),
    ("DECIMAL(9,0)", "INTEGER", "minor"),
    ("DECIMAL(10,0)", "INTEGER", "major"),
    ("INTEGER", "DECIMAL(12,2)", "major"),
    ("INTEGER", "DOUBLE", "major"),
    ("FLOAT", "DOUBLE", "minor"),
    ("DOUBLE", "FLOAT", "major"),
    ("DECIMAL(10,2)", "DECIMAL(12,2)", "minor"),
    ("DECIMAL(10,2)", "DECIMAL(12,4)", "minor"),
    ("DECIMAL(10,2)", "DECIMAL(10,4)", "major"),
    ("DECIMAL(10,2)", "DECIMAL(12,0)", "major"),
    ("DECIMAL(10,0)", "DECIMAL(12,2)", "major"),
    ("DECIMAL(10,2)", "DOUBLE", "major"),
    ("DATE", "TIMESTAMP", "major"),
    ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "major"),
    ("INTEGER", "VARCHAR", "major"),
    ("INTEGER[]", "BIGINT[]", "minor"),
    ("BIGINT[]", "INTEGER[]", "major"),
    ("INTEGER", "INTEGER[]", "major"),
    ("MAP(VARCHAR, INTEGER)", "MAP(VARCHAR, BIGINT)", "minor"),
    ("MAP(VARCHAR, INTEGER)", "MAP(INTEGER, INTEGER)", "major"),
    ("STRUCT(a INTEGER, b VARCHAR)", "STRUCT(b VARCHAR, a INTEGER)", "patch"),
    ("STRUCT(a INTEGER)", "STRUCT(a BIGINT)", "minor"),
    ("STRUCT(a INTEGER)", "STRUCT(a INTEGER, b VARCHAR)", "minor"),
    ("STRUCT(a INTEGER, b VARCHAR)", "STRUCT(a INTEGER)", "major"),
    ("STRUCT(a INTEGER[])[]", "STRUCT(a DATE[])[]", "major"),
]


@pytest.mark.parametrize(("before", "after", "expected"), TYPES, ids=[f"{a} -> {b}" for a, b, _ in TYPES])
def test_a_type_is_wider_where_the_same_family_holds_every_value(before: str, after: str, expected: str) -> None:
    assert type_level(before, after).value == expected


def columns(text: str) -> Columns:
    """``a INTEGER; b VARCHAR``."""
    parts = (part.split(None, 1) for part in filter(None, text.split(";")))
    return tuple(Column(name=name, type=kind.strip()) for name, kind in parts)


COLUMNS = [
    ("a INTEGER; b DATE", "a INTEGER; b DATE", []),
    ("a INTEGER; b DATE", "a INTEGER", [("columns/b", "column_removed", "major")]),
    ("a INTEGER", "b DATE; a INTEGER", [("columns/b", "column_added", "minor")]),
    ("a INTEGER", "A INTEGER", [("columns/a", "column_removed", "major"), ("columns/A", "column_added", "minor")]),
    ("a INTEGER; b DATE", "b DATE; a INTEGER", [("columns", "columns_reordered", "patch")]),
    ("a INTEGER", "a BIGINT", [("columns/a", "type_widened", "minor")]),
    ("a BIGINT", "a INTEGER", [("columns/a", "type_changed", "major")]),
    ("a STRUCT(x DATE, y DATE)", "a STRUCT(y DATE, x DATE)", [("columns/a", "type_reordered", "patch")]),
]


@pytest.mark.parametrize(("before", "after", "expected"), COLUMNS, ids=[f"{a} -> {b}" for a, b, _ in COLUMNS])
def test_columns_are_compared_by_name(before: str, after: str, expected: list[tuple[str, str, str]]) -> None:
    found = [(one.path, one.kind, one.level.value) for one in column_changes(columns(before), columns(after))]
    assert found == expected


NODE = DesiredNode(node=sql_node("a.b.c"), fingerprint="f1", definition="SELECT 1", params={"least": 1}, engine=ENGINE)
A = columns("a INTEGER")
STANDING = Version(
    id="v1", dataset="a.b.c", columns=A, files=(), rows=1, content_digest="d", fingerprint="f1", node_kind="sql",
    is_opaque=False, params={"least": 1}, engine=ENGINE,
)  # fmt: skip


def kinds(before: Version, node: DesiredNode, known: Columns | None = A) -> list[tuple[str, str, str]]:
    return [(one.path, one.kind, one.level.value) for one in dataset_changes(before, node, known)]


def test_what_is_only_built_anew_has_no_changes() -> None:
    assert kinds(replace(STANDING, inputs={"a.b.x": "v0"}), NODE) == []
    assert kinds(replace(STANDING, engine="duckdb:9"), NODE) == []


def test_another_definition_or_parameter_with_the_same_columns_is_a_patch() -> None:
    assert kinds(STANDING, replace(NODE, fingerprint="f2")) == [("definition", "definition_changed", "patch")]
    assert kinds(STANDING, replace(NODE, params={"least": 2})) == [("parameters/least", "parameter_changed", "patch")]
    assert kinds(STANDING, replace(NODE, params={"least": True})) == [
        ("parameters/least", "parameter_changed", "patch")
    ]


def test_changed_columns_say_what_changed_in_a_definition() -> None:
    found = kinds(STANDING, replace(NODE, fingerprint="f2", params={"least": 2}), columns("a BIGINT"))
    assert found == [("columns/a", "type_widened", "minor"), ("parameters/least", "parameter_changed", "patch")]


def test_columns_change_with_an_input_as_well() -> None:
    assert kinds(STANDING, NODE, columns("b INTEGER")) == [
        ("columns/a", "column_removed", "major"),
        ("columns/b", "column_added", "minor"),
    ]


def test_a_view_that_becomes_a_table_is_a_patch() -> None:
    view = replace(STANDING, node_kind="view", view=ViewRecipe(dialect="duckdb", computed=A))
    assert kinds(view, NODE) == [("kind", "storage_changed", "patch")]
    assert kinds(replace(STANDING, node_kind="source"), NODE) == [("kind", "node_kind_changed", "patch")]


def test_columns_that_only_a_build_tells_are_said_to_be_unknown() -> None:
    assert kinds(STANDING, replace(NODE, fingerprint="f2"), None) == [
        ("columns", "columns_unknown", "minor"),
        ("definition", "definition_changed", "patch"),
    ]
    assert kinds(STANDING, NODE, None) == []


COLUMN_LISTS = st.lists(
    st.builds(Column, name=st.sampled_from("abcde"), type=st.sampled_from(["INTEGER", "BIGINT", "DATE", "INTEGER[]"])),
    unique_by=lambda column: column.name,
).map(tuple)


@given(COLUMN_LISTS)
def test_columns_differ_in_nothing_from_themselves(known: Columns) -> None:
    assert list(column_changes(known, known)) == []


@given(COLUMN_LISTS, COLUMN_LISTS)
def test_what_is_added_on_the_way_there_is_removed_on_the_way_back(before: Columns, after: Columns) -> None:
    there, back = list(column_changes(before, after)), list(column_changes(after, before))
    added = {one.path for one in there if one.kind == "column_added"}
    assert added == {one.path for one in back if one.kind == "column_removed"}
    assert {one.path for one in there} == {one.path for one in back}
    assert not added or greatest(one.level for one in back) is Level.MAJOR

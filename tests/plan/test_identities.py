"""What identities cover, and what they are blind to."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

import pytest

from meshwright.model import (
    ByAppending,
    ByInterval,
    ByMerging,
    Calendar,
    Column,
    Depends,
    FileSource,
    Grain,
    Incremental,
    Merge,
    Node,
)
from meshwright.plan import (
    DesiredNode,
    content_version_id,
    incremental_definition,
    node_definition,
    product_revision,
    trigger_key,
    version_id,
)

from .meshes import port_of, rule, source_node, sql_node


def _desired(node: Node, **fields: object) -> DesiredNode:
    fingerprint, definition = node_definition(node)
    made = DesiredNode(node=node, fingerprint=fingerprint, definition=definition, params={"k": 1}, engine="e")
    return replace(made, **fields)  # type: ignore[arg-type]


NODE = _desired(sql_node("a.b.c", ["a.b.x"]))
INPUTS = {"a.b.x": "1" * 32}


def test_the_recipe_of_a_version_id_is_the_published_one() -> None:
    node = replace(NODE, fingerprint="f", param_types={"k": "integer"})
    recipe = b'["mwversion1","a.b.c","f",{"k":["integer",1]},"e",{"a.b.x":"' + b"1" * 32 + b'"}]'
    assert version_id(node, INPUTS) == hashlib.blake2b(recipe, digest_size=16).hexdigest()


def test_a_view_is_another_version_than_the_table_of_the_same_recipe() -> None:
    view = replace(NODE, node=replace(NODE.node, is_view=True), fingerprint="f", param_types={"k": "integer"})
    recipe = b'["mwview1","a.b.c","f",{"k":["integer",1]},"e",{"a.b.x":"' + b"1" * 32 + b'"}]'
    assert version_id(view, INPUTS) == hashlib.blake2b(recipe, digest_size=16).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        replace(NODE, fingerprint="f2"),
        replace(NODE, params={"k": 2}),
        replace(NODE, params={"k": 1.0}),
        replace(NODE, params={"k": True}),
        replace(NODE, params={"k": "1"}),
        replace(NODE, param_types={"k": "date"}),
        replace(NODE, engine="e2"),
        _desired(sql_node("a.b.d", ["a.b.x"]), fingerprint=NODE.fingerprint),
    ],
)
def test_everything_that_decides_the_data_is_in_the_version_id(other: DesiredNode) -> None:
    assert version_id(other, INPUTS) != version_id(NODE, INPUTS)
    assert trigger_key(other, INPUTS, "") != trigger_key(NODE, INPUTS, "")


def test_an_inputs_version_and_its_place_are_in_the_version_id() -> None:
    two = {"a.b.x": "1", "a.b.y": "2"}
    swapped = {"a.b.x": "2", "a.b.y": "1"}
    assert version_id(NODE, two) != version_id(NODE, swapped)
    assert version_id(NODE, two) == version_id(NODE, dict(reversed(two.items())))


def test_words_and_owners_of_a_node_do_not_name_it() -> None:
    described = _desired(replace(NODE.node, description="new", tags=("x",)))
    assert version_id(described, INPUTS) == version_id(NODE, INPUTS)


SOURCE = source_node("a.b.c")


@pytest.mark.parametrize(
    "changes",
    [{"format": "json"}, {"nulls": ("NA",)}, {"delimiter": ";"}, {"has_header": False}, {"encoding": "latin-1"}],
)
def test_how_a_source_is_read_is_in_its_fingerprint(changes: dict[str, object]) -> None:
    assert SOURCE.source is not None
    other = replace(SOURCE, source=replace(SOURCE.source, **changes))  # type: ignore[arg-type]
    assert node_definition(other)[0] != node_definition(SOURCE)[0]


def test_declared_columns_are_in_a_sources_fingerprint_and_its_path_is_not() -> None:
    typed = replace(SOURCE, columns=(Column(name="a", type="INTEGER"),))
    assert node_definition(typed)[0] != node_definition(SOURCE)[0]
    moved = replace(SOURCE, source=FileSource(path="other/y.csv", format="csv"))
    assert node_definition(moved) == node_definition(SOURCE)


def test_equal_rows_under_other_types_are_another_version() -> None:
    narrow, wide = (Column(name="a", type="INTEGER"),), (Column(name="a", type="BIGINT"),)
    assert content_version_id("a.b.c", "d", narrow) != content_version_id("a.b.c", "d", wide)
    assert content_version_id("a.b.c", "d", narrow) != content_version_id("a.b.x", "d", narrow)


def test_kinds_of_identities_never_meet() -> None:
    found = {
        version_id(NODE, {}),
        trigger_key(NODE, {}, ""),
        content_version_id("a.b.c", "", ()),
        product_revision("a.b.c", "", {}, {}),
        desired_port_revision(),
    }
    assert len(found) == 5


def desired_port_revision() -> str:
    from meshwright.plan import desired_port

    checks = {"a.b.x": (rule("a.b.x", "mine", port="a.b/p"), rule("a.b.x", "other"))}
    port = desired_port(port_of("a.b/p", "a.b.x"), checks)
    assert '"rules":{"a.b.x mine":' in port.document
    assert "other" not in port.document
    return port.revision


CUT = ByInterval(by="t", calendar=Calendar(grain=Grain.DAY))
MERGING = ByMerging(key=("a", "b"), merge=Merge.SCD2)


def _incremental(incremental: Incremental | None) -> dict[str, str | bool | list[str] | None] | None:
    return incremental_definition(replace(sql_node("a.b.c", ["a.b.x"]), incremental=incremental))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, CUT),
        (None, ByAppending()),
        (CUT, replace(CUT, by="u")),
        (CUT, replace(CUT, calendar=Calendar(grain=Grain.HOUR))),
        (CUT, replace(CUT, calendar=Calendar(grain=Grain.DAY, timezone="Europe/Berlin"))),
        (CUT, ByAppending()),
        (MERGING, ByAppending()),
        (MERGING, replace(MERGING, key=("a",))),
        (MERGING, replace(MERGING, merge=Merge.UPSERT)),
        (replace(MERGING, merge=Merge.UPSERT), replace(MERGING, merge=Merge.DELETE_INSERT)),
        (replace(MERGING, merge=Merge.UPSERT), replace(MERGING, merge=Merge.UPSERT, deleted="gone")),
        (MERGING, replace(MERGING, valid_from="t")),
        (MERGING, replace(MERGING, is_closing_absent=True)),
    ],
)
def test_what_of_incremental_decides_the_rows_is_in_its_definition(one: Incremental, other: Incremental) -> None:
    assert _incremental(one) != _incremental(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CUT, replace(CUT, lookback=dt.timedelta(days=2))),
        (CUT, replace(CUT, start=dt.datetime(2013, 1, 1, tzinfo=dt.UTC))),
        (CUT, replace(CUT, keep=dt.timedelta(days=2))),
        (CUT, replace(CUT, depends={"a.b.x": Depends.WHOLE})),
        (CUT, replace(CUT, time_columns={"a.b.x": "t"})),
        (CUT, replace(CUT, is_forward_only=True)),
        (CUT, replace(CUT, by="T")),
        (ByAppending(), ByAppending(is_forward_only=True)),
        (MERGING, replace(MERGING, key=("B", "a"))),
        (MERGING, replace(MERGING, is_forward_only=True)),
    ],
)
def test_what_of_incremental_only_says_what_there_is_to_do_is_not(one: Incremental, other: Incremental) -> None:
    assert _incremental(one) == _incremental(other)


def test_a_node_without_parts_has_no_such_definition() -> None:
    assert _incremental(None) is None

"""Which datasets and ports of a plan change, how much that asks, and whom it reaches."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from types import MappingProxyType

import pytest

from meshwright.graph.lineage import ColumnEdge, ColumnLineage, Influence
from meshwright.model import Column, Columns, Consumer
from meshwright.plan import Level, ObjectChange, Plan
from meshwright.plan.documents import plan_document

from .meshes import COLUMNS, Wish, World, nodes_of, port_of, source_node, sql_node

NODES = nodes_of("""
    ops.flights.raw = source
    ops.flights.late = sql raw
    ops.flights.daily = sql late
    biz.report.delays = sql ops.flights.late
    biz.report.summary = sql delays
    biz.other.plain = source
""")
LATE = "ops.flights.late"
EDGES = {
    "ops.flights.daily": (ColumnEdge(source=f"{LATE}.y", target="ops.flights.daily.x", kind=Influence.DIRECT),),
    "biz.report.delays": (ColumnEdge(source=f"{LATE}.x", target="biz.report.delays.x", kind=Influence.DIRECT),),
    "biz.report.summary": (
        ColumnEdge(source="biz.report.delays.x", target="biz.report.summary.total", kind=Influence.INDIRECT),
    ),
}


def consumer(name: str, port: str, *columns: str) -> Consumer:
    return Consumer(name=name, kind="report", owner="team:x", uses=((port, columns),))


WISH = Wish(
    nodes=NODES,
    ports=(
        port_of("ops.flights/late", LATE, document='{"status": "active"}'),
        port_of("biz.report/summary", "biz.report.summary"),
    ),
    consumers={
        "biz.other": (
            consumer("board", "ops.flights/late", "late.x"),
            consumer("letter", "ops.flights/late"),
            consumer("other", "ops.flights/late", "daily.x"),
            consumer("chief", "biz.report/summary", "total"),
        )
    },
    lineage=ColumnLineage(edges=EDGES),
)


@pytest.fixture
def world() -> World:
    """Everything is published."""
    published = World()
    published.run(WISH)
    return published


def edited(wish: Wish = WISH, **columns: Columns | None) -> Wish:
    """`late` with another definition; `columns` are those of the datasets named so."""
    node = sql_node(LATE, ["ops.flights.raw"], text="SELECT 7 AS x FROM ops.flights.raw")
    known = {f"ops.flights.{name}": found for name, found in columns.items()}
    return replace(wish, nodes={**wish.nodes, LATE: node}, columns={**wish.columns, **known})


def told(plan: Plan) -> list[tuple[str, str, list[str]]]:
    return [(one.object, one.level.value, [change.kind for change in one.changes]) for one in plan.changes]


def change_of(plan: Plan, address: str) -> ObjectChange:
    return next(one for one in plan.changes if one.object == address)


def typed(kind: str) -> Columns:
    return (Column(name="x", type=kind),)


def test_nothing_has_a_level_where_nothing_was_published() -> None:
    plan = World().plan(WISH)
    assert (plan.changes, plan.level) == ((), Level.NONE)


def test_nothing_changes_where_everything_stands(world: World) -> None:
    plan = world.plan(WISH)
    assert (plan.changes, plan.level) == ((), Level.NONE)


def test_new_data_is_no_change(world: World) -> None:
    world.files["ops.flights.raw"] = "v2"
    plan = world.plan(WISH)
    assert not plan.is_empty
    assert (plan.changes, plan.level) == ((), Level.NONE)


def test_another_definition_is_a_patch_of_it_alone_and_names_who_is_below(world: World) -> None:
    plan = world.plan(edited())
    assert told(plan) == [(LATE, "patch", ["definition_changed"])]
    reaches = plan.changes[0].reaches
    assert reaches.datasets == ("biz.report.delays", "biz.report.summary", "ops.flights.daily")
    assert reaches.products == ("biz.report",)
    assert reaches.consumers == ("board", "chief", "letter")
    assert reaches.columns == ()


def test_what_only_comes_after_a_dataset_and_what_a_variation_reads_are_not_reached(world: World) -> None:
    late = sql_node("ops.flights.last", ["ops.flights.raw"], after=[LATE])
    varied = sql_node("ops.flights.daily@canary", [LATE])
    wish = replace(WISH, nodes={**NODES, "ops.flights.last": late, "ops.flights.daily@canary": varied})
    below = change_of(world.plan(edited(wish)), LATE).reaches.datasets
    assert below == ("biz.report.delays", "biz.report.summary", "ops.flights.daily")


def test_an_added_column_is_minor(world: World) -> None:
    plan = world.plan(edited(late=(*COLUMNS, Column(name="y", type="DATE"))))
    assert told(plan) == [(LATE, "minor", ["column_added"])]
    assert plan.level is Level.MINOR


def test_a_broken_column_names_those_made_from_it_and_those_that_consumers_use(world: World) -> None:
    plan = world.plan(edited(late=typed("VARCHAR")))
    assert told(plan) == [(LATE, "major", ["type_changed"])]
    assert plan.changes[0].reaches.columns == (
        "biz.report.delays.x",
        "biz.report.summary.total",
        "ops.flights.late.x",
    )


def test_a_removed_column_names_those_that_were_made_from_it_as_published(world: World) -> None:
    """The model below does not name it any more, so the lineage of the mesh knows nothing of it."""
    reader = sql_node("biz.report.delays", [LATE], text='SELECT late.x AS x FROM "ops"."flights"."late"')
    last = sql_node("biz.report.summary", ["biz.report.delays"], text="SELECT sum(x) AS x FROM delays")
    published = replace(WISH, nodes={**NODES, reader.address: reader, last.address: last})
    world.run(published)
    without = edited(replace(WISH, lineage=ColumnLineage()), late=(Column(name="y", type="DATE"),))
    plan = world.plan(without)
    reaches = change_of(plan, LATE).reaches
    assert reaches.columns == ("biz.report.delays.x", "biz.report.summary.x", "ops.flights.late.x")


def test_a_removed_dataset_is_major_and_names_who_read_it(world: World) -> None:
    left = {name: node for name, node in NODES.items() if name != "ops.flights.daily"}
    assert told(world.plan(replace(WISH, nodes=left))) == [("ops.flights.daily", "major", ["dataset_removed"])]
    nodes = {**NODES, "biz.report.delays": source_node("biz.report.delays")}
    del nodes[LATE], nodes["ops.flights.daily"]
    plan = world.plan(replace(WISH, nodes=nodes, ports=WISH.ports[1:]))
    assert told(plan) == [
        ("ops.flights.daily", "major", ["dataset_removed"]),
        (LATE, "major", ["dataset_removed"]),
        ("ops.flights/late", "major", ["port_removed"]),
        ("biz.report.delays", "patch", ["node_kind_changed"]),
    ]
    assert plan.changes[1].reaches.datasets == ("biz.report.delays", "biz.report.summary")


def test_a_new_dataset_and_a_new_port_are_minor_and_reach_nobody(world: World) -> None:
    more = {**NODES, "ops.flights.more": sql_node("ops.flights.more", [LATE])}
    plan = world.plan(replace(WISH, nodes=more, ports=(*WISH.ports, port_of("ops.flights/more", "ops.flights.more"))))
    assert told(plan) == [
        ("ops.flights.more", "minor", ["dataset_added"]),
        ("ops.flights/more", "minor", ["port_added"]),
    ]
    assert {one.reaches.datasets for one in plan.changes} == {()}


def with_contract(document: str) -> Wish:
    port = port_of("ops.flights/late", LATE, digest="c2", document=document)
    return replace(WISH, ports=(port, *WISH.ports[1:]))


def test_a_changed_contract_reaches_readers_of_other_products_and_consumers(world: World) -> None:
    plan = world.plan(with_contract('{"status": "retired"}'))
    assert told(plan) == [("ops.flights/late", "major", ["status_retired"])]
    reaches = plan.changes[0].reaches
    assert reaches.datasets == ("biz.report.delays", "biz.report.summary")
    assert reaches.consumers == ("board", "chief", "letter")


def test_a_contract_that_says_the_same_in_another_form_is_no_change(world: World) -> None:
    plan = world.plan(with_contract('{"status": "active", "version": "9.0.0", "tags": []}'))
    assert not plan.is_empty
    assert plan.changes == ()


def test_a_promise_about_a_column_names_that_column(world: World) -> None:
    promised = '{"schema": [{"name": "late", "properties": [{"name": "x", "required": %s}]}]}'
    world.run(with_contract(promised % "true"))
    port = port_of("ops.flights/late", LATE, digest="c3", document=promised % "false")
    plan = world.plan(replace(WISH, ports=(port, *WISH.ports[1:])))
    assert told(plan) == [("ops.flights/late", "major", ["required_removed"])]
    assert plan.changes[0].reaches.columns == (
        "biz.report.delays.x",
        "biz.report.summary.total",
        "ops.flights.late.x",
    )


def test_what_a_plan_does_not_settle_is_not_named(world: World) -> None:
    part = replace(edited(late=typed("VARCHAR")), scope=frozenset({"biz.other.plain"}))
    assert world.plan(part).changes == ()
    retired = replace(with_contract('{"status": "retired"}'), scope=frozenset({"ops.flights.daily"}))
    assert world.plan(retired).changes == ()


def test_lineage_is_asked_for_below_broken_columns_alone(world: World) -> None:
    asked: list[str] = []

    def plan(wish: Wish) -> Plan:
        asked.clear()
        find: Callable[[Collection[str]], None] = asked.extend
        return world.plan(replace(wish, lineage=ColumnLineage(edges=MappingProxyType(EDGES), find=find)))

    plan(WISH)
    assert asked == []
    plan(edited())
    assert set(asked) == {"biz.report.delays"}  # who sees the change (`affected`) asks for direct readers
    plan(edited(late=typed("VARCHAR")))
    assert set(asked) == {"biz.report.delays", "biz.report.summary", "ops.flights.daily"}


def test_the_document_holds_level_changes_and_reach(world: World) -> None:
    document = plan_document(world.plan(edited(late=typed("BIGINT"))))
    assert document["level"] == "minor"
    assert document["changes"] == [
        {
            "object": LATE,
            "kind": "dataset",
            "level": "minor",
            "changes": [
                {
                    "path": "columns/x",
                    "kind": "type_widened",
                    "level": "minor",
                    "message": "type of column x changed from INTEGER to BIGINT",
                    "policy": False,
                }
            ],
            "reaches": {
                "datasets": ["biz.report.delays", "biz.report.summary", "ops.flights.daily"],
                "products": ["biz.report"],
                "consumers": ["board", "chief", "letter"],
                "columns": [],
                "outside": [],
            },
        }
    ]

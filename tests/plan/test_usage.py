"""Who uses a dataset or column as the mesh is now."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.graph.lineage import ColumnEdge, ColumnLineage, Influence
from meshwright.model import Column, Consumer
from meshwright.plan.impact.usage import Usage, UsageInputs, find_usages

from .meshes import graph_of, mesh_of, nodes_of, port_of, sql_node

NODES = nodes_of("""
    ops.flights.late = source
    ops.flights.daily = sql late
    biz.report.delays = sql ops.flights.daily
    biz.report.counts = sql ops.flights.late
    biz.other.mystery = sql ops.flights.late
    far.away.last = sql biz.report.delays
""")
LATE = "ops.flights.late"


def edge(source: str, target: str, kind: Influence = Influence.DIRECT) -> ColumnEdge:
    return ColumnEdge(source=source, target=target, kind=kind)


EDGES: Mapping[str, tuple[ColumnEdge, ...]] = {
    "ops.flights.daily": (edge(f"{LATE}.x", "ops.flights.daily.a"), edge(f"{LATE}.y", "ops.flights.daily.b")),
    "biz.report.delays": (edge("ops.flights.daily.a", "biz.report.delays.n", Influence.INDIRECT),),
    "biz.report.counts": (),
    "far.away.last": (edge("biz.report.delays.n", "far.away.last.n"),),
}


def consumer(name: str, port: str, *columns: str) -> Consumer:
    return Consumer(name=name, kind="dashboard", owner=f"team:{name}", uses=((port, columns),), url=f"https://{name}")


CONSUMERS = {
    "ops.flights": (
        consumer("board", "ops.flights/late", "x"),
        consumer("letter", "ops.flights/late", "late.y"),
        consumer("all", "ops.flights/late"),
    ),
    "biz.report": (consumer("chief", "biz.report/delays", "delays.n"),),
}


def usages(column: str | None) -> tuple[Usage, ...]:
    ports = (port_of("ops.flights/late", LATE), port_of("biz.report/delays", "biz.report.delays"))
    columns = {name: (Column(name="n", type="INTEGER"),) for name in NODES}
    columns[LATE] = (Column(name="x", type="INTEGER"), Column(name="y", type="INTEGER"))
    inputs = UsageInputs(
        mesh=mesh_of(NODES, ports, CONSUMERS),
        graph=graph_of(NODES),
        lineage=ColumnLineage(edges=EDGES),
        columns=columns,
    )
    return find_usages(inputs, LATE, column)


def told(column: str | None) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(one.dataset if one.kind == "product" else one.consumer, one.distance, one.reads) for one in usages(column)]


def test_a_column_is_followed_through_all_domains_the_nearest_first() -> None:
    assert told("x") == [
        ("biz.other.mystery", 1, (f"{LATE}.x",)),  # what it is made from is not known: it may be that
        ("ops.flights.daily", 1, (f"{LATE}.x",)),
        ("biz.report.delays", 2, ("ops.flights.daily.a",)),
        ("far.away.last", 3, ("biz.report.delays.n",)),
        ("all", 1, (f"{LATE}.x",)),
        ("board", 1, (f"{LATE}.x",)),
        ("chief", 3, ("biz.report.delays.n",)),
    ]


def test_a_dataset_is_used_by_who_only_counts_its_rows() -> None:
    counts = next(one for one in usages(None) if one.dataset == "biz.report.counts")
    assert (counts.reads, counts.gives, counts.distance) == ((), (), 1)
    assert "biz.report.counts" not in {one.dataset for one in usages("x")}
    assert {one.consumer for one in usages(None) if one.kind != "product"} == {"all", "board", "letter", "chief"}


def test_a_use_tells_owner_place_and_what_it_makes_of_it() -> None:
    (daily,) = [one for one in usages("y") if one.dataset == "ops.flights.daily"]
    assert (daily.consumer, daily.owners, daily.gives) == ("ops.flights", ("team:x",), ("ops.flights.daily.b",))
    (letter,) = [one for one in usages("y") if one.consumer == "letter"]
    assert (letter.owners, letter.port, letter.url, letter.query) == (
        ("team:letter",), "ops.flights/late", "https://letter", None,
    )  # fmt: skip


def test_nothing_uses_what_nobody_reads() -> None:
    ports = (port_of("ops.flights/late", LATE),)
    inputs = UsageInputs(
        mesh=mesh_of(NODES, ports), graph=graph_of(NODES), lineage=ColumnLineage(edges=EDGES), columns={}
    )
    assert find_usages(inputs, "far.away.last", "n") == ()


def test_what_only_comes_after_a_dataset_does_not_use_it_and_unknown_columns_are_used_whole() -> None:
    nodes = {**NODES, "ops.flights.then": sql_node("ops.flights.then", [], after=[LATE])}
    ports = (port_of("ops.flights/late", LATE),)
    inputs = UsageInputs(
        mesh=mesh_of(nodes, ports, CONSUMERS), graph=graph_of(nodes), lineage=ColumnLineage(edges=EDGES), columns={}
    )
    found = find_usages(inputs, LATE, None)
    assert "ops.flights.then" not in {one.dataset for one in found}
    assert [one.consumer for one in found if one.kind != "product"] == ["all"]

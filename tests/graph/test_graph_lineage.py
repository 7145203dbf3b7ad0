"""Column lineage over several datasets."""

from __future__ import annotations

from meshwright.graph import (
    ColumnEdge,
    compose_lineage,
    downstream_columns,
    upstream_columns,
    used_columns,
)
from meshwright.sql import ColumnSource, Influence

D, I = Influence.DIRECT, Influence.INDIRECT  # noqa: E741


def source(output: str, table: str, column: str, kind: Influence) -> ColumnSource:
    return ColumnSource(output=output, table=table, column=column, kind=kind)


LINEAGE = compose_lineage(
    {
        "d.p.b": [source("x", "d.p.a", "x", D), source("y", "d.p.a", "x", I), source("y", "d.p.a", "a.dotted", D)],
        "d.q.c": [source("z", "d.p.b", "y", D), source("z", "e.r.other", "k", I)],
        "d.q.e": [source("w", "d.q.c", "z", I)],
    }
)


def edge(origin: str, target: str, kind: Influence) -> ColumnEdge:
    return ColumnEdge(source=origin, target=target, kind=kind)


def test_statements_compose_to_edges_by_dataset() -> None:
    assert LINEAGE.edges["d.q.c"] == (
        edge("d.p.b.y", "d.q.c.z", D),
        edge("e.r.other.k", "d.q.c.z", I),
    )
    assert set(LINEAGE.edges) == {"d.p.b", "d.q.c", "d.q.e"}


def test_upstream_of_a_column_is_everything_on_the_way_into_it() -> None:
    assert upstream_columns(LINEAGE, "d.q.c.z") == (
        edge("d.p.a.a.dotted", "d.p.b.y", D),
        edge("d.p.a.x", "d.p.b.y", I),
        edge("d.p.b.y", "d.q.c.z", D),
        edge("e.r.other.k", "d.q.c.z", I),
    )


def test_downstream_of_a_column_is_everything_on_the_way_out_of_it() -> None:
    assert downstream_columns(LINEAGE, "d.p.a.x") == (
        edge("d.p.a.x", "d.p.b.x", D),
        edge("d.p.a.x", "d.p.b.y", I),
        edge("d.p.b.y", "d.q.c.z", D),
        edge("d.q.c.z", "d.q.e.w", I),
    )


def test_a_dataset_stands_for_all_its_columns() -> None:
    assert upstream_columns(LINEAGE, "d.p.b") == LINEAGE.edges["d.p.b"]
    assert len(downstream_columns(LINEAGE, "d.p.b")) == 2
    assert upstream_columns(LINEAGE, "d.p.a") == ()
    assert downstream_columns(LINEAGE, "no.such.thing") == ()


def test_used_columns_are_named_without_their_dataset() -> None:
    assert used_columns(LINEAGE, "d.p.b", "d.p.a") == ("a.dotted", "x")
    assert used_columns(LINEAGE, "d.q.c", "e.r.other") == ("k",)
    assert used_columns(LINEAGE, "d.q.c", "d.p.a") == ()

"""Lineage that goes on through outside jobs: from dataset to dataset, and from column to column where jobs told so.

Between datasets an edge is indirect where a job told how the columns of what it writes come about, and none of them takes a value
from what it reads. Where it told nothing of columns, every dataset that it reads counts as one that its values come of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain

from meshwright.app.opened import OpenedMesh
from meshwright.app.outside_told import seen_nodes, seen_works
from meshwright.app.outside_told_columns import Column, Coming, OutsideColumns
from meshwright.app.outside_told_map import JoinedMap, OutsideWork
from meshwright.app.reports import LineageReport, OutsideLineage, OutsideLineageJob
from meshwright.graph import Graph
from meshwright.graph.lineage import ColumnLineage
from meshwright.sql import Influence


def beyond_datasets(opened: OpenedMesh, joined: JoinedMap, dataset: str) -> LineageReport:
    """Return everything up and down stream of a dataset, by key, through outside jobs too."""
    graph = opened.graph
    upper, lower = reached_up(graph, joined, dataset), reached_down(graph, joined, dataset)
    pairs = {
        (parent, child)
        for members in (upper, lower)
        for child in members
        for parent in chain(graph.parents.get(child, ()), joined.above(child))
        if parent in members
    }
    works = {(parent, child): _works_between(joined, parent, child) for parent, child in pairs}
    columns = OutsideColumns(opened, joined, {})
    columns.expect({child for (_, child), between in works.items() if between})
    found = {
        (
            parent,
            child,
            Influence.DIRECT
            if parent in graph.parents.get(child, ())
            else columns.kind_between(parent, child, works[parent, child]),
        )
        for parent, child in pairs
    }
    return LineageReport(
        object=joined.shown(dataset),
        nodes=tuple(sorted({joined.shown(key) for key in upper | lower})),
        edges=tuple(sorted((joined.shown(source), joined.shown(target), kind) for source, target, kind in found)),
        outside=_told(opened, joined, upper, lower),
    )


def beyond_columns(
    opened: OpenedMesh, joined: JoinedMap, column: str, ours: ColumnLineage, known: Mapping[str, Collection[str]]
) -> LineageReport:
    """Return everything up and down stream of a column of ours; `known` are the columns of our datasets, by address."""
    start = _split(column)
    columns = OutsideColumns(opened, joined, known)
    into: dict[Column, list[Coming]] = defaultdict(list)
    out_of: dict[Column, list[Coming]] = defaultdict(list)
    for edges in ours.edges.values():
        for edge in edges:
            coming = Coming(source=_split(edge.source), target=_split(edge.target), kind=edge.kind)
            into[coming.target].append(coming)
            out_of[coming.source].append(coming)
    graph, dataset = opened.graph, start[0]
    # A column comes of columns of what its dataset comes of: what is beside both ways is not read.
    columns.expect(reached_up(graph, joined, dataset) | reached_down(graph, joined, dataset))
    for coming in columns.all():
        into[coming.target].append(coming)
        out_of[coming.source].append(coming)
    found = {
        *_walk(start, into, lambda coming: coming.source),
        *_walk(start, out_of, lambda coming: coming.target),
    }
    reached = {start, *(each.source for each in found), *(each.target for each in found)}
    keys = {key for key, _ in reached}
    return LineageReport(
        object=column,
        nodes=tuple(sorted({_shown_column(joined, each) for each in reached})),
        edges=tuple(
            sorted(
                {(_shown_column(joined, each.source), _shown_column(joined, each.target), each.kind) for each in found}
            )
        ),
        outside=_told(opened, joined, keys, keys),
    )


def reached_up(graph: Graph, joined: JoinedMap, dataset: str) -> set[str]:
    """Return a dataset and everything that it is made from, by keys, through outside jobs too."""
    return _closure(dataset, lambda key: chain(graph.parents.get(key, ()), joined.above(key)))


def reached_down(graph: Graph, joined: JoinedMap, dataset: str) -> set[str]:
    """Return a dataset and everything that is made from it, by keys, through outside jobs too."""
    return _closure(dataset, lambda key: chain(graph.children.get(key, ()), joined.below(key)))


def _works_between(joined: JoinedMap, parent: str, child: str) -> list[OutsideWork]:
    return [work for work in joined.writers.get(child, ()) if parent in work.reads]


def _closure(start: str, beside: Callable[[str], Iterable[str]]) -> set[str]:
    seen, stack = {start}, [start]
    while stack:
        for key in beside(stack.pop()):
            if key not in seen:
                seen.add(key)
                stack.append(key)
    return seen


def _walk(start: Column, edges: Mapping[Column, list[Coming]], far_end: Callable[[Coming], Column]) -> set[Coming]:
    found: set[Coming] = set()
    seen, stack = {start}, [start]
    while stack:
        for coming in edges.get(stack.pop(), ()):
            found.add(coming)
            column = far_end(coming)
            if column not in seen:
                seen.add(column)
                stack.append(column)
    return found


def _told(
    opened: OpenedMesh, joined: JoinedMap, upper: Collection[str], lower: Collection[str]
) -> OutsideLineage | None:
    """Return the outside datasets among some, and the jobs that make those above or read those below."""
    nodes = [node for key in {*upper, *lower} if (node := joined.node(key)) is not None and node.address is None]
    makers = (work for key in upper for work in joined.writers.get(key, ()))
    users = (work for key in lower for work in joined.readers.get(key, ()))
    works = {work.id: work for work in chain(makers, users)}
    if not nodes and not works:
        return None
    return OutsideLineage(
        datasets=seen_nodes(opened, sorted(nodes, key=lambda node: node.name)),
        jobs=tuple(
            OutsideLineageJob(
                work=work,
                reads=tuple(sorted(joined.shown(key) for key in work.reads)),
                writes=tuple(sorted(joined.shown(key) for key in work.writes)),
            )
            for work in seen_works(
                opened, sorted(works.values(), key=lambda work: (work.job is None, work.shown, work.id))
            )
        ),
    )


def _shown_column(joined: JoinedMap, column: Column) -> str:
    return f"{joined.shown(column[0])}.{column[1]}"


def _split(column: str) -> Column:
    """Part ``domain.product.dataset.column``: names of columns may hold points."""
    parts = column.split(".", 3)
    return ".".join(parts[:3]), parts[3]

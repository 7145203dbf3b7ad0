"""Lineage that goes on through outside jobs: from dataset to dataset, and from column to column where jobs told so.

Between datasets an edge is indirect where a job told how the columns of what it writes come about, and none of them takes a value
from what it reads. Where it told nothing of columns, every dataset that it reads counts as one that its values come of.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any  # facets are JSON of others

from meshwright.app.opened import OpenedMesh
from meshwright.app.outside_told_map import JoinedMap, OutsideNode, OutsideWork
from meshwright.app.reports import LineageReport, OutsideLineage, OutsideLineageJob
from meshwright.files.standards.dataset_names import normal_name
from meshwright.frozen import dataclass
from meshwright.graph import Graph
from meshwright.graph.lineage import ColumnLineage
from meshwright.model.told import FacetOf, ToldName, dataset_id
from meshwright.sql import Influence

#: A dataset by its key, and one of its columns.
_Column = tuple[str, str]
_COLUMN_LINEAGE, _SCHEMA = "columnLineage", "schema"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Coming:
    """How a column comes of another."""

    source: _Column
    target: _Column
    kind: Influence


def beyond_datasets(opened: OpenedMesh, joined: JoinedMap, dataset: str) -> LineageReport:
    """Return everything up and down stream of a dataset of ours, through outside jobs too."""
    above, below, by_jobs = _neighbours(opened.graph, joined)
    upper = _closure(dataset, lambda key: above.get(key, ()))
    lower = _closure(dataset, lambda key: below.get(key, ()))
    pairs = {
        (parent, child)
        for members in (upper, lower)
        for child in members
        for parent in above.get(child, ())
        if parent in members
    }
    columns = _Columns(opened, joined)
    columns.expect({child for parent, child in pairs if (parent, child) in by_jobs})
    parents = opened.graph.parents
    found = {
        (
            parent,
            child,
            Influence.DIRECT
            if parent in parents.get(child, ())
            else columns.kind_between(parent, child, by_jobs.get((parent, child), ())),
        )
        for parent, child in pairs
    }
    nodes = upper | lower
    return LineageReport(
        object=dataset,
        nodes=tuple(sorted({_shown(joined, key) for key in nodes})),
        edges=tuple(sorted((_shown(joined, source), _shown(joined, target), kind) for source, target, kind in found)),
        outside=_told(joined, upper, lower),
    )


def beyond_columns(
    opened: OpenedMesh, joined: JoinedMap, column: str, ours: ColumnLineage, known: Mapping[str, Collection[str]]
) -> LineageReport:
    """Return everything up and down stream of a column of ours; `known` are the columns of our datasets, by address."""
    start = _split(column)
    columns = _Columns(opened, joined)
    into: dict[_Column, list[_Coming]] = defaultdict(list)
    out_of: dict[_Column, list[_Coming]] = defaultdict(list)
    for edges in ours.edges.values():
        for edge in edges:
            coming = _Coming(source=_split(edge.source), target=_split(edge.target), kind=edge.kind)
            into[coming.target].append(coming)
            out_of[coming.source].append(coming)
    columns.expect(key for work in joined.works.values() for key in work.writes)
    for coming in columns.all(known):
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
        outside=_told(joined, keys, keys),
    )


class _Columns:
    """How columns come about in outside jobs, as far as facets tell; read from the state when they are asked for."""

    def __init__(self, opened: OpenedMesh, joined: JoinedMap) -> None:
        self._outside = opened.state.outside
        self._joined = joined
        #: (job, key of what it writes) -> the facet.
        self._facets: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._schemas: dict[str, frozenset[str]] = {}

    def expect(self, keys: Iterable[str]) -> None:
        """Read what is told of the columns of some datasets."""
        nodes = [node for key in set(keys) if (node := self._joined.node(key)) is not None]
        ids = [id_ for node in nodes for id_ in node.ids]
        for facet in self._outside.facets(FacetOf.WRITING, ids, [_COLUMN_LINEAGE]):
            self._facets[facet.beside, self._joined.keys[facet.object]] = json.loads(facet.document)

    def kind_between(self, parent: str, child: str, works: Iterable[OutsideWork]) -> Influence:
        """Say how a dataset comes of another through some jobs: directly, where it does so through one of them."""
        kinds = {self._kind(parent, child, work) for work in works}
        return Influence.INDIRECT if kinds == {Influence.INDIRECT} else Influence.DIRECT

    def all(self, known: Mapping[str, Collection[str]]) -> Iterator[_Coming]:
        """Yield how every column comes of others, those that a source of ours takes over by its name among them."""
        spelled = {key: {name.casefold(): name for name in names} for key, names in known.items()}

        def column(key: str, name: str) -> _Column:
            # Some databases write all names in capitals: ours are found without letter case.
            return key, spelled.get(key, {}).get(name.casefold(), name)

        for (_, key), facet in self._facets.items():
            fields = facet.get("fields") or {}
            for target, source, name, kind in self._inputs(facet):
                for each in fields if target is None else (target,):
                    yield _Coming(source=column(source, name), target=column(key, each), kind=kind)
        for key, address in self._joined.fed:
            for name in self._columns_of(key, known):
                if name.casefold() in spelled.get(address, {}):
                    yield _Coming(source=column(key, name), target=column(address, name), kind=Influence.DIRECT)

    def _columns_of(self, key: str, known: Mapping[str, Collection[str]]) -> Iterable[str]:
        """Return the names of the columns of a dataset, as far as they are told."""
        if key in known:
            return known[key]
        fields = (facet.get("fields") or {} for (_, written), facet in self._facets.items() if written == key)
        told = {name for columns in fields for name in columns}
        node = self._joined.nodes[key]
        for facet in self._outside.facets(FacetOf.DATASET, node.ids, [_SCHEMA]):
            told |= {str(each["name"]) for each in json.loads(facet.document).get("fields") or ()}
        return sorted(told)

    def _kind(self, parent: str, child: str, work: OutsideWork) -> Influence:
        facet = self._facets.get((work.id, child))
        if facet is None:
            return Influence.DIRECT
        kinds = {kind for _, source, _, kind in self._inputs(facet) if source == parent}
        return Influence.DIRECT if Influence.DIRECT in kinds else Influence.INDIRECT

    def _inputs(self, facet: Mapping[str, Any]) -> Iterator[tuple[str | None, str, str, Influence]]:
        """Yield (column, key, column of that, how); the first is None for what bears on all columns."""
        for column, body in (facet.get("fields") or {}).items():
            for each in body.get("inputFields") or ():
                yield from self._input(column, each)
        for each in facet.get("dataset") or ():
            yield from self._input(None, each)

    def _input(self, column: str | None, each: Mapping[str, Any]) -> Iterator[tuple[str | None, str, str, Influence]]:
        name = normal_name(ToldName(namespace=each["namespace"], name=each["name"]))
        key = self._joined.keys.get(dataset_id(name))
        if key is None:  # a dataset of another environment of ours
            return
        types = {str(each.get("type", "DIRECT")).upper() for each in each.get("transformations") or ()}
        is_indirect = types == {"INDIRECT"} or (not types and column is None)
        yield column, key, each["field"], Influence.INDIRECT if is_indirect else Influence.DIRECT


def _neighbours(
    graph: Graph, joined: JoinedMap
) -> tuple[dict[str, set[str]], dict[str, set[str]], dict[tuple[str, str], list[OutsideWork]]]:
    """Return what is right above and right below each dataset, and the outside jobs between two."""
    above: dict[str, set[str]] = defaultdict(set)
    by_jobs: dict[tuple[str, str], list[OutsideWork]] = defaultdict(list)
    for child, parents in graph.parents.items():
        above[child].update(parents)
    for work in joined.works.values():
        for read in work.reads:
            for written in work.writes:
                if read != written:
                    above[written].add(read)
                    by_jobs[read, written].append(work)
    for key, source in joined.fed:
        above[source].add(key)
    below: dict[str, set[str]] = defaultdict(set)
    for child, made_from in above.items():
        for parent in made_from:
            below[parent].add(child)
    return above, below, by_jobs


def _closure(start: str, beside: Callable[[str], Collection[str]]) -> set[str]:
    seen, stack = {start}, [start]
    while stack:
        for key in beside(stack.pop()):
            if key not in seen:
                seen.add(key)
                stack.append(key)
    return seen


def _walk(
    start: _Column, edges: Mapping[_Column, list[_Coming]], far_end: Callable[[_Coming], _Column]
) -> set[_Coming]:
    found: set[_Coming] = set()
    seen, stack = {start}, [start]
    while stack:
        for coming in edges.get(stack.pop(), ()):
            found.add(coming)
            column = far_end(coming)
            if column not in seen:
                seen.add(column)
                stack.append(column)
    return found


def _told(joined: JoinedMap, upper: Collection[str], lower: Collection[str]) -> OutsideLineage | None:
    """Return the outside datasets among some, and the jobs that make those above or read those below."""
    keys = {*upper, *lower}
    nodes: list[OutsideNode] = [node for node in joined.outside() if node.key in keys]
    works = [
        work
        for work in joined.works.values()
        if any(key in upper for key in work.writes) or any(key in lower for key in work.reads)
    ]
    if not nodes and not works:
        return None
    return OutsideLineage(
        datasets=tuple(nodes),
        jobs=tuple(
            OutsideLineageJob(
                work=work,
                reads=tuple(sorted(_shown(joined, key) for key in work.reads)),
                writes=tuple(sorted(_shown(joined, key) for key in work.writes)),
            )
            for work in works
        ),
    )


def _shown(joined: JoinedMap, key: str) -> str:
    node = joined.node(key)
    return key if node is None else node.shown


def _shown_column(joined: JoinedMap, column: _Column) -> str:
    return f"{_shown(joined, column[0])}.{column[1]}"


def _split(column: str) -> _Column:
    """Part ``domain.product.dataset.column``: names of columns may hold points."""
    parts = column.split(".", 3)
    return ".".join(parts[:3]), parts[3]

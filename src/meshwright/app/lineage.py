"""The verb `lineage`: what a dataset or column is made from, and what is made from it."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from meshwright.app.judged_kept import look
from meshwright.app.judged_mesh import Judged
from meshwright.app.lineage_left import left_lineage
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.outside_told import find_outside, joined_map
from meshwright.app.outside_told_lineage import beyond_columns, beyond_datasets
from meshwright.app.outside_told_map import OutsideNode
from meshwright.app.reports import LineageReport, OutsideLineage
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.frozen import dataclass
from meshwright.graph import ancestors, descendants
from meshwright.graph.lineage import ColumnEdge, downstream_columns, upstream_columns
from meshwright.graph.walk import near
from meshwright.model import Version
from meshwright.sql import Influence

_PARTS_OF_A_DATASET = 3


class Direction(enum.StrEnum):
    """Which way lineage is followed."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True, slots=True)
class LineageOptions:
    """How lineage is followed."""

    direction: Direction = Direction.BOTH
    #: So many edges from the object at most, None for all.
    depth: int | None = None

    @property
    def is_up(self) -> bool:
        """Whether what it is made from is asked for."""
        return self.direction is not Direction.DOWN

    @property
    def is_down(self) -> bool:
        """Whether what is made from it is asked for."""
        return self.direction is not Direction.UP


_EVERYTHING = LineageOptions()


def lineage(
    workspace: Workspace, name: str, environment: str = "prod", options: LineageOptions = _EVERYTHING
) -> LineageReport:
    """Return what is up and down stream of a dataset (``d.p.dataset``, or as outside tools call it) or column
    (``d.p.dataset.column``).

    Raises InputError (MW-R011) for an unknown one.
    """
    with open_mesh(workspace, environment) as opened:
        if opened.mesh.node(name) is not None:
            return _datasets(opened, name, options)
        if name.count(".") == _PARTS_OF_A_DATASET and opened.mesh.node(name.rpartition(".")[0]) is not None:
            return _columns(opened, name, options)
        outside = find_outside(opened, name)
        if isinstance(outside, OutsideNode):
            return _datasets(opened, outside.key, options)
        raise InputError(unknown_name(opened, name))


def unknown_name(opened: OpenedMesh, name: str) -> Diagnostic:
    """Return the finding for a name that is neither a dataset nor a column, with the names that are like it."""
    return Diagnostic(
        code="MW-R011",
        message=f"no dataset or column is called {name!r}",
        fix=known_names_hint(name, set(opened.graph.order), what="datasets"),
    )


def find_column(judged: Judged, column: str) -> tuple[str, str]:
    """Return dataset and name of a column. Raises InputError (MW-R011) where the dataset has none of that name."""
    dataset, _, short = column.rpartition(".")
    columns = {known.name for known in judged.typed.columns.get(dataset, ())}
    if columns and short not in columns:
        raise InputError(
            Diagnostic(
                code="MW-R011",
                message=f"dataset {dataset} has no column {short!r}",
                fix=known_names_hint(short, columns, what="columns"),
            )
        )
    return dataset, short


def _datasets(opened: OpenedMesh, dataset: str, options: LineageOptions) -> LineageReport:
    joined = joined_map(opened)
    if joined.nodes:
        return _followed(beyond_datasets(opened, joined, dataset), options)
    graph, depth = opened.graph, options.depth
    upper, lower = frozenset({dataset}), frozenset({dataset})
    if options.is_up:
        upper |= ancestors(graph, {dataset}) if depth is None else near(graph.parents, dataset, depth)
    if options.is_down:
        lower |= descendants(graph, {dataset}) if depth is None else near(graph.children, dataset, depth)
    edges = {
        (parent, child, Influence.DIRECT)
        for members in (upper, lower)
        for child in members
        for parent in graph.parents.get(child, ())
        if parent in members
    }
    return LineageReport(object=dataset, nodes=tuple(sorted(upper | lower)), edges=tuple(sorted(edges)))


def _followed(report: LineageReport, options: LineageOptions) -> LineageReport:
    """Return of a report, which holds everything, what is asked for."""
    if options == _EVERYTHING:
        return report
    kept: set[tuple[str, str, Influence]] = set()
    left: dict[int, set[str]] = {}
    for is_asked, here, there in ((options.is_up, 1, 0), (options.is_down, 0, 1)):
        reached, edge_of = {report.object}, {report.object}
        left[there] = set()
        steps = 0
        while is_asked and edge_of and (options.depth is None or steps < options.depth):
            left[there] |= edge_of
            found = {edge for edge in report.edges if edge[here] in edge_of}
            kept |= found
            edge_of = {str(edge[there]) for edge in found} - reached
            reached |= edge_of
            steps += 1
    nodes = {report.object, *(edge[0] for edge in kept), *(edge[1] for edge in kept)}
    outside = _outside_followed(report.outside, nodes, above=left[0], below=left[1])
    return replace(report, nodes=tuple(sorted(nodes)), edges=tuple(sorted(kept)), outside=outside)


def _outside_followed(
    outside: OutsideLineage | None, nodes: set[str], *, above: set[str], below: set[str]
) -> OutsideLineage | None:
    """Return of what is outside what belongs to some nodes; jobs are those that lie right above, and right below, some of them."""
    if outside is None:
        return None

    def among(names: Iterable[str], found: set[str]) -> bool:
        """Whether a dataset, or a column of it, is among those that were found."""
        return any(name in found or any(each.startswith(f"{name}.") for each in found) for name in names)

    datasets = tuple(node for node in outside.datasets if among([node.shown], nodes))
    jobs = tuple(job for job in outside.jobs if among(job.writes, above) or among(job.reads, below))
    return OutsideLineage(datasets=datasets, jobs=jobs) if datasets or jobs else None


def _columns(opened: OpenedMesh, column: str, options: LineageOptions) -> LineageReport:
    looked = look(opened)
    dataset, _ = find_column(looked.judged, column)
    found = looked.lineage
    joined = joined_map(opened)
    if joined.nodes:
        known = {address: [each.name for each in columns] for address, columns in looked.judged.typed.columns.items()}
        with looked.following:
            report = _followed(beyond_columns(opened, joined, column, found, known), options)
        ours = {".".join(name.split(".", 3)[:3]) for name in report.nodes} & opened.graph.parents.keys()
        return replace(report, notes=tuple(_notes(opened, looked.published.versions, ours)))
    edges: set[ColumnEdge] = set()
    with looked.following:
        if options.is_up:
            edges |= set(upstream_columns(found, column, options.depth))
        if options.is_down:
            edges |= set(downstream_columns(found, column, options.depth, among=_below(opened, dataset)))
    nodes = {column, *(edge.source for edge in edges), *(edge.target for edge in edges)}
    return LineageReport(
        object=column,
        nodes=tuple(sorted(nodes)),
        edges=tuple(sorted((edge.source, edge.target, edge.kind) for edge in edges)),
        notes=tuple(_notes(opened, looked.published.versions, {".".join(name.split(".", 3)[:3]) for name in nodes})),
    )


def _below(opened: OpenedMesh, dataset: str) -> frozenset[str]:
    """Return the datasets that may be made from one: of what jobs leave the graph knows the nodes alone, so all are."""
    jobs = {node.address for node in opened.mesh.all_nodes() if node.outside is not None or node.table_of is not None}
    return descendants(opened.graph, {dataset, *jobs}) | jobs


def _notes(opened: OpenedMesh, versions: Mapping[str, Version], datasets: set[str]) -> Iterator[str]:
    """Say of which datasets beside `datasets`, or among them, columns cannot be followed, for a job makes them."""
    left = left_lineage(opened, versions)
    if left is None:
        return
    beside = {
        table
        for dataset in datasets
        for child in opened.graph.children.get(dataset, ())
        if (job := opened.mesh.node(child)) is not None
        for table in left.tables_of(job)
    }
    above = {parent for dataset in datasets for parent in opened.graph.parents.get(dataset, ())}
    for dataset in sorted(datasets | beside | above):
        node = opened.mesh.node(dataset)
        if node is not None and (note := left.note(node)) is not None:
            yield note

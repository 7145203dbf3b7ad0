"""The verb `lineage`: what a dataset or column is made from, and what is made from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from meshwright.app.judged import Judged, judge_mesh
from meshwright.app.lineage_left import left_lineage
from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.outside_told import joined_map
from meshwright.app.outside_told_lineage import beyond_columns, beyond_datasets
from meshwright.app.reports import LineageReport
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.graph import ancestors, descendants
from meshwright.graph.lineage import downstream_columns, upstream_columns
from meshwright.model import Version
from meshwright.sql import Influence

_PARTS_OF_A_DATASET = 3


def lineage(workspace: Workspace, name: str, environment: str = "prod") -> LineageReport:
    """Return everything up and down stream of a dataset (``d.p.dataset``) or column (``d.p.dataset.column``).

    Raises InputError (MW-R011) for an unknown one.
    """
    with open_mesh(workspace, environment) as opened:
        if opened.mesh.node(name) is not None:
            return _datasets(opened, name)
        if name.count(".") == _PARTS_OF_A_DATASET and opened.mesh.node(name.rpartition(".")[0]) is not None:
            return _columns(opened, name)
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


def _datasets(opened: OpenedMesh, dataset: str) -> LineageReport:
    joined = joined_map(opened)
    if joined.nodes:
        return beyond_datasets(opened, joined, dataset)
    graph = opened.graph
    upper = ancestors(graph, {dataset}) | {dataset}
    lower = descendants(graph, {dataset}) | {dataset}
    edges = {
        (parent, child, Influence.DIRECT)
        for members in (upper, lower)
        for child in members
        for parent in graph.parents.get(child, ())
        if parent in members
    }
    return LineageReport(object=dataset, nodes=tuple(sorted(upper | lower)), edges=tuple(sorted(edges)))


def _columns(opened: OpenedMesh, column: str) -> LineageReport:
    published = read_published(opened.state.reader, opened.environment).versions
    judged = judge_mesh(opened, published, {})
    find_column(judged, column)
    found = judged.typed.lineage
    joined = joined_map(opened)
    if joined.nodes:
        known = {address: [each.name for each in columns] for address, columns in judged.typed.columns.items()}
        report = beyond_columns(opened, joined, column, found, known)
        ours = {".".join(name.split(".", 3)[:3]) for name in report.nodes} & opened.graph.parents.keys()
        return replace(report, notes=tuple(_notes(opened, published, ours)))
    edges = {*upstream_columns(found, column), *downstream_columns(found, column)}
    nodes = {column, *(edge.source for edge in edges), *(edge.target for edge in edges)}
    return LineageReport(
        object=column,
        nodes=tuple(sorted(nodes)),
        edges=tuple(sorted((edge.source, edge.target, edge.kind) for edge in edges)),
        notes=tuple(_notes(opened, published, {".".join(name.split(".", 3)[:3]) for name in nodes})),
    )


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

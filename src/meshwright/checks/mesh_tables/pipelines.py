"""Rows of what is built: datasets, nodes, edges, tests, published versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from meshwright.checks.mesh_tables.facts import MeshFacts, Row, place
from meshwright.checks.mesh_tables.ports import datasets_promised, promised_words
from meshwright.model import dataset_name, domain_of, product_of


def dataset_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.datasets`."""
    holders = datasets_promised(facts.mesh)
    for node in facts.mesh.nodes():
        if not node.has_dataset:
            continue
        address = node.address
        ports = holders.get(address, ())
        description, tags = promised_words(ports, address)
        columns = facts.columns.get(address)
        version = facts.versions.get(address)
        yield (
            address,
            product_of(address),
            domain_of(address),
            dataset_name(address),
            node.kind,
            node.description or description,
            tuple(dict.fromkeys((*node.tags, *tags))),
            tuple(port.address for port in ports),
            None if columns is None else len(columns),
            len(facts.checks.get(address, ())),
            version.id if version else None,
            version.rows if version else None,
            *place(node.span),
        )


def node_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.nodes`."""
    for node in facts.mesh.nodes():
        address = node.address
        yield (
            address,
            product_of(address),
            domain_of(address),
            dataset_name(address),
            node.kind,
            node.is_opaque,
            node.is_deterministic,
            node.is_view,
            node.engine,
            node.description,
            node.tags,
            node.read_datasets,
            node.after,
            node.param_names,
            *place(node.span),
        )


def edge_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.edges`."""
    for node in facts.mesh.nodes():
        reads = dict.fromkeys(node.read_datasets, "reads")
        for source, kind in {**dict.fromkeys(node.after, "after"), **reads}.items():
            product, domain = product_of(source), domain_of(source)
            own, home = product_of(node.address), domain_of(node.address)
            yield (
                source,
                product,
                domain,
                node.address,
                own,
                home,
                kind,
                product != own,
                domain != home,
                *place(node.span),
            )


def column_edge_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.column_edges`."""
    for dataset, edges in sorted(facts.lineage.edges.items()):
        node = facts.mesh.node(dataset)
        where = place(node.span if node else None)
        home = (dataset, product_of(dataset), domain_of(dataset))
        for edge in edges:
            # A column's own name may hold dots.
            source_dataset = ".".join(edge.source.split(".", 3)[:3])
            yield (edge.source, source_dataset, edge.target, *home, edge.kind.value, *where)


def test_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.tests`."""
    for dataset, specs in sorted(facts.checks.items()):
        for spec in specs:
            yield (
                spec.id,
                dataset,
                product_of(dataset),
                domain_of(dataset),
                spec.action.value,
                spec.metric.value,
                spec.columns,
                spec.origin,
                spec.port,
                spec.description,
                *place(spec.span),
            )


def version_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.versions`."""
    for dataset, version in sorted(facts.versions.items()):
        node = facts.mesh.node(dataset)
        built = version.created_at.astimezone(dt.UTC).replace(tzinfo=None) if version.created_at else None
        yield (
            version.id,
            dataset,
            product_of(dataset),
            domain_of(dataset),
            facts.environment,
            version.rows,
            version.size_bytes,
            version.node_kind,
            built,
            version.run_id or None,
            *place(node.span if node else None),
        )

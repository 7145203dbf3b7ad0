"""From the mesh to the rows of one table. Only tables that a policy reads are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from meshwright.checks.mesh_tables import owners, pipelines, ports
from meshwright.checks.mesh_tables.declared import BY_NAME
from meshwright.checks.mesh_tables.facts import MeshFacts, Row

_MAKERS: Mapping[str, Callable[[MeshFacts], Iterable[Row]]] = MappingProxyType(
    {
        "mesh.domains": owners.domain_rows,
        "mesh.products": owners.product_rows,
        "mesh.ports": ports.port_rows,
        "mesh.contracts": ports.contract_rows,
        "mesh.service_levels": ports.service_level_rows,
        "mesh.datasets": pipelines.dataset_rows,
        "mesh.columns": ports.column_rows,
        "mesh.nodes": pipelines.node_rows,
        "mesh.edges": pipelines.edge_rows,
        "mesh.column_edges": pipelines.column_edge_rows,
        "mesh.tests": pipelines.test_rows,
        "mesh.owners": owners.owner_rows,
        "mesh.consumers": owners.consumer_rows,
        "mesh.parameters": owners.parameter_rows,
        "mesh.versions": pipelines.version_rows,
        "mesh.environments": owners.environment_rows,
        "mesh.policies": owners.policy_rows,
        "mesh.exemptions": owners.exemption_rows,
    }
)


def make_rows(table: str, facts: MeshFacts) -> tuple[Row, ...]:
    """Return the rows of `table` (``mesh.ports``), in a stable order, each to the order of its declared columns."""
    width = len(BY_NAME[table].columns)
    rows = tuple(_MAKERS[table](facts))
    assert all(len(row) == width for row in rows), table
    return rows

"""Column lineage of what jobs of tools left: recorded with the version of the node, and looked up when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.app.opened import OpenedMesh
from meshwright.model import Mesh, Node, Version, plain_address, product_of
from meshwright.model.outside import JobOutcome, LeftSource, outcome_of
from meshwright.plan.identities import node_definition
from meshwright.sql import ColumnSource, Influence
from meshwright.state.protocol import Reader


class LeftLineage:
    """Finds what nodes' jobs left. Each node is looked up once, when its lineage is first asked for."""

    def __init__(self, mesh: Mesh, reader: Reader, versions: Mapping[str, Version]) -> None:
        self._mesh = mesh
        self._reader = reader
        self._versions = versions
        self._outcomes: dict[str, JobOutcome | None] = {}

    def of(self, node: Node) -> tuple[ColumnSource, ...] | None:
        """Return the lineage of a dataset that a job left; None where none did, or nobody knows it."""
        job = self._job_of(node)
        if job is None:
            return None
        if job.address not in self._outcomes:
            self._outcomes[job.address] = self._outcome(job)
        outcome = self._outcomes[job.address]
        return column_sources(self._mesh, node, outcome.lineage) if outcome is not None else None

    def note(self, node: Node) -> str | None:
        """Say why columns of a dataset that a job leaves are not followed; None where they are, or no job leaves it."""
        job = self._job_of(node)
        if job is None or job.outside is None or self.of(node) is not None:
            return None
        if self._outcomes[job.address] is None:
            why = f"they are known when {job.address} has run"
        else:
            why = f"{job.outside.tool} told nothing of them"
        return f"columns of {node.address} are not followed, only tables: {why}"

    def tables_of(self, job: Node) -> tuple[str, ...]:
        """Return the addresses of the datasets that a node of a tool leaves, sorted."""
        return tuple(sorted(left_datasets(self._mesh, job).values())) if job.outside is not None else ()

    def _job_of(self, node: Node) -> Node | None:
        if node.table_of is not None:
            return self._mesh.node(node.table_of.node)
        return node if node.outside is not None and node.has_dataset else None

    def _outcome(self, node: Node) -> JobOutcome | None:
        """Return the outcome that stands; else the newest of a job of this definition, else the newest."""
        standing = self._versions.get(node.address)
        if standing is not None and standing.outcome is not None:
            return outcome_of(standing.outcome)
        left = [each for each in self._reader.versions_of(plain_address(node.address)) if each.outcome is not None]
        if not left:
            return None
        definition = node_definition(node)[0]
        found = next((each for each in left if each.fingerprint == definition), left[0])
        return outcome_of(found.outcome or "{}")


def left_lineage(opened: OpenedMesh, versions: Mapping[str, Version]) -> LeftLineage | None:
    """Return the lineage that jobs left; None where no node is of a tool. `versions` are those that stand, by address."""
    if all(node.outside is None for node in opened.mesh.nodes()):
        return None
    return LeftLineage(opened.mesh, opened.state.reader, versions)


def left_sources(mesh: Mesh, node: Node, outcome: str) -> tuple[ColumnSource, ...]:
    """Return the lineage of a dataset as the job told it whose outcome, as it is kept, this is; nothing where it did not."""
    return column_sources(mesh, node, outcome_of(outcome).lineage) or ()


def column_sources(
    mesh: Mesh, node: Node, lineage: Mapping[str, tuple[LeftSource, ...]]
) -> tuple[ColumnSource, ...] | None:
    """Return what the columns of a dataset that a job left come of, by addresses; what the files do not name is left out.

    None where the job did not tell.
    """
    job = mesh.node(node.table_of.node) if node.table_of is not None else node
    name = node.table_of.name if node.table_of is not None else node.address.rpartition(".")[2]
    if job is None or job.outside is None or name not in lineage:
        return None
    inputs = {given.name: given.dataset for given in job.outside.inputs}
    datasets = left_datasets(mesh, job)
    found = ((each, (inputs if each.is_input else datasets).get(each.name)) for each in lineage[name])
    return tuple(
        ColumnSource(
            output=each.output,
            table=address,
            column=each.column,
            kind=Influence.DIRECT if each.is_direct else Influence.INDIRECT,
        )
        for each, address in found
        if address is not None
    )


def left_datasets(mesh: Mesh, job: Node) -> Mapping[str, str]:
    """Return the datasets of a job by the names that its tool has for them."""
    product = mesh.product(product_of(job.address))
    nodes = product.nodes.values() if product is not None else ()
    found = {
        node.table_of.name: node.address
        for node in nodes
        if node.table_of is not None and node.table_of.node == job.address
    }
    return found | ({job.address.rpartition(".")[2]: job.address} if job.has_dataset else {})

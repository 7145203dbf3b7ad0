"""Who sees a change: products and outside jobs that read what changes, and declared consumers of the ports that hold it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from meshwright.graph.lineage import ColumnLineage
from meshwright.model import Mesh, product_of, variation_of
from meshwright.plan.values import Affected, Desired


def foreign_readers(mesh: Mesh) -> tuple[str, ...]:
    """Return the datasets whose lineage is asked for where every dataset changes: those made from another product's."""
    return tuple(
        node.address
        for node in mesh.nodes()
        if any(product_of(dataset) != product_of(node.address) for dataset in node.reads)
    )


def find_affected(
    desired: Desired, changed: Collection[str], outside: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> tuple[Affected, ...]:
    """Return the products that read datasets of `changed` from another product, or whose ports have declared consumers,
    or whose datasets jobs of outside tools read, which `outside` tells by dataset.

    Columns are those of the changed datasets that they read, as far as lineage knows.
    """
    changes = frozenset(changed)
    columns: dict[str, set[str]] = {}
    consumers: dict[str, set[str]] = {}
    children = (child for dataset in changes for child in desired.graph.children.get(dataset, ()))
    # Variations are built when asked for: nobody sees a change through one.
    readers = {child for child in children if variation_of(child) is None and child in desired.nodes}
    reads = {reader: _foreign_reads(desired, reader, changes) for reader in readers}
    foreign = {reader: found for reader, found in reads.items() if found}
    desired.lineage.expect(foreign.keys())
    for reader, found in foreign.items():
        columns.setdefault(product_of(reader), set()).update(_columns_read(desired.lineage, reader, found))
    _add_consumers(desired.mesh, changes, columns, consumers)
    jobs: dict[str, set[str]] = {}
    for dataset in changes & outside.keys():
        jobs.setdefault(product_of(dataset), set()).update(outside[dataset])
    return tuple(
        Affected(
            domain=address.partition(".")[0],
            product=address,
            consumers=tuple(sorted(consumers.get(address, ()))),
            columns=tuple(sorted(columns.get(address, ()))),
            outside=tuple(sorted(jobs.get(address, ()))),
        )
        for address in sorted({*columns, *consumers, *jobs})
    )


def _foreign_reads(desired: Desired, reader: str, changes: frozenset[str]) -> set[str]:
    """Datasets of `changes` and of other products that the reader reads."""
    read = changes.intersection(desired.nodes[reader].node.reads)
    return {dataset for dataset in read if product_of(dataset) != product_of(reader)}


def _columns_read(lineage: ColumnLineage, reader: str, datasets: Collection[str]) -> set[str]:
    """Columns of `datasets` that the reader is made from."""
    return {edge.source for edge in lineage.edges.get(reader, ()) if edge.source.rpartition(".")[0] in datasets}


def _add_consumers(
    mesh: Mesh, changes: frozenset[str], columns: dict[str, set[str]], consumers: dict[str, set[str]]
) -> None:
    """Add declared consumers of ports that hold changed datasets, under the ports' product."""
    for declaring in mesh.products():
        for consumer in declaring.consumers:
            for address, used in consumer.uses:
                owner = address.partition("/")[0]
                found = mesh.product(owner)
                port = found.ports.get(address.partition("/")[2]) if found else None
                held = changes.intersection(port.datasets) if port else frozenset()
                if port and held:
                    consumers.setdefault(owner, set()).add(consumer.name)
                    columns.setdefault(owner, set()).update(_columns_used(port.columns_behind(used), held))


def _columns_used(used: tuple[str, ...], held: frozenset[str]) -> set[str]:
    """The columns that a consumer names, in full; ``dataset.column`` or ``column`` as written."""
    found: set[str] = set()
    for name in used:
        dataset, _, column = name.rpartition(".")
        found.update(
            f"{address}.{column}" for address in held if not dataset or dataset in {address, address.rpartition(".")[2]}
        )
    return found

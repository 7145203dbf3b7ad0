"""What lists say of domains, products and datasets: frozen records, made of the mesh as written and of what is published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache

from meshwright.frozen import dataclass
from meshwright.model import ContractProperty, Node, Port, Product, Version, dataset_name, domain_of
from meshwright.state.records import Pointer


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnSummary:
    """A column of a dataset, as stored or else as promised."""

    name: str
    type: str | None
    description: str | None = None
    classification: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedSummary:
    """The version of a dataset that an environment shows."""

    version: str
    #: Since when it is shown.
    generation: int
    rows: int
    size_bytes: int
    created_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetSummary:
    """A dataset."""

    address: str
    #: ``sql``, ``python``, ``source`` ... as `Node.version_kind`.
    kind: str
    description: str | None
    tags: tuple[str, ...]
    #: Ports that hold it.
    ports: tuple[str, ...]
    columns: tuple[ColumnSummary, ...]
    #: None where nothing was published.
    published: PublishedSummary | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductSummary:
    """A product with its datasets."""

    address: str
    name: str | None
    version: str | None
    status: str | None
    description: str | None
    owners: tuple[str, ...]
    tags: tuple[str, ...]
    #: Addresses.
    ports: tuple[str, ...]
    datasets: tuple[DatasetSummary, ...]
    #: Of the last publication; None where there is none.
    generation: int | None

    @property
    def domain(self) -> str:
        """Name of the domain that it lies in."""
        return domain_of(self.address)


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainSummary:
    """A domain."""

    name: str
    purpose: str
    owners: tuple[str, ...]
    #: Addresses, in order.
    products: tuple[str, ...]


def product_summary(
    product: Product, owners: tuple[str, ...], pointers: Mapping[str, Pointer], versions: Mapping[str, Version]
) -> ProductSummary:
    """Sum a product up. `pointers` are the environment's, by object, and `versions` those that its datasets show."""
    held: dict[str, list[Port]] = {}
    for port in product.ports.values():
        for dataset in port.datasets:
            held.setdefault(dataset, []).append(port)
    standing = pointers.get(product.address)
    return ProductSummary(
        address=product.address,
        name=product.name,
        version=product.version,
        status=product.status,
        description=product.description,
        owners=owners,
        tags=product.tags,
        ports=tuple(sorted(port.address for port in product.ports.values())),
        datasets=tuple(
            dataset_summary(node, held.get(node.address, ()), pointers.get(node.address), versions.get(node.address))
            for _, node in sorted(product.nodes.items())
            if node.has_dataset
        ),
        generation=standing.generation if standing is not None else None,
    )


def dataset_summary(
    node: Node, ports: Sequence[Port], pointer: Pointer | None, version: Version | None
) -> DatasetSummary:
    """Sum a dataset up; `ports` are those that hold it."""
    promised = _promised(dataset_name(node.address), ports)
    objects = [item for port in ports for item in port.contract.objects if item.dataset == dataset_name(node.address)]
    return DatasetSummary(
        address=node.address,
        kind=node.version_kind,
        description=node.description or next((item.description for item in objects if item.description), None),
        tags=tuple(dict.fromkeys((*node.tags, *(tag for item in objects for tag in item.tags)))),
        ports=tuple(sorted(port.address for port in ports)),
        columns=tuple(_columns(node, version, promised)),
        published=None
        if version is None or pointer is None
        else PublishedSummary(
            version=version.id,
            generation=pointer.generation,
            rows=version.rows,
            size_bytes=version.size_bytes,
            created_at=version.created_at,
        ),
    )


def _promised(dataset: str, ports: Sequence[Port]) -> dict[str, ContractProperty]:
    """Return what contracts say of a dataset's columns; the first that names one counts."""
    found: dict[str, ContractProperty] = {}
    for port in ports:
        for item in port.contract.objects:
            if item.dataset == dataset:
                for promised in item.properties:
                    found.setdefault(promised.name, promised)
    return found


def _columns(node: Node, version: Version | None, promised: Mapping[str, ContractProperty]) -> list[ColumnSummary]:
    """Return the columns as stored; of what was never published those that are declared or promised."""
    if version is not None:
        known = {column.name: column.type for column in version.columns}
    else:
        declared = {column.name: column.type for column in node.columns}
        known = {name: each.physical_type or each.logical_type or "" for name, each in promised.items()} | declared
    return [
        _column(name, kind or None, each.description, each.classification, each.tags)
        if (each := promised.get(name)) is not None
        else _column(name, kind or None)
        for name, kind in known.items()
    ]


@lru_cache(maxsize=16384)
def _column(
    name: str,
    kind: str | None,
    description: str | None = None,
    classification: str | None = None,
    tags: tuple[str, ...] = (),
) -> ColumnSummary:
    """Return what is said of a column; a mesh has many alike."""
    return ColumnSummary(name=name, type=kind, description=description, classification=classification, tags=tags)

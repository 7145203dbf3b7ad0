"""What a row of a policy's answer is about: an object of the mesh, its domain, and where it is written."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model import Mesh, dataset_name, domain_of, product_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Violator:
    """The object of a row."""

    #: The most specific that the row names; None where it names nothing.
    address: str | None
    #: None where it belongs to no domain.
    domain: str | None
    span: SourceSpan | None


def find_violator(mesh: Mesh, row: Mapping[str, str | None]) -> Violator:
    """Return what `row` is about.

    `object` (or `address`, as tables of columns call it) says it outright; else it is the most specific of column, port,
    dataset, product and domain. Ports, datasets and columns are addresses, or own names beside the address they lie in.
    """
    address = address_of(row)
    return Violator(address=address, domain=_domain(mesh, address, row), span=_span(mesh, address, row))


def address_of(row: Mapping[str, str | None]) -> str | None:
    """Return the most specific object that a row names."""
    domain, product, dataset, port, column = (
        (row.get(name) or "").strip() or None for name in ("domain", "product", "dataset", "port", "column")
    )
    if product is not None and "." not in product and domain is not None:
        product = f"{domain}.{product}"
    if dataset is not None and "." not in dataset and product is not None:
        dataset = f"{product}.{dataset}"
    if port is not None and "." not in port.partition("/")[0] and product is not None:  # `orders`, or `orders/v2`
        port = f"{product}/{port}"
    if column is not None and column.count(".") < 3:
        column = f"{dataset}.{column}" if dataset is not None else None
    outright = (row.get("object") or "").strip() or (row.get("address") or "").strip()
    return outright or column or port or dataset or product or domain


def _domain(mesh: Mesh, address: str | None, row: Mapping[str, str | None]) -> str | None:
    """Return the domain that the row is about: that of its object, else the one it names, else that of its file."""
    for name in (address, row.get("domain"), row.get("product"), row.get("dataset"), row.get("port")):
        if name and domain_of(name).partition("/")[0] in mesh.domains:
            return domain_of(name).partition("/")[0]
    file = row.get("file")
    if file:
        for name, domain in mesh.domains.items():
            folder = domain.span.file.rpartition("/")[0] if domain.span else ""
            if folder and file.startswith(f"{folder}/"):
                return name
    return None


def _span(mesh: Mesh, address: str | None, row: Mapping[str, str | None]) -> SourceSpan | None:
    """Return the place that the row gives, else the object's own."""
    file, line = row.get("file"), row.get("line") or "1"
    if file:
        return SourceSpan(file=file, line=int(line) if line.isdecimal() and 0 < len(line) < 10 and int(line) else 1)
    return place_of_object(mesh, address) if address else None


def place_of_object(mesh: Mesh, address: str) -> SourceSpan | None:
    """Return where the object at `address` is written; None for an unknown one, or one without a place."""
    product_address, slash, port_name = address.partition("/")
    if slash:
        product = mesh.product(product_address)
        port = product.ports.get(port_name) if product else None
        return (port.contract.span or port.span) if port else None
    parts = address.split(".", 3)
    if len(parts) == 1:
        domain = mesh.domains.get(address)
        return domain.span if domain else None
    if len(parts) == 2:
        product = mesh.product(address)
        return product.span if product else None
    node = mesh.node(".".join(parts[:3]))
    return node.span if node else None


def is_object(mesh: Mesh, address: str) -> bool:
    """Whether the mesh has a domain, product, port or dataset at `address`, or the dataset of a column."""
    product_address, slash, port = address.partition("/")
    if slash:
        product = mesh.product(product_address) if product_address.count(".") == 1 else None
        return product is not None and port in product.ports
    parts = address.split(".", 3)
    if len(parts) == 1:
        return address in mesh.domains
    if len(parts) == 2:
        return mesh.product(address) is not None
    dataset = ".".join(parts[:3])
    found = mesh.product(product_of(dataset))
    return found is not None and dataset_name(dataset) in found.nodes

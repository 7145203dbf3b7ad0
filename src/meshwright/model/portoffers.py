"""What ports offer under names that have to be resolved: those that mean one dataset in one version and another in the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from meshwright.frozen import dataclass
from meshwright.model.contracts import Port
from meshwright.model.mesh import Mesh, Product
from meshwright.model.portversions import by_port, unversioned


@dataclass(frozen=True, slots=True)
class PortOffer:
    """What one version of a port offers under a name."""

    port: Port
    #: Address of the dataset.
    dataset: str


#: What readers write, as an address -> who offers it.
PortOffers = Mapping[str, tuple[PortOffer, ...]]


def port_offers(mesh: Mesh) -> PortOffers:
    """Return the names whose meaning depends on the reader, or that are not those of the datasets behind them.

    There are none where every port has one version and calls its datasets by their own names.
    """
    found: dict[str, list[PortOffer]] = {}
    to_resolve: set[str] = set()
    for product in mesh.products():
        if not _has_to_be_resolved(product):
            continue
        versions = by_port(product.ports.values())
        for port in product.ports.values():
            is_one_of_several = len(versions[unversioned(port.address)]) > 1
            for item in port.contract.objects:
                name, dataset = f"{product.address}.{item.name}", f"{product.address}.{item.dataset}"
                if dataset in port.datasets:
                    found.setdefault(name, []).append(PortOffer(port, dataset))
                    if is_one_of_several or name != dataset:
                        to_resolve.add(name)
    return {name: tuple(found[name]) for name in sorted(to_resolve)}


def _has_to_be_resolved(product: Product) -> bool:
    """Whether a port may have several versions, or calls a dataset by another name; every command asks this of every product."""
    return any(
        "/" in key or any(item.behind is not None for item in port.contract.objects)
        for key, port in product.ports.items()
    )


def dataset_behind(described: Mapping[str, object], held: Collection[str]) -> str:
    """Return the name of the dataset behind a schema object of an ODCS document, where its port holds datasets `held`.

    `held` are addresses, as a port's document lists them. This is how `files.portobjects` decides, told from what came of it.
    """
    name, physical = str(described.get("name")), described.get("physicalName")
    return str(physical) if any(address.rpartition(".")[2] == physical for address in held) else name

"""What products offer each other: the datasets that ports hold, and what to say to who reads past them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from meshwright.frozen import dataclass
from meshwright.model import Mesh, dataset_name, domain_of, product_of

#: How many ports a message lists.
_LISTED = 8


@dataclass(frozen=True, slots=True)
class Offers:
    """The datasets of a mesh that other domains may read."""

    mesh: Mesh
    #: Dataset -> addresses of the ports that hold it.
    ports: Mapping[str, tuple[str, ...]]
    #: Addresses that the files define with an error.
    broken: frozenset[str]
    #: What readers may write that is no dataset's own name: names that contracts give.
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, mesh: Mesh, broken: frozenset[str]) -> Offers:
        """Index the ports of `mesh`."""
        ports: dict[str, list[str]] = defaultdict(list)
        names: set[str] = set()
        for product in mesh.products():
            for _, port in sorted(product.ports.items()):
                for dataset in port.datasets:
                    ports[dataset].append(port.address)
                given = (item.name for item in port.contract.objects if item.behind is not None)
                names.update(f"{product.address}.{name}" for name in given)
        return cls(mesh, {dataset: tuple(found) for dataset, found in ports.items()}, broken, frozenset(names))

    def admits(self, product: str, dataset: str) -> bool:
        """Whether `product` may read `dataset`: one of its own domain, or one that a port holds or may hold, where a
        port of the dataset's product could not be read."""
        owner = product_of(dataset)
        return (
            domain_of(dataset) == domain_of(product)
            or dataset in self.ports
            or any(found.partition("/")[0] == owner and found != dataset for found in self.broken)
        )

    def refusal(self, reader: str, dataset: str) -> tuple[str, str]:
        """Return message and fix for `reader`, as the message names it, which reads `dataset` past the ports."""
        product = self.mesh.product(product_of(dataset))
        domain = self.mesh.domains[domain_of(dataset)]
        owners = ", ".join(domain.owners) or "nobody named"
        held = (
            [
                f"{port.address} ({', '.join(map(dataset_name, port.datasets)) or 'no dataset'})"
                for _, port in sorted(product.ports.items())
            ]
            if product
            else []
        )
        offered = f"it offers {'; '.join(held[:_LISTED])}" if held else "it has no ports yet"
        return (
            f"{reader} reads '{dataset}' of domain '{domain.name}' past its ports: no port of "
            f"'{product_of(dataset)}' holds it; {offered}",
            f"read a dataset that a port holds, or ask the owners ({owners}) to put '{dataset_name(dataset)}' into a port",
        )

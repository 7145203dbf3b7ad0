"""Which pointers publishing a product moves: the builder asks (is there anything to publish?), and so does the run."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.frozen import dataclass
from meshwright.model import product_of
from meshwright.plan.identities import product_revision
from meshwright.plan.values import Desired


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """The pointers of an environment at one moment: object -> revision."""

    datasets: Mapping[str, str]
    ports: Mapping[str, str]
    products: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductMoves:
    """The moves of one product; a None closes the pointer. Only what differs from what stands is listed."""

    product: str
    datasets: Mapping[str, str | None]
    ports: Mapping[str, str | None]
    #: Revision of the product after the moves; None where the product goes away.
    revision: str | None
    #: Whether the product's revision itself moves.
    is_moved: bool
    #: Datasets and ports of the product as they will stand.
    standing_datasets: Mapping[str, str]
    standing_ports: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing moves."""
        return not (self.datasets or self.ports or self.is_moved)


def product_moves(
    desired: Desired, product: str, standing: Standing, versions: Mapping[str, str | None]
) -> ProductMoves:
    """Work out the moves of `product` when its datasets in scope get `versions`.

    A dataset in scope whose version is None (not known yet, or not built) keeps its pointer. A product only partly
    in scope keeps its other datasets and the ports that hold any of them, and is not published for a change of
    its files alone: they may say something new about datasets that this plan leaves as they are.
    """
    is_whole = product in desired.whole_products
    in_mesh = desired.mesh.product(product)
    datasets = _of_product(standing.datasets, product)
    ports = {address: revision for address, revision in standing.ports.items() if address.partition("/")[0] == product}
    after_datasets, after_ports = dict(datasets), dict(ports)
    wanted = set(in_mesh.datasets) if in_mesh else set()
    for dataset in wanted & desired.scope:
        if (version := versions.get(dataset)) is not None:
            after_datasets[dataset] = version
    for declared in in_mesh.ports.values() if in_mesh else ():
        port = desired.ports.get(declared.address)
        if port is not None and (is_whole or desired.scope.issuperset(port.datasets)):
            after_ports[port.address] = port.revision
    if is_whole:
        after_datasets = {dataset: version for dataset, version in after_datasets.items() if dataset in wanted}
        after_ports = {address: revision for address, revision in after_ports.items() if address in desired.ports}
    revision = (
        product_revision(product, desired.code.get(product, ""), after_datasets, after_ports) if in_mesh else None
    )
    if not is_whole and after_datasets == datasets and after_ports == ports:
        revision = standing.products.get(product)
    return ProductMoves(
        product=product,
        datasets=_difference(datasets, after_datasets),
        ports=_difference(ports, after_ports),
        revision=revision,
        is_moved=standing.products.get(product) != revision,
        standing_datasets=after_datasets,
        standing_ports=after_ports,
    )


def _of_product(datasets: Mapping[str, str], product: str) -> dict[str, str]:
    return {dataset: version for dataset, version in datasets.items() if product_of(dataset) == product}


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    changed: dict[str, str | None] = {key: after[key] for key in sorted(after) if before.get(key) != after[key]}
    changed.update({key: None for key in sorted(before) if key not in after})
    return changed

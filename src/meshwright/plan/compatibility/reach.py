"""Whom changes reach: datasets made from what changes, their products, declared consumers, and the columns that break.

Columns are found for major changes alone, because following them is the dear part: those that are made from a changed
column as the mesh is now, and those that were made from a removed one as it is published, which no model can name any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field

from meshwright.frozen import dataclass
from meshwright.graph.lineage import ColumnEdge
from meshwright.model import Consumer, Mesh, Port, dataset_name, product_of, variation_of
from meshwright.plan.compatibility.published import PublishedLineage
from meshwright.plan.compatibility.values import ChangedKind, Reach
from meshwright.plan.values import Desired


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """What changes of one object, as far as it matters to others."""

    object: str
    kind: ChangedKind
    product: str
    #: The datasets that change, or whose promise does.
    datasets: frozenset[str]
    #: Columns that break and are there still, and those that are gone; in full.
    changed: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    #: A removed dataset has readers only as it is published.
    is_gone: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Use:
    """A declared use of a port."""

    consumer: str
    port: str
    #: Those datasets of the port that it uses, as far as it says.
    datasets: frozenset[str]
    #: As written, with datasets for the objects of the contract; empty means all.
    columns: tuple[str, ...]


@dataclass(kw_only=True, slots=True)
class _Search:
    """What is looked up once for all origins."""

    desired: Desired
    published: PublishedLineage
    uses: tuple[_Use, ...]
    position: Mapping[str, int]
    #: Dataset -> its edges: one that is below many origins is read once.
    edges: dict[str, tuple[ColumnEdge, ...]] = field(default_factory=dict)

    def edges_into(self, dataset: str) -> tuple[ColumnEdge, ...]:
        """Return the column edges of a dataset, none where its lineage is not known."""
        if dataset not in self.edges:
            self.edges[dataset] = self.desired.lineage.edges.get(dataset, ())
        return self.edges[dataset]


def find_reaches(desired: Desired, published: PublishedLineage, origins: Sequence[Origin]) -> list[Reach]:
    """Return whom each of `origins` reaches, in order. Lineage is asked for once, for what is below broken columns alone."""
    search = _Search(
        desired=desired,
        published=published,
        uses=tuple(_uses(desired.mesh)),
        position={dataset: index for index, dataset in enumerate(desired.graph.order)},
    )
    below = [_below(search, origin) for origin in origins]
    followed: set[str] = set()
    for origin, found in zip(origins, below, strict=True):
        if origin.changed:
            followed |= found
    if followed:
        desired.lineage.expect(followed)
    return [_reach(search, origin, found) for origin, found in zip(origins, below, strict=True)]


def _below(search: _Search, origin: Origin) -> set[str]:
    """Every dataset that is made from the origin's; of a port, those of other products: their promise is the contract."""
    if origin.is_gone:
        readers = search.published.readers(origin.datasets) & search.desired.nodes.keys()
        return readers | _readers(search.desired, readers)
    if origin.kind is ChangedKind.DATASET:
        return _readers(search.desired, origin.datasets)
    first = {
        child
        for dataset in origin.datasets
        for child in _direct_readers(search.desired, dataset)
        if product_of(child) != origin.product
    }
    return first | _readers(search.desired, first)


def _readers(desired: Desired, datasets: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(datasets)
    while waiting:
        for child in _direct_readers(desired, waiting.pop()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _direct_readers(desired: Desired, dataset: str) -> Iterable[str]:
    """Who reads a dataset; what only comes after it does not, and a plain dataset's variations are built when asked for."""
    own = variation_of(dataset)
    for child in desired.graph.children.get(dataset, ()):
        node = desired.nodes.get(child)
        if node is not None and dataset in node.node.reads and variation_of(child) in {None, own}:
            yield child


def _reach(search: _Search, origin: Origin, below: set[str]) -> Reach:
    derived = _derived(search, origin, below)
    datasets = below | ({column.rpartition(".")[0] for column in derived} & search.desired.nodes.keys())
    datasets -= origin.datasets
    uses = [use for use in search.uses if _is_reached(use, origin, datasets)]
    broken = origin.changed | origin.removed
    columns = derived | {column for use in uses for column in broken if _names(use, column)}
    outside = search.published.observed.outside
    return Reach(
        datasets=tuple(sorted(datasets)),
        products=tuple(sorted({product_of(dataset) for dataset in datasets} - {origin.product})),
        consumers=tuple(sorted({use.consumer for use in uses})),
        columns=tuple(sorted(columns)),
        outside=tuple(sorted({job for dataset in origin.datasets | datasets for job in outside.get(dataset, ())})),
    )


def _derived(search: _Search, origin: Origin, below: set[str]) -> set[str]:
    """Columns of `below` that are made from broken ones."""
    reached = set(origin.changed)
    if reached:
        for dataset in sorted(below, key=search.position.__getitem__):
            reached |= {edge.target for edge in search.edges_into(dataset) if edge.source in reached}
    found = search.published.derived(origin.removed) if origin.removed else set()
    return (reached - origin.changed) | found


def _is_reached(use: _Use, origin: Origin, below: Collection[str]) -> bool:
    is_own = origin.kind is ChangedKind.DATASET or use.port == origin.object
    return (is_own and not use.datasets.isdisjoint(origin.datasets)) or not use.datasets.isdisjoint(below)


def _names(use: _Use, column: str) -> bool:
    """Whether a consumer uses a column."""
    dataset, _, name = column.rpartition(".")
    written = {name.casefold(), f"{dataset_name(dataset)}.{name}".casefold()}
    return dataset in use.datasets and (not use.columns or any(each.casefold() in written for each in use.columns))


def _uses(mesh: Mesh) -> Iterable[_Use]:
    for product in mesh.products():
        for consumer in product.consumers:
            yield from _uses_of(mesh, consumer)


def _uses_of(mesh: Mesh, consumer: Consumer) -> Iterable[_Use]:
    for address, columns in consumer.uses:
        owner, _, name = address.partition("/")
        product = mesh.product(owner)
        port = product.ports.get(name) if product else None
        if port is not None:
            named = port.columns_behind(columns)
            yield _Use(consumer=consumer.name, port=port.address, datasets=_used_datasets(port, named), columns=named)


def _used_datasets(port: Port, columns: tuple[str, ...]) -> frozenset[str]:
    """The datasets of a port whose columns a consumer names; all where it names none, or one without its dataset."""
    named = {column.rpartition(".")[0] for column in columns}
    if not named or "" in named:
        return frozenset(port.datasets)
    return frozenset(dataset for dataset in port.datasets if dataset_name(dataset) in named)

"""The catalog of one environment as one value, and the next one made from it: what stayed as it was is shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from meshwright.catalog.index import Index, changed_index, make_index
from meshwright.catalog.segments import Document, Field, Kind, Segment, make_segment
from meshwright.catalog.summaries import ColumnSummary, DatasetSummary, DomainSummary, ProductSummary, product_summary
from meshwright.frozen import dataclass
from meshwright.model import Domain, Mesh, Port, Product, Version, dataset_name, domain_of
from meshwright.state.records import ObjectKind, Pointer

#: Name of the segment that holds the domains.
_DOMAINS = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A product in the catalog."""

    #: Identity of what is written of it, its domain's owners among it, and the revisions that stand.
    written: str
    owners: tuple[str, ...]
    standing: tuple[tuple[str, str, int], ...]
    summary: ProductSummary
    segment: Segment


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalog:
    """Everything that lists and search show of an environment."""

    environment: str
    #: Identity of the mesh's files.
    files: str
    generation: int
    #: What tells apart what an environment shows where its number does not: see `Shown`.
    mark: str
    domains: tuple[DomainSummary, ...]
    #: By address, in order.
    entries: Mapping[str, Entry]
    index: Index

    @property
    def stamp(self) -> str:
        """What tells it from others of its environment."""
        return f"{self.generation}.{self.files[:16]}.{self.mark}"

    def products(self) -> Iterator[ProductSummary]:
        """Yield the products by address."""
        return (entry.summary for entry in self.entries.values())

    def datasets(self) -> Iterator[tuple[ProductSummary, DatasetSummary]]:
        """Yield the datasets by address, each with its product."""
        return ((entry.summary, dataset) for entry in self.entries.values() for dataset in entry.summary.datasets)


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """The mesh as written, with how its products are told apart."""

    mesh: Mesh
    #: Identity of the mesh's files.
    files: str
    #: Product -> identity of what its record follows from.
    keys: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What an environment points to."""

    environment: str
    generation: int
    #: Of a sandbox what it lies over, and since when.
    mark: str = ""
    #: All of it, by object.
    pointers: Mapping[str, Pointer]


def stale_products(before: Catalog | None, described: Described, shown: Shown) -> frozenset[str]:
    """Return the products of which `next_catalog` makes the entries anew: those that are written or published otherwise."""
    standing = _standing(shown.pointers)
    found = set()
    for domain in described.mesh.domains.values():
        for product in domain.products.values():
            entry = before.entries.get(product.address) if before is not None else None
            if (
                entry is None
                or entry.written != described.keys[product.address]
                or entry.owners != domain.owners
                or entry.standing != standing.get(product.address, ())
            ):
                found.add(product.address)
    return frozenset(found)


def next_catalog(
    before: Catalog | None, described: Described, shown: Shown, stale: frozenset[str], versions: Mapping[str, Version]
) -> Catalog:
    """Return the catalog as it is now.

    `stale` are at least the products that `stale_products` names, `versions` what their datasets show, by dataset.
    """
    standing = _standing(shown.pointers)
    entries: dict[str, Entry] = {}
    changed: dict[str, Segment | None] = {}
    for product in described.mesh.products():
        address = product.address
        if address not in stale and before is not None:
            entries[address] = before.entries[address]
            continue
        owners = described.mesh.domains[domain_of(address)].owners
        summary = product_summary(product, owners, shown.pointers, versions)
        segment = make_segment(address, _documents(product, summary))
        known = before.entries.get(address) if before is not None else None
        if known is not None and _is_same(known.segment, segment):
            segment = known.segment
        else:
            changed[address] = segment
        entries[address] = Entry(
            written=described.keys[address],
            owners=owners,
            standing=standing.get(address, ()),
            summary=summary,
            segment=segment,
        )
    domains = tuple(_domain(domain) for _, domain in sorted(described.mesh.domains.items()))
    if before is None or before.domains != domains:
        changed[_DOMAINS] = make_segment(_DOMAINS, map(_domain_document, domains))
    if before is None:
        index = make_index(segment for segment in changed.values() if segment is not None)
    else:
        changed.update(dict.fromkeys(before.entries.keys() - entries.keys()))
        index = changed_index(before.index, changed) if changed else before.index
    return Catalog(
        environment=shown.environment,
        files=described.files,
        generation=shown.generation,
        mark=shown.mark,
        domains=domains,
        entries=MappingProxyType(entries),
        index=index,
    )


def _standing(pointers: Mapping[str, Pointer]) -> dict[str, tuple[tuple[str, str, int], ...]]:
    """Return by product what it and its datasets show; what a port shows is in its product's revision."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for name, pointer in pointers.items():
        if pointer.kind is ObjectKind.PRODUCT:
            found.setdefault(name, []).append((name, pointer.revision, pointer.generation))
        elif pointer.kind is ObjectKind.DATASET:
            found.setdefault(name.rpartition(".")[0], []).append((name, pointer.revision, pointer.generation))
    return {product: tuple(sorted(each)) for product, each in found.items()}


def _is_same(segment: Segment, other: Segment) -> bool:
    """Whether two segments find the same: a publication of new rows changes nothing that is searched."""
    return segment.documents == other.documents


def _domain(domain: Domain) -> DomainSummary:
    return DomainSummary(
        name=domain.name,
        purpose=domain.purpose,
        owners=domain.owners,
        products=tuple(sorted(product.address for product in domain.products.values())),
    )


def _domain_document(domain: DomainSummary) -> Document:
    texts = ((Field.OWNERS, ", ".join(domain.owners)), (Field.DESCRIPTION, domain.purpose))
    return Document(kind=Kind.DOMAIN, name=domain.name, texts=_filled(texts))


def _documents(product: Product, summary: ProductSummary) -> Iterator[Document]:
    """Yield what can be found of a product: itself, its ports, its datasets, their columns."""
    yield Document(
        kind=Kind.PRODUCT,
        name=summary.address.partition(".")[2],
        texts=_filled(
            (
                (Field.TITLE, summary.name),
                (Field.TAGS, ", ".join(summary.tags)),
                (Field.OWNERS, ", ".join(summary.owners)),
                (Field.DOMAIN, summary.domain),
                (Field.DESCRIPTION, summary.description),
            )
        ),
    )
    place = 1
    for name, port in sorted(product.ports.items()):
        yield Document(kind=Kind.PORT, name=name, parent=0, texts=_port_texts(port))
        place += 1
    for dataset in summary.datasets:
        labels = ((Field.TAGS, ", ".join(dataset.tags)), (Field.DESCRIPTION, dataset.description))
        yield Document(kind=Kind.DATASET, name=dataset_name(dataset.address), parent=0, texts=_filled(labels))
        for column in dataset.columns:
            yield _column_document(column, place)
        place += 1 + len(dataset.columns)


@lru_cache(maxsize=16384)
def _column_document(column: ColumnSummary, parent: int) -> Document:
    """Return what a column is found by; a mesh has many alike at the same place."""
    return Document(kind=Kind.COLUMN, name=column.name, parent=parent, texts=_column_texts(column))


def _port_texts(port: Port) -> tuple[tuple[Field, str], ...]:
    contract = port.contract
    about = port.description or contract.description
    return _filled(((Field.TITLE, contract.name), (Field.TAGS, ", ".join(contract.tags)), (Field.DESCRIPTION, about)))


def _column_texts(column: ColumnSummary) -> tuple[tuple[Field, str], ...]:
    labels = [*column.tags, *([column.classification] if column.classification else [])]
    return _filled(((Field.TAGS, ", ".join(labels)), (Field.DESCRIPTION, column.description)))


def _filled(texts: Iterable[tuple[Field, str | None]]) -> tuple[tuple[Field, str], ...]:
    return tuple((field, text) for field, text in texts if text)

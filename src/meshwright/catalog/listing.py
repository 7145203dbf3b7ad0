"""Which products and datasets of a catalog are meant by filters."""

from __future__ import annotations

from collections.abc import Iterator

from meshwright.catalog.catalog import Catalog, Entry
from meshwright.catalog.summaries import DatasetSummary, ProductSummary
from meshwright.catalog.words import folded, words_of
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductFilter:
    """What products must have; None: whatever."""

    domain: str | None = None
    tag: str | None = None
    owner: str | None = None
    status: str | None = None
    #: Words that all stand somewhere in what is written of it, or begin words there.
    text: str | None = None
    #: Whether it is published.
    published: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetFilter:
    """What datasets must have; None: whatever."""

    domain: str | None = None
    #: Address.
    product: str | None = None
    tag: str | None = None
    owner: str | None = None
    #: As `DatasetSummary.kind`.
    kind: str | None = None
    #: A column of this name.
    column: str | None = None
    text: str | None = None
    published: bool | None = None


def listed_products(catalog: Catalog, wanted: ProductFilter) -> Iterator[ProductSummary]:
    """Yield the products that are meant, by address."""
    words = words_of(wanted.text or "")
    for entry in _entries(catalog, wanted.domain, wanted.owner):
        product = entry.summary
        if (
            (wanted.tag is None or _has(product.tags, wanted.tag))
            and (wanted.status is None or folded(product.status or "") == folded(wanted.status))
            and (wanted.published is None or wanted.published == (product.generation is not None))
            and all(entry.segment.has_beginning(word) for word in words)
        ):
            yield product


def listed_datasets(catalog: Catalog, wanted: DatasetFilter) -> Iterator[DatasetSummary]:
    """Yield the datasets that are meant, by address."""
    words = words_of(wanted.text or "")
    for entry in _entries(catalog, wanted.domain, wanted.owner):
        if wanted.product is not None and entry.summary.address != wanted.product:
            continue
        if not all(entry.segment.has_beginning(word) for word in words):
            continue
        for dataset in entry.summary.datasets:
            if (
                (wanted.tag is None or _has(dataset.tags, wanted.tag))
                and (wanted.kind is None or dataset.kind == wanted.kind)
                and (wanted.published is None or wanted.published == (dataset.published is not None))
                and (wanted.column is None or any(_is(column.name, wanted.column) for column in dataset.columns))
                and (not words or _says(dataset, words))
            ):
                yield dataset


def _entries(catalog: Catalog, domain: str | None, owner: str | None) -> Iterator[Entry]:
    for entry in catalog.entries.values():
        if (domain is None or entry.summary.domain == domain) and (owner is None or _has(entry.owners, owner)):
            yield entry


def _says(dataset: DatasetSummary, words: list[str]) -> bool:
    """Whether all words begin one that is written of a dataset."""
    columns = (text for column in dataset.columns for text in (column.name, column.description or "", *column.tags))
    texts = (dataset.address, dataset.description or "", *dataset.tags, *columns)
    said = [word for text in texts for word in words_of(text)]
    return all(any(each.startswith(word) for each in said) for word in words)


def _has(values: tuple[str, ...], wanted: str) -> bool:
    return any(_is(value, wanted) for value in values)


def _is(value: str, wanted: str) -> bool:
    return folded(value) == folded(wanted)

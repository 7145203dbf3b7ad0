"""Lists and search over the catalog, a page at a time. A list goes on in the catalog that it began in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Generic, TypeVar

from meshwright.app.catalog import catalog_of, open_catalog
from meshwright.app.opened import open_mesh
from meshwright.app.outside_told_search import with_outside
from meshwright.app.workspace import Workspace
from meshwright.catalog.listing import DatasetFilter, ProductFilter, listed_datasets, listed_products
from meshwright.catalog.search import Answer, Question, search
from meshwright.catalog.segments import Field, Kind
from meshwright.catalog.summaries import ColumnSummary, DatasetSummary, DomainSummary, ProductSummary
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.frozen import dataclass

__all__ = [
    "CatalogPage",
    "ColumnSummary",
    "DatasetFilter",
    "DatasetSummary",
    "DomainSummary",
    "Field",
    "Kind",
    "PageWish",
    "Place",
    "ProductFilter",
    "ProductSummary",
    "Question",
    "SearchPage",
    "find",
    "list_datasets",
    "list_domains",
    "list_products",
]

_T = TypeVar("_T", DomainSummary, ProductSummary, DatasetSummary)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a list goes on."""

    #: Of the catalog that it began in.
    stamp: str
    #: What was listed last; of a search, how many were.
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PageWish:
    """Which page is asked for."""

    #: None for the first.
    place: Place | None = None
    limit: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogPage(Generic[_T]):
    """A page of a list."""

    environment: str
    generation: int
    items: tuple[_T, ...]
    #: How many there are on all pages.
    total: int
    #: Where it goes on; None where this is the last.
    next: Place | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchPage:
    """A page of what was found."""

    environment: str
    generation: int
    answer: Answer
    next: Place | None


_FIRST = PageWish()


def list_domains(
    workspace: Workspace, environment: str = "prod", wish: PageWish = _FIRST
) -> CatalogPage[DomainSummary]:
    """Return the domains by name. Raises InputError as `open_catalog`."""
    with open_catalog(workspace, environment, _stamp(wish)) as catalog:
        keyed = ((domain.name, domain) for domain in catalog.domains)
        return _page(environment, catalog.generation, catalog.stamp, keyed, wish)


def list_products(
    workspace: Workspace, wanted: ProductFilter, environment: str = "prod", wish: PageWish = _FIRST
) -> CatalogPage[ProductSummary]:
    """Return the products that are meant, by address. Raises InputError as `open_catalog`."""
    with open_catalog(workspace, environment, _stamp(wish)) as catalog:
        _require(wanted.domain, [domain.name for domain in catalog.domains], "domain")
        keyed = ((product.address, product) for product in listed_products(catalog, wanted))
        return _page(environment, catalog.generation, catalog.stamp, keyed, wish)


def list_datasets(
    workspace: Workspace, wanted: DatasetFilter, environment: str = "prod", wish: PageWish = _FIRST
) -> CatalogPage[DatasetSummary]:
    """Return the datasets that are meant, by address. Raises InputError as `open_catalog`."""
    with open_catalog(workspace, environment, _stamp(wish)) as catalog:
        _require(wanted.domain, [domain.name for domain in catalog.domains], "domain")
        _require(wanted.product, catalog.entries, "product")
        keyed = ((dataset.address, dataset) for dataset in listed_datasets(catalog, wanted))
        return _page(environment, catalog.generation, catalog.stamp, keyed, wish)


def find(workspace: Workspace, question: Question, environment: str = "prod", wish: PageWish = _FIRST) -> SearchPage:
    """Return what is meant by some words, best first, what outside tools told of among it. Raises InputError as `open_catalog`."""
    with open_mesh(workspace, environment) as opened:
        catalog = catalog_of(opened, _stamp(wish))
        for domain in question.domains or ():
            _require(domain, [each.name for each in catalog.domains], "domain")
        offset = _offset(wish.place)
        index = with_outside(opened, catalog)
        answer = search(index, question, offset=offset, limit=wish.limit)
        end = offset + len(answer.hits)
        more = Place(stamp=catalog.stamp, after=str(end)) if end < answer.total and answer.hits else None
        return SearchPage(environment=environment, generation=catalog.generation, answer=answer, next=more)


def _stamp(wish: PageWish) -> str | None:
    return wish.place.stamp if wish.place is not None else None


def _require(name: str | None, known: Collection[str], what: str) -> None:
    """Raise InputError (MW-R011) where a filter names nothing: an empty list would look like an answer."""
    if name is not None and name not in known:
        raise InputError(
            Diagnostic(
                code="MW-R011",
                message=f"no {what} is called '{name[:200]}'",
                fix=known_names_hint(name[:200], known, what=f"{what}s"),
            )
        )


def _offset(place: Place | None) -> int:
    """Return how many hits are passed over; a place that says none is the beginning."""
    text = place.after if place is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _page(
    environment: str, generation: int, stamp: str, keyed: Iterable[tuple[str, _T]], wish: PageWish
) -> CatalogPage[_T]:
    after = wish.place.after if wish.place is not None else None
    items: list[_T] = []
    total, last, has_more = 0, "", False
    for key, item in keyed:
        total += 1
        if after is not None and key <= after:
            continue
        if len(items) == wish.limit:
            has_more = True
            continue
        items.append(item)
        last = key
    return CatalogPage(
        environment=environment,
        generation=generation,
        items=tuple(items),
        total=total,
        next=Place(stamp=stamp, after=last) if has_more else None,
    )

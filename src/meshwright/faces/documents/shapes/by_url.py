"""Documents to which their answers by URL add something: where to go on, and what lies beside."""

from __future__ import annotations

from typing import TypedDict

from meshwright.faces.documents.shapes import catalog, runs, tests
from meshwright.faces.documents.shapes.base import Json


class _Linked(TypedDict):
    #: Names of other resources, or of several under one name -> URL.
    links: dict[str, Json]


class _Paged(TypedDict):
    #: Cursor of the next page; null where this is the last.
    next: str | None


class Domains(catalog.Domains, _Paged, _Linked):
    """A page of domains."""


class Products(catalog.Products, _Paged, _Linked):
    """A page of products."""


class Datasets(catalog.Datasets, _Paged, _Linked):
    """A page of datasets."""


class Search(catalog.Search, _Paged, _Linked):
    """A page of what was found, best first."""


class ProductHistory(catalog.ProductHistory, _Paged, _Linked):
    """How a product was published, newest first."""


class Versions(catalog.Versions, _Paged, _Linked):
    """Versions of a dataset, newest first."""


class Ports(catalog.Ports, _Linked):
    """The ports of a product."""


class Column(catalog.Column, _Linked):
    """One column."""


class Rules(tests.Rules, _Linked):
    """The rules of a dataset."""


class ShowDomain(catalog.ShowDomain, _Linked):
    """A domain."""


class ShowProduct(catalog.ShowProduct, _Linked):
    """A product."""

    history: list[catalog.ProductPublication]


class ShowPort(catalog.ShowPort, _Linked):
    """A port."""


class ShowDataset(catalog.ShowDataset, _Linked):
    """A dataset."""


class ShowVersion(catalog.ShowVersion, _Linked):
    """A version."""


class Runs(runs.Runs, _Paged):
    """A page of runs, newest first."""


class RunLog(runs.RunLog):
    """Lines of a run's log."""

    #: Number of the last line that was looked at, where there may be more; null where this is all there is now.
    next_after: int | None

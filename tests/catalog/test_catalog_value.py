"""The catalog as a value: what it sums up, what it lists, and that the next one is made of what has changed alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from meshwright.catalog import catalog as catalogs
from meshwright.catalog import summaries
from meshwright.catalog.catalog import Catalog, Described, Shown, next_catalog, stale_products
from meshwright.catalog.listing import DatasetFilter, ProductFilter, listed_datasets, listed_products
from meshwright.catalog.search import Question, search
from meshwright.model import (
    Column,
    Contract,
    ContractObject,
    ContractProperty,
    Domain,
    Mesh,
    Node,
    Port,
    Product,
    SqlModel,
    Version,
)
from meshwright.state.records import ObjectKind, Pointer

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def node(address: str, **said: object) -> Node:
    sql = SqlModel(text="select 1", dialect="duckdb", fingerprint="f", canonical="select 1", reads=())
    return Node(address=address, kind="sql", sql=sql, **said)  # type: ignore[arg-type]


def make_product(address: str, *datasets: str, **said: object) -> Product:
    return Product(address=address, nodes={name: node(f"{address}.{name}") for name in datasets}, **said)  # type: ignore[arg-type]


def make_mesh(*products: Product, owners: tuple[str, ...] = ("team:a",)) -> Mesh:
    domains: dict[str, dict[str, Product]] = {}
    for product in products:
        domain, _, name = product.address.partition(".")
        domains.setdefault(domain, {})[name] = product
    return Mesh(
        name="mesh",
        domains={
            name: Domain(name=name, purpose=f"All of {name}.", owners=owners, products=found)
            for name, found in domains.items()
        },
    )


def version(id_: str, dataset: str, *columns: str) -> Version:
    return Version(
        id=id_,
        dataset=dataset,
        columns=tuple(Column(name=name, type="INTEGER") for name in columns),
        files=(),
        rows=7,
        content_digest="d",
        fingerprint="f",
        node_kind="sql",
        is_opaque=False,
        created_at=NOW,
    )


def described(mesh: Mesh, **keys: str) -> Described:
    return Described(
        mesh=mesh, files="files", keys={each.address: keys.get(each.address, "same") for each in mesh.products()}
    )


def shown(generation: int, **revisions: str) -> Shown:
    """What is shown; names with ``__`` for a point."""
    pointers = {}
    for key, revision in revisions.items():
        name = key.replace("__", ".")
        kind = ObjectKind.DATASET if name.count(".") == 2 else ObjectKind.PRODUCT
        pointers[name] = Pointer(object=name, kind=kind, revision=revision, environment="prod", generation=generation)
    return Shown(environment="prod", generation=generation, pointers=pointers)


def advanced(
    before: Catalog | None, mesh: Described, now: Shown, versions: Mapping[str, Version] | None = None
) -> Catalog:
    stale = stale_products(before, mesh, now)
    standing = {name: (versions or {}).get(each.revision) for name, each in now.pointers.items()}
    return next_catalog(
        before, mesh, now, stale, {name: found for name, found in standing.items() if found is not None}
    )


def shop() -> Mesh:
    contract = Contract(
        id="c",
        version="1.0.0",
        api_version="v3.2.0",
        name="Orders as promised",
        objects=(
            ContractObject(
                name="orders",
                description="One row an order.",
                tags=("daily",),
                properties=(
                    ContractProperty(
                        name="customer", logical_type="string", description="Who ordered.", classification="pii"
                    ),
                    ContractProperty(name="amount", logical_type="number"),
                ),
            ),
        ),
    )
    port = Port(address="sales.orders/orders", name="orders", contract=contract, datasets=("sales.orders.orders",))
    return make_mesh(
        make_product(
            "sales.orders",
            "orders",
            "raw",
            ports={"orders": port},
            name="Orders",
            version="1.0.0",
            status="active",
            description="What was sold.",
            tags=("gold", "Finance"),
        ),
        make_product("sales.totals", "per_day", status="draft"),
        make_product("finance.report", "revenue"),
    )


def test_a_catalog_sums_up_what_is_written_and_what_is_shown() -> None:
    versions = {"v1": version("v1", "sales.orders.orders", "customer", "amount")}
    found = advanced(None, described(shop()), shown(3, sales__orders="p1", sales__orders__orders="v1"), versions)
    product = found.entries["sales.orders"].summary
    assert (product.name, product.generation, product.ports, product.owners) == (
        "Orders",
        3,
        ("sales.orders/orders",),
        ("team:a",),
    )
    orders, raw = product.datasets
    assert raw.published is None
    assert raw.columns == ()
    assert orders.published is not None
    assert (orders.published.version, orders.published.rows, orders.published.generation) == ("v1", 7, 3)
    assert (orders.description, orders.tags, orders.ports) == (
        "One row an order.",
        ("daily",),
        ("sales.orders/orders",),
    )
    assert [(each.name, each.type, each.classification) for each in orders.columns] == [
        ("customer", "INTEGER", "pii"),
        ("amount", "INTEGER", None),
    ]
    assert [domain.name for domain in found.domains] == ["finance", "sales"]


def test_columns_of_what_was_never_published_are_those_that_are_promised() -> None:
    found = advanced(None, described(shop()), shown(0))
    columns = found.entries["sales.orders"].summary.datasets[0].columns
    assert [(each.name, each.type) for each in columns] == [("customer", "string"), ("amount", "number")]


def test_everything_that_is_written_is_found() -> None:
    index = advanced(None, described(shop()), shown(0)).index
    for text, address in {
        "sold": "sales.orders",
        "promised": "sales.orders/orders",
        "pii": "sales.orders.orders.customer",
        "finance": "finance",
        "daily": "sales.orders.orders",
        "who ordered": "sales.orders.orders.customer",
        "per_day": "sales.totals.per_day",
    }.items():
        assert search(index, Question(text=text)).hits[0].address == address, text


def test_only_what_has_changed_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = shop()
    versions = {id_: version(id_, "sales.orders.orders", "customer") for id_ in ("v1", "v2")}
    first = advanced(None, described(mesh), shown(1, sales__orders="p1", sales__orders__orders="v1"), versions)
    made: list[str] = []
    summary = summaries.product_summary

    def noted(product: Product, *rest: Any) -> summaries.ProductSummary:
        made.append(product.address)
        return summary(product, *rest)

    monkeypatch.setattr(catalogs, "product_summary", noted)
    now = shown(2, sales__orders="p1", sales__orders__orders="v1", finance__report="q1")
    now = replace(now, pointers={**now.pointers, **shown(1, sales__orders="p1", sales__orders__orders="v1").pointers})
    second = advanced(first, described(mesh), now)
    assert made == ["finance.report"]
    assert second.entries["sales.orders"] is first.entries["sales.orders"]
    # Nothing that is searched is other than before.
    assert second.index is first.index
    made.clear()
    third = advanced(second, described(mesh, **{"sales.totals": "edited"}), now)
    assert made == ["sales.totals"]
    made.clear()
    fourth = advanced(
        third, described(make_mesh(*mesh.products(), owners=("team:b",)), **{"sales.totals": "edited"}), now, versions
    )
    assert sorted(made) == ["finance.report", "sales.orders", "sales.totals"]
    assert fourth.entries["sales.orders"].owners == ("team:b",)


def test_a_product_that_is_gone_is_found_no_more() -> None:
    mesh = shop()
    first = advanced(None, described(mesh), shown(0))
    rest = make_mesh(*(each for each in mesh.products() if each.address != "sales.totals"))
    second = advanced(first, described(rest), shown(0))
    assert "sales.totals" not in second.entries
    assert search(second.index, Question(text="per_day")).total == 0
    assert search(first.index, Question(text="per_day")).total > 0


@pytest.mark.parametrize(
    ("wanted", "products"),
    [
        (ProductFilter(), ["finance.report", "sales.orders", "sales.totals"]),
        (ProductFilter(domain="sales"), ["sales.orders", "sales.totals"]),
        (ProductFilter(tag="finance"), ["sales.orders"]),
        (ProductFilter(status="DRAFT"), ["sales.totals"]),
        (ProductFilter(owner="team:a", domain="finance"), ["finance.report"]),
        (ProductFilter(owner="team:b"), []),
        (ProductFilter(text="sol wha"), ["sales.orders"]),
        (ProductFilter(text="per_day"), ["sales.totals"]),
        (ProductFilter(published=True), ["sales.orders"]),
        (ProductFilter(published=False), ["finance.report", "sales.totals"]),
    ],
)
def test_products_are_listed_by_what_they_must_have(wanted: ProductFilter, products: list[str]) -> None:
    versions = {"v1": version("v1", "sales.orders.orders", "customer")}
    found = advanced(None, described(shop()), shown(1, sales__orders="p1", sales__orders__orders="v1"), versions)
    assert [each.address for each in listed_products(found, wanted)] == products


@pytest.mark.parametrize(
    ("wanted", "datasets"),
    [
        (DatasetFilter(product="sales.orders"), ["sales.orders.orders", "sales.orders.raw"]),
        (DatasetFilter(column="Customer"), ["sales.orders.orders"]),
        (DatasetFilter(tag="daily"), ["sales.orders.orders"]),
        (DatasetFilter(kind="python"), []),
        (DatasetFilter(published=True), ["sales.orders.orders"]),
        (DatasetFilter(text="row order"), ["sales.orders.orders"]),
        (DatasetFilter(domain="finance", text="rev"), ["finance.report.revenue"]),
        (DatasetFilter(text="revenue order"), []),
    ],
)
def test_datasets_are_listed_by_what_they_must_have(wanted: DatasetFilter, datasets: list[str]) -> None:
    versions = {"v1": version("v1", "sales.orders.orders", "customer")}
    found = advanced(None, described(shop()), shown(1, sales__orders="p1", sales__orders__orders="v1"), versions)
    assert [each.address for each in listed_datasets(found, wanted)] == datasets

"""Lists, search and details of the catalog as JSON documents."""

from __future__ import annotations

from meshwright.app.catalog_details import ColumnCard, ColumnsCard, ConsumersCard, ProductHistory, VersionPage
from meshwright.app.catalog_lists import (
    CatalogPage,
    ColumnSummary,
    DatasetSummary,
    DomainSummary,
    Field,
    ProductSummary,
    SearchPage,
)
from meshwright.app.reports import ProductCard
from meshwright.faces.documents.plainvalues import Document
from meshwright.faces.documents.show import version_document

_FIELDS = {
    Field.NAME: "name",
    Field.TITLE: "title",
    Field.TAGS: "tags",
    Field.OWNERS: "owners",
    Field.DOMAIN: "domain",
    Field.DESCRIPTION: "description",
    Field.COLUMNS: "columns",
}


def domains_document(page: CatalogPage[DomainSummary]) -> Document:
    """A page of domains."""
    return {
        "schema": "meshwright/domains/1",
        **_head(page),
        "domains": [
            {
                "name": domain.name,
                "purpose": domain.purpose,
                "owners": list(domain.owners),
                "products": list(domain.products),
            }
            for domain in page.items
        ],
    }


def products_document(page: CatalogPage[ProductSummary]) -> Document:
    """A page of products."""
    return {"schema": "meshwright/products/1", **_head(page), "products": [_product(each) for each in page.items]}


def datasets_document(page: CatalogPage[DatasetSummary]) -> Document:
    """A page of datasets."""
    return {"schema": "meshwright/datasets/1", **_head(page), "datasets": [_dataset(each) for each in page.items]}


def _head(page: CatalogPage[DomainSummary] | CatalogPage[ProductSummary] | CatalogPage[DatasetSummary]) -> Document:
    return {"environment": page.environment, "generation": page.generation, "total": page.total}


def _product(product: ProductSummary) -> Document:
    return {
        "address": product.address,
        "domain": product.domain,
        "name": product.name,
        "version": product.version,
        "status": product.status,
        "description": product.description,
        "owners": list(product.owners),
        "tags": list(product.tags),
        "generation": product.generation,
        "ports": list(product.ports),
        "datasets": [dataset.address for dataset in product.datasets],
    }


def _dataset(dataset: DatasetSummary) -> Document:
    published = dataset.published
    return {
        "address": dataset.address,
        "kind": dataset.kind,
        "description": dataset.description,
        "tags": list(dataset.tags),
        "ports": list(dataset.ports),
        "columns": [_column_summary(column) for column in dataset.columns],
        "published": None
        if published is None
        else {
            "version": published.version,
            "generation": published.generation,
            "rows": published.rows,
            "size_bytes": published.size_bytes,
            "created_at": published.created_at.isoformat() if published.created_at else None,
        },
    }


def _column_summary(column: ColumnSummary) -> Document:
    return {
        "name": column.name,
        "type": column.type,
        "description": column.description,
        "classification": column.classification,
        "tags": list(column.tags),
    }


def search_document(page: SearchPage) -> Document:
    """A page of what was found, best first."""
    answer = page.answer
    return {
        "schema": "meshwright/search/1",
        "environment": page.environment,
        "generation": page.generation,
        "total": answer.total,
        "counts": {kind.value: count for kind, count in answer.counts.items()},
        "meant": {word: list(words) for word, words in answer.meant.items()},
        "hits": [
            {
                "kind": hit.kind.value,
                "address": hit.address,
                "id": hit.id,
                "score": hit.score,
                "title": hit.title,
                "description": hit.description,
                "highlights": [
                    {"field": _FIELDS[each.field], "text": each.text, "spans": [list(span) for span in each.spans]}
                    for each in hit.highlights
                ],
            }
            for hit in answer.hits
        ],
    }


def history_document(history: ProductHistory) -> Document:
    """How a product was published, newest first."""
    return {
        "schema": "meshwright/product-history/1",
        "product": history.product,
        "environment": history.environment,
        "publications": publication_documents(history),
    }


def publication_documents(history: ProductHistory) -> list[Document]:
    """The publications of a history."""
    return [
        {
            "generation": each.publication.generation,
            "until": each.publication.until,
            "at": each.publication.at.isoformat(),
            "by": each.publication.by,
            "run_id": each.publication.run_id,
            "action": each.publication.action.value,
            "reason": each.publication.reason,
            "revision": each.publication.revision,
            "version": each.version,
            "status": each.status,
            "commit": each.commit,
        }
        for each in history.publications
    ]


def ports_document(card: ProductCard) -> Document:
    """The ports of a product with their versions."""
    return {
        "schema": "meshwright/ports/1",
        "product": card.address,
        "environment": card.environment,
        "ports": [
            {"port": port.address, "version": port.version, "status": port.status, "is_default": port.is_default}
            for port in card.ports
        ],
    }


def versions_document(page: VersionPage) -> Document:
    """Versions of a dataset, newest first."""
    return {
        "schema": "meshwright/versions/1",
        "dataset": page.dataset,
        "environment": page.environment,
        "published": page.published,
        "versions": [version_document(version) for version in page.versions],
    }


def columns_document(card: ColumnsCard) -> Document:
    """The columns of a dataset."""
    return {
        "schema": "meshwright/columns/1",
        "dataset": card.dataset,
        "environment": card.environment,
        "columns": [_column(column) for column in card.columns],
    }


def column_document(card: ColumnCard) -> Document:
    """One column."""
    return {
        "schema": "meshwright/column/1",
        "dataset": card.dataset,
        "environment": card.environment,
        **_column(card),
    }


def _column(card: ColumnCard) -> Document:
    return {
        "name": card.name,
        "address": f"{card.dataset}.{card.name}",
        "type": card.type,
        "published": card.is_published,
        "description": card.description,
        "classification": card.classification,
        "promised": [
            {
                "port": each.port,
                "logical_type": each.logical_type,
                "physical_type": each.physical_type,
                "required": each.is_required,
                "unique": each.is_unique,
                "classification": each.classification,
                "description": each.description,
                "tags": list(each.tags),
            }
            for each in card.promised
        ],
        "rules": [{"id": id_, "rule": words} for id_, words in card.rules],
    }


def consumers_document(card: ConsumersCard) -> Document:
    """Who uses a product."""
    return {
        "schema": "meshwright/consumers/1",
        "product": card.product,
        "environment": card.environment,
        "products": [
            {
                "address": each.address,
                "owners": list(each.owners),
                "reads": [{"dataset": reader, "reads": read} for reader, read in each.reads],
            }
            for each in card.products
        ],
        "declared": [
            {
                "name": consumer.name,
                "kind": consumer.kind,
                "owner": consumer.owner,
                "url": consumer.url,
                "description": consumer.description,
                "declared_in": product,
                "uses": [{"port": port, "columns": list(columns)} for port, columns in consumer.uses],
            }
            for product, consumer in card.declared
        ],
    }

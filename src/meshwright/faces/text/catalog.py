"""Lists, search and details of the catalog as lines for people."""

from __future__ import annotations

from collections.abc import Sequence

from meshwright.app.catalog_details import ColumnCard, ColumnsCard, ConsumersCard, ProductHistory, VersionPage
from meshwright.app.catalog_lists import CatalogPage, DatasetSummary, DomainSummary, ProductSummary, SearchPage
from meshwright.app.reports import ProductCard
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import bytes_words, count_words, number_words, time_words


def domains_lines(page: CatalogPage[DomainSummary], look: Look) -> list[str]:
    """A page of domains."""
    rows = [
        [domain.name, number_words(len(domain.products)), ", ".join(domain.owners), domain.purpose]
        for domain in page.items
    ]
    return _listed(("domain", "products", "owners", "purpose"), rows, page.total, look, "domain")


def products_lines(page: CatalogPage[ProductSummary], look: Look) -> list[str]:
    """A page of products."""
    rows = [
        [
            product.address,
            product.version or "",
            product.status or "",
            "not published" if product.generation is None else str(product.generation),
            ", ".join(product.owners),
            product.description or "",
        ]
        for product in page.items
    ]
    titles = ("product", "version", "status", "generation", "owners", "description")
    return _listed(titles, rows, page.total, look, "product")


def datasets_lines(page: CatalogPage[DatasetSummary], look: Look) -> list[str]:
    """A page of datasets."""
    rows = [
        [
            dataset.address,
            dataset.kind,
            "not published" if dataset.published is None else number_words(dataset.published.rows),
            "" if dataset.published is None else bytes_words(dataset.published.size_bytes),
            "" if dataset.published is None else time_words(dataset.published.created_at),
            dataset.description or "",
        ]
        for dataset in page.items
    ]
    return _listed(("dataset", "kind", "rows", "size", "built", "description"), rows, page.total, look, "dataset")


def search_lines(page: SearchPage, look: Look) -> list[str]:
    """A page of what was found."""
    answer = page.answer
    rows = [[hit.kind.value, hit.address, hit.title or hit.description or ""] for hit in answer.hits]
    lines = [f"'{word}' is nowhere; looked for {', '.join(words)}" for word, words in answer.meant.items()]
    return [*lines, *_listed(("kind", "address", "what"), rows, answer.total, look, "hit")]


def history_lines(history: ProductHistory, look: Look) -> list[str]:
    """How a product was published."""
    if not history.publications:
        return [f"{history.product} was not published in {history.environment} yet"]
    rows = [
        [
            str(each.publication.generation),
            time_words(each.publication.at),
            each.publication.action.value,
            each.version or "",
            each.publication.by,
            each.publication.run_id,
            each.publication.reason,
        ]
        for each in history.publications
    ]
    return _table(("generation", "at", "action", "version", "by", "run", "reason"), rows, look)


def ports_lines(card: ProductCard, look: Look) -> list[str]:
    """The ports of a product."""
    if not card.ports:
        return [f"{card.address} has no ports"]
    rows = [
        [port.address, port.version, port.status or "", "read where none is chosen" if port.is_default else ""]
        for port in card.ports
    ]
    return _table(("port", "version", "status", ""), rows, look)


def versions_lines(page: VersionPage, look: Look) -> list[str]:
    """Versions of a dataset."""
    if not page.versions:
        return [f"{page.dataset} was never built"]
    rows = [
        [
            look.marks.arrow if version.id == page.published else "",
            version.id,
            number_words(version.rows),
            bytes_words(version.size_bytes),
            time_words(version.created_at),
            version.run_id,
        ]
        for version in page.versions
    ]
    return _table(("", "version", "rows", "size", "built", "run"), rows, look)


def columns_lines(card: ColumnsCard, look: Look) -> list[str]:
    """The columns of a dataset."""
    if not card.columns:
        return [f"the columns of {card.dataset} are not known yet"]
    rows = [
        [column.name, column.type or "", column.classification or "", column.description or ""]
        for column in card.columns
    ]
    return _table(("column", "type", "classification", "description"), rows, look)


def column_lines(card: ColumnCard, look: Look) -> list[str]:
    """One column."""
    lines = [look.paint(f"column {card.dataset}.{card.name}", "bold")]
    facts = (
        ("type", card.type or "not known yet"),
        ("description", card.description),
        ("classification", card.classification),
        ("promised by", ", ".join(each.port for each in card.promised)),
    )
    lines += [f"{name:14} {one_line(value)}" for name, value in facts if value]
    lines += [f"{'rule':14} {one_line(f'{words} ({id_})')}" for id_, words in card.rules]
    return lines


def consumers_lines(card: ConsumersCard, look: Look) -> list[str]:
    """Who uses a product."""
    rows = [
        ["product", each.address, ", ".join(each.owners), ", ".join(sorted({read for _, read in each.reads}))]
        for each in card.products
    ]
    rows += [
        [consumer.kind, consumer.name, consumer.owner, ", ".join(port for port, _ in consumer.uses)]
        for _, consumer in card.declared
    ]
    return _table(("kind", "consumer", "owner", "uses"), rows, look) if rows else [f"nobody uses {card.product}"]


def _listed(titles: Sequence[str], rows: list[list[str]], total: int, look: Look, noun: str) -> list[str]:
    if not rows:
        return [f"no {noun} here"] if not total else [f"no more than these {count_words(total, noun)}"]
    more = [] if len(rows) == total else [f"{number_words(len(rows))} of {count_words(total, noun)}"]
    return [*_table(titles, rows, look), *more]


def _table(titles: Sequence[str], rows: list[list[str]], look: Look) -> list[str]:
    return table_lines([Heading(title=title) for title in titles], rows, look)

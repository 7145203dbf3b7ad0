"""The queries of a product's rules that read what other products offer. A rule's SQL is parsed here only where it may."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from meshwright.files.cache import ParseCache
from meshwright.files.statements import StatementRequest, parse_statements, read_addresses
from meshwright.frozen import dataclass
from meshwright.model import Product, QualityRule, bytes_identity, product_of
from meshwright.sql import blank_placeholders


@dataclass(frozen=True, slots=True)
class RuleQuery:
    """The query of a rule, with what it reads."""

    rule: QualityRule
    query: str
    reads: tuple[str, ...]


def rule_queries(product: Product, names: Collection[str], cache: ParseCache | None) -> tuple[RuleQuery, ...]:
    """Return the queries of `product` that read one of `names`, which are of other products."""
    products = {product_of(name).partition(".")[2] for name in names}
    found = [
        (rule, rule.query)
        for rule in all_rules(product)
        if rule.query and any(each in rule.query.casefold() for each in products)
    ]
    if not found:
        return ()
    requests = {query: _request(query, product.address) for _, query in found}
    parsed = parse_statements(tuple(requests.values()), cache)
    reads = {query: read_addresses(parsed[request.path], product.address) for query, request in requests.items()}
    return tuple(
        RuleQuery(rule, query, reads[query]) for rule, query in found if not set(names).isdisjoint(reads[query])
    )


def all_rules(product: Product) -> Iterator[QualityRule]:
    """Yield the rules of a product's contracts and of its pipeline."""
    for port in product.ports.values():
        for promised in port.contract.objects:
            yield from promised.quality
            for column in promised.properties:
                yield from column.quality
    for tests in product.tests:
        yield from tests.rules


def _request(query: str, product: str) -> StatementRequest:
    text = blank_placeholders(query)
    digest = bytes_identity(text.encode())
    return StatementRequest(path=digest, text=text, digest=digest, product=product, dialect="duckdb")

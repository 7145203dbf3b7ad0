"""Names of other products' datasets, resolved through the versions of their ports: once, when the mesh is opened.

What a product writes as ``sales.orders.orders`` is what a port of ``sales.orders`` offers under that name: in the version
that the product's input ports choose, else in the newest active one. From here on nodes, tests and rules name the dataset
behind it, in their SQL as well, so that everything above knows datasets alone. See docs/adr/0024.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.files.cache import ParseCache
from meshwright.files.portqueries import RuleQuery, rule_queries
from meshwright.files.renaming import renamed_product
from meshwright.frozen import dataclass
from meshwright.graph import place_of_reference
from meshwright.model import Mesh, Port, PortRead, Product, product_of
from meshwright.model.portoffers import PortOffer, PortOffers
from meshwright.model.portversions import by_port, is_active, newest_active, version_word


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedMesh:
    """A mesh whose products name datasets alone."""

    mesh: Mesh
    #: Product -> what it reads through ports that have to be resolved.
    through: Mapping[str, tuple[PortRead, ...]]
    #: What is wrong with the names that products read.
    findings: tuple[Diagnostic, ...]


def with_port_names(mesh: Mesh, offers: PortOffers, cache: ParseCache | None) -> NamedMesh:
    """Return the mesh with every name that a product reads resolved; `offers` are those that have to be."""
    findings: list[Diagnostic] = []
    through: dict[str, tuple[PortRead, ...]] = {}
    domains = {}
    for name, domain in mesh.domains.items():
        products = {}
        for key, product in domain.products.items():
            foreign = {read: found for read, found in offers.items() if product_of(read) != product.address}
            queries = rule_queries(product, foreign, cache)
            reads = _reads(product, foreign, queries, mesh.dialect, findings)
            if reads:
                through[product.address] = tuple(reads.values())
            products[key] = renamed_product(product, reads, queries, cache, findings) if reads else product
        domains[name] = replace(domain, products=MappingProxyType(products))
    return NamedMesh(mesh=replace(mesh, domains=MappingProxyType(domains)), through=through, findings=tuple(findings))


def _reads(
    product: Product,
    offers: PortOffers,
    queries: tuple[RuleQuery, ...],
    dialect: str,
    findings: list[Diagnostic],
) -> dict[str, PortRead]:
    """Return what each of the offered names means that the product reads."""
    written = {
        *(read for node in product.nodes.values() for read in node.reads),
        *(read for test in product.sql_tests for read in test.reads),
        *(read for query in queries for read in query.reads),
    }
    found: dict[str, PortRead] = {}
    for name in sorted(written & offers.keys()):
        read, refusing = _read(product, name, offers[name])
        if read is not None:
            found[name] = read
        elif refusing is not None:
            readers = _readers(product, name, queries, dialect)
            findings += [_not_offered(reader, span, name, refusing) for reader, span in readers]
    return found


def _read(
    product: Product, name: str, offers: tuple[PortOffer, ...]
) -> tuple[PortRead | None, tuple[str, Port] | None]:
    """Return what `name` means to `product`; where the version that it chose does not offer it, that and another that does.

    Where several ports offer a name it is one dataset (`files.portobjects.check_names`), so the first that may be read has it.
    """
    datasets = {offer.port.address: offer.dataset for offer in offers}
    refusing = None
    for port_name, versions in by_port(offer.port for offer in offers).items():
        chosen = product.chosen.get(port_name)
        if chosen is not None and chosen not in datasets:
            refusing = chosen, versions[-1]
            continue
        port = newest_active(versions) if chosen is None else next(each for each in versions if each.address == chosen)
        word = version_word(port)
        if chosen is not None:
            why = f"{word} is chosen by an input port of {product.address}"
        elif is_active(port):
            why = f"{word} is the newest active version"
        else:
            why = f"{word} is {port.contract.status}, and no version of it is active"
        read = PortRead(name=name, dataset=datasets[port.address], port=port.address, why=f"port {port_name}: {why}")
        return read, None
    return None, refusing


def _readers(
    product: Product, name: str, queries: tuple[RuleQuery, ...], dialect: str
) -> Iterator[tuple[str, SourceSpan | None]]:
    """Yield who of `product` reads `name`, and where."""
    for node in product.nodes.values():
        if name in node.reads and node.sql is not None:
            yield node.address, place_of_reference(node.sql.text, node.sql.dialect, node.span, product.address, name)
        elif name in node.reads and node.python is not None:
            yield node.address, next((given.span for given in node.python.inputs if given.dataset == name), node.span)
    for test in product.sql_tests:
        if name in test.reads:
            place = place_of_reference(test.text, dialect, test.span, product.address, name)
            yield f"{product.address}/tests/{test.name}", place
    for query in queries:
        if name in query.reads:
            yield f"a rule of {product.address}", query.rule.span


def _not_offered(reader: str, span: SourceSpan | None, name: str, refusing: tuple[str, Port]) -> Diagnostic:
    chosen, other = refusing
    return Diagnostic(
        code="MW-G121",
        message=f"'{reader}' reads '{name}', which {chosen}, chosen by an input port, does not offer; {other.address} does",
        span=span,
        fix=f"read what {chosen} offers, or choose {version_word(other)} in the input port",
        object=reader,
    )

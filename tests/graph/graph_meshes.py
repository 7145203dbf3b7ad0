"""Meshes in a few words for the tests of the graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from meshwright.diagnostics import SourceSpan
from meshwright.model import (
    Contract,
    Domain,
    FileSource,
    Mesh,
    Node,
    Port,
    Product,
    SqlModel,
    SqlTest,
    dataset_name,
    domain_of,
    product_of,
)


def node(address: str, reads: Sequence[str], after: Sequence[str] = (), tags: Sequence[str] = ()) -> Node:
    """A SQL node that reads `reads`, or a source where it reads nothing."""
    span = SourceSpan(file=f"domains/{address.replace('.', '/', 1).replace('.', '/models/')}.sql")
    if not reads:
        source = FileSource(path="data/x.csv", format="csv")
        return Node(address=address, kind="source", source=source, after=tuple(after), tags=tuple(tags), span=span)
    own = product_of(address)
    names = [dataset_name(read) if product_of(read) == own else read for read in reads]
    text = "select *\nfrom " + "\n  join ".join(names)
    model = SqlModel(text=text, dialect="duckdb", fingerprint="f", canonical="c", reads=tuple(reads))
    return Node(address=address, kind="sql", sql=model, after=tuple(after), tags=tuple(tags), span=span)


def mesh(
    reads: Mapping[str, Sequence[str]],
    *,
    ports: Mapping[str, Sequence[str]] | None = None,
    after: Mapping[str, Sequence[str]] | None = None,
    tests: Sequence[SqlTest] = (),
    tags: Mapping[str, Sequence[str]] | None = None,
) -> Mesh:
    """Build a mesh of dataset -> datasets it reads; `ports` maps ``domain.product/port`` to datasets."""
    nodes: dict[str, dict[str, Node]] = defaultdict(dict)
    for address, found in reads.items():
        nodes[product_of(address)][dataset_name(address)] = node(
            address, found, (after or {}).get(address, ()), (tags or {}).get(address, ())
        )
    held: dict[str, dict[str, Port]] = defaultdict(dict)
    for address, datasets in (ports or {}).items():
        product, _, name = address.partition("/")
        contract = Contract(id=address, version="1.0.0", api_version="v3.2.0")
        held[product][name] = Port(address=address, name=name, contract=contract, datasets=tuple(datasets))
    products: dict[str, dict[str, Product]] = defaultdict(dict)
    for address, found_nodes in nodes.items():
        own_tests = tuple(test for test in tests if product_of(test.dataset) == address)
        products[domain_of(address)][address.partition(".")[2]] = Product(
            address=address, nodes=found_nodes, ports=held.get(address, {}), sql_tests=own_tests
        )
    domains = {
        name: Domain(name=name, purpose="p", owners=(f"team:{name}",), products=found)
        for name, found in products.items()
    }
    return Mesh(name="m", domains=domains)


def everything_in_ports(reads: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """One port a product that holds all its datasets."""
    ports: dict[str, list[str]] = defaultdict(list)
    for address in reads:
        ports[f"{product_of(address)}/all"].append(address)
    return ports

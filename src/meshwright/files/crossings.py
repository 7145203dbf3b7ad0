"""What products say about each other: identities that must be unique, input ports, consumers of ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from meshwright.diagnostics import Diagnostic, InputError, Severity, SourceSpan, known_names_hint
from meshwright.files.aliases import check_aliases
from meshwright.files.cache import ParseCache
from meshwright.files.choices import Choices, offered_names
from meshwright.files.consumers import read_consumers
from meshwright.files.products import BuiltProduct
from meshwright.files.standards import InputPort
from meshwright.files.statements import StatementRequest, parse_statements, read_addresses
from meshwright.files.trigger_crossings import check_publications
from meshwright.model import Port, Product, bytes_identity, product_of
from meshwright.model.portversions import unversioned
from meshwright.sql import render_rule_query


def cross_products(
    built: Sequence[BuiltProduct],
    findings: list[Diagnostic],
    cache: ParseCache | None = None,
    *,
    store: str,
    root: PurePath,
) -> tuple[Product, ...]:
    """Return the products with their consumers, after checking what they say about each other.

    `store` is where the mesh, which lies at `root`, keeps its datasets.
    `cache` remembers the parsed queries of rules, which are looked at where nothing else reads an input port.
    """
    ports: dict[str, Port | None] = dict.fromkeys(
        address for item in built for address in item.broken if "/" in address
    )
    ports.update((port.address, port) for item in built for port in item.product.ports.values())
    _check_identities(built, findings)
    choices = Choices.of(port for port in ports.values() if port)
    products = []
    for item in built:
        _check_inputs(item, ports, choices, cache, findings)
        product = item.product
        if item.document is not None and (chosen := choices.of_product(product.address, item.document, findings)):
            product = replace(product, chosen=chosen)
        if item.consumers is not None:
            consumers = read_consumers(item.consumers, product=product.address, ports=ports, findings=findings)
            product = replace(product, consumers=consumers)
        products.append(product)
    check_aliases(products, store, root, findings)
    check_publications(products, frozenset().union(*(item.broken for item in built)), findings)
    return tuple(products)


def _check_identities(built: Sequence[BuiltProduct], findings: list[Diagnostic]) -> None:
    """Products and contracts are referred to by id from other files, so an id names one."""
    products: dict[str, str] = {}
    contracts: dict[str, str] = {}
    for item in built:
        product = item.product
        if product.id is not None and product.span is not None:
            first = products.setdefault(product.id, product.address)
            if first != product.address:
                findings.append(_repeated("product", product.id, first, product.span, product.address))
        for port in product.ports.values():
            first = contracts.setdefault(port.contract.id, port.address)
            is_version = unversioned(first) == unversioned(port.address)
            if not is_version and port.contract.span is not None:
                findings.append(_repeated("contract", port.contract.id, first, port.contract.span, port.address))


def _repeated(what: str, id_: str, first: str, span: SourceSpan, address: str) -> Diagnostic:
    return Diagnostic(
        code="MW-M308",
        message=f"the {what} id '{id_}' is that of {first} already",
        span=span,
        fix="give each its own id, for example a new UUID or its address",
        object=address,
    )


def _check_inputs(
    item: BuiltProduct,
    ports: Mapping[str, Port | None],
    choices: Choices,
    cache: ParseCache | None,
    findings: list[Diagnostic],
) -> None:
    if item.document is None:
        return
    reads = {dataset for node in item.product.nodes.values() for dataset in node.reads}
    reads.update(dataset for test in item.product.sql_tests for dataset in test.reads)
    for declared in item.document.input_ports:
        port = choices.port_of(declared)
        if port is not None:
            if reads.isdisjoint(offered_names(port)):
                reads |= _read_by_rules(item.product, port, cache)
            findings += _input_warnings(item.product, declared, port, reads)
        elif declared.contract_id is not None and not choices.names(declared) and None not in ports.values():
            findings.append(
                Diagnostic(
                    code="MW-M309",
                    message=f"input port '{declared.name}' names contract '{declared.contract_id}', which no port of the mesh has",
                    span=declared.span,
                    fix=known_names_hint(declared.contract_id, choices.by_contract, what="contract ids"),
                    object=item.product.address,
                )
            )


def _read_by_rules(product: Product, port: Port, cache: ParseCache | None) -> frozenset[str]:
    """Return the datasets that those of the product's rules read whose query speaks of the port's product."""
    contracts = (promised for own in product.ports.values() for promised in own.contract.objects)
    rules = [rule for tests in product.tests for rule in tests.rules]
    for promised in contracts:
        rules += [*promised.quality, *(rule for column in promised.properties for rule in column.quality)]
    name = product_of(port.datasets[0]).partition(".")[2] if port.datasets else ""
    found = {rule.query for rule in rules if rule.query and name and name in rule.query.casefold()}
    requests = [_request(query, product.address) for query in sorted(found)]
    statements = parse_statements(requests, cache) if requests else {}
    return frozenset(read for parsed in statements.values() for read in read_addresses(parsed, product.address))


def _request(query: str, product: str) -> StatementRequest:
    """A rule's query to be parsed for what it reads: which of the product's own datasets and columns its
    placeholders stand for does not matter here."""
    try:
        text = render_rule_query(query, object_name="placeholder", column="placeholder")
    except InputError:
        text = query  # `checks.problems` says what is wrong with it
    digest = bytes_identity(text.encode())
    return StatementRequest(path=digest, text=text, digest=digest, product=product, dialect="duckdb")


def _input_warnings(product: Product, declared: InputPort, port: Port, reads: set[str]) -> list[Diagnostic]:
    found = []
    if reads.isdisjoint(offered_names(port)) and product_of(port.address.replace("/", ".")) != product.address:
        found.append(
            Diagnostic(
                code="MW-M310",
                message=f"input port '{declared.name}' is declared, but {product.address} reads no dataset of {port.address}",
                span=declared.span,
                fix="remove the input port, or read from it",
                severity=Severity.WARNING,
                object=product.address,
            )
        )
    if declared.version is not None and port.version is not None and declared.version != port.version:
        found.append(
            Diagnostic(
                code="MW-M311",
                message=f"input port '{declared.name}' is declared at version {declared.version}, "
                f"but {port.address} is at {port.version}",
                span=declared.span,
                fix=f"check that {product.address} can read version {port.version}, then write it",
                severity=Severity.WARNING,
                object=product.address,
            )
        )
    return found

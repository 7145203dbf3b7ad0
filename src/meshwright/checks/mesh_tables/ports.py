"""Rows of what is promised: ports, contracts, service levels, columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any  # decoded JSON of a document that the standard's schema was checked on

from meshwright.checks.durations import duration_s
from meshwright.checks.mesh_tables.facts import MeshFacts, Row, place
from meshwright.model import (
    Contract,
    ContractProperty,
    Mesh,
    Node,
    Port,
    Product,
    dataset_name,
    domain_of,
    product_of,
)

#: Words that mark personal data, as a classification or a tag.
_PERSONAL = frozenset({"pii", "personal", "personal_data", "personal-data"})
#: Names under which contracts keep their licence.
_LICENCE = frozenset({"licence", "license", "terms"})


def port_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.ports`."""
    users = _users(facts.mesh)
    for product, port in _ports(facts.mesh):
        contract = port.contract
        yield (
            port.address,
            product.address,
            domain_of(product.address),
            port.name,
            port.version,
            contract.status,
            port.description or contract.description,
            contract.id,
            contract.version,
            contract.tags,
            port.datasets,
            freshness_s(contract),
            users.get(port.address, 0),
            *place(contract.span, port.span),
        )


def contract_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.contracts`."""
    for product, port in _ports(facts.mesh):
        contract = port.contract
        yield (
            contract.id,
            port.address,
            product.address,
            domain_of(product.address),
            contract.name,
            contract.version,
            contract.api_version,
            contract.status,
            contract.description,
            contract.tags,
            len(contract.objects),
            sum(len(item.quality) + sum(len(inner.quality) for inner in item.properties) for item in contract.objects),
            *_terms(contract),
            *place(contract.span, port.span),
        )


def _terms(contract: Contract) -> tuple[str | None, str | None, str | None, int]:
    """Return usage, limitations, licence and the number of ways to ask for help, out of the whole document."""
    document: Mapping[str, Any] = json.loads(contract.document)
    description, support = document.get("description"), document.get("support")
    words = description if isinstance(description, dict) else {}
    usage, limitations = (_text(words.get(key)) for key in ("usage", "limitations"))
    return usage, limitations, _licence(document), len(support) if isinstance(support, list) else 0


def _licence(document: Mapping[str, Any]) -> str | None:
    """Return what a contract says of its licence: ODCS has no field of its own for that."""
    for key, name, value in (("customProperties", "property", "value"), ("authoritativeDefinitions", "type", "url")):
        for entry in document.get(key) or ():
            if isinstance(entry, dict) and str(entry.get(name)).casefold() in _LICENCE:
                return _text(entry.get(value))
    return None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def service_level_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.service_levels`."""
    for product, port in _ports(facts.mesh):
        for level in port.contract.sla:
            yield (
                port.address,
                product.address,
                domain_of(product.address),
                level.property,
                None if level.value is None else str(level.value),
                level.unit,
                duration_s(level.value, level.unit),
                level.element,
                level.driver,
                level.description,
                *place(level.span, port.contract.span),
            )


def _masked(mesh: Mesh) -> frozenset[str]:
    return frozenset(name.casefold() for name in mesh.sandboxes.mask)


def column_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.columns`: the columns of every dataset, then what contracts promise beyond them."""
    promised, masked = _promises(facts.mesh), _masked(facts.mesh)
    for node in facts.mesh.nodes():
        columns = facts.columns.get(node.address, ())
        known = {column.name.casefold() for column in columns}
        offers = promised.get(node.address, {})
        for position, column in enumerate(columns, start=1):
            properties = offers.get(column.name.casefold(), ())
            for port, item in properties or ((None, None),):
                yield _column_row(node, column.name, position, column.type, port, item, masked)
        for name, properties in offers.items():
            if name not in known:
                for port, item in properties:
                    yield _column_row(node, item.name, None, None, port, item, masked)


def freshness_s(contract: Contract) -> int | None:
    """Return the strictest freshness that a contract promises, in seconds."""
    found = [duration_s(level.value, level.unit) for level in contract.sla if level.property.casefold() == "freshness"]
    return min((value for value in found if value is not None), default=None)


def _column_row(
    node: Node,
    name: str,
    position: int | None,
    type_text: str | None,
    port: Port | None,
    item: ContractProperty | None,
    masked: frozenset[str],
) -> Row:
    address = node.address
    words = {word.casefold() for word in (*item.tags, item.classification or "")} if item else set()
    return (
        f"{address}.{name}",
        address,
        product_of(address),
        domain_of(address),
        name,
        position,
        type_text,
        port.address if port else None,
        item.logical_type if item else None,
        item.physical_type if item else None,
        bool(item and item.is_required),
        bool(item and item.is_unique),
        bool(item and item.is_primary_key),
        item.classification if item else None,
        not words.isdisjoint(_PERSONAL),
        bool(item and item.classification and item.classification.casefold() in masked),
        item.description if item else None,
        item.tags if item else (),
        *place(item.span if item else None, port.contract.span if port else node.span),
    )


def _ports(mesh: Mesh) -> Iterator[tuple[Product, Port]]:
    for product in mesh.products():
        for _, port in sorted(product.ports.items()):
            yield product, port


def _promises(mesh: Mesh) -> Mapping[str, dict[str, tuple[tuple[Port, ContractProperty], ...]]]:
    """Return dataset -> folded column name -> the ports that promise it, each with the property."""
    found: dict[str, dict[str, tuple[tuple[Port, ContractProperty], ...]]] = {}
    for product, port in _ports(mesh):
        for item in port.contract.objects:
            offers = found.setdefault(f"{product.address}.{item.dataset}", {})
            for inner in item.properties:
                name = inner.name.casefold()
                offers[name] = (*offers.get(name, ()), (port, inner))
    return found


def _users(mesh: Mesh) -> dict[str, int]:
    """Return port -> number of consumers that use it."""
    found: dict[str, int] = {}
    for product in mesh.products():
        for consumer in product.consumers:
            for port in {port for port, _ in consumer.uses}:
                found[port] = found.get(port, 0) + 1
    return found


def datasets_promised(mesh: Mesh) -> Mapping[str, tuple[Port, ...]]:
    """Return dataset -> the ports that hold it."""
    found: dict[str, tuple[Port, ...]] = {}
    for _, port in _ports(mesh):
        for dataset in port.datasets:
            found[dataset] = (*found.get(dataset, ()), port)
    return found


def promised_words(ports: tuple[Port, ...], dataset: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the first description and all tags that contracts give a dataset."""
    items = [item for port in ports for item in port.contract.objects if item.dataset == dataset_name(dataset)]
    description = next((item.description for item in items if item.description), None)
    return description, tuple(dict.fromkeys(tag for item in items for tag in item.tags))

"""Entries of `consumers.yaml` that were right when their product was published: what they name is gone since.

Such an entry says the truth about a consumer, which uses what it used. Whether it may be taken away is for the policy
`breaking_changes` to say; the entry itself stops nothing, while one that never was right is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from meshwright.app.standing_products import standing_products
from meshwright.diagnostics import Diagnostic, Severity
from meshwright.model import Consumer, Mesh
from meshwright.state.protocol import Reader
from meshwright.state.records import ObjectKind

#: An unknown port, and an unknown column.
_CODES = frozenset({"MW-M312", "MW-M313"})


def without_outdated(
    findings: tuple[Diagnostic, ...], mesh: Mesh, reader: Reader, environment: str
) -> tuple[Diagnostic, ...]:
    """Return `findings` with those about entries that stand published as they are turned into warnings (MW-P312)."""
    products = {found.object for found in findings if found.code in _CODES and found.object}
    pointers = reader.pointers(environment)
    revisions = {name: pointer.revision for name, pointer in pointers.items() if pointer.kind is ObjectKind.PRODUCT}
    standing = standing_products(reader, revisions, products)
    recorded = {product: {each.name: each for each in found.consumers or ()} for product, found in standing.items()}
    return tuple(_weighed(found, mesh, recorded) for found in findings)


def _weighed(found: Diagnostic, mesh: Mesh, recorded: Mapping[str, Mapping[str, Consumer]]) -> Diagnostic:
    consumer = _consumer_at(found, mesh) if found.code in _CODES else None
    if consumer is None:
        return found
    before = recorded.get(found.object or "", {}).get(consumer.name)
    if before is None or not _pairs(consumer) <= _pairs(before):
        return found
    return replace(
        found,
        code="MW-P312",
        message=f"{consumer.kind} {consumer.name} ({consumer.owner}) was published as using what is gone: {found.message}",
        fix="write what the consumer uses from now on, or remove it once it is gone",
        severity=Severity.WARNING,
    )


def _consumer_at(found: Diagnostic, mesh: Mesh) -> Consumer | None:
    """Return the consumer in whose entry a finding stands: the last one that begins at or before it."""
    product, place = mesh.product(found.object or ""), found.span
    if product is None or place is None:
        return None
    before = [
        (each.span.line, each.span.column, each)
        for each in product.consumers
        if each.span is not None
        and each.span.file == place.file
        and (each.span.line, each.span.column) <= (place.line, place.column)
    ]
    return max(before, key=lambda one: one[:2])[2] if before else None


def _pairs(consumer: Consumer) -> set[tuple[str, str]]:
    """Return each port with each of its columns that a consumer names, and with nothing where it names none."""
    return {(port, column) for port, columns in consumer.uses for column in columns or ("",)}

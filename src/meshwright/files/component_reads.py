"""What lies inside a component is nobody's but the component's: others read its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.graph.references import place_of_reference
from meshwright.model import Node, Product


def inside_reads(products: Sequence[Product]) -> Iterator[Diagnostic]:
    """Yield a finding for each node and test that reads what is no output of a component, from outside of it."""
    hidden = {
        node.address: node
        for product in products
        for node in product.nodes.values()
        if node.origin is not None and not node.origin.is_output
    }
    if not hidden:
        return
    outputs = _outputs(products)
    for product in products:
        for node in product.nodes.values():
            for read in (*node.reads, *node.after):
                inside = hidden.get(read)
                if inside is None or inside.origin is None:
                    continue
                if node.origin is None or node.origin.node != inside.origin.node:
                    text = (node.sql.written or node.sql.text) if node.sql is not None else None
                    place = place_of_reference(text, "duckdb", node.span, product.address, read) if text else node.span
                    yield _finding(node.address, inside, place, outputs)
        for test in product.sql_tests:
            for read in test.reads:
                if read in hidden:
                    place = place_of_reference(test.text, "duckdb", test.span, product.address, read)
                    yield _finding(f"{product.address}/tests/{test.name}", hidden[read], place, outputs)


def _outputs(products: Sequence[Product]) -> Mapping[str, list[str]]:
    """Return using node -> addresses of its outputs."""
    found: dict[str, list[str]] = {}
    for product in products:
        for node in product.nodes.values():
            if node.origin is not None and node.origin.is_output:
                found.setdefault(node.origin.node, []).append(node.address)
    return found


def _finding(reader: str, inside: Node, span: SourceSpan | None, outputs: Mapping[str, list[str]]) -> Diagnostic:
    assert inside.origin is not None  # only such nodes are looked at
    return Diagnostic(
        code="MW-K015",
        message=f"'{reader}' reads {inside.address}, which lies inside component {inside.origin.label}",
        span=span,
        fix=f"read an output of it: {', '.join(outputs.get(inside.origin.node, [inside.origin.node]))}",
        object=reader,
    )

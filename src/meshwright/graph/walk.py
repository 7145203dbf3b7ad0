"""Up and down the graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from meshwright.graph.dag import Graph


def ancestors(graph: Graph, datasets: Collection[str]) -> frozenset[str]:
    """Return everything that `datasets` are built from, without them unless one feeds another."""
    return _reached(graph.parents, datasets)


def descendants(graph: Graph, datasets: Collection[str]) -> frozenset[str]:
    """Return everything that is built from `datasets`, without them unless one feeds another."""
    return _reached(graph.children, datasets)


def _reached(edges: Mapping[str, tuple[str, ...]], starts: Collection[str]) -> frozenset[str]:
    found: set[str] = set()
    stack = [target for start in starts for target in edges.get(start, ())]
    while stack:
        address = stack.pop()
        if address not in found:
            found.add(address)
            stack.extend(edges[address])
    return frozenset(found)


def near(edges: Mapping[str, tuple[str, ...]], start: str, depth: int) -> frozenset[str]:
    """Return what is reached from `start` over at most `depth` edges, `Graph.parents` or `Graph.children`, without it."""
    seen, wave = {start}, {start}
    for _ in range(depth):
        wave = {target for address in wave for target in edges.get(address, ())} - seen
        if not wave:
            break
        seen |= wave
    return frozenset(seen - {start})

"""Building the graph of a mesh: every reference resolved, every rule about references checked."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, sort_diagnostics
from meshwright.graph.cycles import components, shortest_cycle
from meshwright.graph.dag import Graph
from meshwright.graph.references import References
from meshwright.graph.variations import without_echoes
from meshwright.model import Mesh, domain_of, product_of

Edges = Mapping[str, tuple[str, ...]]


def build_graph(mesh: Mesh, *, broken: frozenset[str] = frozenset()) -> tuple[Graph, tuple[Diagnostic, ...]]:
    """Return the dependency graph of `mesh` and everything that is wrong with its references.

    `broken` holds addresses that the files define with an error; what follows from that is not told again.
    The graph holds only edges between datasets that exist. Where datasets form a cycle their edges stay in
    `parents` and `children`, and `order` lists them by address after what they need; such a mesh has errors
    and is not planned. Linear in datasets and references, and free of recursion.
    """
    references = References.of(mesh, broken)
    parents = {node.address: references.parents(node) for node in mesh.all_nodes()}
    children = _reversed(parents)
    order, cyclic = _topological_order(parents, children)
    units, product_findings = _publication_units(mesh, parents, references)
    findings = [*references.findings(), *_dataset_cycles(cyclic, parents, references), *product_findings]
    graph = Graph(order=order, parents=MappingProxyType(parents), children=MappingProxyType(children), units=units)
    return graph, sort_diagnostics(without_echoes(findings))


def _reversed(parents: Edges) -> dict[str, tuple[str, ...]]:
    children: dict[str, list[str]] = {address: [] for address in parents}
    for address in sorted(parents):
        for parent in parents[address]:
            children[parent].append(address)
    return {address: tuple(found) for address, found in children.items()}


def _topological_order(parents: Edges, children: Edges) -> tuple[tuple[str, ...], frozenset[str]]:
    """Inputs before readers, ties by address; then the rest, which stands on or below a cycle."""
    waiting = {address: len(found) for address, found in parents.items()}
    ready = [address for address, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        address = heapq.heappop(ready)
        order.append(address)
        for child in children[address]:
            waiting[child] -= 1
            if waiting[child] == 0:
                heapq.heappush(ready, child)
    rest = sorted(address for address, count in waiting.items() if count > 0)
    return (*order, *rest), frozenset(rest)


def _dataset_cycles(cyclic: frozenset[str], parents: Edges, references: References) -> Iterable[Diagnostic]:
    """Yield one error for each group of datasets that wait for each other; the way round is named in order."""
    inner = {address: tuple(parent for parent in parents[address] if parent in cyclic) for address in cyclic}
    for group in components(inner):
        if len(group) == 1:  # only below a cycle, or reads itself: references.findings says that
            continue
        path = shortest_cycle(inner, group)
        yield Diagnostic(
            code="MW-G104",
            message=f"datasets wait for each other: {' reads '.join([*path, path[0]])}",
            span=references.span_of(path[0], path[1]),
            fix="break the circle: let one of them read what the others are made from, or split it in two",
            object=path[0],
        )


def _publication_units(
    mesh: Mesh, parents: Edges, references: References
) -> tuple[tuple[tuple[str, ...], ...], list[Diagnostic]]:
    """Group products that read each other, upstream groups first; between domains such a circle is an error."""
    between: dict[str, set[str]] = {product.address: set() for product in mesh.all_products()}
    reading: dict[tuple[str, str], tuple[str, str]] = {}
    for address, found in parents.items():
        for parent in found:
            reader, read = product_of(address), product_of(parent)
            if reader != read:
                between[reader].add(read)
                reading.setdefault((reader, read), (address, parent))
    edges = {product: tuple(sorted(read)) for product, read in between.items()}
    groups = components(edges)
    findings = [
        _product_cycle(_cycle_across_domains(edges, group), reading, references)
        for group in groups
        if len({domain_of(product) for product in group}) > 1
    ]
    return _units_in_order(groups, edges), findings


def _cycle_across_domains(edges: Edges, group: tuple[str, ...]) -> tuple[str, ...]:
    """Return a way round that leaves a domain; one that stays inside would not show what is wrong."""
    members = set(group)
    for product in group:
        for target in edges[product]:
            if target in members and domain_of(target) != domain_of(product):
                return shortest_cycle(edges, members, first_step=(product, target))
    raise ValueError("the group is not strongly connected across domains")


def _product_cycle(
    path: tuple[str, ...], reading: Mapping[tuple[str, str], tuple[str, str]], references: References
) -> Diagnostic:
    steps = []
    for product, following in zip(path, (*path[1:], path[0]), strict=True):
        reader, read = reading[product, following]
        steps.append(f"'{reader}' reads '{read}'")
    reader, read = reading[path[0], path[1] if len(path) > 1 else path[0]]
    return Diagnostic(
        code="MW-G105",
        message=f"products of several domains read each other in a circle: {'; '.join(steps)}",
        span=references.span_of(reader, read),
        fix="move what both need into a product of its own that neither side's other datasets feed",
        object=path[0],
    )


def _units_in_order(groups: tuple[tuple[str, ...], ...], edges: Edges) -> tuple[tuple[str, ...], ...]:
    """Order groups so that what a group reads comes before it; ties by first product."""
    group_of = {product: group[0] for group in groups for product in group}
    by_first = {group[0]: group for group in groups}
    needs: dict[str, set[str]] = defaultdict(set)
    for product, found in edges.items():
        needs[group_of[product]].update(group_of[read] for read in found if group_of[read] != group_of[product])
    parents = {first: tuple(sorted(needs[first])) for first in by_first}
    order, _ = _topological_order(parents, _reversed(parents))
    return tuple(by_first[first] for first in order)

"""Who could move to a newer version of a component, and what that would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshwright.graph.dag import Graph
from meshwright.graph.walk import descendants
from meshwright.model import Component, ComponentUse, Mesh, Node, Product, admits, product_of, version_parts
from meshwright.plan.identities import node_definition


def newer_version(use: ComponentUse, components: tuple[Component, ...]) -> tuple[str, bool] | None:
    """Return the newest version that a use could move to and whether its range admits it; None where it has that."""
    asked = use.asked.partition("@")[2]
    newer = sorted(
        (
            each.version
            for each in components
            if each.name == use.component and version_parts(each.version) > version_parts(use.version)
        ),
        key=version_parts,
    )
    within = [version for version in newer if admits(asked, version)]
    if within:
        return within[-1], True
    return (newer[-1], False) if newer else None


def changed_datasets(before: Mesh, after: Mesh, graph: Graph, use: ComponentUse) -> tuple[str, ...]:
    """Return the datasets that get new versions where `use` is as in `after`: its own that are made otherwise, that come
    or that go, and all that is made from them."""
    product = product_of(use.node)
    was, now = _definitions(before.product(product)), _definitions(after.product(product))
    own = {*use.nodes, *(name for other in _uses(after, use.node) for name in other.nodes)}
    changed = {name for name in own if was.get(name) != now.get(name)}
    return tuple(sorted(changed | descendants(graph, changed & set(graph.order))))


def _uses(mesh: Mesh, node: str) -> Iterator[ComponentUse]:
    return (use for use in mesh.uses() if use.node == node)


def _definitions(product: Product | None) -> Mapping[str, object]:
    return {node.address: _definition(node) for node in product.nodes.values()} if product is not None else {}


def _definition(node: Node) -> tuple[object, ...]:
    """Return what a node's versions are named by, as far as files tell."""
    used = [(name, node.params[name].value, node.params[name].type) for name in node.param_names if name in node.params]
    return (node_definition(node)[0], tuple(used), node.reads, node.version_kind, node.columns)

"""Pipelines as nodes: what they run must be there, and none may run itself, directly or through others.

The run that such a node starts builds what is selected and all that it is made from; where the node itself is among that, the run
would wait for its own end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.graph.cycles import components, shortest_cycle
from meshwright.graph.dag import Graph
from meshwright.graph.selection import names_changed, select
from meshwright.graph.walk import ancestors
from meshwright.model import Mesh, Node

#: The kind of such nodes.
_PIPELINE = "pipeline"


def nested_findings(mesh: Mesh, graph: Graph) -> Iterator[Diagnostic]:
    """Yield what is wrong with what nodes of kind `pipeline` run; nothing of a selection that only a run knows."""
    nodes = {node.address: node for node in mesh.nodes() if node.kind == _PIPELINE and node.outside is not None}
    runs: dict[str, frozenset[str]] = {}
    for address, node in nodes.items():
        words = _words(node)
        if not words or any("${" in word for word in words) or names_changed(words):
            continue
        try:
            chosen = select(graph, mesh, " ".join(words))
        except InputError as error:
            found = error.first
            message = f"{found.message} ('pipeline' of {address})"
            yield Diagnostic(code=found.code, message=message, span=node.span, fix=found.fix, object=address)
            continue
        runs[address] = frozenset(chosen | ancestors(graph, chosen))
    edges = {address: tuple(other for other in nodes if other in built) for address, built in runs.items()}
    edges |= {address: () for address in nodes if address not in edges}
    for group in components(edges):
        if len(group) == 1 and group[0] not in edges[group[0]]:
            continue
        way = shortest_cycle(edges, group)
        if any(nodes[each].when is not None for each in way):
            continue  # a condition may end it; a run inside of itself is refused when it comes to that
        first = nodes[way[0]]
        others = " -> ".join((*way, way[0]))
        yield Diagnostic(
            code="MW-J081",
            message=f"{first.address} runs itself, and would wait for its own end: {others}",
            span=first.span,
            fix="leave it out of what it runs: name other products or datasets",
            object=first.address,
        )


def _words(node: Node) -> list[str]:
    assert node.outside is not None  # only such nodes are looked at
    chosen = json.loads(node.outside.options).get("select")
    return chosen.split() if isinstance(chosen, str) else [str(word) for word in chosen or ()]

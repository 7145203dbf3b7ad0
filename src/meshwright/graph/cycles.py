"""Cycles in directed graphs, without recursion: strongly connected components and a way round one."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping

Edges = Mapping[str, tuple[str, ...]]


def components(edges: Edges) -> tuple[tuple[str, ...], ...]:
    """Return the strongly connected components, each sorted, the list sorted (Tarjan 1972, with a stack of its own)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    found: list[tuple[str, ...]] = []
    for root in sorted(edges):
        if root in index:
            continue
        work = [(root, iter(edges[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(edges[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    found.append(_popped(stack, on_stack, node))
    return tuple(sorted(found))


def _popped(stack: list[str], on_stack: set[str], root: str) -> tuple[str, ...]:
    members: list[str] = []
    while True:
        member = stack.pop()
        on_stack.discard(member)
        members.append(member)
        if member == root:
            return tuple(sorted(members))


def shortest_cycle(
    edges: Edges, group: Collection[str], *, first_step: tuple[str, str] | None = None
) -> tuple[str, ...]:
    """Return a shortest way round in a strongly connected `group`, in order of the edges.

    It leads through the group's first member, or along `first_step`.
    """
    members = set(group)
    start, second = first_step or (min(members), None)
    came_from: dict[str, str] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        targets = (second,) if node == start and second is not None else edges[node]
        for target in targets:
            if target == start:
                path = [node]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return tuple(reversed(path))
            if target in members and target not in came_from:
                came_from[target] = node
                queue.append(target)
    raise ValueError("the group is not strongly connected")

"""A stable topological order."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping
from typing import TypeVar

#: What steps are ranked by: anything with an order, the same kind for all keys.
_Rank = TypeVar("_Rank", int, tuple[int, int, str])


def topological(before: Mapping[str, Collection[str]], rank: Mapping[str, _Rank]) -> tuple[str, ...]:
    """Order keys so that everything in ``before[key]`` comes first; among the free ones the lowest `rank` goes first.

    Raises ValueError where the keys wait for each other: a defect of the caller, who promises that they do not.
    """
    waits = {key: len(first) for key, first in before.items()}
    readers: dict[str, list[str]] = {key: [] for key in before}
    for key, first in before.items():
        for earlier in first:
            readers[earlier].append(key)
    ready = [(rank[key], key) for key, count in waits.items() if count == 0]
    heapq.heapify(ready)
    ordered: list[str] = []
    while ready:
        _, key = heapq.heappop(ready)
        ordered.append(key)
        for reader in readers[key]:
            waits[reader] -= 1
            if waits[reader] == 0:
                heapq.heappush(ready, (rank[reader], reader))
    if len(ordered) != len(before):
        raise ValueError(f"these wait for each other: {sorted(set(before) - set(ordered))[:5]}")
    return tuple(ordered)

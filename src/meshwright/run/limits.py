"""How much may run at once: what a step counts against, and how many places of each limit are taken.

Limits hold within one run. Whoever counts against several needs a place of each, and takes all of them or none, so that
nobody holds one place while it waits for another. Nothing that has places waits for a step of its own run.
"""

from __future__ import annotations

import enum
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

from meshwright.frozen import dataclass
from meshwright.model import Mesh, Node, domain_of, product_of


class LimitKind(enum.StrEnum):
    """What a limit is of."""

    MESH = "mesh"
    DOMAIN = "domain"
    PRODUCT = "product"
    POOL = "pool"
    ENGINE = "engine"
    TOOL = "tool"
    #: Items of one list, each of which has a node.
    ITEMS = "items"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """A limit that a step counts against."""

    kind: LimitKind
    name: str
    #: Places that there are.
    most: int
    #: Places that the step takes, never more than there are.
    taken: int = 1


def limits_of(mesh: Mesh, node: Node, *, is_test: bool = False) -> tuple[Limit, ...]:
    """Return all limits that a node's own step counts against, or that of its tests: these need the engine alone."""
    return tuple(_limits(mesh, node, is_test=is_test))


def _limits(mesh: Mesh, node: Node, *, is_test: bool) -> Iterator[Limit]:
    if node.outside is None or is_test:
        name = node.engine or mesh.engine
        engine = mesh.engines.get(name)
        if engine is not None and engine.concurrency is not None:
            yield Limit(kind=LimitKind.ENGINE, name=name, most=engine.concurrency)
    if is_test:
        return
    if mesh.concurrency is not None:
        yield Limit(kind=LimitKind.MESH, name="", most=mesh.concurrency)
    domain = mesh.domains.get(domain_of(node.address))
    if domain is not None and domain.concurrency is not None:
        yield Limit(kind=LimitKind.DOMAIN, name=domain.name, most=domain.concurrency)
    product = mesh.product(product_of(node.address))
    if product is not None and product.concurrency is not None:
        yield Limit(kind=LimitKind.PRODUCT, name=product.address, most=product.concurrency)
    if node.pool is not None and node.pool in mesh.pools:
        yield Limit(kind=LimitKind.POOL, name=node.pool, most=mesh.pools[node.pool])
    if node.item is not None:
        yield Limit(kind=LimitKind.ITEMS, name=node.item.node, most=node.item.at_once)
    if node.outside is not None and node.outside.tool in mesh.tool_concurrency:
        most = mesh.tool_concurrency[node.outside.tool]
        yield Limit(kind=LimitKind.TOOL, name=node.outside.tool, most=most, taken=jobs_at_once(node, mesh))


def jobs_at_once(node: Node, mesh: Mesh) -> int:
    """Return how many jobs a node of a tool has at once, at most."""
    work = node.outside
    assert work is not None  # its own kind
    asked = work.for_each.most_at_once if work.for_each is not None else 1
    return min(asked, mesh.tool_concurrency.get(work.tool, asked))


class Places:
    """Which places of limits are taken, by whom, and who waits for some."""

    def __init__(self) -> None:
        self._taken: dict[tuple[LimitKind, str], int] = defaultdict(int)
        self._by: dict[str, tuple[Limit, ...]] = {}
        #: Who waits, by the limits: those of one queue wait for the same, so the first asks for all of them.
        self._queues: dict[tuple[Limit, ...], deque[str]] = {}
        #: Whether places were given back since anybody was seated.
        self._is_freed = False

    def __contains__(self, key: str) -> bool:
        return key in self._by

    @property
    def may_seat(self) -> bool:
        """Whether somebody waits, and places were given back since."""
        return bool(self._queues) and self._is_freed

    def admit(self, key: str, limits: tuple[Limit, ...]) -> bool:
        """Take a place of every limit and return True; or keep `key` waiting behind those who wait for the same."""
        if limits not in self._queues and self.take(key, limits):
            return True
        self._queues.setdefault(limits, deque()).append(key)
        return False

    def seat(self) -> list[str]:
        """Take places for those who wait, for as many as there are, and return them."""
        if not self._is_freed:
            return []
        self._is_freed = False
        found = []
        for limits, waiting in list(self._queues.items()):
            while waiting and self.take(waiting[0], limits):
                found.append(waiting.popleft())
            if not waiting:
                del self._queues[limits]
        return found

    def take(self, key: str, limits: Sequence[Limit]) -> bool:
        """Take a place of every limit, or none of any; whether they were taken."""
        if any(self._taken[limit.kind, limit.name] + limit.taken > limit.most for limit in limits):
            return False
        self._by[key] = (*self._by.get(key, ()), *limits)
        for limit in limits:
            self._taken[limit.kind, limit.name] += limit.taken
        return True

    def take_further(self, key: str, kind: LimitKind) -> bool:
        """Take one more place of the limit of a kind, for one who has one; True where `key` counts against none such."""
        found = next((limit for limit in self._by.get(key, ()) if limit.kind is kind), None)
        return found is None or self.take(key, (found,))

    def free_one(self, key: str, kind: LimitKind) -> bool:
        """Give back one place that `take_further` took; whether there was one."""
        own = self._by.get(key, ())
        found = [place for place, limit in enumerate(own) if limit.kind is kind]
        if len(found) < 2:
            return False
        last = own[found[-1]]
        self._taken[last.kind, last.name] -= last.taken
        self._by[key] = own[: found[-1]] + own[found[-1] + 1 :]
        self._is_freed = True
        return True

    def free(self, key: str) -> None:
        """Give back all that `key` took."""
        for limit in self._by.pop(key, ()):
            self._taken[limit.kind, limit.name] -= limit.taken
            self._is_freed = True

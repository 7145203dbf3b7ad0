"""What outside jobs do with datasets, joined to ours: one node for each dataset, whatever it is called. Pure.

Names that outside tools say are of one dataset (symlinks) make one node, and so do the names of a dataset of ours. Where such a
group holds names of two datasets of ours, what outside tools say is not believed: ours stay apart, each with its own names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import TypeVar

from meshwright.app.outside_told_names import OwnNames
from meshwright.frozen import dataclass
from meshwright.model.told import Direction, OutsideDataset, OutsideJob, OutsideMap, Seen, ToldLink, ToldName

_T = TypeVar("_T")

#: Jobs above a job that are gone through for the node of ours that it runs inside of.
_MOST_ABOVE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideNode:
    """A dataset that outside tools tell of: one of ours, or one outside."""

    #: Address of ours; else the id of its first name.
    key: str
    #: None of one outside.
    address: str | None
    #: The first of its names, by which jobs call it where any do.
    name: ToldName
    #: All that it was called, sorted.
    names: tuple[ToldName, ...]
    #: The ids of those.
    ids: tuple[str, ...]
    #: When it was heard of; None until it is asked for.
    seen: Seen | None = None

    @property
    def shown(self) -> str:
        """What people call it: the address of ours, else namespace and name."""
        return self.address or self.name.shown


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideWork:
    """What a job reads and writes, by keys of nodes."""

    id: str
    #: None where a dataset was told to come of others, and no job was named.
    job: OutsideJob | None
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    #: The node of ours that it runs inside of; None of a job that is wholly outside.
    within: str | None
    #: When it was heard of; None until it is asked for.
    seen: Seen | None = None

    @property
    def shown(self) -> str:
        """What people call it."""
        return self.job.name.shown if self.job is not None else "a job that nobody named"


@dataclass(frozen=True, kw_only=True, slots=True)
class JoinedMap:
    """All that outside tools told of, joined to the datasets of a mesh in one environment."""

    #: By key: ours by address, then those outside by name.
    nodes: Mapping[str, OutsideNode] = field(default_factory=lambda: MappingProxyType({}))
    works: Mapping[str, OutsideWork] = field(default_factory=lambda: MappingProxyType({}))
    #: Id of a dataset -> key of its node; those of other environments of ours are absent.
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: The datasets that are not ours, by name.
    outside: tuple[OutsideNode, ...] = ()
    #: Key of a dataset -> the works that read it, and that write it.
    readers: Mapping[str, tuple[OutsideWork, ...]] = field(default_factory=lambda: MappingProxyType({}))
    writers: Mapping[str, tuple[OutsideWork, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: Key of what is read -> addresses of the source nodes that read it; and the other way round.
    feeds: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    fed_by: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def node(self, key: str) -> OutsideNode | None:
        """Return a node; None for a dataset of ours that nobody outside told of."""
        return self.nodes.get(key)

    def shown(self, key: str) -> str:
        """Return what people call a dataset."""
        node = self.nodes.get(key)
        return key if node is None else node.shown

    def works_on(self, key: str, direction: Direction) -> tuple[OutsideWork, ...]:
        """Return the jobs that read, or write, a dataset."""
        return (self.readers if direction is Direction.READS else self.writers).get(key, ())

    def above(self, key: str) -> Iterator[str]:
        """Yield the datasets that one is made from outside of the mesh; some of them more than once."""
        for work in self.writers.get(key, ()):
            yield from (read for read in work.reads if read != key)
        yield from self.fed_by.get(key, ())

    def below(self, key: str) -> Iterator[str]:
        """Yield the datasets that are made from one outside of the mesh; some of them more than once."""
        for work in self.readers.get(key, ()):
            yield from (written for written in work.writes if written != key)
        yield from self.feeds.get(key, ())


EMPTY_MAP = JoinedMap()


def join_map(told: OutsideMap, names: OwnNames) -> JoinedMap:
    """Join what was told to the datasets of a mesh."""
    keys, nodes = _nodes(told, names)
    ordered = sorted(nodes.values(), key=lambda node: (node.address is None, node.address or "", *_order(node.name)))
    works = _works(told, names, keys)
    fed = sorted(_fed(nodes.values(), names))
    return JoinedMap(
        nodes=MappingProxyType({node.key: node for node in ordered}),
        works=MappingProxyType(works),
        keys=MappingProxyType(keys),
        outside=tuple(node for node in ordered if node.address is None),
        readers=_grouped((key, work) for work in works.values() for key in work.reads),
        writers=_grouped((key, work) for work in works.values() for key in work.writes),
        feeds=_grouped(fed),
        fed_by=_grouped((source, key) for key, source in fed),
    )


def _grouped(pairs: Iterable[tuple[str, _T]]) -> Mapping[str, tuple[_T, ...]]:
    found: dict[str, list[_T]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return MappingProxyType({key: tuple(values) for key, values in found.items()})


def _nodes(told: OutsideMap, names: OwnNames) -> tuple[dict[str, str], dict[str, OutsideNode]]:
    """Return the keys of datasets, by id, and the nodes."""
    members: dict[str, list[OutsideDataset]] = defaultdict(list)
    keys: dict[str, str] = {}
    touched = {edge.dataset for edge in told.edges}
    for group in _groups(told.datasets, told.links):
        means = {id_: names.dataset_of(told.datasets[id_].name) for id_ in group}
        ours = {own.address for own in means.values() if own is not None and names.is_here(own)}
        elsewhere = {own.address for own in means.values() if own is not None} - ours
        others = [id_ for id_ in group if means[id_] is None]
        # All that is called by no name of ours is one dataset: ours, where the others are names of a single one of ours.
        first = min(others, key=lambda id_: (id_ not in touched, *_order(told.datasets[id_].name)), default="")
        rest = next(iter(ours)) if len(ours) == 1 and not elsewhere else first
        for id_ in group:
            own = means[id_]
            if own is None:
                keys[id_] = rest
            elif names.is_here(own):
                keys[id_] = own.address
    for id_, key in keys.items():
        members[key].append(told.datasets[id_])
    return keys, {key: _node(key, found, names, touched) for key, found in members.items()}


def _node(key: str, found: list[OutsideDataset], names: OwnNames, touched: Collection[str]) -> OutsideNode:
    ordered = sorted(found, key=lambda dataset: _order(dataset.name))
    is_ours = names.mesh.node(key) is not None
    return OutsideNode(
        key=key,
        address=key if is_ours else None,
        name=min(ordered, key=lambda dataset: (dataset.id not in touched, *_order(dataset.name))).name,
        names=tuple(dataset.name for dataset in ordered),
        ids=tuple(dataset.id for dataset in ordered),
    )


def _order(name: ToldName) -> tuple[str, str]:
    """Return what names are sorted by: the values compare themselves so too, at ten times the cost."""
    return name.namespace, name.name


def _groups(ids: Iterable[str], links: Iterable[ToldLink]) -> list[list[str]]:
    """Return the ids in groups of those that links lead between, each sorted."""
    above: dict[str, str] = {id_: id_ for id_ in ids}

    def root(id_: str) -> str:
        while above[id_] != id_:
            above[id_] = above[above[id_]]
            id_ = above[id_]
        return id_

    for link in links:
        if link.dataset in above and link.other in above:
            first, second = sorted((root(link.dataset), root(link.other)))
            above[second] = first
    groups: dict[str, list[str]] = defaultdict(list)
    for id_ in sorted(above):
        groups[root(id_)].append(id_)
    return list(groups.values())


def _works(told: OutsideMap, names: OwnNames, keys: Mapping[str, str]) -> dict[str, OutsideWork]:
    touched: dict[tuple[str, Direction], set[str]] = defaultdict(set)
    for edge in told.edges:
        key = keys.get(edge.dataset)
        if key is not None:
            touched[edge.job, edge.direction].add(key)
    by_name = {job.name: job for job in told.jobs.values()}
    ids = [*told.jobs, *sorted({job for job, _ in touched} - told.jobs.keys())]
    found = {}
    for id_ in ids:
        job = told.jobs.get(id_)
        found[id_] = OutsideWork(
            id=id_,
            job=job,
            reads=tuple(sorted(touched.get((id_, Direction.READS), ()))),
            writes=tuple(sorted(touched.get((id_, Direction.WRITES), ()))),
            within=_within(job, by_name, names) if job is not None else None,
        )
    return found


def _within(job: OutsideJob, by_name: Mapping[ToldName, OutsideJob], names: OwnNames) -> str | None:
    """Return the node of ours that a job runs inside of: as its parent says, or the parent of that."""
    above: OutsideJob | None = job
    for _ in range(_MOST_ABOVE):
        assert above is not None
        own = names.node_of(above.name)
        if own is not None or above.parent is None:
            return own
        parent = names.node_of(above.parent)
        if parent is not None:
            return parent
        above = by_name.get(above.parent)
        if above is None:
            return None
    return None


def _fed(nodes: Iterable[OutsideNode], names: OwnNames) -> set[tuple[str, str]]:
    return {
        (node.key, source)
        for node in nodes
        for name in node.names
        for source in names.readers_of(name)
        if source != node.key
    }

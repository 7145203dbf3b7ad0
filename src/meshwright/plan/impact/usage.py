"""Who uses a dataset or a column as the mesh is now: everything that is made from it, however far down, and who reads that.

What outside jobs copy out of the mesh may come back into it by a source: products are gone through again with what is reached by
then, until nothing is new.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field, replace

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.graph.dag import Graph
from meshwright.graph.lineage import ColumnEdge, ColumnLineage
from meshwright.graph.walk import descendants
from meshwright.model import Columns, Consumer, Mesh, Node, dataset_name, domain_of, product_of, variation_of
from meshwright.plan.impact.beyond import NOTHING, Beyond, OutsideFeed, OutsideFlow, any_column
from meshwright.plan.impact.products import query_place
from meshwright.plan.impact.values import OUTSIDE, PRODUCT


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """One use of what was asked about."""

    #: `PRODUCT`, `OUTSIDE`, or the type of a declared consumer.
    kind: str
    #: Address of the product, or name of the job or declared consumer.
    consumer: str
    owners: tuple[str, ...]
    #: Of a product: its dataset; of others: the dataset that they read.
    dataset: str
    #: How many models and outside jobs lie between: 1 for what reads it itself.
    distance: int
    #: The columns that it uses, of what was asked about or of what is made from that; empty where it only counts rows.
    reads: tuple[str, ...] = ()
    #: Of a product: the columns of its own that are made from them; of a job outside those of what it writes.
    gives: tuple[str, ...] = ()
    #: Of a job outside: what it writes, its id, and when it was last heard to read the dataset.
    writes: tuple[str, ...] = ()
    job: str | None = None
    seen_at: dt.datetime | None = None
    #: Of a declared consumer: the port that it reads.
    port: str | None = None
    query: str | None = None
    span: SourceSpan | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UsageInputs:
    """What is looked at."""

    mesh: Mesh
    graph: Graph
    lineage: ColumnLineage
    columns: Mapping[str, Columns]
    beyond: Beyond = NOTHING


@mutable_dataclass(kw_only=True, slots=True)
class _Reach:
    """What is made from what was asked about, as far as it is found."""

    start: str
    #: Dataset -> the columns of it.
    columns: dict[str, set[str]] = field(default_factory=dict)
    distance: dict[str, int] = field(default_factory=dict)

    def add(self, dataset: str, columns: Iterable[str], distance: int) -> None:
        """Take in columns of a dataset, so far away."""
        self.columns.setdefault(dataset, set()).update(columns)
        self.distance[dataset] = min(distance, self.distance.get(dataset, distance))

    def size(self) -> tuple[int, int, int]:
        """Return what is another one where anything was taken in."""
        return len(self.columns), sum(map(len, self.columns.values())), sum(self.distance.values())


def find_usages(inputs: UsageInputs, dataset: str, column: str | None) -> tuple[Usage, ...]:
    """Return the uses of `dataset`, or of one of its columns, the nearest first: products, jobs outside, declared consumers."""
    names = [each.name for each in inputs.columns.get(dataset, ())] if column is None else [column]
    reach = _Reach(start=dataset)
    reach.add(dataset, (f"{dataset}.{name}" for name in names), 0)
    is_whole = column is None
    while True:
        products = list(_products(inputs, reach, is_whole=is_whole))
        before = reach.size()
        jobs, sources = _beyond(inputs, reach, is_whole=is_whole)
        if reach.size() == before:
            break
    declared = _declared(inputs.mesh, reach, is_whole=is_whole)
    return (
        *sorted((*products, *sources), key=lambda one: (one.distance, one.dataset)),
        *sorted(jobs, key=lambda one: (one.distance, one.consumer, one.dataset)),
        *sorted(declared, key=lambda one: (one.distance, one.kind, one.consumer, one.dataset)),
    )


def _products(inputs: UsageInputs, reach: _Reach, *, is_whole: bool) -> Iterator[Usage]:
    """Yield the uses by models, upstream first; what they give is added to what is reached."""
    wanted = descendants(inputs.graph, [each for each in reach.distance if inputs.mesh.node(each) is not None])
    inputs.lineage.expect(wanted)
    for reader in filter(wanted.__contains__, inputs.graph.order):
        node = inputs.mesh.node(reader)
        if node is None or variation_of(reader) is not None:
            continue
        sources = [read for read in node.reads if read in reach.distance]
        if not sources:  # it comes after one of them, and reads none
            continue
        edges = inputs.lineage.edges.get(reader)
        if node.table_of is not None and edges is not None:
            job = inputs.mesh.node(node.table_of.node)
            edges = _through(edges, inputs.lineage, job)
            read_by_job = [read for read in (job.reads if job else ()) if read in reach.distance]
            columns = set().union(*(reach.columns[read] for read in read_by_job))
        else:
            columns = set().union(*(reach.columns[read] for read in sources))
        if edges is None:  # what it is made from is not known: it may be all
            reads = columns
            gives = {f"{reader}.{each.name}" for each in inputs.columns.get(reader, ())}
        else:
            reads = {edge.source for edge in edges if edge.source in columns}
            gives = {edge.target for edge in edges if edge.source in reads}
        if not reads and not is_whole:
            continue
        reach.add(reader, gives, min(reach.distance[read] for read in sources) + 1)
        if reader != reach.start:  # it may come back to itself by way of what is outside
            query = node.sql.text if node.sql is not None else None
            span = query_place(node, tuple(sorted(reads)) if not is_whole else ())
            yield _usage_of(inputs.mesh, reach, node, reads=reads, gives=gives, query=query, span=span)


def _usage_of(
    mesh: Mesh,
    reach: _Reach,
    node: Node,
    *,
    reads: Iterable[str],
    gives: Iterable[str],
    query: str | None,
    span: SourceSpan | None,
) -> Usage:
    return Usage(
        kind=PRODUCT,
        consumer=product_of(node.address),
        owners=mesh.domains[domain_of(node.address)].owners,
        dataset=node.address,
        distance=reach.distance[node.address],
        reads=tuple(sorted(reads)),
        gives=tuple(sorted(gives)),
        query=query,
        span=span,
    )


def _beyond(inputs: UsageInputs, reach: _Reach, *, is_whole: bool) -> tuple[list[Usage], list[Usage]]:
    """Return the uses by jobs outside, and by sources of ours that read what those write; both add to what is reached."""
    jobs: list[Usage] = []
    sources: list[Usage] = []
    before: object = None
    while before != (before := reach.size()):  # what one job writes another one reads, in no order
        jobs = [one for flow in inputs.beyond.flows for one in _job(inputs, flow, reach, is_whole=is_whole)]
        sources = [one for feed in inputs.beyond.feeds for one in _source(inputs, feed, reach, is_whole=is_whole)]
    return jobs, sources


def _job(inputs: UsageInputs, flow: OutsideFlow, reach: _Reach, *, is_whole: bool) -> Iterator[Usage]:
    if flow.reads not in reach.distance:
        return
    columns = reach.columns[flow.reads]
    reads, distance = flow.used(columns), reach.distance[flow.reads] + 1
    if not reads and not is_whole:
        return
    gives: set[str] = set()
    for written in flow.writes:
        made = flow.made(written, columns)
        if any_column(written) in made and written in inputs.columns:
            made = frozenset(f"{written}.{each.name}" for each in inputs.columns[written])
        if made or is_whole:
            reach.add(written, made, distance)
            gives |= made
    if not flow.is_inside:
        yield Usage(
            kind=OUTSIDE,
            consumer=flow.name,
            owners=flow.owners,
            dataset=flow.reads,
            distance=distance,
            reads=reads,
            gives=tuple(sorted(gives)),
            writes=flow.writes,
            job=flow.job,
            seen_at=flow.seen_at,
        )


def _source(inputs: UsageInputs, feed: OutsideFeed, reach: _Reach, *, is_whole: bool) -> Iterator[Usage]:
    node = inputs.mesh.node(feed.source)
    if node is None or feed.reads not in reach.distance:
        return
    pairs = feed.made(reach.columns[feed.reads])
    if not pairs and not is_whole:
        return
    reads, gives = {source for source, _ in pairs}, {target for _, target in pairs}
    reach.add(feed.source, gives, reach.distance[feed.reads] + 1)
    if feed.source != reach.start:
        yield _usage_of(inputs.mesh, reach, node, reads=reads, gives=gives, query=None, span=node.span)


def _through(edges: Iterable[ColumnEdge], lineage: ColumnLineage, job: Node | None) -> tuple[ColumnEdge, ...]:
    """Return edges of a table that a job left, those through other tables of it carried on to what the job reads."""
    outer = set(job.reads) if job is not None else set()
    found: set[ColumnEdge] = set()
    waiting, seen = list(edges), set(edges)
    while waiting:
        edge = waiting.pop()
        dataset = _dataset_of(edge.source)
        found.add(edge)
        if dataset not in outer:
            further = {
                replace(edge, source=above.source)
                for above in lineage.edges.get(dataset, ())
                if above.target == edge.source
            }
            waiting += further - seen
            seen |= further
    return tuple(sorted(found))


def _declared(mesh: Mesh, reach: _Reach, *, is_whole: bool) -> Iterator[Usage]:
    consumers = [each for product in mesh.products() for each in product.consumers]
    if not consumers:
        return
    ports = {port.address: port for product in mesh.products() for port in product.ports.values()}
    for consumer in consumers:
        for address, columns in consumer.uses:
            port = ports.get(address)
            for dataset in port.datasets if port is not None else ():
                if dataset not in reach.distance:
                    continue
                used = _named(columns, dataset, reach.columns[dataset])
                if used or (is_whole and not columns):
                    yield _usage(consumer, address, dataset, reach.distance[dataset] + 1, used)


def _named(columns: tuple[str, ...], dataset: str, reached: Iterable[str]) -> tuple[str, ...]:
    """Return those of the `reached` columns of a dataset that a consumer names; one that names none uses all."""
    names = {each.casefold() for each in columns}
    short = dataset_name(dataset)
    return tuple(
        sorted(
            column
            for column in reached
            if not names or names & {own := column[len(dataset) + 1 :].casefold(), f"{short}.{own}".casefold()}
        )
    )


def _usage(consumer: Consumer, port: str, dataset: str, distance: int, columns: tuple[str, ...]) -> Usage:
    return Usage(
        kind=consumer.kind,
        consumer=consumer.name,
        owners=(consumer.owner,),
        dataset=dataset,
        distance=distance,
        reads=columns,
        port=port,
        span=consumer.span,
        url=consumer.url,
    )


def _dataset_of(column: str) -> str:
    return ".".join(column.split(".", 3)[:3])

"""Who uses a dataset or a column as the mesh is now: everything that is made from it, however far down, and who reads that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.graph.dag import Graph
from meshwright.graph.lineage import ColumnEdge, ColumnLineage
from meshwright.graph.walk import descendants
from meshwright.model import Columns, Consumer, Mesh, Node, dataset_name, domain_of, product_of, variation_of
from meshwright.plan.impact.products import query_place
from meshwright.plan.impact.values import PRODUCT


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """One use of what was asked about."""

    #: `PRODUCT`, or the type of a declared consumer.
    kind: str
    #: Address of the product, or name of the declared consumer.
    consumer: str
    owners: tuple[str, ...]
    #: Of a product: its dataset; of a declared consumer: the dataset that it reads.
    dataset: str
    #: How many models lie between: 1 for what reads it itself.
    distance: int
    #: The columns that it uses, of what was asked about or of what is made from that; empty where it only counts rows.
    reads: tuple[str, ...] = ()
    #: Of a product: the columns of its own that are made from them.
    gives: tuple[str, ...] = ()
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


def find_usages(inputs: UsageInputs, dataset: str, column: str | None) -> tuple[Usage, ...]:
    """Return the uses of `dataset`, or of one of its columns, the nearest first; products before declared consumers."""
    names = [each.name for each in inputs.columns.get(dataset, ())] if column is None else [column]
    reached: dict[str, set[str]] = defaultdict(set, {dataset: {f"{dataset}.{name}" for name in names}})
    distance = {dataset: 0}
    below = descendants(inputs.graph, {dataset})
    inputs.lineage.expect(below)
    found = list(_products(inputs, below, reached, distance, is_whole=column is None))
    declared = list(_declared(inputs.mesh, reached, distance, is_whole=column is None))
    return (
        *sorted(found, key=lambda one: (one.distance, one.dataset)),
        *sorted(declared, key=lambda one: (one.distance, one.kind, one.consumer, one.dataset)),
    )


def _products(
    inputs: UsageInputs, below: Iterable[str], reached: dict[str, set[str]], distance: dict[str, int], *, is_whole: bool
) -> Iterator[Usage]:
    """Yield the uses by models, upstream first; what they give is added to what is `reached`."""
    wanted = set(below)
    for reader in inputs.graph.order:
        node = inputs.mesh.node(reader)
        if reader not in wanted or node is None or variation_of(reader) is not None:
            continue
        sources = [read for read in node.reads if read in distance]
        if not sources:  # it comes after one of them, and reads none
            continue
        edges = inputs.lineage.edges.get(reader)
        if node.table_of is not None and edges is not None:
            job = inputs.mesh.node(node.table_of.node)
            edges = _through(edges, inputs.lineage, job)
            columns = set().union(*(reached[read] for read in (job.reads if job else ()) if read in distance))
        else:
            columns = set().union(*(reached[read] for read in sources))
        if edges is None:  # what it is made from is not known: it may be all
            reads = columns
            gives = {f"{reader}.{each.name}" for each in inputs.columns.get(reader, ())}
        else:
            reads = {edge.source for edge in edges if edge.source in columns}
            gives = {edge.target for edge in edges if edge.source in columns}
        if not reads and not is_whole:
            continue
        reached[reader] = gives
        distance[reader] = min(distance[read] for read in sources) + 1
        yield Usage(
            kind=PRODUCT,
            consumer=product_of(reader),
            owners=inputs.mesh.domains[domain_of(reader)].owners,
            dataset=reader,
            distance=distance[reader],
            reads=tuple(sorted(reads)),
            gives=tuple(sorted(gives)),
            query=node.sql.text if node.sql is not None else None,
            span=query_place(node, tuple(sorted(reads)) if not is_whole else ()),
        )


def _through(edges: Iterable[ColumnEdge], lineage: ColumnLineage, job: Node | None) -> tuple[ColumnEdge, ...]:
    """Return edges of a table that a job left, those through other tables of it carried on to what the job reads."""
    outer = set(job.reads) if job is not None else set()
    found: set[ColumnEdge] = set()
    waiting, seen = list(edges), set(edges)
    while waiting:
        edge = waiting.pop()
        dataset = ".".join(edge.source.split(".", 3)[:3])
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


def _declared(
    mesh: Mesh, reached: Mapping[str, set[str]], distance: Mapping[str, int], *, is_whole: bool
) -> Iterator[Usage]:
    ports = {port.address: port for product in mesh.products() for port in product.ports.values()}
    for consumer in (each for product in mesh.products() for each in product.consumers):
        for address, columns in consumer.uses:
            port = ports.get(address)
            for dataset in port.datasets if port is not None else ():
                if dataset not in distance:
                    continue
                used = _named(columns, dataset, reached[dataset])
                if used or (is_whole and not columns):
                    yield _usage(consumer, address, dataset, distance[dataset] + 1, used)


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

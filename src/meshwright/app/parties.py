"""Who is concerned when a rule is broken: who supplies what the dataset is made of, and whom it would have reached.

Looked up for rules that are not kept alone: following columns is the dear part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from urllib.parse import urlsplit

from meshwright.checks.spec import CheckSpec
from meshwright.frozen import dataclass
from meshwright.graph import Graph
from meshwright.graph.lineage import ColumnLineage, Influence
from meshwright.model import (
    Consumer,
    DatabaseSource,
    Mesh,
    Port,
    Source,
    dataset_name,
    domain_of,
    product_of,
    variation_of,
)
from meshwright.plan.values import Desired
from meshwright.run.report import Reached, Supplier, TestOutcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """The mesh around a dataset."""

    mesh: Mesh
    graph: Graph
    lineage: ColumnLineage = field(repr=False)
    #: Dataset -> its rules.
    checks: Mapping[str, tuple[CheckSpec, ...]] = field(repr=False)


def surroundings_of(desired: Desired) -> Surroundings:
    """Return the mesh as a plan or a test sees it."""
    checks = {dataset: node.checks for dataset, node in desired.nodes.items()}
    return Surroundings(mesh=desired.mesh, graph=desired.graph, lineage=desired.lineage, checks=checks)


def with_parties(outcomes: Sequence[TestOutcome], around: Surroundings) -> tuple[TestOutcome, ...]:
    """Return the outcomes; those that are not kept, with who supplies their dataset and whom it would have reached."""
    reached: dict[str, tuple[Reached, ...]] = {}
    return tuple(
        replace(
            outcome,
            suppliers=_suppliers(outcome, around),
            consumers=reached[outcome.dataset]
            if outcome.dataset in reached
            else reached.setdefault(outcome.dataset, tuple(_reached(outcome.dataset, around))),
        )
        if outcome.verdict != "pass" and around.mesh.node(outcome.dataset) is not None
        else outcome
        for outcome in outcomes
    )


def _suppliers(outcome: TestOutcome, around: Surroundings) -> tuple[Supplier, ...]:
    """Return where what a rule found can come from: other products' datasets and sources, the nearest ones.

    Where a column of the rule is made from columns of some of them, these alone.
    """
    spec = next((each for each in around.checks.get(outcome.dataset, ()) if each.id == outcome.id), None)
    inputs = _inputs(outcome.dataset, around)
    if spec is not None:
        own = product_of(outcome.dataset)
        others = [read for read in spec.reads if product_of(read) != own]
        inputs = dict.fromkeys((*others, *inputs))
    columns = _columns(outcome.dataset, spec.columns, inputs, around) if spec is not None and spec.columns else {}
    named = [name for name in inputs if name in columns] or list(inputs)
    return tuple(_supplier(name, columns.get(name, ()), around) for name in named)


def _inputs(dataset: str, around: Surroundings) -> dict[str, None]:
    """Return the datasets of other products that a dataset is made from, and sources of its own, through its own product."""
    own = product_of(dataset)
    found: dict[str, None] = {}
    seen, waiting = {dataset}, [dataset]
    while waiting:
        name = waiting.pop()
        node = around.mesh.node(name)
        if node is None:
            continue
        if product_of(name) != own or node.source is not None:
            found[name] = None
            continue
        fresh = [read for read in node.reads if read not in seen]
        seen.update(fresh)
        waiting += reversed(fresh)
    return found


def _columns(
    dataset: str, columns: Sequence[str], inputs: Collection[str], around: Surroundings
) -> dict[str, tuple[str, ...]]:
    """Return input -> those of its columns that the values of `columns` come from; of a source itself its own."""
    if dataset in inputs:
        return {dataset: tuple(columns)}
    followed: set[str] = set()
    found: dict[str, set[str]] = {}
    waiting = [f"{dataset}.{column}" for column in columns]
    while waiting:
        column = waiting.pop()
        if column in followed:
            continue
        followed.add(column)
        name, own = _split(column)
        if name in inputs and name != dataset:
            found.setdefault(name, set()).add(own)
            continue
        around.lineage.expect([name])
        wanted = column.casefold()
        waiting += [
            edge.source
            for edge in around.lineage.edges.get(name, ())
            if edge.kind is Influence.DIRECT and edge.target.casefold() == wanted
        ]
    return {name: tuple(sorted(names)) for name, names in found.items()}


def _split(column: str) -> tuple[str, str]:
    """Return dataset and name of a column; the name may hold dots."""
    domain, product, dataset, name = column.split(".", 3)
    return f"{domain}.{product}.{dataset}", name


def _supplier(dataset: str, columns: tuple[str, ...], around: Surroundings) -> Supplier:
    node = around.mesh.node(dataset)
    source = node.source if node is not None else None
    return Supplier(
        product=product_of(dataset),
        owners=_owners(dataset, around.mesh),
        dataset=dataset,
        columns=columns,
        source=place_words(source) if source is not None else None,
    )


def place_words(source: Source) -> str:
    """Say where a source is, without what could be a secret."""
    if isinstance(source, DatabaseSource):
        return f"{source.table or 'a query'} of {_bare(source.url)}"
    return _bare(source.path)


def _bare(place: str) -> str:
    """Leave user, password and parameters out of a URL; other places are as they are written."""
    if "://" not in place:
        return place
    try:
        url = urlsplit(place)
    except ValueError:
        return place.partition("://")[0] + "://"
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"


def _reached(dataset: str, around: Surroundings) -> Iterator[Reached]:
    """Yield the products that are built from a dataset, however far down, and the declared consumers of it and of them."""
    below = _below(dataset, around)
    own = product_of(dataset)
    products: dict[str, list[str]] = {}
    for name in sorted(below):
        if product_of(name) != own:
            products.setdefault(product_of(name), []).append(name)
    for address, datasets in sorted(products.items()):
        owners = _owners(address, around.mesh)
        yield Reached(name=address, kind="product", owners=owners, port=None, datasets=tuple(datasets))
    shown = {dataset, *below}
    for product in around.mesh.products():
        for consumer in product.consumers:
            yield from _used(consumer, shown, around.mesh)


def _used(consumer: Consumer, shown: Collection[str], mesh: Mesh) -> Iterator[Reached]:
    for address, columns in consumer.uses:
        owner, _, name = address.partition("/")
        product = mesh.product(owner)
        port = product.ports.get(name.partition("/")[0]) if product is not None else None
        datasets = tuple(each for each in _datasets(port, columns) if each in shown) if port is not None else ()
        if datasets:
            yield Reached(
                name=consumer.name, kind=consumer.kind, owners=(consumer.owner,), port=address, datasets=datasets
            )


def _datasets(port: Port, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the datasets of a port that a consumer names columns of; all where it names none, or one without its dataset."""
    named = {column.rpartition(".")[0] for column in columns}
    if not named or "" in named:
        return port.datasets
    return tuple(dataset for dataset in port.datasets if dataset_name(dataset) in named)


def _below(dataset: str, around: Surroundings) -> set[str]:
    found: set[str] = set()
    waiting = [dataset]
    while waiting:
        name = waiting.pop()
        for child in around.graph.children.get(name, ()):
            node = around.mesh.node(child)
            is_other = variation_of(child) not in {None, variation_of(dataset)}
            if child in found or node is None or name not in node.reads or is_other:
                continue
            found.add(child)
            waiting.append(child)
    return found


def _owners(address: str, mesh: Mesh) -> tuple[str, ...]:
    domain = mesh.domains.get(domain_of(address))
    return domain.owners if domain is not None else ()

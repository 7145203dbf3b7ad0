"""Which declared consumers use what breaks of a port: dashboards, reports, models and applications outside the mesh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshwright.model import Consumer, Mesh
from meshwright.plan.impact.broken import Broken
from meshwright.plan.impact.values import StandingProduct, Use


def declared_uses(mesh: Mesh, products: Mapping[str, StandingProduct], broken: Broken) -> Iterator[Use]:
    """Yield the uses of what breaks by declared consumers.

    Whoever is declared now is asked about what is declared now: an entry that names other columns has moved. An entry that
    the port's own product had when it was published, and has no more, counts as it was: to strike a consumer off the list
    moves nobody.
    """
    for consumer in _declared(mesh):
        yield from _uses_of(consumer, broken, is_struck=False)
    own = mesh.product(broken.port.product)
    names = {consumer.name for consumer in own.consumers} if own is not None else set()
    standing = products.get(broken.port.product, StandingProduct())
    for consumer in standing.consumers or ():
        if consumer.name not in names:
            yield from _uses_of(consumer, broken, is_struck=True)


def _declared(mesh: Mesh) -> Iterator[Consumer]:
    for product in mesh.products():
        yield from product.consumers


def _uses_of(consumer: Consumer, broken: Broken, *, is_struck: bool) -> Iterator[Use]:
    for address, columns in consumer.uses:
        if address != broken.port.address:
            continue
        if broken.is_whole:
            yield _use(consumer, "", (), is_struck=is_struck)
            continue
        for dataset in sorted({*broken.port.datasets, *broken.datasets}):
            used = _used(broken, dataset, columns)
            if used or (dataset in broken.datasets and _reads(broken, dataset, columns)):
                yield _use(consumer, dataset, used, is_struck=is_struck)


def _used(broken: Broken, dataset: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of a dataset that break and that a consumer names; one that names none uses all."""
    named = {each.casefold() for each in columns}
    found = (column for column in broken.columns if column.startswith(f"{dataset}."))
    return tuple(
        sorted(
            column for column in found if not named or named & _spellings(broken, dataset, column[len(dataset) + 1 :])
        )
    )


def _reads(broken: Broken, dataset: str, columns: tuple[str, ...]) -> bool:
    """Whether a consumer names the dataset, or does not say which it reads."""
    datasets = {each.rpartition(".")[0].casefold() for each in columns}
    return not columns or "" in datasets or not datasets.isdisjoint(_names(broken, dataset))


def _spellings(broken: Broken, dataset: str, column: str) -> set[str]:
    return {column.casefold(), *(f"{name}.{column}".casefold() for name in _names(broken, dataset))}


def _names(broken: Broken, dataset: str) -> set[str]:
    """What a dataset may be called in `consumers.yaml`: by its own name, or as the contract calls it."""
    own = dataset.rpartition(".")[2]
    return {own.casefold(), broken.port.datasets.get(dataset, own).casefold()}


def _use(consumer: Consumer, dataset: str, columns: tuple[str, ...], *, is_struck: bool) -> Use:
    return Use(
        kind=consumer.kind,
        consumer=consumer.name,
        owners=(consumer.owner,),
        dataset=dataset,
        columns=columns,
        span=consumer.span,
        url=consumer.url,
        is_struck=is_struck,
    )

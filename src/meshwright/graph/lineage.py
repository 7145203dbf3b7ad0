"""Column lineage over the whole mesh, composed from the lineage of single statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from operator import attrgetter
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.sql.values import ColumnSource, Influence

__all__ = [
    "ColumnEdge",
    "ColumnLineage",
    "Influence",
    "column_edges",
    "compose_lineage",
    "downstream_columns",
    "upstream_columns",
    "used_columns",
]


#: The order of edges, as their class has it, found ten times faster.
_PLACE = attrgetter("source", "target", "kind")
_DOTS_OF_DATASET = 2


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ColumnEdge:
    """One column that another is made from; columns are ``domain.product.dataset.column``."""

    source: str
    target: str
    kind: Influence


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnLineage:
    """All column edges of the mesh by the dataset they lead to; a dataset whose lineage is unknown is absent."""

    edges: Mapping[str, tuple[ColumnEdge, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: Where edges are found when they are asked for: finds those of the datasets it is given, together.
    find: Callable[[Collection[str]], None] | None = field(default=None, compare=False, repr=False)

    def expect(self, datasets: Collection[str]) -> None:
        """Say which datasets will be asked for."""
        if self.find is not None:
            self.find(datasets)


def compose_lineage(per_dataset: Mapping[str, Sequence[ColumnSource]]) -> ColumnLineage:
    """Put the lineage of single statements together; `per_dataset` maps each dataset to its statement's lineage."""
    edges = {dataset: column_edges(dataset, sources) for dataset, sources in sorted(per_dataset.items())}
    return ColumnLineage(edges=MappingProxyType(edges))


def column_edges(dataset: str, sources: Sequence[ColumnSource]) -> tuple[ColumnEdge, ...]:
    """Return the edges into the columns of `dataset`, sorted, from the lineage of its statement."""
    edges = {
        ColumnEdge(source=f"{source.table}.{source.column}", target=f"{dataset}.{source.output}", kind=source.kind)
        for source in sources
    }
    return tuple(sorted(edges, key=_PLACE))


def upstream_columns(lineage: ColumnLineage, name: str, depth: int | None = None) -> tuple[ColumnEdge, ...]:
    """Return every edge on a way into `name`, a column or a whole dataset, sorted; at most `depth` edges up, None for all.

    Looks at the lineage of those datasets alone that the ways go through.
    """

    def into(columns: Collection[str]) -> Iterator[ColumnEdge]:
        datasets = dict.fromkeys(map(_dataset_of, columns))
        lineage.expect(datasets)
        for dataset in datasets:
            yield from (edge for edge in lineage.edges.get(dataset, ()) if edge.target in columns)

    if name.count(".") == _DOTS_OF_DATASET:
        starts = {edge.target for edge in lineage.edges.get(name, ())}
    else:
        starts = {name}
    return _closure(into, starts, lambda edge: edge.source, depth)


def downstream_columns(
    lineage: ColumnLineage, name: str, depth: int | None = None, among: Collection[str] | None = None
) -> tuple[ColumnEdge, ...]:
    """Return every edge on a way out of `name`, a column or a whole dataset, sorted; at most `depth` edges down.

    `among` are the datasets that can be made from it, where that is known: the lineage of the others is not looked at.
    """
    out_of: dict[str, list[ColumnEdge]] = defaultdict(list)
    if among is not None:
        lineage.expect(among)
    for dataset in lineage.edges if among is None else among:
        for edge in lineage.edges.get(dataset, ()):
            out_of[edge.source].append(edge)
    is_dataset = name.count(".") == _DOTS_OF_DATASET
    starts = {column for column in out_of if _dataset_of(column) == name} if is_dataset else {name}

    def found(columns: Collection[str]) -> Iterator[ColumnEdge]:
        return (edge for column in columns for edge in out_of.get(column, ()))

    return _closure(found, starts, lambda edge: edge.target, depth)


def used_columns(lineage: ColumnLineage, reader: str, read: str) -> tuple[str, ...]:
    """Return the names of the columns of dataset `read` that dataset `reader` uses in any way, sorted."""
    edges = lineage.edges.get(reader, ())
    return tuple(sorted({edge.source.split(".", 3)[3] for edge in edges if _dataset_of(edge.source) == read}))


def _dataset_of(column: str) -> str:
    """Return the dataset of ``domain.product.dataset.column``; a column's own name may hold dots."""
    return ".".join(column.split(".", 3)[:3])


def _closure(
    next_edges: Callable[[Collection[str]], Iterable[ColumnEdge]],
    starts: set[str],
    far_end: Callable[[ColumnEdge], str],
    depth: int | None,
) -> tuple[ColumnEdge, ...]:
    """Follow edges from `starts` on, one wave of columns after the other."""
    seen, wave, waves = set(starts), set(starts), 0
    found: set[ColumnEdge] = set()
    while wave and (depth is None or waves < depth):
        edges = set(next_edges(wave))
        found |= edges
        wave = {far_end(edge) for edge in edges} - seen
        seen |= wave
        waves += 1
    return tuple(sorted(found))

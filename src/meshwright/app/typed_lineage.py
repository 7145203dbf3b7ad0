"""Column lineage of the mesh, found when somebody first asks for it: neither `check` nor a run of what stands does.

The lineage of a statement is remembered in the parse cache, under what its columns depend on. A first plan needs much of it,
and has it found by a second process: see `lineage_beside`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from meshwright.app.lineage_left import LeftLineage
from meshwright.app.typed_python import python_lineage
from meshwright.files.cache import ParseCache
from meshwright.frozen import dataclass
from meshwright.graph.lineage import ColumnEdge, ColumnLineage, column_edges
from meshwright.model import Columns, Mesh, Node, identity, plain_address, product_of, variation_of
from meshwright.model.variations import plain_reads
from meshwright.sql import ColumnSource, Influence, parser_version, statement_lineage

#: Kind of the entries in the parse cache.
KIND = "lineage"
#: A node with what it is made from; that of a statement as it is remembered.
_Followed = tuple[Node, Sequence[ColumnSource] | str]


@dataclass(frozen=True, kw_only=True, slots=True)
class LineageInputs:
    """What lineage follows from."""

    mesh: Mesh
    #: Of every dataset whose columns are known, or guessed.
    columns: Mapping[str, Columns]
    #: Dataset -> what its columns depend on, as `typed` makes it.
    keys: Mapping[str, str]
    #: What jobs left; None where no node is of a tool.
    left: LeftLineage | None = None


def later_lineage(find_inputs: Callable[[], LineageInputs], cache: ParseCache) -> ColumnLineage:
    """Return the lineage of the mesh, with edges that are found when one is first asked for."""
    edges = _LaterEdges(find_inputs, cache)
    return ColumnLineage(edges=edges, find=edges.follow)


class _LaterEdges(Mapping[str, tuple[ColumnEdge, ...]]):
    """The column edges by dataset. Whoever asks for one has that one followed; who looks through them has all, at once."""

    def __init__(self, find_inputs: Callable[[], LineageInputs], cache: ParseCache) -> None:
        self._find_inputs = find_inputs
        self._cache = cache
        self._inputs: LineageInputs | None = None
        self._sources: dict[str, _Followed] = {}
        self._is_whole = False

    def __getitem__(self, dataset: str) -> tuple[ColumnEdge, ...]:
        if dataset not in self._sources:
            self.follow([dataset])
        node, sources = self._sources[dataset]
        known = _readdressed(node, _sources_from(sources)) if isinstance(sources, str) else sources
        return column_edges(dataset, known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def follow(self, datasets: Collection[str]) -> None:
        """Follow those of `datasets` that nobody asked for yet, together."""
        if not self._is_whole:
            nodes = (self._known().mesh.node(dataset) for dataset in datasets if dataset not in self._sources)
            self._follow(node for node in nodes if node is not None)

    def _known(self) -> LineageInputs:
        if self._inputs is None:
            self._inputs = self._find_inputs()
        return self._inputs

    def _whole(self) -> Mapping[str, _Followed]:
        if not self._is_whole:
            self._follow(self._known().mesh.all_nodes())
            self._sources = dict(sorted(self._sources.items()))
            self._is_whole = True
        return self._sources

    def _follow(self, nodes: Iterable[Node]) -> None:
        inputs, followed = self._known(), tuple(nodes)
        for node in followed:
            if node.python is not None and node.address in inputs.columns:
                self._sources[node.address] = (node, python_lineage(node, inputs.columns))
            elif inputs.left is not None and (sources := inputs.left.of(node)) is not None:
                self._sources[node.address] = (node, sources)
        self._sources.update(_statements(followed, inputs, self._cache))


def _statements(nodes: Iterable[Node], inputs: LineageInputs, cache: ParseCache) -> Iterator[tuple[str, _Followed]]:
    """Yield the lineage of each statement, which is by the names in its text, as it is remembered."""
    keyed = keyed_statements(nodes, inputs.keys)
    if not keyed:
        return
    found = dict(cache.get_many(KIND, [key for key, _ in keyed]))
    fresh: dict[str, str] = {}
    for key, node in keyed:
        if key not in found and node.address in inputs.columns:
            found[key] = fresh[key] = followed_text(node, inputs.columns)
        if key in found:
            yield node.address, (node, found[key])
    cache.put_many(KIND, fresh)


def keyed_statements(nodes: Iterable[Node], keys: Mapping[str, str]) -> list[tuple[str, Node]]:
    """Return the statements, each with what its lineage is remembered under; what reads something unknown is left out.

    `keys` are those that `typed` makes, by dataset.
    """
    models = [node for node in nodes if node.sql is not None and node.address in keys]
    if not models:
        return []
    parser = parser_version()
    return [(identity("mwlineage1", keys[node.address], parser), node) for node in models]


def followed_text(node: Node, columns: Mapping[str, Columns]) -> str:
    """Follow a statement whose own columns and inputs' are known, and return its lineage as it is remembered."""
    return _sources_text(_statement_lineage(node, columns))


def _readdressed(node: Node, named: tuple[ColumnSource, ...]) -> tuple[ColumnSource, ...]:
    """Return the lineage of a statement with what a variation means by the names in its text."""
    if variation_of(node.address) is None:
        return named
    reads = plain_reads(node)
    return tuple(replace(source, table=reads.get(source.table, source.table)) for source in named)


def _statement_lineage(node: Node, columns: Mapping[str, Columns]) -> tuple[ColumnSource, ...]:
    assert node.sql is not None
    tables: dict[tuple[str, ...], tuple[str, Columns]] = {}
    own = plain_address(product_of(node.address))
    for name, read in plain_reads(node).items():
        if read in columns:
            tables[tuple(name.split("."))] = (name, columns[read])
            if product_of(name) == own:
                tables[(name.rpartition(".")[2],)] = (name, columns[read])
    return statement_lineage(node.sql.text, node.sql.dialect, tables=tables, output=columns[node.address])


def _sources_text(sources: tuple[ColumnSource, ...]) -> str:
    return json.dumps([[source.output, source.table, source.column, source.kind.value] for source in sources])


#: Looked up here: an enumeration's own way takes as long as the rest of a line.
_INFLUENCES = {kind.value: kind for kind in Influence}


def _sources_from(text: str) -> tuple[ColumnSource, ...]:
    return tuple(
        ColumnSource(output=output, table=table, column=column, kind=_INFLUENCES[kind])
        for output, table, column, kind in json.loads(text)
    )

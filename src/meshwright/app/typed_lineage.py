"""Column lineage of the mesh, found when somebody first asks for it: neither `check` nor a run of what stands does.

The lineage of a statement is remembered in the parse cache, under what its columns depend on. A first plan names the columns
that every product reads of another: that lineage is found by a second process while the first one judges rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from meshwright.app.typed_python import python_lineage
from meshwright.files.beside import beside
from meshwright.files.cache import ParseCache
from meshwright.frozen import dataclass
from meshwright.graph.lineage import ColumnEdge, ColumnLineage, column_edges
from meshwright.model import Columns, Mesh, Node, identity, plain_address, product_of, variation_of
from meshwright.model.variations import plain_reads
from meshwright.sql import ColumnSource, Influence, parser_version, statement_lineage

_KIND = "lineage"
#: So many statements are worth a second process.
_MANY = 100
#: What the second process does of them: it is done when the first one has judged, which then does the rest.
_PART = 0.75
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


def later_lineage(find_inputs: Callable[[], LineageInputs], cache: ParseCache) -> ColumnLineage:
    """Return the lineage of the mesh, with edges that are found when one is first asked for."""
    edges = _LaterEdges(find_inputs, cache)
    return ColumnLineage(edges=edges, find=edges.follow)


@contextmanager
def lineage_beside(inputs: LineageInputs, datasets: Collection[str], cache: ParseCache) -> Iterator[None]:
    """Have the lineage of `datasets` found by a second process while the block runs, and remembered after it.

    Where there is no second process, or little to find, it is found when it is asked for.
    """
    nodes = (inputs.mesh.node(dataset) for dataset in datasets)
    keyed = [(key, node) for key, node in _keyed(filter(None, nodes), inputs) if node.address in inputs.columns]
    known = cache.get_many(_KIND, [key for key, _ in keyed]) if len(keyed) >= _MANY else {}
    missing = [(key, node) for key, node in keyed if key not in known]
    if len(missing) < _MANY:
        yield
        return
    first = len(missing) - int(len(missing) * _PART)
    # By these all is imported that following takes, for both processes.
    cache.put_many(_KIND, {key: _found_text(node, inputs) for key, node in missing[:1]})
    there = missing[max(first, 1) :]
    with beside(lambda: json.dumps({key: _found_text(node, inputs) for key, node in there}).encode()) as answer:
        yield
        cache.put_many(_KIND, json.loads(answer() or b"{}"))


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
        self._sources.update(_statements(followed, inputs, self._cache))


def _statements(nodes: Iterable[Node], inputs: LineageInputs, cache: ParseCache) -> Iterator[tuple[str, _Followed]]:
    """Yield the lineage of each statement, which is by the names in its text, as it is remembered."""
    keyed = _keyed(nodes, inputs)
    if not keyed:
        return
    found = dict(cache.get_many(_KIND, [key for key, _ in keyed]))
    fresh: dict[str, str] = {}
    for key, node in keyed:
        if key not in found and node.address in inputs.columns:
            found[key] = fresh[key] = _found_text(node, inputs)
        if key in found:
            yield node.address, (node, found[key])
    cache.put_many(_KIND, fresh)


def _keyed(nodes: Iterable[Node], inputs: LineageInputs) -> list[tuple[str, Node]]:
    """Return the statements, each with what its lineage is remembered under; what reads something unknown is left out."""
    models = [node for node in nodes if node.sql is not None and node.address in inputs.keys]
    if not models:
        return []
    parser = parser_version()
    return [(identity("mwlineage1", inputs.keys[node.address], parser), node) for node in models]


def _found_text(node: Node, inputs: LineageInputs) -> str:
    return _sources_text(_statement_lineage(node, inputs.columns))


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


def _sources_from(text: str) -> tuple[ColumnSource, ...]:
    return tuple(
        ColumnSource(output=output, table=table, column=column, kind=Influence(kind))
        for output, table, column, kind in json.loads(text)
    )

"""Column lineage through a tool's own graph: from a node's inputs to the datasets that it yields.

Each query is followed by the pass that follows our own SQL. What lies between is composed away: a dataset's columns come of
columns of inputs, and of other datasets of the node. Models whose code is no SQL are widened: any column may come of any.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from graphlib import CycleError, TopologicalSorter

from meshwright.frozen import dataclass
from meshwright.model import Column, Columns
from meshwright.model.outside import LeftSource
from meshwright.sql import ColumnSource, Influence, parse_statement, statement_lineage
from meshwright.tools.protocol import InnerTable, Outcome

#: Column, folded -> what it comes of.
_Composed = Mapping[str, Collection[LeftSource]]
_WORDS = re.compile(r"\w+")


def inner_lineage(
    outcome: Outcome, *, inputs: Collection[str], datasets: Collection[str]
) -> Mapping[str, tuple[LeftSource, ...]]:
    """Return what the columns of each of the yielded `datasets` come of; those of which nobody knows are left out.

    A dataset that comes of nothing, as a seed of dbt, is not left out. A query that cannot be read fails nothing.
    """
    given = {
        dataset: _sorted(
            LeftSource(output=column, name=name, is_input=name in inputs, column=source)
            for column, sources in columns.items()
            for name, source in sources
            if name in inputs or name in datasets
        )
        for dataset, columns in outcome.lineage.items()
        if dataset in datasets
    }
    found = {**_followed(outcome.inside, frozenset(datasets)), **given}
    return dict(sorted(found.items()))


def joined_lineage(
    each: Iterable[Mapping[str, tuple[LeftSource, ...]]],
) -> Mapping[str, tuple[LeftSource, ...]]:
    """Join the lineage of several jobs, whose tables of one name are one table."""
    found: dict[str, list[LeftSource]] = {}
    for lineage in each:
        for dataset, sources in lineage.items():
            found.setdefault(dataset, []).extend(sources)
    return {dataset: _sorted(sources) for dataset, sources in sorted(found.items())}


def _followed(tables: Sequence[InnerTable], datasets: frozenset[str]) -> dict[str, tuple[LeftSource, ...]]:
    named = _names(tables)
    own = [_own_sources(place, tables, named) for place in range(len(tables))]
    composed: dict[int, _Composed] = {}
    for place in _in_order(own):
        composed[place] = _composed(own[place], tables, composed, datasets)
    return {
        name: _sorted(source for sources in composed[place].values() for source in sources)
        for place, table in enumerate(tables)
        if (name := table.dataset) is not None and name in datasets and (own[place] or _is_known(table))
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Names:
    """The tables by their names in full, and by the ends of these that mean one of them alone; folded."""

    places: Mapping[tuple[str, ...], int]
    #: First word of the last part -> the names: a query is looked through for words, and not for each of a thousand tables.
    by_word: Mapping[str, Sequence[tuple[str, ...]]] = field(default_factory=dict)

    def within(self, query: str) -> Iterator[tuple[tuple[str, ...], int]]:
        """Yield the names that may be in a query."""
        for word in dict.fromkeys(_WORDS.findall(query.lower())):
            for parts in self.by_word.get(word, ()):
                yield parts, self.places[parts]


def _names(tables: Sequence[InnerTable]) -> _Names:
    found: dict[tuple[str, ...], set[int]] = {}
    for place, table in enumerate(tables):
        parts = _folded(table.name)
        for start in range(len(parts)):
            found.setdefault(parts[start:], set()).add(place)
    whole = {_folded(table.name): place for place, table in enumerate(tables)}
    places = {parts: next(iter(each)) for parts, each in found.items() if len(each) == 1} | whole
    by_word: dict[str, list[tuple[str, ...]]] = {}
    for parts in places:
        if words := _WORDS.findall(parts[-1]):
            by_word.setdefault(words[0], []).append(parts)
    return _Names(places=places, by_word=by_word)


def _own_sources(place: int, tables: Sequence[InnerTable], named: _Names) -> tuple[ColumnSource, ...]:
    """Return what a table's columns come of in its own query; tables are named by their places."""
    table = tables[place]
    if table.query is not None:
        # A table that reads itself adds to what stands, which is of the same columns.
        known = {
            parts: (str(each), _columns(tables[each])) for parts, each in named.within(table.query) if each != place
        }
        return statement_lineage(table.query, table.dialect, tables=known, output=_columns(table) or None)
    read = [named.places[parts] for each in table.reads if (parts := _folded(each)) in named.places]
    return tuple(
        ColumnSource(output=output, table=str(each), column=column, kind=Influence.DIRECT)
        for output in table.columns
        for each in read
        for column in tables[each].columns
    )


def _is_known(table: InnerTable) -> bool:
    """Whether it is known of a table for which no source was found that it has none."""
    if table.query is None:
        return not table.reads
    parsed = parse_statement(table.query, table.dialect)
    return bool(parsed.canonical) and not parsed.tables


def _in_order(own: Sequence[Sequence[ColumnSource]]) -> Iterable[int]:
    """Return the places of tables, none before what it comes of. On a circle, which no tool has, in the order told."""
    above = {place: {int(source.table) for source in sources} for place, sources in enumerate(own)}
    try:
        return tuple(TopologicalSorter(above).static_order())
    except CycleError:
        return range(len(own))


def _composed(
    own: Sequence[ColumnSource], tables: Sequence[InnerTable], above: Mapping[int, _Composed], datasets: frozenset[str]
) -> _Composed:
    found: dict[str, set[LeftSource]] = {}
    for source in own:
        place, is_direct = int(source.table), source.kind is Influence.DIRECT
        table = tables[place]
        is_input = table.input is not None
        name = table.input if is_input else table.dataset
        sources = found.setdefault(source.output.casefold(), set())
        if name is not None and (is_input or name in datasets):
            sources.add(
                LeftSource(
                    output=source.output, name=name, is_input=is_input, column=source.column, is_direct=is_direct
                )
            )
            continue
        for each in above.get(place, {}).get(source.column.casefold(), ()):
            sources.add(
                LeftSource(
                    output=source.output, name=each.name, is_input=each.is_input, column=each.column,
                    is_direct=is_direct and each.is_direct,
                )
            )  # fmt: skip
    return found


def _sorted(sources: Iterable[LeftSource]) -> tuple[LeftSource, ...]:
    """Return sources in order, each once; one that is direct in any way is direct."""
    found: dict[tuple[str, str, bool, str], LeftSource] = {}
    for each in sources:
        key = (each.output, each.name, each.is_input, each.column)
        if key not in found or each.is_direct:
            found[key] = each
    return tuple(sorted(found.values()))


def _columns(table: InnerTable) -> Columns:
    return tuple(Column(name=name, type="VARCHAR") for name in table.columns)  # lineage is blind to types


def _folded(name: Sequence[str]) -> tuple[str, ...]:
    return tuple(part.lower() for part in name)

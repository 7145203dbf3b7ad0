"""Which columns hide together: those that are classified, what they are made from, and whatever is made from any of these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from meshwright.frozen import dataclass
from meshwright.sql.values import ColumnSource, Influence

#: A column of a dataset, the column's name without letter case.
ColumnName = tuple[str, str]
#: Gives what the columns of a dataset are made from; None where nothing tells.
Follow = Callable[[str], Sequence[ColumnSource] | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A dataset, and what it was made from."""

    #: Names without letter case.
    columns: frozenset[str]
    reads: tuple[str, ...] = ()


def hidden_columns(
    datasets: Mapping[str, Made], classified: Mapping[ColumnName, str], cleared: Collection[ColumnName], follow: Follow
) -> dict[ColumnName, str]:
    """Return the columns to hide, with why: ``pii``, ``made from crm.customers.people.email``.

    `classified` is column -> classification; `cleared` are the columns that were classified as nothing to hide. These
    hide all the same where a statement makes them from hidden ones, and only then. Only values count: a column that
    merely decided about rows does not hide what came of them. `follow` is asked for no more than it takes.
    """
    hidden = dict(classified)
    for column, made in _made_from(datasets, classified, follow):
        if column not in cleared:
            hidden.setdefault(column, f"{made[0]}.{made[1]} is made from it")
    readers = defaultdict(list)
    for dataset, made_of in datasets.items():
        for read in made_of.reads:
            readers[read].append(dataset)
    waiting = list(dict.fromkeys(reader for dataset, _ in hidden for reader in readers[dataset]))
    while waiting:
        dataset = waiting.pop()
        found = {
            column: why for column, why in _derived(dataset, datasets, hidden, cleared, follow) if column not in hidden
        }
        if found:
            hidden.update(found)
            waiting.extend(readers[dataset])
    return hidden


def _made_from(
    datasets: Mapping[str, Made], classified: Mapping[ColumnName, str], follow: Follow
) -> Iterator[tuple[ColumnName, ColumnName]]:
    """Yield every column whose values a classified one is made from, with the classified one."""
    for origin in classified:
        waiting, seen = [origin], {origin}
        while waiting:
            dataset, column = waiting.pop()
            if dataset not in datasets:
                continue
            for above in _sources(dataset, column, datasets, follow):
                if above not in seen:
                    seen.add(above)
                    waiting.append(above)
                    yield above, origin


def _sources(dataset: str, column: str, datasets: Mapping[str, Made], follow: Follow) -> Iterator[ColumnName]:
    reads = datasets[dataset].reads
    sources = follow(dataset) if reads else ()
    if sources is None or all(source.output.casefold() != column for source in sources):
        # Code hides what it does. To hide all that it reads would hide half a mesh for one column; of one name is the rest.
        yield from ((read, column) for read in reads if read in datasets and column in datasets[read].columns)
        return
    for source in sources:
        if source.kind is Influence.DIRECT and source.output.casefold() == column:
            yield source.table, source.column.casefold()


def _derived(
    dataset: str,
    datasets: Mapping[str, Made],
    hidden: Mapping[ColumnName, str],
    cleared: Collection[ColumnName],
    follow: Follow,
) -> Iterator[tuple[ColumnName, str]]:
    """Yield the columns of a dataset that hidden ones flow into, with why."""
    reads, columns = datasets[dataset].reads, datasets[dataset].columns
    sources = follow(dataset)
    if sources is None:
        read = next(read for read in reads if any(of == read for of, _ in hidden))
        for column in columns:
            if (dataset, column) not in cleared:
                yield (dataset, column), f"made from {read}, and nothing tells how"
        return
    for source in sources:
        if source.kind is Influence.DIRECT and (source.table, source.column.casefold()) in hidden:
            yield (dataset, source.output.casefold()), f"made from {source.table}.{source.column}"
    told = {source.output.casefold() for source in sources}
    for column in columns - told:
        yield (dataset, column), "nothing tells what it is made from"

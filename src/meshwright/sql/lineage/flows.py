"""What flows: bit sets of input columns, the columns of relations, and the scope that names are looked up in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from meshwright.sql.names import fold


class Flow(NamedTuple):
    """Input columns, one bit each, whose value flows (`direct`) or which only decide (`indirect`)."""

    direct: int = 0
    indirect: int = 0

    def joined(self, other: Flow) -> Flow:
        """Return both together."""
        return Flow(self.direct | other.direct, self.indirect | other.indirect)

    @property
    def everything(self) -> int:
        """Columns that flow in either way."""
        return self.direct | self.indirect


NOTHING = Flow()


class OutputColumn(NamedTuple):
    """One column of a relation."""

    #: As written; None for an expression without a name.
    name: str | None
    flow: Flow
    #: Stands for any number of columns, whose names are not known.
    is_wild: bool = False
    #: One column, or several where the value is a struct: ``unnest(s)``.
    may_expand: bool = False


class Relation:
    """Rows with columns: a dataset, a CTE, a subquery."""

    __slots__ = ("_by_name", "columns", "rows")

    def __init__(self, columns: Sequence[OutputColumn], rows: int = 0) -> None:
        self.columns = tuple(columns)
        #: Input columns that decide which rows there are: filters, join keys, grouping.
        self.rows = rows
        self._by_name: dict[str, Flow] | None = None

    def find(self, name: str) -> Flow | None:
        """Return what flows into the column `name` (folded), None where no column is known by that name."""
        if self._by_name is None:
            self._by_name = {}
            for column in self.columns:
                if column.name is not None and not column.is_wild:
                    self._by_name.setdefault(fold(column.name), column.flow)
        return self._by_name.get(name)

    @property
    def wild(self) -> Flow | None:
        """What may flow into a column that is not known by name; None where all columns are known."""
        found = None
        for column in self.columns:
            if column.is_wild or column.may_expand:
                found = column.flow.joined(found or NOTHING)
        return found

    @property
    def all_columns(self) -> Flow:
        """What flows into any of the columns."""
        flow = NOTHING
        for column in self.columns:
            flow = flow.joined(column.flow)
        return flow

    def renamed(self, names: Sequence[str]) -> Relation:
        """Return the relation with its first columns named anew: ``as t(a, b)``."""
        if not names:
            return self
        if any(column.is_wild or column.may_expand for column in self.columns):
            wild = self.all_columns
            return Relation(
                [*(OutputColumn(name, wild) for name in names), OutputColumn(None, wild, is_wild=True)], self.rows
            )
        columns = [
            column._replace(name=names[index]) if index < len(names) else column
            for index, column in enumerate(self.columns)
        ]
        return Relation(columns, self.rows)


@dataclass(slots=True)
class Source:
    """A relation in FROM, under the names that columns can be qualified with."""

    #: Alias or table name, folded; None where it has none.
    alias: str | None
    relation: Relation
    #: The table's name as written, for columns qualified with all of it.
    parts: tuple[str, ...] = ()
    #: Columns (folded) that a join with USING shows once, under the left side.
    merged_away: set[str] = field(default_factory=set)
    #: Columns (folded) of the left side that stand for both sides.
    merged: dict[str, Flow] = field(default_factory=dict)

    def find(self, name: str) -> Flow | None:
        """Return what flows into the column, as seen without a qualifier."""
        return self.merged.get(name) or self.relation.find(name)


@dataclass(slots=True)
class Scope:
    """What names mean inside one SELECT."""

    ctes: Mapping[str, Relation]
    parent: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    #: Output names given so far; they can be used by what follows.
    aliases: dict[str, Flow] = field(default_factory=dict)
    #: Named windows.
    windows: dict[str, int] = field(default_factory=dict)

    def resolve(self, parts: tuple[str, ...]) -> Flow:
        """Return what flows into a column written as `parts` (folded), the last of which may be struct fields."""
        found = self._resolve(parts)
        if found is not None:
            return found
        everything = NOTHING
        scope: Scope | None = self
        while scope is not None:
            for source in scope.sources:
                everything = everything.joined(source.relation.all_columns)
            scope = scope.parent
        return everything

    def _resolve(self, parts: tuple[str, ...]) -> Flow | None:
        scope: Scope | None = self
        guess: Flow | None = None
        while scope is not None:
            found = scope._qualified(parts) if len(parts) > 1 else None
            found = found or scope._plain(parts[0])
            if found is not None:
                return found.joined(guess) if guess else found
            for source in scope.sources:
                wild = source.relation.wild
                if wild is not None:
                    guess = wild.joined(guess or NOTHING)
            scope = scope.parent
        return guess or self._whole_row(parts[0])

    def _plain(self, name: str) -> Flow | None:
        found = [flow for source in self.sources if name not in source.merged_away and (flow := source.find(name))]
        if found:
            return found[0]
        alias = self.aliases.get(name)
        if alias is None:
            return None
        wild = [source.relation.wild for source in self.sources]
        for flow in wild:
            alias = alias.joined(flow) if flow else alias
        return alias

    def _qualified(self, parts: tuple[str, ...]) -> Flow | None:
        for source in self.sources:
            for length in (3, 2, 1):
                qualifier = parts[:length]
                if len(parts) > length and _names(source, qualifier):
                    return self._column_of(source, parts[length])
        return None

    def _column_of(self, source: Source, name: str) -> Flow:
        return source.relation.find(name) or source.relation.wild or source.relation.all_columns

    def _whole_row(self, name: str) -> Flow | None:
        scope: Scope | None = self
        while scope is not None:
            for source in scope.sources:
                if source.alias == name:
                    return source.relation.all_columns
            scope = scope.parent
        return None


def _names(source: Source, qualifier: tuple[str, ...]) -> bool:
    if len(qualifier) == 1:
        return source.alias == qualifier[0]
    return bool(source.parts) and source.parts[-len(qualifier) :] == qualifier


class InputColumns:
    """Gives each input column its bit."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: list[tuple[str, str]] = []

    def add(self, table: str, column: str) -> Flow:
        """Return the flow of one more input column."""
        self._names.append((table, column))
        return Flow(1 << (len(self._names) - 1), 0)

    def names(self, bits: int) -> list[tuple[str, str]]:
        """Return (dataset, column) of each bit."""
        found = []
        while bits:
            low = bits & -bits
            found.append(self._names[low.bit_length() - 1])
            bits ^= low
        return found

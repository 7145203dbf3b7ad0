"""Relations by what passes into their columns: input -> its column, for the inputs that reach the column with all of their uses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from meshwright.sql.names import fold

#: Address of an input -> its column, as written. An input is there only if every use of it below passes into the column.
Passing = Mapping[str, str]
NOTHING: Passing = {}
_NO_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wild:
    """Stands for any number of columns: a table's, of any names."""

    #: Inputs whose column of a name is the column of that name; none: nothing can be told of any column.
    addresses: frozenset[str] = _NO_NAMES
    #: Names (folded) that are surely not among the columns.
    hidden: frozenset[str] = _NO_NAMES
    #: Names (folded) of which nothing can be told.
    unsure: frozenset[str] = _NO_NAMES

    def find(self, name: str) -> Passing | None:
        """Return what passes into the column, should it be there; None where it surely is not."""
        folded = fold(name)
        if folded in self.hidden:
            return None
        return NOTHING if folded in self.unsure else dict.fromkeys(self.addresses, name)

    def without(self, names: Collection[str]) -> Wild:
        """Return it without the columns `names` (folded)."""
        return replace(self, hidden=self.hidden.union(names)) if names else self


class Column(NamedTuple):
    """One column of a relation, or a wild one."""

    #: As written; None for an expression without a name.
    name: str | None
    passing: Passing = NOTHING
    wild: Wild | None = None
    #: Lies somewhere among the columns of the wild one beside it.
    is_floating: bool = False

    @property
    def has_place(self) -> bool:
        """Whether it is one column, at its place among the others."""
        return self.wild is None and not self.is_floating


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows with columns, and all that is read for them."""

    columns: tuple[Column, ...]
    #: Addresses of the inputs that are read below, whatever for.
    reads: frozenset[str] = field(default=_NO_NAMES)

    def find(self, name: str, *, is_result: bool = False) -> Passing | None:
        """Return what passes into the column `name`; None where there surely is no such column.

        Where a name is there twice the first column has it, and an earlier table may hold it too. The result of a
        model `is_result`: there a name is there once, or the model is refused.
        """
        folded = fold(name)
        found: Passing | None = None
        for column in self.columns:
            if column.wild is not None:
                held = column.wild.find(name)
                if held is not None:
                    found = held if found is None else NOTHING
            elif column.name is not None and fold(column.name) == folded:
                return column.passing if found is None or is_result else NOTHING
        return found

    def names(self) -> tuple[str, ...]:
        """Return the names of the columns that are known by name, folded, each once."""
        return tuple(dict.fromkeys(fold(column.name) for column in self.columns if column.name is not None))

    def limited(self, gone: Collection[str] | None = None) -> Relation:
        """Return it with nothing passing from the inputs `gone`; None: from any input."""
        if gone is not None and not self.reads.intersection(gone):
            return self
        return Relation(tuple(_limited(column, gone) for column in self.columns), self.reads)

    def renamed(self, names: Iterable[str]) -> Relation:
        """Return it with its first columns named anew: ``as t(a, b)``."""
        given = tuple(names)
        if not given:
            return self
        if not all(column.has_place for column in self.columns[: len(given)]) or len(self.columns) < len(given):
            return unknown(self.reads)
        head = (column._replace(name=name) for name, column in zip(given, self.columns, strict=False))
        return Relation((*head, *self.columns[len(given) :]), self.reads)


def table(address: str) -> Relation:
    """Return an input: a column of any name is its own."""
    reads = frozenset({address})
    return Relation((Column(None, wild=Wild(reads)),), reads)


def unknown(reads: frozenset[str]) -> Relation:
    """Return a relation of which nothing can be told but what it reads."""
    return Relation((Column(None, wild=Wild()),), reads)


def _limited(column: Column, gone: Collection[str] | None) -> Column:
    if column.wild is not None:
        kept = _NO_NAMES if gone is None else column.wild.addresses.difference(gone)
        return column._replace(wild=replace(column.wild, addresses=kept))
    return column._replace(passing=NOTHING if gone is None else but(column.passing, gone))


def but(passing: Passing, gone: Collection[str]) -> Passing:
    """Return what passes from other inputs than those `gone`."""
    return {address: column for address, column in passing.items() if address not in gone}


def both(left: Passing, left_reads: frozenset[str], right: Passing, right_reads: frozenset[str]) -> Passing:
    """Return what passes into a column that rows of two relations share, as in UNION.

    An input that both read must pass on both sides, by the same column.
    """
    found = {**but(left, right_reads), **but(right, left_reads)}
    found.update(
        (address, column)
        for address, column in left.items()
        if address in right and fold(right[address]) == fold(column)
    )
    return found

"""What names mean inside one SELECT, for columns that pass through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshwright.sql.names import fold
from meshwright.sql.passing.relations import NOTHING, Passing, Relation, but


@dataclass(slots=True)
class Source:
    """A relation in FROM, under the names that columns can be qualified with."""

    #: Alias or table name, folded; None where it has none.
    alias: str | None
    relation: Relation
    #: The table's name as written, folded, for columns qualified with all of it.
    parts: tuple[str, ...] = ()
    #: Whether an outer join may fill its columns with NULL.
    is_optional: bool = False

    def is_called(self, qualifier: tuple[str, ...]) -> bool:
        """Whether columns of it can be qualified like this (folded)."""
        if len(qualifier) == 1:
            return self.alias == qualifier[0]
        return bool(self.parts) and self.parts[-len(qualifier) :] == qualifier


@dataclass(slots=True)
class Scope:
    """The sources of one SELECT, and the names that it has given."""

    ctes: Mapping[str, Relation]
    sources: list[Source] = field(default_factory=list)
    #: Columns (folded) that joins with USING or NATURAL show once -> the source that they are taken from; None: unsure.
    shared: dict[str, Source | None] = field(default_factory=dict)
    #: Whether a NATURAL join shares columns that nobody can name.
    is_natural: bool = False
    #: What subqueries in expressions read.
    elsewhere: frozenset[str] = frozenset()
    #: Output names given so far, folded: what follows can use them.
    aliases: dict[str, Passing] = field(default_factory=dict)

    @property
    def reads(self) -> frozenset[str]:
        """All that is read for the SELECT."""
        return self.elsewhere.union(*(source.relation.reads for source in self.sources))

    def others(self, source: Source) -> frozenset[str]:
        """Return what is read beside `source`."""
        beside = (other.relation.reads for other in self.sources if other is not source)
        return self.elsewhere.union(*beside)

    def of(self, source: Source, name: str) -> Passing | None:
        """Return what passes from a source's column into a column of the SELECT; None where it surely has none."""
        found = source.relation.find(name)
        if found is None:
            return None
        return NOTHING if source.is_optional else but(found, self.others(source))

    def resolve(self, parts: tuple[str, ...]) -> Passing:
        """Return what passes by a column written as `parts`."""
        if len(parts) > 1:
            qualifier = tuple(fold(part) for part in parts[:-1])
            named = [source for source in self.sources if source.is_called(qualifier)]
            return (self.of(named[0], parts[-1]) or NOTHING) if len(named) == 1 else NOTHING
        found = self._plain(parts[0])
        alias = self.aliases.get(fold(parts[0]))
        if alias is None or found is None:
            return found or alias or NOTHING
        # A column goes before an alias, and whether there is such a column nobody can tell.
        return found if alias == found else NOTHING

    def _plain(self, name: str) -> Passing | None:
        folded = fold(name)
        if folded in self.shared:
            owner = self.shared[folded]
            return NOTHING if owner is None else self.of(owner, name)
        holding = [source for source in self.sources if source.relation.find(name) is not None]
        sure = [source for source in holding if folded in source.relation.names()]
        if len(sure) == 1 and not self.is_natural:
            holding = sure  # were it in another source as well, the name would be ambiguous, which the engine refuses
        if not holding:
            return None
        return (self.of(holding[0], name) or NOTHING) if len(holding) == 1 else NOTHING

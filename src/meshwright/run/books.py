"""The books that planning looks up (`plan.books`), filled from the state as they are asked, and from the data where it must be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from meshwright.engines.protocol import Relation, Session
from meshwright.model import Footprint, FootprintKey, Part, Version
from meshwright.model.intervals import numbers_in, ranges_of
from meshwright.plan.books import Books
from meshwright.run.parts import PartsReader, parts_relation
from meshwright.run.relations import Relations, bound_versions
from meshwright.state.protocol import Reader
from meshwright.store.protocol import Store

_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(kw_only=True, slots=True)
class _Asked(Mapping[_K, _V], Generic[_K, _V]):
    """A map that asks for what it does not know yet. What is not there is asked for again: it may be made meanwhile."""

    ask: Callable[[Collection[_K]], Mapping[_K, _V]]
    known: dict[_K, _V] = field(default_factory=dict)

    def __getitem__(self, key: _K) -> _V:
        if key not in self.known:
            self.known.update(self.ask((key,)))
        return self.known[key]

    def __iter__(self) -> Iterator[_K]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


def recorded_books(
    reader: Reader,
    parts: PartsReader,
    footprints: Callable[[Collection[FootprintKey]], Mapping[FootprintKey, Footprint]],
) -> Books:
    """Return books over the state."""
    return Books(
        versions=_Asked(ask=lambda ids: reader.versions([id_ for id_ in ids if id_])),
        pages=_Asked(ask=parts.pages),
        footprints=_Asked(ask=footprints),
    )


@dataclass(kw_only=True, slots=True)
class Footprints:
    """Finds in which intervals versions, parts and pages have rows: remembered ones in the state, others by looking."""

    reader: Reader
    store: Store
    parts: PartsReader
    #: The engine that looks, opened when it must.
    session: Callable[[], Session]
    #: What was found by looking, to be remembered by whoever may write.
    found: dict[FootprintKey, Footprint] = field(default_factory=dict)

    def find(self, keys: Collection[FootprintKey]) -> dict[FootprintKey, Footprint]:
        """Return footprints by key; those of what is not recorded are left out."""
        known = dict(self.reader.footprints([key for key in keys if key not in self.found]))
        for key in keys:
            if key in self.found:
                known[key] = self.found[key]
            elif key not in known and (found := self._look(key)) is not None:
                known[key] = self.found[key] = found
        return known

    def _look(self, key: FootprintKey) -> Footprint | None:
        page = self.parts.pages((key.of,)).get(key.of)
        if page is not None:
            return self._together(tuple(id_ for _, id_ in page.entries), key)
        part = self.parts.parts((key.of,)).get(key.of)
        relation = self._of_part(part) if part is not None else self._of_version(key.of)
        return None if relation is None else self.session().footprint(relation, key.column, key.calendar)

    def _together(self, parts: tuple[str, ...], key: FootprintKey) -> Footprint | None:
        """Return where the parts of a page have rows; None where one of them is not recorded."""
        each = self.find([FootprintKey(of=id_, column=key.column, calendar=key.calendar) for id_ in parts])
        if len(each) != len(set(parts)):
            return None
        numbers = {number for footprint in each.values() for number in numbers_in(footprint.ranges)}
        return Footprint(ranges=ranges_of(numbers), outside=sum(footprint.outside for footprint in each.values()))

    def _of_part(self, part: Part) -> Relation:
        return parts_relation(part.columns, (part,), self.store)

    def _of_version(self, id_: str) -> Relation | None:
        version: Version | None = self.reader.versions((id_,)).get(id_)
        if version is None:
            return None
        bound = bound_versions((version,), self.reader.versions)
        return Relations(store=self.store, bound=bound, parts=self.parts.of).of(version)

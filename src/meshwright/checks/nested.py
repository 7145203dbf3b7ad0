"""What a contract promises of the parts of a column: fields of an object, items of an array, keys and values of a map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshwright.checks.spec import Into, PathStep, path_words
from meshwright.frozen import dataclass
from meshwright.model import ContractProperty


@dataclass(frozen=True, kw_only=True, slots=True)
class PromisedPart:
    """A promised column, or a part of one."""

    column: str
    #: Way from the column to the part; empty for the column itself.
    path: tuple[PathStep, ...]
    promise: ContractProperty

    @property
    def words(self) -> str:
        """Its name for people, as in ids of rules."""
        return path_words(self.column, self.path)

    @property
    def is_in_list(self) -> bool:
        """Whether a row can hold several of it, or none."""
        return any(step.into is not Into.FIELD for step in self.path)


def promised_parts(columns: Iterable[ContractProperty]) -> Iterator[PromisedPart]:
    """Yield each column, and all that is promised inside of it, in the document's order."""
    for column in columns:
        yield from _parts(PromisedPart(column=column.name, path=(), promise=column))


def _parts(part: PromisedPart) -> Iterator[PromisedPart]:
    yield part
    for step, promise in steps_into(part.promise):
        yield from _parts(PromisedPart(column=part.column, path=(*part.path, step), promise=promise))


def steps_into(promise: ContractProperty) -> Iterator[tuple[PathStep, ContractProperty]]:
    """Yield what is promised directly inside of a property, and the way to it."""
    for field in promise.properties:
        yield PathStep(into=Into.FIELD, name=field.name), field
    for into, inner in ((Into.ITEMS, promise.items), (Into.KEYS, promise.key), (Into.VALUES, promise.value)):
        if inner is not None:
            yield PathStep(into=into), inner

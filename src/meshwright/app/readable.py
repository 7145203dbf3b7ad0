"""Which published datasets, and which of their columns, a caller of the server may read: the one rule of every data query.

Viewers read what ports promise, a domain besides all that is its own, and administrators everything that is published; nobody
reads candidates. A port promises as its contract stands now: of an old generation or version a viewer reads what was promised
then and is promised still, by whichever port of the product, and of a sandbox, whose contracts anybody may write, what its base
promises (docs/adr/0050).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from meshwright.access.datasets import DataScope
from meshwright.frozen import dataclass
from meshwright.model import Columns, dataset_address, domain_of, product_of
from meshwright.model.portoffers import dataset_behind
from meshwright.state.protocol import Reader
from meshwright.state.records import ObjectKind, Pointer


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """What a caller may read of a dataset."""

    #: Letter case folded; None for all columns.
    columns: frozenset[str] | None = None

    def of(self, columns: Columns) -> tuple[str, ...] | None:
        """Return the columns, in order, that are shown; None where that is all of them."""
        if self.columns is None:
            return None
        shown = tuple(column.name for column in columns if column.name.casefold() in self.columns)
        return None if len(shown) == len(columns) else shown


_ALL = Sight()
#: Names that are looked through for one that is like another.
_MOST_HINTED = 500


class Sights:
    """What one caller may read in an environment, or a generation of it. Only the products that are named are looked up."""

    def __init__(
        self,
        reader: Reader,
        scope: DataScope,
        environment: str,
        generation: int | None,
        *,
        base: str | None = None,
        as_of: Mapping[str, int | None] | None = None,
    ) -> None:
        """`base` is what a sandbox lies over: its contracts decide. `as_of` are datasets with generations of their own."""
        self._reader = reader
        self._scope = scope
        self._read = (environment, generation)
        self._deciding: tuple[str, int | None] = (base or environment, None)
        self._as_of = dict(as_of or {})
        self._kept: dict[tuple[str, int | None, str], Mapping[str, Pointer]] = {}

    def pointer(self, dataset: str) -> Pointer | None:
        """Return where a dataset points to, whether it may be read or not."""
        found = self._pointers(self._place(dataset), product_of(dataset)).get(dataset)
        return found if found is not None and found.kind is ObjectKind.DATASET else None

    def of(self, dataset: str) -> Sight | None:
        """Return what may be read of a dataset; None for nothing, whether it is published or not."""
        if self.pointer(dataset) is None:
            return None
        if self._scope.reads_all_of(domain_of(dataset)):
            return _ALL
        promised, place = self._promised(self._deciding, dataset), self._place(dataset)
        if promised is None or place == self._deciding:
            return promised
        return _both(promised, self._promised(place, dataset))

    def names(self, domain: str) -> tuple[str, ...]:
        """Return the datasets of a domain that may be read, for hints."""
        pointers = self._reader.pointers(*self._read)
        datasets = [
            name
            for name, pointer in pointers.items()
            if pointer.kind is ObjectKind.DATASET and domain_of(name) == domain
        ]
        return tuple(name for name in datasets[:_MOST_HINTED] if self.of(name) is not None)

    def domains(self) -> tuple[str, ...]:
        """Return the domains of which the caller may read anything, or of which ports are published, for hints."""
        kind = ObjectKind.DATASET if self._scope.is_all else ObjectKind.PORT
        pointers = self._reader.pointers(*self._deciding)
        found = {domain_of(name) for name, pointer in pointers.items() if pointer.kind is kind}
        return tuple(sorted(found | ({self._scope.domain} if self._scope.domain else set())))

    def _place(self, dataset: str) -> tuple[str, int | None]:
        environment, generation = self._read
        return environment, self._as_of.get(dataset, generation)

    def _pointers(self, place: tuple[str, int | None], product: str) -> Mapping[str, Pointer]:
        key = (*place, product)
        if key not in self._kept:
            self._kept[key] = self._reader.product_pointers(place[0], product, place[1])
        return self._kept[key]

    def _promised(self, place: tuple[str, int | None], dataset: str) -> Sight | None:
        """Return what the ports of a dataset's product promise of it, all of them together."""
        product = product_of(dataset)
        pointers = self._pointers(place, product).values()
        ports = {pointer.revision for pointer in pointers if pointer.kind is ObjectKind.PORT}
        columns: set[str] = set()
        is_promised = False
        for revision in self._reader.revisions(ports).values():
            document = json.loads(revision.document)
            held = document["datasets"]
            if dataset not in held:
                continue
            for described in document["contract"].get("schema") or ():
                if dataset_address(product, dataset_behind(described, held)) != dataset:
                    continue
                properties = described.get("properties")
                if not properties:  # no columns are constrained, so all are promised
                    return _ALL
                is_promised = True
                columns.update(str(each.get("name")).casefold() for each in properties)
        return Sight(columns=frozenset(columns)) if is_promised else None


def _both(one: Sight, other: Sight | None) -> Sight | None:
    if other is None or one.columns is None:
        return other
    return one if other.columns is None else Sight(columns=one.columns & other.columns)

"""What published things stand on: the versions that they were made from, found version by version."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field

from meshwright.model import Version, product_of_object
from meshwright.state.records import ObjectKind, Pointer

_Found = Callable[[Collection[str]], Mapping[str, Version]]
#: Id of a version as it stands among inputs; what may follow says what was hidden of it.
_ID_LENGTH = 32


@mutable_dataclass(kw_only=True, slots=True)
class Ancestry:
    """Remembers of versions what they were made from: they never change."""

    versions: _Found
    #: Version -> dataset, and the versions that it was made from.
    known: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def beneath(self, ids: Collection[str]) -> dict[str, frozenset[str]]:
        """Return dataset -> versions of everything that some versions were made from, themselves included.

        What an opaque version was made from is not asked for: it is named by its content, which other inputs may give too.
        """
        seen: set[str] = set()
        found: dict[str, set[str]] = {}
        wave = set(ids)
        while wave:
            self._learn(wave)
            seen |= wave
            above, wave = wave, set()
            for id_ in above:
                entry = self.known.get(id_)
                if entry is not None:
                    found.setdefault(entry[0], set()).add(id_)
                    wave.update(each for each in entry[1] if each not in seen)
        return {dataset: frozenset(versions) for dataset, versions in found.items()}

    def _learn(self, ids: Collection[str]) -> None:
        for id_, version in self.versions([each for each in ids if each not in self.known]).items():
            inputs = () if version.is_opaque else tuple(each[:_ID_LENGTH] for each in version.inputs.values())
            self.known[id_] = (version.dataset, inputs)


def versions_of(address: str, pointers: Mapping[str, Pointer]) -> tuple[str, ...]:
    """Return the versions that stand under the address of a dataset, or of a product."""
    own = pointers.get(address)
    if own is not None and own.kind is ObjectKind.DATASET:
        return (own.revision,)
    return tuple(
        pointer.revision
        for name, pointer in pointers.items()
        if pointer.kind is ObjectKind.DATASET and product_of_object(name) == address
    )


def generation_of(address: str, pointers: Mapping[str, Pointer]) -> int | None:
    """Return the newest generation in which something under an address moved; None where nothing is published."""
    own = pointers.get(address)
    if own is not None and own.kind is ObjectKind.DATASET:
        return own.generation
    return max((each.generation for name, each in pointers.items() if product_of_object(name) == address), default=None)

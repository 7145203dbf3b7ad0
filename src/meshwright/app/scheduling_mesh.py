"""The triggers of a mesh as a worker reads them: all of them, and whether that is surely all there is."""

from __future__ import annotations

from dataclasses import field

from meshwright.app.agreeing import foreign_reads
from meshwright.app.opened import OpenedMesh
from meshwright.frozen import dataclass
from meshwright.model import Mesh
from meshwright.model.triggers import Join, OnPublication, Trigger


@dataclass(frozen=True, kw_only=True, slots=True)
class TriggerTable:
    """What can start runs."""

    #: By address.
    triggers: dict[str, Trigger]
    #: Product whose triggers join all -> what it reads of other products.
    reads: dict[str, tuple[str, ...]]
    #: Whether every product could be read: else what is not here may be there all the same.
    is_whole: bool
    #: Identity of the files that it was read from.
    identity: str
    #: Those that no clock fires, by address.
    unscheduled: dict[str, Trigger] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[str] | None:
        """Addresses of all triggers; None where that is not known."""
        return frozenset(self.triggers) if self.is_whole else None

    def with_those_of(self, before: TriggerTable | None) -> TriggerTable:
        """Keep the triggers that were there before, where this is not all: what cannot be read is not gone."""
        if self.is_whole or before is None:
            return self
        return _table(
            {**before.triggers, **self.triggers},
            {**before.reads, **self.reads},
            is_whole=before.is_whole,
            identity=self.identity,
        )


def trigger_table(opened: OpenedMesh) -> TriggerTable:
    """Return the triggers of an opened mesh. With any error in a product's files it is not all there is."""
    mesh: Mesh = opened.mesh
    found = {trigger.address: trigger for product in mesh.all_products() for trigger in product.triggers}
    joined = {product.address: product for product in mesh.all_products() if any(map(_joins_all, product.triggers))}
    has_errors = any(found.severity == "error" for found in opened.diagnostics)
    reads = {address: foreign_reads(product) for address, product in joined.items()}
    return _table(dict(sorted(found.items())), reads, is_whole=not has_errors, identity=opened.files_identity)


def _table(
    triggers: dict[str, Trigger], reads: dict[str, tuple[str, ...]], *, is_whole: bool, identity: str
) -> TriggerTable:
    unscheduled = {address: trigger for address, trigger in triggers.items() if trigger.schedule is None}
    return TriggerTable(triggers=triggers, reads=reads, is_whole=is_whole, identity=identity, unscheduled=unscheduled)


def _joins_all(trigger: Trigger) -> bool:
    return isinstance(trigger.fires, OnPublication) and trigger.fires.join is Join.ALL

"""A run that publications of one generation started reads that generation: asked again when its plan is made.

Between the decision and the plan somebody may have published; a run that began would mix what it waited to be one.
"""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.app.generations import Ancestry, versions_of
from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.model import Mesh, Product, product_of
from meshwright.model.causes import Cause, CauseKind
from meshwright.model.triggers import Join, OnPublication, product_of_trigger
from meshwright.plan.firing import disagreements
from meshwright.state.protocol import Reader
from meshwright.state.records import Pointer


def foreign_reads(product: Product) -> tuple[str, ...]:
    """Return the datasets of other products that a product reads, sorted."""
    reads = {read for node in product.nodes.values() for read in node.reads}
    return tuple(sorted(read for read in reads if product_of(read) != product.address))


def require_agreement(mesh: Mesh, cause: Cause | None, pointers: Mapping[str, Pointer], reader: Reader) -> None:
    """Refuse (MW-S040) a run that `join: all` started, where what is published does not belong together any more."""
    if cause is None or cause.kind is not CauseKind.PUBLICATION:
        return
    product = mesh.product(product_of_trigger(cause.name))
    trigger = next((each for each in product.triggers if each.address == cause.name), None) if product else None
    if product is None or trigger is None or not isinstance(trigger.fires, OnPublication):
        return
    if trigger.fires.join is not Join.ALL:
        return
    ancestry = Ancestry(versions=reader.versions)
    addresses = dict.fromkeys((*trigger.fires.of, *foreign_reads(product)))
    mixed = disagreements({name: ancestry.beneath(versions_of(name, pointers)) for name in addresses})
    if mixed:
        raise RefusedError(
            Diagnostic(
                code="MW-S040",
                message=f"what {trigger.address} joins was published anew and does not belong together any more: {mixed[0].words}",
                fix="it starts again by itself when all of them are of one generation; mw schedule list shows what it waits for",
                object=product.address,
            )
        )

"""From major changes to their impact: what breaks of each port, and which live consumers use it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from meshwright.model import domain_of
from meshwright.plan.compatibility import ObjectChange
from meshwright.plan.compatibility.published import PublishedLineage
from meshwright.plan.impact.beyond import OutsideFlow, outside_uses
from meshwright.plan.impact.broken import Broken, find_broken
from meshwright.plan.impact.declared import declared_uses
from meshwright.plan.impact.products import Readers
from meshwright.plan.impact.values import OUTSIDE, PRODUCT, Impact, StandingProduct
from meshwright.plan.values import Desired, Observed


def find_impacts(
    desired: Desired,
    observed: Observed,
    changes: Collection[ObjectChange],
    products: Mapping[str, StandingProduct],
    outside: Callable[[Collection[str]], Iterable[OutsideFlow]] = lambda _datasets: (),
) -> tuple[Impact, ...]:
    """Return what breaks of published ports with those who use it, by address; ports whose breaking nobody feels among them.

    `products` are products as they stand, of which something changes; `outside` tells what jobs outside do with datasets.
    """
    readers = Readers(
        desired=desired, observed=observed, published=PublishedLineage(desired=desired, observed=observed)
    )
    found = find_broken(desired, observed, changes, products)
    flows = tuple(outside({dataset for broken in found for dataset in (*broken.port.datasets, *broken.datasets)}))
    return tuple(_impact(desired, readers, broken, products, flows) for broken in found)


def _impact(
    desired: Desired,
    readers: Readers,
    broken: Broken,
    products: Mapping[str, StandingProduct],
    flows: tuple[OutsideFlow, ...],
) -> Impact:
    uses = (
        *readers.uses_of(broken),
        *declared_uses(desired.mesh, products, broken),
        *outside_uses(flows, desired, broken),
    )
    domain = desired.mesh.domains.get(domain_of(broken.port.product))
    # What an outside tool says of its job was looked at by nobody: it names whom to ask, and is no right to agree.
    named = (owner for use in uses if use.kind != OUTSIDE for owner in use.owners)
    owners = {*(domain.owners if domain is not None else ()), *named}
    return Impact(
        port=broken.port.address,
        changes=broken.changes,
        uses=tuple(sorted(uses, key=lambda use: (use.kind != PRODUCT, use.kind, use.consumer, use.dataset))),
        status=broken.port.status,
        approvers=tuple(sorted(owners)),
    )

"""Published products as their manifests tell: whether they promised anything, and which consumers they declared."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any  # decoded JSON: manifests are of `run.manifest`, older ones without some keys

from meshwright.model import Consumer, Mesh
from meshwright.plan.impact import StandingProduct, is_promising
from meshwright.state.protocol import Reader


def fallen_products(reader: Reader, mesh: Mesh, revisions: Mapping[str, str], touched: Iterable[str]) -> frozenset[str]:
    """Return those of `touched` that take their promise back: published as active, and less by what they say now.

    `revisions` is published product -> its revision. Only products that promise nothing now are looked up.
    """
    found = (product for address in touched if address in revisions and (product := mesh.product(address)) is not None)
    unpromising = {product.address for product in found if product.status and not is_promising(product.status)}
    if not unpromising:
        return frozenset()
    standing = standing_products(reader, revisions, unpromising)
    return frozenset(address for address, product in standing.items() if is_promising(product.status))


def standing_products(
    reader: Reader, revisions: Mapping[str, str], products: Collection[str]
) -> dict[str, StandingProduct]:
    """Read what the manifests of published products tell; `revisions` is product -> its revision."""
    wanted = {product: revisions[product] for product in products if product in revisions}
    found = reader.revisions(set(wanted.values())) if wanted else {}
    return {
        product: _standing(json.loads(found[revision].document))
        for product, revision in wanted.items()
        if revision in found
    }


def _standing(manifest: dict[str, Any]) -> StandingProduct:
    listed = manifest.get("consumers")
    consumers = None if listed is None else tuple(_consumer(entry) for entry in listed)
    return StandingProduct(status=manifest.get("status"), consumers=consumers)


def _consumer(entry: dict[str, Any]) -> Consumer:
    return Consumer(
        name=entry["name"],
        kind=entry["kind"],
        owner=entry["owner"],
        url=entry["url"],
        description=entry["description"],
        uses=tuple((use["port"], tuple(use["columns"])) for use in entry["uses"]),
    )

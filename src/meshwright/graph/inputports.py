"""Which ports a product says that it reads: its ODPS input ports, by the ids of their contracts."""

from __future__ import annotations

import json

from meshwright.model import Mesh, Product


def named_ports(mesh: Mesh, product: Product) -> frozenset[str]:
    """Return the addresses of the ports that the input ports of a product name; they are optional, so it may read others."""
    if '"inputPorts"' not in product.document:
        return frozenset()
    declared = json.loads(product.document).get("inputPorts")
    ids = {str(each.get("contractId")) for each in declared or () if isinstance(each, dict)}
    return frozenset(
        port.address for each in mesh.products() for port in each.ports.values() if port.contract.id in ids
    )

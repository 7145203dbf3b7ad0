"""The shop whose port sales.orders/orders gets a second version: what each step of its life adds or changes."""

from __future__ import annotations

from collections.abc import Mapping

from tests.meshes import SHOP

ORDERS = "domains/sales/orders"
ODPS = f"{ORDERS}/product.odps.yaml"
V1 = f"{ORDERS}/contracts/orders.odcs.yaml"
V2 = f"{ORDERS}/contracts/orders.v2.odcs.yaml"
FINANCE = "domains/finance/report"

OUTPUTS = """
outputPorts:
  - {name: orders, version: 1.0.0, contractId: sales-orders-orders}
  - {name: orders, version: 2.0.0, contractId: sales-orders-orders-v2}
"""

PRODUCT = """\
apiVersion: v1.1.0
kind: DataProduct
id: sales-orders
name: Orders
version: 2.0.0
status: active
"""

CONTRACT_V2 = """\
apiVersion: v3.2.0
kind: DataContract
id: sales-orders-orders-v2
version: 2.0.0
status: {status}
schema:
  - name: orders
    physicalName: orders_v2
    properties:
      - {{name: order_id, logicalType: integer, required: true, unique: true, primaryKey: true}}
      - {{name: customer, logicalType: string, required: true}}
      - {{name: amount, logicalType: number}}
      - {{name: cents, logicalType: integer}}
      - {{name: placed, logicalType: date}}
"""

ORDERS_V2 = """\
select order_id, customer, amount, cast(amount * 100 as bigint) as cents, placed
from raw_orders
"""


def second_version(status: str = "active") -> Mapping[str, str]:
    """What adds v2 to the shop."""
    return {
        ODPS: PRODUCT + OUTPUTS,
        V2: CONTRACT_V2.format(status=status),
        f"{ORDERS}/models/orders_v2.sql": ORDERS_V2,
    }


def two_versions(status: str = "active") -> Mapping[str, str]:
    """The shop with v1 and v2."""
    return {**SHOP, **second_version(status)}


def chooses(version: str = "1.0.0", contract: str = "sales-orders-orders", *, product: str = "report") -> str:
    """The document of a product that chooses a version."""
    return f"""\
apiVersion: v1.1.0
kind: DataProduct
id: {product}
name: {product}
version: 1.0.0
status: active
inputPorts:
  - {{name: orders, version: {version}, contractId: {contract}}}
"""

"""Small meshes for tests of the whole: real files, real DuckDB, real SQLite."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

#: Two domains, three products: sales.orders (source, SQL, port) -> sales.totals -> finance.report (another domain).
SHOP: Mapping[str, str] = {
    "mesh.yaml": """
        meshwright: 1
        name: shop
        domains: [domains/*]
        params: {currency: EUR}
        """,
    "data/orders.csv": """
        order_id,customer,amount,placed
        1,ana,10.5,2026-01-01
        2,ben,20.0,2026-01-02
        3,ana,5.25,2026-01-03
        4,cem,7.0,2026-01-03
        """,
    "domains/sales/domain.yaml": """
        name: sales
        purpose: Selling.
        owners: [team:sales]
        """,
    "domains/sales/orders/product.odps.yaml": """
        apiVersion: v1.1.0
        kind: DataProduct
        id: sales-orders
        name: Orders
        version: 1.0.0
        status: active
        outputPorts:
          - name: orders
            version: 1.0.0
            contractId: sales-orders-orders
        """,
    "domains/sales/orders/contracts/orders.odcs.yaml": """
        apiVersion: v3.2.0
        kind: DataContract
        id: sales-orders-orders
        version: 1.0.0
        status: active
        schema:
          - name: orders
            properties:
              - {name: order_id, logicalType: integer, required: true, unique: true, primaryKey: true}
              - {name: customer, logicalType: string, required: true}
              - {name: amount, logicalType: number}
              - {name: placed, logicalType: date}
            quality:
              - {id: enough, metric: rowCount, mustBeGreaterThan: 2}
        """,
    "domains/sales/orders/pipeline.yaml": """
        nodes:
          raw_orders: {source: {path: data/orders.csv, format: csv}}
        tests:
          raw_orders: [{metric: rowCount, mustBeGreaterThan: 0, severity: stop}]
        """,
    "domains/sales/orders/models/orders.sql": """
        select order_id, customer, amount, placed
        from raw_orders
        where amount > 0
        """,
    "domains/sales/totals/models/per_customer.sql": """
        select customer, sum(amount) as total, count(*) as orders
        from sales.orders.orders
        group by customer
        """,
    "domains/sales/totals/tests/no_negative_totals.sql": """
        -- severity: stop
        -- why: A total below zero means that refunds were counted twice.
        select customer, total from per_customer where total < 0
        """,
    "domains/finance/domain.yaml": """
        name: finance
        purpose: Counting.
        owners: [team:finance]
        """,
    "domains/finance/report/models/revenue.sql": """
        select placed, sum(amount) as revenue, $currency as currency
        from sales.orders.orders
        group by placed
        """,
}


def write_mesh(root: Path, files: Mapping[str, str] = SHOP, **changed: str) -> Path:
    """Write a mesh; `changed` values replace or add files, with ``__`` for ``/`` and ``_DOT_`` for ``.``."""
    for name, text in {**files, **{_path(key): value for key, value in changed.items()}}.items():
        write_file(root, name, text)
    return root


def write_file(root: Path, name: str, text: str) -> Path:
    """Write one file of a mesh, its common indentation removed."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def agree_to_changes(root: Path, *domains: str) -> None:
    """Exempt domains from the policies that are built in: changes are what a test is about, and not whether they may be."""
    entries = "".join(
        f"  - {{policy: {policy}, object: {domain}, owner: 'team:{domain}', reason: A test., expires: 2999-12-31}}\n"
        for domain in domains
        for policy in ("breaking_changes", "rising_versions")
    )
    write_file(root, "policies/exemptions.yaml", f"exemptions:\n{entries}")


def _path(key: str) -> str:
    return key.replace("__", "/").replace("_DOT_", ".")

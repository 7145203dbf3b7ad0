"""A shop whose orders others build on: two products in two domains, a dashboard and a letter."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from typing import Any

from meshwright.app.workspace import Workspace
from meshwright.faces.cli.main import main
from tests.meshes import SHOP

ORDERS = "domains/sales/orders/models/orders.sql"
CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"
PRODUCT = "domains/sales/orders/product.odps.yaml"
CONSUMERS = "domains/sales/orders/consumers.yaml"
REVENUE = "domains/finance/report/models/revenue.sql"
PER_CUSTOMER = "domains/sales/totals/models/per_customer.sql"
PORT = "sales.orders/orders"

CONSUMED_SHOP: Mapping[str, str] = {
    **SHOP,
    "data/orders.csv": """
        order_id,customer,amount,placed,shelf,channel
        1,ana,10.5,2026-01-01,a1,web
        2,ben,20.0,2026-01-02,a1,web
        3,ana,5.25,2026-01-03,b2,shop
        4,cem,7.0,2026-01-03,b2,web
        """,
    CONTRACT: """
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
              - {name: shelf, logicalType: string}
              - {name: channel, logicalType: string}
            quality:
              - {id: enough, metric: rowCount, mustBeGreaterThan: 2}
        """,
    ORDERS: """
        select order_id, customer, amount, placed, shelf, channel
        from raw_orders
        where amount > 0
        """,
    CONSUMERS: """
        consumers:
          - name: board
            type: dashboard
            owner: team:board
            url: https://bi.example.org/board
            ports: [{port: orders, columns: [customer, channel]}]
          - {name: letter, type: report, owner: "user:lia", ports: [{port: orders, columns: [orders.customer]}]}
        """,
}


def edit(shop: Workspace, file: str, old: str, new: str) -> None:
    path = shop.root / file
    text = path.read_text(encoding="utf-8")
    assert old in text, (file, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def command(shop: Workspace, *words: str) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = main(["-C", str(shop.root), *words])
    return status, out.getvalue()


def document(shop: Workspace, *words: str) -> dict[str, Any]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        main(["-C", str(shop.root), *words, "--json"])
    return json.loads(out.getvalue())  # type: ignore[no-any-return]


def agree(
    shop: Workspace, *, owner: str = "team:board", expires: str = "2999-12-31", thing: str = PORT
) -> tuple[int, str]:
    return command(
        shop,
        "exemption",
        "add",
        "breaking_changes",
        thing,
        "--owner",
        owner,
        "--reason",
        "Agreed.",
        "--expires",
        expires,
    )

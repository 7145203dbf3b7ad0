"""A shop whose pipelines are made of components."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.meshes import SHOP, write_mesh

BEST = "components/best/component.yaml"
RANKED = "components/best/models/ranked.sql"
PIPELINE = "domains/sales/totals/pipeline.yaml"

COMPONENT = """
    name: best
    version: 1.0.0
    description: The best rows of each key.
    owners: [team:sales]
    inputs:
      rows: {amount: DOUBLE}
    params:
      key: {type: columns, of: rows}
      n: {type: integer, default: 2}
    outputs: {best: chosen, rest: others}
    nodes:
      others: {as: view}
    tests:
      rows: [{id: some, metric: rowCount, mustBeGreaterThan: 0}]
      chosen: [{id: whole, metric: duplicateValues, arguments: {properties: [$key, place]}, mustBe: 0}]
    """
USES = """
    nodes:
      best_orders: {component: best@1, inputs: {rows: sales.orders.orders}, params: {key: customer, n: 1}}
    """

#: sales.totals.best_orders is the component best, with its inner node, a further output and a view of its input.
BEST_SHOP: Mapping[str, str] = {
    **SHOP,
    BEST: COMPONENT,
    RANKED: """
        select *, row_number() over (partition by $key order by amount desc) as place
        from rows
        """,
    "components/best/models/chosen.sql": "select * from ranked where place <= $n\n",
    "components/best/models/others.sql": "select * from ranked where ranked.place > $n\n",
    PIPELINE: USES,
    "domains/sales/totals/models/leftover.sql": "select count(*) as n from best_orders__rest\n",
}


def best_shop(folder: Path, **changed: str) -> Path:
    """Write the shop; `changed` as `write_mesh` takes it."""
    return write_mesh(folder / "shop", BEST_SHOP, **changed)

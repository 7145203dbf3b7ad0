"""The mesh that is tortured: two domains, five products, some of them in parts, and changes that make a run work again."""

from __future__ import annotations

from pathlib import Path

from tests.meshes import write_file, write_mesh

_MORE_MODELS = 3


def torture_mesh(root: Path) -> Path:
    """Write the mesh into `root`: the shop, with some more models that make its products several datasets wide."""
    write_mesh(root)
    for number in range(_MORE_MODELS):
        write_file(
            root,
            f"domains/finance/report/models/part_{number}.sql",
            f"select {number} as number, placed, count(*) as orders, $currency as currency from sales.orders.orders "
            "group by placed",
        )
        write_file(
            root,
            f"domains/sales/ledger/models/book_{number}.sql",
            f"select orders + {number} as orders, total from sales.totals.per_customer",
        )
    _add_parts(root)
    return root


def _add_parts(root: Path) -> None:
    """Add a product that is built in parts: by month, by month below that, by appending and by merging."""
    write_file(
        root,
        "domains/sales/months/pipeline.yaml",
        "nodes:\n"
        "  monthly: {incremental: {by: placed, grain: month, lookback: 31d}}\n"
        "  totals: {incremental: {by: month, grain: month}}\n"
        "  seen: {incremental: {append: true}}\n"
        "  latest: {incremental: {key: [customer], merge: upsert}}\n",
    )
    models = {
        "monthly": "select placed, customer, amount from sales.orders.orders",
        "totals": "select date_trunc('month', placed)::date as month, sum(amount) as amount from monthly group by all",
        "seen": "select count(*) as orders from sales.orders.orders",
        "latest": "select customer, max(placed) as placed from monthly group by customer",
    }
    for name, text in models.items():
        write_file(root, f"domains/sales/months/models/{name}.sql", text)


def change_data(root: Path, number: int) -> None:
    """Change the source, so that everything below it is to be built and published again."""
    with (root / "data/orders.csv").open("a", encoding="utf-8") as file:
        file.write(f"{1000 + number},dora,{number % 90}.5,2026-02-{number % 28 + 1:02d}\n")

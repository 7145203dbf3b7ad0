"""The mesh that is tortured: two domains, four products, a dozen datasets, and changes that make a run work again."""

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
    return root


def change_data(root: Path, number: int) -> None:
    """Change the source, so that everything below it is to be built and published again."""
    with (root / "data/orders.csv").open("a", encoding="utf-8") as file:
        file.write(f"{1000 + number},dora,{number % 90}.5,2026-02-{number % 28 + 1:02d}\n")

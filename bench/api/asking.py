"""What the users of the catalog ask for: paths of a mesh that `bench.api.catalog` wrote, by kind."""

from __future__ import annotations

import random
from pathlib import Path
from urllib.parse import quote

_API = "/api/v1"
_WORDS = (
    "customer", "order amount", "invoice registry", "cust", "paymnet", "flight delay", "owner7@example.org", "gold",
    "sensor scores per day", "shipment_id", "weight", "bal", "merchant basket", "regsitry", "claim policy", "team",
    "budget forecast", "loan_name", "telemtry", "since 2013",
)  # fmt: skip
#: Parts of a hundred of what users ask for.
_MIX = {
    "product": 30,
    "dataset": 20,
    "search": 15,
    "port": 8,
    "lineage": 6,
    "products": 5,
    "datasets": 3,
    "history": 3,
    "columns": 3,
    "contract": 3,
    "domain": 2,
    "impact": 1,
    "version": 1,
}


def products_of(root: Path) -> list[str]:
    """Return the addresses of a mesh's products, as its folders have them."""
    folders = sorted((root / "domains").glob("*/*/"))
    return [f"{folder.parent.name}.{folder.name}" for folder in folders if (folder / "pipeline.yaml").exists()]


def datasets_of(root: Path, product: str) -> list[str]:
    """Return the addresses of a product's models."""
    folder = root / "domains" / product.replace(".", "/") / "models"
    return [f"{product}.{file.stem}" for file in sorted(folder.glob("*.sql"))]


def product_paths(root: Path) -> list[tuple[str, str]]:
    """Return every product."""
    return [("product", f"{_API}/products/{product}") for product in products_of(root)]


def search_paths(root: Path, seed: int = 1) -> list[tuple[str, str]]:
    """Return questions as users type them: words of names and descriptions, unfinished and mistyped ones among them."""
    dice = random.Random(seed)
    made = [*_WORDS]
    for product in dice.sample(products_of(root), 60):
        words = product.replace(".", "_").split("_")
        made += [" ".join(dice.sample(words, 2)), words[0][:3], product, words[1][:-1] + "x"]
    return [("search", f"{_API}/search?q={quote(words)}") for words in made]


def mixed_paths(root: Path, count: int = 4000, seed: int = 2) -> list[tuple[str, str]]:
    """Return what users ask for in its proportions."""
    dice = random.Random(seed)
    products = products_of(root)
    datasets = {product: datasets_of(root, product) for product in products}
    questions = search_paths(root)
    domains = sorted({product.partition(".")[0] for product in products})
    made: list[tuple[str, str]] = []
    for kind in dice.choices(list(_MIX), weights=list(_MIX.values()), k=count):
        product = dice.choice(products)
        dataset = dice.choice(datasets[product])
        port = product.partition(".")[2].split("_")[0]
        path = {
            "product": f"/products/{product}",
            "dataset": f"/datasets/{dataset}",
            "port": f"/products/{product}/ports/{port}",
            "lineage": f"/lineage/{dataset}",
            "products": f"/products?domain={dice.choice(domains)}",
            "datasets": f"/datasets?product={product}",
            "history": f"/products/{product}/history",
            "columns": f"/datasets/{dataset}/columns",
            "contract": f"/products/{product}/ports/{port}/contract",
            "domain": f"/domains/{dice.choice(domains)}",
            "impact": f"/impact/{dataset}",
            "version": f"/datasets/{dataset}/versions",
        }.get(kind)
        made.append(dice.choice(questions) if path is None else (kind, f"{_API}{path}"))
    return made

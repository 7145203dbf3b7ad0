"""What the costs of a run look like in documents, as types."""

from __future__ import annotations

from typing import TypedDict

#: Unit -> how much.
Amounts = dict[str, float]


class ProductCosts(TypedDict):
    """What one product cost."""

    product: str
    costs: Amounts
    amount: float | None


class RunCosts(TypedDict):
    """What a run cost."""

    currency: str | None
    prices: Amounts
    total: Amounts
    amount: float | None
    products: list[ProductCosts]
    beside: Amounts

"""What a run cost, by product: measured amounts, and the prices that held when it ended."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from meshwright.frozen import dataclass
from meshwright.model import canonical_json, product_of
from meshwright.model.prices import NO_PRICES, Prices

if TYPE_CHECKING:
    from meshwright.run import costshapes

Costs = Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCosts:
    """Amounts by unit, of each product and of what the run did beside its steps."""

    products: Mapping[str, Costs] = field(default_factory=lambda: MappingProxyType({}))
    #: Making files durable, committing, publishing, recording.
    beside: Costs = field(default_factory=lambda: MappingProxyType({}))
    prices: Prices = NO_PRICES

    @property
    def total(self) -> Costs:
        """All of it, by unit."""
        return summed((*self.products.values(), self.beside))


NO_COSTS = RunCosts()


class CostedStep(Protocol):
    """A step, as it is reported or recorded."""

    @property
    def dataset(self) -> str | None:
        """Address of what it built; None where it built nothing."""
        ...

    @property
    def costs(self) -> Costs:
        """What it cost by itself."""
        ...


def summed(costs: Iterable[Costs]) -> dict[str, float]:
    """Add amounts up, unit by unit, in the order of the units."""
    found: dict[str, float] = {}
    for each in costs:
        for unit, amount in each.items():
            found[unit] = found.get(unit, 0) + amount
    return {unit: round(found[unit], 6) for unit in sorted(found)}


def summed_steps(steps: Iterable[CostedStep]) -> dict[str, Costs]:
    """Return what the steps of each product cost together, by its address; those of no dataset cost nothing of their own."""
    products: dict[str, list[Costs]] = {}
    for step in steps:
        if step.dataset is not None and step.costs:
            products.setdefault(product_of(step.dataset), []).append(step.costs)
    return {product: summed(each) for product, each in sorted(products.items())}


def costs_text(costs: RunCosts) -> str:
    """Return costs as the state keeps them: canonical JSON."""
    return canonical_json(costs_document(costs))


def costs_document(costs: RunCosts) -> costshapes.RunCosts:
    """Return costs as plain JSON values, with what they come to where there is a price."""
    prices = costs.prices
    return {
        "currency": prices.currency or None,
        "prices": dict(prices.each),
        "total": dict(costs.total),
        "amount": amount_of(costs.total, prices),
        "products": [
            {"product": product, "costs": dict(each), "amount": amount_of(each, prices)}
            for product, each in sorted(costs.products.items())
        ],
        "beside": dict(costs.beside),
    }


def amount_of(costs: Costs, prices: Prices) -> float | None:
    """Return what costs come to in the currency of `prices`, to a millionth."""
    amount = prices.amount(costs)
    return None if amount is None else round(amount, 6)


def recorded_costs(text: str) -> RunCosts:
    """Return costs that were recorded; those of a run that has not ended, or of an earlier release, are none."""
    found = json.loads(text)
    if not found:
        return NO_COSTS
    return RunCosts(
        products={each["product"]: each["costs"] for each in found["products"]},
        beside=found["beside"],
        prices=Prices(currency=found["currency"] or "", each=found["prices"]),
    )

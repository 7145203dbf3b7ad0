"""What a unit of a resource costs: the `prices` of `mesh.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """A table of prices; a unit that it does not name costs nothing that could be said."""

    #: In its own spelling, ``EUR``; empty where no price is known.
    currency: str = ""
    #: Unit -> price of one.
    each: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __bool__(self) -> bool:
        """Whether anything has a price."""
        return bool(self.each)

    def amount(self, costs: Mapping[str, float]) -> float | None:
        """Return what `costs` come to; None where none of their units has a price."""
        priced = [amount * self.each[unit] for unit, amount in costs.items() if unit in self.each]
        return sum(priced) if priced else None


NO_PRICES = Prices()

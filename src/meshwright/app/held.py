"""What pins mean for a plan: what is held stays as it stands, what is made from it is built from that, and the plan says so."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from meshwright.model import product_of_object
from meshwright.state.records import Pin


def held_datasets(pins: Collection[str], datasets: Collection[str]) -> frozenset[str]:
    """Return the datasets that runs must leave as they stand: those pinned, and all of a pinned product."""
    return frozenset(name for name in datasets if name in pins or product_of_object(name) in pins)


def pin_notes(pins: Mapping[str, Pin], concerned: Collection[str], environment: str) -> Iterator[str]:
    """Say what of a plan's datasets is held, by whom and why, and how it is let go in `environment`."""
    touched = {*concerned, *(product_of_object(name) for name in concerned)}
    for name, held in pins.items():
        if name in touched:
            yield (
                f"{name} is pinned in {held.environment} by {held.by} since {held.at:%Y-%m-%d %H:%M} UTC: {held.reason}; "
                f"it stays as it is until: mw unpin {name} --env {environment}"
            )

"""What is looked at when it is decided which triggers fire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.firings import Firing, Pause, ReceivedEvent, Watched
from meshwright.model.names import plain_address
from meshwright.model.triggers import Trigger, product_of_trigger


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """What stands under the address of a product or dataset."""

    #: The newest generation in which something of it moved.
    generation: int
    #: Dataset -> the versions of it that what stands here was made from, itself among them. Empty where nobody asked.
    stands_on: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """The intervals of a dataset, for a trigger that joins on them."""

    #: Id of the version that stands; empty where none does.
    version: str
    present: frozenset[int]
    #: Those that came or changed since the trigger last fired.
    changed: frozenset[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Everything that decides, of one moment."""

    now: dt.datetime
    environment: str
    #: Those to be decided on, by address; schedules that are surely not due may be left out.
    triggers: Mapping[str, Trigger]
    #: What is recorded of triggers, by address.
    watched: Mapping[str, Watched] = field(default_factory=lambda: MappingProxyType({}))
    #: Firings that have not ended, in order.
    open: tuple[Firing, ...] = ()
    #: Events that triggers were not asked about.
    events: tuple[ReceivedEvent, ...] = ()
    #: By address of what triggers wait for; what was never published is left out.
    published: Mapping[str, Published] = field(default_factory=lambda: MappingProxyType({}))
    #: Trigger that joins on intervals -> address -> its intervals.
    arrived: Mapping[str, Mapping[str, Arrived]] = field(default_factory=lambda: MappingProxyType({}))
    #: Product of a trigger that joins all -> what else it reads of other products.
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    pauses: Mapping[str, Pause] = field(default_factory=lambda: MappingProxyType({}))
    #: Addresses of all triggers there are; None where that is not known, because the mesh cannot be read whole.
    known: frozenset[str] | None = None

    def pause_of(self, trigger: str) -> Pause | None:
        """Return the pause that holds a trigger: its own, or that of its product or of the product that it varies."""
        product = product_of_trigger(trigger)
        names = (trigger, product, plain_address(product))
        return next((self.pauses[name] for name in names if name in self.pauses), None)

    def open_of(self, trigger: str) -> tuple[Firing, ...]:
        """Return the firings of a trigger that have not ended, in order."""
        return tuple(firing for firing in self.open if firing.trigger == trigger)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What comes of one trigger."""

    watched: Watched | None = None
    firings: tuple[Firing, ...] = ()
    #: Firings of it that make way.
    gives_way: tuple[Firing, ...] = ()


NOTHING = Answer()

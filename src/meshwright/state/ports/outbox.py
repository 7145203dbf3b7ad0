"""Events as they are passed on to those who subscribed to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from meshwright.model.chains import Chain
from meshwright.model.firings import Firing, ReceivedEvent
from meshwright.model.subscriptions import Backlog, Delivery, DeliveryFilter, ReplayRange, Subscription, Try
from meshwright.state.records import Lease


class Outbox(Protocol):
    """Events as they are passed on: read in the order of their numbers, spread into deliveries, and what became of those."""

    def last_number(self) -> int:
        """Return the number of the newest event, 0 where there is none."""
        ...

    def events_after(self, number: int, limit: int = 500) -> tuple[ReceivedEvent, ...]:
        """Return the events numbered above, in order. None appears later among those that were returned.

        Of `limit` at most, and of `MOST_PAGE_CHARACTERS`: fewer are not all that there are, only an empty page is the last.
        """
        ...

    def events_before(self, number: int | None, limit: int = 500) -> tuple[ReceivedEvent, ...]:
        """Return the newest events numbered below, newest first: a page as `events_after` gives."""
        ...

    def events(self, numbers: Collection[int]) -> Mapping[int, ReceivedEvent]:
        """Return events by number; those that are gone are left out."""
        ...

    def oldest_number(self) -> int:
        """Return the number of the oldest event that is there, 0 where there is none."""
        ...

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Return all of them, the first made first."""
        ...

    def subscription(self, id_: str) -> Subscription | None:
        """Return a subscription; None where there is none of this id."""
        ...

    def backlog(self) -> Mapping[str, Backlog]:
        """Return what is not delivered, by subscription; what has nothing is left out."""
        ...

    def subscribe(self, subscription: Subscription, most: int) -> Subscription | None:
        """Record a subscription, from the next event on, and return it; None, with nothing recorded, where there are `most`."""
        ...

    def change_subscription(self, subscription: Subscription, told: Sequence[ReceivedEvent] = ()) -> bool:
        """Record what a subscription is from now on, under its next revision, and tell it.

        False, with nothing recorded, where it changed meanwhile or is gone.
        """
        ...

    def unsubscribe(self, id_: str) -> bool:
        """Forget a subscription with its deliveries; False where there is none of this id. Runs that it ordered stay so."""
        ...

    def spread(
        self,
        lease: Lease,
        deliveries: Sequence[Delivery],
        firings: Sequence[Firing],
        cursors: Mapping[str, int],
        now: dt.datetime,
        told: Sequence[ReceivedEvent] = (),
    ) -> None:
        """Record deliveries, the runs that are ordered, up to where each subscription was asked, and what is told of that.

        Raises `Fenced` (RefusedError), nothing changed, where the lease is held no more.
        """
        ...

    def chain(self, environment: str, names: Collection[str]) -> Chain:
        """Return the longest chain of causes among what is called so: ``source id`` of events, ``address@generation``."""
        ...

    def due(self, subscription: str, now: dt.datetime, limit: int) -> tuple[Delivery, ...]:
        """Return deliveries of a subscription that are to be sent by now, those that waited longest first."""
        ...

    def settle(self, lease: Lease, deliveries: Sequence[Delivery], now: dt.datetime) -> None:
        """Record what became of tries; where a delivery has ended, the next one of its lane is to be sent.

        Raises `Fenced` (RefusedError), nothing changed, where the lease is held no more.
        """
        ...

    def deliveries(self, wanted: DeliveryFilter) -> tuple[Delivery, ...]:
        """Return the newest deliveries, newest first."""
        ...

    def delivery(self, id_: str) -> Delivery | None:
        """Return a delivery; None where there is none of this id."""
        ...

    def replay(self, wanted: ReplayRange, now: dt.datetime) -> int:
        """Let deliveries that have ended be sent again, the oldest first; return how many. Of what waits none is touched.

        They leave their lanes: what waits there is not held up, nor do they wait. Among those replayed order is kept as before.
        """
        ...

    def skip(self, id_: str, said: Try, now: dt.datetime) -> bool:
        """Pass over a delivery that waits or is dead, and let the next one of its lane go; False where it is neither."""
        ...

    def forget_deliveries(self, lease: Lease, before: dt.datetime, limit: int = 500) -> int:
        """Delete some of the deliveries that ended before a moment; return how many.

        Raises `Fenced` (RefusedError), nothing changed, where the lease is held no more.
        """
        ...

"""How often products were run of late because of events, publications and requests by URL.

What goes round by a way that passes nothing on (`model.chains`), as through a receiver that asks for runs and says not why, shows
in nothing but that it does not end: a product begins too many runs in an hour, and a subscription tells of them, or starts them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field

from meshwright.frozen import dataclass
from meshwright.model.causes import CauseKind
from meshwright.model.firings import ReceivedEvent
from meshwright.model.happenings import (
    RUN_STARTED,
    SUBSCRIPTION_HELD,
    TELLER,
    OwnEvent,
    own_event,
    own_source,
)
from meshwright.model.names import plain_address
from meshwright.model.subscriptions import Subscription

_WINDOW = dt.timedelta(hours=1)
#: Those that something outside can bring about again and again. Clocks and people end.
_COUNTED = frozenset({CauseKind.EVENT.value, CauseKind.PUBLICATION.value, CauseKind.API.value})


@mutable_dataclass(kw_only=True, slots=True)
class Rounds:
    """Runs that began within an hour, by ``environment/product``; of one dispatcher."""

    _begun: dict[str, deque[dt.datetime]] = field(default_factory=dict)
    #: Number of the newest event that was looked at.
    _noted: int = 0

    def note(self, events: Sequence[ReceivedEvent]) -> Mapping[str, int]:
        """Look at events that follow each other; return how many runs began in the hour before the last of them.

        Nothing where all of them were looked at before: what is read late is judged by no later runs.
        """
        if not events or events[-1].number <= self._noted:
            return {}
        for event in events:
            if event.number > self._noted and event.type == RUN_STARTED and event.by == TELLER:
                self._count(event)
        self._noted = events[-1].number
        since = events[-1].received_at - _WINDOW
        for name, moments in list(self._begun.items()):
            while moments and moments[0] < since:
                moments.popleft()
            if not moments:
                del self._begun[name]
        return {name: len(moments) for name, moments in self._begun.items()}

    def begin_anew(self, name: str) -> None:
        """Count the runs of a product from now on: what went round was held."""
        self._begun.pop(name, None)

    def _count(self, event: ReceivedEvent) -> None:
        data = json.loads(event.document)["data"]
        if data["cause"] is None or data["cause"]["kind"] not in _COUNTED:
            return
        for product in {plain_address(each) for each in data["products"]}:
            self._begun.setdefault(round_name(data["environment"], product), deque()).append(event.received_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """Why a subscription is held."""

    environment: str
    product: str
    #: Runs of it that began within an hour.
    runs: int

    @property
    def reason(self) -> str:
        """The same in words."""
        return (
            f"{self.runs} runs of {self.product} began in {self.environment} within an hour because of events, publications or "
            "requests by URL: they may go round for ever"
        )


def round_name(environment: str, product: str) -> str:
    """Return what runs of a product are counted under."""
    return f"{environment}/{plain_address(product)}"


def subscription_held(subscription: Subscription, held: Held, now: dt.datetime) -> ReceivedEvent:
    """Tell that a subscription is held."""
    data: dict[str, object] = {
        "subscription": subscription.id,
        "product": held.product,
        "environment": held.environment,
        "runs": held.runs,
        "most_runs": subscription.most_runs,
    }
    event = OwnEvent(
        source=own_source(held.environment),
        id=f"subscription {subscription.id} held {now.astimezone(dt.UTC).isoformat()}",
        type=SUBSCRIPTION_HELD,
        subject=held.product,
        data=data,
    )
    return own_event(event, now, is_handled=True)

"""What meshwright tells as events: CloudEvents 1.0.2 about what happened, written down by whoever recorded that it did.

The id of an event follows from what happened, so that the same happening told twice is one event. `docs/reference/events.md`
describes each type.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.firings import ReceivedEvent
from meshwright.model.identity import canonical_json

#: What the types and the sources of our own events begin with: nobody else may send such.
OWN_TYPES = "meshwright."
OWN_SOURCES = "/meshwright/"
#: Who sends our own events.
TELLER = "meshwright"

PRODUCT_PUBLISHED = "meshwright.product.published"
PRODUCT_DEPRECATED = "meshwright.product.deprecated"
SCHEMA_CHANGED = "meshwright.schema.changed"
TEST_FAILED = "meshwright.test.failed"
RUN_STARTED = "meshwright.run.started"
RUN_SUCCEEDED = "meshwright.run.succeeded"
RUN_FAILED = "meshwright.run.failed"
RELEASE_PROMOTED = "meshwright.release.promoted"
RELEASE_ROLLEDBACK = "meshwright.release.rolledback"
CHAIN_STOPPED = "meshwright.chain.stopped"
SUBSCRIPTION_HELD = "meshwright.subscription.held"
#: Those that are told in the transaction of what happened. Triggers in files are not asked about them (a publication has
#: `on:`); subscriptions are.
TOLD_TYPES = (
    PRODUCT_PUBLISHED,
    PRODUCT_DEPRECATED,
    SCHEMA_CHANGED,
    TEST_FAILED,
    RUN_STARTED,
    RUN_SUCCEEDED,
    RUN_FAILED,
    RELEASE_PROMOTED,
    RELEASE_ROLLEDBACK,
    CHAIN_STOPPED,
    SUBSCRIPTION_HELD,
)
#: Those that a run leads to.
RUN_TYPES = (PRODUCT_PUBLISHED, PRODUCT_DEPRECATED, SCHEMA_CHANGED, TEST_FAILED, RUN_STARTED, RUN_SUCCEEDED, RUN_FAILED)
#: Lists in the data of an event are cut here; how many there were is told beside them.
MOST_LISTED = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnEvent:
    """What meshwright tells by itself."""

    source: str
    id: str
    type: str
    subject: str
    data: dict[str, object]
    #: Attributes beyond the standard's: what led to it.
    extensions: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))


def own_source(environment: str) -> str:
    """Return the source of what is told of an environment."""
    return f"{OWN_SOURCES}{environment}"


def own_event(event: OwnEvent, now: dt.datetime, *, is_handled: bool = False) -> ReceivedEvent:
    """Write something of our own down as an event; unless it is handled, it is asked of triggers like any other."""
    document = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": now.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": event.data,
        **event.extensions,
    }
    return ReceivedEvent(
        source=event.source,
        id=event.id,
        type=event.type,
        document=canonical_json(document),
        received_at=now,
        by=TELLER,
        handled_at=now if is_handled else None,
    )


def is_own(type_: str, source: str) -> bool:
    """Whether an event says of itself that it is meshwright's own."""
    return type_.startswith(OWN_TYPES) or f"{source}/".startswith(OWN_SOURCES)

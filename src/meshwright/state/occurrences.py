"""Which events and firings may be forgotten: old ones that nothing is to be told by any more.

An event makes one firing, whose key holds its name. Of the two the firing goes first: an event that is sent again is known, or
it is news and fires; it is never taken in and left without a firing.
"""

from __future__ import annotations

import json

from meshwright.model.firings import FILE_ARRIVED, FiringState
from meshwright.state.connection import Connection
from meshwright.state.records import OldEvent
from meshwright.state.statements import batches, marks

_OPEN = (FiringState.WAITING.value, FiringState.STARTED.value)
#: What is said last of a trigger that is still watched stays.
_NOT_LAST = (
    '(NOT EXISTS (SELECT 1 FROM watched w WHERE w.environment = f.environment AND w."trigger" = f."trigger")'
    ' OR EXISTS (SELECT 1 FROM firings n WHERE n.environment = f.environment AND n."trigger" = f."trigger"'
    " AND n.number > f.number))"
)
_OLD_FIRINGS = (
    f"FROM firings f WHERE f.state NOT IN {marks(_OPEN)} AND f.recorded_at < ? AND coalesce(f.ended_at, 0) < ?"
    f" AND {_NOT_LAST}"
)
#: Firings looked at in one transaction, and events on one page.
_BATCH = 500


def count_old_firings(connection: Connection, before: int) -> int:
    """Count the firings that ended before a moment and are not the last of their trigger."""
    return int(connection.value(f"SELECT count(*) {_OLD_FIRINGS}", (*_OPEN, before, before)) or 0)


def forget_firings(connection: Connection, before: int) -> int:
    """Delete some of the firings that `count_old_firings` counts; return how many."""
    rows = connection.rows(
        f"SELECT f.number {_OLD_FIRINGS} ORDER BY f.number LIMIT ?", (*_OPEN, before, before, _BATCH)
    )
    numbers = [number for (number,) in rows]
    if numbers:
        connection.change(f"DELETE FROM firings WHERE number IN {marks(numbers)}", numbers)
    return len(numbers)


def old_events(connection: Connection, before: int, after: int) -> tuple[OldEvent, ...]:
    """Return a page of the events that every trigger was asked about before a moment, those numbered above `after`.

    One that a firing names which is still there is `is_named`, and so is one that a subscription is still to be told of.
    """
    # A firing is recorded when its event is handled, in the same transaction: younger ones cannot name older events.
    query = "SELECT events FROM firings WHERE kind = 'event' AND recorded_at < ?"
    named = {name for (names,) in connection.rows(query, (before,)) for name in json.loads(names)}
    waiting = {number for (number,) in connection.rows("SELECT event FROM deliveries WHERE state = 'waiting'")}
    asked = connection.value("SELECT min(cursor) FROM subscriptions WHERE state = 'active'")
    query = (
        "SELECT number, source, id, type FROM events WHERE handled_at IS NOT NULL AND handled_at < ? AND number > ?"
        " ORDER BY number LIMIT ?"
    )
    return tuple(
        OldEvent(
            number=number,
            source=source,
            id=id_,
            is_file=type_ == FILE_ARRIVED,
            is_named=f"{source} {id_}" in named or number in waiting or (asked is not None and number > asked),
        )
        for number, source, id_, type_ in connection.rows(query, (before, after, _BATCH))
    )


def forget_events(connection: Connection, numbers: list[int]) -> int:
    """Delete events by number, those that triggers were asked about; return how many."""
    gone = 0
    for batch in batches(numbers):
        gone += connection.change(
            f"DELETE FROM events WHERE handled_at IS NOT NULL AND number IN {marks(batch)}", batch
        )
    return gone

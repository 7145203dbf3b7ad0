"""What the scheduler reads and writes: triggers watched, firings, events, pauses. One method, one transaction."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from types import MappingProxyType

from meshwright.model.causes import CauseKind
from meshwright.model.firings import (
    MOST_PAGE_CHARACTERS,
    Decided,
    Firing,
    FiringState,
    Pause,
    ReceivedEvent,
    Watched,
)
from meshwright.state import leases
from meshwright.state.codec import from_micros, storable, to_json, to_micros
from meshwright.state.connection import Connection, Row
from meshwright.state.records import Lease
from meshwright.state.statements import batches, for_update, insert_if_absent, marks, upsert
from meshwright.state.telling import event_values, keep_order
from meshwright.state.transactions import Transactions

_FIRINGS = (
    "SELECT key, environment, trigger, kind, at, recorded_at, state, reason, events, params, missed, attempts, process,"
    " outcome, ended_at, late_at, is_told_late, number FROM firings"
)
#: Reads what `event_of` takes.
EVENTS = 'SELECT source, id, type, document, received_at, "by", handled_at, number FROM events'
_OPEN = (FiringState.WAITING.value, FiringState.STARTED.value)
#: Columns of a firing that change after it was recorded.
_CHANGING = ("state", "reason", "attempts", "process", "outcome", "ended_at", "is_told_late")
_WATCHED_KEY = ("environment", "trigger")
_WATCHED_CHANGES = ("definition", "since", "cursor", "mark")


#: Events fetched at a time for a page that is full by their size.
_AT_A_TIME = 16


def page_of_events(
    connection: Connection, rest: str, values: Sequence[object], limit: int
) -> tuple[ReceivedEvent, ...]:
    """Return events, `limit` at most and of `MOST_PAGE_CHARACTERS` in all; the first one however large it is.

    `rest` is what follows FROM. There may be more where fewer come than `limit`: only an empty page is the last.
    """
    found: list[ReceivedEvent] = []
    characters = 0
    with closing(connection.chunks(f"{EVENTS} {rest} LIMIT ?", _AT_A_TIME, (*values, limit))) as chunks:
        for rows in chunks:
            for event in map(event_of, rows):
                characters += len(event.document)
                if found and characters > MOST_PAGE_CHARACTERS:
                    return tuple(found)
                found.append(event)
    return tuple(found)


class DatabaseSchedules:
    """Implements `state.protocol.Schedules`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def watched(self, environment: str) -> Mapping[str, Watched]:
        """Return the triggers that were seen in an environment, by address."""
        query = "SELECT environment, trigger, definition, since, cursor, mark FROM watched WHERE environment = ?"
        with self._transactions.read() as connection:
            return {row[1]: _watched_of(row) for row in connection.rows(query, (environment,))}

    def open_firings(self, environment: str) -> tuple[Firing, ...]:
        """Return the firings of which something is still to come, in the order of recording."""
        query = f"{_FIRINGS} WHERE environment = ? AND state IN (?, ?) ORDER BY number"
        with self._transactions.read() as connection:
            return tuple(map(_firing_of, connection.rows(query, (environment, *_OPEN))))

    def firings(self, environment: str, triggers: Collection[str] = (), limit: int = 20) -> tuple[Firing, ...]:
        """Return the newest firings, of some triggers or of all, newest first."""
        among = f" AND trigger IN {marks(triggers)}" if triggers else ""
        query = f"{_FIRINGS} WHERE environment = ?{among} ORDER BY number DESC LIMIT ?"
        with self._transactions.read() as connection:
            return tuple(map(_firing_of, connection.rows(query, (environment, *triggers, max(limit, 0)))))

    def events(self, limit: int = 20, type_: str | None = None) -> tuple[ReceivedEvent, ...]:
        """Return the newest events, of one type or of all, newest first."""
        condition, values = ("", ()) if type_ is None else (" WHERE type = ?", (type_,))
        query = f"{EVENTS}{condition} ORDER BY number DESC LIMIT ?"
        with self._transactions.read() as connection:
            return tuple(map(event_of, connection.rows(query, (*values, max(limit, 0)))))

    def unhandled_events(self, limit: int = 500) -> tuple[ReceivedEvent, ...]:
        """Return events that triggers were not asked about yet, oldest first."""
        with self._transactions.read() as connection:
            return page_of_events(connection, "WHERE handled_at IS NULL ORDER BY number", (), limit)

    def known_events(self, source: str, ids: Collection[str]) -> frozenset[str]:
        """Return those among ids that events of a source have."""
        found: set[str] = set()
        with self._transactions.read() as connection:
            for batch in batches(ids):
                query = f"SELECT id FROM events WHERE source = ? AND id IN {marks(batch)}"
                found.update(id_ for (id_,) in connection.rows(query, (source, *batch)))
        return frozenset(found)

    def pauses(self, environment: str) -> Mapping[str, Pause]:
        """Return what is paused in an environment, by object."""
        query = 'SELECT environment, object, since, "by", reason FROM pauses WHERE environment = ? ORDER BY object'
        with self._transactions.read() as connection:
            return {row[1]: _pause_of(row) for row in connection.rows(query, (environment,))}

    def record(self, lease: Lease, decided: Decided, now: dt.datetime) -> None:
        """Record what was decided. Raises `Fenced` (RefusedError), nothing changed, where the lease is held no more."""

        def work(connection: Connection) -> None:
            leases.require_held(connection, lease)
            _record(connection, decided, now)

        if not decided.is_empty:
            self._transactions.change(work)

    def change_firing(self, lease: Lease, firing: Firing) -> None:
        """Record how a firing stands now. Raises `Fenced` (RefusedError) where the lease is held no more."""

        def work(connection: Connection) -> None:
            leases.require_held(connection, lease)
            _change_firing(connection, firing)

        self._transactions.change(work)

    def receive(self, events: Sequence[ReceivedEvent]) -> tuple[bool, ...]:
        """Take events in, and say of each whether it is new: one of the same source and id is there already.

        What is handled already (`handled_at`) is asked of no trigger.
        """
        rows = [event_values(event) for event in events]

        def work(connection: Connection) -> tuple[bool, ...]:
            keep_order(connection)
            return tuple(insert_if_absent(connection, "events", ("source", "id"), row) for row in rows)

        return self._transactions.change(work) if rows else ()

    def pause(self, pauses: Sequence[Pause]) -> None:
        """Note what is paused; what is paused already keeps its reason."""
        rows = [
            {
                "environment": pause.environment,
                "object": pause.object,
                "since": to_micros(pause.since),
                "by": storable(pause.by),
                "reason": storable(pause.reason),
            }
            for pause in pauses
        ]
        self._transactions.change(lambda connection: upsert(connection, "pauses", ("environment", "object"), rows))

    def resume(self, environment: str, objects: Collection[str], decided: Decided, now: dt.datetime) -> None:
        """Let go on what is paused, and record how its triggers go on."""

        def work(connection: Connection) -> None:
            for batch in batches(objects):
                query = f"DELETE FROM pauses WHERE environment = ? AND object IN {marks(batch)}"
                connection.change(query, (environment, *batch))
            _record(connection, decided, now)

        self._transactions.change(work)


def _record(connection: Connection, decided: Decided, now: dt.datetime) -> None:
    upsert(
        connection,
        "watched",
        _WATCHED_KEY,
        [_watched_values(each) for each in decided.watched],
        replaced=_WATCHED_CHANGES,
    )
    for batch in batches(decided.forgotten):
        query = f"DELETE FROM watched WHERE environment = ? AND trigger IN {marks(batch)}"
        connection.change(query, (decided.environment, *batch))
    for firing in decided.firings:
        insert_if_absent(connection, "firings", ("key",), firing_values(firing))
    for firing in decided.changed:
        _change_firing(connection, firing)
    for numbers in batches(decided.handled):
        query = f"UPDATE events SET handled_at = ? WHERE handled_at IS NULL AND number IN {marks(numbers)}"
        connection.change(query, (to_micros(now), *numbers))


def _change_firing(connection: Connection, firing: Firing) -> None:
    """Write what changes; what has ended stays as it is."""
    row = firing_values(firing)
    query = f"SELECT state FROM firings WHERE key = ?{for_update(connection)}"
    if connection.value(query, (firing.key,)) in _OPEN or firing.is_told_late:
        assigned = ", ".join(f"{column} = ?" for column in _CHANGING)
        values = [row[column] for column in _CHANGING]
        connection.change(f"UPDATE firings SET {assigned} WHERE key = ?", (*values, firing.key))


def firing_values(firing: Firing) -> dict[str, object]:
    """Return the row of a firing, by column."""
    return {
        "key": firing.key,
        "environment": firing.environment,
        "trigger": firing.trigger,
        "kind": firing.kind.value,
        "at": to_micros(firing.at),
        "recorded_at": to_micros(firing.recorded_at),
        "state": firing.state.value,
        "reason": storable(firing.reason),
        "events": to_json(list(firing.events)),
        "params": to_json(dict(firing.params)),
        "missed": firing.missed,
        "attempts": firing.attempts,
        "process": storable(firing.process),
        "outcome": firing.outcome,
        "ended_at": None if firing.ended_at is None else to_micros(firing.ended_at),
        "late_at": None if firing.late_at is None else to_micros(firing.late_at),
        "is_told_late": firing.is_told_late,
    }


def _firing_of(row: Row) -> Firing:
    key, environment, trigger, kind, at, recorded_at, state, reason, events, params, missed, attempts, *rest = row
    process, outcome, ended_at, late_at, is_told_late, number = rest
    return Firing(
        key=key,
        environment=environment,
        trigger=trigger,
        kind=CauseKind(kind),
        at=from_micros(at),
        recorded_at=from_micros(recorded_at),
        state=FiringState(state),
        reason=reason,
        events=tuple(json.loads(events)),
        params=MappingProxyType(json.loads(params)),
        missed=missed,
        attempts=attempts,
        process=process,
        outcome=outcome,
        ended_at=None if ended_at is None else from_micros(ended_at),
        late_at=None if late_at is None else from_micros(late_at),
        is_told_late=bool(is_told_late),
        number=number,
    )


def _watched_values(watched: Watched) -> dict[str, object]:
    return {
        "environment": watched.environment,
        "trigger": watched.trigger,
        "definition": watched.definition,
        "since": to_micros(watched.since),
        "cursor": to_micros(watched.cursor),
        "mark": to_json(dict(watched.mark)),
    }


def _watched_of(row: Row) -> Watched:
    environment, trigger, definition, since, cursor, mark = row
    return Watched(
        environment=environment,
        trigger=trigger,
        definition=definition,
        since=from_micros(since),
        cursor=from_micros(cursor),
        mark=MappingProxyType(json.loads(mark)),
    )


def event_of(row: Row) -> ReceivedEvent:
    """Return the event of a row."""
    source, id_, type_, document, received_at, by, handled_at, number = row
    return ReceivedEvent(
        source=source,
        id=id_,
        type=type_,
        document=document,
        received_at=from_micros(received_at),
        by=by,
        handled_at=None if handled_at is None else from_micros(handled_at),
        number=number,
    )


def _pause_of(row: Row) -> Pause:
    environment, object_, since, by, reason = row
    return Pause(environment=environment, object=object_, since=from_micros(since), by=by, reason=reason)

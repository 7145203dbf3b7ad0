"""Events as they are passed on: read in order, spread into deliveries, and what became of those. One method, one transaction.

Events are numbered in the order of their commits (`telling`), so that a cursor is all that a reader needs. Of the deliveries of
one lane only the first that waits has a time to be sent at: the next one gets its own when that one has ended.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from meshwright.model.chains import Chain
from meshwright.model.firings import Firing, ReceivedEvent
from meshwright.model.subscriptions import (
    MOST_TRIES_KEPT,
    Backlog,
    Delivery,
    DeliveryFilter,
    DeliveryState,
    ReplayRange,
    Subscription,
    SubscriptionState,
    Try,
)
from meshwright.state import leases
from meshwright.state.chains import chain_of_names
from meshwright.state.codec import from_micros, storable, to_json, to_micros
from meshwright.state.connection import Connection, Row
from meshwright.state.records import Lease
from meshwright.state.schedules import EVENTS, event_of, firing_values, page_of_events
from meshwright.state.statements import batches, for_update, insert_if_absent, insert_rows, insertion, marks
from meshwright.state.subscribing import wish_of, wish_text
from meshwright.state.telling import tell
from meshwright.state.transactions import Transactions

_SUBSCRIPTIONS = 'SELECT id, owner, state, reason, document, created_at, "by", revision, cursor FROM subscriptions'
_DELIVERIES = (
    "SELECT id, subscription, event, source, event_id, type, lane, state, created_at, attempts, next_at, ended_at, tries,"
    " answer, run_id, number FROM deliveries"
)
_WAITING = DeliveryState.WAITING.value
#: Columns of a delivery that change while it waits.
_CHANGING = ("state", "attempts", "next_at", "ended_at", "tries", "answer")
#: What lanes of deliveries that are replayed begin with; no source of an event begins so.
_REPLAYED = "> "
#: No pause is as long: see `pause_s` and ``Retry-After`` where deliveries are sent.
_BEYOND_ALL = dt.timedelta(hours=2)
#: The next of a lane gets its time where none of it has one.
_PROMOTE = (
    "UPDATE deliveries SET next_at = ? WHERE number = (SELECT number FROM deliveries WHERE subscription = ? AND lane = ?"
    " AND state = 'waiting' ORDER BY event, number LIMIT 1) AND NOT EXISTS (SELECT 1 FROM deliveries WHERE subscription = ?"
    " AND lane = ? AND state = 'waiting' AND next_at IS NOT NULL)"
)


class DatabaseOutbox:
    """Implements `state.protocol.Outbox`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def last_number(self) -> int:
        """Return the number of the newest event, 0 where there is none."""
        with self._transactions.read() as connection:
            return int(connection.value("SELECT max(number) FROM events") or 0)

    def events_after(self, number: int, limit: int = 500) -> tuple[ReceivedEvent, ...]:
        """Return the events numbered above, in order, a page bounded by size. None appears later among those that were returned."""
        with self._transactions.read() as connection:
            return page_of_events(connection, "WHERE number > ? ORDER BY number", (number,), limit)

    def events_before(self, number: int | None, limit: int = 500) -> tuple[ReceivedEvent, ...]:
        """Return the newest events numbered below, newest first, a page bounded by size."""
        condition, values = ("", ()) if number is None else ("WHERE number < ? ", (number,))
        with self._transactions.read() as connection:
            return page_of_events(connection, f"{condition}ORDER BY number DESC", values, limit)

    def events(self, numbers: Collection[int]) -> Mapping[int, ReceivedEvent]:
        """Return events by number; those that are gone are left out."""
        found: dict[int, ReceivedEvent] = {}
        with self._transactions.read() as connection:
            for batch in batches(numbers):
                rows = connection.rows(f"{EVENTS} WHERE number IN {marks(batch)}", batch)
                found.update((event.number, event) for event in map(event_of, rows))
        return found

    def oldest_number(self) -> int:
        """Return the number of the oldest event that is there, 0 where there is none."""
        with self._transactions.read() as connection:
            return int(connection.value("SELECT min(number) FROM events") or 0)

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Return all of them, the first made first."""
        with self._transactions.read() as connection:
            return tuple(map(_subscription_of, connection.rows(f"{_SUBSCRIPTIONS} ORDER BY created_at, id")))

    def subscription(self, id_: str) -> Subscription | None:
        """Return a subscription; None where there is none of this id."""
        with self._transactions.read() as connection:
            row = connection.first(f"{_SUBSCRIPTIONS} WHERE id = ?", (id_,))
        return None if row is None else _subscription_of(row)

    def backlog(self) -> Mapping[str, Backlog]:
        """Return what is not delivered, by subscription; what has nothing is left out."""
        query = (
            "SELECT subscription, state, count(*) FROM deliveries WHERE state IN (?, ?) GROUP BY subscription, state"
        )
        found: dict[str, dict[str, int]] = {}
        with self._transactions.read() as connection:
            for id_, state, count in connection.rows(query, (_WAITING, DeliveryState.DEAD.value)):
                found.setdefault(id_, {})[state] = count
        return {
            id_: Backlog(waiting=counts.get(_WAITING, 0), dead=counts.get(DeliveryState.DEAD.value, 0))
            for id_, counts in found.items()
        }

    def subscribe(self, subscription: Subscription, most: int) -> Subscription | None:
        """Record a subscription, from the next event on, and return it; None, with nothing recorded, where there are `most`."""

        def work(connection: Connection) -> Subscription | None:
            if connection.kind != "sqlite":  # two that come at once are counted one after the other
                connection.change("LOCK TABLE subscriptions IN SHARE ROW EXCLUSIVE MODE")
            if connection.value("SELECT count(*) FROM subscriptions") >= most:
                return None
            cursor = int(connection.value("SELECT max(number) FROM events") or 0)
            insert_rows(connection, "subscriptions", [_subscription_values(subscription) | {"cursor": cursor}])
            row = connection.first(f"{_SUBSCRIPTIONS} WHERE id = ?", (subscription.id,))
            return None if row is None else _subscription_of(row)

        return self._transactions.change(work)

    def change_subscription(self, subscription: Subscription, told: Sequence[ReceivedEvent] = ()) -> bool:
        """Record what a subscription is from now on, under its next revision, and tell it; False where it changed meanwhile."""
        values = _subscription_values(subscription)
        statement = (
            "UPDATE subscriptions SET state = ?, reason = ?, document = ?, revision = revision + 1"
            " WHERE id = ? AND revision = ?"
        )
        row = (values["state"], values["reason"], values["document"], subscription.id, subscription.revision)

        def work(connection: Connection) -> bool:
            is_changed = connection.change(statement, row) == 1
            tell(connection, told if is_changed else ())
            return is_changed

        return self._transactions.change(work)

    def unsubscribe(self, id_: str) -> bool:
        """Forget a subscription with its deliveries; False where there is none of this id. Runs that it ordered stay so."""

        def work(connection: Connection) -> bool:
            gone = connection.change("DELETE FROM subscriptions WHERE id = ?", (id_,)) == 1
            connection.change("DELETE FROM deliveries WHERE subscription = ?", (id_,))
            return gone

        return self._transactions.change(work)

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

        def work(connection: Connection) -> None:
            leases.require_held(connection, lease)
            listed = marks(cursors)
            query = f"SELECT id FROM subscriptions WHERE id IN {listed} ORDER BY id{for_update(connection)}"
            there = {id_ for (id_,) in connection.rows(query, tuple(cursors))} if cursors else set()
            made = [_delivery_values(each) for each in deliveries if each.subscription in there]
            if made:
                statement = f"{insertion('deliveries', made[0])} ON CONFLICT (id) DO NOTHING"
                connection.change_many(statement, [tuple(row.values()) for row in made])
            for firing in firings:
                insert_if_absent(connection, "firings", ("key",), firing_values(firing))
            connection.change_many(
                "UPDATE subscriptions SET cursor = ? WHERE id = ? AND cursor < ?",
                [(number, id_, number) for id_, number in sorted(cursors.items()) if id_ in there],
            )
            lanes = {(each.subscription, each.lane) for each in deliveries if each.state is DeliveryState.WAITING}
            _promote(connection, lanes, now)
            tell(connection, told)

        self._transactions.change(work)

    def chain(self, environment: str, names: Collection[str]) -> Chain:
        """Return the longest chain of causes among what is called so: ``source id`` of events, ``address@generation``."""
        with self._transactions.read() as connection:
            return chain_of_names(connection, environment, names)

    def due(self, subscription: str, now: dt.datetime, limit: int) -> tuple[Delivery, ...]:
        """Return deliveries of a subscription that are to be sent by now, those that waited longest first.

        What would have to wait longer than anything ever does was put off by a clock that was wrong, and is due.
        """
        query = (
            f"{_DELIVERIES} WHERE subscription = ? AND state = ? AND (next_at <= ? OR next_at > ?)"
            " ORDER BY next_at, number LIMIT ?"
        )
        values = (subscription, _WAITING, to_micros(now), to_micros(now + _BEYOND_ALL), limit)
        with self._transactions.read() as connection:
            return tuple(map(_delivery_of, connection.rows(query, values)))

    def settle(self, lease: Lease, deliveries: Sequence[Delivery], now: dt.datetime) -> None:
        """Record what became of tries; where a delivery has ended, the next one of its lane is to be sent.

        Raises `Fenced` (RefusedError), nothing changed, where the lease is held no more.
        """

        def work(connection: Connection) -> None:
            leases.require_held(connection, lease)
            _change(connection, deliveries, DeliveryState.WAITING)
            ended = [each.id for each in deliveries if each.state is not DeliveryState.WAITING]
            for batch in batches(ended):  # as they are recorded: what was replayed meanwhile is in another lane
                query = f"SELECT DISTINCT subscription, lane FROM deliveries WHERE id IN {marks(batch)}"
                _promote(connection, connection.rows(query, batch), now)

        if deliveries:
            self._transactions.change(work)

    def deliveries(self, wanted: DeliveryFilter) -> tuple[Delivery, ...]:
        """Return the newest deliveries, newest first."""
        conditions, values = ["number < ?"], [2**62 if wanted.before is None else wanted.before]
        conditions += ["subscription = ?"] if wanted.subscription is not None else []
        conditions += ["state = ?"] if wanted.state is not None else []
        named = [each for each in (wanted.subscription, wanted.state and wanted.state.value) if each is not None]
        query = f"{_DELIVERIES} WHERE {' AND '.join(conditions)} ORDER BY number DESC LIMIT ?"
        with self._transactions.read() as connection:
            return tuple(map(_delivery_of, connection.rows(query, (*values, *named, wanted.limit))))

    def delivery(self, id_: str) -> Delivery | None:
        """Return a delivery; None where there is none of this id."""
        with self._transactions.read() as connection:
            row = connection.first(f"{_DELIVERIES} WHERE id = ?", (id_,))
        return None if row is None else _delivery_of(row)

    def replay(self, wanted: ReplayRange, now: dt.datetime) -> int:
        """Let deliveries that have ended be sent again, the oldest first; return how many. Of what waits none is touched.

        They leave their lanes: what waits there is not held up, nor do they wait. Among those replayed order is kept as before.
        """

        def work(connection: Connection) -> int:
            query = (
                f"SELECT number, lane FROM deliveries WHERE subscription = ? AND state IN {marks(wanted.states)}"
                f" AND number >= ? AND number <= ? ORDER BY number LIMIT ?{for_update(connection)}"
            )
            first, last = wanted.first or 0, 2**62 if wanted.last is None else wanted.last
            values = (wanted.subscription, *(each.value for each in wanted.states), first, last, wanted.limit)
            chosen = [(_replay_lane(lane), number) for number, lane in connection.rows(query, values)]
            connection.change_many(
                "UPDATE deliveries SET state = 'waiting', attempts = 0, next_at = NULL, ended_at = NULL, lane = ?"
                " WHERE number = ?",
                chosen,
            )
            _promote(connection, {(wanted.subscription, lane) for lane, _ in chosen}, now)
            return len(chosen)

        return self._transactions.change(work)

    def skip(self, id_: str, said: Try, now: dt.datetime) -> bool:
        """Pass over a delivery that waits or is dead, and let the next one of its lane go; False where it is neither."""

        def work(connection: Connection) -> bool:
            row = connection.first(f"{_DELIVERIES} WHERE id = ?{for_update(connection)}", (id_,))
            found = None if row is None else _delivery_of(row)
            if found is None or found.state not in {DeliveryState.WAITING, DeliveryState.DEAD}:
                return False
            tries = (*found.tries, said)[-MOST_TRIES_KEPT:]
            skipped = replace(found, state=DeliveryState.SKIPPED, next_at=None, ended_at=now, tries=tries)
            _change(connection, [skipped], found.state)
            _promote(connection, {(found.subscription, found.lane)}, now)
            return True

        return self._transactions.change(work)

    def forget_deliveries(self, lease: Lease, before: dt.datetime, limit: int = 500) -> int:
        """Delete some of the deliveries that ended before a moment; return how many.

        Raises `Fenced` (RefusedError), nothing changed, where the lease is held no more.
        """

        def work(connection: Connection) -> int:
            leases.require_held(connection, lease)
            query = "SELECT number FROM deliveries WHERE state <> ? AND ended_at < ? ORDER BY number LIMIT ?"
            numbers = [number for (number,) in connection.rows(query, (_WAITING, to_micros(before), limit))]
            if numbers:
                connection.change(f"DELETE FROM deliveries WHERE number IN {marks(numbers)}", numbers)
            return len(numbers)

        return self._transactions.change(work)


def _change(connection: Connection, deliveries: Sequence[Delivery], before: DeliveryState) -> None:
    """Record how deliveries stand now; those that are in another state than `before` stay as they are."""
    assigned = ", ".join(f"{column} = ?" for column in _CHANGING)
    rows = [_delivery_values(each) for each in deliveries]
    connection.change_many(
        f"UPDATE deliveries SET {assigned} WHERE id = ? AND state = ?",
        [(*(row[column] for column in _CHANGING), row["id"], before.value) for row in rows],
    )


def _replay_lane(lane: str) -> str:
    return lane if lane.startswith(_REPLAYED) else f"{_REPLAYED}{lane}"


def _promote(connection: Connection, lanes: Iterable[Row], now: dt.datetime) -> None:
    """Give the first that waits in each lane (subscription, lane) its time."""
    at = to_micros(now)
    rows = [(at, subscription, lane, subscription, lane) for subscription, lane in sorted(lanes)]
    connection.change_many(_PROMOTE, rows)


def _subscription_values(subscription: Subscription) -> dict[str, object]:
    return {
        "id": subscription.id,
        "owner": subscription.owner,
        "state": subscription.state.value,
        "reason": storable(subscription.reason),
        "document": wish_text(subscription),
        "created_at": to_micros(subscription.created_at),
        "by": storable(subscription.by),
        "revision": subscription.revision,
        "cursor": subscription.cursor,
    }


def _subscription_of(row: Row) -> Subscription:
    id_, owner, state, reason, document, created_at, by, revision, cursor = row
    wish = wish_of(document)
    return Subscription(
        id=id_,
        owner=owner,
        description=wish.description,
        filter=wish.filter,
        target=wish.target,
        most_runs=wish.most_runs,
        state=SubscriptionState(state),
        reason=reason,
        created_at=from_micros(created_at),
        by=by,
        revision=revision,
        cursor=cursor,
    )


def _delivery_values(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "subscription": delivery.subscription,
        "event": delivery.event,
        "source": delivery.source,
        "event_id": delivery.event_id,
        "type": delivery.type,
        "lane": delivery.lane,
        "state": delivery.state.value,
        "created_at": to_micros(delivery.created_at),
        "attempts": delivery.attempts,
        "next_at": None if delivery.next_at is None else to_micros(delivery.next_at),
        "ended_at": None if delivery.ended_at is None else to_micros(delivery.ended_at),
        "tries": to_json([[to_micros(one.at), one.seconds, one.status, one.error] for one in delivery.tries]),
        "answer": storable(delivery.answer),
        "run_id": delivery.run_id,
    }


def _delivery_of(row: Row) -> Delivery:
    id_, subscription, event, source, event_id, type_, lane, state, created_at, attempts, *rest = row
    next_at, ended_at, tries, answer, run_id, number = rest
    return Delivery(
        id=id_,
        subscription=subscription,
        event=event,
        source=source,
        event_id=event_id,
        type=type_,
        lane=lane,
        state=DeliveryState(state),
        created_at=from_micros(created_at),
        attempts=attempts,
        next_at=None if next_at is None else from_micros(next_at),
        ended_at=None if ended_at is None else from_micros(ended_at),
        tries=tuple(
            Try(at=from_micros(at), seconds=seconds, status=status, error=error)
            for at, seconds, status, error in json.loads(tries)
        ),
        answer=answer,
        run_id=run_id,
        number=number,
    )

"""The dispatcher: spreads events into deliveries, sends them, and records what became of it.

Everything that it knows stands in the state: killed anywhere, the next one goes on, and sends again, under the same id, what it
cannot know to have arrived. One dispatcher of a mesh is active, by a lease with a fencing token.
"""

from __future__ import annotations

import datetime as dt
import heapq
import json
import math
import queue
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field, replace

from meshwright.app.clock import utc_now
from meshwright.app.deliveries_sending import Sending, Sent, pause_s
from meshwright.app.held_lease import HeldLease
from meshwright.app.processes import this_holder
from meshwright.model.subscriptions import (
    MOST_TRIES_KEPT,
    Delivery,
    DeliveryState,
    Subscription,
    SubscriptionState,
    Try,
    Webhook,
)
from meshwright.plan.firing import Held, Rounds, round_name, spread, subscription_held
from meshwright.state.protocol import State

LEASE = "deliveries"
_LEASE_TTL_S = 15.0
_RENEW_S = 4.0
#: Deliveries of one subscription that wait at most; the rest stays events until there is room.
MOST_WAITING = 5_000
#: Events spread in one transaction.
_SPREAD = 500
#: What a person changed is seen after so long, and what is due without having been told of (a replay).
_REFRESH_S = 0.25
_LOOK_AGAIN_S = 1.0
#: Where as many wait as may, they are counted again so often.
_COUNT_S = 2.0
#: Requests under way at once: of those that are quick, and of all. What takes long counts with the slow ones as soon as it does.
_QUICK, _MOST = 24, 64
_SLOW_S = 1.0
#: Of one receiver: so many at first, one more for each quick answer up to so many; after a slow one a single one, until so many
#: were quick.
_AT_FIRST, _MOST_OF_ONE, _QUICK_AGAIN = 4, 12, 10
#: Deliveries that ended are forgotten, as events are, so often.
_FORGET_S = 3600.0

Tell = Callable[[str], None]


@mutable_dataclass(kw_only=True, slots=True)
class Tally:
    """What a dispatcher has done."""

    spread: int = 0
    delivered: int = 0
    failed: int = 0
    dead: int = 0
    ordered: int = 0


def _new_holder() -> str:
    """Return this process as a lease holder, told from other dispatchers in it."""
    return json.dumps(json.loads(this_holder()) | {"dispatcher": secrets.token_hex(4)})


@mutable_dataclass(kw_only=True, slots=True)
class _Under:
    """A delivery that is under way."""

    delivery: Delivery
    since_s: float


@mutable_dataclass(kw_only=True, slots=True)
class Dispatcher:
    """Dispatches for one mesh; used by one thread."""

    state: State
    send: Callable[[Sending], Sent]
    tell: Tell
    #: Deliveries that ended before so long are forgotten.
    keep_s: float = 90 * 86_400.0
    now: Callable[[], dt.datetime] = utc_now
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    tally: Tally = field(default_factory=Tally)
    holder: str = field(default_factory=_new_holder)
    held: HeldLease = field(init=False)
    #: By id; those that are not active as well.
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    _refresh_at_s: float = 0.0
    _forget_at_s: float = 0.0
    _count_at_s: float = 0.0
    #: Subscription -> deliveries of it that wait, as far as is known.
    _waiting: Counter[str] = field(default_factory=Counter)
    #: Subscription -> when to ask the state what is due.
    _ask_at_s: dict[str, float] = field(default_factory=dict)
    #: Subscription -> when deliveries of it are to be tried again, as a heap.
    _retries: dict[str, list[float]] = field(default_factory=dict)
    _rounds: Rounds = field(default_factory=Rounds)
    _under: dict[str, _Under] = field(default_factory=dict)
    _at_work: Counter[str] = field(default_factory=Counter)
    #: Subscription -> how many requests to its receiver may be under way; below 1: it is slow, one may.
    _pace: dict[str, int] = field(default_factory=dict)
    #: Subscription -> until when its receiver wants to be left alone.
    _quiet_until_s: dict[str, float] = field(default_factory=dict)
    _results: queue.SimpleQueue[Sent] = field(default_factory=queue.SimpleQueue)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_MOST, thread_name_prefix="deliver"))

    def __post_init__(self) -> None:
        self.held = HeldLease(state=self.state, name=LEASE, holder=self.holder, ttl_s=_LEASE_TTL_S, renew_s=_RENEW_S)

    def hold(self) -> bool:
        """Take the lease or keep it; False where another dispatcher is active. Raises WorldError."""
        return self.held.hold(self.now(), self.clock(), self._forget_all)

    def lose(self) -> None:
        """Take nothing for granted any more: another dispatcher may have been at work, or a record was not made."""
        self.held.lose()
        self._forget_all()

    def _forget_all(self) -> None:
        self.subscriptions.clear()
        self._waiting.clear()
        self._ask_at_s.clear()
        self._retries.clear()
        self._quiet_until_s.clear()
        self._refresh_at_s = 0.0

    def release(self) -> None:
        """Give the lease up, so that another dispatcher can take over at once."""
        self.held.release()

    def step(self) -> bool:
        """Do what there is to do now, and say whether there was anything. Raises `Fenced` where the lease was lost."""
        did = self.settle()
        self._refresh()
        did |= self._spread()
        did |= self._send_due()
        self._forget()
        return did

    def wait(self, seconds: float) -> None:
        """Wait for the end of something that is under way, or so long."""
        try:
            self._results.put(self._results.get(timeout=seconds))
        except queue.Empty:
            return

    @property
    def is_sending(self) -> bool:
        """Whether something is under way."""
        return bool(self._under)

    def settle(self) -> bool:
        """Record what became of what was sent."""
        found: list[Sent] = []
        while True:
            try:
                found.append(self._results.get_nowait())
            except queue.Empty:
                break
        if not found:
            return False
        now, clock_s = self.now(), self.clock()
        ended = [self._ended(sent, now, clock_s) for sent in found]
        self.state.outbox.settle(self.held.lease, ended, now)
        for sent, delivery in zip(found, ended, strict=True):
            if sent.is_gone:
                self._disable(delivery.subscription)
        return True

    def close(self) -> None:
        """End the threads; what is under way is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _refresh(self) -> None:
        """Read the subscriptions again, not oftener than is cheap."""
        clock_s = self.clock()
        if clock_s < self._refresh_at_s:
            return
        is_full = any(count >= MOST_WAITING for count in self._waiting.values())
        if not self.subscriptions or (is_full and clock_s >= self._count_at_s):  # some may have been skipped
            backlog = self.state.outbox.backlog()
            self._waiting = Counter({id_: each.waiting for id_, each in backlog.items()})
            self._count_at_s = clock_s + _COUNT_S
        self.subscriptions = {each.id: each for each in self.state.outbox.subscriptions()}
        self._refresh_at_s = clock_s + _REFRESH_S

    def _active(self) -> list[Subscription]:
        return [each for each in self.subscriptions.values() if each.state is SubscriptionState.ACTIVE]

    def _spread(self) -> bool:
        """Make deliveries of events that came since. Subscriptions that are far behind, as after a pause, hold up no others."""
        active = self._active()
        last = self.state.outbox.last_number() if active else 0
        rooms = {each.id: max(MOST_WAITING - self._waiting[each.id], 0) for each in active}
        behind = [each for each in active if each.cursor < last and (rooms[each.id] or each.target is None)]
        if not behind:
            return False
        front = max(each.cursor for each in behind) - _SPREAD
        parts = ([each for each in behind if each.cursor >= front], [each for each in behind if each.cursor < front])
        did = [self._spread_for(part, rooms) for part in parts if part]  # each of them, whatever came of the first
        return any(did)

    def _spread_for(self, subscriptions: list[Subscription], rooms: dict[str, int]) -> bool:
        outbox, now = self.state.outbox, self.now()
        events = outbox.events_after(min(each.cursor for each in subscriptions), _SPREAD)
        found = spread(events, subscriptions, rooms, now, self._rounds.note(events))
        for id_, held in found.held.items():
            self._hold(id_, held, now)
        if not found.cursors:
            return bool(found.held)
        outbox.spread(self.held.lease, found.deliveries, found.firings, found.cursors, now, found.told)
        for id_, number in found.cursors.items():
            self.subscriptions[id_] = replace(self.subscriptions[id_], cursor=number)
        for delivery in found.deliveries:
            if delivery.state is DeliveryState.WAITING:
                self._waiting[delivery.subscription] += 1
                self._ask_at_s[delivery.subscription] = 0.0
            elif delivery.state is DeliveryState.DEAD:
                self.tally.dead += 1
                self.tell(f"{delivery.id} for {delivery.subscription}: {delivery.tries[-1].error}")
        self.tally.spread += len(found.deliveries)
        self.tally.ordered += len(found.firings)
        return True

    def _send_due(self) -> bool:
        """Send what is due, as far as receivers and we have hands free."""
        clock_s, now = self.clock(), self.now()
        did = False
        for subscription in self._active():
            id_ = subscription.id
            if not isinstance(subscription.target, Webhook) or clock_s < self._ask_from_s(id_):
                continue
            free = self._free(id_, clock_s)
            if free <= 0:
                continue
            wanted = free + self._at_work[id_]
            found = self.state.outbox.due(id_, now, wanted)
            fresh = [each for each in found if each.id not in self._under][:free]
            if fresh:
                self._start(subscription, fresh)
                did = True
            if len(found) < wanted:
                self._ask_at_s[id_] = min(clock_s + _LOOK_AGAIN_S, self._next_retry_s(id_, clock_s))
        return did

    def _next_retry_s(self, subscription: str, clock_s: float) -> float:
        """Return when the next one is to be tried again that this dispatcher knows of."""
        retries = self._retries.get(subscription, [])
        while retries and retries[0] <= clock_s:
            heapq.heappop(retries)
        return retries[0] if retries else math.inf

    def _ask_from_s(self, subscription: str) -> float:
        return max(self._ask_at_s.get(subscription, 0.0), self._quiet_until_s.get(subscription, 0.0))

    def _free(self, subscription: str, clock_s: float) -> int:
        """Return how many more requests may be under way for a subscription: whoever is slow takes no places of the others."""
        at_work, all_ = self._at_work[subscription], len(self._under)
        slow = sum(
            1
            for each in self._under.values()
            if self._is_slow(each.delivery.subscription) or clock_s - each.since_s > _SLOW_S
        )
        if self._is_slow(subscription):
            return min(1 - at_work, _MOST - _QUICK - slow)
        # The first one of each finds a place where there is any; further ones leave half of them to others.
        quick = all_ - slow
        places = max(_QUICK // 2 - quick, int(not at_work and quick < _QUICK))
        return min(self._pace.get(subscription, _AT_FIRST) - at_work, places, _MOST - all_)

    def _is_slow(self, subscription: str) -> bool:
        return self._pace.get(subscription, _AT_FIRST) < 1

    def _start(self, subscription: Subscription, deliveries: Iterable[Delivery]) -> None:
        assert isinstance(subscription.target, Webhook)  # the caller looked
        listed = list(deliveries)
        events = self.state.outbox.events({each.event for each in listed})
        clock_s = self.clock()
        for delivery in listed:
            sending = Sending(
                delivery=delivery.id,
                subscription=subscription.id,
                hook=subscription.target,
                event=events.get(delivery.event),
            )
            self._under[delivery.id] = _Under(delivery=delivery, since_s=clock_s)
            self._at_work[subscription.id] += 1
            self._pool.submit(self._sent, sending)

    def _sent(self, sending: Sending) -> None:
        """Send, in a thread of a pool; whatever nobody foresaw counts as a failure of the try."""
        try:
            sent = self.send(sending)
        except Exception as error:  # noqa: BLE001 - at the border of a thread: else the delivery would never end
            sent = Sent(
                delivery=sending.delivery, at=self.now(), seconds=0.0, error=f"a fault of ours: {error!r}"[:500]
            )
        self._results.put(sent)

    def _ended(self, sent: Sent, now: dt.datetime, clock_s: float) -> Delivery:
        """Say how a delivery stands after a try."""
        delivery = self._under.pop(sent.delivery).delivery
        id_ = delivery.subscription
        self._at_work[id_] -= 1
        self._ask_at_s[id_] = 0.0
        self._note_pace(id_, sent.seconds)
        if sent.wait_s:  # not of this event alone: whoever has enough has enough of all of them
            self._quiet_until_s[id_] = clock_s + sent.wait_s
        attempts = delivery.attempts + 1
        one = Try(at=sent.at, seconds=round(sent.seconds, 3), status=sent.status, error=sent.error)
        tries = (*delivery.tries, one)[-MOST_TRIES_KEPT:]
        tried = replace(delivery, attempts=attempts, tries=tries, answer=sent.answer)
        if sent.is_taken:
            self.tally.delivered += 1
            self._waiting[id_] -= 1
            return replace(tried, state=DeliveryState.DELIVERED, next_at=None, ended_at=now)
        self.tally.failed += 1
        subscription = self.subscriptions.get(id_)
        hook = subscription.target if subscription is not None else None
        if sent.is_gone or not sent.is_retryable or not isinstance(hook, Webhook) or attempts >= hook.attempts:
            self.tally.dead += 1
            self._waiting[id_] -= 1
            self.tell(f"{delivery.id} for {id_} is given up after {attempts} tries: {sent.error}{_more(sent)}")
            return replace(tried, state=DeliveryState.DEAD, next_at=None, ended_at=now)
        wait_s = max(pause_s(hook, attempts, self.chance()), sent.wait_s)
        heapq.heappush(self._retries.setdefault(id_, []), clock_s + wait_s)
        return replace(tried, next_at=now + dt.timedelta(seconds=wait_s))

    def _note_pace(self, id_: str, seconds: float) -> None:
        pace = self._pace.get(id_, _AT_FIRST)
        self._pace[id_] = min(pace + 1, _MOST_OF_ONE) if seconds <= _SLOW_S else 1 - _QUICK_AGAIN

    def _disable(self, id_: str) -> None:
        """Send nothing more to a receiver that says that it is gone."""
        found = self.state.outbox.subscription(id_)
        if found is None or found.state is not SubscriptionState.ACTIVE:
            return
        disabled = replace(found, state=SubscriptionState.DISABLED, reason="the receiver answered 410: it is gone")
        if self.state.outbox.change_subscription(disabled):
            self.tell(f"{id_} is disabled: its receiver is gone (410)")
        self._refresh_at_s = 0.0

    def _hold(self, id_: str, held: Held, now: dt.datetime) -> None:
        """Pause a subscription by which runs may go round, until a person resumes it."""
        found = self.state.outbox.subscription(id_)
        if found is not None and found.state is SubscriptionState.ACTIVE:
            paused = replace(found, state=SubscriptionState.PAUSED, reason=held.reason)
            if self.state.outbox.change_subscription(paused, [subscription_held(found, held, now)]):
                self.tell(f"{id_} is paused: {held.reason}")
                self._rounds.begin_anew(round_name(held.environment, held.product))
        self._refresh_at_s = 0.0

    def _forget(self) -> None:
        clock_s = self.clock()
        if clock_s < self._forget_at_s:
            return
        before = self.now() - dt.timedelta(seconds=self.keep_s)
        gone = self.state.outbox.forget_deliveries(self.held.lease, before)
        self._forget_at_s = clock_s + (0.0 if gone else _FORGET_S)


def _more(sent: Sent) -> str:
    return f" ({sent.detail})" if sent.detail else ""

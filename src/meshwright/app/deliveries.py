"""The verbs `delivery list|show|replay|skip`, and `deliver`: what passes events on for as long as a server or a worker lives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from meshwright.app.clock import utc_now
from meshwright.app.deliveries_dispatcher import MOST_WAITING, Dispatcher, Tally
from meshwright.app.deliveries_sending import Sender, allowed_ranges
from meshwright.app.environments import open_state_alone
from meshwright.app.idempotency import settles
from meshwright.app.workspace import Workspace, who
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, WorldError, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model.subscriptions import (
    REPLAYABLE,
    Delivery,
    DeliveryFilter,
    DeliveryState,
    ReplayRange,
    Start,
    Subscription,
    Try,
)
from meshwright.state.errors import Fenced
from meshwright.state.protocol import Outbox

#: How long nothing may be seen that came: with something under way the ends of that are seen at once. Where something came
#: lately more comes soon, and is looked for oftener.
_TICK_S, _BUSY_TICK_S = 0.1, 0.02
_BUSY_S = 5.0
_STANDBY_S = 1.0
_TROUBLE_S = 2.0
#: What is under way when it ends is waited for so long; what has not ended then is sent again by the next one.
_GRACE_S = 5.0

#: Replayed at once at most, as many as may wait.
MOST_REPLAYED = MOST_WAITING
_LONGEST_REASON = 300

Tell = Callable[[str], None]


def state_named(word: str) -> DeliveryState:
    """Return the state of a name. Raises InputError (MW-B002)."""
    try:
        return DeliveryState(word)
    except ValueError:
        raise InputError(
            Diagnostic(
                code="MW-B002",
                message=f"no state '{word[:40]}'",
                fix=known_names_hint(word, list(DeliveryState), what="states"),
            )
        ) from None


def list_deliveries(workspace: Workspace, wanted: DeliveryFilter) -> tuple[Delivery, ...]:
    """Return deliveries, newest first. Raises InputError (MW-B001) for a subscription that is not there."""
    with open_state_alone(workspace) as opened:
        outbox = opened.state.outbox
        if wanted.subscription is not None:
            _subscription(outbox, wanted.subscription)
        return outbox.deliveries(wanted)


def _subscription(outbox: Outbox, id_: str) -> Subscription:
    found = outbox.subscription(id_)
    if found is None:
        raise InputError(
            Diagnostic(code="MW-B001", message=f"no subscription {id_[:80]!r}", fix="mw subscription list shows all")
        )
    return found


def show_delivery(workspace: Workspace, id_: str) -> Delivery:
    """Return a delivery. Raises InputError (MW-B005) where there is none."""
    with open_state_alone(workspace) as opened:
        found = opened.state.outbox.delivery(id_)
    if found is None:
        raise InputError(
            Diagnostic(
                code="MW-B005", message=f"no delivery {id_[:80]!r}", fix="mw delivery list shows the newest ones"
            )
        )
    return found


def replay_delivery(workspace: Workspace, id_: str) -> Delivery:
    """Let a delivery that has ended be sent once more, under its own id and beside the order of its product.

    Raises InputError (MW-B005) where there is none, RefusedError (MW-B006) where it waits still, or started a run.
    """
    found = show_delivery(workspace, id_)
    with open_state_alone(workspace) as opened:
        outbox = opened.state.outbox
        if found.state is DeliveryState.STARTED:
            message = f"delivery {id_} started a run: the same event starts no second one"
            raise _not_replayed(message, f"mw runs repeat {found.run_id}")
        _require_sent(outbox.subscription(found.subscription), f"delivery {id_}")
        alone = ReplayRange(subscription=found.subscription, states=REPLAYABLE, first=found.number, last=found.number)
        now = utc_now()
        again = replace(found, state=DeliveryState.WAITING, attempts=0, next_at=now, ended_at=None)
        with settles(lambda count: again if count else None):
            count = outbox.replay(alone, now)
        if not count:
            raise _not_replayed(f"delivery {id_} waits to be sent", "look when it is tried next: mw delivery list")
    return show_delivery(workspace, id_)


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """What came of replaying a range."""

    subscription: str
    state: DeliveryState
    count: int
    #: Whether there are more, which the same again would replay.
    has_more: bool


def replay_deliveries(
    workspace: Workspace, subscription: str, state: DeliveryState, first: str | None, last: str | None
) -> Replayed:
    """Let the deliveries of a subscription that ended so be sent once more, from `first` to `last` (ids, both included).

    Of one product they come in their order, beside what waits. Raises InputError (MW-B001, MW-B005, MW-B018), RefusedError
    (MW-B006) where the subscription starts runs.
    """
    if state not in REPLAYABLE:
        raise InputError(
            Diagnostic(
                code="MW-B018",
                message=f"deliveries that are {state.value} are not sent once more",
                fix=f"name one of the states {', '.join(REPLAYABLE)}",
            )
        )
    ends = [None if id_ is None else show_delivery(workspace, id_) for id_ in (first, last)]
    for end in ends:
        if end is not None and end.subscription != subscription:
            raise _no_range(f"delivery {end.id} is none of subscription {subscription[:80]}")
    start, stop = (None if end is None else end.number for end in ends)
    if start is not None and stop is not None and start > stop:
        raise _no_range(f"delivery {first} was made after {last}")
    with open_state_alone(workspace) as opened:
        outbox = opened.state.outbox
        _require_sent(_subscription(outbox, subscription), f"subscription {subscription}")
        wanted = ReplayRange(subscription=subscription, states=(state,), first=start, last=stop, limit=MOST_REPLAYED)

        def replayed(count: int) -> Replayed:
            return Replayed(subscription=subscription, state=state, count=count, has_more=count == MOST_REPLAYED)

        with settles(replayed):
            count = outbox.replay(wanted, utc_now())
    return replayed(count)


def skip_delivery(workspace: Workspace, id_: str, reason: str) -> Delivery:
    """Pass over a delivery that waits or is dead: it is not sent, and what waits behind it goes on.

    One that is under way may arrive all the same. Raises InputError (MW-B005, MW-B002), RefusedError (MW-B017) where it has
    ended otherwise.
    """
    before = show_delivery(workspace, id_)
    if len(reason) > _LONGEST_REASON:
        message = f"reason is longer than {_LONGEST_REASON} characters"
        raise InputError(Diagnostic(code="MW-B002", message=message, fix="write less"))
    now = utc_now()
    said = Try(at=now, seconds=0.0, error=f"skipped by {who()}{f': {reason}' if reason else ''}")
    with open_state_alone(workspace) as opened:
        gone = replace(before, state=DeliveryState.SKIPPED, next_at=None, ended_at=now, tries=(*before.tries, said))
        with settles(lambda is_skipped: gone if is_skipped else None):
            is_skipped = opened.state.outbox.skip(id_, said, now)
    found = show_delivery(workspace, id_)
    if not is_skipped:
        raise RefusedError(
            Diagnostic(
                code="MW-B017",
                message=f"delivery {id_} is {found.state.value} already",
                fix="only what waits, or was given up, is skipped: mw delivery list --state waiting",
            )
        )
    return found


def _require_sent(subscription: Subscription | None, name: str) -> None:
    """Refuse where nothing is sent: an event starts one run, and what started none starts none the second time."""
    if subscription is not None and isinstance(subscription.target, Start):
        raise _not_replayed(
            f"{name} started no run, and would not the second time: the event is what it is",
            "send another event, with another id, that holds what is missing",
        )


def _not_replayed(message: str, fix: str) -> RefusedError:
    return RefusedError(Diagnostic(code="MW-B006", message=message, fix=fix))


def _no_range(message: str) -> InputError:
    fix = "take ids that mw delivery list --subscription ID shows, the older one as the first"
    return InputError(Diagnostic(code="MW-B018", message=message, fix=fix))


def deliver(
    workspace: Workspace, stop: threading.Event, tell: Tell = lambda _: None, *, is_until_idle: bool = False
) -> Tally:
    """Pass events on until `stop` is set, as soon as no other process does; or with `is_until_idle` until nothing is due.

    Give it a `Workspace` that keeps nothing: it opens the state for itself. Raises InputError where `mesh.yaml` cannot be read.
    What goes wrong later is told, and tried again.
    """
    with open_state_alone(workspace, create=True) as opened:
        sender = Sender(allowed=allowed_ranges(opened.settings), private=workspace.private, now=utc_now)
        dispatcher = Dispatcher(
            state=opened.state, send=sender.send, tell=tell, keep_s=opened.settings.retention.events_s
        )
        try:
            _loop(dispatcher, stop, tell, is_until_idle=is_until_idle)
            _end(dispatcher, tell)
        finally:
            dispatcher.close()
            sender.close()
    return dispatcher.tally


@contextmanager
def delivering(workspace: Workspace, tell: Tell, *, is_brief: bool = False) -> Iterator[None]:
    """Pass events on while the block runs, in a thread; with `is_brief` once, when it has ended, until nothing is due."""
    stop = threading.Event()
    if is_brief:
        yield
        deliver(workspace, stop, tell, is_until_idle=True)
        return
    thread = threading.Thread(target=deliver, args=(workspace, stop, tell), name="deliveries")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _loop(dispatcher: Dispatcher, stop: threading.Event, tell: Tell, *, is_until_idle: bool) -> None:
    trouble = ""
    busy_until_s = 0.0
    while not stop.is_set():
        try:
            if not dispatcher.hold():
                if is_until_idle:
                    return
                stop.wait(_STANDBY_S)
                continue
            did = dispatcher.step()
            if trouble:
                tell("the state answers again")
                trouble = ""
        except Fenced:  # silent for too long: another one is active by now
            tell("another process passes events on")
            dispatcher.lose()
            continue
        except WorldError as error:
            if error.first.message != trouble:  # told once, however long it lasts
                trouble = error.first.message
                tell(f"{trouble}; trying again")
            dispatcher.lose()
            stop.wait(_TROUBLE_S)
            continue
        if did:
            busy_until_s = dispatcher.clock() + _BUSY_S
            continue
        if is_until_idle and not dispatcher.is_sending:
            return
        dispatcher.wait(_BUSY_TICK_S if dispatcher.clock() < busy_until_s else _TICK_S)


def _end(dispatcher: Dispatcher, tell: Tell) -> None:
    """Wait a little for what is under way, record it, and let another one take over."""
    until_s = dispatcher.clock() + _GRACE_S
    try:
        while dispatcher.held.is_held and dispatcher.is_sending and dispatcher.clock() < until_s:
            dispatcher.wait(_TICK_S)
            dispatcher.settle()
        dispatcher.release()
    except (Fenced, WorldError) as error:  # what arrived is sent again under its id, and the lease expires by itself
        tell(f"not all that was sent could be recorded: {error.first.message}")

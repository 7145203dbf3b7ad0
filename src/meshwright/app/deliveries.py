"""The verbs `delivery list|show|replay`, and `deliver`: what passes events on for as long as a server or a worker lives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from meshwright.app.clock import utc_now
from meshwright.app.deliveries_dispatcher import Dispatcher, Tally
from meshwright.app.deliveries_sending import Sender, allowed_ranges
from meshwright.app.environments import open_state_alone
from meshwright.app.idempotency import settles
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, WorldError, known_names_hint
from meshwright.model.subscriptions import Delivery, DeliveryFilter, DeliveryState, Start
from meshwright.state.errors import Fenced

#: How long nothing may be seen that came: with something under way the ends of that are seen at once. Where something came
#: lately more comes soon, and is looked for oftener.
_TICK_S, _BUSY_TICK_S = 0.1, 0.02
_BUSY_S = 5.0
_STANDBY_S = 1.0
_TROUBLE_S = 2.0
#: What is under way when it ends is waited for so long; what has not ended then is sent again by the next one.
_GRACE_S = 5.0

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
        if wanted.subscription is not None and outbox.subscription(wanted.subscription) is None:
            raise InputError(
                Diagnostic(
                    code="MW-B001",
                    message=f"no subscription {wanted.subscription[:80]!r}",
                    fix="mw subscription list shows all",
                )
            )
        return outbox.deliveries(wanted)


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
        subscription = outbox.subscription(found.subscription)
        starts = subscription is not None and isinstance(subscription.target, Start)
        if starts and found.state is DeliveryState.DEAD:
            raise RefusedError(
                Diagnostic(
                    code="MW-B006",
                    message=f"delivery {id_} started no run, and would not the second time: the event is what it is",
                    fix="send another event, with another id, that holds what is missing",
                )
            )
        now = utc_now()
        again = replace(
            found, state=DeliveryState.WAITING, attempts=0, next_at=now, ended_at=None, lane=f"replayed {id_}"
        )
        with settles(lambda is_waiting: again if is_waiting else None):
            is_replayed = not starts and outbox.replay(id_, now)
    if not is_replayed:
        is_run = found.state is DeliveryState.STARTED
        raise RefusedError(
            Diagnostic(
                code="MW-B006",
                message=f"delivery {id_} {'started a run: the same event starts no second one' if is_run else 'waits to be sent'}",
                fix=f"mw runs repeat {found.run_id}" if is_run else "look when it is tried next: mw delivery list",
            )
        )
    return show_delivery(workspace, id_)


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
        while dispatcher.lease is not None and dispatcher.is_sending and dispatcher.clock() < until_s:
            dispatcher.wait(_TICK_S)
            dispatcher.settle()
        dispatcher.release()
    except (Fenced, WorldError) as error:  # what arrived is sent again under its id, and the lease expires by itself
        tell(f"not all that was sent could be recorded: {error.first.message}")

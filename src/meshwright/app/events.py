"""Events by URL: taken in from CloudEvents requests, listed and followed by number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from meshwright.app.environments import open_state_alone
from meshwright.app.scheduling_events import SentEvent, receive_events
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.files.standards.baggage import chain_of_headers
from meshwright.frozen import dataclass
from meshwright.model.chains import NO_CHAIN
from meshwright.model.firings import MOST_PAGE_CHARACTERS, ReceivedEvent
from meshwright.model.subscriptions import EventFilter
from meshwright.plan.firing import is_for, told_of

#: Events of one request.
MOST_AT_ONCE = 1000
#: Events are read so many at a time, and so many pages for one answer: a rare event is found on a later page.
_PAGE, _MOST_PAGES = 500, 20


@dataclass(frozen=True, kw_only=True, slots=True)
class EventQuery:
    """Which events are listed."""

    filter: EventFilter = field(default_factory=lambda: EventFilter(environments=("*",)))
    #: Only those numbered below, newest first; None: from the newest on.
    before: int | None = None
    limit: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class EventPage:
    """Some events."""

    events: tuple[ReceivedEvent, ...]
    #: The number of the last event that was looked at; None where there was none.
    looked_at: int | None
    #: Whether that was the last there is.
    is_last: bool


def take_events(workspace: Workspace, body: bytes, headers: Mapping[str, str]) -> tuple[SentEvent, ...]:
    """Take in the events of a request, all or none; `headers` have names in lower case.

    Those that do not say what led to them are given what the request carries (`files.standards.baggage`).

    Raises InputError (MW-B008, MW-B009, MW-S031) for what is no event, RefusedError (MW-B007) for one that says it is our own.
    """
    from meshwright.files.standards.cloudevents_http import read_request  # lazy: no other verb reads events

    events = read_request(body, headers, most=MOST_AT_ONCE)
    return receive_events(workspace, events, chain_of_headers(headers) or NO_CHAIN)


def page_of_events(workspace: Workspace, query: EventQuery) -> EventPage:
    """Return the newest events that a query is for, newest first.

    A page may be short, and not the last, where few of many are asked for, or where events are large.
    """
    with open_state_alone(workspace) as opened:
        outbox = opened.state.outbox
        return _collected(query.filter, query.limit, query.before, lambda start: outbox.events_before(start, _PAGE))


def events_since(workspace: Workspace, wanted: EventFilter, after: int) -> EventPage:
    """Return the events above a number that a filter is for, in order, and up to which number was looked."""
    with open_state_alone(workspace) as opened:
        outbox = opened.state.outbox
        return _collected(wanted, _PAGE, after, lambda start: outbox.events_after(start or 0, _PAGE))


def fits(wanted: EventFilter, event: ReceivedEvent) -> bool:
    """Whether a filter is for an event."""
    return is_for(wanted, told_of(event))


def start_of_stream(workspace: Workspace, after: int | None) -> int:
    """Return the number above which a stream begins: that of the newest event, or `after`.

    Raises InputError (MW-B012) where events above `after` are forgotten already, or there was never such a number.
    """
    with open_state_alone(workspace) as opened:
        outbox = opened.state.outbox
        last, oldest = outbox.last_number(), outbox.oldest_number()
    if after is None:
        return last
    if after > last:
        message = f"there is no event number {after}: the newest is number {last}"
    elif after and after + 1 < oldest:
        message = f"events after number {after} are forgotten: the oldest that is kept is number {oldest}"
    else:
        return after
    raise InputError(
        Diagnostic(
            code="MW-B012",
            message=message,
            fix="begin without Last-Event-ID, and look what stands; how long events are kept says retention in mesh.yaml",
        )
    )


def _collected(
    wanted: EventFilter, limit: int, start: int | None, read: Callable[[int | None], tuple[ReceivedEvent, ...]]
) -> EventPage:
    found: list[ReceivedEvent] = []
    characters = 0
    position = start
    for _ in range(_MOST_PAGES):
        page = read(position)
        if not page:
            return EventPage(events=tuple(found), looked_at=position, is_last=True)
        for event in page:
            if fits(wanted, event):
                characters += len(event.document)
                if len(found) == limit or (found and characters > MOST_PAGE_CHARACTERS):
                    return EventPage(events=tuple(found), looked_at=position, is_last=False)
                found.append(event)
            position = event.number
    return EventPage(events=tuple(found), looked_at=position, is_last=False)

"""Events by URL: sent as CloudEvents, listed, followed as they come."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response

from meshwright.access import Action
from meshwright.app.events import EventQuery, page_of_events, take_events
from meshwright.app.scheduling_events import SentEvent
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.documents.schedules import events_document, sent_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.event_following import open_stream
from meshwright.faces.http.event_stream import EventStream
from meshwright.faces.http.keyed import Key, Made, Work, respond_once
from meshwright.faces.http.paging import (
    DEFAULT_LIMIT,
    Cursor,
    CursorText,
    Limit,
    asked_of,
    decode_cursor,
    encode_cursor,
)
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.text.schedules import events_lines, sent_lines
from meshwright.model.subscriptions import ANY, EventFilter

router = ruled_router()

_EVENT = {
    "specversion": "1.0",
    "id": "2026-01-31/17",
    "source": "/shops/berlin",
    "type": "org.example.bookings.closed",
    "subject": "2026-01-31",
    "data": {"bookings": 412},
}
_BODY = {
    "required": True,
    "content": {
        "application/cloudevents+json": {"schema": {"type": "object"}, "example": _EVENT},
        "application/cloudevents-batch+json": {
            "schema": {"type": "array", "items": {"type": "object"}},
            "example": [_EVENT],
        },
        "application/json": {"schema": {}, "example": {"bookings": 412}},
    },
}
_Words = Annotated[list[str], Query(max_length=50)]


async def _body_of(request: Request) -> bytes:
    return await request.body()


def _filter_of(
    type: Annotated[list[str], Query(max_length=50, description="Types; `org.example.*` is all that begin so.")] = [],  # noqa: A002, B006 - the parameter's name, and never changed
    source: _Words = [],  # noqa: B006
    subject: _Words = [],  # noqa: B006
    product: Annotated[list[str], Query(max_length=50, description="Products that our own events are about.")] = [],  # noqa: B006
    domain: Annotated[list[str], Query(max_length=50, description="Domains of those products.")] = [],  # noqa: B006
    environment: Annotated[list[str], Query(max_length=50, description="Environments; all where none is named.")] = [],  # noqa: B006
) -> EventFilter:
    return EventFilter(
        types=tuple(type),
        sources=tuple(source),
        subjects=tuple(subject),
        products=tuple(product),
        domains=tuple(domain),
        environments=tuple(environment) or (ANY,),
    )


Filtered = Annotated[EventFilter, Depends(_filter_of)]


@router.post("/events", summary="Send events", status_code=202, **ruled(Action.SEND_EVENTS, requestBody=_BODY))
def send_events(
    request: Request, body: Annotated[bytes, Depends(_body_of)], caller: Caller, server: Served, key: Key = None
) -> Response:
    """Take events in, all or none: CloudEvents 1.0 in structured, batched or binary mode. One that is known stays as it is."""
    principal = caller.may(Action.SEND_EVENTS)

    def told(sent: tuple[SentEvent, ...]) -> Made:
        return Made(document=lambda: sent_document(sent), lines=lambda look: sent_lines(sent, look), code=202)

    work = Work(do=lambda: take_events(server.workspace, body, request.headers), made=told)
    return respond_once(request, server, principal, key, body, work)


@router.get("/events", summary="List events", **ruled(Action.READ_EVENTS))
def list_events(
    request: Request,
    caller: Caller,
    workspace: ServedWorkspace,
    wanted: Filtered,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List events, newest first: those that were sent, and those that meshwright tells. A page may be short, and not the last."""
    caller.may(Action.READ_EVENTS)
    query = asked_of(request, "events", str(wanted))
    start = decode_cursor(cursor, query)
    page = page_of_events(
        workspace, EventQuery(filter=wanted, before=None if start is None else start.number, limit=limit)
    )
    is_over = page.is_last or page.looked_at is None
    following = None if is_over else encode_cursor(Cursor(after=str(page.looked_at)), query)
    return respond(
        request,
        document=lambda: events_document(page.events, following),
        lines=lambda look: events_lines(page.events, look),
    )


@router.get(
    "/events/stream",
    summary="Follow events",
    response_class=EventStream,
    status_code=200,
    **ruled(Action.READ_EVENTS),
)
async def follow_events(
    request: Request,
    caller: Caller,
    server: Served,
    wanted: Filtered,
    subscription: Annotated[str | None, Query(max_length=100, description="Whose filter to take.")] = None,
    after: Annotated[
        int | None, Query(ge=0, le=2**62, description="Number of the last event that is known, as `Last-Event-ID`.")
    ] = None,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", max_length=100, description="Number of the last event that came.")
    ] = None,
) -> Response:
    """Send events as they come, as server-sent events: `id` is the number, `data` the CloudEvent as JSON.

    A client that comes again with `Last-Event-ID` misses nothing.
    """
    principal = caller.may(Action.READ_EVENTS)
    if last_event_id is not None:
        if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 19):
            raise InputError(
                Diagnostic(
                    code="MW-H010",
                    message="header Last-Event-ID is no number of an event",
                    fix="send the `id` of the last event that came, or leave it away",
                )
            )
        after = int(last_event_id)
    return await open_stream(request, server, principal, wanted, subscription, after)

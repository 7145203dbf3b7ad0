"""The record of calls between domains by URL."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from meshwright.access import Action
from meshwright.app.calls import CallsWish, list_calls, summarize_calls
from meshwright.faces.documents.calls import calls_document, calls_summary_document
from meshwright.faces.http.answering import respond
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
from meshwright.faces.http.served import Served
from meshwright.faces.text.calls import calls_lines, calls_summary_lines

router = ruled_router("/calls")

_Name = Annotated[str | None, Query(max_length=300)]
CallingDomain = Annotated[
    str | None,
    Query(alias="caller", max_length=48, description="Domain of the token that called.", examples=["finance"]),
]
CalledDomain = Annotated[
    str | None, Query(alias="domain", max_length=48, description="Domain that was called.", examples=["operations"])
]
KindName = Annotated[
    str | None, Query(max_length=20, description="domain, data, process, event or development.", examples=["data"])
]
Since = Annotated[
    str | None, Query(max_length=20, description="No longer ago: a duration such as `30d`.", examples=["30d"])
]


@router.get("", summary="List calls between domains", **ruled(Action.READ_CALLS))
def get_calls(  # noqa: PLR0913, PLR0917 - one for each parameter
    request: Request,
    server: Served,
    calling: CallingDomain = None,
    called: CalledDomain = None,
    kind: KindName = None,
    action: Annotated[
        str | None, Query(max_length=50, description="What was done, in one word.", examples=["read"])
    ] = None,
    thing: Annotated[
        str | None, Query(alias="object", max_length=300, description="What it was done to, as listed.")
    ] = None,
    token: Annotated[str | None, Query(max_length=50, description="Id of the token that called.")] = None,
    since: Since = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List who asked what of whom, newest first; what was answered before this request is in it."""
    server.calls.settle()
    wish = CallsWish(caller=calling, domain=called, kind=kind, action=action, object=thing, token=token, since=since)
    query = asked_of(request, "calls", calling, called, kind, action, thing, token, since)
    start = decode_cursor(cursor, query)
    page = list_calls(server.workspace, wish, limit, None if start is None else start.number)
    following = None if page.before is None else encode_cursor(Cursor(after=str(page.before)), query)
    return respond(
        request, document=lambda: calls_document(page, following), lines=lambda look: calls_lines(page, look)
    )


@router.get("/summary", summary="Sum calls between domains", **ruled(Action.READ_CALLS))
def summarize_calls_by_domain(
    request: Request,
    server: Served,
    calling: CallingDomain = None,
    called: CalledDomain = None,
    kind: KindName = None,
    since: Since = None,
) -> Response:
    """Sum calls by who called, who was called and for what: the edges of a picture of the mesh."""
    server.calls.settle()
    summary = summarize_calls(server.workspace, CallsWish(caller=calling, domain=called, kind=kind, since=since))
    return respond(
        request,
        document=lambda: calls_summary_document(summary),
        lines=lambda look: calls_summary_lines(summary, look),
    )

"""Deliveries by URL: what was sent to whom, what became of it, and once more."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from meshwright.access import Action
from meshwright.app.deliveries import list_deliveries, replay_delivery, show_delivery
from meshwright.app.subscriptions import subscription_of
from meshwright.faces.documents.subscriptions import deliveries_document, delivery_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.keyed import Key, Made, Work, respond_once
from meshwright.faces.http.paging import DEFAULT_LIMIT, CursorText, Limit, cut, decode_cursor
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.text.subscriptions import deliveries_lines
from meshwright.model.subscriptions import Delivery, DeliveryFilter, DeliveryState

router = ruled_router()


@router.get("/deliveries", summary="List deliveries", **ruled(Action.READ_SUBSCRIPTIONS))
def get_deliveries(
    request: Request,
    caller: Caller,
    workspace: ServedWorkspace,
    subscription: Annotated[str | None, Query(max_length=100)] = None,
    state: DeliveryState | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List deliveries, newest first: their tries, what came of them, and when the next one is."""
    caller.may(Action.READ_SUBSCRIPTIONS)
    query = ("deliveries", subscription, state)
    start = decode_cursor(cursor, query)
    wanted = DeliveryFilter(
        subscription=subscription, state=state, before=None if start is None else start.number, limit=limit + 1
    )
    found = list_deliveries(workspace, wanted)
    page, following = cut(found, limit, lambda each: str(each.number), query)
    return respond(
        request,
        document=lambda: deliveries_document(page, following),
        lines=lambda look: deliveries_lines(page, look),
    )


@router.get("/deliveries/{delivery_id}", summary="A delivery", **ruled(Action.READ_SUBSCRIPTIONS))
def get_delivery(request: Request, delivery_id: str, caller: Caller, workspace: ServedWorkspace) -> Response:
    """Show a delivery with its tries."""
    caller.may(Action.READ_SUBSCRIPTIONS)
    found = show_delivery(workspace, delivery_id)
    return respond(
        request, document=lambda: delivery_document(found), lines=lambda look: deliveries_lines([found], look)
    )


@router.post(
    "/deliveries/{delivery_id}/replay", summary="Send once more", status_code=202, **ruled(Action.CHANGE_SUBSCRIPTIONS)
)
def replay(request: Request, delivery_id: str, caller: Caller, server: Served, key: Key = None) -> Response:
    """Send a delivery that has ended once more, under its own id and beside the order of its product."""
    principal = caller.may(Action.CHANGE_SUBSCRIPTIONS)

    def do() -> Delivery:
        owner = _owner_of(server.workspace, show_delivery(server.workspace, delivery_id).subscription)
        caller.may(Action.CHANGE_SUBSCRIPTIONS, (owner,) if owner else ())
        return replay_delivery(server.workspace, delivery_id)

    def told(found: Delivery) -> Made:
        return Made(
            document=lambda: delivery_document(found), lines=lambda look: deliveries_lines([found], look), code=202
        )

    return respond_once(request, server, principal, key, None, Work(do=do, made=told))


def _owner_of(workspace: ServedWorkspace, subscription_id: str) -> str:
    return subscription_of(workspace, subscription_id).owner

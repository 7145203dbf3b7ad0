"""Deliveries by URL: what was sent to whom, what became of it, and once more."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from meshwright.access import Action
from meshwright.app.deliveries import (
    Replayed,
    list_deliveries,
    replay_deliveries,
    replay_delivery,
    show_delivery,
    skip_delivery,
)
from meshwright.app.subscriptions import subscription_of
from meshwright.faces.documents.subscriptions import deliveries_document, delivery_document, replayed_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import Caller, CallerView
from meshwright.faces.http.keyed import Key, Made, Work, respond_once
from meshwright.faces.http.paging import DEFAULT_LIMIT, CursorText, Limit, asked_of, cut, decode_cursor
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.text.subscriptions import deliveries_lines, replayed_lines
from meshwright.model.subscriptions import Delivery, DeliveryFilter, DeliveryState

router = ruled_router()

_Id = Annotated[str, Field(max_length=100)]


class SkipBody(BaseModel):
    """Why a delivery is passed over."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=300, examples=["the receiver cannot read it"])] = ""


class ReplayBody(BaseModel):
    """Which deliveries are sent once more."""

    model_config = ConfigDict(extra="forbid")

    subscription: _Id
    state: Annotated[Literal["dead", "delivered", "skipped"], Field(description="How they ended.")] = "dead"
    first: Annotated[
        _Id | None, Field(description="The oldest of them; by default the oldest that is kept.", examples=[None])
    ] = None
    last: Annotated[_Id | None, Field(description="The newest of them; by default the newest.", examples=[None])] = None


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
    query = asked_of(request, "deliveries", subscription, state)
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
        _require_owner(caller, server.workspace, show_delivery(server.workspace, delivery_id).subscription)
        return replay_delivery(server.workspace, delivery_id)

    return respond_once(request, server, principal, key, None, Work(do=do, made=lambda found: _made(found, 202)))


@router.post("/deliveries/{delivery_id}/skip", summary="Pass over a delivery", **ruled(Action.CHANGE_SUBSCRIPTIONS))
def skip(
    request: Request, delivery_id: str, caller: Caller, server: Served, body: SkipBody | None = None, key: Key = None
) -> Response:
    """Pass over a delivery that waits or was given up: it is not sent, and what waits behind it goes on.

    One that is under way may arrive all the same. It can be replayed later.
    """
    principal = caller.may(Action.CHANGE_SUBSCRIPTIONS)

    def do() -> Delivery:
        _require_owner(caller, server.workspace, show_delivery(server.workspace, delivery_id).subscription)
        return skip_delivery(server.workspace, delivery_id, "" if body is None else body.reason)

    return respond_once(request, server, principal, key, body, Work(do=do, made=_made))


@router.post("/deliveries/replay", summary="Send many once more", status_code=202, **ruled(Action.CHANGE_SUBSCRIPTIONS))
def replay_range(request: Request, body: ReplayBody, caller: Caller, server: Served, key: Key = None) -> Response:
    """Send deliveries of a subscription that have ended once more: those given up, or those of another state.

    Of one product they come in their order, beside what waits. At most 5,000 at once: `more` says whether there may be others.
    """
    principal = caller.may(Action.CHANGE_SUBSCRIPTIONS)

    def do() -> Replayed:
        _require_owner(caller, server.workspace, body.subscription)
        state = DeliveryState(body.state)
        return replay_deliveries(server.workspace, body.subscription, state, body.first, body.last)

    def told(found: Replayed) -> Made:
        return Made(document=lambda: replayed_document(found), lines=lambda look: replayed_lines(found, look), code=202)

    return respond_once(request, server, principal, key, body, Work(do=do, made=told))


def _made(found: Delivery, code: int = 200) -> Made:
    return Made(
        document=lambda: delivery_document(found), lines=lambda look: deliveries_lines([found], look), code=code
    )


def _require_owner(caller: CallerView, workspace: ServedWorkspace, subscription_id: str) -> None:
    """Refuse a change by whom the subscription does not belong to."""
    owner = _owner_of(workspace, subscription_id)
    caller.may(Action.CHANGE_SUBSCRIPTIONS, (owner,) if owner else ())


def _owner_of(workspace: ServedWorkspace, subscription_id: str) -> str:
    return subscription_of(workspace, subscription_id).owner

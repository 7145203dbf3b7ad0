"""Subscriptions by URL: standing wishes to be told of events. Each belongs to a domain, or to the mesh."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Literal  # Any: JSON that is read by `read_conditions`

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from meshwright.access import Action
from meshwright.app.subscriptions import (
    SubscriptionAsked,
    SubscriptionOptions,
    SubscriptionView,
    alter_subscription,
    create_subscription,
    delete_subscription,
    list_subscriptions,
    show_subscription,
    subscription_of,
)
from meshwright.app.subscriptions_conditions import read_conditions
from meshwright.faces.documents.subscriptions import deleted_document, subscription_document, subscriptions_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import Caller, CallerView
from meshwright.faces.http.etags import etag_of, require_match
from meshwright.faces.http.keyed import Key, Made, Work, respond_once
from meshwright.faces.http.operator_log import tell_operator
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.http.touched import WHOLE_MESH, record_call
from meshwright.faces.text.subscriptions import deleted_lines, subscription_lines, subscriptions_lines
from meshwright.model.subscriptions import MOST_RUNS, EventFilter, Subscription, SubscriptionState

router = ruled_router()

_Values = Annotated[list[str], Field(max_length=50)]


class StartWish(BaseModel):
    """A product to be run for each event."""

    model_config = ConfigDict(extra="forbid")

    product: Annotated[str, Field(max_length=200, examples=["operations.flights"])]
    variation: Annotated[str | None, Field(max_length=100, examples=[None])] = None
    environment: Annotated[str, Field(max_length=100)] = "prod"
    params: Annotated[dict[str, str], Field(max_length=50, description="Values of parameters.")] = {}
    params_from: Annotated[
        dict[str, str],
        Field(
            max_length=50,
            description="Parameters whose values each event holds: an attribute, or `data.region`.",
            examples=[{}],
        ),
    ] = {}


class SubscriptionWish(BaseModel):
    """A subscription to be made."""

    model_config = ConfigDict(extra="forbid")

    description: Annotated[str, Field(max_length=300)] = ""
    owner: Annotated[
        str | None,
        Field(max_length=100, description="The domain that it belongs to; by default the caller's.", examples=[None]),
    ] = None
    types: Annotated[
        list[str],
        Field(
            max_length=50,
            description="Types of events; `meshwright.*` is all that begin so.",
            examples=[["meshwright.product.*"]],
        ),
    ] = []
    sources: _Values = []
    subjects: _Values = []
    products: Annotated[list[str], Field(max_length=50, description="Products that our own events are about.")] = []
    domains: Annotated[list[str], Field(max_length=50, description="Domains of those products.")] = []
    environments: Annotated[list[str], Field(max_length=50, description="Environments; `*` is all.")] = ["prod"]
    filters: Annotated[
        list[Any],
        Field(
            max_length=50,
            description="Filter expressions of CloudEvents' Subscriptions API, all of which must fit: `exact`, `prefix`, "
            "`suffix`, `all`, `any`, `not`.",
            examples=[[{"prefix": {"subject": "operations."}}]],
        ),
    ] = []
    sink: Annotated[
        str | None,
        Field(max_length=2000, description="Where events are sent to.", examples=["https://example.org/hook"]),
    ] = None
    mode: Literal["binary", "structured"] = "binary"
    secret: Annotated[
        str | None,
        Field(
            max_length=200,
            description="`${env:MESHWRIGHT_WEBHOOK_...}`; by default one is made, and told once.",
            examples=[None],
        ),
    ] = None
    timeout: Annotated[str, Field(max_length=20)] = "10s"
    attempts: Annotated[int, Field(ge=1, le=100)] = 24
    backoff: Annotated[str, Field(max_length=20, description="The pause after the first try; it doubles.")] = "1s"
    most_runs: Annotated[
        int,
        Field(
            ge=0,
            le=100_000,
            description="Runs of one product that events, publications and requests by URL may begin within an hour while this "
            "subscription starts them, or tells of them: with more it is paused. 0: as many as there are.",
        ),
    ] = MOST_RUNS
    start: Annotated[StartWish | None, Field(examples=[None])] = None


class SubscriptionChange(BaseModel):
    """What is to change."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["active", "paused"] | None = None
    reason: Annotated[str, Field(max_length=300, description="Why it is paused.")] = ""
    secret: Annotated[Literal["rotate"] | None, Field(description="Make another secret, and tell it.")] = None


def _tag(subscription: Subscription) -> str:
    return etag_of("subscription", subscription.id, subscription.revision)


def _made(view: SubscriptionView, code: int = 200, location: str | None = None) -> Made:
    headers = {"ETag": _tag(view.subscription)}
    if view.secret is not None:
        headers["Cache-Control"] = "no-store"
    if location is not None:
        headers["Location"] = location
    another = f"mw subscription rotate {view.subscription.id} makes another secret; or delete it, and subscribe with a new key"
    return Made(
        document=lambda: subscription_document(view),
        lines=lambda look: subscription_lines(view, look),
        code=code,
        headers=headers,
        told_once=None if view.secret is None else another,
    )


def _require_owner(request: Request, caller: CallerView, workspace: ServedWorkspace, subscription_id: str) -> None:
    """Refuse a change by whom the subscription does not belong to, or who knows another state of it."""
    caller.may(Action.CHANGE_SUBSCRIPTIONS)
    found = subscription_of(workspace, subscription_id)
    caller.may(Action.CHANGE_SUBSCRIPTIONS, _domains(found.owner))
    require_match(request, _tag(found))


def _domains(owner: str | None) -> Collection[str]:
    return (owner,) if owner else ()


@router.post("/subscriptions", summary="Subscribe", status_code=201, **ruled(Action.CHANGE_SUBSCRIPTIONS))
def subscribe(request: Request, body: SubscriptionWish, caller: Caller, server: Served, key: Key = None) -> Response:
    """Subscribe to what happens from now on. The secret that signs is told here and never again.

    Sent again with the same `Idempotency-Key` no second subscription is made; where a secret was told it is refused (MW-U007), for
    that is kept nowhere: make another one by `PATCH`, with a new key.
    """
    principal = caller.may(Action.CHANGE_SUBSCRIPTIONS)
    owner = body.owner or principal.domain
    caller.may(Action.CHANGE_SUBSCRIPTIONS, _domains(owner))
    start = body.start
    options = SubscriptionOptions(
        description=body.description,
        owner=owner,
        filter=EventFilter(
            types=tuple(body.types),
            sources=tuple(body.sources),
            subjects=tuple(body.subjects),
            products=tuple(body.products),
            domains=tuple(body.domains),
            environments=tuple(body.environments),
            conditions=read_conditions(body.filters),
        ),
        sink=body.sink,
        start=None if start is None else start.product,
        variation=None if start is None else start.variation,
        environment="prod" if start is None else start.environment,
        params={} if start is None else start.params,
        params_from={} if start is None else start.params_from,
        mode=body.mode,
        secret=body.secret,
        timeout=body.timeout,
        attempts=body.attempts,
        backoff=body.backoff,
        most_runs=body.most_runs,
    )
    heard = {*body.domains, *(product.partition(".")[0] for product in body.products)}
    started = () if start is None else (start.product.partition(".")[0],)
    record_call(request, " ".join((*body.types, *body.products)) or WHOLE_MESH, {*(heard or {WHOLE_MESH}), *started})

    def do() -> SubscriptionView:
        return create_subscription(
            server.workspace, options, lambda domains: caller.may(Action.START_RUNS, domains), tell_operator
        )

    def told(view: SubscriptionView) -> Made:
        return _made(view, 201, f"/api/v1/subscriptions/{view.subscription.id}")

    return respond_once(request, server, principal, key, body, Work(do=do, made=told))


@router.get("/subscriptions", summary="List subscriptions", **ruled(Action.READ_SUBSCRIPTIONS))
def get_subscriptions(request: Request, caller: Caller, workspace: ServedWorkspace) -> Response:
    """List all subscriptions, with what waits for them; no secrets."""
    caller.may(Action.READ_SUBSCRIPTIONS)
    views = list_subscriptions(workspace)
    return respond(
        request,
        document=lambda: subscriptions_document(views),
        lines=lambda look: subscriptions_lines(views, look),
    )


@router.get("/subscriptions/{subscription_id}", summary="A subscription", **ruled(Action.READ_SUBSCRIPTIONS))
def get_subscription(request: Request, subscription_id: str, caller: Caller, workspace: ServedWorkspace) -> Response:
    """Show a subscription, with what waits for it."""
    caller.may(Action.READ_SUBSCRIPTIONS)
    made = _made(show_subscription(workspace, subscription_id))
    return respond(request, document=made.document, lines=made.lines, headers=made.headers)


@router.patch("/subscriptions/{subscription_id}", summary="Pause, resume, rotate", **ruled(Action.CHANGE_SUBSCRIPTIONS))
def change_subscription(
    request: Request, subscription_id: str, body: SubscriptionChange, caller: Caller, server: Served, key: Key = None
) -> Response:
    """Pause a subscription, let it go on, or change its secret: for a day both sign. All of it is done, or nothing.

    Sent again with the same `Idempotency-Key` a changed secret is not changed again, nor told again (MW-U007).
    """
    principal = caller.may(Action.CHANGE_SUBSCRIPTIONS)
    state = None if body.state is None else SubscriptionState(body.state)

    def do() -> SubscriptionView:
        _require_owner(request, caller, server.workspace, subscription_id)
        wish = SubscriptionAsked(state=state, reason=body.reason, is_rotated=body.secret is not None)
        return alter_subscription(server.workspace, subscription_id, wish)

    return respond_once(request, server, principal, key, body, Work(do=do, made=_made))


@router.delete("/subscriptions/{subscription_id}", summary="Unsubscribe", **ruled(Action.CHANGE_SUBSCRIPTIONS))
def unsubscribe(request: Request, subscription_id: str, caller: Caller, server: Served, key: Key = None) -> Response:
    """Forget a subscription with its deliveries. Runs that it ordered stay ordered."""
    principal = caller.may(Action.CHANGE_SUBSCRIPTIONS)

    def do() -> Subscription:
        _require_owner(request, caller, server.workspace, subscription_id)
        return delete_subscription(server.workspace, subscription_id)

    def told(gone: Subscription) -> Made:
        return Made(document=lambda: deleted_document(gone), lines=lambda look: deleted_lines(gone, look))

    return respond_once(request, server, principal, key, None, Work(do=do, made=told))

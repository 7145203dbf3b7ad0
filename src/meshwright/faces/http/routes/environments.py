"""Development linkage: sandboxes by URL, and what moves pointers: promotion, rollback, pins.

Each endpoint calls the verb's function in a thread of the pool; a sandbox that is provisioned takes as long as it takes, and holds
nobody else up. A promotion may build and test for long: it is recorded and carried out beside the server, as runs are (ADR 0047).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import Body, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from meshwright.access import Action
from meshwright.app.environment_diff import DiffWish, diff_environment
from meshwright.app.pins import PinWish, pin, unpin
from meshwright.app.promotion import PromotionWish
from meshwright.app.rebase import Rebase, rebase, still_to_build
from meshwright.app.requested_promotions import known_promotion, request_promotion
from meshwright.app.requested_runs import Requested
from meshwright.app.rollback import RollbackWish, rollback
from meshwright.app.sandboxes import (
    EnvironmentAnswer,
    SandboxWish,
    create_sandbox,
    delete_sandbox,
    extend_sandbox,
    list_environments,
)
from meshwright.app.standing import show_environment
from meshwright.app.workspace import Workspace
from meshwright.faces.documents.diff import environment_diff_document
from meshwright.faces.documents.environments import (
    environment_answer_document,
    environment_card_document,
    environments_document,
    rebase_document,
    rebuild_document,
)
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.etags import require_match
from meshwright.faces.http.keyed import Finished, Key, Made, Work, respond_once
from meshwright.faces.http.moved import answered, moving
from meshwright.faces.http.paging import CursorText, Limit, asked_of, page_of
from meshwright.faces.http.permits import (
    etag_of_environment,
    permit_of,
    promotion_permit,
    require_own,
    terms_of,
)
from meshwright.faces.http.preferences import PREFER, waiting_of
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.run_answers import IdempotencyKey, answer_run_request, asking_of, told_as
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.http.touched import WHOLE_MESH, record_call
from meshwright.faces.text.diff import diff_lines
from meshwright.faces.text.environments import (
    created_lines,
    deleted_lines,
    environment_lines,
    environments_lines,
    extended_lines,
    moved_lines,
    pinned_lines,
    rebase_lines,
    rebuild_lines,
    unpinned_lines,
)
from meshwright.model import domain_of
from meshwright.model.names import NAME_PATTERN

router = ruled_router("/environments")

_READ, _CHANGE = Action.READ_ENVIRONMENTS, Action.CHANGE_ENVIRONMENTS
#: HTTP status of a promotion that ran to its end, by its exit status.
_CODES = {0: 200, 1: 409, 2: 422, 3: 503, 130: 409}
#: Most promotions only move pointers, and are over in a moment.
_PROMOTION_WAIT_S = 30

EnvironmentName = Annotated[
    str, Path(alias="environment", max_length=48, description="Name of the environment.", examples=["fix-delays"])
]
PinnedName = Annotated[
    str,
    Path(alias="object", max_length=300, description="A dataset or a product.", examples=["operations.flights"]),
]
Select = Annotated[
    str | list[Annotated[str, Field(max_length=2000)]],
    Field(max_length=2000, description="A selection, or several.", examples=["operations.flights"]),
]
Reason = Annotated[str, Field(max_length=2000, description="Why; it is recorded.", examples=["Delays were wrong."])]
Expires = Annotated[
    str | None,
    Field(max_length=40, description="How long it lives after its last use, e.g. `7d`, or `never`.", examples=["7d"]),
]


#: A parameter of what moves pointers; `etags` reads the header itself.
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "ETag of the environment as you know it: 412 where it has moved on.",
    "schema": {"type": "string"},
}


_PROMOTING = ruled(_CHANGE, parameters=[_IF_MATCH, PREFER], **{"x-says-no": ["409", "422", "503"]})
_PROMOTING["responses"] = {
    **_PROMOTING["responses"],
    200: told_as("It has ended.", {"$ref": "#/components/schemas/Promotion"}),
    202: told_as("It goes on.", {"$ref": "#/components/schemas/RunRequest"}),
}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EnvironmentWish(_Body):
    """A sandbox to be made."""

    name: Annotated[str, Field(max_length=200, description="Name of the sandbox.", examples=["fix-delays"])]
    base: Annotated[str, Field(max_length=200, description="The environment that it lies over.", examples=["prod"])] = (
        "prod"
    )
    select: Annotated[Select, Field(description="What runs into it are about.")] = []
    expires: Expires = None
    sample: Annotated[
        str | None, Field(max_length=20, description="See this share of the rows, e.g. `1%`.", examples=["1%"])
    ] = None
    rows: Annotated[
        int | None, Field(le=2**53, description="See at most so many rows of every dataset.", examples=[1000])
    ] = None
    params: Annotated[
        dict[str, Annotated[str, Field(max_length=10_000)]],
        Field(max_length=200, description="Parameters of what it is provisioned with."),
    ] = {}


class PromotionBody(_Body):
    """How a sandbox is to be promoted."""

    to: Annotated[str | None, Field(max_length=48, description="By default what it lies over.", examples=["prod"])] = (
        None
    )
    unpin: Annotated[bool, Field(description="Lift the pins of what is promoted.")] = False
    reason: Reason = ""


class RollbackBody(_Body):
    """What is to be shown again."""

    select: Annotated[Select, Field(description="By default everything.")] = []
    to: Annotated[int | None, Field(ge=1, le=2**53, description="The generation; by default one back.")] = None
    only: Annotated[bool, Field(description="Just what is selected, and nothing that is made from it.")] = False
    reason: Reason = ""


class ExtensionBody(_Body):
    """How long a sandbox is to live on."""

    expires: Expires = None


class PinBody(_Body):
    """Why, and where, an object is to be held."""

    reason: Reason
    to: Annotated[
        str | None,
        Field(max_length=100, description="A version that was published, or a generation; by default as it stands."),
    ] = None


@router.get("", summary="List environments", **ruled(_READ))
def get_environments(
    request: Request, caller: Caller, workspace: ServedWorkspace, limit: Limit = 1000, cursor: CursorText = None
) -> Response:
    """List the environments that the mesh declares, then the sandboxes, each by name."""
    caller.may(_READ)
    found = list_environments(workspace)
    page, following = page_of(
        found,
        lambda each: f"{each.environment.is_sandbox:d} {each.environment.name}",
        cursor=cursor,
        limit=limit,
        query=asked_of(request, "environments"),
    )
    return respond(
        request,
        document=lambda: environments_document(page, following),
        lines=lambda look: environments_lines(page, look),
    )


@router.post("", summary="Make a sandbox", status_code=201, **ruled(_CHANGE))
def create_environment(
    request: Request, body: EnvironmentWish, caller: Caller, server: Served, key: Key = None
) -> Response:
    """Make a sandbox over all that an environment shows now. It copies nothing, and belongs to the domain of the token.

    What `sandboxes.provision` of `mesh.yaml` names is done before this answers.
    """
    principal = caller.may(_CHANGE)
    select = _words(body.select)
    record_call(request, body.name, _domains_of(select), action="create")

    def do() -> EnvironmentAnswer:
        wish = SandboxWish(
            name=body.name,
            base=body.base,
            select=select,
            expires=body.expires,
            sample=body.sample,
            rows=body.rows,
            params=body.params,
        )
        return create_sandbox(server.workspace, wish)

    def told(made: EnvironmentAnswer) -> Made:
        return Made(
            document=lambda: environment_answer_document(made),
            lines=lambda look: created_lines(made, look),
            code=201,
            headers={"Location": f"/api/v1/environments/{made.environment.name}"},
        )

    return respond_once(request, server, principal, key, body, Work(do=do, made=told))


@router.get("/{environment}", summary="Show an environment", **ruled(_READ))
def get_environment(
    request: Request,
    name: EnvironmentName,
    caller: Caller,
    workspace: ServedWorkspace,
    history: Annotated[
        int, Query(ge=0, le=1000, description="So many generations as well, newest first: who, when, why, what.")
    ] = 0,
) -> Response:
    """Show what an environment points to, its pins, and how the base of a sandbox moved on. The ETag is for `If-Match`."""
    caller.may(_READ)
    card = show_environment(workspace, name, history)
    return respond(
        request,
        document=lambda: environment_card_document(card),
        lines=lambda look: environment_lines(card, look),
        headers={"ETag": etag_of_environment(card)},
    )


@router.get("/{environment}/diff", summary="Say what a sandbox changes", **ruled(_READ))
def diff_of_environment(  # noqa: PLR0913, PLR0917 - one for each parameter
    request: Request,
    name: EnvironmentName,
    caller: Caller,
    workspace: ServedWorkspace,
    select: Annotated[list[str], Query(max_length=100, description="A selection; repeatable.")] = [],  # noqa: B006
    key: Annotated[
        str | None,
        Query(max_length=1000, description="Columns, parted by commas, that name a row where no contract does."),
    ] = None,
    tolerance: Annotated[float, Query(description="Relative and absolute distance at which floats are equal.")] = 0.0,
    data: Annotated[bool, Query(description="Compare rows; everything else reads none.")] = True,
    sample: Annotated[int, Query(ge=0, le=1000, description="Rows of each kind that are shown.")] = 5,
) -> Response:
    """Compare a sandbox with what its base showed when it was made: code, schema, contracts, rows, verdicts, policies."""
    caller.may(_READ)
    wish = DiffWish(
        sandbox=name,
        select=tuple(select),
        key=() if key is None else tuple(column.strip() for column in key.split(",")),
        tolerance=tolerance,
        has_data=data,
        sample_rows=sample,
    )
    found = diff_environment(workspace, wish)
    return respond(
        request,
        document=lambda: environment_diff_document(found),
        lines=lambda look: diff_lines(found, look),
    )


@router.post("/{environment}/rebase", summary="Rebase a sandbox", **ruled(_CHANGE, parameters=[_IF_MATCH]))
def rebase_environment(
    request: Request,
    name: EnvironmentName,
    caller: Caller,
    server: Served,
    key: Key = None,
) -> Response:
    """Let a sandbox lie over the newest generation of its base, and say what must be built again."""
    principal = caller.may(_CHANGE)

    def do() -> Rebase:
        require_own(caller, server.workspace, name)
        _require_match(request, server.workspace, name)
        return rebase(server.workspace, name)

    def told(rebased: Rebase) -> Made:
        return Made(document=lambda: rebase_document(rebased), lines=lambda look: rebase_lines(rebased, look))

    def finish(document: Mapping[str, object]) -> Finished:
        found = still_to_build(server.workspace, name, document["generation"])
        fields = {"rebuild": rebuild_document(found.rebuild or ()), "notes": list(found.notes)}
        return Finished(fields=fields, lines=tuple(rebuild_lines(found.rebuild, found.notes, name)))

    return respond_once(request, server, principal, key, None, Work(do=do, made=told, finish=finish))


@router.post("/{environment}/promote", summary="Promote a sandbox", status_code=202, **_PROMOTING)
async def promote_environment(
    request: Request,
    name: EnvironmentName,
    caller: Caller,
    server: Served,
    body: Annotated[PromotionBody, Body(default_factory=PromotionBody)],
    key: IdempotencyKey = None,
) -> Response:
    """Let an environment show what a sandbox over it shows, in one generation over any number of products.

    It is a run: recorded before this is answered, carried out beside the server, once under its key whatever is killed. What
    would refuse it now is refused, and nothing is recorded then. Where it ends within 30 seconds, or as `Prefer: wait` says, the
    answer is its document: 200, or 409 where a test stopped it; `state` is not `succeeded` then, and nothing is changed. Else the
    answer is 202, and the run can be followed.
    """
    principal = caller.may(_CHANGE)
    asking = asking_of(request, principal, key, lambda _domains: principal)

    def ask() -> Requested:
        wish = PromotionWish(sandbox=name, to=body.to, unpin=body.unpin, reason=body.reason)
        known = known_promotion(server.workspace, wish, asking)
        if known is not None:
            return known
        card = show_environment(server.workspace, name)
        terms = terms_of(request, card, promotion_permit(caller))
        domains = {domain_of(each) for each in card.own}
        record_call(request, name, domains, action="promote")
        own = None if principal.domain is None else tuple(sorted(domains))
        return request_promotion(server.workspace, replace(wish, terms=terms, domains=own), asking)

    answer = await run_in_threadpool(ask)
    if answer.is_new:
        server.wake()
    waiting = waiting_of(request, _PROMOTION_WAIT_S)
    return await answer_run_request(request, server.workspace, asking, answer, waiting, _CODES)


@router.post("/{environment}/rollback", summary="Go back to a generation", **ruled(_CHANGE, parameters=[_IF_MATCH]))
def roll_back_environment(
    request: Request,
    name: EnvironmentName,
    caller: Caller,
    server: Served,
    body: Annotated[RollbackBody, Body(default_factory=RollbackBody)],
    key: Key = None,
) -> Response:
    """Let an environment show what it showed before: one move, nothing is built. What moved is pinned."""
    principal = caller.may(_CHANGE)
    select = _words(body.select)
    record_call(request, name, _domains_of(select), action="rollback")

    def do() -> EnvironmentAnswer:
        permit = permit_of(caller, server.workspace, name)
        terms = terms_of(request, show_environment(server.workspace, name), permit)
        wish = RollbackWish(
            environment=name, select=select, to=body.to, only=body.only, reason=body.reason, terms=terms
        )
        return rollback(server.workspace, wish)

    return respond_once(request, server, principal, key, body, moving(server, name, do, moved_lines))


@router.post("/{environment}/extend", summary="Put off the end of a sandbox", **ruled(_CHANGE))
def extend_environment(
    request: Request,
    name: EnvironmentName,
    caller: Caller,
    server: Served,
    body: Annotated[ExtensionBody, Body(default_factory=ExtensionBody)],
    key: Key = None,
) -> Response:
    """Put off the end of a sandbox, one that has expired as well."""
    principal = caller.may(_CHANGE)

    def do() -> EnvironmentAnswer:
        require_own(caller, server.workspace, name)
        return extend_sandbox(server.workspace, name, body.expires)

    return respond_once(request, server, principal, key, body, Work(do=do, made=answered(extended_lines)))


@router.delete("/{environment}", summary="Give a sandbox up", **ruled(_CHANGE, parameters=[_IF_MATCH]))
def delete_environment(
    request: Request,
    name: EnvironmentName,
    caller: Caller,
    server: Served,
    leave: Annotated[
        list[str],
        Query(max_length=100, description="What is not to be undone, as `PROVISION.NODE`; repeatable."),
    ] = [],  # noqa: B006
    key: Key = None,
) -> Response:
    """Give a sandbox up; what it was provisioned with is undone first. Nothing that it lies over is touched."""
    principal = caller.may(_CHANGE)

    def do() -> EnvironmentAnswer:
        require_own(caller, server.workspace, name)
        _require_match(request, server.workspace, name)
        return delete_sandbox(server.workspace, name, tuple(leave))

    return respond_once(request, server, principal, key, None, Work(do=do, made=answered(deleted_lines)))


@router.put(
    "/{environment}/pins/{object}", summary="Hold a dataset or product", **ruled(_CHANGE, parameters=[_IF_MATCH])
)
def pin_object(
    request: Request,
    name: EnvironmentName,
    thing: PinnedName,
    body: PinBody,
    caller: Caller,
    server: Served,
    key: Key = None,
) -> Response:
    """Hold a dataset or product as it stands, or stood: runs leave it alone."""
    principal = caller.may(_CHANGE)
    record_call(request, thing, _domains_of((thing,)), action="pin")

    def do() -> EnvironmentAnswer:
        permit_of(caller, server.workspace, name)(frozenset({domain_of(thing)}))
        _require_match(request, server.workspace, name)
        return pin(server.workspace, PinWish(object=thing, reason=body.reason, environment=name, to=body.to))

    work = moving(server, name, do, lambda held, look: pinned_lines(thing, held, look))
    return respond_once(request, server, principal, key, body, work)


@router.delete("/{environment}/pins/{object}", summary="Let a pinned object go", **ruled(_CHANGE))
def unpin_object(
    request: Request, name: EnvironmentName, thing: PinnedName, caller: Caller, server: Served, key: Key = None
) -> Response:
    """Let a pinned dataset or product go; in a sandbox, for the sandbox alone."""
    principal = caller.may(_CHANGE)
    record_call(request, thing, _domains_of((thing,)), action="unpin")

    def do() -> EnvironmentAnswer:
        permit_of(caller, server.workspace, name)(frozenset({domain_of(thing)}))
        return unpin(server.workspace, thing, name)

    made = answered(lambda freed, look: unpinned_lines(thing, freed, look))
    return respond_once(request, server, principal, key, None, Work(do=do, made=made))


def _require_match(request: Request, workspace: Workspace, name: str) -> None:
    """Raise RefusedError (MW-H021) where the caller knows another state of the environment."""
    if request.headers.get("if-match"):
        require_match(request, etag_of_environment(show_environment(workspace, name)))


def _words(select: str | list[str]) -> tuple[str, ...]:
    return (select,) if isinstance(select, str) else tuple(select)


def _domains_of(select: tuple[str, ...]) -> frozenset[str]:
    """Return the domains that a selection names; the whole mesh where it names none, or not by name alone."""
    names = [name for word in select for name in re.split(r"[\s,]+", word) if name]
    domains = {domain_of(name.strip("+")) for name in names}
    if not domains or not all(NAME_PATTERN.fullmatch(domain) for domain in domains):
        return frozenset({WHOLE_MESH})
    return frozenset(domains)

"""Process query: runs, asked for, stopped and gone on with by URL. `routes.runs` is where they are looked at."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Annotated, Any  # OpenAPI

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictBool, StrictInt, StrictStr
from starlette.concurrency import run_in_threadpool

from meshwright.access import Action, Principal
from meshwright.app.requested_runs import Asking, Permit, RunWish, request_run
from meshwright.app.requested_runs_control import (
    StopAnswer,
    request_repeat,
    request_resume,
    request_stop,
    stop_standing,
    stop_values,
)
from meshwright.faces.documents.requests import stopped_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import Caller, CallerView
from meshwright.faces.http.keyed import REPLAYED, Key, document_once
from meshwright.faces.http.preferences import PREFER, waiting_of
from meshwright.faces.http.routes.runs import RunId
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.run_answers import (
    IdempotencyKey,
    answer_run_request,
    asking_of,
    ended_as,
    has_ended,
    url_of_run,
)
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.http.touched import WHOLE_MESH, record_call
from meshwright.faces.text.requests import stopped_lines

router = ruled_router()


def _asking_of(component: str) -> dict[str, Any]:
    """Return what the decorator of a route takes that asks for a run, whose document has this schema."""
    told = ruled(Action.START_RUNS, parameters=[PREFER])
    return {**told, "responses": {**told["responses"], 200: ended_as(component)}}


Word = Annotated[str, Field(max_length=400)]
ParamValue = StrictStr | StrictBool | StrictInt | FiniteFloat


class RunBody(BaseModel):
    """A run that is asked for, as `mw run` takes it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"select": "sales.orders", "params": {"currency": "EUR"}, "environment": "prod"}]
        },
    )

    select: Annotated[
        Word | Annotated[list[Word], Field(max_length=1000)] | None,
        Field(
            description="What: a domain, product or dataset, with `+` for what is up or down stream; several words, or a list of "
            "them, are added together. Default: the whole mesh."
        ),
    ] = None
    variation: Annotated[str | None, Field(max_length=100, description="Build this variation of what is selected.")] = (
        None
    )
    params: Annotated[
        dict[Annotated[str, Field(max_length=100)], ParamValue],
        Field(max_length=200, description="Values of parameters, by name."),
    ] = {}
    environment: Annotated[
        str | None, Field(max_length=100, description="An environment, or a sandbox. Default: prod, as without --env.")
    ] = None
    interval: Annotated[
        str | None,
        Field(
            max_length=200,
            description="`A..B`, half-open: intervals that are built again.",
            examples=["2026-01-01..2026-02-01"],
        ),
    ] = None
    only: Annotated[bool, Field(description="Build just what is selected, and read all else as published.")] = False
    retest: Annotated[bool, Field(description="Measure every rule again.")] = False
    refresh: Annotated[bool, Field(description="Run opaque nodes again.")] = False


class ResumeBody(BaseModel):
    """How a run is gone on with."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, json_schema_extra={"examples": [{}, {"from": "orders"}]}
    )

    from_node: Annotated[
        str | None,
        Field(
            alias="from",
            min_length=1,
            max_length=200,
            pattern=r"^[a-z][a-z0-9_.@-]*$",
            description="From this node on: it, and all below it, again. Also of a run that has ended.",
        ),
    ] = None


@router.post(
    "/runs",
    summary="Start a run",
    status_code=202,
    **_asking_of("Run"),
)
async def start_run(
    request: Request,
    body: RunBody,
    caller: Caller,
    server: Served,
    workspace: ServedWorkspace,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Ask for a run. It is checked and recorded before this is answered, and begins at once, or in its turn.

    What no run could begin with (a selection that matches nothing, a parameter that nobody declares, an environment that is not
    there, a mesh with errors, a built-in policy that is not kept) is refused, and nothing is recorded. With `Prefer: wait=SECONDS`
    it is answered when the run has ended: 200, with what `GET /runs/{run_id}/report` tells.
    """
    wish = _wish(body)
    asking = _asking(request, caller, idempotency_key, " ".join(wish.select) or WHOLE_MESH)
    answer = await run_in_threadpool(request_run, workspace, wish, asking)
    if answer.is_new:
        server.wake()
    return await answer_run_request(request, workspace, asking, answer, waiting_of(request))


@router.post("/runs/{run_id}/stop", summary="Stop a run", **ruled(Action.STOP_RUNS, parameters=[PREFER]))
async def stop_run(
    request: Request, run_id: RunId, caller: Caller, server: Served, workspace: ServedWorkspace, key: Key = None
) -> Response:
    """Ask that a run stops; one that waits never begins. One that has ended stays as it is: `asked` is empty then.

    With `Prefer: wait=SECONDS` it is answered when the run has ended, and how.
    """
    principal = caller.may(Action.STOP_RUNS)
    permit = _permit(request, caller, Action.STOP_RUNS, run_id)

    def ask() -> tuple[StopAnswer, bool]:
        document, is_replayed = document_once(
            request, server, principal, key, lambda: stop_values(request_stop(workspace, run_id, permit))
        )
        answer = StopAnswer(**{**document, "asked": tuple(document["asked"])})
        return stop_standing(workspace, answer) if is_replayed else answer, is_replayed

    answer, is_replayed = await run_in_threadpool(ask)
    waiting = waiting_of(request)
    if answer.asked:
        server.wake()
        if waiting.seconds and await has_ended(request, principal.id, answer.run_id, waiting):
            answer = await run_in_threadpool(stop_standing, workspace, answer)
    return respond(
        request,
        document=lambda: {
            "schema": "meshwright/run-stop/1",
            **stopped_document(
                answer.run_id, answer.state, url_of_run(request, answer.run_id), answer.asked, answer.environment
            ),
        },
        lines=lambda look: stopped_lines(answer.run_id, answer.state, answer.asked, look),
        headers={**waiting.headers, **({REPLAYED: "true"} if is_replayed else {})},
    )


@router.post("/runs/{run_id}/resume", summary="Go on with a run", status_code=202, **_asking_of("Run"))
async def resume_run(
    request: Request,
    run_id: RunId,
    caller: Caller,
    server: Served,
    workspace: ServedWorkspace,
    body: ResumeBody | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Go on with a run that was interrupted, from its own frozen files; finished work is not repeated.

    With `from` it is about that node and what is made from it; of a run that has ended a new one is made, and answered. A run
    that goes on already is answered as it stands.
    """
    asking = _asking(request, caller, idempotency_key, run_id)
    from_node = body.from_node if body is not None else None
    answer = await run_in_threadpool(request_resume, workspace, run_id, from_node, asking)
    if answer.is_new:
        server.wake()
    return await answer_run_request(request, workspace, asking, answer, waiting_of(request))


@router.post("/runs/{run_id}/repeat", summary="Make a run again", status_code=202, **_asking_of("RunsRepeat"))
async def repeat_run(
    request: Request,
    run_id: RunId,
    caller: Caller,
    server: Served,
    workspace: ServedWorkspace,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make a recorded run again from its own files and parameters, by a new run that publishes nothing."""
    asking = _asking(request, caller, idempotency_key, run_id)
    answer = await run_in_threadpool(request_repeat, workspace, run_id, asking)
    if answer.is_new:
        server.wake()
    return await answer_run_request(request, workspace, asking, answer, waiting_of(request))


def _permit(request: Request, caller: CallerView, action: Action, touched: str) -> Permit:
    """Return what says whether the caller may touch some domains; that it asked is recorded, whatever the answer."""

    def permit(domains: Collection[str]) -> object:
        record_call(request, touched, domains or (WHOLE_MESH,))
        return caller.may(action, domains)

    return permit


def _asking(request: Request, caller: CallerView, key: str | None, touched: str) -> Asking:
    principal: Principal = caller.may(Action.START_RUNS)
    return asking_of(request, principal, key, _permit(request, caller, Action.START_RUNS, touched))


def _wish(body: RunBody) -> RunWish:
    select = body.select.split() if isinstance(body.select, str) else body.select
    # One that is given and holds nothing is refused as an empty word: only who gives none means everything.
    return RunWish(
        select=() if select is None else tuple(select) or ("",),
        variation=body.variation,
        params={name: value if isinstance(value, str) else json.dumps(value) for name, value in body.params.items()},
        environment=body.environment,
        interval=body.interval,
        only=body.only,
        retest=body.retest,
        refresh=body.refresh,
    )

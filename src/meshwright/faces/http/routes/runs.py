"""Process query: runs, listed and looked at by URL. `routes.run_requests` is where they are asked for."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Any  # OpenAPI

from fastapi import Header, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, StrictBool, StrictInt, StrictStr

from meshwright.access import Action, Principal
from meshwright.app.requested_runs import Asking, Requested, RunWish, request_run
from meshwright.app.requested_runs_control import request_repeat, request_resume, request_stop
from meshwright.app.requested_runs_read import (
    RUN_STATES,
    ListedRunOrRequest,
    RequestView,
    RunListing,
    list_run_page,
    run_log_page,
    show_run_or_request,
)
from meshwright.app.run_costs import Grouping, run_costs
from meshwright.app.run_differences import run_difference
from meshwright.app.run_openlineage import run_events
from meshwright.app.values import RequestState
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.documents.record import (
    costs_report_document,
    run_difference_document,
    run_events_document,
    run_events_lines,
)
from meshwright.faces.documents.requests import (
    requested_document,
    stopped_document,
    waiting_record_document,
    waiting_run_document,
)
from meshwright.faces.documents.verbs import run_detail_document, run_log_document, run_record_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import Caller, CallerView
from meshwright.faces.http.paging import DEFAULT_LIMIT, Cursor, CursorText, Limit, decode_cursor, encode_cursor
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.http.touched import WHOLE_MESH, record_call
from meshwright.faces.text.record import costs_lines, run_difference_lines
from meshwright.faces.text.requests import listed_requests_lines, requested_lines, stopped_lines, waiting_lines
from meshwright.faces.text.show import run_detail_lines, run_log_lines, runs_lines
from meshwright.faces.text.terminal import Look

router = ruled_router()

_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_EXAMPLE_ID = "20260131T050000-0a1b2c3d4e5f"

RunId = Annotated[str, Path(max_length=64, description="Id of a run, or its unique beginning.", examples=[_EXAMPLE_ID])]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=255,
        description="The same key and body are the same run, however often they are sent. Callers of one domain share theirs.",
        examples=["4f8b9c1e-0d7a-4a52-9a5e-2f6f0c3f1a77"],
    ),
]
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
    **ruled(Action.START_RUNS),
)
def start_run(
    request: Request,
    body: RunBody,
    caller: Caller,
    server: Served,
    workspace: ServedWorkspace,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Ask for a run. It is checked and recorded before this is answered, and begins at once, or in its turn.

    What no run could begin with (a selection that matches nothing, a parameter that nobody declares, an environment that is not
    there, a mesh with errors) is refused, and nothing is recorded.
    """
    wish = _wish(body)
    asking = _asking(request, caller, idempotency_key, " ".join(wish.select) or WHOLE_MESH)
    answer = request_run(workspace, wish, asking)
    if answer.is_new:
        server.wake()
    return _requested(request, answer, code=202)


@router.get("/runs", summary="List runs", **ruled(Action.READ_RUNS))
def list_runs(  # noqa: PLR0913, PLR0917 - one for each filter
    request: Request,
    workspace: ServedWorkspace,
    state: Annotated[
        str | None, Query(max_length=20, description=f"One of {', '.join(RUN_STATES)}.", examples=["running"])
    ] = None,
    environment: Annotated[str | None, Query(max_length=100, description="An environment.", examples=["prod"])] = None,
    product: Annotated[
        str | None,
        Query(max_length=100, description="`domain.product`: runs with a step of it.", examples=["sales.orders"]),
    ] = None,
    since: Annotated[
        AwareDatetime | None, Query(description="Began then or later.", examples=["2026-01-31T00:00:00Z"])
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List runs, newest first; those that wait to begin are among them."""
    query = ("runs", state, environment, product, None if since is None else since.isoformat())
    wanted = RunListing(
        environment=environment,
        state=state,
        product=product,
        since=since,
        before=_before(decode_cursor(cursor, query)),
        limit=limit,
    )
    page, has_more = list_run_page(workspace, wanted)
    following = encode_cursor(Cursor(after=_after(page[-1])), query) if has_more else None
    return respond(
        request,
        document=lambda: {
            "schema": "meshwright/runs/1",
            "runs": [_listed(each) for each in page],
            "next": following,
        },
        lines=lambda look: _listed_lines(page, look),
    )


@router.get("/runs/{run_id}", summary="A run's record", **ruled(Action.READ_RUNS))
def get_run(request: Request, run_id: RunId, workspace: ServedWorkspace) -> Response:
    """Show a run: its steps, tests, log, and what was asked for. One that has not begun waits, with no steps yet."""
    found = show_run_or_request(workspace, run_id)
    if isinstance(found, RequestView):
        return respond(
            request,
            document=lambda: waiting_record_document(found.request, found.state),
            lines=lambda look: waiting_lines(found.request, found.state, look),
        )
    return respond(
        request, document=lambda: run_detail_document(found), lines=lambda look: run_detail_lines(found, look)
    )


@router.get("/runs/{run_id}/log", summary="A run's log", **ruled(Action.READ_RUNS))
def get_run_log(
    request: Request,
    run_id: RunId,
    workspace: ServedWorkspace,
    after: Annotated[
        int, Query(ge=0, le=2**62, description="Lines behind the one of this number: `next_after` of the page before.")
    ] = 0,
    limit: Limit = 1000,
    dataset: Annotated[
        str | None, Query(max_length=200, description="Only what the steps of this node said.", examples=["orders"])
    ] = None,
    search: Annotated[
        str | None, Query(max_length=200, description="Only lines that hold this text, in whatever case.")
    ] = None,
) -> Response:
    """Read the log of a run, so many lines at a time."""
    page = run_log_page(workspace, run_id, after=after, limit=limit, dataset=dataset, search=search)
    return respond(
        request,
        document=lambda: {**run_log_document(page.log), "next_after": page.next_after},
        lines=lambda look: run_log_lines(page.log, look),
    )


@router.post("/runs/{run_id}/stop", summary="Stop a run", **ruled(Action.STOP_RUNS))
def stop_run(request: Request, run_id: RunId, caller: Caller, server: Served, workspace: ServedWorkspace) -> Response:
    """Ask that a run stops, and do not wait for it; one that waits never begins. One that has ended stays as it is."""
    answer = request_stop(workspace, run_id, _permit(request, caller, Action.STOP_RUNS, run_id))
    if answer.asked:
        server.wake()
    url = _url(request, answer.run_id)
    return respond(
        request,
        document=lambda: {
            "schema": "meshwright/run-stop/1",
            **stopped_document(answer.run_id, answer.state, url, answer.asked, answer.environment),
        },
        lines=lambda look: stopped_lines(answer.run_id, answer.state, answer.asked, look),
    )


@router.post("/runs/{run_id}/resume", summary="Go on with a run", status_code=202, **ruled(Action.START_RUNS))
def resume_run(
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
    answer = request_resume(workspace, run_id, body.from_node if body is not None else None, asking)
    if answer.is_new:
        server.wake()
    return _requested(request, answer, code=202)


@router.post("/runs/{run_id}/repeat", summary="Make a run again", status_code=202, **ruled(Action.START_RUNS))
def repeat_run(
    request: Request,
    run_id: RunId,
    caller: Caller,
    server: Served,
    workspace: ServedWorkspace,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make a recorded run again from its own files and parameters, by a new run that publishes nothing."""
    asking = _asking(request, caller, idempotency_key, run_id)
    answer = request_repeat(workspace, run_id, asking)
    if answer.is_new:
        server.wake()
    return _requested(request, answer, code=202)


@router.get("/runs/{run_id}/openlineage", summary="A run's OpenLineage events", **ruled(Action.READ_RUNS))
def get_run_openlineage(request: Request, run_id: RunId, workspace: ServedWorkspace) -> Response:
    """Give the OpenLineage events of a recorded run."""
    found = run_events(workspace, run_id)
    return respond(request, document=lambda: run_events_document(found), lines=lambda _look: run_events_lines(found))


@router.get("/runs/{run_id}/diff/{other_id}", summary="Compare two runs", **ruled(Action.READ_RUNS))
def diff_runs(request: Request, run_id: RunId, other_id: RunId, workspace: ServedWorkspace) -> Response:
    """Compare two recorded runs: code, options, versions, steps, verdicts and costs."""
    difference = run_difference(workspace, run_id, other_id)
    return respond(
        request,
        document=lambda: run_difference_document(difference),
        lines=lambda look: run_difference_lines(difference, look),
    )


@router.get("/costs", summary="What runs cost", **ruled(Action.READ_RUNS))
def get_costs(
    request: Request,
    workspace: ServedWorkspace,
    by: Annotated[Grouping, Query(description="What costs are summed by.")] = Grouping.PRODUCT,
    since: Annotated[
        str, Query(max_length=40, description="How long ago they began at most.", examples=["30d"])
    ] = "30d",
) -> Response:
    """Sum what runs cost, by product or by domain."""
    report = run_costs(workspace, by, since)
    return respond(
        request, document=lambda: costs_report_document(report), lines=lambda look: costs_lines(report, look)
    )


def _permit(request: Request, caller: CallerView, action: Action, touched: str) -> Callable[[Collection[str]], object]:
    """Return what says whether the caller may touch some domains; that it asked is recorded, whatever the answer."""

    def permit(domains: Collection[str]) -> object:
        record_call(request, touched, domains or (WHOLE_MESH,))
        return caller.may(action, domains)

    return permit


def _asking(request: Request, caller: CallerView, key: str | None, touched: str) -> Asking:
    principal: Principal = caller.may(Action.START_RUNS)
    header = request.headers.get("traceparent", "")
    given = request.scope["state"].get("traceparent") or (header if _TRACEPARENT.fullmatch(header) else "")
    return Asking(
        by=principal.name,
        domain=principal.domain,
        idempotency_key=key,
        traceparent=given,
        permit=_permit(request, caller, Action.START_RUNS, touched),
    )


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


def _requested(request: Request, answer: Requested, code: int) -> Response:
    url = _url(request, answer.run_id)
    is_over = answer.request is not None and answer.request.state not in {RequestState.WAITING, RequestState.STARTED}
    return respond(
        request,
        document=lambda: {
            "schema": "meshwright/run-request/1",
            **requested_document(answer.run_id, answer.state, url, answer.request, answer.environment),
        },
        lines=lambda look: requested_lines(answer.run_id, answer.state, look),
        code=code,
        headers={"Location": f"/api/v1/runs/{answer.run_id}", **({} if is_over else {"Retry-After": "1"})},
    )


def _url(request: Request, run_id: str) -> str:
    return f"{str(request.base_url).rstrip('/')}/api/v1/runs/{run_id}"


def _listed(each: ListedRunOrRequest) -> dict[str, Any]:
    if each.run is not None:
        return dict(run_record_document(each.run))
    assert each.request is not None  # one of the two is there
    return dict(waiting_run_document(each.request, each.state))


def _listed_lines(page: Sequence[ListedRunOrRequest], look: Look) -> list[str]:
    waiting = [(each.request, each.state) for each in page if each.request is not None]
    runs = [each.run for each in page if each.run is not None]
    return [*(runs_lines(runs, look) if runs or not waiting else []), *listed_requests_lines(waiting)]


def _after(each: ListedRunOrRequest) -> str:
    at, name = each.place
    return f"{at.isoformat()} {name}"


def _before(cursor: Cursor | None) -> tuple[dt.datetime, str] | None:
    if cursor is None:
        return None
    at, _, name = cursor.after.partition(" ")
    try:
        found = dt.datetime.fromisoformat(at)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InputError(Diagnostic(code="MW-H020", message="this is no cursor", fix="begin again without 'cursor'"))
    return found, name

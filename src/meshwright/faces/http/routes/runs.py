"""Process query: runs, listed and looked at by URL. `routes.run_requests` is where they are asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any  # OpenAPI

from fastapi import Path, Query, Request, Response
from pydantic import AwareDatetime

from meshwright.access import Action
from meshwright.app.requested_runs_read import (
    RUN_STATES,
    ListedRunOrRequest,
    RequestView,
    RunListing,
    list_run_page,
    run_log_page,
    show_run_or_request,
)
from meshwright.app.run_answers import run_answer
from meshwright.app.run_archive import archive_of_run
from meshwright.app.run_costs import Grouping, run_costs
from meshwright.app.run_differences import run_difference
from meshwright.app.run_openlineage import run_events
from meshwright.app.runs import run_trees
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.documents.record import (
    costs_report_document,
    run_difference_document,
    run_events_document,
    run_events_lines,
)
from meshwright.faces.documents.requests import waiting_record_document, waiting_run_document
from meshwright.faces.documents.verbs import (
    run_detail_document,
    run_log_document,
    run_record_document,
    run_trees_document,
)
from meshwright.faces.http.answering import respond
from meshwright.faces.http.paging import (
    DEFAULT_LIMIT,
    Cursor,
    CursorText,
    Limit,
    asked_of,
    bad_cursor,
    decode_cursor,
    encode_cursor,
)
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.run_answers import respond_with
from meshwright.faces.http.served import ServedWorkspace
from meshwright.faces.text.record import costs_lines, run_difference_lines, run_tree_lines
from meshwright.faces.text.requests import listed_requests_lines, waiting_lines
from meshwright.faces.text.show import run_detail_lines, run_log_lines, runs_lines
from meshwright.faces.text.terminal import Look

router = ruled_router()

_EXAMPLE_ID = "20260131T050000-0a1b2c3d4e5f"

RunId = Annotated[str, Path(max_length=64, description="Id of a run, or its unique beginning.", examples=[_EXAMPLE_ID])]


class ZipArchive(Response):
    """A zip file."""

    media_type = "application/zip"


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
    tree: Annotated[
        bool,
        Query(
            description="Below each run those that it started, and those that repeat it; `limit` alone goes with it."
        ),
    ] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List runs, newest first; those that wait to begin are among them."""
    if tree:
        if state or environment or product or since or cursor:
            raise InputError(
                Diagnostic(
                    code="MW-H312", message="'tree' goes with 'limit' alone", fix="leave the other parameters away"
                )
            )
        trees = run_trees(workspace, limit)
        return respond(
            request,
            document=lambda: {**run_trees_document(trees), "next": None},
            lines=lambda look: run_tree_lines(trees, look),
        )
    query = asked_of(request, "runs", state, environment, product, None if since is None else since.isoformat())
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


@router.get("/runs/{run_id}/report", summary="What came of a run", **ruled(Action.READ_RUNS))
def get_run_report(request: Request, run_id: RunId, workspace: ServedWorkspace) -> Response:
    """Give the document that the command which carried a run out ends with: of `mw run`, `runs repeat` or `promote`.

    409 while the run waits or goes on; what refused it before it began is told as it would be told there.
    """
    return respond_with(request, run_answer(workspace, run_id))


@router.get(
    "/runs/{run_id}/archive",
    summary="A run's archive",
    response_class=ZipArchive,
    **ruled(Action.READ_RUNS),
)
def get_run_archive(run_id: RunId, workspace: ServedWorkspace) -> Response:
    """Give the whole record of a run as `mw runs export` writes it: a zip file without data and without secrets.

    The same record gives the same bytes; `mw runs export --check` holds one against its manifest.
    """
    made = archive_of_run(workspace, run_id)
    name = f"{made.run_id}.zip"
    return ZipArchive(
        made.data, headers={"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Authorization, Cookie"}
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
        raise bad_cursor("this is no cursor")
    return found, name

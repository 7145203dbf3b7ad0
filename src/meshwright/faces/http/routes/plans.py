"""What would be done, before it is: plans, and pipelines as they would be run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import Field

from meshwright.access import Action
from meshwright.app.planning import PlanOptions, PlanRefused, plan
from meshwright.app.varied_resolved import resolve_pipelines
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.documents.plan import planned_document
from meshwright.faces.documents.variations import resolved_document
from meshwright.faces.http.answering import look_of_request, respond
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.routes.environments import EnvironmentName
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served
from meshwright.faces.text.findings import error_lines
from meshwright.faces.text.plan import plan_lines
from meshwright.faces.text.resolved import resolved_lines

router = ruled_router("/environments")

_READ = Action.READ_ENVIRONMENTS
#: How many lines at the end of a text the command line tells apart, on standard error.
_TOLD_LINES = "Meshwright-Told-Lines"

Select = Annotated[
    list[Annotated[str, Field(max_length=2000)]],
    Query(
        max_length=100, description="A selection; repeatable. By default the whole mesh, or what a sandbox is about."
    ),
]
Variation = Annotated[
    str | None, Query(max_length=300, description="The variation of this name, of all that is selected and has it.")
]


@router.get("/{environment}/plan", summary="Say what a run would do", **ruled(_READ))
def get_plan(  # noqa: PLR0913, PLR0917 - one for each parameter
    request: Request,
    name: EnvironmentName,
    caller: Caller,
    server: Served,
    select: Select = [],  # noqa: B006
    variation: Variation = None,
    param: Annotated[
        list[Annotated[str, Field(max_length=10_000)]],
        Query(max_length=200, description="Parameters of the run, each `NAME=VALUE`; repeatable."),
    ] = [],  # noqa: B006
    only: Annotated[bool, Query(description="Build just what is selected; read everything else as published.")] = False,
    retest: Annotated[bool, Query(description="Measure every rule again, evidence or not.")] = False,
    refresh: Annotated[bool, Query(description="Run the opaque nodes that are selected again.")] = False,
    interval: Annotated[
        str | None,
        Query(
            max_length=100, description="`A..B`: intervals that are built again.", examples=["2013-01-01..2013-02-01"]
        ),
    ] = None,
) -> Response:
    """Say what a run of the files as they are would build and reuse, why, and whom it reaches. Nothing is changed.

    The answer is 200 for a plan that a policy forbids as well: `error` says what forbids it.
    """
    caller.may(_READ)
    options = PlanOptions(
        select=tuple(select),
        variation=variation,
        environment=name,
        only=only,
        retest=retest,
        refresh=refresh,
        interval=interval,
        params=_assignments(param),
    )
    try:
        made = plan(server.current(), options)
    except PlanRefused as error:
        return _refused(request, error)
    return respond(
        request,
        document=lambda: planned_document(made),
        lines=lambda look: plan_lines(made, look),
    )


@router.get("/{environment}/pipelines", summary="Show pipelines as they are run", **ruled(_READ))
def get_pipelines(
    request: Request,
    name: EnvironmentName,
    caller: Caller,
    server: Served,
    select: Select = [],  # noqa: B006
    variation: Variation = None,
) -> Response:
    """Show pipelines whole, as `mw plan --resolved` does: every value that they are run with, and where it comes from."""
    caller.may(_READ)
    found = resolve_pipelines(server.current(), tuple(select), variation, name)
    return respond(request, document=lambda: resolved_document(found), lines=lambda look: resolved_lines(found, look))


def _refused(request: Request, error: PlanRefused) -> Response:
    """Tell a plan that is forbidden, and what forbids it."""
    count = len(error_lines(error.diagnostics, look_of_request(request)))
    return respond(
        request,
        document=lambda: planned_document(error.plan, error),
        lines=lambda look: [*plan_lines(error.plan, look), *error_lines(error.diagnostics, look)],
        status=error.exit_status,
        headers={_TOLD_LINES: str(count)},
    )


def _assignments(words: Iterable[str]) -> dict[str, str]:
    """Read ``NAME=VALUE`` words. Raises InputError (MW-H010) with every one that is none, or stands twice."""
    values: dict[str, str] = {}
    problems = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip() or name.strip() in values:
            told = f"{name.strip()!r} is set twice" if name.strip() in values else f"{word[:100]!r} is not NAME=VALUE"
            problems.append(
                Diagnostic(code="MW-H010", message=f"query param: {told}", fix="write param=NAME%3DVALUE once each")
            )
        values[name.strip()] = value
    if problems:
        raise InputError(*problems)
    return values

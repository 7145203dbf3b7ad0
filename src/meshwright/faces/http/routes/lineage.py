"""What is made from what, and who uses it, by URL."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Response

from meshwright.access import Action
from meshwright.app.catalog_stamps import shown_stamp
from meshwright.app.impact import impact
from meshwright.app.lineage import Direction, LineageOptions, lineage
from meshwright.app.workspace import Workspace
from meshwright.faces.documents.impact import impact_report_document
from meshwright.faces.documents.verbs import lineage_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.parameters import DEFAULT_ENVIRONMENT, EnvironmentName
from meshwright.faces.http.rendered import rendered, respond_kept
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import ServedWorkspace
from meshwright.faces.text.impact import impact_report_lines
from meshwright.faces.text.verbs import lineage_lines

router = ruled_router()

_DOTS_OF_DATASET = 2

ObjectName = Annotated[
    str,
    Path(
        alias="object",
        max_length=600,
        description="A dataset (`domain.product.dataset`) or a column (`domain.product.dataset.column`).",
        examples=["operations.flights.departures.carrier"],
    ),
]


# Names that outside tools give have slashes.
@router.get("/lineage/{object:path}", summary="Follow lineage", **ruled(Action.READ_CATALOG))
def get_lineage(
    request: Request,
    workspace: ServedWorkspace,
    name: ObjectName,
    direction: Annotated[Direction, Query(description="What it is made from, what is made from it, or both.")] = (
        Direction.BOTH
    ),
    depth: Annotated[int | None, Query(ge=1, le=1000, description="So many edges away at most.")] = None,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
) -> Response:
    """Follow the lineage of a dataset or a column, across domains: nodes, and edges with their kind.

    A dataset may be called as outside tools call it: `s3://lake/marts/orders`.
    """

    def make() -> Response:
        report = lineage(workspace, name, env, LineageOptions(direction=direction, depth=depth))
        return respond(
            request, document=lambda: lineage_document(report), lines=lambda look: lineage_lines(report, look)
        )

    # Which datasets are made from which is in the files; of columns more is looked at.
    is_dataset = name.count(".") <= _DOTS_OF_DATASET
    return rendered(request, shown_stamp(workspace, env) if is_dataset else None, make)


@router.get("/impact", summary="Say what the files break", **ruled(Action.READ_CATALOG))
def get_impact_of_files(
    request: Request, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """Say what breaks of what is published with the server's files as they are, and who uses that."""
    return _impact(request, workspace, None, env)


@router.get("/impact/{object}", summary="Say who uses something", **ruled(Action.READ_CATALOG))
def get_impact(
    request: Request, workspace: ServedWorkspace, name: ObjectName, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """Say who uses a dataset or a column: products with their queries, dashboards and applications, each with its owner."""
    return _impact(request, workspace, name, env)


def _impact(request: Request, workspace: Workspace, name: str | None, env: str) -> Response:
    return respond_kept(
        request, None, lambda: impact(workspace, name, env), document=impact_report_document, lines=impact_report_lines
    )

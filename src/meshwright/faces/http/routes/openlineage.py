"""OpenLineage in: the path of its standard, and the one that its clients post to where they are given a host alone."""

from __future__ import annotations

from typing import Annotated, Any  # OpenAPI

from fastapi import Depends, Request, Response

from meshwright.access import Action
from meshwright.app.outside_told_taking import take_lineage
from meshwright.faces.documents.outside_told import taken_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served

#: Under ``/api/v1``; and at the root.
router = ruled_router()
standard = ruled_router()

_ONE, _BATCH = "/openlineage/api/v1/lineage", "/openlineage/api/v1/lineage/batch"
#: Where openlineage-python and its like post to if they know a host and nothing more.
_USUAL_ONE, _USUAL_BATCH = "/lineage", "/lineage/batch"

_NAMED = {
    "type": "object",
    "required": ["namespace", "name"],
    "properties": {
        "namespace": {"type": "string", "minLength": 1, "maxLength": 1024},
        "name": {"type": "string", "minLength": 1, "maxLength": 4096},
        "facets": {"type": "object"},
    },
}
_TIME = {"type": "string", "format": "date-time"}
#: What every event has; `openlineage.io/spec/2-0-2/OpenLineage.json` says the rest.
_EVENT: dict[str, Any] = {
    "type": "object",
    "description": "A RunEvent, JobEvent or DatasetEvent of OpenLineage 2-0-2.",
    "required": ["eventTime", "producer", "schemaURL"],
    "properties": {
        "eventTime": _TIME,
        "producer": {"type": "string"},
        "schemaURL": {"type": "string"},
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "run": {
            "type": "object",
            "required": ["runId"],
            "properties": {"runId": {"type": "string", "format": "uuid"}, "facets": {"type": "object"}},
        },
        "job": _NAMED,
        "dataset": _NAMED,
        "inputs": {"type": "array", "items": _NAMED, "maxItems": 2000},
        "outputs": {"type": "array", "items": _NAMED, "maxItems": 2000},
    },
    "anyOf": [{"required": ["job"]}, {"required": ["dataset"]}],
}
_EXAMPLE = {
    "eventType": "COMPLETE",
    "eventTime": "2026-01-31T05:00:00Z",
    "producer": "https://example.org/loader",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    "run": {"runId": "0190a1b2-c3d4-7000-8000-000000000001"},
    "job": {"namespace": "airflow://prod", "name": "nightly.load"},
    "inputs": [{"namespace": "postgres://db:5432", "name": "shop.public.orders"}],
    "outputs": [{"namespace": "s3://lake", "name": "marts/orders"}],
}


def _content(schema: dict[str, Any], example: object) -> dict[str, Any]:
    content = {"application/json": {"schema": schema, "example": example}}
    return ruled(Action.TELL_OUTSIDE, requestBody={"required": True, "content": content})


async def _body(request: Request) -> bytes:
    return await request.body()


_Body = Annotated[bytes, Depends(_body)]


@standard.post(_ONE, summary="Tell of a run, a job or a dataset", **_content(_EVENT, _EXAMPLE))
@router.post(_ONE, include_in_schema=False, **_content(_EVENT, _EXAMPLE))
@router.post(_USUAL_ONE, include_in_schema=False, **_content(_EVENT, _EXAMPLE))
def tell_lineage(request: Request, server: Served, body: _Body) -> Response:
    """Take in one OpenLineage event. The same event again, or one that comes late, changes nothing that is newer."""
    taken = take_lineage(server.workspace, server.intake, body)
    return respond(request, document=lambda: taken_document(taken))


_MANY = {"type": "array", "items": _EVENT, "maxItems": 1000}


@standard.post(_BATCH, summary="Tell of many at once", **_content(_MANY, [_EXAMPLE]))
@router.post(_BATCH, include_in_schema=False, **_content(_MANY, [_EXAMPLE]))
@router.post(_USUAL_BATCH, include_in_schema=False, **_content(_MANY, [_EXAMPLE]))
def tell_lineage_batch(request: Request, server: Served, body: _Body) -> Response:
    """Take in a list of OpenLineage events: all of them or, where one is none, not any."""
    taken = take_lineage(server.workspace, server.intake, body, is_batch=True)
    return respond(request, document=lambda: taken_document(taken))

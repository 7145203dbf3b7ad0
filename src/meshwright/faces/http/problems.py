"""Errors as RFC 9457 problem documents, with the diagnostic's code and fix."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any  # OpenAPI

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, RefusedError, WorldError
from meshwright.diagnostics.catalog import TABLES
from meshwright.faces.documents.findings import diagnostic_document
from meshwright.faces.http.answering import accepted
from meshwright.faces.http.elsewhere import found_elsewhere
from meshwright.faces.http.faults import request_faults
from meshwright.frozen import dataclass

MEDIA_TYPE = "application/problem+json"

#: Of a problem's type, which its code is: the same whenever it occurs (RFC 9457, 3.1.3).
_TITLES = {entry.code: entry.title for table in TABLES for entry in table}
#: What is looked for by name and not there. Other input errors are 422, refusals 409, failures of the world 503.
NOT_FOUND = frozenset(
    {
        "MW-B001", "MW-B005",
        "MW-G201", "MW-H003", "MW-R005", "MW-R011", "MW-R012", "MW-R013", "MW-R021", "MW-S030", "MW-S102",
        "MW-O020",
        "MW-K016", "MW-L046",
        "MW-R010",
        "MW-V001", "MW-V002", "MW-V212",
    }
)  # fmt: skip
#: Codes with a status of their own.
_STATUSES: Mapping[str, int] = {
    "MW-B007": 403,
    "MW-B008": 415,
    "MW-B009": 413,
    "MW-B012": 410,
    "MW-B014": 429,
    "MW-H004": 403,
    "MW-H010": 422,
    "MW-H011": 422,
    "MW-H012": 400,
    "MW-H013": 401,
    "MW-H014": 403,
    "MW-H015": 413,
    "MW-H016": 415,
    "MW-H017": 429,
    "MW-H018": 404,
    "MW-H019": 405,
    "MW-H020": 400,
    "MW-H021": 412,
    "MW-H022": 408,
    "MW-H023": 400,
    "MW-H024": 503,
    "MW-S102": 409,
    "MW-U001": 400,
    "MW-U010": 412,
    "MW-H302": 400,
    "MW-H303": 429,
    "MW-H306": 400,
    "MW-H307": 429,
    **dict.fromkeys(("MW-H309", "MW-H310", "MW-H311"), 409),
    "MW-R010": 409,
    "MW-R080": 409,
    **dict.fromkeys(("MW-H101", "MW-H102", "MW-H103", "MW-H104", "MW-H105", "MW-H106"), 400),
    **dict.fromkeys(("MW-H107", "MW-H108", "MW-H109", "MW-H115"), 404),
    "MW-H110": 410,
    "MW-H111": 406,
    "MW-H113": 504,
    "MW-H211": 404,
    "MW-H212": 412,
    "MW-S201": 410,
    "MW-H401": 410,
    "MW-H402": 406,
}
#: Of a request that is wrong in more places, so many are told.
_MOST_FAULTS = 50
#: Seconds after which what failed is worth another try.
_RETRY_S = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """An error as it is answered."""

    status: int
    error: MeshwrightError


class Denied(RefusedError):
    """Nobody knows who asks (401), or who asks may not do it (403)."""


def token_ended() -> Denied:
    """Return the error of a token that lets nobody in."""
    return Denied(
        Diagnostic(
            code="MW-H013",
            message="this token is not good: it is unknown, revoked, or has expired",
            fix="mw token list shows tokens where the mesh lies, mw token create makes one",
        )
    )


def problem_of(error: MeshwrightError) -> Problem:
    """Return the answer to an error."""
    code = error.first.code
    if code in _STATUSES:
        status = _STATUSES[code]
    elif code in NOT_FOUND:
        status = 404
    elif isinstance(error, RefusedError):
        status = 409
    elif isinstance(error, WorldError):
        status = 503
    else:
        status = 422
    return Problem(status=status, error=error)


def problem_response(error: MeshwrightError, *, instance: str, status: int | None = None) -> Response:
    """Render an error."""
    problem = problem_of(error)
    first, code = error.first, status or problem.status
    document = {
        "type": f"/api/v1/problems/{first.code}",
        "title": _TITLES[first.code],
        "status": code,
        "detail": first.message,
        "instance": instance,
        "code": first.code,
        "fix": first.fix,
        "retryable": error.retryable or code in {408, 429, 503},
        "exit_status": error.exit_status,
        "diagnostics": [diagnostic_document(found) for found in error.diagnostics],
    }
    headers = {"Cache-Control": "no-store"}
    if code in {429, 503}:
        headers["Retry-After"] = str(_RETRY_S)
    if code == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="meshwright"'
    return Response(json.dumps(document, ensure_ascii=True), status_code=code, media_type=MEDIA_TYPE, headers=headers)


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer an error of ours."""
    assert isinstance(error, MeshwrightError)  # registered for these
    return problem_response(error, instance=request.url.path)


async def answer_invalid(request: Request, error: Exception) -> Response:
    """Answer a request that is not as the OpenAPI document says; every fault of it at once."""
    assert isinstance(error, RequestValidationError)  # registered for these
    faults = request_faults(request, error.errors()[:_MOST_FAULTS])
    return problem_response(InputError(*faults), instance=request.url.path)


async def answer_http(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)  # registered for these
    if error.status_code == 405:
        diagnostic = Diagnostic(
            code="MW-H019", message=f"{request.method} is not possible here", fix="see the header Allow"
        )
    elif error.status_code == 404:
        elsewhere = found_elsewhere(request) if request.method in {"GET", "HEAD"} else None
        if elsewhere is not None and accepted(request, ("text/html", "application/json")) == "application/json":
            return Response(status_code=303, headers={"Location": elsewhere, "Vary": "Accept"})
        lists = "the OpenAPI document at /api/v1/openapi.json lists all"
        diagnostic = Diagnostic(
            code="MW-H018",
            message="there is nothing here",
            fix=lists if elsewhere is None else f"its JSON is at {elsewhere}; {lists}",
        )
    else:
        diagnostic = Diagnostic(code="MW-H012", message=str(error.detail), fix="mend the request")
    answer = problem_response(InputError(diagnostic), instance=request.url.path, status=error.status_code)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    if error.status_code == 405:
        answer.headers["Allow"] = ", ".join(_allowed(request))
    return answer


def _allowed(request: Request) -> list[str]:
    """Return the methods that a path answers: its routes' together, each of which knows its own."""
    found = {
        method
        for prefix, route in request.app.state.routes
        if request.url.path.startswith(prefix) and route.path_regex.match(request.url.path.removeprefix(prefix))
        for method in route.methods
    }
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


_PROBLEM_FIELDS: Mapping[str, Any] = {
    "type": {"type": "string", "format": "uri-reference"},
    "title": {"type": "string", "description": "What its type is, in short."},
    "status": {"type": "integer"},
    "detail": {"type": "string"},
    "instance": {"type": "string", "description": "The path that was asked for."},
    "code": {"type": "string", "description": "The diagnostic's code; `/api/v1/problems/{code}` explains it."},
    "fix": {"type": ["string", "null"]},
    "retryable": {"type": "boolean"},
    "exit_status": {"type": "integer", "description": "What the command line would end with."},
    "diagnostics": {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}},
}
_PROBLEM_SCHEMA = {"type": "object", "required": [*_PROBLEM_FIELDS], "properties": _PROBLEM_FIELDS}


def _told(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


#: What any route may answer that needs a token.
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    400: _told("The request is malformed."),
    401: _told("No token, or one that is not good."),
    403: _told("The caller may not do this."),
    404: _told("There is no such object."),
    406: _told("None of the forms asked for is there."),
    408: _told("The request did not come in time."),
    409: _told("The answer is no."),
    410: _told("It was there, and is not kept any more."),
    412: _told("It has changed since the caller looked."),
    413: _told("The request is too large."),
    415: _told("The request's media type, or encoding, is not taken."),
    422: _told("The input is wrong."),
    429: _told("Too many requests; `Retry-After` says when to come again."),
    431: _told("The head of the request, its address among it, is too large."),
    503: _told("Not possible now; worth a retry."),
}
PROBLEM_SCHEMA: Mapping[str, Any] = _PROBLEM_SCHEMA

"""The API about itself: its OpenAPI document, who calls, what codes mean."""

from __future__ import annotations

from fastapi import Request, Response

from meshwright import __version__
from meshwright.access import Action
from meshwright.app.explained_codes import explain_code
from meshwright.faces.http.answering import json_bytes, respond
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.etags import etag_of, is_known, not_modified
from meshwright.faces.http.pages import docs_page
from meshwright.faces.http.ruled import open_to_all, ruled, ruled_router
from meshwright.faces.http.served import Served
from meshwright.faces.http.server_documents import api_document, code_document, self_document

router = ruled_router()


@router.get("", summary="The API", **open_to_all())
def about(request: Request) -> Response:
    """Say what this is, and where its description lies."""
    return respond(request, document=lambda: api_document(__version__))


@router.get("/openapi.json", summary="The OpenAPI document", **open_to_all())
def openapi_json(request: Request) -> Response:
    """Describe every resource: OpenAPI 3.1."""
    etag = etag_of("openapi", __version__, id(request.app))
    if is_known(request, etag):
        return not_modified(etag)
    state = request.app.state
    if not hasattr(state, "openapi_bytes"):
        state.openapi_bytes = json_bytes(request.app.openapi())
    return Response(state.openapi_bytes, media_type="application/json", headers={"ETag": etag})


@router.get("/docs", summary="The API as a page", **open_to_all())
def docs(request: Request) -> Response:
    """Show what the OpenAPI document says."""
    return docs_page(request.app.openapi())


@router.get("/self", summary="Who calls", **ruled(Action.READ_SELF))
def who_calls(request: Request, caller: Caller, server: Served) -> Response:
    """Say whose token this is, and which mesh answers."""
    principal = caller.may(Action.READ_SELF)
    return respond(request, document=lambda: self_document(principal, server.name))


@router.get("/problems/{code}", summary="What a code means", **open_to_all())
def explain_problem(request: Request, code: str) -> Response:
    """Explain the code of a problem or a finding."""
    entry = explain_code(code)
    return respond(request, document=lambda: code_document(entry))

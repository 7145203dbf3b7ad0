"""The application: its routes, what every request goes through, and the OpenAPI document."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any  # OpenAPI

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from meshwright import __version__
from meshwright.app.serving import Server
from meshwright.diagnostics import MeshwrightError
from meshwright.faces.http.admission import Admission
from meshwright.faces.http.described import complete
from meshwright.faces.http.heads import Heads
from meshwright.faces.http.in_turn import InTurn
from meshwright.faces.http.limits import Limits, LimitSettings
from meshwright.faces.http.measuring import Measuring, new_measures
from meshwright.faces.http.problems import PROBLEM_SCHEMA, answer_error, answer_http, answer_invalid
from meshwright.faces.http.rendered import RenderedAnswers
from meshwright.faces.http.routes import API_ROUTERS, ROOT_ROUTERS
from meshwright.faces.http.rows import Room
from meshwright.faces.http.ruled import require_rules
from meshwright.faces.http.run_feeds import RunFeeds
from meshwright.faces.http.standards import STANDARD_SCHEMAS
from meshwright.faces.http.touched import Calls, measure_calls
from meshwright.faces.http.tracing import RequestTraces, open_tracing

PREFIX = "/api/v1"
_TAGS = [
    {"name": "domain", "description": "Domain query: what the catalog knows."},
    {"name": "data", "description": "Data query: rows by URL, and by SQL."},
    {"name": "process", "description": "Process query: runs, started, followed, stopped."},
    {"name": "event", "description": "Event linkage: CloudEvents in and out, subscriptions, deliveries."},
    {"name": "development", "description": "Development linkage: sandboxes."},
    {"name": "server", "description": "The server itself: tokens, calls, health."},
]
_DESCRIPTION = (
    "Everything between domains has a URL. Answers are the documents of the command line (`schema` names the shape); with "
    "`Accept: text/plain` they are its text. Errors are RFC 9457 problems with a code and a fix. Lists page by cursor."
)


def new_application(server: Server, limits: LimitSettings | None = None) -> FastAPI:
    """Make the application over an open server. Raises AssertionError where a route has no rule."""
    application = FastAPI(
        title=f"meshwright: {server.name}",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    application.state.server = server
    application.state.measures = new_measures()
    measure_calls(application, server)
    application.state.run_feeds = RunFeeds(server)
    application.state.data_room = Room(server.data.limits)
    application.state.rendered = RenderedAnswers()
    require_rules((*API_ROUTERS, *ROOT_ROUTERS))
    #: Every route, with what stands before its path.
    application.state.routes = tuple(
        (prefix, route)
        for prefix, routers in ((PREFIX, API_ROUTERS), ("", ROOT_ROUTERS))
        for router in routers
        for route in router.routes
    )
    for router in API_ROUTERS:
        application.include_router(router, prefix=PREFIX)
    for router in ROOT_ROUTERS:
        application.include_router(router)
    application.add_exception_handler(MeshwrightError, answer_error)
    application.add_exception_handler(RequestValidationError, answer_invalid)
    application.add_exception_handler(HTTPException, answer_http)
    # The last one added is the first that a request meets.
    application.add_middleware(Calls, server=server)
    application.add_middleware(InTurn)
    application.add_middleware(Limits, settings=limits or LimitSettings())
    application.add_middleware(Admission, server=server)
    application.add_middleware(Heads)
    application.state.tracing = open_tracing()
    if application.state.tracing is not None:
        application.add_middleware(RequestTraces, tracing=application.state.tracing)
    application.add_middleware(Measuring, application=application)
    setattr(application, "openapi", _document_of(application))  # noqa: B010 - the framework's own way, which types forbid
    return application


def openapi_document() -> Mapping[str, Any]:
    """Return the OpenAPI document as every server gives it, but for the mesh's name in its title."""
    application = FastAPI(
        title="meshwright",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url=None,
        generate_unique_id_function=_operation_id,
    )
    for router in API_ROUTERS:
        application.include_router(router, prefix=PREFIX)
    for router in ROOT_ROUTERS:
        application.include_router(router)
    return _document_of(application)()


def _operation_id(route: APIRoute) -> str:
    """Name an operation by its endpoint: they are the methods of the generated client."""
    return route.name


def _document_of(application: FastAPI) -> Callable[[], Mapping[str, Any]]:
    lock = threading.Lock()

    def document() -> Mapping[str, Any]:
        with lock:  # it takes seconds: all that ask for the first one wait for the same
            return made_once()

    def made_once() -> Mapping[str, Any]:
        if application.openapi_schema is None:
            made = get_openapi(
                title=application.title,
                version=application.version,
                openapi_version="3.1.0",
                description=application.description,
                routes=application.routes,
                tags=_TAGS,
                servers=[{"url": "/"}],
                license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            )
            components = made.setdefault("components", {})
            components.setdefault("schemas", {}).update(STANDARD_SCHEMAS, Problem=PROBLEM_SCHEMA)
            components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
            application.openapi_schema = complete(made)
        return application.openapi_schema

    return document

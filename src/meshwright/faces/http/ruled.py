"""Routes with rules: what is asked for is declared beside the path, and checked before anything else is done."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any  # what frameworks pass around

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from meshwright.access import Action, Kind
from meshwright.access.rules import RULES
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.faces.http.callers import caller_of
from meshwright.faces.http.patient import PatientRequest
from meshwright.faces.http.problems import PROBLEM_RESPONSES
from meshwright.faces.http.served import server_of

#: Key of an operation in the OpenAPI document that names its action.
ACTION_KEY = "x-action"
_OPEN = "none"
#: Changes of these kinds follow from what the mesh's files say.
_OF_FILES = frozenset({Kind.PROCESS, Kind.DEVELOPMENT})


def ruled(action: Action, **extra: Any) -> dict[str, Any]:
    """Return what a route's decorator takes: its rule, its security and the problems that every route may answer.

    `extra` goes to the OpenAPI document of the operation as it is.
    """
    return {
        "tags": [RULES[action].kind.value],
        "responses": PROBLEM_RESPONSES,
        "openapi_extra": {ACTION_KEY: action.value, "security": [{"bearer": []}], **extra},
    }


def open_to_all(kind: Kind = Kind.SERVER, **extra: Any) -> dict[str, Any]:
    """Return what the decorator of a route takes that lets everybody in: only what lets in, or tells nothing, may be so."""
    return {
        "tags": [kind.value],
        "responses": {code: told for code, told in PROBLEM_RESPONSES.items() if code != 403},
        "openapi_extra": {ACTION_KEY: _OPEN, "security": [], **extra},
    }


class RuledRoute(APIRoute):
    """A route that looks at its rule first, and then refuses query parameters which it does not know, with the nearest name."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a request is for this route: HEAD is for one that answers GET."""
        return super().matches({**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; `Heads` sees to it that an answer to HEAD has no body. Endpoints see the method as it came."""
        if scope["method"] == "HEAD" and "GET" in (self.methods or ()):
            await self.app(scope, receive, send)
        else:
            await super().handle(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        inner = super().get_route_handler()
        known = frozenset(_query_names(self.dependant))
        declared = (self.openapi_extra or {}).get(ACTION_KEY)
        if declared != _OPEN and declared not in set(Action):
            raise AssertionError(f"the route {self.path} has no rule")
        action = None if declared == _OPEN else Action(declared)
        rests_on_files = action is not None and RULES[action].is_change and RULES[action].kind in _OF_FILES

        async def handle(request: Request) -> Response:
            if action is not None:
                caller_of(request).may(action)
            for name in request.query_params:
                if name not in known:
                    raise InputError(
                        Diagnostic(
                            code="MW-H011",
                            message=f"no parameter '{name}' here",
                            fix=known_names_hint(name, sorted(known), what="parameters"),
                        )
                    )
            if rests_on_files:
                # What is changed is decided by the files as they are now, not as they were a second ago.
                await run_in_threadpool(server_of(request).kept.look)
            return await inner(PatientRequest(request.scope, request.receive))

        return handle


def _query_names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        model = getattr(field.field_info, "annotation", None)
        fields = getattr(model, "model_fields", None)
        if fields is not None:
            yield from (each.alias or name for name, each in fields.items())
        else:
            yield field.alias
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def ruled_router(prefix: str = "") -> APIRouter:
    """Make a router of ruled routes."""
    return APIRouter(prefix=prefix, route_class=RuledRoute)


def require_rules(routers: Iterable[APIRouter]) -> None:
    """Raise AssertionError where a route is none of a ruled router: a server with such a route does not start."""
    for router in routers:
        for route in router.routes:
            if not isinstance(route, RuledRoute):
                raise AssertionError(f"the route {getattr(route, 'path', route)} is none of a ruled router")  # noqa: TRY004

"""The record of calls between domains: what a request touched, noted by endpoints or seen in its path, written when it is over.

An endpoint that knows more than its path says calls `record_call`. Everything else goes by itself: a route's action says the
kind, `{domain}`, `{product}`, `{dataset}`, `{port}` and the like in its path the domain.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from prometheus_client import Gauge
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meshwright.access import Action, Kind, Principal
from meshwright.access.rules import RULES
from meshwright.app.clock import utc_now
from meshwright.app.serving import Server
from meshwright.faces.http.ruled import ACTION_KEY
from meshwright.model.calls import Call, CallKind

#: Stands for all domains, where a call is about the mesh as a whole.
WHOLE_MESH = "*"
_STATE_KEY = "touched"
#: Parameters of paths that hold, or begin with, the name of a domain; the first that is there counts.
_NAMES = ("domain", "product", "port", "dataset", "object", "thing", "address")
#: Objects are names of the caller's making: they are cut.
_LONGEST = 300


@dataclass(kw_only=True, slots=True)
class Touched:
    """What a request did to objects of some domains. Rows may be counted on while an answer streams."""

    action: str
    object: str
    domains: frozenset[str]
    rows: int | None = None


def record_call(
    request: Request, object_: str, domains: Collection[str], *, action: str | None = None, rows: int | None = None
) -> Touched:
    """Note what a request touches, before or while it is done; several notes are several calls of one request.

    `action` is one word, by default that of the route's action (``data:read`` is ``read``); `domains` may hold `WHOLE_MESH`.
    What is returned can be changed until the answer ends: `touched.rows = 12`.
    """
    touched = Touched(action=action or "", object=object_, domains=frozenset(domains), rows=rows)
    request.scope["state"].setdefault(_STATE_KEY, []).append(touched)
    return touched


class Calls:
    """ASGI middleware inside of `Admission`: records what requests touched, when their answers are over."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self._app = app
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        principal: Principal | None = scope.get("state", {}).get("principal")
        if scope["type"] != "http" or principal is None:
            await self._app(scope, receive, send)
            return
        began, at = time.perf_counter(), utc_now()
        status, size = 0, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            ended = _Ended(at=at, status=status or 500, bytes=size, seconds=time.perf_counter() - began)
            self._server.calls.record(tuple(self._calls(scope, principal, ended)))

    def _calls(self, scope: Scope, principal: Principal, ended: _Ended) -> Iterator[Call]:
        action = _action_of(scope)
        if action is None or RULES[action].kind is Kind.SERVER:
            return
        kind = CallKind(RULES[action].kind.value)
        for touched in scope["state"].get(_STATE_KEY) or self._seen(scope):
            for domain in sorted(touched.domains):
                if domain == principal.domain or (principal.domain is None and kind is CallKind.DOMAIN):
                    continue
                yield Call(
                    id=scope["state"].get("request_id", ""),
                    at=ended.at,
                    token=principal.id,
                    caller=principal.domain,
                    domain=domain,
                    kind=kind,
                    action=touched.action or action.value.partition(":")[2],
                    object=touched.object[:_LONGEST],
                    status=ended.status,
                    rows=touched.rows,
                    bytes=ended.bytes,
                    seconds=ended.seconds,
                )

    def _seen(self, scope: Scope) -> Iterator[Touched]:
        """Yield what the path names, where that is of a domain that there is."""
        given = scope.get("path_params", {})
        name = next((str(given[each]) for each in _NAMES if each in given), "")
        domain = name.partition(".")[0].partition("/")[0]
        mesh = self._server.kept.loaded().mesh
        if mesh is not None and domain in mesh.domains:
            words = [name, *(str(given[each]) for each in ("port", "dataset") if each in given and given[each] != name)]
            yield Touched(action="", object="/".join(words), domains=frozenset({domain}))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ended:
    """How a request ended."""

    at: dt.datetime
    status: int
    bytes: int
    seconds: float


def _action_of(scope: Scope) -> Action | None:
    """Return the action that the route of a request declares; None where it has none."""
    route = scope.get("route")
    declared = (route.openapi_extra or {}).get(ACTION_KEY) if isinstance(route, APIRoute) else None
    return Action(declared) if declared in set(Action) else None


def measure_calls(application: FastAPI, server: Server) -> None:
    """Tell how many calls were recorded, and how many were lost, among the server's numbers."""
    registry = application.state.measures.registry
    Gauge("meshwright_calls_recorded", "Calls between domains that were recorded.", registry=registry).set_function(
        lambda: server.calls.recorded
    )
    Gauge("meshwright_calls_lost", "Calls between domains that could not be recorded.", registry=registry).set_function(
        lambda: server.calls.lost
    )

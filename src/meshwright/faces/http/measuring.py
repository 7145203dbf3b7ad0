"""What the server counts of itself, for Prometheus: requests, their times, what is under way."""

from __future__ import annotations

import secrets
import sys
import time
from dataclasses import dataclass

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.faces.crashes import write_crash_report
from meshwright.faces.http.limits import ClientGone
from meshwright.faces.http.problems import problem_response
from meshwright.faces.http.protocol import ABORT

_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(kw_only=True, slots=True)
class Measures:
    """The counters of one application; more can be registered in `registry`."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    under_way: Gauge
    #: Of runs and promotions that are asked for by URL, as the state tells when it is asked.
    queued: Gauge
    workers: Gauge


def new_measures() -> Measures:
    """Make counters that stand at nothing."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return Measures(
        registry=registry,
        requests=Counter(
            "meshwright_http_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        ),
        seconds=Histogram(
            "meshwright_http_request_seconds",
            "Time from a request to the end of its answer.",
            ["method", "route"],
            buckets=_BUCKETS_S,
            registry=registry,
        ),
        under_way=Gauge("meshwright_http_requests_under_way", "Requests being answered.", registry=registry),
        queued=Gauge("meshwright_runs_waiting", "Runs asked for by URL that wait for a worker.", registry=registry),
        workers=Gauge("meshwright_worker_seen", "1: a worker was seen lately; 0: none was.", registry=registry),
    )


def _nothing() -> None:
    """End nothing: there is no connection, as in tests."""


class Measuring:
    """ASGI middleware: counts, names every request, and answers what nobody foresaw.

    A fault of ours is written into a crash report; the caller learns its name and nothing else.
    """

    def __init__(self, app: ASGIApp, application: FastAPI) -> None:
        self._app = app
        self._measures: Measures = application.state.measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
            try:
                await send(message)
            except (RuntimeError, OSError) as error:
                if isinstance(error, RuntimeError) and "closed" not in str(error):
                    raise
                raise ClientGone from error

        began = time.perf_counter()
        self._measures.under_way.inc()
        try:
            await self._app(scope, receive, named)
        except ClientGone:  # nobody takes the answer any more: there is none to give it to
            scope.get("extensions", {}).get(ABORT, {"abort": _nothing})["abort"]()
        except Exception as error:  # noqa: BLE001 - the border: recorded whole
            path = write_crash_report(error)
            sys.stderr.write(
                f"request {request_id} failed: {type(error).__name__}; crash report {path or 'not written'}\n"
            )
            if not status:
                await problem_response(_unexpected(request_id), instance=scope["path"], status=500)(
                    scope, receive, named
                )
        finally:
            self._measures.under_way.dec()
            method = scope["method"] if scope["method"] in _METHODS else "other"
            route = _route_of(scope)
            self._measures.requests.labels(method, route, str(status)).inc()
            self._measures.seconds.labels(method, route).observe(time.perf_counter() - began)


def _route_of(scope: Scope) -> str:
    """Return the template of the path that was asked for: names in paths would make a counter each."""
    path = getattr(scope.get("route"), "path", None)
    if path is None:
        return "none"
    return f"{_PREFIX}{path}" if scope["path"].startswith(_PREFIX) else path


_PREFIX = "/api/v1"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _unexpected(request_id: str) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-H025",
            message=f"a fault of the server (request {request_id}); nothing of it is told here",
            fix="whoever runs the server finds the crash report's place in its output; send it to the maintainers",
        )
    )

"""How the server is: alive, ready, and in numbers."""

from __future__ import annotations

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from meshwright.access import Action
from meshwright.app.serving import look_queued, look_ready
from meshwright.faces.http.answering import respond
from meshwright.faces.http.measuring import Measures
from meshwright.faces.http.ruled import open_to_all, ruled, ruled_router
from meshwright.faces.http.served import Served
from meshwright.faces.http.server_documents import health_document, ready_document

router = ruled_router()


@router.get("/healthz", summary="Whether the server is alive", **open_to_all())
def healthz(request: Request) -> Response:
    """Answer as long as the process does."""
    return respond(request, document=health_document)


@router.get("/readyz", summary="Whether the server can do its work", **open_to_all())
def readyz(request: Request, server: Served) -> Response:
    """Look at the mesh's files, at the state and at the server's other processes; 503 where one of them fails."""
    ready = look_ready(server)
    return respond(
        request,
        document=lambda: ready_document(ready),
        status=0 if ready.ok else 3,
        code=200 if ready.ok else 503,
    )


@router.get("/metrics", summary="The server in numbers, for Prometheus", **ruled(Action.READ_SELF))
def metrics(request: Request, server: Served) -> Response:
    """Render the counters in Prometheus' text form. What the state tells is `NaN` where it cannot be asked."""
    measures: Measures = request.app.state.measures
    waiting, seen = look_queued(server)
    measures.queued.set(waiting)
    measures.workers.set(seen)
    return Response(generate_latest(measures.registry), media_type=CONTENT_TYPE_LATEST)

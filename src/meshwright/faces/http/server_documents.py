"""What the server says of itself, as JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.access import Principal
from meshwright.diagnostics.catalog.entry import Code

if TYPE_CHECKING:
    from meshwright.app.serving import Readiness
    from meshwright.faces.documents.shapes import server as shapes


def api_document(release: str) -> shapes.Api:
    """What answers here, and where its description lies."""
    return {
        "schema": "meshwright/api/1",
        "meshwright": release,
        "links": {"openapi": "/api/v1/openapi.json", "docs": "/api/v1/docs", "health": "/healthz"},
    }


def self_document(principal: Principal, mesh: str) -> shapes.Self:
    """Who calls."""
    return {
        "schema": "meshwright/self/1",
        "id": principal.id,
        "role": principal.role.value,
        "domain": principal.domain,
        "mesh": mesh,
    }


def code_document(entry: Code) -> shapes.ProblemCode:
    """What a code means."""
    return {
        "schema": "meshwright/problem-code/1",
        "code": entry.code,
        "title": entry.title,
        "meaning": entry.meaning,
        "fix": entry.fix,
        "example": entry.example,
    }


def health_document() -> shapes.Health:
    """That the server is alive."""
    return {"schema": "meshwright/health/1", "ok": True}


def ready_document(ready: Readiness) -> shapes.Ready:
    """Whether the server can do its work."""
    return {
        "schema": "meshwright/ready/1",
        "ok": ready.ok,
        "checks": {name: problem or "ok" for name, problem in ready.checks.items()},
    }

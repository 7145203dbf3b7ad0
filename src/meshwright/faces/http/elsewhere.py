"""Where what is not under a path is: objects under the API, for whoever asks at the path of their page; paths without a slash."""

from __future__ import annotations

from fastapi import Request
from starlette.routing import Match

_PREFIX = "/api/v1"


def found_elsewhere(request: Request) -> str | None:
    """Return the path, and the query, at which the API answers what was asked for; None where it does not.

    An object has its page's path, and its JSON the same one under ``/api/v1``; neither ends in a slash.
    """
    path = request.scope["path"]
    bare = path.rstrip("/")
    wanted = bare if path.startswith(f"{_PREFIX}/") else f"{_PREFIX}{bare}"
    if not bare or wanted == path or not _is_answered(request, wanted):
        return None
    raw = request.scope.get("raw_path", path.encode()).decode("ascii", "replace").rstrip("/")
    query = request.scope["query_string"].decode("ascii", "replace")
    return (raw if wanted == bare else f"{_PREFIX}{raw}") + (f"?{query}" if query else "")


def _is_answered(request: Request, path: str) -> bool:
    scope = {**request.scope, "path": path, "method": "GET"}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)

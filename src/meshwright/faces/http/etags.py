"""Entity tags: what an answer was made from, as a name; a request that knows it already gets none of it again."""

from __future__ import annotations

import re

from fastapi import Request, Response

from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.model.identity import identity

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def etag_of(*parts: str | int | float | bool | None) -> str:
    """Return the strong tag of what an answer is made from."""
    return f'"{identity("mwetag1", *parts)[:32]}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether the caller has this answer already (`If-None-Match`)."""
    header = request.headers.get("if-none-match", "").strip()
    return header == "*" or etag in _TAG.findall(header)


def not_modified(etag: str) -> Response:
    """Say that nothing has changed."""
    return Response(
        status_code=304,
        headers={"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"},
    )


def require_match(request: Request, etag: str) -> None:
    """Raise RefusedError (MW-H021, 412) where the caller says `If-Match` and knows another state."""
    header = request.headers.get("if-match", "").strip()
    if header and header != "*" and etag not in _TAG.findall(header):
        raise RefusedError(
            Diagnostic(
                code="MW-H021",
                message="it has changed since you looked: If-Match names another state",
                fix="look again (GET), and send the ETag of that answer",
            )
        )

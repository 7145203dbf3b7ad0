"""Answers: the verb's JSON document, or its lines for people where text is asked for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping

from fastapi import Request, Response

from meshwright.faces.text.terminal import Look

#: The exit status with which the command line ends on this answer.
EXIT_STATUS = "Meshwright-Exit-Status"
#: How the text of `Accept: text/plain` is drawn: columns, ``1`` for colour, ``1`` for marks of ASCII alone.
WIDTH, COLOR, ASCII = "Meshwright-Width", "Meshwright-Color", "Meshwright-Ascii"
_MOST_COLUMNS = 1000


def respond(
    request: Request,
    *,
    document: Callable[[], Mapping[str, object]],
    lines: Callable[[Look], Iterable[str]] | None = None,
    status: int = 0,
    code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Render an answer as the caller asks for it; `status` is the command line's, `code` HTTP's."""
    told = {EXIT_STATUS: str(status), "Vary": "Accept, Authorization, Cookie", **(headers or {})}
    told.setdefault("Cache-Control", "private, no-cache")
    if lines is not None and wants_text(request):
        text = "".join(f"{line}\n" for line in lines(look_of_request(request)))
        return Response(text, status_code=code, media_type="text/plain; charset=utf-8", headers=told)
    return Response(json_bytes(document()), status_code=code, media_type="application/json", headers=told)


def json_bytes(document: object) -> bytes:
    """Return a document as compact JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def wants_text(request: Request) -> bool:
    """Whether text is preferred to JSON."""
    return _quality(request, "text/plain") > _quality(request, "application/json")


def look_of_request(request: Request) -> Look:
    """Return how text is to be drawn."""
    width = request.headers.get(WIDTH, "")
    return Look(
        is_terminal=False,
        has_color=request.headers.get(COLOR) == "1",
        has_unicode=request.headers.get(ASCII) != "1",
        width=min(int(width), _MOST_COLUMNS)
        if width.isascii() and width.isdigit() and len(width) < 5 and int(width)
        else None,
    )


def accepted(request: Request, offers: Iterable[str]) -> str | None:
    """Return the media type among `offers` that is preferred, the first of those equal; None where none is taken."""
    best, best_quality = None, 0.0
    for offer in offers:
        quality = _quality(request, offer)
        if quality > best_quality:
            best, best_quality = offer, quality
    return best


def _quality(request: Request, media_type: str) -> float:
    """Return how much a media type is wanted, 0 to 1 (RFC 9110, 12.5.1): the most precise range that it is in counts."""
    header = request.headers.get("accept", "").strip() or "*/*"
    kind = media_type.partition("/")[0]
    found: dict[str, float] = {}
    for part in header.split(",")[:50]:
        name, *parameters = [each.strip().lower() for each in part.split(";")]
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                quality = _number(value)
        found[name] = quality
    for name in (media_type, f"{kind}/*", "*/*"):
        if name in found:
            # Who takes anything takes JSON.
            is_meant = media_type in {name, "application/json"}
            return found[name] if is_meant else 0.999 * found[name]
    return 0.0


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0

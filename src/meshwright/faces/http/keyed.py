"""Requests with `Idempotency-Key`: sent again under their key they are answered again, and not done again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel

from meshwright.access import Principal
from meshwright.app.clock import utc_now
from meshwright.app.idempotency import KeyedAnswer, KeyedWish, once
from meshwright.app.serving import Server
from meshwright.faces.http.answering import look_of_request, respond, wants_text
from meshwright.faces.text.terminal import Look
from meshwright.frozen import dataclass
from meshwright.model.identity import identity

#: On an answer of before.
REPLAYED = "Idempotency-Replayed"

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Makes the request one: sent again with the same key within a week it is answered as the first time, and "
        "not done again.",
    ),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What a request did, before it is rendered."""

    document: Callable[[], Mapping[str, object]]
    lines: Callable[[Look], Iterable[str]]
    #: The command line's exit status, and HTTP's.
    status: int = 0
    code: int = 200
    headers: Mapping[str, str] | None = None


def respond_once(
    request: Request,
    server: Server,
    principal: Principal,
    key: str | None,
    body: BaseModel | None,
    work: Callable[[], Made],
) -> Response:
    """Do `work` and render its answer; under a key of before, render the answer of before.

    Raises InputError, RefusedError as `app.idempotency.once` does, and what `work` raises.
    """
    if key is None:
        return _rendered(request, work())

    def kept() -> KeyedAnswer:
        made = work()
        answer = {
            "status": made.status,
            "headers": dict(made.headers or {}),
            "document": made.document(),
            # The text of before is what was drawn for whoever asked before.
            "lines": list(made.lines(look_of_request(request))) if wants_text(request) else None,
        }
        return KeyedAnswer(status=made.code, document=json.dumps(answer))

    asked = [request.url.query] if request.url.query else []
    digest = identity(
        "mwkeyed1", request.method, request.url.path, body.model_dump_json() if body is not None else None, *asked
    )
    wish = KeyedWish(token=principal.id, key=key, digest=digest, at=utc_now())
    found = once(server.kept.state().keyed, wish, kept)
    answer = json.loads(found.document)
    lines = answer["lines"] if answer["lines"] is not None else [json.dumps(answer["document"])]
    made = Made(
        document=lambda: answer["document"],
        lines=lambda _look: lines,
        status=answer["status"],
        code=found.status,
        headers=answer["headers"] | ({REPLAYED: "true"} if found.is_replayed else {}),
    )
    return _rendered(request, made)


def _rendered(request: Request, made: Made) -> Response:
    return respond(
        request, document=made.document, lines=made.lines, status=made.status, code=made.code, headers=made.headers
    )

"""Requests with `Idempotency-Key`: sent again under their key they are answered again, and not done again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Generic, TypeVar  # Any: decoded JSON

from fastapi import Header, Request, Response
from pydantic import BaseModel

from meshwright.access import Principal
from meshwright.app.clock import utc_now
from meshwright.app.idempotency import KeyedAnswer, KeyedWish, KeyedWork, once
from meshwright.app.serving import Server
from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.faces.http.answering import look_of_request, respond, wants_text
from meshwright.faces.text.terminal import Look
from meshwright.frozen import dataclass
from meshwright.model.identity import identity

#: On an answer of before.
REPLAYED = "Idempotency-Replayed"
_T = TypeVar("_T")

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Makes the request one: sent again with the same key within a week it is answered as the first time, and "
        "not done again.",
    ),
]


#: Of an answer that told a secret: it is not kept.
_TOLD_ONCE = "told_once"


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What a request did, before it is rendered."""

    document: Callable[[], Mapping[str, object]]
    lines: Callable[[Look], Iterable[str]]
    #: The command line's exit status, and HTTP's.
    status: int = 0
    code: int = 200
    headers: Mapping[str, str] | None = None
    #: Where the answer tells a secret, which is kept nowhere: what to do for another one. Sent again, it is refused with that.
    told_once: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """What was made up for after a request that was done by a server that is gone."""

    #: Fields of the document that are known now, and lines that come behind the text.
    fields: Mapping[str, object]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Work(Generic[_T]):
    """What a request does, and how its answer is rendered."""

    do: Callable[[], _T]
    made: Callable[[_T], Made]
    #: Makes up for what comes after the change, where the server was killed between the two.
    finish: Callable[[Mapping[str, object]], Finished] = lambda _document: Finished(fields={})


def respond_once(
    request: Request,
    server: Server,
    principal: Principal,
    key: str | None,
    body: BaseModel | bytes | None,
    work: Work[_T],
) -> Response:
    """Do `work` and render its answer; under a key of before, render the answer of before.

    Raises InputError, RefusedError as `app.idempotency.once` does, RefusedError (MW-U007) where the answer of before told a
    secret, and what `work` raises.
    """
    if key is None:
        return _rendered(request, work.made(work.do()))
    told_now: list[Made] = []

    def told(answer: _T) -> KeyedAnswer:
        made = work.made(answer)
        if made.told_once is not None:
            told_now.append(made)
            return KeyedAnswer(status=made.code, document=json.dumps({_TOLD_ONCE: made.told_once}))
        kept = {
            "status": made.status,
            "headers": dict(made.headers or {}),
            "document": made.document(),
            # The text of before is what was drawn for whoever asked before.
            "lines": list(made.lines(look_of_request(request))) if wants_text(request) else None,
        }
        return KeyedAnswer(status=made.code, document=json.dumps(kept))

    def finish(noted: KeyedAnswer) -> KeyedAnswer:
        kept = json.loads(noted.document)
        if _TOLD_ONCE in kept:
            return noted
        finished = work.finish(kept["document"])
        kept["document"] |= finished.fields
        if kept["lines"] is not None:
            kept["lines"] += finished.lines
        return replace(noted, document=json.dumps(kept))

    wish = KeyedWish(token=principal.id, key=key, digest=_digest(request, body), at=utc_now())
    found = once(server.kept.state().keyed, wish, KeyedWork(do=work.do, told=told, finish=finish))
    if told_now and not found.is_replayed:
        return _rendered(request, told_now[-1])
    answer = json.loads(found.document)
    if _TOLD_ONCE in answer:
        raise _told_once(key, answer[_TOLD_ONCE])
    lines = answer["lines"] if answer["lines"] is not None else [json.dumps(answer["document"])]
    made = Made(
        document=lambda: answer["document"],
        lines=lambda _look: lines,
        status=answer["status"],
        code=found.status,
        headers=answer["headers"] | ({REPLAYED: "true"} if found.is_replayed else {}),
    )
    return _rendered(request, made)


def document_once(
    request: Request,
    server: Server,
    principal: Principal,
    key: str | None,
    do: Callable[[], Mapping[str, object]],
) -> tuple[Mapping[str, Any], bool]:
    """Return the document that `do` gives, done once for a key, and whether it is one of before. Raises as `respond_once`."""
    if key is None:
        return do(), False
    wish = KeyedWish(token=principal.id, key=key, digest=_digest(request, None), at=utc_now())
    work = KeyedWork(do=do, told=lambda document: KeyedAnswer(status=200, document=json.dumps(document)))
    found = once(server.kept.state().keyed, wish, work)
    return json.loads(found.document), found.is_replayed


def _digest(request: Request, body: BaseModel | bytes | None) -> str:
    """Return what makes a request: method, path, query and body."""
    asked = [request.url.query] if request.url.query else []
    if isinstance(body, bytes):
        # What the body is, and of CloudEvents in binary mode what the event is, stands in headers.
        named = sorted(
            (name, value) for name, value in request.headers.items() if name.startswith(("ce-", "content-type"))
        )
        said: str | None = json.dumps([body.hex(), named])
    else:
        said = body.model_dump_json() if body is not None else None
    return identity("mwkeyed1", request.method, request.url.path, said, *asked)


def _told_once(key: str, what: str) -> RefusedError:
    return RefusedError(
        Diagnostic(
            code="MW-U007",
            message=f"the request under the key '{key}' was done, and its answer told a secret, which is kept nowhere; "
            "nothing was done again",
            fix=what,
        )
    )


def _rendered(request: Request, made: Made) -> Response:
    return respond(
        request, document=made.document, lines=made.lines, status=made.status, code=made.code, headers=made.headers
    )

"""What came of a run as an answer: the document and text of the command that carried it out, and its exit status."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Any  # OpenAPI

from fastapi import Header, Request, Response
from starlette.concurrency import run_in_threadpool

from meshwright.access import Principal
from meshwright.app.promotion_answers import Promotion
from meshwright.app.repeat import Repetition
from meshwright.app.requested_runs import Asking, Permit, Requested, chain_carried
from meshwright.app.run_answers import RunAnswer, run_answer
from meshwright.app.run_following import Place
from meshwright.app.serving import Server
from meshwright.app.values import RequestState, run_document
from meshwright.app.worker_presence import lacking_worker
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic
from meshwright.faces.documents.environments import promotion_document
from meshwright.faces.documents.plainvalues import plain_document
from meshwright.faces.documents.requests import requested_document, warning_document
from meshwright.faces.documents.state import repetition_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.keyed import REPLAYED
from meshwright.faces.http.preferences import Waiting
from meshwright.faces.http.run_feeds import Follower, RunFeeds
from meshwright.faces.status import repetition_status, run_status
from meshwright.faces.text.environments import promotion_lines
from meshwright.faces.text.requests import requested_lines
from meshwright.faces.text.run import run_lines
from meshwright.faces.text.state import repetition_lines
from meshwright.faces.text.terminal import Look

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=255,
        description="The same key and body are the same run, however often they are sent. Callers of one domain share theirs.",
        examples=["4f8b9c1e-0d7a-4a52-9a5e-2f6f0c3f1a77"],
    ),
]
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_NO_CODES: Mapping[int, int] = MappingProxyType({})


def told_as(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return how one of two answers to a request for a run is told in the OpenAPI document."""
    content = {"application/json": {"schema": schema}, "text/plain": {"schema": {"type": "string"}}}
    return {"description": description, "content": content}


def ended_as(component: str) -> dict[str, Any]:
    """Return how the answer to who waited for the end of a run is told; `component` is the schema of its document."""
    schema = {"$ref": f"#/components/schemas/{component}"}
    return told_as("The run has ended (`Prefer: wait`): what came of it, as its report tells.", schema)


def asking_of(request: Request, principal: Principal, key: str | None, permit: Permit) -> Asking:
    """Return who asks for a run, and how."""
    header = request.headers.get("traceparent", "")
    given = request.scope["state"].get("traceparent") or (header if _TRACEPARENT.fullmatch(header) else "")
    return Asking(
        by=principal.name,
        token=principal.id,
        domain=principal.domain,
        idempotency_key=key,
        traceparent=given,
        chain=chain_carried(request.headers),
        permit=permit,
    )


async def answer_run_request(
    request: Request,
    workspace: Workspace,
    asking: Asking,
    answer: Requested,
    waiting: Waiting,
    codes: Mapping[int, int] = _NO_CODES,
) -> Response:
    """Answer a request for a run: with what came of it, where it ends in the time that the caller waits; else that it goes on."""
    told = {"Location": f"/api/v1/runs/{answer.run_id}", **waiting.headers}
    if not answer.is_new:
        told[REPLAYED] = "true"
    if waiting.seconds and await has_ended(request, asking.token, answer.run_id, waiting):
        found = await run_in_threadpool(run_answer, workspace, answer.run_id)
        return respond_with(request, found, codes=codes, headers=told)
    lacking = await run_in_threadpool(_lacking, request, answer)
    is_over = answer.request is not None and answer.request.state not in {RequestState.WAITING, RequestState.STARTED}
    return respond(
        request,
        document=lambda: {
            "schema": "meshwright/run-request/1",
            **requested_document(
                answer.run_id, answer.state, url_of_run(request, answer.run_id), answer.request, answer.environment
            ),
            "warnings": [] if lacking is None else [warning_document(lacking)],
        },
        lines=lambda look: requested_lines(answer.run_id, answer.state, lacking, look),
        code=202,
        headers={**told, **({} if is_over else {"Retry-After": "1"})},
    )


def _lacking(request: Request, answer: Requested) -> Diagnostic | None:
    """Say that nobody will carry out what waits. The worker of this server may be about to come."""
    server: Server = request.app.state.server
    if answer.state != "waiting" or (server.worker is not None and not any(server.worker.checks().values())):
        return None
    return lacking_worker(server.kept.state())


async def has_ended(request: Request, token: str, run_id: str, waiting: Waiting) -> bool:
    """Wait for the end of a run; whether it came in time. Raises RefusedError (MW-H307) where too many wait or follow."""
    feeds: RunFeeds = request.app.state.run_feeds
    feeds.require_room(token)
    follower = Follower(run_id=run_id, place=Place(), caller=token, url=url_of_run(request, run_id))
    return await feeds.wait_for_end(follower, waiting.seconds)


def url_of_run(request: Request, run_id: str) -> str:
    """Return where a run is to be found."""
    return f"{str(request.base_url).rstrip('/')}/api/v1/runs/{run_id}"


def respond_with(
    request: Request,
    found: RunAnswer,
    *,
    codes: Mapping[int, int] = _NO_CODES,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Render what came of a run; `codes` gives HTTP's status by the exit status, where it is not 200."""
    document, lines, status = _rendered(found)
    return respond(request, document=document, lines=lines, status=status, code=codes.get(status, 200), headers=headers)


def _rendered(found: RunAnswer) -> tuple[Callable[[], Mapping[str, object]], Callable[[Look], Iterable[str]], int]:
    match found:
        case Promotion():
            return (
                lambda: promotion_document(found),
                lambda look: promotion_lines(found, look),
                run_status(found.report),
            )
        case Repetition():
            return (
                lambda: repetition_document(found),
                lambda look: repetition_lines(found, look),
                repetition_status(found),
            )
        case _:
            return lambda: plain_document(run_document(found)), lambda look: run_lines(found, look), run_status(found)

"""The server itself: tokens, calls, health. Written by scripts/write_api.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

from meshwright.client.models import (
    Api,
    Calls,
    CallsSummary,
    Health,
    ProblemCode,
    Ready,
    RecordedCall,
    Self,
    Token,
    TokenCreate,
    Tokens,
)
from meshwright.client.outgoing import Outgoing, present
from meshwright.client.streams import document_of
from meshwright.client.transport import AsyncTransport, Transport


class Server:
    """The server itself: tokens, calls, health."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def about(self) -> Api:
        """The API.

        Say what this is, and where its description lies.

        GET /api/v1
        """
        sent = Outgoing(method="GET", template="/api/v1")
        answer = self._transport.send(sent)
        return cast("Api", document_of(answer))

    def openapi_json(self) -> dict[str, Any]:
        """The OpenAPI document.

        Describe every resource: OpenAPI 3.1.

        GET /api/v1/openapi.json
        """
        sent = Outgoing(method="GET", template="/api/v1/openapi.json")
        answer = self._transport.send(sent)
        return cast("dict[str, Any]", document_of(answer))

    def who_calls(self) -> Self:
        """Who calls.

        Say whose token this is, and which mesh answers.

        GET /api/v1/self
        """
        sent = Outgoing(method="GET", template="/api/v1/self")
        answer = self._transport.send(sent)
        return cast("Self", document_of(answer))

    def explain_problem(self, code: str) -> ProblemCode:
        """What a code means.

        Explain the code of a problem or a finding.

        GET /api/v1/problems/{code}
        """
        sent = Outgoing(method="GET", template="/api/v1/problems/{code}", path={"code": code})
        answer = self._transport.send(sent)
        return cast("ProblemCode", document_of(answer))

    def get_calls(
        self,
        *,
        caller: str | None = None,
        domain: str | None = None,
        kind: str | None = None,
        action: str | None = None,
        object_: str | None = None,
        token: str | None = None,
        since: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Calls:
        """List calls between domains.

        List who asked what of whom, newest first; what was answered before this request is in it.

        GET /api/v1/calls

        - caller: Domain of the token that called.
        - domain: Domain that was called.
        - kind: domain, data, process, event or development.
        - action: What was done, in one word.
        - object_: What it was done to, as listed.
        - token: Id of the token that called.
        - since: No longer ago: a duration such as `30d`.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/calls",
            query={
                "caller": caller,
                "domain": domain,
                "kind": kind,
                "action": action,
                "object": object_,
                "token": token,
                "since": since,
                "limit": limit,
                "cursor": cursor,
            },
        )
        answer = self._transport.send(sent)
        return cast("Calls", document_of(answer))

    def all_calls(
        self,
        *,
        caller: str | None = None,
        domain: str | None = None,
        kind: str | None = None,
        action: str | None = None,
        object_: str | None = None,
        token: str | None = None,
        since: str | None = None,
        page_size: int | None = None,
    ) -> Iterator[RecordedCall]:
        """List calls between domains, page after page.

        List who asked what of whom, newest first; what was answered before this request is in it.

        GET /api/v1/calls

        - caller: Domain of the token that called.
        - domain: Domain that was called.
        - kind: domain, data, process, event or development.
        - action: What was done, in one word.
        - object_: What it was done to, as listed.
        - token: Id of the token that called.
        - since: No longer ago: a duration such as `30d`.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.get_calls(
                caller=caller,
                domain=domain,
                kind=kind,
                action=action,
                object_=object_,
                token=token,
                since=since,
                limit=page_size,
                cursor=cursor,
            )
            yield from page["calls"]
            cursor = page["next"]
            if cursor is None:
                return

    def summarize_calls_by_domain(
        self, *, caller: str | None = None, domain: str | None = None, kind: str | None = None, since: str | None = None
    ) -> CallsSummary:
        """Sum calls between domains.

        Sum calls by who called, who was called and for what: the edges of a picture of the mesh.

        GET /api/v1/calls/summary

        - caller: Domain of the token that called.
        - domain: Domain that was called.
        - kind: domain, data, process, event or development.
        - since: No longer ago: a duration such as `30d`.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/calls/summary",
            query={"caller": caller, "domain": domain, "kind": kind, "since": since},
        )
        answer = self._transport.send(sent)
        return cast("CallsSummary", document_of(answer))

    def log_in(self, *, code: str) -> TokenCreate:
        """Change the one-time link for a token.

        Let an administrator in once: what `mw login` does.

        POST /api/v1/login

        - code: What stands behind `code=` in the link.
        """
        sent = Outgoing(method="POST", template="/api/v1/login", json=present({"code": code}))
        answer = self._transport.send(sent)
        return cast("TokenCreate", document_of(answer))

    def get_tokens(self) -> Tokens:
        """List tokens.

        List tokens, without their secrets.

        GET /api/v1/tokens
        """
        sent = Outgoing(method="GET", template="/api/v1/tokens")
        answer = self._transport.send(sent)
        return cast("Tokens", document_of(answer))

    def make_token(
        self,
        *,
        role: str,
        domain: str | None = None,
        expires: str | None = None,
        purpose: str | None = None,
        idempotency_key: str | None = None,
    ) -> TokenCreate:
        """Make a token.

        Make a token; its secret is told here and never again.

        Sent again with the same `Idempotency-Key` it makes no second token, and is refused (MW-U007), for the secret is
        kept nowhere: revoke the token that the refusal names, and make another one with a new key.

        POST /api/v1/tokens

        - role: administrator or viewer
        - domain: The domain that calls with it.
        - expires: How long it is good, e.g. `90d`.
        - purpose: What it is for, in words.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/tokens",
            headers={"Idempotency-Key": idempotency_key},
            json=present({"role": role, "domain": domain, "expires": expires, "purpose": purpose}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("TokenCreate", document_of(answer))

    def end_token(self, token_id: str, *, idempotency_key: str | None = None) -> Token:
        """Revoke a token.

        Let a token end; one that has ended stays so.

        DELETE /api/v1/tokens/{token_id}
        """
        sent = Outgoing(
            method="DELETE",
            template="/api/v1/tokens/{token_id}",
            path={"token_id": token_id},
            headers={"Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Token", document_of(answer))

    def healthz(self) -> Health:
        """Whether the server is alive.

        Answer as long as the process does.

        GET /healthz
        """
        sent = Outgoing(method="GET", template="/healthz")
        answer = self._transport.send(sent)
        return cast("Health", document_of(answer))

    def readyz(self) -> Ready:
        """Whether the server can do its work.

        Look at the mesh's files, at the state and at the server's other processes; 503 where one of them fails.

        GET /readyz
        """
        sent = Outgoing(method="GET", template="/readyz")
        answer = self._transport.send(sent)
        return cast("Ready", document_of(answer))


class AsyncServer:
    """The server itself: tokens, calls, health."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def about(self) -> Api:
        """The API.

        Say what this is, and where its description lies.

        GET /api/v1
        """
        sent = Outgoing(method="GET", template="/api/v1")
        answer = await self._transport.send(sent)
        return cast("Api", document_of(answer))

    async def openapi_json(self) -> dict[str, Any]:
        """The OpenAPI document.

        Describe every resource: OpenAPI 3.1.

        GET /api/v1/openapi.json
        """
        sent = Outgoing(method="GET", template="/api/v1/openapi.json")
        answer = await self._transport.send(sent)
        return cast("dict[str, Any]", document_of(answer))

    async def who_calls(self) -> Self:
        """Who calls.

        Say whose token this is, and which mesh answers.

        GET /api/v1/self
        """
        sent = Outgoing(method="GET", template="/api/v1/self")
        answer = await self._transport.send(sent)
        return cast("Self", document_of(answer))

    async def explain_problem(self, code: str) -> ProblemCode:
        """What a code means.

        Explain the code of a problem or a finding.

        GET /api/v1/problems/{code}
        """
        sent = Outgoing(method="GET", template="/api/v1/problems/{code}", path={"code": code})
        answer = await self._transport.send(sent)
        return cast("ProblemCode", document_of(answer))

    async def get_calls(
        self,
        *,
        caller: str | None = None,
        domain: str | None = None,
        kind: str | None = None,
        action: str | None = None,
        object_: str | None = None,
        token: str | None = None,
        since: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Calls:
        """List calls between domains.

        List who asked what of whom, newest first; what was answered before this request is in it.

        GET /api/v1/calls

        - caller: Domain of the token that called.
        - domain: Domain that was called.
        - kind: domain, data, process, event or development.
        - action: What was done, in one word.
        - object_: What it was done to, as listed.
        - token: Id of the token that called.
        - since: No longer ago: a duration such as `30d`.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/calls",
            query={
                "caller": caller,
                "domain": domain,
                "kind": kind,
                "action": action,
                "object": object_,
                "token": token,
                "since": since,
                "limit": limit,
                "cursor": cursor,
            },
        )
        answer = await self._transport.send(sent)
        return cast("Calls", document_of(answer))

    async def all_calls(
        self,
        *,
        caller: str | None = None,
        domain: str | None = None,
        kind: str | None = None,
        action: str | None = None,
        object_: str | None = None,
        token: str | None = None,
        since: str | None = None,
        page_size: int | None = None,
    ) -> AsyncIterator[RecordedCall]:
        """List calls between domains, page after page.

        List who asked what of whom, newest first; what was answered before this request is in it.

        GET /api/v1/calls

        - caller: Domain of the token that called.
        - domain: Domain that was called.
        - kind: domain, data, process, event or development.
        - action: What was done, in one word.
        - object_: What it was done to, as listed.
        - token: Id of the token that called.
        - since: No longer ago: a duration such as `30d`.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.get_calls(
                caller=caller,
                domain=domain,
                kind=kind,
                action=action,
                object_=object_,
                token=token,
                since=since,
                limit=page_size,
                cursor=cursor,
            )
            for item in page["calls"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def summarize_calls_by_domain(
        self, *, caller: str | None = None, domain: str | None = None, kind: str | None = None, since: str | None = None
    ) -> CallsSummary:
        """Sum calls between domains.

        Sum calls by who called, who was called and for what: the edges of a picture of the mesh.

        GET /api/v1/calls/summary

        - caller: Domain of the token that called.
        - domain: Domain that was called.
        - kind: domain, data, process, event or development.
        - since: No longer ago: a duration such as `30d`.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/calls/summary",
            query={"caller": caller, "domain": domain, "kind": kind, "since": since},
        )
        answer = await self._transport.send(sent)
        return cast("CallsSummary", document_of(answer))

    async def log_in(self, *, code: str) -> TokenCreate:
        """Change the one-time link for a token.

        Let an administrator in once: what `mw login` does.

        POST /api/v1/login

        - code: What stands behind `code=` in the link.
        """
        sent = Outgoing(method="POST", template="/api/v1/login", json=present({"code": code}))
        answer = await self._transport.send(sent)
        return cast("TokenCreate", document_of(answer))

    async def get_tokens(self) -> Tokens:
        """List tokens.

        List tokens, without their secrets.

        GET /api/v1/tokens
        """
        sent = Outgoing(method="GET", template="/api/v1/tokens")
        answer = await self._transport.send(sent)
        return cast("Tokens", document_of(answer))

    async def make_token(
        self,
        *,
        role: str,
        domain: str | None = None,
        expires: str | None = None,
        purpose: str | None = None,
        idempotency_key: str | None = None,
    ) -> TokenCreate:
        """Make a token.

        Make a token; its secret is told here and never again.

        Sent again with the same `Idempotency-Key` it makes no second token, and is refused (MW-U007), for the secret is
        kept nowhere: revoke the token that the refusal names, and make another one with a new key.

        POST /api/v1/tokens

        - role: administrator or viewer
        - domain: The domain that calls with it.
        - expires: How long it is good, e.g. `90d`.
        - purpose: What it is for, in words.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/tokens",
            headers={"Idempotency-Key": idempotency_key},
            json=present({"role": role, "domain": domain, "expires": expires, "purpose": purpose}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("TokenCreate", document_of(answer))

    async def end_token(self, token_id: str, *, idempotency_key: str | None = None) -> Token:
        """Revoke a token.

        Let a token end; one that has ended stays so.

        DELETE /api/v1/tokens/{token_id}
        """
        sent = Outgoing(
            method="DELETE",
            template="/api/v1/tokens/{token_id}",
            path={"token_id": token_id},
            headers={"Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Token", document_of(answer))

    async def healthz(self) -> Health:
        """Whether the server is alive.

        Answer as long as the process does.

        GET /healthz
        """
        sent = Outgoing(method="GET", template="/healthz")
        answer = await self._transport.send(sent)
        return cast("Health", document_of(answer))

    async def readyz(self) -> Ready:
        """Whether the server can do its work.

        Look at the mesh's files, at the state and at the server's other processes; 503 where one of them fails.

        GET /readyz
        """
        sent = Outgoing(method="GET", template="/readyz")
        answer = await self._transport.send(sent)
        return cast("Ready", document_of(answer))

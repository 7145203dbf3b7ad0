"""Tokens by URL: for who is an administrator of the whole mesh."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from meshwright.access import Action
from meshwright.app.tokens import NewToken, TokenOptions, create_token, list_tokens, revoke_token
from meshwright.app.values import TokenRecord
from meshwright.faces.documents.tokens import new_token_document, token_document, tokens_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.keyed import Key, Made, Work, respond_once
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.text.tokens import new_token_lines, token_lines

router = ruled_router()


class TokenWish(BaseModel):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")

    role: Annotated[str, Field(description="administrator or viewer", examples=["viewer"])]
    domain: Annotated[str | None, Field(description="The domain that calls with it.", examples=["operations"])] = None
    expires: Annotated[str | None, Field(description="How long it is good, e.g. `90d`.", examples=["90d"])] = None
    purpose: Annotated[str, Field(max_length=200, description="What it is for, in words.")] = ""


@router.post("/tokens", summary="Make a token", status_code=201, **ruled(Action.MANAGE_TOKENS))
def make_token(request: Request, body: TokenWish, caller: Caller, server: Served, key: Key = None) -> Response:
    """Make a token; its secret is told here and never again.

    Sent again with the same `Idempotency-Key` it makes no second token, and is refused (MW-U007), for the secret is kept nowhere:
    revoke the token that the refusal names, and make another one with a new key.
    """
    principal = caller.may(Action.MANAGE_TOKENS, ())
    options = TokenOptions(role=body.role, domain=body.domain, expires=body.expires, purpose=body.purpose)

    def told(made: NewToken) -> Made:
        return Made(
            document=lambda: new_token_document(made),
            lines=lambda look: new_token_lines(made, look),
            code=201,
            headers={"Cache-Control": "no-store", "Location": f"/api/v1/tokens/{made.token.id}"},
            told_once=f"mw token revoke {made.token.id}, then make another one with a new key",
        )

    return respond_once(
        request, server, principal, key, body, Work(do=lambda: create_token(server.workspace, options), made=told)
    )


@router.get("/tokens", summary="List tokens", **ruled(Action.MANAGE_TOKENS))
def get_tokens(request: Request, caller: Caller, workspace: ServedWorkspace) -> Response:
    """List tokens, without their secrets."""
    caller.may(Action.MANAGE_TOKENS, ())
    tokens = list_tokens(workspace)
    return respond(request, document=lambda: tokens_document(tokens), lines=lambda look: token_lines(tokens, look))


@router.delete("/tokens/{token_id}", summary="Revoke a token", **ruled(Action.MANAGE_TOKENS))
def end_token(request: Request, token_id: str, caller: Caller, server: Served, key: Key = None) -> Response:
    """Let a token end; one that has ended stays so."""
    principal = caller.may(Action.MANAGE_TOKENS, ())

    def told(token: TokenRecord) -> Made:
        return Made(document=lambda: token_document(token), lines=lambda look: token_lines([token], look))

    return respond_once(
        request, server, principal, key, None, Work(do=lambda: revoke_token(server.workspace, token_id), made=told)
    )

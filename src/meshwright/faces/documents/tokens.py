"""Answers about tokens as JSON documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshwright.faces.documents.plainvalues import moment

if TYPE_CHECKING:
    from meshwright.app.tokens import NewToken
    from meshwright.app.values import TokenRecord
    from meshwright.faces.documents.shapes import tokens as shapes


def new_token_document(made: NewToken) -> shapes.TokenCreate:
    """`token create`: the only time that the secret is told."""
    token = made.token
    return {
        "schema": "meshwright/token-create/1",
        "id": token.id,
        "token": made.secret,
        "role": token.role,
        "domain": token.domain,
        "expires": moment(token.expires_at),
    }


def tokens_document(tokens: Sequence[TokenRecord]) -> shapes.Tokens:
    """`token list`."""
    return {"schema": "meshwright/tokens/1", "tokens": [_token(token) for token in tokens]}


def token_document(token: TokenRecord) -> shapes.Token:
    """`token revoke`."""
    return {"schema": "meshwright/token/1", **_token(token)}


def _token(token: TokenRecord) -> shapes.ListedToken:
    return {
        "id": token.id,
        "role": token.role,
        "domain": token.domain,
        "purpose": token.purpose,
        "created": token.created_at.isoformat(),
        "by": token.created_by,
        "expires": moment(token.expires_at),
        "revoked": moment(token.ended_at),
        "revoked_by": token.ended_by,
    }

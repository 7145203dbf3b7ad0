"""Answers about tokens as JSON documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshwright.faces.documents.plainvalues import Document

if TYPE_CHECKING:
    from meshwright.app.tokens import NewToken
    from meshwright.app.values import TokenRecord


def new_token_document(made: NewToken) -> Document:
    """`token create`: the only time that the secret is told."""
    token = made.token
    return {
        "schema": "meshwright/token-create/1",
        "id": token.id,
        "token": made.secret,
        "role": token.role,
        "domain": token.domain,
        "expires": token.expires_at.isoformat() if token.expires_at else None,
    }


def tokens_document(tokens: Sequence[TokenRecord]) -> Document:
    """`token list`."""
    return {"schema": "meshwright/tokens/1", "tokens": [_token(token) for token in tokens]}


def token_document(token: TokenRecord) -> Document:
    """`token revoke`."""
    return {"schema": "meshwright/token/1", **_token(token)}


def _token(token: TokenRecord) -> Document:
    return {
        "id": token.id,
        "role": token.role,
        "domain": token.domain,
        "purpose": token.purpose,
        "created": token.created_at.isoformat(),
        "by": token.created_by,
        "expires": token.expires_at.isoformat() if token.expires_at else None,
        "revoked": token.ended_at.isoformat() if token.ended_at else None,
        "revoked_by": token.ended_by,
    }

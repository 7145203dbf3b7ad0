"""Answers about tokens as lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look
from meshwright.faces.text.words import time_words

if TYPE_CHECKING:
    from meshwright.app.tokens import NewToken
    from meshwright.app.values import TokenRecord


def new_token_lines(made: NewToken, look: Look) -> list[str]:
    """`token create`."""
    token = made.token
    domain = f" of {token.domain}" if token.domain else ""
    until = f"until {time_words(token.expires_at)}" if token.expires_at else "until it is revoked"
    return [
        f"token {token.id}: {token.role}{domain}, {until}",
        f"  {look.paint(made.secret, 'bold')}",
        "keep it where nobody else can read it: it is told only here",
    ]


def token_lines(tokens: Sequence[TokenRecord], look: Look) -> list[str]:
    """`token list`, `token revoke`."""
    if not tokens:
        return ["no tokens; make one: mw token create --role viewer"]
    titles = ("token", "role", "domain", "made", "by", "good until", "for")
    return table_lines([Heading(title=title) for title in titles], [_row(token) for token in tokens], look)


def _row(token: TokenRecord) -> list[str]:
    if token.ended_at is not None:
        until = f"revoked {time_words(token.ended_at)} by {token.ended_by}"
    else:
        until = time_words(token.expires_at) if token.expires_at else "revoked"
    return [
        token.id,
        token.role,
        token.domain or "",
        time_words(token.created_at),
        token.created_by,
        until,
        token.purpose,
    ]

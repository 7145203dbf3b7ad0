"""Tokens."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.access import Role
from meshwright.faces.documents.shapes.base import Time


class ListedToken(TypedDict):
    """What lets a caller in, without its secret."""

    id: str
    role: Annotated[str, Role]
    domain: str | None
    purpose: str
    created: Time
    by: str
    expires: Time | None
    revoked: Time | None
    revoked_by: str | None


class Token(ListedToken):
    """One token."""

    schema: Literal["meshwright/token/1"]


class Tokens(TypedDict):
    """All tokens, newest first."""

    schema: Literal["meshwright/tokens/1"]
    tokens: list[ListedToken]


class TokenCreate(TypedDict):
    """A new token, with its secret."""

    schema: Literal["meshwright/token-create/1"]
    id: str
    token: str
    role: Annotated[str, Role]
    domain: str | None
    expires: Time | None

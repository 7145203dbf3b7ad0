"""Who asks: a token's bearer, with the role and the domain that the token was made for."""

from __future__ import annotations

import enum

from meshwright.frozen import dataclass


class Role(enum.StrEnum):
    """What a token is for."""

    #: May do everything; with a domain, may read everything and change what is the domain's.
    ADMINISTRATOR = "administrator"
    #: May read what is published, and what is recorded of it.
    VIEWER = "viewer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who asks."""

    #: The id of the token; in records it names the caller.
    id: str
    role: Role
    #: The domain that calls; None: none in particular.
    domain: str | None = None

    @property
    def name(self) -> str:
        """How records name the caller: ``token:ID``."""
        return f"token:{self.id}"

"""Who calls: the bearer of a token, or of a session's cookie; what it may is asked here."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import Headers

from meshwright.access import Action, Principal, decide
from meshwright.diagnostics import Diagnostic
from meshwright.faces.http.problems import Denied
from meshwright.frozen import dataclass

SESSION_COOKIE = "meshwright_session"


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerView:
    """Who calls, and what it may; nobody may do nothing."""

    principal: Principal | None

    def may(self, action: Action, domains: Collection[str] | None = None) -> Principal:
        """Return who calls, where it may do something to objects of some domains (None: to any at all).

        Raises Denied: MW-H013 (401) where nobody knows who asks, MW-H014 (403) where it may not.
        """
        if self.principal is None:
            raise Denied(
                Diagnostic(
                    code="MW-H013",
                    message="this needs a token, and there is none, or one that is not good (any more)",
                    fix="send 'Authorization: Bearer TOKEN'; mw token create makes one where the mesh lies",
                )
            )
        decision = decide(self.principal, action, domains)
        if not decision.is_allowed:
            raise Denied(
                Diagnostic(
                    code="MW-H014",
                    message=decision.reason,
                    fix="ask with another token; mw token create makes one where the mesh lies",
                )
            )
        return self.principal


def is_of_own_page(headers: Headers, *, otherwise: bool) -> bool:
    """Whether a browser says that one of our own pages, or the person at it, asked; `otherwise` where it says nothing."""
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != headers.get("host"):
        return False
    site = headers.get("sec-fetch-site")
    return otherwise if site is None else site in {"same-origin", "none"}


def caller_of(request: Request) -> CallerView:
    """Return who calls, as the middleware found out."""
    return CallerView(principal=request.scope["state"].get("principal"))


async def _caller_of(request: Request) -> CallerView:  # a coroutine: others are called in a thread
    return caller_of(request)


#: The parameter of an endpoint that needs to know who calls.
Caller = Annotated[CallerView, Depends(_caller_of)]

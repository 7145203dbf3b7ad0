"""Who may change which environment.

A sandbox belongs to the domain whose token made it, and its administrators do with it what they want. What moves pointers of
other environments is for the administrators of the domains whose products move; an administrator of the whole mesh may all.
"""

from __future__ import annotations

from fastapi import Request

from meshwright.access import Action, Principal
from meshwright.app.environment_owners import owner_of
from meshwright.app.standing import EnvironmentCard
from meshwright.app.terms import Permit, Terms, anybody
from meshwright.app.workspace import Workspace
from meshwright.faces.http.callers import CallerView
from meshwright.faces.http.etags import require_match

_CHANGE = Action.CHANGE_ENVIRONMENTS


def require_own(caller: CallerView, workspace: Workspace, environment: str) -> Principal:
    """Return who calls, where the sandbox is its own. Raises Denied (403) where it belongs to others."""
    owner = owner_of(workspace, environment).domain
    return caller.may(_CHANGE, () if owner is None else (owner,))


def permit_of(caller: CallerView, workspace: Workspace, environment: str) -> Permit:
    """Return what an environment's pointers may be moved by: in a sandbox of its own by all, else by domain."""
    owner = owner_of(workspace, environment)
    if owner.is_sandbox:
        require_own(caller, workspace, environment)
        return anybody
    return _by_domain(caller)


def promotion_permit(caller: CallerView) -> Permit:
    """Return what a promotion's pointers may be moved by.

    Of a sandbox that holds nothing no pointer is moved: that it is so is the answer, to whoever may promote at all.
    """
    by_domain = _by_domain(caller)

    def permit(domains: frozenset[str]) -> None:
        if domains:
            by_domain(domains)

    return permit


def _by_domain(caller: CallerView) -> Permit:
    def permit(domains: frozenset[str]) -> None:
        caller.may(_CHANGE, domains)

    return permit


def etag_of_environment(card: EnvironmentCard) -> str:
    """Return the tag of an environment's state: its generation, and when it was made, for a name can be taken again."""
    found = card.environment
    made = "" if found.created_at is None else f"-{found.created_at.timestamp():.6f}"
    return f'"{found.generation}{made}"'


def terms_of(request: Request, card: EnvironmentCard, permit: Permit) -> Terms:
    """Return the terms of a move: with `If-Match`, of the generation that the caller knows.

    Raises RefusedError (MW-H021, 412) where that is another one already.
    """
    require_match(request, etag_of_environment(card))
    has_condition = request.headers.get("if-match", "").strip() not in {"", "*"}
    return Terms(generation=card.environment.generation if has_condition else None, permit=permit)

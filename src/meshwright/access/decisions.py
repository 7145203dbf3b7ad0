"""Decisions: default deny. Cedar's policies will decide here for a whole company; the two roles are decided by this table."""

from __future__ import annotations

from collections.abc import Collection

from meshwright.access.principals import Principal, Role
from meshwright.access.rules import RULES, Action
from meshwright.frozen import dataclass

#: Changes that concern no domain's own objects: a domain's administrator makes them in the domain's name.
_IN_OWN_NAME = frozenset({Action.SEND_EVENTS, Action.TELL_OUTSIDE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Yes, or no and why."""

    is_allowed: bool
    #: Why not, in words; empty where it is allowed.
    reason: str = ""


_YES = Decision(is_allowed=True)


def decide(principal: Principal, action: Action, domains: Collection[str] | None = None) -> Decision:
    """Decide whether a principal may do something to objects of some domains.

    `domains` None asks whether there are any objects that it may do it to; empty means the mesh as a whole.
    """
    rule = RULES.get(action)
    if rule is None:
        return _no(f"no rule allows {action}")
    if not rule.is_change:
        return _YES
    if principal.role is not Role.ADMINISTRATOR:
        return _no(f"a {principal.role.value} reads, and changes nothing ({action.value})")
    return _YES if principal.domain is None else _decide_for_domain(principal.domain, action, domains)


def _decide_for_domain(own: str, action: Action, domains: Collection[str] | None) -> Decision:
    """Decide about a change by an administrator of one domain."""
    if action is Action.MANAGE_TOKENS:
        return _no("tokens are made by an administrator of the whole mesh")
    if domains is None or action in _IN_OWN_NAME:
        return _YES
    if not domains:
        return _no(f"an administrator of {own} changes what is {own}'s only")
    foreign = sorted(set(domains) - {own})
    return _no(f"an administrator of {own} changes nothing of {', '.join(foreign)}") if foreign else _YES


def _no(reason: str) -> Decision:
    return Decision(is_allowed=False, reason=reason)

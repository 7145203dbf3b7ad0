"""The built-in policy `breaking_changes`: what a live consumer uses is not taken away from under it.

A contract whose standing status is draft or proposed promises nothing: its consumers are told of, and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from meshwright.checks.built_in import Breach
from meshwright.model import PolicyLevel
from meshwright.plan.impact import PRODUCT, Impact, Use
from meshwright.plan.landing import Landing

#: Changes and consumers that a message names before it counts the rest; plans and `mw impact` list all.
_CHANGES = 3
_USES = 8


def breaking_changes(landing: Landing) -> Iterator[Breach]:
    """Yield the ports of which something breaks that a live consumer uses."""
    for impact in landing.impacts:
        if impact.uses:
            yield Breach(
                object=impact.port,
                message=impact_words(impact),
                level=PolicyLevel.BLOCK if impact.is_promised else PolicyLevel.WARN,
                approvers=impact.approvers,
            )


def impact_words(impact: Impact) -> str:
    """Say what breaks and who uses it, in one line."""
    changes = _listed([change.message for change in impact.changes], _CHANGES, "changes")
    status = "" if impact.is_promised else f" (the contract is {impact.status}, so nothing was promised)"
    return f"{changes}; used by {_listed([use_words(use) for use in impact.uses], _USES, 'uses')}{status}"


def use_words(use: Use) -> str:
    """Say who uses what, and in which query."""
    owners = ", ".join(use.owners) or "nobody named"
    if use.kind == PRODUCT:
        return f"{use.dataset} ({owners}){_columns(use)} at {use.span or 'no file'}"
    struck = ", struck off consumers.yaml by this change" if use.is_struck else ""
    place = f" at {use.url or use.span}" if use.url or use.span else ""
    return f"{use.kind} {use.consumer} ({owners}{struck}){_columns(use)}{place}"


def _columns(use: Use) -> str:
    """Name the columns by themselves, and their dataset in full."""
    if use.columns:
        return f", column{'s' if len(use.columns) > 1 else ''} {', '.join(use.columns)},"
    return f", dataset {use.dataset}," if use.dataset and use.kind != PRODUCT else ""


def _listed(words: list[str], most: int, what: str) -> str:
    more = len(words) - most
    return "; ".join(words[:most]) + (f"; and {more} more {what}" if more > 0 else "")

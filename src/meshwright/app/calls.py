"""The verbs `calls list` and `calls summary`: who called whom, between domains.

Neighbour: `call_recording` writes what is read here.
"""

from __future__ import annotations

import datetime as dt

from meshwright.app.clock import utc_now
from meshwright.app.environments import open_state_alone
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.files.literals import DURATION_FORM, duration_ms
from meshwright.frozen import dataclass
from meshwright.model.calls import Call, CallEdge, CallFilter, CallKind


@dataclass(frozen=True, kw_only=True, slots=True)
class CallsWish:
    """Which calls are asked for, as written; None for all of a kind."""

    #: The calling domain, and the one that was called.
    caller: str | None = None
    domain: str | None = None
    kind: str | None = None
    action: str | None = None
    object: str | None = None
    token: str | None = None
    #: A duration to look back, such as ``30d``.
    since: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallsPage:
    """Calls, newest first."""

    calls: tuple[Call, ...]
    #: Number of the last one where there may be more; None at the end.
    before: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallsSummary:
    """Calls summed by who called, who was called and for what."""

    edges: tuple[CallEdge, ...]
    since: dt.datetime | None


def list_calls(workspace: Workspace, wish: CallsWish, limit: int, before: int | None = None) -> CallsPage:
    """Return the newest calls, of those numbered below `before`. Raises InputError (MW-U005, MW-U006) for a wrong filter."""
    wanted = _filter(wish)
    with open_state_alone(workspace) as opened:
        found = opened.state.calls.calls(wanted, limit + 1, before)
    calls = found[:limit]
    return CallsPage(calls=calls, before=calls[-1].number if len(found) > limit and calls else None)


def summarize_calls(workspace: Workspace, wish: CallsWish) -> CallsSummary:
    """Sum calls by caller, domain and kind. Raises as `list_calls`."""
    wanted = _filter(wish)
    with open_state_alone(workspace) as opened:
        return CallsSummary(edges=opened.state.calls.edges(wanted), since=wanted.since)


def _filter(wish: CallsWish) -> CallFilter:
    return CallFilter(
        caller=wish.caller,
        domain=wish.domain,
        kind=None if wish.kind is None else _kind(wish.kind),
        action=wish.action,
        object=wish.object,
        token=wish.token,
        since=None if wish.since is None else _beginning(wish.since),
    )


def _kind(text: str) -> CallKind:
    known = [kind.value for kind in CallKind]
    if text not in known:
        raise InputError(
            Diagnostic(
                code="MW-U005",
                message=f"calls are of no kind '{text}'",
                fix=known_names_hint(text, known, what="kinds"),
            )
        )
    return CallKind(text)


def _beginning(text: str) -> dt.datetime:
    found_ms = duration_ms(text)
    if found_ms is None:
        raise InputError(
            Diagnostic(code="MW-U006", message=f"'{text}' is no duration to look back", fix=f"write {DURATION_FORM}")
        )
    try:
        return utc_now() - dt.timedelta(milliseconds=found_ms)
    except OverflowError:
        raise InputError(
            Diagnostic(code="MW-U006", message=f"'{text}' looks back beyond all records", fix="leave it away for all")
        ) from None

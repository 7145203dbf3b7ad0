"""The record of calls between domains as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.app.calls import CallsPage, CallsSummary
from meshwright.faces.documents.plainvalues import moment

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import calls as shapes


def calls_document(page: CallsPage, following: str | None = None) -> shapes.Calls:
    """`calls list`."""
    return {
        "schema": "meshwright/calls/1",
        "calls": [
            {
                "id": call.id,
                "at": call.at.isoformat(),
                "token": call.token,
                "caller": call.caller,
                "domain": call.domain,
                "kind": call.kind.value,
                "action": call.action,
                "object": call.object,
                "status": call.status,
                "rows": call.rows,
                "bytes": call.bytes,
                "seconds": call.seconds,
            }
            for call in page.calls
        ],
        "next": following,
    }


def calls_summary_document(summary: CallsSummary) -> shapes.CallsSummary:
    """`calls summary`."""
    return {
        "schema": "meshwright/calls-summary/1",
        "since": moment(summary.since),
        "edges": [
            {
                "caller": edge.caller,
                "domain": edge.domain,
                "kind": edge.kind.value,
                "calls": edge.calls,
                "refused": edge.refused,
                "rows": edge.rows,
                "bytes": edge.bytes,
                "last_at": edge.last_at.isoformat(),
            }
            for edge in summary.edges
        ],
    }

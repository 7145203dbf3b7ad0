"""Inner steps as JSON: the same in the record of a run and on the card of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.app.values import InnerStepRecord
from meshwright.faces.documents.plainvalues import moment

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import runs as shapes


def inner_step_document(inner: InnerStepRecord) -> shapes.InnerStep:
    """One step of a tool's own graph."""
    return {
        "name": inner.name,
        "kind": inner.kind,
        "state": inner.state,
        "after": list(inner.after),
        "started_at": moment(inner.started_at),
        "ended_at": moment(inner.ended_at),
        "seconds": inner.seconds,
        "error": inner.error,
        "dataset": inner.dataset,
        "verdict": inner.verdict,
    }

"""Inner steps as JSON: the same in the record of a run and on the card of a node."""

from __future__ import annotations

import datetime as dt

from meshwright.app.values import InnerStepRecord

Document = dict[str, object]


def inner_step_document(inner: InnerStepRecord) -> Document:
    """One step of a tool's own graph."""
    return {
        "name": inner.name,
        "kind": inner.kind,
        "state": inner.state,
        "after": list(inner.after),
        "started_at": _moment(inner.started_at),
        "ended_at": _moment(inner.ended_at),
        "seconds": inner.seconds,
        "error": inner.error,
        "dataset": inner.dataset,
        "verdict": inner.verdict,
    }


def _moment(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

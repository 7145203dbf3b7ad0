"""Runs that are asked for by URL, as JSON documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshwright.app.values import RequestedRun as Requested
from meshwright.faces.documents.plainvalues import moment, plain

if TYPE_CHECKING:
    from meshwright.diagnostics import Diagnostic
    from meshwright.faces.documents.shapes import runs as shapes


def request_document(request: Requested) -> shapes.RunWish:
    """What was asked for, and what became of it."""
    return {
        "kind": request.kind.value,
        "state": request.state.value,
        "reason": request.reason,
        "error": json.loads(request.error) if request.error else None,
        "asked": plain(json.loads(request.asked)),
        "by": request.by,
        "requested_at": request.requested_at.isoformat(),
        "ended_at": moment(request.ended_at),
        "attempts": request.attempts,
        "stop_asked": request.is_to_stop,
    }


def requested_document(
    run_id: str, state: str, url: str, request: Requested | None, environment: str
) -> shapes.RequestedRun:
    """Answer to a request for a run."""
    return {
        "run_id": run_id,
        "url": url,
        "state": state,
        "environment": environment,
        "request": None if request is None else request_document(request),
    }


def warning_document(found: Diagnostic) -> shapes.RunWarning:
    """What keeps a run from beginning."""
    return {"code": found.code, "message": found.message, "fix": found.fix}


def stopped_document(run_id: str, state: str, url: str, asked: Sequence[str], environment: str) -> shapes.StoppedRun:
    """Answer to a request that a run stops."""
    return {
        "run_id": run_id,
        "url": url,
        "state": state,
        "environment": environment,
        "asked": list(asked),
    }


def waiting_run_document(request: Requested, state: str) -> shapes.ListedRun:
    """A run that is not recorded, in the form of one that is: it waits, or nothing came of it."""
    return {
        "run_id": request.run_id,
        "environment": request.environment,
        "state": state,
        "by": request.by,
        "started_at": None,
        "finished_at": moment(request.ended_at),
        "base_generation": None,
        "generation": None,
        "parent": None,
        "parent_step": None,
        "options": plain(json.loads(request.asked)),
        "meshwright": None,
        "request": request_document(request),
    }


def waiting_record_document(request: Requested, state: str) -> shapes.RunRecord:
    """As `runs show`, of a run that is not recorded."""
    return {
        "schema": "meshwright/run-record/1",
        **waiting_run_document(request, state),
        "held": False,
        "steps": [],
        "children": [],
        "infrastructure": [],
        "costs": None,
        "log": [],
        "planned": {},
        "bound": {},
        "report": {},
        "files": {},
    }

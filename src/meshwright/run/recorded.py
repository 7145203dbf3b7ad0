"""The run document read back: what `run.documents` wrote, as the report that it was written from.

Records of earlier releases say less: what they lack is as if nothing were known of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any  # a recorded document

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.model import VersionClass
from meshwright.plan.values import StepAction
from meshwright.run.costs import NO_COSTS, RunCosts
from meshwright.run.documents import recorded_outcome
from meshwright.run.report import NotPublished, PartsReport, RunReport, StepReport, StepState
from meshwright.state.records import RunState


def recorded_report(document: Mapping[str, Any], costs: RunCosts = NO_COSTS) -> RunReport:
    """Return the report that a recorded run document tells; its costs are recorded beside it."""
    error = document.get("error")
    return RunReport(
        run_id=document["run_id"],
        state=RunState(document["state"]),
        environment=document["environment"],
        generation=document["generation"],
        steps=tuple(map(_step, document["steps"])),
        tests=tuple(map(recorded_outcome, document["tests"])),
        published=tuple(document["published"]),
        not_published=tuple(
            NotPublished(product=each["product"], reason=each["reason"], blocking_test=each["blocking_test"])
            for each in document["not_published"]
        ),
        seconds=document["seconds"],
        notes=tuple(document.get("notes", ())),
        costs=costs,
        error=_error(error),
        is_retryable=bool(error and error.get("retryable")),
    )


def _step(document: Mapping[str, Any]) -> StepReport:
    error = document["error"] or {}
    return StepReport(
        key=document["key"],
        dataset=document["dataset"],
        action=StepAction(document["action"]),
        state=StepState(document["state"]),
        version=document["version"],
        rows=document["rows"],
        seconds=document["seconds"],
        attempts=document["attempts"],
        error=_error(document["error"]),
        is_retryable=bool(error.get("retryable")),
        is_refused=bool(error.get("refused")),
        parts=_parts(document.get("intervals")),
        started_at=_moment(document.get("started_at")),
        ended_at=_moment(document.get("ended_at")),
        inputs=document.get("inputs", {}),
        costs=document.get("costs", {}),
    )


def _parts(document: Mapping[str, Any] | None) -> PartsReport | None:
    if document is None:
        return None
    return PartsReport(
        version_class=VersionClass(document["class"]),
        build=tuple(
            (dt.datetime.fromisoformat(span["start"]), dt.datetime.fromisoformat(span["end"]))
            for span in document["build"]
        ),
        planned=document["built"],  # how many more there were to be is told by the plan
        built=document["built"],
        reused=document["reused"],
        kept=document["kept"],
        dropped=document["dropped"],
    )


def _error(document: Mapping[str, Any] | None) -> Diagnostic | None:
    if document is None:
        return None
    file = document["file"]
    return Diagnostic(
        code=document["code"],
        message=document["message"],
        span=None if file is None else SourceSpan(file=file, line=document["line"], column=document["column"]),
        fix=document["fix"],
    )


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)

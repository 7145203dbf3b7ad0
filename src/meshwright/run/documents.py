"""The run document, as records keep it and programs read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any  # a recorded document: its shape is this module's own

from meshwright.diagnostics import Diagnostic
from meshwright.plan.documents import spans_document
from meshwright.run.costs import costs_document
from meshwright.run.report import Reached, RunReport, StepReport, Supplier, TestOutcome

if TYPE_CHECKING:
    from meshwright.run import shapes


def run_document(report: RunReport) -> shapes.Run:
    """Return the document ``meshwright/run/1``: plain JSON values, deterministic but for times."""
    return {
        "schema": "meshwright/run/1",
        "run_id": report.run_id,
        "state": report.state.value,
        "environment": report.environment,
        "generation": report.generation,
        "steps": [_step(step) for step in report.steps],
        "tests": [test_document(outcome) for outcome in report.tests],
        "published": list(report.published),
        "not_published": [
            {"product": refusal.product, "reason": refusal.reason, "blocking_test": refusal.blocking_test}
            for refusal in report.not_published
        ],
        "notes": list(report.notes),
        "costs": costs_document(report.costs),
        "error": _run_error(report),
        "seconds": round(report.seconds, 3),
    }


def test_document(outcome: TestOutcome) -> shapes.TestEntry:
    """Return one test's entry, as run, test and show documents hold it."""
    return {
        "id": outcome.id,
        "dataset": outcome.dataset,
        "action": outcome.action,
        "verdict": outcome.verdict,
        "value": outcome.value,
        "operator": outcome.operator,
        "bound": list(outcome.bound) if isinstance(outcome.bound, tuple) else outcome.bound,
        "failing_rows": outcome.failing_rows,
        "demand": outcome.demand,
        "metric": outcome.metric or None,
        "columns": list(outcome.columns),
        "rule": outcome.words,
        "finding": outcome.finding,
        "sample": [dict(row) for row in outcome.sample],
        "version": outcome.version,
        "recorded": outcome.is_recorded,
        "error": outcome.error,
        "supplier": [
            {
                "product": supplier.product,
                "owners": list(supplier.owners),
                "dataset": supplier.dataset,
                "columns": list(supplier.columns),
                "source": supplier.source,
            }
            for supplier in outcome.suppliers
        ],
        "consumers": [
            {
                "name": reached.name,
                "kind": reached.kind,
                "owners": list(reached.owners),
                "port": reached.port,
                "datasets": list(reached.datasets),
            }
            for reached in outcome.consumers
        ],
    }


def recorded_outcome(document: Mapping[str, Any]) -> TestOutcome:
    """Return the outcome that a recorded run document tells; runs of earlier releases say less of it."""
    bound = document["bound"]
    return TestOutcome(
        id=document["id"],
        dataset=document["dataset"],
        action=document["action"],
        verdict=document["verdict"],
        value=document["value"],
        operator=document["operator"],
        bound=tuple(bound) if isinstance(bound, list) else bound,
        demand=document.get("demand", ""),  # else the finding says it
        finding=document["finding"],
        failing_rows=document["failing_rows"],
        words=document["rule"],
        version=document["version"],
        sample=tuple(document["sample"]),
        error=document["error"],
        is_recorded=document["recorded"],
        metric=document.get("metric") or "",
        columns=tuple(document.get("columns", ())),
        suppliers=tuple(
            Supplier(**{**each, "owners": tuple(each["owners"]), "columns": tuple(each["columns"])})
            for each in document.get("supplier", ())
        ),
        consumers=tuple(
            Reached(**{**each, "owners": tuple(each["owners"]), "datasets": tuple(each["datasets"])})
            for each in document.get("consumers", ())
        ),
    )


def _step(step: StepReport) -> shapes.RunStep:
    document: shapes.RunStep = {
        "key": step.key,
        "dataset": step.dataset,
        "action": step.action.value,
        "state": step.state.value,
        "version": step.version,
        "rows": step.rows,
        "seconds": round(step.seconds, 4),
        "attempts": step.attempts,
        "error": _step_error(step),
        "started_at": _moment(step.started_at),
        "ended_at": _moment(step.ended_at),
        "inputs": dict(step.inputs),
        "costs": dict(step.costs),
    }
    if step.parts is not None:
        document["intervals"] = {
            "class": step.parts.version_class.value,
            "build": spans_document(step.parts.build),
            "built": step.parts.built,
            "reused": step.parts.reused,
            "kept": step.parts.kept,
            "dropped": step.parts.dropped,
        }
    return document


def _run_error(report: RunReport) -> shapes.RunError | None:
    error = _error(report.error)
    return None if error is None else {**error, "retryable": report.is_retryable}


def _step_error(step: StepReport) -> shapes.StepError | None:
    """Say why a step failed, whether a retry can help, and whether it is a test inside of a tool that said no."""
    error = _error(step.error)
    return None if error is None else {**error, "retryable": step.is_retryable, "refused": step.is_refused}


def _moment(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _error(error: Diagnostic | None) -> shapes.ErrorPlace | None:
    if error is None:
        return None
    return {
        "code": error.code,
        "message": error.message,
        "file": error.span.file if error.span else None,
        "line": error.span.line if error.span else None,
        "column": error.span.column if error.span else None,
        "fix": error.fix,
    }

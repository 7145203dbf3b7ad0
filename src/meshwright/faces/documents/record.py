"""Answers about the record of runs as JSON documents: what they cost, whether one stopped, how two differ, archives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from meshwright.app.run_archive import ArchiveCheck, Archived
from meshwright.app.run_costs import CostLine, CostReport
from meshwright.app.run_differences import Changed, RunDifference, cost_differences
from meshwright.app.run_openlineage import RunEvents
from meshwright.app.run_stopping import StopReport
from meshwright.app.values import RunRecord, StepRecord
from meshwright.faces.documents.plainvalues import Document, plain

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import runs as shapes


def stop_document(report: StopReport) -> Document:
    """`runs stop`."""
    return {
        "schema": "meshwright/runs-stop/1",
        "run_id": report.run_id,
        "state": report.state.value,
        "asked": list(report.asked),
        "seconds": round(report.seconds, 3),
    }


def costs_report_document(report: CostReport) -> shapes.RunsCost:
    """`runs cost`."""
    return {
        "schema": "meshwright/runs-cost/1",
        "by": report.by.value,
        "since": report.since.isoformat(),
        "runs": report.runs,
        "lines": [_cost_line(line) for line in report.lines],
        "total": {"costs": dict(report.total.costs), "amounts": dict(report.total.amounts)},
    }


def _cost_line(line: CostLine) -> shapes.CostLine:
    return {"name": line.name, "runs": line.runs, "costs": dict(line.costs), "amounts": dict(line.amounts)}


def run_events_document(found: RunEvents) -> shapes.RunsOpenlineage:
    """`runs openlineage`."""
    return {
        "schema": "meshwright/runs-openlineage/1",
        "run_id": found.run_id,
        "events": [dict(event) for event in found.events],
    }


def run_events_lines(found: RunEvents) -> Iterator[str]:
    """`runs openlineage`: NDJSON, which is what receivers and files take."""
    for event in found.events:
        yield json.dumps(event, separators=(",", ":"))


def archived_document(archived: Archived) -> Document:
    """`runs export`."""
    return {
        "schema": "meshwright/runs-export/1",
        "run_id": archived.run_id,
        "file": archived.file,
        "members": archived.members,
        "size_bytes": archived.size_bytes,
        "sha256": archived.sha256,
        "notes": list(archived.notes),
    }


def archive_check_document(check: ArchiveCheck) -> Document:
    """`runs export --check`."""
    return {
        "schema": "meshwright/runs-export-check/1",
        "ok": check.ok,
        "file": check.file,
        "run_id": check.run_id,
        "members": check.members,
        "problems": list(check.problems),
    }


def run_difference_document(difference: RunDifference) -> shapes.RunsDiff:
    """`runs diff`."""
    return {
        "schema": "meshwright/runs-diff/1",
        "same": difference.is_same,
        "before": _compared(difference.before),
        "after": _compared(difference.after),
        "files": [
            {
                "path": file.path,
                "change": file.change,
                "lines_added": file.lines_added,
                "lines_removed": file.lines_removed,
            }
            for file in difference.files
        ],
        "options": [_changed(each) for each in difference.options],
        "infrastructure": [_changed(each) for each in difference.infrastructure],
        "versions": [
            {
                "dataset": each.dataset,
                "role": "output" if each.is_output else "input",
                "before": each.before,
                "after": each.after,
            }
            for each in difference.versions
        ],
        "steps": [
            {"key": each.key, "before": _did(each.before), "after": _did(each.after)} for each in difference.steps
        ],
        "tests": [
            {
                "dataset": each.dataset,
                "id": each.id,
                "before": dict(each.before) if each.before is not None else None,
                "after": dict(each.after) if each.after is not None else None,
            }
            for each in difference.tests
        ],
        "costs": [
            {"unit": unit, "before": before, "after": after}
            for unit, (before, after) in cost_differences(difference).items()
        ],
    }


def _compared(run: RunRecord) -> shapes.ComparedRun:
    return {
        "run_id": run.id,
        "state": run.state.value,
        "generation": run.generation,
        "started_at": run.started_at.isoformat(),
        "seconds": (run.finished_at - run.started_at).total_seconds() if run.finished_at else None,
    }


def _changed(each: Changed) -> shapes.ChangedValue:
    return {"name": each.name, "before": plain(each.before), "after": plain(each.after)}


def _did(step: StepRecord | None) -> shapes.StepDone | None:
    if step is None:
        return None
    return {"action": step.action, "state": step.state, "rows": step.rows, "seconds": step.seconds}

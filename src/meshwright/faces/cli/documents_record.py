"""Answers about the record of runs as JSON documents: what they cost, whether one stopped, how two differ, archives."""

from __future__ import annotations

import json
from collections.abc import Iterator

from meshwright.app.run_costs import CostLine, CostReport
from meshwright.app.run_openlineage import RunEvents
from meshwright.app.run_stopping import StopReport
from meshwright.faces.cli.plainvalues import Document


def stop_document(report: StopReport) -> Document:
    """`runs stop`."""
    return {
        "schema": "meshwright/runs-stop/1",
        "run_id": report.run_id,
        "state": report.state.value,
        "asked": list(report.asked),
        "seconds": round(report.seconds, 3),
    }


def costs_report_document(report: CostReport) -> Document:
    """`runs cost`."""
    return {
        "schema": "meshwright/runs-cost/1",
        "by": report.by.value,
        "since": report.since.isoformat(),
        "runs": report.runs,
        "lines": [_cost_line(line) for line in report.lines],
        "total": {"costs": dict(report.total.costs), "amounts": dict(report.total.amounts)},
    }


def _cost_line(line: CostLine) -> Document:
    return {"name": line.name, "runs": line.runs, "costs": dict(line.costs), "amounts": dict(line.amounts)}


def run_events_document(found: RunEvents) -> Document:
    """`runs openlineage`."""
    return {"schema": "meshwright/runs-openlineage/1", "run_id": found.run_id, "events": list(found.events)}


def run_events_lines(found: RunEvents) -> Iterator[str]:
    """`runs openlineage`: NDJSON, which is what receivers and files take."""
    for event in found.events:
        yield json.dumps(event, separators=(",", ":"))

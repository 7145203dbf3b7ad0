"""Answers as JSON documents: plain values, `schema` first. The shapes are promises to other programs; fields may be added.

One function per verb; cards of `show` are in `documents.show`; plans and runs, which are recorded as well, are written
by `plan.documents` and `run.documents`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshwright.app.reports import (
    CheckReport,
    CreateReport,
    DoctorReport,
    InitReport,
    LineageReport,
    ListedRun,
    RunDetail,
    RunLog,
    TestReport,
)
from meshwright.app.values import LogLine, RunRecord, StepRecord, costs_document
from meshwright.faces.documents.findings import diagnostic_document
from meshwright.faces.documents.inner import inner_step_document
from meshwright.faces.documents.outcomes import outcome_document
from meshwright.faces.documents.plainvalues import Document, moment, plain
from meshwright.faces.documents.requests import request_document

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import catalog, findings, outside, tests
    from meshwright.faces.documents.shapes import runs as shapes


def check_document(report: CheckReport) -> findings.Check:
    """`check`."""
    return {"schema": "meshwright/check/1", **_checked(report)}


def contract_lint_document(report: CheckReport) -> Document:
    """`contract lint`."""
    return {"schema": "meshwright/contract-lint/1", **_checked(report)}


def _checked(report: CheckReport) -> findings.Checked:
    return {
        "ok": report.ok,
        "diagnostics": [diagnostic_document(diagnostic) for diagnostic in report.diagnostics],
        "counts": dict(report.counts),
    }


def test_report_document(report: TestReport) -> tests.Test:
    """`test`."""
    return {
        "schema": "meshwright/test/1",
        "ok": report.ok,
        "tests": [outcome_document(test) for test in report.tests],
        "untested": list(report.untested),
    }


def runs_document(runs: Sequence[RunRecord]) -> shapes.Runs:
    """`runs list`."""
    return {"schema": "meshwright/runs/1", "runs": [run_record_document(run) for run in runs]}


def run_trees_document(runs: Sequence[ListedRun]) -> shapes.Runs:
    """`runs list --tree`."""
    return {
        "schema": "meshwright/runs/1",
        "runs": [{**run_record_document(listed.run), "depth": listed.depth} for listed in runs],
    }


def run_detail_document(detail: RunDetail) -> shapes.RunRecord:
    """`runs show`."""
    return {
        "schema": "meshwright/run-record/1",
        **run_record_document(detail.run),
        "held": detail.is_held,
        "steps": [
            {
                **step_document(step),
                "inner": [inner_step_document(inner) for inner in detail.inner.get(step.key, ())],
            }
            for step in detail.steps
        ],
        "children": [
            {"run_id": child.id, "state": child.state.value, "step": child.parent_step} for child in detail.children
        ],
        "infrastructure": _recorded(detail.run.infrastructure),
        "costs": costs_document(detail.costs),
        "log": [log_line_document(line) for line in detail.logs],
        "planned": _recorded(detail.run.planned),
        "bound": _recorded(detail.run.bound),
        "report": _recorded(detail.run.report),
        "files": dict(detail.run.files),
        "request": None if detail.request is None else request_document(detail.request),
    }


def step_document(step: StepRecord) -> shapes.RecordedStep:
    """A step of a run as it is recorded."""
    return {
        "key": step.key,
        "dataset": step.dataset,
        "action": step.action,
        "state": step.state,
        "version": step.version,
        "rows": step.rows,
        "seconds": step.seconds,
        "attempts": step.attempts,
        "error": step.error,
        "started_at": moment(step.started_at),
        "ended_at": moment(step.ended_at),
        "inputs": dict(step.inputs),
        "costs": dict(step.costs),
    }


def run_log_document(log: RunLog) -> shapes.RunLog:
    """`runs logs`."""
    return {
        "schema": "meshwright/run-log/1",
        "run_id": log.run_id,
        "dataset": log.dataset,
        "search": log.search,
        "log": [log_line_document(line) for line in log.lines],
    }


def log_line_document(line: LogLine) -> shapes.LogLine:
    """A line of a run's log."""
    return {
        "number": line.number,
        "at": line.at.isoformat(),
        "level": line.level,
        "step": line.step,
        "text": line.text,
    }


def run_record_document(run: RunRecord) -> shapes.ListedRun:
    """A run in lists."""
    return {
        "run_id": run.id,
        "environment": run.environment,
        "state": run.state.value,
        "by": run.by,
        "started_at": run.started_at.isoformat(),
        "finished_at": moment(run.finished_at),
        "base_generation": run.base_generation,
        "generation": run.generation,
        "parent": run.parent,
        "parent_step": run.parent_step,
        "options": _recorded(run.options),
        "meshwright": run.meshwright,
    }


def _recorded(text: str) -> object:
    """Return a recorded JSON document as values; as text where an older release wrote something else."""
    try:
        return plain(json.loads(text))
    except ValueError:
        return text


def lineage_document(report: LineageReport) -> catalog.Lineage:
    """`lineage`."""
    neighbours: outside.OutsideLineage | None = None
    if report.outside is not None:
        from meshwright.faces.documents.outside_told import outside_lineage_document  # lazy: few meshes hear of others

        neighbours = outside_lineage_document(report.outside)
    return {
        "schema": "meshwright/lineage/1",
        "object": report.object,
        "nodes": list(report.nodes),
        "edges": [{"from": source, "to": target, "kind": kind.value} for source, target, kind in report.edges],
        "notes": list(report.notes),
        "outside": neighbours,
    }


def doctor_document(report: DoctorReport) -> Document:
    """`doctor`."""
    return {
        "schema": "meshwright/doctor/1",
        "ok": report.ok,
        "findings": [
            {"topic": item.topic, "ok": item.ok, "detail": item.detail, "fix": item.fix} for item in report.findings
        ],
    }


def create_document(report: CreateReport) -> Document:
    """`domain new`, `product new`."""
    return {
        "schema": "meshwright/create/1",
        "object": report.object,
        "folder": report.folder,
        "files": list(report.files),
        "findings": [diagnostic_document(finding) for finding in report.findings],
    }


def init_document(report: InitReport) -> Document:
    """`init`."""
    return {
        "schema": "meshwright/init/1",
        "directory": report.directory,
        "template": report.template,
        "files": report.files,
        "data_files": report.data_files,
        "bytes": report.bytes,
    }

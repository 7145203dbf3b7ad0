"""A plan as the JSON document that other programs read: ``meshwright/plan/1``. Fields may be added, never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from meshwright.checks.verdict import rule_words
from meshwright.plan.compatibility import Change, ObjectChange
from meshwright.plan.values import Affected, Plan, Step

if TYPE_CHECKING:
    from meshwright.plan import shapes
    from meshwright.plan.impact import Impact, Use
    from meshwright.plan.movable import ComponentMove


def plan_document(plan: Plan) -> shapes.Plan:
    """Return the document of a plan: the same plan gives the same document, key for key."""
    return {
        "schema": "meshwright/plan/1",
        "environment": plan.environment,
        "generation": plan.generation,
        "steps": [step_document(step) for step in plan.steps],
        "affected": [_affected_document(one) for one in plan.affected],
        "level": plan.level.value,
        "changes": [_object_change_document(one) for one in plan.changes],
        "impact": [impact_document(one) for one in plan.impacts],
        "counts": dict(plan.counts),
        "moves": [move_document(one) for one in plan.moves],
        "notes": list(plan.notes),
    }


def move_document(move: ComponentMove) -> shapes.ComponentMove:
    """Return a use of a component that could move as plain JSON values."""
    return {
        "node": move.node,
        "component": move.component,
        "version": move.version,
        "newest": move.newest,
        "in_range": move.is_in_range,
        "datasets": list(move.datasets),
        "problem": move.problem,
    }


def step_document(step: Step) -> shapes.PlannedStep:
    """Return one step as plain JSON values."""
    document: shapes.PlannedStep = {
        "key": step.key,
        "kind": step.kind.value,
        "dataset": step.dataset,
        "products": list(step.products),
        "action": step.action.value,
        "version": step.version,
        "reasons": list(step.reasons),
        "after": list(step.after),
        "inputs": dict(sorted(step.inputs.items())),
        "checks": [{"id": spec.id, "rule": rule_words(spec), "action": spec.action.value} for spec in step.checks],
        "blocked_by": [
            {
                "version": evidence.version,
                "check": evidence.check,
                "outcome": evidence.outcome.value,
                "value": evidence.value,
                "failing_rows": evidence.failing_rows,
                "run_id": evidence.run_id,
            }
            for evidence in step.blocked_by
        ],
        "problem": None
        if step.problem is None
        else {"code": step.problem.code, "message": step.problem.message, "fix": step.problem.fix},
    }
    if step.parts is not None:
        document["intervals"] = {
            "class": step.parts.version_class.value,
            "build": spans_document(step.parts.build),
            "built": step.parts.built,
            "kept": step.parts.kept,
            "dropped": step.parts.dropped,
        }
    return document


def spans_document(spans: Iterable[tuple[dt.datetime, dt.datetime]]) -> list[shapes.TimeSpan]:
    """Return stretches of time, [start, end) in UTC, as plain JSON values."""
    return [{"start": moment_text(start), "end": moment_text(end)} for start, end in spans]


def moment_text(moment: dt.datetime) -> str:
    """Return a moment in UTC as documents hold it: ``2013-01-05T00:00:00Z``."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _affected_document(one: Affected) -> shapes.AffectedProduct:
    return {
        "domain": one.domain,
        "product": one.product,
        "consumers": list(one.consumers),
        "columns": list(one.columns),
        "outside": list(one.outside),
    }


def _object_change_document(one: ObjectChange) -> shapes.ObjectChange:
    return {
        "object": one.object,
        "kind": one.kind.value,
        "level": one.level.value,
        "changes": [change_document(change) for change in one.changes],
        "reaches": {
            "datasets": list(one.reaches.datasets),
            "products": list(one.reaches.products),
            "consumers": list(one.reaches.consumers),
            "columns": list(one.reaches.columns),
            "outside": list(one.reaches.outside),
        },
    }


def impact_document(impact: Impact) -> shapes.BrokenPort:
    """Return what breaks of a port, and who uses it, as plain JSON values."""
    approval = impact.approval
    return {
        "port": impact.port,
        "status": impact.status or None,
        "promised": impact.is_promised,
        "changes": [change_document(change) for change in impact.changes],
        "consumers": [use_document(use) for use in impact.uses],
        "approvers": list(impact.approvers),
        "approval": None
        if approval is None
        else {
            "object": approval.object,
            "owner": approval.owner,
            "reason": approval.reason,
            "expires": approval.expires.isoformat(),
        },
    }


def use_document(use: Use) -> shapes.BrokenUse:
    """Return one consumer's use as plain JSON values."""
    return {
        "kind": use.kind,
        "consumer": use.consumer,
        "owners": list(use.owners),
        "dataset": use.dataset or None,
        "columns": list(use.columns),
        "query": use.query,
        "file": use.span.file if use.span else None,
        "line": use.span.line if use.span else None,
        "column": use.span.column if use.span else None,
        "url": use.url,
        "struck": use.is_struck,
        "job": use.job,
    }


def change_document(change: Change) -> shapes.Change:
    """Return one change of a dataset or contract as plain JSON values."""
    return {
        "path": change.path,
        "kind": change.kind,
        "level": change.level.value,
        "message": change.message,
        "policy": change.is_policy,
    }

"""Impact as JSON: ``meshwright/impact/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.app.impact import ImpactReport
from meshwright.faces.documents.plainvalues import plain_document
from meshwright.plan.documents import impact_document, moment_text
from meshwright.plan.impact.usage import Usage

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import plans


def impact_report_document(report: ImpactReport) -> plans.Impact:
    """`impact`."""
    document: plans.Impact = {
        "schema": "meshwright/impact/1",
        "environment": report.environment,
        "generation": report.generation,
        "object": report.object,
        "uses": [_usage_document(one) for one in report.usages],
        "impact": [impact_document(one) for one in report.impacts],
    }
    return plain_document(document)


def _usage_document(usage: Usage) -> plans.Usage:
    return {
        "kind": usage.kind,
        "consumer": usage.consumer,
        "owners": list(usage.owners),
        "dataset": usage.dataset,
        "port": usage.port,
        "distance": usage.distance,
        "reads": list(usage.reads),
        "gives": list(usage.gives),
        "query": usage.query,
        "file": usage.span.file if usage.span else None,
        "line": usage.span.line if usage.span else None,
        "column": usage.span.column if usage.span else None,
        "url": usage.url,
        "job": usage.job,
        "writes": list(usage.writes),
        "last_seen": moment_text(usage.seen_at) if usage.seen_at is not None else None,
    }

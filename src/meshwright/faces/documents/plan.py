"""A plan as a document, with what forbids it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from meshwright.faces.documents.findings import refusal_document
from meshwright.faces.documents.plainvalues import plain_document
from meshwright.plan.documents import plan_document

if TYPE_CHECKING:
    from meshwright.diagnostics import MeshwrightError
    from meshwright.faces.documents.shapes import plans
    from meshwright.plan.values import Plan


def planned_document(made: Plan, refusal: MeshwrightError | None = None) -> plans.Plan:
    """`plan`."""
    document = cast("plans.Plan", plain_document(plan_document(made)))  # it may have one field more
    if refusal is not None:
        document["error"] = refusal_document(refusal)
    return document

"""Findings and errors as documents. Light: an error must not cost what the command would have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.diagnostics import Diagnostic, MeshwrightError

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes.findings import Finding, Refusal

Document = dict[str, object]


def diagnostic_document(diagnostic: Diagnostic) -> Finding:
    """One finding."""
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "file": span.file if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "fix": diagnostic.fix,
        "object": diagnostic.object,
    }


def error_document(error: MeshwrightError) -> Document:
    """A command that could not answer."""
    return {"schema": "meshwright/error/1", "error": refusal_document(error)}


def refusal_document(error: MeshwrightError) -> Refusal:
    """What stands in the way."""
    first = error.first
    return {
        "code": first.code,
        "message": first.message,
        "file": first.span.file if first.span else None,
        "line": first.span.line if first.span else None,
        "column": first.span.column if first.span else None,
        "fix": first.fix,
        "retryable": error.retryable,
        "diagnostics": [diagnostic_document(diagnostic) for diagnostic in error.diagnostics],
    }

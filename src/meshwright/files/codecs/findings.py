"""Spans and diagnostics as JSON arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any  # decoded JSON: the shape is this module's own and is checked by the records made from it

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan


def pack_span(span: SourceSpan | None) -> list[object] | None:
    """Return a span as JSON."""
    return [span.file, span.line, span.column] if span else None


def unpack_span(packed: Any) -> SourceSpan | None:
    """Return the span that `pack_span` packed."""
    if packed is None:
        return None
    file, line, column = packed
    return SourceSpan(file=file, line=line, column=column)


def pack_findings(findings: Sequence[Diagnostic]) -> list[object]:
    """Return diagnostics as JSON."""
    return [
        [
            finding.code,
            finding.message,
            pack_span(finding.span),
            finding.fix,
            finding.severity.value,
            finding.object,
        ]
        for finding in findings
    ]


def unpack_findings(packed: Any) -> tuple[Diagnostic, ...]:
    """Return the diagnostics that `pack_findings` packed."""
    return tuple(
        Diagnostic(
            code=code,
            message=message,
            span=unpack_span(span),
            fix=fix,
            severity=Severity(severity),
            object=address,
        )
        for code, message, span, fix, severity, address in packed
    )

"""Findings and errors, as lines for people and as documents. Light: an error must not cost what the command would have."""

from __future__ import annotations

from collections.abc import Iterable

from meshwright.diagnostics import Diagnostic, MeshwrightError, Severity
from meshwright.faces.cli.terminal import Look, one_line, printable

_SEVERITY_STYLE = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_INDENT = "        "

Document = dict[str, object]


def diagnostic_lines(diagnostic: Diagnostic, look: Look) -> list[str]:
    """``CODE file:line:column message`` and the fix below; warnings and notes say so."""
    code = look.paint(diagnostic.code, "bold", _SEVERITY_STYLE[diagnostic.severity])
    place = f" {look.paint(one_line(str(diagnostic.span)), 'bold')}" if diagnostic.span else ""
    weight = "" if diagnostic.severity is Severity.ERROR else f" {diagnostic.severity.value}:"
    first, *more = printable(diagnostic.message).splitlines() or [""]
    lines = [f"{code}{place}{weight} {first}", *(f"{_INDENT}{line}" for line in more)]
    if diagnostic.fix:
        fix, *rest = printable(diagnostic.fix).splitlines()
        lines += [f"{_INDENT}{look.paint('fix:', 'green')} {fix}", *(f"{_INDENT}     {line}" for line in rest)]
    return lines


def error_lines(diagnostics: Iterable[Diagnostic], look: Look) -> list[str]:
    """Every finding of an error."""
    return [line for diagnostic in diagnostics for line in diagnostic_lines(diagnostic, look)]


def diagnostic_document(diagnostic: Diagnostic) -> Document:
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
    first = error.first
    return {
        "schema": "meshwright/error/1",
        "error": {
            "code": first.code,
            "message": first.message,
            "file": first.span.file if first.span else None,
            "line": first.span.line if first.span else None,
            "column": first.span.column if first.span else None,
            "fix": first.fix,
            "retryable": error.retryable,
            "diagnostics": [diagnostic_document(diagnostic) for diagnostic in error.diagnostics],
        },
    }

"""Findings and errors as lines for people. Light: an error must not cost what the command would have."""

from __future__ import annotations

from collections.abc import Iterable

from meshwright.diagnostics import Diagnostic, Severity
from meshwright.faces.text.terminal import Look, one_line, printable

_SEVERITY_STYLE = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_INDENT = "        "


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

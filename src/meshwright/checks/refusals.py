"""Which findings are refusals: the input is sound, and the answer is no. Light: every report asks."""

from __future__ import annotations

from collections.abc import Iterable

from meshwright.diagnostics import Diagnostic, Severity

_CODES = frozenset({"MW-V101", "MW-V103"})


def refusals(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return those findings that are a policy's, and errors."""
    return tuple(found for found in findings if found.severity is Severity.ERROR and found.code in _CODES)

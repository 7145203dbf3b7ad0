"""The verbs of `contract`: they need no mesh."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from meshwright.app.reports import CheckReport
from meshwright.diagnostics import sort_diagnostics


def lint(paths: Sequence[Path]) -> CheckReport:
    """Validate ODCS documents against the standard's schema and our own rules for them."""
    from meshwright.files.standards import lint_contract_files  # lazy: pulls in the validator

    return CheckReport(diagnostics=sort_diagnostics(lint_contract_files(paths)), counts={"contracts": len(paths)})

"""What a diagnostic's code means."""

from __future__ import annotations

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.diagnostics.catalog import TABLES
from meshwright.diagnostics.catalog.entry import Code


def explain_code(code: str) -> Code:
    """Return the entry of a code. Raises InputError (MW-H018) where there is none."""
    known = {entry.code: entry for table in TABLES for entry in table}
    found = known.get(code)
    if found is None:
        raise InputError(
            Diagnostic(code="MW-H018", message="no such code", fix=known_names_hint(code[:20], known, what="codes"))
        )
    return found

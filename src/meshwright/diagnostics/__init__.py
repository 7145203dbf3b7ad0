"""What is wrong, where, and how to fix it: the one vocabulary of findings and errors.

The lowest layer: every other package imports it and it imports none of them.
"""

from meshwright.diagnostics.errors import (
    InputError,
    InterruptedRun,
    MeshwrightError,
    RefusedError,
    WorldError,
)
from meshwright.diagnostics.nearest import known_names_hint, nearest_name
from meshwright.diagnostics.records import Diagnostic, Severity, SourceSpan, has_errors, sort_diagnostics

__all__ = [
    "Diagnostic",
    "InputError",
    "InterruptedRun",
    "MeshwrightError",
    "RefusedError",
    "Severity",
    "SourceSpan",
    "WorldError",
    "has_errors",
    "known_names_hint",
    "nearest_name",
    "sort_diagnostics",
]

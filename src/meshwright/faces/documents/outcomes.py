"""What a rule said of a version, as JSON: the same in answers of runs, tests and cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.app.values import TestOutcome, test_document
from meshwright.faces.documents.plainvalues import plain_document

if TYPE_CHECKING:
    from meshwright.app.shapes import TestEntry


def outcome_document(outcome: TestOutcome) -> TestEntry:
    """One test's entry."""
    return plain_document(test_document(outcome))

"""What a rule said of a version, as JSON: the same in answers of runs, tests and cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from meshwright.app.values import TestOutcome, test_document
from meshwright.faces.documents.plainvalues import plain_document

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import tests as shapes


def outcome_document(outcome: TestOutcome) -> shapes.TestEntry:
    """One test's entry."""
    return cast("shapes.TestEntry", plain_document(test_document(outcome)))

"""The document of `contract test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.app.values import test_document
from meshwright.faces.documents.findings import diagnostic_document
from meshwright.faces.documents.plainvalues import Document, plain

if TYPE_CHECKING:
    from meshwright.app.contract_testing import ContractTestReport
    from meshwright.app.values import TestOutcome
    from meshwright.diagnostics import SourceSpan


def contract_test_document(report: ContractTestReport) -> Document:
    """`contract test`."""
    return {
        "schema": "meshwright/contract-test/1",
        "ok": report.ok,
        "contract": {"id": report.contract_id, "version": report.contract_version},
        "tests": [_test(test, place) for test, place in zip(report.tests, report.places, strict=True)],
        "data": [{"object": each.object, "place": each.place, "rows": each.rows} for each in report.data],
        "untested": list(report.untested),
        "notes": list(report.notes),
        "diagnostics": [diagnostic_document(diagnostic) for diagnostic in report.diagnostics],
        "seconds": round(report.seconds, 3),
    }


def _test(test: TestOutcome, place: SourceSpan | None) -> Document:
    document = {
        **test_document(test),
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }
    return {name: plain(value) for name, value in document.items()}

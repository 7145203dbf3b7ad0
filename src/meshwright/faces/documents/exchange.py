"""Contracts from other formats and into them, as JSON documents."""

from __future__ import annotations

from meshwright.app.contract_exporting import ExportReport
from meshwright.app.contract_importing import ImportReport
from meshwright.faces.documents.findings import Document, diagnostic_document


def import_document(report: ImportReport) -> Document:
    """`contract import`."""
    return {
        "schema": "meshwright/contract-import/1",
        "format": report.format,
        "contract": report.document,
        "text": report.text,
        "notes": [diagnostic_document(note) for note in report.notes],
        "file": report.file,
    }


def export_document(report: ExportReport) -> Document:
    """`contract export`."""
    return {
        "schema": "meshwright/contract-export/1",
        "format": report.format,
        "text": report.text,
        "notes": [diagnostic_document(note) for note in report.notes],
        "file": report.file,
    }

"""Contracts from other formats and into them, as lines: the text itself, or where it was written."""

from __future__ import annotations

from collections.abc import Sequence

from meshwright.app.contract_exporting import ExportReport
from meshwright.app.contract_importing import ImportReport
from meshwright.diagnostics import Diagnostic
from meshwright.faces.text.findings import error_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import count_words


def note_lines(notes: Sequence[Diagnostic], look: Look) -> list[str]:
    """What the other side has no words for."""
    return error_lines(notes, look)


def import_lines(report: ImportReport, look: Look) -> list[str]:
    """The contract, or where it is."""
    if report.file is None:
        return report.text.removesuffix("\n").split("\n")
    schema = report.document.get("schema")
    objects = len(schema) if isinstance(schema, list) else 0
    return [_written(report.file, f"a contract with {count_words(objects, 'object')}", look)]


def export_lines(report: ExportReport, look: Look) -> list[str]:
    """The text, or where it is."""
    if report.file is None:
        return report.text.removesuffix("\n").split("\n") if report.text else []
    return [_written(report.file, report.format, look)]


def _written(file: str, what: str, look: Look) -> str:
    return f"{look.paint(look.marks.ok, 'green')} {one_line(file)}: {what}"

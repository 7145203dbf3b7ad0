"""Answers that commands share: of `run` and `runs resume`, and of `runs export --check` here and through a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from meshwright.app.values import RunReport, run_document
from meshwright.faces.cli.invocation import Invocation, answer
from meshwright.faces.status import run_status
from meshwright.faces.text.run import run_lines

if TYPE_CHECKING:
    from meshwright.app import shapes


def answer_run(invocation: Invocation, report: RunReport) -> None:
    """Write the run's document or its summary; the status says how it ended."""
    answer(
        invocation,
        status=run_status(report),
        document=lambda: _document(report),
        lines=lambda look: run_lines(report, look),
    )


def answer_archive_check(invocation: Invocation, file: Path) -> None:
    """Hold the archive of a run against its manifest, and write what was found; it is a file here, whatever server is named."""
    from meshwright.app.run_archive import check_archive  # lazy, all: few ask for it
    from meshwright.faces.documents.record import archive_check_document
    from meshwright.faces.status import DONE, NO
    from meshwright.faces.text.record import archive_check_lines

    check = check_archive(file)
    answer(
        invocation,
        status=DONE if check.ok else NO,
        document=lambda: archive_check_document(check),
        lines=lambda look: archive_check_lines(check, look),
    )


def _document(report: RunReport) -> shapes.Run:
    from meshwright.faces.documents.plainvalues import plain_document  # lazy: few ask for it

    return plain_document(run_document(report))

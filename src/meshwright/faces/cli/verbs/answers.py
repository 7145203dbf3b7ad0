"""The answer that `run` and `runs resume` share."""

from __future__ import annotations

from meshwright.app.values import RunReport, run_document
from meshwright.faces.cli.invocation import Invocation, answer
from meshwright.faces.status import run_status
from meshwright.faces.text.run import run_lines


def answer_run(invocation: Invocation, report: RunReport) -> None:
    """Write the run's document or its summary; the status says how it ended."""
    answer(
        invocation,
        status=run_status(report),
        document=lambda: _document(report),
        lines=lambda look: run_lines(report, look),
    )


def _document(report: RunReport) -> dict[str, object]:
    from meshwright.faces.documents.plainvalues import plain_document  # lazy: few ask for it

    return plain_document(run_document(report))

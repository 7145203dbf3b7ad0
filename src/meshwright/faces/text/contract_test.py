"""What `contract test` found, as lines for people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from meshwright.app.values import TestOutcome
from meshwright.faces.text.findings import error_lines
from meshwright.faces.text.run import outcome_lines, tests_words
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import count_words, seconds_words

if TYPE_CHECKING:
    from meshwright.app.contract_testing import ContractTestReport
    from meshwright.diagnostics import SourceSpan


def contract_test_lines(report: ContractTestReport, look: Look) -> list[str]:
    """Warnings, every rule that did not pass, what was not tested, and one line that sums up."""
    lines = error_lines(report.diagnostics, look)
    for test, place in zip(report.tests, report.places, strict=True):
        if test.verdict != "pass":
            lines += _test_lines(test, place, look)
    lines += [f"  {look.paint('untested', 'yellow')} {one_line(words)}" for words in report.untested]
    lines += [f"{look.paint('note:', 'yellow')} {one_line(note)}" for note in report.notes]
    for data in report.data:
        rows = "which is empty" if data.rows == 0 else count_words(data.rows, "row")
        lines.append(f"  {one_line(data.object)}: {one_line(data.place)}, {rows}")
    mark = look.paint(look.marks.ok, "green") if report.ok else look.paint(look.marks.failed, "red")
    tests = tests_words(report.tests) if report.tests else "no rule was measured"
    contract = f"{one_line(report.contract_id)} {one_line(report.contract_version)}"
    return [*lines, f"{mark} {contract}: {tests} in {seconds_words(report.seconds)}"]


def _test_lines(test: TestOutcome, place: SourceSpan | None, look: Look) -> list[str]:
    lines = outcome_lines(replace(test, finding=test.words) if test.error is not None else test, look)
    if place is not None:
        lines.append(f"       {look.paint(one_line(str(place)), 'dim')}")
    return lines

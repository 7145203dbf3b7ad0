"""Exit statuses, decided from answers: 0 done, 1 the answer is no, 2 the input is wrong, 3 the world failed, 130 interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.app.values import RunReport, RunState, StepState

if TYPE_CHECKING:
    from meshwright.app.contract_diff import ContractDiff
    from meshwright.app.contract_testing import ContractTestReport
    from meshwright.app.policy_reports import ExamplesReport, PolicyTest
    from meshwright.app.repeat import Repetition
    from meshwright.app.reports import CheckReport, DoctorReport, TestReport, VerifyReport

DONE = 0
NO = 1
WRONG_INPUT = 2
WORLD_FAILED = 3
INTERRUPTED = 130


def check_status(report: CheckReport) -> int:
    """Files with errors are wrong input; sound files that a policy refuses are the answer "no"; warnings are fine."""
    if report.is_refused:
        return NO
    return DONE if report.ok else WRONG_INPUT


def answer_status(
    report: TestReport | DoctorReport | PolicyTest | ExamplesReport | ContractDiff | ContractTestReport,
) -> int:
    """Yes or no."""
    return DONE if report.ok else NO


def verify_status(report: VerifyReport) -> int:
    """Whole or not; what a repair could not do now and can do later is the world's fault."""
    if report.ok:
        return DONE
    is_retryable = report.repair is not None and any(found.is_retryable for found in report.repair.unrepaired)
    return WORLD_FAILED if is_retryable else NO


def repetition_status(repetition: Repetition) -> int:
    """Return the status of the run that repeated another; one that went well says no where a version differs."""
    return run_status(repetition.report) or (DONE if repetition.is_same else NO)


def run_status(report: RunReport) -> int:  # noqa: PLR0911 - a table of cases, first match wins
    """Return the exit status of a run that started.

    A test that stops, ours or one inside of a tool, is the answer "no" and outweighs what else failed; then a step that
    cannot work with the files as they are; then a step that a retry may bring through; what is left was refused or blocked.
    """
    if report.state is RunState.INTERRUPTED:
        return INTERRUPTED
    if report.state is RunState.SUCCEEDED:
        return DONE
    if report.error is not None:
        return WORLD_FAILED if report.is_retryable else NO
    if any(test.verdict in {"stop", "error"} for test in report.tests if test.action == "stop"):
        return NO
    if any(refusal.blocking_test for refusal in report.not_published):
        return NO
    failed = [step for step in report.steps if step.state is StepState.FAILED]
    if any(step.is_refused for step in failed):
        return NO
    if any(not step.is_retryable for step in failed):
        return WRONG_INPUT
    return WORLD_FAILED if failed else NO

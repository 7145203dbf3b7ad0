"""The exit status says who must act."""

from __future__ import annotations

import pytest

from meshwright.app.reports import CheckReport
from meshwright.app.values import NotPublished, RunReport, RunState, StepState
from meshwright.diagnostics import Severity
from meshwright.faces.status import check_status, run_status
from tests.faces.samples import built, outcome, problem, report, stopped

FAILED = StepState.FAILED
BLOCKED = NotPublished(product="sales.orders", reason="an input is blocked")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (report(), 0),
        (report(tests=(outcome("warn", "warn"), outcome("log", "log"))), 0),
        (stopped(), 1),
        (report(RunState.PARTIAL, tests=(outcome("error"),)), 1),
        (report(RunState.FAILED, not_published=(BLOCKED,)), 1),
        (report(RunState.STOPPED), 1),
        (report(RunState.FAILED, steps=(built("orders", FAILED, error=problem()),)), 2),
        (report(RunState.PARTIAL, steps=(built("orders", FAILED, error=problem(), is_retryable=True),)), 3),
        (
            report(
                RunState.FAILED,
                steps=(
                    built("raw", FAILED, error=problem()),
                    built("orders", FAILED, error=problem(), is_retryable=True),
                ),
            ),
            2,
        ),
        (report(RunState.FAILED, steps=(built("raw", FAILED, error=problem()),), tests=(outcome("stop"),)), 1),
        (
            report(
                RunState.FAILED,
                steps=(built("raw", FAILED, error=problem()), built("marts", FAILED, error=problem(), is_refused=True)),
            ),
            1,
        ),
        (report(RunState.INTERRUPTED, tests=(outcome("stop"),)), 130),
    ],
)
def test_a_run_ends_with_the_status_of_who_must_act(answer: RunReport, status: int) -> None:
    assert run_status(answer) == status


def test_warnings_do_not_make_a_check_fail() -> None:
    assert check_status(CheckReport(diagnostics=(problem(severity=Severity.WARNING),))) == 0
    assert check_status(CheckReport(diagnostics=(problem(),))) == 2

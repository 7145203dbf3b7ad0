"""What the answers of verbs say about themselves."""

from __future__ import annotations

import pytest

from meshwright.app.reports import TestReport
from meshwright.run.report import TestOutcome


def outcome(action: str, verdict: str) -> TestOutcome:
    return TestOutcome(
        id="t",
        dataset="sales.orders.orders",
        action=action,
        verdict=verdict,
        value=1,
        operator="mustBe",
        bound=0,
        demand="must be 0",
        finding="1 row",
        failing_rows=1,
        words="t must be 0",
        version="v",
    )


@pytest.mark.parametrize(
    ("action", "verdict", "ok"),
    [
        ("stop", "pass", True),
        ("stop", "stop", False),
        ("stop", "error", False),
        ("warn", "warn", True),
        ("warn", "error", True),
        ("log", "log", True),
        ("log", "error", True),
    ],
)
def test_a_test_report_is_ok_where_a_publication_would_not_be_stopped(action: str, verdict: str, ok: bool) -> None:
    assert TestReport(tests=(outcome("stop", "pass"), outcome(action, verdict))).ok is ok

"""Tests that a script of ours noted in ``tests.json``: as tests of the outcome, and as a failure where one of them stops.

A job whose test stops, or could not be evaluated, fails: so what is downstream is blocked, and the product is not published.
"""

from __future__ import annotations

import json
from typing import Any

from meshwright.tools.protocol import InnerTest, Job, JobState, Poll

#: Verdicts that hold back what comes after.
_STOPPING = frozenset({"stop", "error"})
#: How many tests a failure names.
_NAMED = 10


def judged(job: Job, poll: Poll, *, words: str) -> Poll:
    """Return what a look at a job means once its tests are read. `words` is what the tool calls its tests."""
    if poll.state is not JobState.SUCCEEDED:
        return poll
    tests = _noted(job)
    failed = [test for test in tests if test["verdict"] in _STOPPING]
    if not failed:
        return poll
    lines = [f"{len(failed)} of {len(tests)} {words} failed", *(_line(test) for test in failed[:_NAMED])]
    if len(failed) > _NAMED:
        lines.append(f"and {len(failed) - _NAMED} more")
    # The same data fails again.
    return Poll(
        state=JobState.FAILED,
        lines=poll.lines,
        cursor=poll.cursor,
        steps=poll.steps,
        error="\n".join(lines),
        is_retryable=False,
        is_refused=True,
    )


def left_tests(job: Job, *, dataset: str | None) -> tuple[InnerTest, ...]:
    """Return the tests that a script noted; of `dataset`, where they name none themselves."""
    return tuple(
        InnerTest(
            name=test["name"],
            verdict=test["verdict"],
            dataset=test.get("dataset") or dataset,
            column=test["column"],
            failing_rows=test["failing_rows"],
            message=test["message"] or None,
        )
        for test in _noted(job)
    )


def _noted(job: Job) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((job.scratch / "tests.json").read_text("utf-8"))
    return found


def _line(test: dict[str, Any]) -> str:
    rows = f" ({test['failing_rows']} rows)" if test["failing_rows"] is not None else ""
    return f"{test['verdict']} {test['name']}{rows}: {test['message']}"

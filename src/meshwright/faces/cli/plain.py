"""Progress as plain lines on standard error: one for the start, one for each step that ended, one for each product."""

from __future__ import annotations

from dataclasses import dataclass, field

from meshwright.app.values import (
    Event,
    ProductNotPublished,
    ProductPublished,
    RunStarted,
    StepEnded,
    StepStarted,
    StepState,
    TestOutcome,
)
from meshwright.faces.cli.invocation import tell
from meshwright.faces.cli.progress import Progress, has_stop, verdict_words
from meshwright.faces.cli.terminal import one_line
from meshwright.faces.cli.words import count_words, seconds_words
from meshwright.plan.values import StepAction

_WORDS = {
    StepState.SUCCEEDED: "done",
    StepState.FAILED: "failed",
    StepState.BLOCKED: "blocked",
    StepState.SKIPPED: "skipped",
    StepState.INTERRUPTED: "interrupted",
}


@dataclass(slots=True)
class PlainProgress:
    """A listener that writes lines."""

    progress: Progress = field(default_factory=Progress)

    def __call__(self, event: Event) -> None:
        """Take one event and tell what is worth a line."""
        self.progress.take(event, 0.0)
        tell(progress_lines(event, self.progress))


def progress_lines(event: Event, progress: Progress) -> list[str]:
    """Return the lines for one event that `progress` has taken already."""
    match event:
        case RunStarted():
            work = count_words(len(progress.steps), "step")
            reused = f", {progress.reused} reused" if progress.reused else ""
            return [
                f"run {event.run_id}: {work}{reused} ({event.plan.environment}, generation {event.plan.generation})"
            ]
        case StepEnded():
            return _step_lines(event, progress)
        case ProductPublished():
            return [f"published {event.product} (generation {event.generation})"]
        case ProductNotPublished():
            return [f"not published {event.refusal.product}: {one_line(event.refusal.reason)}"]
        case StepStarted():
            return []


def _step_lines(event: StepEnded, progress: Progress) -> list[str]:
    report = event.report
    if report.key not in progress.steps or report.action is StepAction.PUBLISH:
        return []  # reused as planned, or told by the publication itself
    total = len(progress.steps)
    count = f"[{progress.done:>{len(str(total))}}/{total}]"
    word = "stop" if has_stop(event.tests) else _WORDS.get(report.state, report.state.value)
    facts = [
        count_words(report.rows, "row") if report.rows is not None else "",
        verdict_words(progress.steps[report.key].verdicts),
        seconds_words(report.seconds) if report.seconds else "",
    ]
    told = ", ".join(fact for fact in facts if fact)
    lines = [f"{count} {word} {report.action.value} {report.dataset or report.key}" + (f" ({told})" if told else "")]
    if report.error is not None:
        lines.append(f"        {one_line(str(report.error.code))} {one_line(report.error.message)}")
    lines += [f"        {_test_line(test)}" for test in event.tests if test.verdict not in {"pass", "log"}]
    return lines


def _test_line(test: TestOutcome) -> str:
    found = f"{test.words}: could not be measured: {test.error}" if test.error else f"{test.finding} ({test.demand})"
    return one_line(f"{test.verdict} {found}")

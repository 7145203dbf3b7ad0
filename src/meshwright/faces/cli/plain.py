"""Progress as plain lines on standard error: one for the start, one for each step that ended, one for each product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from meshwright.app.values import (
    Event,
    PartsBuilt,
    ProductNotPublished,
    ProductPublished,
    RunStarted,
    StepBegun,
    StepEnded,
    StepStarted,
    StepState,
    TestOutcome,
)
from meshwright.faces.cli.invocation import tell
from meshwright.faces.cli.progress import Progress, StepProgress, has_stop, parts_words, verdict_words
from meshwright.faces.text.terminal import first_line, one_line
from meshwright.faces.text.words import count_words, parts_report_words, seconds_words
from meshwright.plan.values import StepAction, StepKind

#: Steps of fewer parts are told when they end; of the others, so many times in between.
_MANY_PARTS = 20
_TOLD = 10
#: What is said of a step that is no test and no build.
_ACTIONS = {StepAction.REUSE: "reuse", StepAction.TOOL: "run", StepAction.SKIP: "node"}
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
        known = self.progress.steps.get(event.key) if isinstance(event, PartsBuilt) else None
        before = known.parts_done if known is not None else 0
        self.progress.take(event, 0.0)
        tell(progress_lines(event, self.progress, parts_before=before))


def progress_lines(event: Event, progress: Progress, *, parts_before: int = 0) -> list[str]:
    """Return the lines for one event that `progress` has taken already, and before which so many parts were done."""
    match event:
        case PartsBuilt():
            return _parts_lines(event, progress, parts_before)
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
            return [f"not published {event.refusal.product}: {first_line(event.refusal.reason)}"]
        case StepStarted() | StepBegun():
            return []


def _parts_lines(event: PartsBuilt, progress: Progress, before: int) -> list[str]:
    """A line each time another tenth of many parts is there; the end has a line of its own."""
    known = progress.steps.get(event.key)
    if known is None or event.total < _MANY_PARTS or event.done == event.total:
        return []
    if event.done * _TOLD // event.total == before * _TOLD // event.total:
        return []
    return [f"        build {known.step.dataset} {parts_words(known)}"]


def _step_lines(event: StepEnded, progress: Progress) -> list[str]:
    """One line, and the reason of a failure. Reused steps and publications are not told here: the first were counted
    at the start, the second have events of their own; a test that is blocked with its dataset goes without saying."""
    report = event.report
    known = progress.steps.get(report.key)
    if known is None or known.step.kind is StepKind.PUBLISH:
        return []
    is_test = known.step.kind is StepKind.TEST
    if is_test and report.state is StepState.BLOCKED:
        return []
    total = len(progress.steps)
    count = f"[{progress.done:>{len(str(total))}}/{total}]"
    word = "stop" if has_stop(event.tests) else _WORDS.get(report.state, report.state.value)
    action = "test" if is_test else _ACTIONS.get(report.action, "build")
    told = ", ".join(fact for fact in _facts(event, known, is_test=is_test) if fact)
    line = f"{count} {word} {action} {report.dataset or report.key}" + (f" ({told})" if told else "")
    if report.error is not None and report.state is StepState.BLOCKED:
        line += f": {first_line(report.error.message)}"
    lines = [line]
    if report.error is not None and report.state is StepState.FAILED and not has_stop(event.tests):
        lines.append(f"        {report.error.code} {one_line(report.error.message)}")
    return [*lines, *(f"        {_test_line(test)}" for test in event.tests if test.verdict not in {"pass", "log"})]


def _facts(event: StepEnded, known: StepProgress, *, is_test: bool) -> Iterator[str]:
    report = event.report
    if report.rows is not None and not is_test:
        yield count_words(report.rows, "row")
    if report.parts is not None:
        yield parts_report_words(report.parts)
    yield verdict_words(known.verdicts)
    if report.seconds and report.state is not StepState.BLOCKED:
        yield seconds_words(report.seconds)


def _test_line(test: TestOutcome) -> str:
    found = f"{test.words}: could not be measured: {test.error}" if test.error else test.finding
    return one_line(f"{test.verdict} {found}")

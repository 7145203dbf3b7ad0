"""What a run and its tests did, as lines for people: the result, every stop with what to do next, what stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from meshwright.app.values import (
    NotPublished,
    Reached,
    RunReport,
    RunState,
    StepReport,
    StepState,
    Supplier,
    TestOutcome,
)
from meshwright.faces.text.findings import diagnostic_lines
from meshwright.faces.text.terminal import Look, first_line, one_line, shorten
from meshwright.faces.text.words import count_words, list_words, parts_report_words, seconds_words
from meshwright.model import product_of
from meshwright.plan.values import StepAction

if TYPE_CHECKING:
    from meshwright.app.reports import TestReport

_SAMPLE_ROWS = 3
#: Suppliers, and consumers, of one broken rule that are named; the rest are counted.
_PARTIES = 5
#: Datasets in parts that a run lists before it only counts the rest.
_PARTS_STEPS = 12
_SAMPLE_WIDTH = 160
_BAD = ("stop", "error")


def run_lines(report: RunReport, look: Look) -> list[str]:
    """Sum up a run; details of what went wrong come before the sum, so that the last lines say where one stands."""
    lines: list[str] = []
    failed = _failed_steps(report)
    if failed:
        lines += _section("failed steps:", [line for step in failed for line in _failed_lines(step, look)], look)
    stopped = [test for test in report.tests if test.verdict in _BAD]
    if stopped:
        lines += _section(
            "tests that did not pass:", [line for test in stopped for line in outcome_lines(test, look)], look
        )
    warned = [test for test in report.tests if test.verdict == "warn"]
    if warned:
        lines += _section("warnings:", [line for test in warned for line in outcome_lines(test, look)], look)
    if report.not_published:
        refused = [_refusal_line(item, look) for item in report.not_published]
        lines += _section(f"not published ({report.environment} keeps what it had):", refused, look)
    if report.error is not None:
        lines += diagnostic_lines(report.error, look)
    lines += _parts_lines(report, look)
    lines += [f"{look.paint('note:', 'yellow')} {one_line(note)}" for note in report.notes]
    lines += _result_lines(report, look)
    return [*lines, *_next_lines(report, look)]


def rule_report_lines(report: TestReport, look: Look) -> list[str]:
    """Every rule that did not pass, datasets without a version, and one line that sums up."""
    lines = [line for test in report.tests if test.verdict != "pass" for line in outcome_lines(test, look)]
    lines += [f"  {look.paint('untested', 'yellow')} {one_line(words)}" for words in report.untested]
    mark = look.paint(look.marks.ok, "green") if report.ok else look.paint(look.marks.failed, "red")
    return [*lines, f"{mark} {tests_words(report.tests)}"]


def outcome_lines(test: TestOutcome, look: Look) -> list[str]:
    """One rule's answer: product, rule, value against bound, failing rows in brief, and how to look at them."""
    style = {"stop": "red", "error": "red", "warn": "yellow"}.get(test.verdict, "dim")
    again = " (recorded before)" if test.is_recorded else ""
    lines = [
        f"  {look.paint(test.verdict, 'bold', style)} {test.dataset}: {one_line(test.finding or test.words)}{again}"
    ]
    if test.error:
        lines.append(f"       could not be measured: {one_line(test.error)} [{one_line(test.id)}]")
    else:
        lines.append(f"       {_facts(test)}")
    lines += [f"       {line}" for line in failing_row_lines(test.sample, look)]
    lines += [f"       {line}" for line in party_lines(test)]
    if test.verdict in _BAD and test.version:
        lines.append(f"       look: mw show {test.version}")
        lines.append(f'       look: mw query --version {test.version} "select * from {test.dataset}"')
    return lines


def party_lines(test: TestOutcome) -> list[str]:
    """Who supplies a dataset that breaks a rule, and whom it would have reached."""
    lines = [f"supplied by {_supplier_words(supplier)}" for supplier in test.suppliers[:_PARTIES]]
    lines += _more(test.suppliers, "supplier")
    verb = "would have reached" if test.verdict in _BAD else "reaches"
    lines += [f"{verb} {_reached_words(reached)}" for reached in test.consumers[:_PARTIES]]
    return lines + _more(test.consumers, "consumer")


def _more(parties: Sequence[object], noun: str) -> list[str]:
    left = len(parties) - _PARTIES
    return [f"and {count_words(left, f'more {noun}')} (--json names all)"] if left > 0 else []


def _supplier_words(supplier: Supplier) -> str:
    columns = (
        f", column{'s' if len(supplier.columns) > 1 else ''} {', '.join(supplier.columns)}" if supplier.columns else ""
    )
    if supplier.source is not None:
        return one_line(f"source {supplier.dataset} from {supplier.source}{columns} ({', '.join(supplier.owners)})")
    return one_line(f"{supplier.product} ({', '.join(supplier.owners)}): {supplier.dataset}{columns}")


def _reached_words(reached: Reached) -> str:
    owners = ", ".join(reached.owners)
    through = f" through {reached.port}" if reached.port else f" by {list_words(reached.datasets, 2)}"
    return one_line(f"{reached.kind} {reached.name} ({owners}){through}")


def _facts(test: TestOutcome) -> str:
    """Value and bound where the finding does not say them already, and the rule's id."""
    finding = test.finding or test.words
    said = [f"found {value_words(test.value)}, {one_line(test.demand)}"] if test.demand not in finding else []
    if test.failing_rows and f"{test.failing_rows} row" not in finding and f"{test.failing_rows:,} row" not in finding:
        said.append(count_words(test.failing_rows, "failing row"))
    return "; ".join([*said, f"rule {one_line(test.id)}"])


def value_words(value: object) -> str:
    """A measured value, whole numbers without a point."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:g}"
    return one_line(str(value))


def failing_row_lines(sample: Sequence[Mapping[str, object]], look: Look, most: int = _SAMPLE_ROWS) -> list[str]:
    """Rows that break a rule, a line each; the first ones of a longer sample."""
    return [_sample_line(row, look) for row in sample[:most]]


def _sample_line(row: Mapping[str, object], look: Look) -> str:
    cells = ", ".join(f"{name}={'null' if value is None else value}" for name, value in row.items())
    return look.paint(shorten(one_line(cells), _SAMPLE_WIDTH, look.marks.ellipsis), "dim")


def _parts_lines(report: RunReport, look: Look) -> list[str]:
    """What was made in parts, a dataset a line; of many datasets the first ones, and how many parts the others built."""
    made = [step for step in report.steps if step.parts is not None and (step.parts.built or step.parts.reused)]
    if not made:
        return []
    lines = [
        f"  {step.dataset}: {parts_report_words(step.parts)} ({step.parts.version_class.value})"
        for step in made[:_PARTS_STEPS]
        if step.parts is not None
    ]
    rest = made[_PARTS_STEPS:]
    if rest:
        built = sum(step.parts.built for step in rest if step.parts is not None)
        lines.append(f"  {count_words(len(rest), 'more dataset')}: {count_words(built, 'part')} built")
    return _section("in parts:", lines, look)


def _failed_steps(report: RunReport) -> list[StepReport]:
    """Steps that failed by themselves; tests that stopped are told rule by rule."""
    stopped = {test.dataset for test in report.tests if test.verdict in _BAD}
    return [
        step
        for step in report.steps
        if step.state is StepState.FAILED and not (step.action is StepAction.TEST and step.dataset in stopped)
    ]


def _failed_lines(step: StepReport, look: Look) -> Iterable[str]:
    what = step.dataset or step.key
    attempts = f" after {count_words(step.attempts, 'attempt')}" if step.attempts > 1 else ""
    yield f"  {look.paint(look.marks.failed, 'red')} {step.action.value} {what}{attempts}"
    if step.error is not None:
        yield from (f"    {line}" for line in diagnostic_lines(step.error, look))


def _refusal_line(item: NotPublished, look: Look) -> str:
    return f"  {look.paint(look.marks.blocked, 'red')} {item.product}: {first_line(item.reason)}"


def _section(title: str, lines: Iterable[str], look: Look) -> list[str]:
    return [look.paint(title, "bold"), *lines, ""]


def _result_lines(report: RunReport, look: Look) -> list[str]:
    built = sum(_is(step, StepAction.BUILD) for step in report.steps)
    reused = sum(_is(step, StepAction.REUSE) for step in report.steps)
    ran = sum(_is(step, StepAction.TOOL) for step in report.steps)
    time = seconds_words(report.seconds)
    where = f"{report.environment} is at generation {report.generation}"
    is_done = not (built or ran or report.published or report.tests)
    is_idle = report.state is RunState.SUCCEEDED and is_done
    if is_idle:
        mark = look.paint(look.marks.ok, "green")
        datasets = f"{count_words(reused, 'dataset')} up to date" if reused else "everything is up to date"
        return [f"{mark} nothing to do: {datasets}; {where} ({time})"]
    mark = (
        look.paint(look.marks.ok, "green")
        if report.state is RunState.SUCCEEDED
        else look.paint(look.marks.failed, "red")
    )
    parts = [f"{built} built", *([f"{ran} without rows ran"] if ran else []), f"{reused} reused"]
    if report.tests:
        parts.append(tests_words(report.tests))
    parts.append(f"{count_words(len(report.published), 'product')} published" + _refused_words(report))
    return [f"{mark} run {report.run_id} {report.state.value} in {time}: {', '.join(parts)}; {where}"]


def _is(step: StepReport, action: StepAction) -> bool:
    return step.action is action and step.state in {StepState.SUCCEEDED, StepState.SKIPPED}


def _refused_words(report: RunReport) -> str:
    return f", {len(report.not_published)} not" if report.not_published else ""


def tests_words(tests: tuple[TestOutcome, ...]) -> str:
    """Say how many tests there were and what came of them: ``12 tests (10 passed, 2 stopped)``."""
    counts: dict[str, int] = {}
    for test in tests:
        counts[test.verdict] = counts.get(test.verdict, 0) + 1
    names = {"pass": "passed", "log": "logged", "warn": "warned", "stop": "stopped", "error": "could not be measured"}
    words = [f"{counts[verdict]} {name}" for verdict, name in names.items() if counts.get(verdict)]
    return f"{count_words(len(tests), 'test')}" + (
        f" ({', '.join(words)})" if words and counts.get("pass") != len(tests) else " passed" if tests else ""
    )


def _next_lines(report: RunReport, look: Look) -> list[str]:
    """Say what continues. Nothing where all went well."""
    if report.state is RunState.SUCCEEDED:
        return []
    if report.state is RunState.INTERRUPTED:
        left = (
            f"published before the stop: {list_words(report.published)}"
            if report.published
            else "nothing was published"
        )
        return [f"  {left}; finished work is kept", f"next: {look.paint(f'mw runs resume {report.run_id}', 'bold')}"]
    causes = tuple(sorted(_causes(report)))
    fix = f"correct {list_words(causes, 3)}, then mw run" if causes else "mw run"
    failed = [step for step in report.steps if step.state is StepState.FAILED]
    if failed and all(step.is_retryable for step in failed):
        fix = f"mw runs resume {report.run_id}"
    return [
        f"next: {look.paint(fix, 'bold')} (what is finished is not repeated); details: mw runs show {report.run_id}"
    ]


def _causes(report: RunReport) -> set[str]:
    """Products that someone must correct: where a step failed or a test stopped, not what was blocked by them."""
    failed = {product_of(step.dataset) for step in report.steps if step.state is StepState.FAILED and step.dataset}
    stopped = {product_of(test.dataset) for test in report.tests if test.verdict in _BAD and test.action == "stop"}
    return failed | stopped or {item.product for item in report.not_published}

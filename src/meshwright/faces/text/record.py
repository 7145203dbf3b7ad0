"""What runs record of themselves as lines for people: costs, inner steps, the runs that they started, requests to stop."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from meshwright.app.reports import ListedRun, RunDetail
from meshwright.app.run_archive import ArchiveCheck, Archived
from meshwright.app.run_costs import CostLine, CostReport
from meshwright.app.run_differences import Changed, FileDifference, RunDifference, cost_differences
from meshwright.app.run_finding import is_repetition
from meshwright.app.run_stopping import StopReport
from meshwright.app.values import LogLine, RunCosts, RunRecord, StepRecord, amount_of
from meshwright.faces.text.inner import inner_tree
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line, pad
from meshwright.faces.text.words import bytes_words, count_words, number_words, seconds_words, time_words

#: Units that have a column of their own.
_OWN = ("cpu_s", "bytes_read", "bytes_written", "rows_written")


def run_tree_lines(runs: Sequence[ListedRun], look: Look) -> list[str]:
    """`runs list --tree`: each run, and below it those that it started."""
    if not runs:
        return ["no run yet; mw run makes the first one"]
    titles = ("run", "state", "environment", "started", "took", "step of the run above")
    rows = [
        [
            "  " * listed.depth + listed.run.id,
            listed.run.state.value,
            listed.run.environment,
            time_words(listed.run.started_at),
            took_words(listed.run),
            "" if not listed.depth else "repeats it" if is_repetition(listed.run) else listed.run.parent_step or "",
        ]
        for listed in runs
    ]
    return table_lines([Heading(title=title) for title in titles], rows, look)


def took_words(run: RunRecord) -> str:
    """How long a run took; a dash while it has not ended."""
    return seconds_words((run.finished_at - run.started_at).total_seconds()) if run.finished_at else "-"


def parent_label(run: RunRecord) -> str:
    """What a run's parent is to it."""
    return "repeats" if is_repetition(run) else "started by"


def parent_words(run: RunRecord) -> str:
    """The parent, and the step of it that started the run."""
    if run.parent is None:
        return ""
    return f"{run.parent}, step {run.parent_step}" if run.parent_step else run.parent


def infrastructure_fields(text: str) -> list[tuple[str, str]]:
    """What each process that carried a run out ran on."""
    return [
        (
            "on" if place == 0 else "then on",
            f"{found['host']} (pid {found['pid']}, {count_words(found['cores'], 'core')}, "
            f"{bytes_words(found['memory_bytes'])}), Python {found['python']}, meshwright {found['meshwright']}, "
            f"{found['engine']['kind']} {found['engine']['release']}",
        )
        for place, found in enumerate(json.loads(text))
    ]


def cost_words(costs: RunCosts) -> str:
    """``4.2 s CPU, 31.1 MB read, 2.0 MB written: 0.0034 EUR``."""
    total = costs.total
    if not total:
        return ""
    words = [
        f"{seconds_words(total['cpu_s'])} CPU" if "cpu_s" in total else "",
        f"{bytes_words(int(total['bytes_read']))} given to read" if "bytes_read" in total else "",
        f"{bytes_words(int(total['bytes_written']))} written" if "bytes_written" in total else "",
        *(f"{_amount(amount)} {unit}" for unit, amount in total.items() if unit not in _OWN),
    ]
    amount = amount_of(total, costs.prices)
    price = f": {_amount(amount)} {costs.prices.currency}" if amount is not None else ""
    return ", ".join(filter(None, words)) + price


def product_cost_lines(costs: RunCosts, look: Look) -> list[str]:
    """What each product of a run cost."""
    if not costs.products:
        return []
    priced = {product: amount_of(each, costs.prices) for product, each in costs.products.items()}
    rows = [
        [product, *_units(each), *([_amount(priced[product])] if costs.prices else [])]
        for product, each in costs.products.items()
    ]
    headings = [*_unit_headings("product"), *([_right(costs.prices.currency)] if costs.prices else [])]
    return ["", look.paint("cost by product:", "bold"), *table_lines(headings, rows, look)]


def inner_lines(detail: RunDetail, look: Look) -> list[str]:
    """The graphs of tools inside of steps, as trees: each inner step below the first that it waits for."""
    lines: list[str] = []
    for step in detail.steps:
        inner = detail.inner.get(step.key, ())
        if inner:
            lines += ["", look.paint(f"inside {one_line(step.key)}:", "bold")]
            lines += [f"  {line}" for line in inner_tree(inner)]
    return lines


def children_lines(detail: RunDetail, look: Look) -> list[str]:
    """The runs that a run started, and those that repeat it."""
    if not detail.children:
        return []
    lines = ["", look.paint("runs that it started, or that repeat it:", "bold")]
    return lines + [
        f"  {child.id} {child.state.value}{f' by step {child.parent_step}' if child.parent_step else ''}"
        for child in detail.children
    ]


def log_line(line: LogLine) -> str:
    """One line of a log, on one line."""
    step = one_line(f"{line.step}: ") if line.step else ""
    return f"  {time_words(line.at)} {pad(line.level, 7)} {step}{one_line(line.text)}"


def stop_lines(report: StopReport, look: Look) -> list[str]:
    """`runs stop`."""
    others = [run for run in report.asked if run != report.run_id]
    with_it = f"; with it {', '.join(others)}" if others else ""
    if report.is_over:
        words = f"run {report.run_id} has ended after {seconds_words(report.seconds)}: {report.state.value}"
        return [f"{look.paint(words, 'bold')}{with_it}", f"mw runs resume {report.run_id} goes on with it"]
    return [
        f"run {report.run_id} was asked to stop and goes on still after {seconds_words(report.seconds)}{with_it}",
        f"it ends with what it is doing: mw runs show {report.run_id}",
    ]


def costs_lines(report: CostReport, look: Look) -> list[str]:
    """`runs cost`: dearest first, what runs did beside their steps, and all of it."""
    since = time_words(report.since)
    if not report.runs:
        return [f"no run since {since}"]
    currencies = list(report.total.amounts)
    extra = sorted({unit for line in report.lines for unit in line.costs} - set(_OWN))
    headings = [
        Heading(title=report.by.value),
        _right("runs"),
        *_unit_headings("")[1:],
        *(_right(unit) for unit in extra),
        *(_right(currency) for currency in currencies),
    ]
    rows = [
        [
            name,
            number_words(line.runs),
            *_units(line.costs),
            *(_amount(line.costs.get(unit)) for unit in extra),
            *(_amount(line.amounts.get(currency)) for currency in currencies),
        ]
        for line, name in ((line, line.name or "(beside steps)") for line in report.lines)
    ]
    total = report.total
    rows.append(["all", *_total(total, report.runs, extra, currencies)])
    lines = [f"{count_words(report.runs, 'run')} since {since}", "", *table_lines(headings, rows, look)]
    return lines if currencies else [*lines, "", "nothing has a price: see 'prices' of mesh.yaml"]


def _total(total: CostLine, runs: int, extra: Sequence[str], currencies: Sequence[str]) -> list[str]:
    return [
        number_words(runs),
        *_units(total.costs),
        *(_amount(total.costs.get(unit)) for unit in extra),
        *(_amount(total.amounts.get(currency)) for currency in currencies),
    ]


def _unit_headings(first: str) -> list[Heading]:
    return [Heading(title=first), _right("CPU"), _right("to read"), _right("written"), _right("rows")]


def _right(title: str) -> Heading:
    return Heading(title=title, is_right=True)


def _units(costs: Mapping[str, float]) -> list[str]:
    return [
        seconds_words(costs["cpu_s"]) if "cpu_s" in costs else "",
        bytes_words(int(costs["bytes_read"])) if "bytes_read" in costs else "",
        bytes_words(int(costs["bytes_written"])) if "bytes_written" in costs else "",
        number_words(int(costs["rows_written"])) if "rows_written" in costs else "",
    ]


def _amount(amount: float | None) -> str:
    """Up to six places after the point: ``1,250.5``, ``0.003221``."""
    return "" if amount is None else f"{amount:,.6f}".rstrip("0").rstrip(".")


def archived_lines(archived: Archived, look: Look) -> list[str]:
    """`runs export`."""
    size = bytes_words(archived.size_bytes)
    return [
        look.paint(f"{archived.file}: run {archived.run_id}, {archived.members} members, {size}", "bold"),
        f"sha256 {archived.sha256}",
        *archived.notes,
    ]


def archive_check_lines(check: ArchiveCheck, look: Look) -> list[str]:
    """`runs export --check`."""
    if check.ok:
        return [f"{check.file}: run {check.run_id}, {check.members} members, all as they were written"]
    count = count_words(len(check.problems), "problem")
    return [look.paint(f"{check.file}: run {check.run_id}, {count}", "bold"), *map(one_line, check.problems)]


def run_difference_lines(difference: RunDifference, look: Look) -> list[str]:
    """`runs diff`: a part for each kind of thing that differs."""
    before, after = difference.before, difference.after
    lines = [look.paint(f"run {before.id} and run {after.id}", "bold")]
    lines.append(f"{before.state.value} in {took_words(before)}, {after.state.value} in {took_words(after)}")
    if difference.is_same:
        lines += ["", "the same code, options, versions, steps and verdicts"]
    sections = (
        ("code", [_file_words(each) for each in difference.files]),
        ("options", [_changed_words(each) for each in difference.options]),
        ("infrastructure", [_changed_words(each) for each in difference.infrastructure]),
        (
            "versions",
            [
                f"{each.dataset}{'' if each.is_output else ' (read)'}: {each.before or 'none'} -> {each.after or 'none'}"
                for each in difference.versions
            ],
        ),
        ("steps", [f"{each.key}: {_did(each.before)} -> {_did(each.after)}" for each in difference.steps]),
        (
            "tests",
            [f"{each.dataset} {each.id}: {_found(each.before)} -> {_found(each.after)}" for each in difference.tests],
        ),
        (
            "cost",
            [
                f"{unit}: {_amount(was)} -> {_amount(now)}{_times(was, now)}"
                for unit, (was, now) in cost_differences(difference).items()
            ],
        ),
    )
    for title, found in sections:
        if found:
            lines += ["", look.paint(f"{title}:", "bold"), *(f"  {one_line(line)}" for line in found)]
    return lines


def _file_words(file: FileDifference) -> str:
    size = "" if file.lines_added is None else f" (+{file.lines_added} -{file.lines_removed} lines)"
    return f"{file.change} {file.path}{size}"


def _changed_words(each: Changed) -> str:
    return f"{each.name}: {json.dumps(each.before)} -> {json.dumps(each.after)}"


def _did(step: StepRecord | None) -> str:
    if step is None:
        return "no step"
    rows = f", {count_words(step.rows, 'row')}" if step.rows is not None else ""
    return f"{step.action} {step.state}{rows}, {seconds_words(step.seconds)}"


def _found(test: Mapping[str, object] | None) -> str:
    return "not measured" if test is None else f"{test['verdict']} ({json.dumps(test['value'])})"


def _times(was: float, now: float) -> str:
    return f" (x{now / was:.2f})" if was and now and was != now else ""

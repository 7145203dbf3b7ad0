"""Policies and exemptions as lines for people."""

from __future__ import annotations

from collections.abc import Sequence

from meshwright.app.policy_reports import (
    AddedExemption,
    AddedPolicies,
    ExampleOutcome,
    ExamplesReport,
    ExemptionReport,
    PolicyReport,
    PolicyState,
    PolicyTest,
    StarterReport,
    Violation,
)
from meshwright.faces.text.findings import error_lines
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import count_words, list_words, number_words

_LEVEL_STYLE = {"block": "red", "warn": "yellow", "advise": "cyan"}


def policies_lines(report: PolicyReport, look: Look) -> list[str]:
    """`policy list`."""
    headings = [
        Heading(title="policy"),
        Heading(title="level"),
        Heading(title="violations", is_right=True),
        Heading(title="exempted", is_right=True),
        Heading(title="why"),
    ]
    lines = table_lines(headings, [_policy_row(state) for state in report.policies], look)
    if not report.is_judged:
        lines += ["", "not judged: the mesh has errors (mw check shows them)"]
    built_in = [state.policy.address for state in report.policies if state.policy.is_built_in]
    lines += ["", f"built in, judging what changes: {', '.join(built_in)}"]
    if len(built_in) == len(report.policies):
        lines += [
            "no policy of your own yet: write policies/<name>.sql, or domains/<domain>/policies/<name>.sql for one domain"
        ]
    problems = [state.verdict.problem for state in report.policies if state.verdict and state.verdict.problem]
    return [*lines, *([""] if problems else []), *error_lines(problems, look)]


def _policy_row(state: PolicyState) -> list[str]:
    verdict = state.verdict
    if verdict is None or verdict.problem is not None:
        counts = ["?", "?"]
    else:
        counts = [number_words(len(verdict.standing)), number_words(len(verdict.exempted))]
    return [state.policy.address, state.policy.level.value, *counts, state.policy.why]


def policy_test_lines(report: PolicyTest, look: Look) -> list[str]:
    """`policy test`: every violation, then one line that sums up."""
    verdict = report.verdict
    policy = verdict.policy
    lines = [
        f"{look.paint(policy.address, 'bold')} ({look.paint(policy.level.value, _LEVEL_STYLE[policy.level.value])}): "
        f"{one_line(policy.why)}",
        *error_lines(report.findings, look),
    ]
    if report.examples is not None:
        lines += _examples_lines(report.examples, look)
    for violation in verdict.violations:
        lines += _violation_lines(violation, look)
    if verdict.foreign:
        rows = count_words(verdict.foreign, "row")
        lines.append(f"{rows} about other domains: a domain's policy judges its own objects only")
    more = "more " if verdict.standing else ""
    exempted = f" ({count_words(len(verdict.exempted), f'{more}violation')} exempted)" if verdict.exempted else ""
    if report.ok:
        return [*lines, f"{look.paint(look.marks.ok, 'green')} it is kept{exempted}"]
    if not verdict.standing:
        return [
            *lines,
            f"{look.paint(look.marks.failed, 'red')} it is kept{exempted}, but its examples are not as expected",
        ]
    return [
        *lines,
        f"{look.paint('fix:', 'green')} {one_line(policy.fix)}",
        f"{look.paint(look.marks.failed, 'red')} {count_words(len(verdict.standing), 'violation')}{exempted}",
    ]


def examples_lines(report: ExamplesReport, look: Look) -> list[str]:
    """`policy test --all`: examples that are not as expected, by policy, and one line that sums up."""
    lines: list[str] = []
    for tested in report.policies:
        if not tested.ok:
            lines.append(f"{look.paint(tested.policy.address, 'bold')} ({one_line(tested.file)})")
            lines += _examples_lines(tested.outcomes, look)
    if report.untested:
        lines.append(f"{look.paint('without examples:', 'yellow')} {list_words(report.untested)}")
    outcomes = [outcome for tested in report.policies for outcome in tested.outcomes]
    bad = sum(not outcome.ok for outcome in outcomes)
    total = f"{count_words(len(outcomes), 'example')} of {count_words(len(report.policies), 'policy', 'policies')}"
    if report.ok:
        return [*lines, f"{look.paint(look.marks.ok, 'green')} {total}: all as expected"]
    return [*lines, f"{look.paint(look.marks.failed, 'red')} {total}: {bad} not as expected"]


def _examples_lines(outcomes: Sequence[ExampleOutcome], look: Look) -> list[str]:
    lines = []
    for outcome in outcomes:
        mark = look.paint(look.marks.ok, "green") if outcome.ok else look.paint(look.marks.failed, "red")
        span = outcome.example.span
        place = look.paint(f" ({one_line(span.file)}:{span.line})", "dim") if span else ""
        lines.append(f"  {mark} example: {one_line(outcome.example.name)}{place}")
        for missing in outcome.missing:
            words = f" with '{one_line(missing.message)}'" if missing.message else ""
            where = f" ({one_line(str(missing.span))})" if missing.span else ""
            lines.append(f"      not found: {one_line(missing.object)}{words}{look.paint(where, 'dim')}")
        lines += [
            f"      not expected: {one_line(found.object or 'a row that names nothing')}: {one_line(found.message)}"
            for found in outcome.unexpected
        ]
        if outcome.problem is not None:
            lines += [f"      {line}" for line in error_lines([outcome.problem], look)]
    return lines


def starter_lines(report: StarterReport, look: Look) -> list[str]:
    """`policy list --available`."""
    headings = [Heading(title="policy"), Heading(title="switched on"), Heading(title="why")]
    rows = [[policy.name, ", ".join(files) if files else "", policy.why] for policy, files in report.policies]
    lines = table_lines(headings, rows, look, cell_width=110)
    return [*lines, "", "switch on: mw policy add NAME, or --all; they warn until you write another level"]


def added_policies_lines(report: AddedPolicies, look: Look) -> list[str]:
    """`policy add`."""
    lines = [f"left out {name}: {one_line(why)}" for name, why in report.left]
    if not report.added:
        return [*lines, "nothing was added"]
    folder = report.files[0].rpartition("/")[0]
    added = count_words(len(report.added), "policy", "policies")
    return [
        *lines,
        f"{look.paint(look.marks.ok, 'green')} wrote {added} with their examples into {one_line(folder)}",
        *(f"  {name}" for name in report.added),
        "next: mw policy list says what each finds",
    ]


def _violation_lines(violation: Violation, look: Look) -> list[str]:
    about = look.paint(one_line(violation.object), "bold") if violation.object else "the mesh"
    place = f" ({one_line(violation.span.file)}:{violation.span.line})" if violation.span else ""
    lines = [f"  {about}: {one_line(violation.message)}{look.paint(place, 'dim')}"]
    exemption = violation.exemption
    if exemption is not None:
        lines.append(
            f"    exempted by {one_line(exemption.owner)} until {exemption.expires}: {one_line(exemption.reason)}"
        )
    return lines


def exemptions_lines(report: ExemptionReport, look: Look) -> list[str]:
    """`exemption list`."""
    if not report.exemptions:
        return ["no exemption; mw exemption add POLICY OBJECT makes one"]
    headings = [
        Heading(title="policy"),
        Heading(title="object"),
        Heading(title="expires"),
        Heading(title="state"),
        Heading(title="covers", is_right=True),
        Heading(title="owner"),
        Heading(title="reason"),
    ]
    rows = [
        [
            f"{item.exemption.domain}.{item.exemption.policy}" if item.exemption.domain else item.exemption.policy,
            item.exemption.object,
            item.exemption.expires.isoformat(),
            item.state,
            "?" if item.covers is None else number_words(item.covers),
            item.exemption.owner,
            item.exemption.reason,
        ]
        for item in report.exemptions
    ]
    return table_lines(headings, rows, look)


def added_exemption_lines(report: AddedExemption, look: Look) -> list[str]:
    """`exemption add`."""
    item = report.exemption
    covers = "" if report.covers is None else f"; it covers {count_words(report.covers, 'violation')} now"
    return [
        f"{look.paint(look.marks.ok, 'green')} wrote {one_line(report.file)}: {one_line(item.object)} is exempted from "
        f"'{item.policy}' until {item.expires}{covers}"
    ]

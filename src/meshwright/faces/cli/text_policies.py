"""Policies and exemptions as lines for people."""

from __future__ import annotations

from meshwright.app.policy_reports import (
    AddedExemption,
    ExemptionReport,
    PolicyReport,
    PolicyState,
    PolicyTest,
    Violation,
)
from meshwright.faces.cli.findings import error_lines
from meshwright.faces.cli.tables import Heading, table_lines
from meshwright.faces.cli.terminal import Look, one_line
from meshwright.faces.cli.words import count_words, number_words

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
    for violation in verdict.violations:
        lines += _violation_lines(violation, look)
    if verdict.foreign:
        rows = count_words(verdict.foreign, "row")
        lines.append(f"{rows} about other domains: a domain's policy judges its own objects only")
    more = "more " if verdict.standing else ""
    exempted = f" ({count_words(len(verdict.exempted), f'{more}violation')} exempted)" if verdict.exempted else ""
    if report.ok:
        return [*lines, f"{look.paint(look.marks.ok, 'green')} it is kept{exempted}"]
    return [
        *lines,
        f"{look.paint('fix:', 'green')} {one_line(policy.fix)}",
        f"{look.paint(look.marks.failed, 'red')} {count_words(len(verdict.standing), 'violation')}{exempted}",
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

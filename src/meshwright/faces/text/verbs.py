"""Checks and small answers as lines for people. Plans and runs are in `text.plan` and `text.run`."""

from __future__ import annotations

import shlex

from meshwright.app.reports import (
    CheckReport,
    CreateReport,
    DoctorReport,
    Explanation,
    InitReport,
    LineageReport,
)
from meshwright.diagnostics import Severity
from meshwright.faces.text.findings import error_lines
from meshwright.faces.text.terminal import Look, one_line, printable
from meshwright.faces.text.words import bytes_words, count_words
from meshwright.graph.lineage import Influence

_INDENT = "        "


def check_lines(report: CheckReport, look: Look) -> list[str]:
    """Findings, then one line that sums up."""
    lines = error_lines(report.diagnostics, look)
    found = dict.fromkeys(Severity, 0)
    for diagnostic in report.diagnostics:
        found[diagnostic.severity] += 1
    looked_at = ", ".join(_counted(number, noun) for noun, number in report.counts.items())
    findings = [
        count_words(found[Severity.ERROR], "error"),
        count_words(found[Severity.WARNING], "warning"),
        *([count_words(found[Severity.INFO], "note")] if found[Severity.INFO] else []),
    ]
    if report.ok:
        mark = look.paint(look.marks.ok, "green")
        verdict = "all good" if not report.diagnostics else ", ".join(findings[1:])
    else:
        mark, verdict = look.paint(look.marks.failed, "red"), ", ".join(findings)
    lines += [""] if lines else []
    return [*lines, f"{mark} {verdict}" + (f" ({looked_at})" if looked_at else "")]


def _counted(number: int, noun: str) -> str:
    """``1 domain`` for ``domains: 1``."""
    singular = noun.removesuffix("s") if noun.endswith("s") else noun
    return f"{number:,} {singular if number == 1 else noun}"


def explanation_lines(explanation: Explanation, look: Look) -> list[str]:
    """The object, then why."""
    return [
        look.paint(f"{explanation.kind} {one_line(explanation.object)}", "bold"),
        *(f"  {printable(line)}" for line in explanation.lines),
    ]


def lineage_lines(report: LineageReport, look: Look) -> list[str]:
    """Two trees around the object: what it is made from, and what is made from it."""
    sources: dict[str, list[tuple[str, Influence]]] = {}
    targets: dict[str, list[tuple[str, Influence]]] = {}
    for source, target, kind in report.edges:
        targets.setdefault(source, []).append((target, kind))
        sources.setdefault(target, []).append((source, kind))
    lines = [look.paint(one_line(report.object), "bold")]
    for title, edges in (("made from", sources), ("used by", targets)):
        if edges.get(report.object):
            lines += [f"{title}:", *_branches(report.object, edges, look)]
    if len(lines) == 1 and not report.notes:
        lines.append("  nothing in this mesh is made from it, and it is made from nothing here")
    if report.outside is not None:
        from meshwright.faces.text.outside_told import outside_lineage_lines  # lazy: few meshes hear of others

        lines += outside_lineage_lines(report.outside, look)
    return [*lines, *map(one_line, report.notes)]


def _branches(root: str, edges: dict[str, list[tuple[str, Influence]]], look: Look) -> list[str]:
    """Draw the tree below `root`; what was drawn already is named again without its branches. No recursion: meshes are deep."""
    tee, corner, bar = ("├─ ", "└─ ", "│  ") if look.has_unicode else ("|- ", "`- ", "|  ")
    lines: list[str] = []
    drawn = {root}
    stack = [
        (name, kind, "", index == 0) for index, (name, kind) in enumerate(sorted(edges.get(root, ()), reverse=True))
    ]
    while stack:
        name, kind, prefix, is_last = stack.pop()
        repeated = name in drawn and bool(edges.get(name))
        note = "" if kind is Influence.DIRECT else look.paint(" (indirect)", "dim")
        again = look.paint(f" {look.marks.ellipsis}", "dim") if repeated else ""
        lines.append(f"{prefix}{corner if is_last else tee}{one_line(name)}{note}{again}")
        if repeated:
            continue
        drawn.add(name)
        deeper = prefix + ("   " if is_last else bar)
        children = sorted(edges.get(name, ()), reverse=True)
        stack += [(child, child_kind, deeper, index == 0) for index, (child, child_kind) in enumerate(children)]
    return lines


def doctor_lines(report: DoctorReport, look: Look) -> list[str]:
    """One line a finding, with its fix."""
    lines = []
    for finding in report.findings:
        mark = look.paint(look.marks.ok, "green") if finding.ok else look.paint(look.marks.failed, "red")
        lines.append(f"{mark} {look.paint(finding.topic, 'bold')}: {one_line(finding.detail)}")
        if finding.fix and not finding.ok:
            lines.append(f"{_INDENT}{look.paint('fix:', 'green')} {one_line(finding.fix)}")
    return lines


def create_lines(report: CreateReport, look: Look) -> list[str]:
    """What was written, and what to do next."""
    mark = look.paint(look.marks.ok, "green")
    product = "." in report.object
    verb = f"mw run {report.object}" if product else f"mw product new {report.object}.NAME --from FILE"
    return [
        f"{mark} {report.object}: {count_words(len(report.files), 'file')} in {printable(report.folder)}",
        *(f"  {printable(file)}" for file in report.files),
        *error_lines(report.findings, look),
        f"next: {verb}",
    ]


def init_lines(report: InitReport, look: Look, *, shown: str, is_here: bool) -> list[str]:
    """What was written and what to do next; `shown` is the folder as the person wrote it."""
    data = f" and {count_words(report.data_files, 'data file')}" if report.data_files else ""
    written = f"{count_words(report.files, 'file')}{data} ({bytes_words(report.bytes)})"
    steps = [
        *([] if is_here else [(f"cd {shlex.quote(shown)}", "")]),
        ("mw check", "look for problems, before anything runs"),
        ("mw plan", "what would be built, and why"),
        ("mw run", "build, test and publish"),
    ]
    width = max(len(command) for command, _ in steps)
    return [
        f"{look.paint(look.marks.ok, 'green')} wrote a mesh into '{one_line(shown)}' from template '{report.template}': {written}",
        "next:",
        *(f"  {look.paint(command.ljust(width), 'bold')}  {why}".rstrip() for command, why in steps),
    ]

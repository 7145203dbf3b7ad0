"""What `verify` prints: what was repaired, damage, waste, then one line that sums up."""

from __future__ import annotations

from collections.abc import Iterator

from meshwright.app.reports import FileProblem, RepairReport, VerifyReport
from meshwright.faces.text.findings import error_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import bytes_words, count_words, list_words, seconds_words

_LISTED = 10


def verify_lines(report: VerifyReport, look: Look) -> list[str]:
    """Return the lines, the sum last."""
    lines = list(_repair_lines(report.repair, look)) if report.repair is not None else []
    lines += [_problem_line(problem, look) for problem in report.problems]
    lines += _orphan_lines(report, look)
    parts = f"{count_words(report.parts, 'part')}, " if report.parts else ""
    files = f"{count_words(report.files, 'file')}, {bytes_words(report.bytes)}"
    looked_at = f"{count_words(report.versions, 'version')}, {parts}{files}"
    how = "every byte compared" if report.is_deep else "presence and size compared"
    if report.ok:
        return [*lines, f"{look.paint(look.marks.ok, 'green')} everything is there and whole ({looked_at}; {how})"]
    damage = f"{count_words(len(report.problems), 'thing')} not as recorded ({looked_at}; {how})"
    lines.append(f"{look.paint(look.marks.failed, 'red')} {damage}")
    if report.repair is None:
        lines.append(f"  {look.paint('fix:', 'green')} mw verify --repair builds lost versions again")
    return lines


def _repair_lines(repair: RepairReport, look: Look) -> Iterator[str]:
    for done in repair.repaired:
        rows = f"{count_words(done.rows, 'row')}, {seconds_words(done.seconds)}"
        what = f"{'part' if done.is_part else 'version'} {done.version}"
        yield f"{look.paint(look.marks.ok, 'green')} repaired {done.dataset} ({what}): {rows}"
    for failed in repair.unrepaired:
        what = f"{'part' if failed.is_part else 'version'} {failed.version}"
        yield f"{look.paint(look.marks.failed, 'red')} not repaired: {failed.dataset} ({what})"
        yield from (f"  {line}" for line in error_lines((failed.error,), look))
    if repair.quarantined:
        folder = "/".join(repair.quarantined[0][1].split("/")[:2])
        yield f"{count_words(len(repair.quarantined), 'file')} moved to '{folder}' in the store"
    if repair.readers:
        yield f"files for plain readers written anew: {list_words(repair.readers)}"


def _orphan_lines(report: VerifyReport, look: Look) -> Iterator[str]:
    kinds = {
        "orphan": "that no version lists: left by builds that were cut off; waste, not damage",
        "foreign": "in the store that are not ours; they are left alone",
    }
    for kind, words in kinds.items():
        found = [orphan for orphan in report.orphans if orphan.kind == kind]
        if not found:
            continue
        size = bytes_words(sum(orphan.size_bytes for orphan in found))
        yield f"{count_words(len(found), 'file')} ({size}) {words}"
        yield from (_problem_line(orphan, look, "yellow") for orphan in found[:_LISTED])
        if len(found) > _LISTED:
            yield f"  and {len(found) - _LISTED} more (--json lists all)"


def _problem_line(problem: FileProblem, look: Look, style: str = "red") -> str:
    path = f" {one_line(problem.path)}" if problem.path else ""
    what = f"part {problem.part}" if problem.part else f"version {problem.version}"
    owner = f" ({problem.dataset}, {what})" if problem.dataset else ""
    shown = f"; published in {list_words(problem.environments)}" if problem.environments and problem.path else ""
    age = f"; last written {seconds_words(problem.age_s)} ago" if problem.age_s is not None else ""
    return f"  {look.paint(problem.kind, style)}{path}{owner}: {one_line(problem.detail)}{shown}{age}"

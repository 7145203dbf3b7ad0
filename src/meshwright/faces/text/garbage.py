"""Answers of `gc` and `compact` as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from meshwright.faces.text.findings import error_lines
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look
from meshwright.faces.text.words import bytes_words, count_words, list_words, number_words, time_words

if TYPE_CHECKING:
    from meshwright.app.collection import CollectionReport, NeedlessVersion
    from meshwright.app.collection_records import RecordsReport
    from meshwright.app.compaction import CompactionReport
    from meshwright.app.keepers import ExplainedVersion

#: Versions and parts that are named one by one.
_NAMED = 10


def collection_lines(report: CollectionReport, look: Look) -> list[str]:
    """What is kept and why, what waits, what could not be deleted, then what was deleted."""
    lines = [*_kept_lines(report, look), *_condemned_lines(report)]
    lines += _listed("would delete" if report.is_dry_run else "deleted", report.deleted)
    lines += error_lines(report.failed, look) if report.failed else []
    if report.expired:
        does = "would give up" if report.is_dry_run else "gave up"
        lines.append(
            f"{does} {count_words(len(report.expired), 'sandbox', 'sandboxes')} that expired: {list_words(report.expired)}"
        )
    if report.generations:
        does = "would forget" if report.is_dry_run else "forgot"
        lines.append(f"{does} {count_words(report.generations, 'generation')} out of retention")
    lines += _record_lines(report.records, is_dry_run=report.is_dry_run)
    mark = look.paint(look.marks.failed, "red") if report.failed else look.paint(look.marks.ok, "green")
    what = f"{_counts(report.deleted)} and {count_words(len(report.orphans), 'file')} of cut off work"
    does = "would delete" if report.is_dry_run else "deleted"
    return [*lines, f"{mark} {does} {what}, {bytes_words(report.bytes_deleted)}"]


def _kept_lines(report: CollectionReport, look: Look) -> list[str]:
    headings = [
        Heading(title="kept by"),
        Heading(title="in"),
        Heading(title="versions", is_right=True),
        Heading(title="bytes", is_right=True),
    ]
    rows = [
        [each.by.value, each.environment or "", number_words(each.versions), bytes_words(each.bytes)]
        for each in report.kept
    ]
    versions, size = sum(each.versions for each in report.kept), sum(each.bytes for each in report.kept)
    rows.append(["all", "", number_words(versions), bytes_words(size)])
    if any(each.parts for each in report.kept):
        headings.insert(-1, Heading(title="parts", is_right=True))
        counts = [*(each.parts for each in report.kept), sum(each.parts for each in report.kept)]
        rows = [[*row[:-1], number_words(count), row[-1]] for row, count in zip(rows, counts, strict=True)]
    return [*table_lines(headings, rows, look), ""]


#: What keeps jobs and old events, as people are told.
_KEPT_BY = {
    "running": "under way outside",
    "run": "of runs that go on",
    "effect": "whose effects would happen again",
    "tables": "whose tables are not taken yet",
    "young": "in retention",
    "file": "of files that are still there",
    "firing": "of firings that are kept",
}


def _record_lines(records: RecordsReport, *, is_dry_run: bool) -> Iterator[str]:
    """What is kept of jobs and old events and why, and what is forgotten of them."""
    for what in ("job", "event"):
        kept = [each for each in records.kept if each.what == what]
        if kept:
            total = count_words(sum(each.count for each in kept), what if what == "job" else "old event")
            yield f"kept {total}: {list_words(tuple(f'{number_words(each.count)} {_KEPT_BY[each.by]}' for each in kept))}"
    gone = (
        (len(records.jobs), "job", "jobs"),
        (len(records.folders), "folder of jobs", "folders of jobs"),
        (records.firings, "firing", "firings"),
        (records.events, "event", "events"),
        (records.calls, "call between domains", "calls between domains"),
        (records.told.runs, "run of outside tools", "runs of outside tools"),
        (records.told.notes, "note of outside tools", "notes of outside tools"),
        (records.told.edges, "edge of outside jobs", "edges of outside jobs"),
        (records.told.jobs, "outside job", "outside jobs"),
        (records.told.datasets, "outside dataset", "outside datasets"),
    )
    words = tuple(count_words(count, one, many) for count, one, many in gone if count)
    if words:
        yield f"{'would forget' if is_dry_run else 'forgot'} {list_words(words)}"


def _counts(needless: Sequence[NeedlessVersion]) -> str:
    """``2 versions``, with their parts where there are any."""
    parts = sum(each.is_part for each in needless)
    versions = count_words(len(needless) - parts, "version")
    return f"{versions}, {count_words(parts, 'part')}" if parts else versions


def _condemned_lines(report: CollectionReport) -> Iterator[str]:
    if report.condemned:
        count = _counts(report.condemned)
        size = bytes_words(sum(each.bytes for each in report.condemned))
        first = time_words(report.condemned[0].goes_at)
        yield f"needless, in grace: {count}, {size}; the first may go at {first}"
        yield from _named(report.condemned)


def _listed(does: str, versions: Sequence[NeedlessVersion]) -> Iterator[str]:
    if versions:
        yield f"{does}:"
        yield from _named(versions)


def _named(versions: Sequence[NeedlessVersion]) -> Iterator[str]:
    for each in versions[:_NAMED]:
        what = f"{each.dataset} part {each.version}" if each.is_part else f"{each.dataset} {each.version}"
        yield f"  {what}, {bytes_words(each.bytes)}, needless since {time_words(each.since)}"
    if len(versions) > _NAMED:
        yield f"  and {len(versions) - _NAMED} more (--json lists all)"


def keepers_lines(versions: Sequence[ExplainedVersion], look: Look) -> list[str]:
    """`gc --explain`."""
    lines: list[str] = []
    for each in versions:
        size = f", {bytes_words(each.bytes)}, built {time_words(each.created_at)}" if each.created_at else ""
        what = ", a part" if each.is_part else ""
        lines.append(f"{look.paint(each.version, 'bold')}{what} of {each.dataset}{size}")
        lines += [f"  {kept.words}" for kept in each.kept]
        if each.since is not None:
            lines.append(f"  needless since {time_words(each.since)}, goes at {time_words(each.goes_at)}")
        elif not each.kept:
            lines.append("  needless; its grace begins with the next mw gc")
    return lines


def compaction_lines(report: CompactionReport, look: Look) -> list[str]:
    """What was written together, what could not be, and what is left to do by others."""
    headings = [
        Heading(title="dataset"),
        Heading(title="from"),
        Heading(title="to"),
        Heading(title="parts", is_right=True),
        Heading(title="files", is_right=True),
        Heading(title="bytes", is_right=True),
        Heading(title="then", is_right=True),
    ]
    rows = [
        [
            each.dataset,
            each.first,
            each.last,
            number_words(each.parts),
            number_words(each.files_before),
            bytes_words(each.bytes_before),
            "" if each.bytes is None else bytes_words(each.bytes),
        ]
        for each in report.compacted
    ]
    lines = [*table_lines(headings, rows, look), ""] if rows else []
    lines += error_lines(report.failed, look) if report.failed else []
    if report.overtaken:
        lines.append(
            f"{count_words(report.overtaken, 'stretch', 'stretches')} changed meanwhile, and stayed as they were"
        )
    mark = look.paint(look.marks.failed, "red") if report.failed else look.paint(look.marks.ok, "green")
    files = count_words(sum(each.files_before for each in report.compacted), "small file")
    does = "would write" if report.is_dry_run else "wrote"
    done = (
        f"{does} {files} together into {number_words(len(report.compacted))}" if rows else "nothing to write together"
    )
    after = "" if report.is_dry_run or not rows else "; mw gc deletes the old ones after retention.grace"
    return [*lines, f"{mark} {done}{after}"]

"""Impact as lines for people: what breaks and who uses it, and who uses a dataset or column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import count_words, list_words, time_words
from meshwright.plan.impact import OUTSIDE, PRODUCT, Impact, Use

if TYPE_CHECKING:
    from meshwright.app.impact import ImpactReport
    from meshwright.plan.impact.usage import Usage

#: Columns and changes that a line or port names before it counts the rest.
_NAMED = 6
#: A part of an address: names outside hold what marks where a namespace ends.
_WORD = re.compile(r"[^/:]+")


def impact_lines(impacts: Sequence[Impact], look: Look) -> Iterator[str]:
    """Yield the block of a plan: the ports whose breaking somebody feels."""
    felt = [one for one in impacts if one.uses]
    if felt:
        yield look.paint("breaks:", "bold")
    for one in felt:
        yield from _port_lines(one, look)


def impact_report_lines(report: ImpactReport, look: Look) -> list[str]:
    """`impact`."""
    if report.object is not None:
        return list(_usage_lines(report.object, report.usages, look))
    if not report.impacts:
        return [
            f"{look.paint(look.marks.ok, 'green')} nothing that {report.environment} promises breaks with these files"
        ]
    lines = [look.paint(f"what breaks of {report.environment} at generation {report.generation}", "bold")]
    for one in report.impacts:
        lines += _port_lines(one, look)
    used = sum(bool(one.uses) for one in report.impacts)
    return [*lines, "", f"{count_words(len(report.impacts), 'port')}, {used} with consumers that use what breaks"]


def _port_lines(impact: Impact, look: Look) -> Iterator[str]:
    yield f"  {look.paint(impact.port, 'bold')}{_verdict(impact, look)}"
    messages = [one_line(change.message) for change in impact.changes]
    for message in messages[:_NAMED]:
        yield f"    - {message}"
    if len(messages) > _NAMED:
        yield f"    - {count_words(len(messages) - _NAMED, 'more change')}"
    if not impact.uses:
        yield "    nobody uses it"
    for use in impact.uses:
        yield f"    {_use_line(use, look)}"


def _verdict(impact: Impact, look: Look) -> str:
    approval = impact.approval
    if not impact.uses:
        return ""
    if not impact.is_promised:
        return look.paint(f" ({impact.status}: nothing was promised)", "dim")
    if approval is not None:
        words = f" agreed to by {approval.owner} until {approval.expires}: {one_line(approval.reason)}"
        return look.paint(words, "yellow")
    return ""


def _use_line(use: Use, look: Look) -> str:
    owners = ", ".join(use.owners) or "nobody named"
    name = use.dataset if use.kind == PRODUCT else f"{use.kind} {use.consumer}"
    columns = f" uses {list_words(use.columns, _NAMED)}" if use.columns else ""
    struck = ", struck off consumers.yaml" if use.is_struck else ""
    return one_line(f"{name} ({owners}{struck}){columns}") + _place(use.url, use.span, look)


def _usage_lines(name: str, usages: Sequence[Usage], look: Look) -> Iterator[str]:
    yield look.paint(one_line(name), "bold")
    if not usages:
        yield "  nothing in this mesh uses it, no outside job is heard to read it, and no consumer is declared that does"
        return
    products = [one for one in usages if one.kind == PRODUCT]
    if products:
        yield "used by:"
    for product in dict.fromkeys(one.consumer for one in products):
        own = [one for one in products if one.consumer == product]
        yield f"  {product} ({', '.join(own[0].owners) or 'nobody named'})"
        for one in own:
            reads, gives = _short(one.reads), _short(one.gives)
            words = f" uses {reads}" if reads else ""
            words += f", makes {gives} of it" if reads and gives else ""
            yield f"    {one.dataset.rpartition('.')[2]}{one_line(words)}{_place(None, one.span, look)}"
    jobs = [one for one in usages if one.kind == OUTSIDE]
    if jobs:
        yield "outside jobs:"
    for one in jobs:
        yield f"  {_job_line(one)}"
    declared = [one for one in usages if one.kind not in {PRODUCT, OUTSIDE}]
    if declared:
        yield "consumers:"
    for one in declared:
        reads = _short(one.reads)
        words = f"{one.kind} {one.consumer} ({', '.join(one.owners)}) reads {one.port}{f': {reads}' if reads else ''}"
        yield f"  {one_line(words)}{_place(one.url, one.span, look)}"
    crossed = len({one.consumer for one in products})
    yield ""
    outside = f"{count_words(len({one.job for one in jobs}), 'outside job')}, " if jobs else ""
    yield f"{count_words(crossed, 'product')}, {outside}{count_words(len(declared), 'declared use')}"


def _job_line(one: Usage) -> str:
    owners = f" ({', '.join(one.owners)})" if one.owners else ""
    reads, gives = _short(one.reads), _short(one.gives)
    words = f"{one.consumer}{owners} reads {one.dataset}{f': {reads}' if reads else ''}"
    words += f"; writes {list_words(one.writes, _NAMED)}{f': {gives}' if gives else ''}" if one.writes else ""
    seen = f"; last seen {time_words(one.seen_at)}" if one.seen_at is not None else ""
    return one_line(words + seen)


def _short(columns: Iterable[str]) -> str:
    """Name columns by dataset and column; those outside of the mesh in full."""
    return list_words(tuple(map(_short_name, columns)), _NAMED)


def _short_name(column: str) -> str:
    parts = column.split(".", 3)
    is_ours = len(parts) > 3 and all(_WORD.fullmatch(part) for part in parts[:3])
    return ".".join(parts[2:]) if is_ours else column


def _place(url: str | None, span: object, look: Look) -> str:
    place = url or span
    return look.paint(f"  {one_line(str(place))}", "dim") if place else ""

"""The record of calls between domains as lines."""

from __future__ import annotations

from meshwright.app.calls import CallsPage, CallsSummary
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look
from meshwright.faces.text.words import bytes_words, count_words, number_words, seconds_words, time_words

_NOBODY = "-"


def calls_lines(page: CallsPage, look: Look) -> list[str]:
    """`calls list`."""
    if not page.calls:
        return ["no calls between domains are recorded"]
    headings = [
        Heading(title="at"),
        Heading(title="caller"),
        Heading(title="domain"),
        Heading(title="kind"),
        Heading(title="action"),
        Heading(title="object"),
        Heading(title="status", is_right=True),
        Heading(title="rows", is_right=True),
        Heading(title="bytes", is_right=True),
        Heading(title="took", is_right=True),
        Heading(title="token"),
    ]
    rows = [
        [
            time_words(call.at),
            call.caller or _NOBODY,
            call.domain,
            call.kind.value,
            call.action,
            call.object,
            str(call.status),
            _NOBODY if call.rows is None else number_words(call.rows),
            _NOBODY if call.bytes is None else bytes_words(call.bytes),
            seconds_words(call.seconds),
            call.token,
        ]
        for call in page.calls
    ]
    more = [look.paint("(there are older ones: --limit N)", "dim")] if page.before is not None else []
    return [*table_lines(headings, rows, look), *more]


def calls_summary_lines(summary: CallsSummary, look: Look) -> list[str]:
    """`calls summary`: a line for each edge."""
    if not summary.edges:
        return ["no calls between domains are recorded"]
    return [
        f"{edge.caller or 'no domain'} {look.marks.arrow} {edge.domain}  {edge.kind.value}: "
        + ", ".join(
            [
                count_words(edge.calls, "call"),
                *([f"{number_words(edge.refused)} refused"] if edge.refused else []),
                *([count_words(edge.rows, "row")] if edge.rows else []),
                *([bytes_words(edge.bytes)] if edge.bytes else []),
                f"last {time_words(edge.last_at)}",
            ]
        )
        for edge in summary.edges
    ]

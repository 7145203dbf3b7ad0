"""Aligned tables in plain text, bounded in width."""

from __future__ import annotations

from collections.abc import Sequence

from meshwright.faces.text.terminal import Look, display_width, one_line, pad, shorten
from meshwright.frozen import dataclass

_GAP = "  "


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A column of a table."""

    title: str
    #: Numbers stand at the right.
    is_right: bool = False


def table_lines(
    headings: Sequence[Heading], rows: Sequence[Sequence[str]], look: Look, cell_width: int = 60
) -> list[str]:
    """Lay out `rows` under `headings`.

    Cells are cut to `cell_width` columns. Columns that the terminal has no room for are left out, the last ones
    first, and named below the table; the first column always stays.
    """
    ellipsis = look.marks.ellipsis
    titles = [shorten(one_line(heading.title), cell_width, ellipsis) for heading in headings]
    cells = [[shorten(one_line(cell), cell_width, ellipsis) for cell in row] for row in rows]
    widths = [
        max([display_width(title), *(display_width(row[index]) for row in cells)]) for index, title in enumerate(titles)
    ]
    shown = _columns_that_fit(widths, look.width)
    if look.width is not None and shown == 1:
        widths[:1] = [min(width, look.width) for width in widths[:1]]

    def line(texts: Sequence[str]) -> str:
        parts = [
            pad(shorten(texts[index], widths[index], ellipsis), widths[index], is_right=headings[index].is_right)
            for index in range(shown)
        ]
        return _GAP.join(parts).rstrip()

    rule = ("─" if look.has_unicode else "-") * (sum(widths[:shown]) + len(_GAP) * max(shown - 1, 0))
    lines = [look.paint(line(titles), "bold"), look.paint(rule, "dim"), *(line(row) for row in cells)]
    if shown < len(headings):
        left_out = ", ".join(titles[shown:])
        lines.append(look.paint(f"({len(headings) - shown} more columns have no room: {left_out})", "dim"))
    return lines


def _columns_that_fit(widths: Sequence[int], room: int | None) -> int:
    """Return how many columns from the left fit into `room`; at least one where there are any."""
    if room is None:
        return len(widths)
    used, fitting = 0, 0
    for width in widths:
        used += width + (len(_GAP) if fitting else 0)
        if used > room:
            break
        fitting += 1
    return max(fitting, min(1, len(widths)))

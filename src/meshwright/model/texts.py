"""Places in a text of which some names were replaced, as places in the text that was written."""

from __future__ import annotations

import difflib


def column_written(text: str, written: str, line: int, column: int) -> int:
    """Return the column in `written` of what stands at `line` and `column` of `text`; all count from 1.

    Both have the same lines, which differ in some names alone. What stands in a replaced name stands at its beginning.
    """
    now, before = text.split("\n")[line - 1 : line], written.split("\n")[line - 1 : line]
    if now == before:
        return column
    blocks = difflib.SequenceMatcher(None, now[0], before[0], autojunk=False).get_opcodes()
    for kind, start, end, first, last in blocks:
        if start <= column - 1 < end:
            return (first + column - 1 - start if kind == "equal" else min(first, last)) + 1
    return len(before[0]) + 1

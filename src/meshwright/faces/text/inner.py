"""A tool's own graph as lines for people, in the record of a run and on the card of a node."""

from __future__ import annotations

from collections.abc import Sequence

from meshwright.app.values import InnerStepRecord
from meshwright.faces.text.terminal import one_line
from meshwright.faces.text.words import seconds_words


def inner_tree(inner: Sequence[InnerStepRecord]) -> list[str]:
    """Put each inner step below the first that it waits for; on a cycle, which no tool has, nothing is lost."""
    names = {each.name for each in inner}
    below: dict[str | None, list[InnerStepRecord]] = {}
    for each in inner:
        above = next((name for name in each.after if name in names and name != each.name), None)
        below.setdefault(above, []).append(each)
    lines: list[str] = []
    told: set[str] = set()

    def add(each: InnerStepRecord, depth: int) -> None:
        if each.name in told:
            return
        told.add(each.name)
        lines.append("  " * depth + _inner_words(each))
        for child in below.get(each.name, ()):
            add(child, depth + 1)

    for root in below.get(None, ()):
        add(root, 0)
    for left in inner:
        add(left, 0)
    return lines


def _inner_words(inner: InnerStepRecord) -> str:
    took = "" if inner.seconds is None else f" ({seconds_words(inner.seconds)})"
    made = f" -> {inner.dataset}" if inner.dataset else ""
    # The first stands above it in the tree.
    also = f", after {', '.join(inner.after[1:])} too" if len(inner.after) > 1 else ""
    error = f": {inner.error}" if inner.error else ""
    state = "passed" if inner.verdict == "pass" else inner.state
    return one_line(f"{state} {inner.kind} {inner.name}{made}{took}{also}{error}")

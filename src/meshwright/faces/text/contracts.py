"""What is said of single contracts, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from meshwright.app.contract_diff import ContractDiff, VersionVerdict
from meshwright.faces.text.changes import level_words
from meshwright.faces.text.findings import error_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import count_words


def contract_diff_lines(diff: ContractDiff, look: Look) -> Iterator[str]:
    """`contract diff`: a line for each change, then what the version says to it."""
    for change in diff.changes:
        where = look.paint(f"({one_line(change.path)}){' policy' if change.is_policy else ''}", "dim")
        yield f"{level_words(change.level, look)}  {one_line(change.message)} {where}"
    if not diff.changes:
        yield "nothing changes that anybody was promised"
    if diff.is_policy:
        count = sum(change.is_policy for change in diff.changes)
        yield f"{count_words(count, 'change')} of policy: somebody who watches over the data should see it"
    yield from error_lines(diff.findings, look)
    if diff.ok:
        yield f"{look.paint(look.marks.ok, 'green')} {_version_words(diff)}"


def _version_words(diff: ContractDiff) -> str:
    version = diff.version
    moved = one_line(f"{version.before} -> {version.after}" if version.before != version.after else version.after)
    if version.verdict is VersionVerdict.NOT_DEMANDED:
        return f"version {moved}: the first contract is no promise yet (its status), so none is demanded"
    if not diff.changes:
        return f"version {moved}"
    return f"version {moved} answers {diff.level.value} changes (at least {version.least})"

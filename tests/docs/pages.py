"""Reading the reference pages: their sections, tables and examples, for the tests that keep them true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PLACED = re.compile(r"^`([^`\n]+)`\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)
_TICKED = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A fenced block; `path` is the line before it that names its file, where there is one."""

    language: str
    text: str
    path: str | None = None


def page(name: str) -> str:
    """Return the text of a reference page."""
    return (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")


def sections(text: str) -> Mapping[str, str]:
    """Return heading (of level 2 or 3) -> what stands below it, up to the next one."""
    parts = _HEADING.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def placed_examples(text: str) -> list[Example]:
    """Return the examples that are files."""
    return [Example(path=path, language=language, text=body) for path, language, body in _PLACED.findall(text)]


def examples(text: str) -> list[Example]:
    """Return all fenced blocks with a language."""
    return [Example(language=language, text=body) for language, body in _BLOCK.findall(text)]


def ticked(text: str) -> set[str]:
    """Return everything that stands in backticks outside of fenced blocks."""
    return set(_TICKED.findall(_BLOCK.sub("", text)))


def tables(text: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Yield each table as its header and its rows."""
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split(" |")])
        elif rows:
            yield rows[0], rows[2:]
            rows = []


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings."""
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}

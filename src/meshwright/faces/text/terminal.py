"""What the two output streams can show, and text made fit for them: colour, marks, widths, control characters.

Neighbours: every rendering module takes a `Look`; `main` takes it from the real streams.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from typing import TextIO

from meshwright.frozen import dataclass

_SGR = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
#: Characters that could move the cursor, recolour the screen or reorder text: never printed as they are.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What one stream can show."""

    is_terminal: bool = False
    has_color: bool = False
    has_unicode: bool = True
    #: Columns of the terminal, None for no bound (a pipe or a file).
    width: int | None = None

    def paint(self, text: str, *styles: str) -> str:
        """Return `text` in `styles` (bold, dim, red, green, yellow, blue, cyan) where colour is wanted."""
        if not self.has_color or not text:
            return text
        return f"\x1b[{';'.join(_SGR[style] for style in styles)}m{text}\x1b[0m"

    @property
    def marks(self) -> Marks:
        """The marks that the stream's encoding can hold."""
        return UNICODE_MARKS if self.has_unicode else ASCII_MARKS


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """Small signs for states."""

    ok: str
    failed: str
    warning: str
    blocked: str
    running: str
    waiting: str
    ellipsis: str
    arrow: str
    #: Frames of the spinner.
    spinner: str


UNICODE_MARKS = Marks(
    ok="✓",
    failed="✗",
    warning="!",
    blocked="⊘",
    running="●",
    waiting="·",
    ellipsis="…",
    arrow="→",
    spinner="⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
)
ASCII_MARKS = Marks(
    ok="+", failed="x", warning="!", blocked="#", running="*", waiting=".", ellipsis="...", arrow="->", spinner="|/-\\"
)


def look_of(stream: TextIO, environ: Mapping[str, str]) -> Look:
    """Find out what `stream` can show. NO_COLOR, FORCE_COLOR, TERM=dumb and COLUMNS are respected."""
    is_terminal = _is_terminal(stream)
    is_plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
    return Look(
        is_terminal=is_terminal,
        has_color=not is_plain and (is_terminal or bool(environ.get("FORCE_COLOR"))),
        has_unicode=_can_encode(stream, "✓⠋…→⊘"),
        width=_terminal_width(stream, environ) if is_terminal else None,
    )


def printable(text: str) -> str:
    """Return `text` with control, bidirectional and surrogate characters written as escapes; newlines and tabs stay."""
    return _UNPRINTABLE.sub(lambda found: ascii(found.group())[1:-1], text)


def one_line(text: str) -> str:
    """Return `text` fit for one line: line breaks and tabs are written as escapes as well."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def first_line(text: str) -> str:
    """Return the first line of `text`: what went wrong, without the words of another program that follow it."""
    return one_line(text.partition("\n")[0]).rstrip(":")


def display_width(text: str) -> int:
    """Return the number of terminal columns that `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def shorten(text: str, width: int, ellipsis: str = "…") -> str:
    """Return `text` cut to at most `width` columns, with an ellipsis where something was cut."""
    if display_width(text) <= width:
        return text
    room = max(width - len(ellipsis), 0)
    kept, used = [], 0
    for character in text:
        used += _character_width(character)
        if used > room:
            break
        kept.append(character)
    return "".join(kept) + ellipsis[:width]


def pad(text: str, width: int, *, is_right: bool = False) -> str:
    """Fill `text` with blanks to `width` columns, on its left where `is_right`."""
    blanks = " " * max(width - display_width(text), 0)
    return blanks + text if is_right else text + blanks


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # a closed stream
        return False


def _can_encode(stream: TextIO, sample: str) -> bool:
    try:
        sample.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _terminal_width(stream: TextIO, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80

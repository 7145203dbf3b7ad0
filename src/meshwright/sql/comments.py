"""Comments and quotes, found without the parser: it cannot say which quote is never closed."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Comments and everything that can hold what looks like one; an opening sign alone is never closed.
_QUOTING = re.compile(
    r"""--[^\n]*|/\*"""
    r"""|(?<![A-Za-z0-9_])[eE]'(?:[^'\\]|\\.|'')*'|'[^']*'|"[^"]*\""""
    r"""|(?<![A-Za-z0-9_$])\$(?P<tag>[A-Za-z_][A-Za-z0-9_]*)?\$(?:.*?\$(?P=tag)\$|.*?\$\$)"""
    r"""|'|"|(?<![A-Za-z0-9_$])\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$""",
    re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_OPENING = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$")
_NOT_A_LINE_END = re.compile(r"[^\r\n]")


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each comment; a quote or comment without an end yields its start and -1, and is the last."""
    position = 0
    while found := _QUOTING.search(text, position):
        sign, position = found[0], found.end()
        if sign == "/*":
            depth = 1
            while depth:
                edge = _COMMENT_EDGE.search(text, position)
                if edge is None:
                    yield found.start(), -1
                    return
                depth, position = depth + (1 if edge[0] == "/*" else -1), edge.end()
            yield found.start(), position
        elif sign.startswith("--"):
            yield found.start(), position
        elif sign in {"'", '"'} or (sign[0] == "$" and _OPENING.fullmatch(sign)):
            yield found.start(), -1
            return


def blank_comments(text: str) -> str:
    """Return `text` with spaces for comments, every other character in its place.

    The parser reads ``order by`` as one word and stumbles over a comment inside it.
    """
    parts: list[str] = []
    position = 0
    for start, end in _comments(text):
        if end < 0:
            return text
        parts += [text[position:start], _NOT_A_LINE_END.sub(" ", text[start:end])]
        position = end
    return "".join([*parts, text[position:]])


def open_quote(text: str) -> tuple[int, str | None]:
    """Return offset and opening sign of the quote or comment without an end."""
    for start, end in _comments(text):
        if end < 0:
            sign = _OPENING.match(text, start)
            return start, sign[0] if sign else text[start : start + 1 + text.startswith("/*", start)]
    return 0, None

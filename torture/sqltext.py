"""Random rewrites of SQL text on the level of tokens: those that keep its meaning, and those that change it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<space>\s+)|(?P<string>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")
    |(?P<param>\$[a-z_]\w*)|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_]\w*)|(?P<sign><>|<=|>=|::|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = frozenset(
    [
        "select",
        "from",
        "where",
        "and",
        "or",
        "as",
        "group",
        "by",
        "order",
        "on",
        "join",
        "left",
        "inner",
        "case",
        "when",
        "then",
        "else",
        "end",
        "is",
        "null",
        "not",
        "in",
        "between",
        "distinct",
        "with",
        "union",
        "all",
        "having",
        "limit",
        "over",
        "partition",
        "asc",
        "desc",
        "using",
        "date",
        "interval",
        "cast",
        "sum",
        "count",
        "avg",
        "min",
        "max",
        "round",
        "coalesce",
    ]
)
_SPACES = (" ", "\n", "\n\n    ", "\t", "  ", " /* said in passing */ ", " -- a remark\n", "\r\n")
_SIGNS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "=", "+": "-", "-": "+"}
_WORDS = {
    "and": "or",
    "or": "and",
    "sum": "max",
    "max": "min",
    "min": "max",
    "avg": "sum",
    "desc": "asc",
    "asc": "desc",
}


@dataclass(frozen=True)
class Token:
    """A piece of the text; `kind` is the name of the group that took it."""

    kind: str
    text: str


def tokens(text: str) -> list[Token]:
    """Split `text`; joined again the tokens give it back."""
    return [Token(str(match.lastgroup), match[0]) for match in _TOKEN.finditer(text)]


def same_meaning(text: str, rng: random.Random) -> str:
    """Return another way to write `text`: layout, comments, letter case of keywords and names, a closing semicolon."""
    written: list[str] = []
    for token in tokens(text):
        if token.kind == "space" and rng.random() < 0.4:
            # A comment at the end of a line ends with it.
            after_remark = bool(written) and written[-1].startswith("--")
            space = rng.choice(_SPACES)
            written.append("\n" + space if after_remark else space)
        elif token.kind == "word" and token.text.lower() in _KEYWORDS and rng.random() < 0.5:
            written.append("".join(rng.choice((letter.upper(), letter.lower())) for letter in token.text))
        elif token.kind == "comment" and rng.random() < 0.5:
            written.append("-- another remark" if token.text.startswith("--") else "/* another */")
        else:
            written.append(token.text)
    head = rng.choice(("", "", "-- first of all\n", "/* a\n   block */\n", "\n\n"))
    return head + "".join(written) + rng.choice(("", "\n", "\n;\n", "\n-- the end\n"))


def other_meaning(text: str, rng: random.Random) -> tuple[str, str] | None:
    """Return `text` with one token that means something else, and what was done; None where none can be changed."""
    found = tokens(text)
    places = [at for at, token in enumerate(found) if _changed(token) is not None]
    if not places or rng.random() < 0.1:
        return f"select * from (\n{text.rstrip().rstrip(';')}\n) as cut limit {rng.randrange(1, 1000)}", "limit"
    at = rng.choice(places)
    changed = _changed(found[at])
    assert changed is not None
    words = f"{found[at].text} -> {changed}"
    return "".join([*(t.text for t in found[:at]), changed, *(t.text for t in found[at + 1 :])]), words


def _changed(token: Token) -> str | None:
    if token.kind == "number":
        return str(int(token.text) + 1) if token.text.isdigit() else f"{token.text}1"
    if token.kind == "string":
        return f"{token.text[:-1]}x'"
    if token.kind == "sign":
        return _SIGNS.get(token.text)
    return _WORDS.get(token.text.lower()) if token.kind == "word" else None

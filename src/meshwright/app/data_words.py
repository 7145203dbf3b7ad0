"""The words of filters, orders and lists of columns: names, values and signs, each with its place in the text.

The text comes from anybody. It is taken apart here and nowhere else, and no piece of it ever becomes a piece of SQL.
"""

from __future__ import annotations

import enum
import re

from meshwright.diagnostics import Diagnostic, InputError, SourceSpan
from meshwright.frozen import dataclass

#: Characters that one of these texts may have. URLs have about as much room.
LONGEST = 8_000
_WORD = re.compile(
    r"""
      (?P<text>'(?:[^']|'')*')
    | (?P<delimited>"(?:[^"]|"")+")
    | (?P<number>-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    | (?P<name>[^\W\d]\w*)
    | (?P<sign><=|>=|<>|!=|[=<>(),.])
    | (?P<space>[ \t\r\n]+)
    """,
    re.VERBOSE,
)


class Kind(enum.Enum):
    """What a word is."""

    TEXT = "text"
    NUMBER = "number"
    #: A name as it stands, which may be a keyword, or one in double quotes, which is none.
    NAME = "name"
    DELIMITED = "delimited"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One word of a text."""

    kind: Kind
    #: What it means: of a text or a name in quotes, what stands between these.
    value: str
    #: As written, for messages.
    written: str
    #: Column, from 1.
    at: int

    @property
    def keyword(self) -> str:
        """The word as a keyword or sign, empty where it can be neither."""
        return self.value.lower() if self.kind in {Kind.NAME, Kind.SIGN} else ""


class Words:
    """Walks along the words of one text."""

    def __init__(self, text: str, what: str) -> None:
        self._words = words_of(text, what)
        self._at = 0
        self.what = what

    @property
    def next(self) -> Word:
        """The word that comes next."""
        return self._words[self._at]

    def take(self) -> Word:
        """Return the next word and go on behind it; the end is never left."""
        word = self._words[self._at]
        self._at = min(self._at + 1, len(self._words) - 1)
        return word

    def took(self, *keywords: str) -> bool:
        """Go on behind all of these, where they come next."""
        following = self._words[self._at : self._at + len(keywords)]
        is_there = [word.keyword for word in following] == list(keywords)
        if is_there:
            self._at += len(keywords)
        return is_there

    def need(self, keyword: str, why: str) -> None:
        """Go on behind a keyword or sign. Raises InputError (MW-H101) where something else comes."""
        if not self.took(keyword):
            raise self.wrong(f"{keyword!r} is missing {why}, and {self.shown} stands there", "the grammar has examples")

    @property
    def shown(self) -> str:
        """The next word for messages."""
        return self.next.written if self.next.kind is Kind.END else repr(self.next.written)

    def wrong(self, message: str, fix: str, code: str = "MW-H101", at: Word | None = None) -> InputError:
        """Return the error with a finding at the next word, or at another."""
        span = SourceSpan(file=self.what, line=1, column=(at or self.next).at)
        return InputError(Diagnostic(code=code, message=message, span=span, fix=fix))


def words_of(text: str, what: str) -> list[Word]:
    """Take `text` apart, an end at its end. `what` it is stands as the file of findings. Raises InputError (MW-H101, MW-H104)."""
    if len(text) > LONGEST:
        message = f"the {what} has {len(text):,} characters, and {LONGEST:,} are read"
        raise InputError(Diagnostic(code="MW-H104", message=message, fix="ask for less at a time"))
    words: list[Word] = []
    position = 0
    while position < len(text):
        found = _WORD.match(text, position)
        if found is None or not _is_plain(found[0]):
            raise InputError(_unreadable(text, position, what))
        kind = found.lastgroup or ""
        if kind != "space":
            words.append(Word(kind=Kind(kind), value=_meant(kind, found[0]), written=found[0], at=position + 1))
        position = found.end()
    words.append(Word(kind=Kind.END, value="", written="the end", at=len(text) + 1))
    return words


def _meant(kind: str, written: str) -> str:
    if kind == "text":
        return written[1:-1].replace("''", "'")
    if kind == "delimited":
        return written[1:-1].replace('""', '"')
    return written


def _is_plain(text: str) -> bool:
    """Whether it can be a value of a database at all: no half of a pair of code units."""
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _unreadable(text: str, position: int, what: str) -> Diagnostic:
    letter = text[position]
    fix = "names are letters, digits and '_', others stand in double quotes; texts stand in single quotes"
    if letter in "'\"":
        message, fix = f"the quote at {position + 1} is not closed, or closes over what is no text", "double it inside"
    elif letter == "-" and what == "order":
        message, fix = "'-' means nothing here", "write 'amount desc' for the greatest first"
    elif letter.isdigit() or letter in "-.":
        message, fix = f"{text[position : position + 20]!r} is no number", "write 12, -1.5 or 1e6"
    else:
        message = f"{letter!r} means nothing here"
    return Diagnostic(code="MW-H101", message=message, span=SourceSpan(file=what, line=1, column=position + 1), fix=fix)

"""Words: what texts are found by. Letter case and accents do not count; names are taken apart at underscores and points."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+")
#: Longer words are found by their beginning.
_LONGEST = 48


def folded(text: str) -> str:
    """Return a text without letter case and accents: ``Größe`` and ``GROSSE`` are ``grosse``."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))


def words_of(text: str) -> list[str]:
    """Return the words of a text in order, folded."""
    return [folded(found)[:_LONGEST] for found in _WORD.findall(text)]


def placed_words(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words of a text, folded, with where each begins and ends in it."""
    for match in _WORD.finditer(text):
        yield folded(match.group())[:_LONGEST], match.start(), match.end()


def is_near(word: str, other: str, most: int) -> bool:
    """Whether two words differ by at most `most` letters put in, left out, replaced, or two neighbours exchanged.

    The optimal string alignment distance, cut off where it exceeds `most` (Navarro, A Guided Tour to Approximate String
    Matching, 2001).
    """
    if abs(len(word) - len(other)) > most:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(word, 1):
        earlier, before, row = before, row, [place]
        for at, against in enumerate(other, 1):
            cost = min(before[at] + 1, row[at - 1] + 1, before[at - 1] + (letter != against))
            if place > 1 and at > 1 and letter == other[at - 2] and word[place - 2] == against:
                cost = min(cost, earlier[at - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return False
    return row[-1] <= most


def letters_of(word: str) -> int:
    """Return which letters a word has, as bits: words that differ by n letters differ in at most 2 n of them."""
    found = 0
    for letter in word:
        found |= 1 << (ord(letter) & 63)
    return found

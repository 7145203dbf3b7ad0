"""The index: which segments have a word. Made once, then changed segment by segment into a new one."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType

from meshwright.catalog.segments import Segment
from meshwright.catalog.words import is_near, letters_of
from meshwright.frozen import dataclass

#: A beginning stands for at most so many words.
_MOST_BEGINNINGS = 64
#: A single letter stands for itself: half of all words begin with it.
_SHORTEST_BEGINNING = 2
#: Words that are written almost like one, at most.
_MOST_NEAR = 8
#: Shorter words are not taken for mistyped: too many are like them.
_SHORTEST_NEAR = 4
#: From this length on two letters may be wrong.
_TWO_WRONG = 8

EXACT, NEAR = 1.0, 0.4
#: What a word counts that only begins like the one of the question: between these, by how much of it is there.
_BEGINNING = (0.45, 0.95)


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """Segments by name, and the words of all of them."""

    segments: Mapping[str, Segment]
    #: Word -> the segments that have it.
    having: Mapping[str, tuple[Segment, ...]]
    #: Every word, in order.
    words: tuple[str, ...]

    def meant(self, word: str, *, is_whole: bool = False) -> Mapping[str, float]:
        """Return the words that a word of a question stands for, each with how well it fits.

        Itself and, unless it `is_whole`, those that begin with it; where there is none, those that are written almost like it.
        """
        found = {word: EXACT} if word in self.having else {}
        if not is_whole and len(word) >= _SHORTEST_BEGINNING:
            least, most = _BEGINNING
            found.update(
                (other, least + (most - least) * len(word) / len(other))
                for other in self._beginning(word)
                if other != word
            )
        if not found and len(word) >= _SHORTEST_NEAR:
            found.update((other, NEAR) for other in self._near(word))
        return found

    def _beginning(self, beginning: str) -> Iterator[str]:
        start = bisect_left(self.words, beginning)
        for word in islice(self.words, start, start + _MOST_BEGINNINGS):
            if not word.startswith(beginning):
                return
            yield word

    def _near(self, word: str) -> Iterable[str]:
        most = 2 if len(word) >= _TWO_WRONG else 1
        letters, length = letters_of(word), len(word)
        found = [
            other
            for other in self.words
            if -most <= len(other) - length <= most
            and (letters_of(other) ^ letters).bit_count() <= 2 * most
            and is_near(word, other, most)
        ]
        return sorted(found, key=lambda other: (not is_near(word, other, 1), -len(self.having[other]), other))[
            :_MOST_NEAR
        ]


def make_index(segments: Iterable[Segment]) -> Index:
    """Make the index of segments."""
    return changed_index(
        Index(segments=MappingProxyType({}), having=MappingProxyType({}), words=()),
        {segment.name: segment for segment in segments},
    )


def changed_index(index: Index, changed: Mapping[str, Segment | None]) -> Index:
    """Return the index with other segments under some names; with None there is none any more.

    Costs what the changed segments have in words, and a copy of the two tables.
    """
    segments = dict(index.segments)
    gone: dict[str, set[str]] = {}
    come: dict[str, list[Segment]] = {}
    for name, segment in changed.items():
        before = segments.pop(name, None)
        if before is not None:
            for word in before.words:
                gone.setdefault(word, set()).add(name)
        if segment is not None:
            segments[name] = segment
            for word in segment.words:
                come.setdefault(sys.intern(word), []).append(segment)
    having = dict(index.having)
    for word in gone.keys() | come.keys():
        names = gone.get(word, ())
        kept = tuple(each for each in having.get(word, ()) if each.name not in names)
        found = kept + tuple(come.get(word, ()))
        if found:
            having[word] = found
        else:
            having.pop(word, None)
    is_same = having.keys() == index.having.keys()
    return Index(
        segments=MappingProxyType(segments),
        having=MappingProxyType(having),
        words=index.words if is_same else tuple(sorted(having)),
    )

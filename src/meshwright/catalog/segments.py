"""What can be found of one product, of the domains, or of some of what is outside: documents, and by which words each is found.

A segment is made once and shared by every index that its product did not change for. It is kept small, for there are a
thousand: words in order, and beside them one row of numbers.
"""

from __future__ import annotations

import enum
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from meshwright.catalog.words import words_of
from meshwright.frozen import dataclass


class Kind(enum.StrEnum):
    """What is found."""

    DOMAIN = "domain"
    PRODUCT = "product"
    PORT = "port"
    DATASET = "dataset"
    COLUMN = "column"
    #: Of outside tools.
    OUTSIDE_DATASET = "outside-dataset"
    OUTSIDE_JOB = "outside-job"


class Field(enum.IntEnum):
    """Where in a document a word stands; the first ones count most."""

    NAME = 0
    TITLE = 1
    TAGS = 2
    OWNERS = 3
    #: Of a product: the domain that it lies in.
    DOMAIN = 4
    DESCRIPTION = 5
    #: Of a dataset outside: the names of its columns.
    COLUMNS = 6


#: How the numbers of a segment hold a place and a field.
_FIELD_BITS = 3
_FIELD_MASK = (1 << _FIELD_BITS) - 1
_SEPARATORS = {Kind.PORT: "/", Kind.DATASET: ".", Kind.COLUMN: "."}


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """Something that can be found."""

    kind: Kind
    #: Its own name, without that of what it lies in.
    name: str
    #: Place of the document that it belongs to, which stands before it; None for products and domains.
    parent: int | None = None
    #: What else is written of it, by field.
    texts: tuple[tuple[Field, str], ...] = ()
    #: Of what is outside, which lies in nothing: its id, and what people call it.
    id: str | None = None
    shown: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """Documents, and which words they are found by."""

    #: Address of the product; empty for the domains. Those of what is outside begin with a colon, as no address does.
    name: str
    documents: tuple[Document, ...]
    #: In order, each once.
    words: tuple[str, ...]
    #: Where the numbers of each word begin; one more for the end.
    starts: array[int]
    #: Places of documents and fields: `place << 3 | field`.
    numbers: array[int]

    def holders(self, word: str) -> Sequence[int]:
        """Return the numbers of a word, see `place_of` and `field_of`; none where the segment does not have it."""
        at = bisect_left(self.words, word)
        if at == len(self.words) or self.words[at] != word:
            return ()
        return self.numbers[self.starts[at] : self.starts[at + 1]]

    def has_beginning(self, beginning: str) -> bool:
        """Whether one of the words begins like this."""
        at = bisect_left(self.words, beginning)
        return at < len(self.words) and self.words[at].startswith(beginning)

    def address(self, place: int) -> str:
        """Return the address of a document."""
        document = self.documents[place]
        if document.shown is not None:
            return document.shown
        if document.parent is None:
            return self.name or document.name
        return f"{self.address(document.parent)}{_SEPARATORS[document.kind]}{document.name}"


def place_of(number: int) -> int:
    """Return the place of the document that a number of a segment is about."""
    return number >> _FIELD_BITS


def field_of(number: int) -> int:
    """Return the field that a number of a segment is about."""
    return number & _FIELD_MASK


def make_segment(name: str, documents: Iterable[Document]) -> Segment:
    """Make the segment of documents, of which each stands behind what it belongs to."""
    listed = tuple(documents)
    found: dict[str, set[int]] = {}
    for place, document in enumerate(listed):
        for field, text in _texts(document):
            for word in words_of(text):
                found.setdefault(word, set()).add(place << _FIELD_BITS | field)
    starts, numbers = array("I", [0]), array("I")
    words = tuple(sorted(found))
    for word in words:
        numbers.extend(sorted(found[word]))
        starts.append(len(numbers))
    return Segment(name=name, documents=listed, words=words, starts=starts, numbers=numbers)


def _texts(document: Document) -> Iterator[tuple[int, str]]:
    yield Field.NAME, document.name
    yield from document.texts

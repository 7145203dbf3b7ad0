"""Search: what is meant by some words, best first, with where they stand.

Something is found when one of the words stands in it and the others in it or in what it belongs to: ``flights delay`` finds
the dataset `delays` of the product `flights`. The last word may be unfinished, and one that nothing has may be mistyped.
What counts: the field (name before title before tags before owners before description), how rare the word is, how well it
is written, and the kind (a product before its columns).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from meshwright.catalog.index import Index
from meshwright.catalog.segments import Document, Field, Kind, Segment, field_of, place_of
from meshwright.catalog.words import folded, placed_words, words_of
from meshwright.frozen import dataclass

#: So many words of a question are looked for.
MOST_WORDS = 8
_WEIGHTS = {
    Field.NAME: 8.0,
    Field.TITLE: 6.0,
    Field.TAGS: 4.0,
    Field.OWNERS: 3.0,
    Field.DOMAIN: 3.0,
    Field.DESCRIPTION: 2.0,
    Field.COLUMNS: 2.0,
}
_BY_FIELD = tuple(_WEIGHTS[field] for field in Field)
#: Ours go before what is outside and is called the same.
_KINDS = {
    Kind.DOMAIN: 1.3,
    Kind.PRODUCT: 1.2,
    Kind.PORT: 1.0,
    Kind.DATASET: 1.0,
    Kind.COLUMN: 0.5,
    Kind.OUTSIDE_DATASET: 0.8,
    Kind.OUTSIDE_JOB: 0.7,
}
#: What a word counts that stands in what something belongs to.
_INHERITED = 0.25
#: How much more counts what is called by the very question.
_SAME_NAME = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Highlight:
    """A field in which words of the question stand, and where: (first character, behind the last)."""

    field: Field
    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """Something that was found."""

    kind: Kind
    address: str
    score: float
    title: str | None
    description: str | None
    highlights: tuple[Highlight, ...]
    #: Of what is outside.
    id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A page of what was found."""

    hits: tuple[Hit, ...]
    #: How many there are, of each kind; kinds that were not asked for among them.
    counts: Mapping[Kind, int]
    #: Of the kinds that were asked for.
    total: int
    #: What was looked for in place of a word that nothing has.
    meant: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is looked for."""

    text: str
    #: None for every kind.
    kinds: Collection[Kind] | None = None
    #: Only what belongs to these domains; None for all.
    domains: Collection[str] | None = None


_Ranked = tuple[float, str, Segment, int]


def search(index: Index, question: Question, *, offset: int = 0, limit: int = 20) -> Answer:
    """Return the hits from `offset` on, at most `limit`. The same index and question give the same order."""
    asked = list(dict.fromkeys(words_of(question.text)))[:MOST_WORDS]
    meant = [index.meant(word) for word in asked]
    ranked: list[_Ranked] = []
    counts = dict.fromkeys(Kind, 0)
    if asked and all(meant):
        kinds = frozenset(question.kinds) if question.kinds is not None else None
        whole = folded(question.text.strip())
        weights = [_weighed(index, words) for words in meant]
        for segment in _candidates(index, meant, question.domains):
            for score, place in _scored(segment, weights, whole, question.domains):
                kind = segment.documents[place].kind
                counts[kind] += 1
                if kinds is None or kind in kinds:
                    ranked.append((-score, segment.name, segment, place))
    total = len(ranked)
    # By the product's address and then the place where scores are equal: the order of a list that never changes.
    best = heapq.nsmallest(offset + limit, ranked, key=lambda each: (each[0], each[1], each[3]))[offset:]
    looked_for = frozenset(word for words in meant for word in words)
    return Answer(
        hits=tuple(_hit(segment, place, -score, looked_for) for score, _, segment, place in best),
        counts=counts,
        total=total,
        meant={
            word: tuple(words)
            for word, words in zip(asked, meant, strict=True)
            if words and word not in words and not any(other.startswith(word) for other in words)
        },
    )


def _weighed(index: Index, words: Mapping[str, float]) -> list[tuple[str, tuple[float, ...]]]:
    """Return words with what each counts in each field: those that few segments have count more."""
    found = []
    for word, quality in words.items():
        rarity = math.log1p(len(index.segments) / len(index.having[word]))
        found.append((word, tuple(weight * quality * rarity for weight in _BY_FIELD)))
    return found


def _candidates(
    index: Index, meant: Sequence[Mapping[str, float]], domains: Collection[str] | None
) -> Iterator[Segment]:
    """Yield the segments that have something of each word."""
    common: dict[str, Segment] | None = None
    for words in sorted(meant, key=lambda each: sum(len(index.having[word]) for word in each)):
        found = {segment.name: segment for word in words for segment in index.having[word]}
        # The domains are one segment, and words that they have stand for nothing in products.
        common = found if common is None else {name: common[name] for name in common.keys() & found.keys()}
    for name, segment in (common or {}).items():
        if domains is None or not name or name.partition(".")[0] in domains:
            yield segment


def _scored(
    segment: Segment,
    weights: Sequence[Sequence[tuple[str, tuple[float, ...]]]],
    whole: str,
    domains: Collection[str] | None,
) -> Iterator[tuple[float, int]]:
    """Yield what is found in a segment: score and place."""
    found: list[dict[int, float]] = []
    for words in weights:
        scores: dict[int, float] = {}
        for word, by_field in words:
            for number in segment.holders(word):
                place, score = place_of(number), by_field[field_of(number)]
                if score > scores.get(place, 0.0):
                    scores[place] = score
        found.append(scores)
    documents = segment.documents
    own = found[0].keys() if len(found) == 1 else set().union(*found)
    for place in own:
        document = documents[place]
        if domains is not None and document.kind is Kind.DOMAIN and document.name not in domains:
            continue
        score = 0.0
        for scores in found:
            part = scores.get(place)
            if part is None:
                part = _inherited(scores, document.parent, documents)
                if part == 0.0:
                    break
            score += part
        else:
            if folded(document.name) == whole or segment.address(place) == whole:
                score *= _SAME_NAME
            yield score * _KINDS[document.kind], place


def _inherited(scores: Mapping[int, float], parent: int | None, documents: Sequence[Document]) -> float:
    while parent is not None:
        if parent in scores:
            return scores[parent] * _INHERITED
        parent = documents[parent].parent
    return 0.0


def _hit(segment: Segment, place: int, score: float, looked_for: frozenset[str]) -> Hit:
    document = segment.documents[place]
    texts = dict(document.texts)
    return Hit(
        kind=document.kind,
        address=segment.address(place),
        score=round(score, 3),
        title=texts.get(Field.TITLE),
        description=texts.get(Field.DESCRIPTION),
        highlights=tuple(_highlights(document, looked_for)),
        id=document.id,
    )


def _highlights(document: Document, looked_for: frozenset[str]) -> Iterator[Highlight]:
    for field, text in ((Field.NAME, document.name), *document.texts):
        spans = tuple((start, end) for word, start, end in placed_words(text) if word in looked_for)
        if spans:
            yield Highlight(field=field, text=text, spans=spans)

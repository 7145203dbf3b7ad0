"""Words, segments, the index and search: pure values."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.catalog.index import Index, changed_index, make_index
from meshwright.catalog.search import Question, search
from meshwright.catalog.segments import Document, Field, Kind, Segment, make_segment
from meshwright.catalog.words import folded, is_near, letters_of, placed_words, words_of


def product(
    address: str, *datasets: str, title: str = "", tags: str = "", about: str = "", columns: str = ""
) -> Segment:
    """A product with datasets, each with the same columns."""
    domain, _, name = address.partition(".")
    texts = ((Field.TITLE, title), (Field.TAGS, tags), (Field.DOMAIN, domain), (Field.DESCRIPTION, about))
    documents = [Document(kind=Kind.PRODUCT, name=name, texts=tuple(each for each in texts if each[1]))]
    for dataset in datasets:
        place = len(documents)
        documents.append(Document(kind=Kind.DATASET, name=dataset, parent=0))
        documents += [Document(kind=Kind.COLUMN, name=column, parent=place) for column in columns.split()]
    return make_segment(address, documents)


def mesh() -> Index:
    domains = [
        Document(kind=Kind.DOMAIN, name="operations", texts=((Field.OWNERS, "team:ops"),)),
        Document(kind=Kind.DOMAIN, name="weather"),
    ]
    return make_index(
        [
            make_segment("", domains),
            product(
                "operations.flights", "departures", "delays", title="Flights", tags="gold", columns="carrier delay"
            ),
            product("operations.crew", "shifts", about="Who flies which of the flights.", columns="name"),
            product("weather.observations", "hourly", title="Größe der Tropfen", columns="temp origin"),
        ]
    )


def found(index: Index, text: str, **asked: object) -> list[str]:
    return [hit.address for hit in search(index, Question(text=text, **asked)).hits]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("customer_id", ["customer", "id"]),
        ("Größe STRASSE Café", ["grosse", "strasse", "cafe"]),
        ("a.b/c-d e@f", ["a", "b", "c", "d", "e", "f"]),
        ("___ ... \x00", []),
        ("x" * 100, ["x" * 48]),
        ("日本 ١٢", ["日本", "١٢"]),
    ],
)
def test_words_are_folded_and_taken_apart(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(max_size=60))
def test_placed_words_lie_where_they_say(text: str) -> None:
    assert [word for word, _, _ in placed_words(text)] == words_of(text)
    for word, start, end in placed_words(text):
        assert folded(text[start:end])[:48] == word


def _distance(word: str, other: str) -> int:
    """Optimal string alignment, as its definition says."""
    table = {(-1, at): at + 1 for at in range(-1, len(other))} | {(at, -1): at + 1 for at in range(-1, len(word))}
    for i, a in enumerate(word):
        for j, b in enumerate(other):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a != b))
            if i and j and a == other[j - 1] and word[i - 1] == b:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(word) - 1, len(other) - 1]


@given(st.text("abc", max_size=7), st.text("abc", max_size=7), st.integers(0, 3))
@settings(max_examples=300)
def test_near_words_are_those_within_the_distance(word: str, other: str, most: int) -> None:
    is_within = _distance(word, other) <= most
    assert is_near(word, other, most) is is_within
    if is_within:
        assert (letters_of(word) ^ letters_of(other)).bit_count() <= 2 * most


def test_a_word_finds_names_before_descriptions_and_products_before_columns() -> None:
    assert found(mesh(), "flights") == ["operations.flights", "operations.crew"]
    assert found(mesh(), "delay")[:2] == ["operations.flights.delays", "operations.flights.departures.delay"]


def test_other_words_may_stand_in_what_something_belongs_to() -> None:
    assert found(mesh(), "flights delays")[0] == "operations.flights.delays"
    assert found(mesh(), "weather temp") == ["weather.observations.hourly.temp"]
    assert found(mesh(), "weather carrier") == []
    assert found(mesh(), "gold shifts") == []


def test_case_accents_and_unfinished_words_do_not_matter() -> None:
    for text in ("GROSSE", "größe", "grö", "Tropf"):
        assert found(mesh(), text)[0] == "weather.observations", text


def test_the_very_name_comes_first() -> None:
    index = make_index([product("a.orders_archive", title="orders orders"), product("b.orders")])
    assert found(index, "orders")[0] == "b.orders"
    assert found(index, "b.orders") == ["b.orders"]


@pytest.mark.parametrize(
    "text", ["flihgts", "flghts", "fligts", "flightss", "departuers", "observtions", "obzervtions"]
)
def test_what_is_mistyped_is_found(text: str) -> None:
    answer = search(mesh(), Question(text=text))
    assert answer.hits
    assert answer.meant[text]


@pytest.mark.parametrize("text", ["", " ", "_", "zzzz", "fxxxhts", "gld", "\x00", "'; drop table", "x" * 5000])
def test_nothing_is_found_for_nothing(text: str) -> None:
    answer = search(mesh(), Question(text=text))
    assert (answer.hits, answer.total) == ((), 0)


def test_kinds_and_domains_narrow_what_is_found() -> None:
    assert found(mesh(), "delay", kinds={Kind.DATASET}) == ["operations.flights.delays"]
    answer = search(mesh(), Question(text="operations", kinds={Kind.DOMAIN}))
    assert [hit.address for hit in answer.hits] == ["operations"]
    assert answer.counts[Kind.PRODUCT] == 2
    assert answer.total == 1
    assert found(mesh(), "operations", domains={"weather"}) == []
    assert found(mesh(), "o" * 2, domains={"weather"}) == []
    assert found(mesh(), "ops") == ["operations"]


def test_highlights_say_where_the_words_stand() -> None:
    (hit,) = search(mesh(), Question(text="größe")).hits
    (highlight,) = hit.highlights
    assert highlight.field is Field.TITLE
    assert [highlight.text[start:end] for start, end in highlight.spans] == ["Größe"]


def test_pages_are_the_whole_list_without_gap_or_repetition() -> None:
    index = make_index([product(f"d{at % 7}.p{at:03}", "same", columns="key value") for at in range(60)])
    everything = search(index, Question(text="same"), limit=1000)
    assert everything.total == len(everything.hits) == 60
    paged = [hit for at in range(0, 60, 7) for hit in search(index, Question(text="same"), offset=at, limit=7).hits]
    assert paged == list(everything.hits)
    assert search(index, Question(text="same"), offset=60, limit=7).hits == ()


def _some(dice: random.Random, name: str) -> Segment:
    words = [dice.choice(("alpha", "beta", "gamma", "delta")) + str(dice.randint(0, 5)) for _ in range(4)]
    return product(f"d.{name}", *words[:2], about=" ".join(words), columns=words[3])


@pytest.mark.parametrize("seed", range(5))
def test_an_index_that_is_changed_is_the_one_that_is_made_anew(seed: int) -> None:
    dice = random.Random(seed)
    names = [f"p{at}" for at in range(12)]
    segments = {f"d.{name}": _some(dice, name) for name in names[:8]}
    index = make_index(segments.values())
    for _ in range(20):
        changed: dict[str, Segment | None] = {}
        for name in dice.sample(names, dice.randint(0, 4)):
            changed[f"d.{name}"] = None if dice.random() < 0.4 else _some(dice, name)
        index = changed_index(index, changed)
        segments = {**segments, **changed}  # type: ignore[dict-item]
        segments = {name: each for name, each in segments.items() if each is not None}
        anew = make_index(segments.values())
        assert index.words == anew.words
        assert dict(index.segments) == segments
        by_name = {word: {each.name for each in having} for word, having in index.having.items()}
        assert by_name == {word: {each.name for each in having} for word, having in anew.having.items()}
        for text in ("alpha1", "beta", "gam", "d delta3"):
            assert found(index, text) == found(anew, text)

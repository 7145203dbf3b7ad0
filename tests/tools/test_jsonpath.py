"""Paths into JSON, judged beside another implementation of RFC 9535."""

from __future__ import annotations

import jsonpath_rfc9535
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meshwright.tools.jsonpath import PathError, parse_path

NAMES = st.sampled_from(["a", "b", "id", "ä", "x y", "'", '"', "\\", "\n", "0", ""])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
NUMBERS = st.integers(-5, 5).map(str) | st.just("")
QUOTED = st.sampled_from(
    ['"a"', "'b'", '"x y"', "'\\''", '"\\""', "'\"'", '"\\\\"', '"\\n"', '"\\u00e4"', "'\\u0061'", '""', '"0"']
)
SELECTORS = (
    QUOTED
    | st.integers(-4, 4).map(str)
    | st.just("*")
    | st.tuples(NUMBERS, NUMBERS).map(":".join)
    | st.tuples(NUMBERS, NUMBERS, NUMBERS).map(":".join)
)
SEGMENTS = st.sampled_from([".a", ".b", ".id", ".ä", ".*", "..a", "..*"]) | st.tuples(
    st.sampled_from(["", ".."]), st.lists(SELECTORS, min_size=1, max_size=3)
).map(lambda parts: f"{parts[0]}[{' , '.join(parts[1])}]")
PATHS = st.lists(SEGMENTS, max_size=4).map(lambda segments: "$" + "".join(segments))


@given(path=PATHS, document=DOCUMENTS)
@example(path="$[::-1]", document=[1, 2, 3])
@example(path="$[5:0:-2]", document=[1, 2, 3, 4, 5, 6])
@example(path="$[::0]", document=[1])
def test_values_are_those_that_another_implementation_finds(path: str, document: object) -> None:
    expected = [node.value for node in jsonpath_rfc9535.find(path, document)]  # type: ignore[arg-type]
    found = parse_path(path).values(document)  # type: ignore[arg-type]
    if ".." in path:  # the order among descendants of one another is left open by the standard
        assert sorted(map(repr, found)) == sorted(map(repr, expected))
    else:
        assert found == expected


@given(st.text(alphabet="$.[]*:,'\"\\ abu01-?@()\n", max_size=12).map("$".__add__))
def test_texts_are_paths_where_they_are_to_another_implementation(text: str) -> None:
    try:
        jsonpath_rfc9535.compile(text)
        is_path = True
    except jsonpath_rfc9535.JSONPathError:
        is_path = False
    try:
        parse_path(text)
        is_read = True
    except PathError:
        is_read = False
    assert is_read == (is_path and "?" not in text) or (is_path and "?" in text)


def test_one_value_is_picked_plain_and_several_as_a_list() -> None:
    document = {"id": None, "runs": [{"id": 1}, {"id": 2}]}
    assert parse_path("$.id").pick(document) is None
    assert parse_path("$.runs[-1].id").pick(document) == 2
    assert parse_path("$.runs[*].id").pick(document) == [1, 2]
    assert parse_path("$..none").pick(document) == []
    assert parse_path("$").pick(document) == document


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("$.run.id", "there is no $.run.id: no 'run' among id, runs"),
        ("$.runs[2]", "there is no $.runs[2]: no 2 in a list of 1"),
        ("$.runs[0].x", "there is no $.runs[0].x: no 'x' in an empty object"),
        ("$.id.x", "there is no $.id.x: no 'x' in 7"),
    ],
)
def test_a_path_that_leads_nowhere_says_what_is_there(path: str, message: str) -> None:
    with pytest.raises(LookupError) as caught:
        parse_path(path).pick({"id": 7, "runs": [{}]})
    assert caught.value.args == (message,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id", "a path begins with $, as $.id does"),
        ("$id", "'$id' is no path at character 2: a step begins with . or ["),
        ("$.", "'$.' is no path at character 3: a name stands here"),
        ("$.a b", "'$.a b' is no path at character 5: a step begins with . or ["),
        ("$[0", "'$[0' is no path at character 4: ] is missing"),
        ("$[?@.a]", "'$[?@.a]' is no path at character 3: filters are not read"),
        ("$[01]", "'$[01]' is no path at character 4: ] is missing"),
        ("$[9007199254740992]", "'$[9007199254740992]' is no path at character 3: the number is too large"),
        ('$["\\x"]', "'$[\"\\\\x\"]' is no path at character 3: \\x means nothing in a name"),
        ('$["\\ud800"]', "half of a surrogate pair is no character"),
    ],
)
def test_a_text_that_is_no_path_is_told_where(text: str, message: str) -> None:
    with pytest.raises(PathError) as caught:
        parse_path(text)
    assert message in str(caught.value)


def test_deep_documents_are_walked() -> None:
    document: object = 1
    for _ in range(50_000):
        document = [document]
    assert len(parse_path("$..[0]").values(document)) == 50_000  # type: ignore[arg-type]

"""Conditions in CloudEvents' filter dialects: what fits, what does not, and what is not known."""

from __future__ import annotations

import pytest

from meshwright.app.subscriptions_conditions import read_conditions
from meshwright.diagnostics import InputError
from meshwright.model.eventconditions import condition_document, truth

ATTRIBUTES = {"type": "org.example.day.closed", "source": "/tills/berlin", "subject": "2026-01-31", "n": "7"}
CASES: list[tuple[dict[str, object], bool]] = [
    ({"exact": {"type": "org.example.day.closed"}}, True),
    ({"exact": {"type": "org.example.day"}}, False),
    ({"exact": {"type": "ORG.EXAMPLE.DAY.CLOSED"}}, False),
    ({"exact": {"n": "7"}}, True),
    ({"exact": {"type": "org.example.day.closed", "source": "/tills/berlin"}}, True),
    ({"exact": {"type": "org.example.day.closed", "source": "/tills"}}, False),
    ({"prefix": {"source": "/tills/"}}, True),
    ({"prefix": {"source": "tills"}}, False),
    ({"suffix": {"type": ".closed"}}, True),
    ({"suffix": {"type": ".close"}}, False),
    ({"prefix": {"region": "e"}}, False),
    ({"not": {"prefix": {"region": "e"}}}, True),
    ({"not": {"suffix": {"type": ".closed"}}}, False),
    ({"all": [{"prefix": {"type": "org."}}, {"suffix": {"subject": "31"}}]}, True),
    ({"all": [{"prefix": {"type": "org."}}, {"suffix": {"subject": "30"}}]}, False),
    ({"any": [{"prefix": {"type": "net."}}, {"suffix": {"subject": "31"}}]}, True),
    ({"any": [{"prefix": {"type": "net."}}, {"suffix": {"subject": "30"}}]}, False),
    ({"not": {"any": [{"exact": {"n": "8"}}, {"not": {"exact": {"n": "7"}}}]}}, True),
]


@pytest.mark.parametrize(("given", "fits"), CASES)
def test_an_event_fits_or_does_not(given: dict[str, object], fits: bool) -> None:
    [condition] = read_conditions([given])
    assert truth(condition, ATTRIBUTES) is fits
    assert condition_document(condition) == given


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"exact": {"id": "7"}}, None),
        ({"not": {"exact": {"id": "7"}}}, None),
        ({"exact": {"id": "7", "n": "8"}}, False),
        ({"any": [{"exact": {"id": "7"}}, {"exact": {"n": "7"}}]}, True),
        ({"any": [{"exact": {"id": "7"}}, {"exact": {"n": "8"}}]}, None),
        ({"all": [{"exact": {"id": "7"}}, {"exact": {"n": "8"}}]}, False),
    ],
)
def test_of_what_is_not_known_yet_it_is_said_whether_it_may_fit(given: dict[str, object], wanted: bool | None) -> None:
    [condition] = read_conditions([given])
    assert truth(condition, {**ATTRIBUTES, "id": None}) is wanted


def nested(levels: int) -> dict[str, object]:
    found: dict[str, object] = {"exact": {"type": "x"}}
    for _ in range(levels - 1):
        found = {"not": found}
    return found


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"exact": {"type": "x"}}, "MW-B002", "no list"),
        ("exact", "MW-B002", "no list"),
        ([{"sql": "type = 'x'"}], "MW-B016", "no filter dialect 'sql'"),
        ([{"EXACT": {"type": "x"}}], "MW-B016", "no filter dialect"),
        ([{}], "MW-B002", "no condition"),
        ([[]], "MW-B002", "no condition"),
        ([None], "MW-B002", "no condition"),
        ([{"exact": {"type": "x"}, "prefix": {"type": "x"}}], "MW-B002", "no condition"),
        ([{"exact": {}}], "MW-B002", "names no attributes"),
        ([{"exact": "x"}], "MW-B002", "names no attributes"),
        ([{"exact": {"data": "x"}}], "MW-B002", "no attribute"),
        ([{"exact": {"Type": "x"}}], "MW-B002", "no attribute"),
        ([{"exact": {"type": ""}}], "MW-B002", "no text to compare"),
        ([{"exact": {"type": 7}}], "MW-B002", "no text to compare"),
        ([{"prefix": {"type": "x" * 301}}], "MW-B002", "no text to compare"),
        ([{"all": []}], "MW-B002", "no list of conditions"),
        ([{"any": {"exact": {"type": "x"}}}], "MW-B002", "no list of conditions"),
        ([{"not": [{"exact": {"type": "x"}}]}], "MW-B002", "no condition"),
        ([nested(6)], "MW-B002", "nested too deeply"),
        ([{"any": [{"exact": {"type": "x"}}] * 40}, {"any": [{"exact": {"type": "x"}}] * 40}], "MW-B002", "82 conditions"),
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused_with_words(given: object, code: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_conditions(given)
    assert caught.value.first.code == code
    assert caught.value.first.fix


def test_the_dialects_that_are_known_are_named() -> None:
    with pytest.raises(InputError) as caught:
        read_conditions([{"sql": "x"}])
    assert all(word in (caught.value.first.fix or "") for word in ("exact", "prefix", "suffix", "all", "any", "not"))
    assert read_conditions([nested(5)])

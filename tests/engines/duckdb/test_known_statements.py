"""What an engine remembers of statements stands for exactly one question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import duckdb
import pytest

from meshwright.engines.duckdb import known as module
from meshwright.engines.duckdb.known import KnownStatements, Question
from meshwright.model import Column

BIG = (Column(name="n", type="BIGINT"),)
SMALL = (Column(name="n", type="SMALLINT"),)
QUESTION = Question(
    product="a.b", text="select n + $k from t", params={"k": 1}, param_types={"k": "integer"}, inputs={"a.b.t": BIG}
)


@pytest.mark.parametrize(
    "change",
    [
        {"product": "a.c"},
        {"text": "select n - $k from t"},
        {"params": {"k": 2}},
        {"params": {"k": 1.0}},
        {"params": {"k": True}},
        {"params": {"k": None}},
        {"param_types": {"k": "number"}},
        {"param_types": {}},
        {"inputs": {"a.b.t": SMALL}},
        {"inputs": {"a.b.u": BIG}},
        {"inputs": {"a.b.t": BIG, "a.b.u": BIG}},
    ],
    ids=str,
)
def test_another_question_has_no_answer_yet(change: Mapping[str, object]) -> None:
    known = KnownStatements()
    known.remember(QUESTION, BIG)
    assert known.columns(QUESTION) == BIG
    assert known.columns(replace(QUESTION, **change)) is None  # type: ignore[arg-type]


def test_inputs_are_the_same_in_any_order() -> None:
    known = KnownStatements()
    known.remember(replace(QUESTION, inputs={"a.b.t": BIG, "a.b.u": SMALL}), BIG)
    assert known.columns(replace(QUESTION, inputs={"a.b.u": SMALL, "a.b.t": BIG})) == BIG


def test_the_oldest_answers_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    known = KnownStatements()
    for number in range(5):
        known.remember(replace(QUESTION, text=str(number)), BIG)
    assert [known.columns(replace(QUESTION, text=str(number))) is not None for number in range(5)] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_a_select_is_parsed_once() -> None:
    known = KnownStatements()
    with duckdb.connect() as connection:
        first = known.select(connection, "select $a")
        assert first.params == {"a"}
        assert known.select(connection, "select $a") is first


def test_an_own_statement_is_parsed_once_and_executed_with_other_values() -> None:
    known = KnownStatements()
    with duckdb.connect() as connection:
        found = known.parsed(connection, "select $a + 1")
        assert [connection.execute(found, {"a": value}).fetchone() for value in (1, 2)] == [(2,), (3,)]
        assert known.parsed(connection, "select $a + 1") is found


def test_few_statements_are_kept_as_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_PARSED", 1)
    known = KnownStatements()
    with duckdb.connect() as connection:
        first = known.parsed(connection, "select 1")
        known.parsed(connection, "select 2")
        assert known.parsed(connection, "select 1") is not first

"""Reading a consumer's query: what it names, and what must not stand in it, at its place and in words for who asks."""

from __future__ import annotations

import pytest

from meshwright.sql.asked import MOST_CHARACTERS, read_asked


def test_tables_and_parameters_are_named_where_they_first_stand() -> None:
    asked = read_asked(
        "with a as (from d.p.x)\nselect * from a join D.P.Y using (id), y where id > $Least and id < $most"
    )
    assert [(str(table), table.line, table.column) for table in asked.tables] == [
        ("d.p.x", 1, 17),
        ("d.p.y", 2, 22),
        ("y", 2, 40),
    ]
    assert asked.params == ("least", "most")
    assert asked.problems == ()


@pytest.mark.parametrize(
    ("text", "is_settled"),
    [
        ("select a from d.p.x order by a", True),
        ("select sum(a) from d.p.x group by b", True),
        ("select a from d.p.x limit 1", False),
        ("select a from d.p.x order by a limit 1", True),
        ("select any_value(a) from d.p.x", False),
        ("select list(a order by a) from d.p.x", True),
        ("select row_number() over () from d.p.x", False),
    ],
)
def test_it_is_known_whether_equal_data_gives_equal_rows(text: str, is_settled: bool) -> None:
    assert read_asked(text).is_settled is is_settled


@pytest.mark.parametrize(
    ("text", "code", "column", "words"),
    [
        ("select read_csv_auto('x')", "MW-Q204", 8, "which a query must not"),
        ("from read_text('x')", "MW-Q202", 6, "which a query must not"),
        ("from 'x.csv'", "MW-Q201", 6, "which a query must not"),
        ("select now()", "MW-H201", 8, "another at each moment"),
        ("select current_date", "MW-H201", 8, "another at each moment"),
        ("select user from d.p.x", "MW-H201", 8, "another at each moment"),
        ("select a from d.p.x using sample 3", "MW-H201", 27, "'sample'"),
        ("select lenght(a) from d.p.x", "MW-H201", 8, "must not call 'lenght'"),
        ("select a.stats() from d.p.x", "MW-H201", 10, "must not use 'stats'"),
        ("select * into t from d.p.x", "MW-Q206", 15, "which a query must not"),
        ("from p.x", "MW-Q203", 6, "2 parts"),
        ("create table t as select 1", "MW-Q104", 1, "a query is one SELECT"),
        ("select 1; select 2", "MW-Q103", 11, "a query is one SELECT"),
        ("select ?", "MW-Q205", 8, "has no name"),
        ("select '" + "x" * MOST_CHARACTERS + "'", "MW-Q106", 1, "the query has"),
        ("select (", "MW-Q102", 8, ""),
    ],
)
def test_what_must_not_stand_there_is_told_for_who_asks(text: str, code: str, column: int, words: str) -> None:
    (found, *_) = read_asked(text).problems
    assert (found.code, found.line, found.column) == (code, 1, column)
    assert words in found.message
    assert "model" not in f"{found.message} {found.fix}"
    assert "pipeline.yaml" not in str(found.fix)
    assert found.fix


def test_the_nearest_function_is_offered() -> None:
    (found,) = read_asked("select lenght(a) from d.p.x").problems
    assert found.fix == "did you mean 'length'?"

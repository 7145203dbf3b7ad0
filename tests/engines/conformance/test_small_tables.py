"""Small tables are answered in a locked instance: nothing else can be reached, and every query ends within its limits."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from pathlib import Path

import pytest

from meshwright.engines.protocol import Engine, SmallAnswer, SmallLimits, SmallQuery, SmallTable
from meshwright.model import Column
from tests.engines.conftest import ENGINES

LIMITS = SmallLimits(seconds=20, memory_bytes=200_000_000, rows=10)
COLUMNS = (
    Column(name="name", type="VARCHAR"),
    Column(name="line", type="BIGINT"),
    Column(name="good", type="BOOLEAN"),
    Column(name="day", type="DATE"),
    Column(name="moment", type="TIMESTAMP"),
    Column(name="tags", type="VARCHAR[]"),
)
ROWS = (
    ("a", 1, True, dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, 12), ("x", "y")),
    ("b", 2, False, dt.date(2026, 2, 1), dt.datetime(2026, 2, 1), ()),
    ("ü'\"\n", None, None, None, None, ("",)),
)
TABLES = (
    SmallTable(name="mesh.things", columns=COLUMNS, rows=ROWS),
    SmallTable(name="mesh.empty", columns=COLUMNS, rows=()),
    SmallTable(name="mesh.many", columns=COLUMNS[1:2], rows=[(number,) for number in range(3_000)]),
)
WANTED = ("message", "name", "line")


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]()


def ask(engine: Engine, text: str, limits: SmallLimits = LIMITS, **params: object) -> SmallAnswer:
    (answer,) = engine.ask([SmallQuery(text=text, params=params, wanted=WANTED)], TABLES, limits)
    return answer


def test_values_come_back_as_texts_and_only_what_is_wanted(engine: Engine) -> None:
    answer = ask(engine, "select name, line, good as message, day from mesh.things order by line")
    assert answer.columns == ("name", "line", "message", "day")
    assert answer.rows == (("a", "1", "true"), ("b", "2", "false"), ("ü'\"\n", None, None))
    assert not answer.is_cut


def test_lists_days_and_times_have_their_types(engine: Engine) -> None:
    text = "select name from mesh.things where list_contains(tags, 'x') and day < $today and moment > timestamp '2026-01-01'"
    assert ask(engine, text, today=dt.date(2026, 1, 2)).rows == (("a",),)
    assert ask(engine, text, today=dt.date(2026, 1, 1)).rows == ()


def test_empty_tables_have_their_columns(engine: Engine) -> None:
    answer = ask(engine, "select name as message from mesh.empty")
    assert (answer.columns, answer.rows) == (("message",), ())


def test_queries_are_answered_in_order_and_one_that_fails_spoils_no_other(engine: Engine) -> None:
    texts = ["select nope from mesh.things", "select name as message from mesh.things limit 1", "selct"]
    answers = engine.ask([SmallQuery(text=text, wanted=WANTED) for text in texts], TABLES, LIMITS)
    assert [answer.problem is None for answer in answers] == [False, True, False]


def test_a_problem_has_its_place_and_the_names_that_are_near(engine: Engine) -> None:
    problem = ask(engine, "select name\nfrom mesh.things\nwhere  lien = 1").problem
    assert problem is not None
    assert (problem.line, problem.column, problem.unknown) == (3, 8, "lien")
    assert "line" in problem.candidates


def test_more_rows_than_the_limit_are_cut_and_said(engine: Engine) -> None:
    answer = ask(engine, "select line as message from mesh.many")
    assert (len(answer.rows), answer.is_cut) == (10, True)


def test_long_texts_are_cut(engine: Engine) -> None:
    answer = ask(engine, "select string_agg(line::varchar, ',' order by line) as message from mesh.many")
    assert answer.rows[0][0] is not None
    assert len(answer.rows[0][0]) == 500


@pytest.mark.parametrize(
    "text",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from read_text('/etc/passwd')",
        "select * from glob('/etc/*')",
        "select getenv('HOME') as message",
        "attach '/tmp/x.db' as y",
        "copy mesh.things to '/tmp/meshwright-small.csv'",
        "set memory_limit = '90GB'",
        "pragma enable_external_access",
        "install httpfs",
        "load httpfs",
        "drop table mesh.things",
        "select 1 as message; select 2",
        "create table mesh.x as select 1",
    ],
)
def test_nothing_else_can_be_reached_even_by_a_text_that_nobody_read(engine: Engine, text: str) -> None:
    assert ask(engine, text).problem is not None
    assert not Path("/tmp/meshwright-small.csv").exists()


@pytest.mark.parametrize(
    "text",
    [
        "with recursive t(a) as (select 1 union all select a + 1 from t) select max(a) as message from t",
        "select count(*) as message from mesh.many a, mesh.many b, mesh.many c where hash(a.line, b.line, c.line) = 1",
    ],
)
def test_what_never_ends_is_ended(engine: Engine, text: str) -> None:
    started = time.monotonic()
    problem = ask(engine, text, replace(LIMITS, seconds=0.3)).problem
    assert problem is not None
    assert problem.message == "it takes more than 0.3 seconds"
    assert time.monotonic() - started < 15


def test_what_grows_without_bound_is_stopped(engine: Engine) -> None:
    text = "with recursive t(s) as (select 'x' union all select s || s from t) select max(s) as message from t"
    problem = ask(engine, text).problem
    assert problem is not None
    assert problem.message == "it needs more than 200 MB of memory"


def test_after_a_limit_the_next_query_is_answered(engine: Engine) -> None:
    texts = [
        "with recursive t(a) as (select 1 union all select a + 1 from t) select max(a) as message from t",
        "select name as message from mesh.things where line = 2",
    ]
    answers = engine.ask([SmallQuery(text=text, wanted=WANTED) for text in texts], TABLES, replace(LIMITS, seconds=0.3))
    assert answers[0].problem is not None
    assert answers[1].rows == (("b",),)

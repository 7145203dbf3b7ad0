"""What is wrong with a statement is found, named by its own code, and placed."""

from __future__ import annotations

import pytest

from meshwright.diagnostics.codes import is_known_code
from meshwright.sql import impure_problems, parse_statement

#: (text, code, line, column)
PROBLEMS = [
    ("", "MW-Q101", 1, 1),
    ("  \n-- only a comment\n", "MW-Q101", 1, 1),
    (";;", "MW-Q101", 1, 1),
    ("select a b c from t", "MW-Q102", 1, 12),
    ("select a\nfrom t\nwhere (a > 1", "MW-Q102", 3, 12),
    ("select a from", "MW-Q102", 1, 10),
    ("select 'abc", "MW-Q102", 1, 8),
    ("select a\n  /* open", "MW-Q102", 2, 3),
    ('select "a from t', "MW-Q102", 1, 8),
    ("select $$a from t", "MW-Q102", 1, 8),
    ("select 1; select 2", "MW-Q103", 1, 11),
    ("insert into t select 1", "MW-Q104", 1, 1),
    ("create table x as select 1", "MW-Q104", 1, 1),
    ("copy t to 'x.csv'", "MW-Q104", 1, 1),
    ("pragma version", "MW-Q104", 1, 1),
    ("attach 'x.db'", "MW-Q104", 1, 1),
    ("set threads = 1", "MW-Q104", 1, 1),
    ("describe t", "MW-Q104", 1, 1),
    ("explain select 1", "MW-Q104", 1, 1),
    ("install httpfs", "MW-Q104", 1, 1),
    ("summarize t", "MW-Q104", 1, 1),
    ("with x as (insert into t select 1) select 1", "MW-Q104", 1, 24),
    ("select * from (describe t)", "MW-Q104", 1, 25),
    ("select * from {{ ref('x') }}", "MW-Q105", 1, 15),
    ("{% if a %} select 1 {% endif %}", "MW-Q105", 1, 1),
    ("select 1 from t where d = {{ var('d') }}", "MW-Q105", 1, 27),
    ("select \x00 a", "MW-Q107", 1, 8),
    ("select '\ud800'", "MW-Q107", 1, 9),
    ("select * from 'data/x.csv'", "MW-Q201", 1, 15),
    ('select * from t, "x.parquet"', "MW-Q201", 1, 18),
    ("select *\nfrom read_csv('x.csv')", "MW-Q202", 2, 6),
    ("select * from read_csv_auto('x.csv')", "MW-Q202", 1, 15),
    ("select * from read_parquet(['a', 'b'])", "MW-Q202", 1, 15),
    ("select * from parquet_scan('a')", "MW-Q202", 1, 15),
    ("select * from read_json('a')", "MW-Q202", 1, 15),
    ("select * from glob('*')", "MW-Q202", 1, 15),
    ("select * from parquet_metadata('a')", "MW-Q202", 1, 15),
    ("select * from sniff_csv('a')", "MW-Q202", 1, 15),
    ("select * from duckdb_tables()", "MW-Q202", 1, 15),
    ("select * from query('select 1')", "MW-Q202", 1, 15),
    ("select * from query_table('t')", "MW-Q202", 1, 15),
    ("select * from my_macro(1)", "MW-Q202", 1, 15),
    ("select * from t, lateral read_text(t.a)", "MW-Q202", 1, 26),
    ("select a from (select * from READ_CSV('x'))", "MW-Q202", 1, 30),
    ("select x from main.t", "MW-Q203", 1, 15),
    ("select * from information_schema.tables", "MW-Q203", 1, 15),
    ("select * from a.b.c.d", "MW-Q203", 1, 15),
    ("select getenv('HOME')", "MW-Q204", 1, 8),
    ("select current_setting('threads')", "MW-Q204", 1, 8),
    ("select a, GETVARIABLE('x') from t", "MW-Q204", 1, 11),
    ("select a from t where b = ?", "MW-Q205", 1, 27),
    ("select a from t where b = $1", "MW-Q205", 1, 27),
    ("select a into b from t", "MW-Q206", 1, 15),
]


@pytest.mark.parametrize(("text", "code", "line", "column"), PROBLEMS)
def test_each_problem_has_its_code_and_place(text: str, code: str, line: int, column: int) -> None:
    parsed = parse_statement(text)
    assert [(problem.code, problem.line, problem.column) for problem in parsed.problems] == [(code, line, column)]
    assert is_known_code(code)
    assert parsed.problems[0].message
    assert "\x1b" not in parsed.problems[0].message
    assert "sqlglot" not in parsed.problems[0].message
    assert "<class" not in parsed.problems[0].message


GOOD = [
    "select 1",
    "select 1;",
    "select 1 ;; -- done",
    "-- first\nselect a from t /* last */",
    "(select a from t)",
    "from t",
    "from t select a where b",
    "table t",
    "values (1, 2), (3, 4)",
    "with x as (select 1 as a) select * from x",
    "with recursive x as (select 1 as a union all select a + 1 from x where a < 9) select * from x",
    "select a from t union all by name select b from u",
    "pivot t on a in (1, 2) using sum(b) group by c",
    "pivot t on a in (1, 2) using sum(b) group by c order by c desc limit 3",
    "with x as (pivot t on a in (1, 2) using sum(b) order by 1) pivot x on a in (1) using max(b) limit 1 offset 1",
    "unpivot t on a, b into name k value v",
    "unpivot t on a, b into name k value v order by v",
    "select * from t pivot (sum(b) for a in (1, 2)) order by all limit 2",
    "select * from t pivot (sum(b) for a in (1, 2))",
    "select * exclude (a) replace (b + 1 as b) rename (c as d) from t",
    "select a from t qualify row_number() over (partition by a order by b) = 1",
    "select * from t, lateral (select t.a + 1) l(b)",
    "select * from t, unnest(t.l) u(x)",
    "select * from range(10) r(i)",
    "select * from generate_series(1, 10)",
    "select unnest([1, 2, 3])",
    "select columns('a.*') from t",
    "select [x + 1 for x in l if x > 1], {'a': 1}, map {'k': 1}, list_transform(l, x -> x + 1) from t",
    "select sum(a) filter (where b) over w from t window w as (partition by c order by d)",
    "select a from t asof join u on t.a >= u.a",
    "select '{{ not a template }}' as a -- {{ neither }}",
    "select a from t where b = $min_distance and c = $Name",
    "select a::decimal(18, 3), try_cast(b as date) from t",
    "select a from t where exists (select 1 from u where u.a = t.a)",
    "select distinct on (a) a, b from t order by a, b",
    "select a from t limit 0",
    "select error('no'), age(a, b) from t",
]


@pytest.mark.parametrize("text", GOOD)
def test_a_good_select_has_no_problem(text: str) -> None:
    parsed = parse_statement(text)
    assert parsed.problems == ()
    assert parsed.fingerprint


def test_all_problems_are_reported_at_once_in_order_of_the_text() -> None:
    parsed = parse_statement("select getenv('x'), ?\nfrom 'a.csv', main.t, read_csv('b')")
    found = [(problem.code, problem.line) for problem in parsed.problems]
    assert found == [("MW-Q204", 1), ("MW-Q205", 1), ("MW-Q201", 2), ("MW-Q203", 2), ("MW-Q202", 2)]


def test_a_template_is_answered_with_the_plain_name() -> None:
    (problem,) = parse_statement("select * from {{ source('raw', 'orders') }}").problems
    assert problem.fix is not None
    assert "from raw.orders" in problem.fix


def test_a_comma_before_from_is_named() -> None:
    (problem,) = parse_statement("select a, b,, c d e from t").problems
    assert problem.line == 1


def test_an_unknown_dialect_is_a_problem_with_the_nearest_name() -> None:
    for dialect in ("duckdbb", "", "../x", "Duck DB"):
        (problem,) = parse_statement("select 1", dialect).problems
        assert problem.code == "MW-Q108"
    (problem,) = parse_statement("select 1", "duckdbb").problems
    assert "did you mean 'duckdb'" in (problem.fix or "")


IMPURE = [
    ("select now()", "now"),
    ("select current_date", "current_date"),
    ("select current_time", "current_time"),
    ("select CURRENT_TIMESTAMP", "current_timestamp"),
    ("select current_timestamp()", "current_timestamp"),
    ("select localtimestamp", "localtimestamp"),
    ("select localtime", "localtime"),
    ("select today()", "today"),
    ("select get_current_time()", "get_current_time"),
    ("select get_current_timestamp()", "get_current_timestamp"),
    ("select transaction_timestamp()", "transaction_timestamp"),
    ("select ago(interval 1 day)", "ago"),
    ("select age(a) from t", "age"),
    ("select random()", "random"),
    ("select uuid()", "uuid"),
    ("select uuidv7()", "uuidv7"),
    ("select gen_random_uuid()", "gen_random_uuid"),
    ("select nextval('s')", "nextval"),
    ("select setseed(0.5)", "setseed"),
    ("select txid_current()", "txid_current"),
    ("select version()", "version"),
    ("select current_user", "current_user"),
    ("select user", "user"),
    ("select session_user", "session_user"),
    ("select current_schema()", "current_schema"),
    ("select current_database()", "current_database"),
    ("select a from t using sample 10%", "sample"),
    ("select a from t tablesample reservoir(10 rows)", "sample"),
    ("select a from t where b > (select max(c) from u where d < now())", "now"),
]


@pytest.mark.parametrize(("text", "name"), IMPURE)
def test_calls_that_differ_between_runs_are_impure(text: str, name: str) -> None:
    parsed = parse_statement(text)
    assert [use.name for use in parsed.impure] == [name]
    assert parsed.problems == ()
    (problem,) = impure_problems(parsed)
    assert problem.code == "MW-Q207"


def test_impure_calls_are_placed() -> None:
    parsed = parse_statement("select a,\n  now() as n, current_date as d, random()\nfrom t")
    assert [(use.name, use.line, use.column) for use in parsed.impure] == [
        ("now", 2, 3),
        ("current_date", 2, 15),
        ("random", 2, 34),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "select a from t tablesample 10% repeatable (3)",
        "select t.now, t.random from t",
        "select 'now()' as a -- now()",
        "select age(a, b) from t",
        'select "user" from t',
        "select t.user from t",
    ],
)
def test_names_and_strings_are_not_calls(text: str) -> None:
    assert parse_statement(text).impure == ()


WARNINGS = [
    ("select first(a) from t", "MW-Q301"),
    ("select last(a) from t", "MW-Q301"),
    ("select any_value(a) from t", "MW-Q301"),
    ("select arg_max(a, b) from t", "MW-Q301"),
    ("select max_by(a, b) from t", "MW-Q301"),
    ("select list(a) from t", "MW-Q301"),
    ("select array_agg(a) from t", "MW-Q301"),
    ("select string_agg(a, ',') from t", "MW-Q301"),
    ("select first(a) filter (where b) from t", "MW-Q301"),
    ("select a from t limit 3", "MW-Q302"),
    ("select distinct on (a) b from t", "MW-Q302"),
    ("select row_number() over (partition by a) from t", "MW-Q303"),
    ("select lag(a) over () from t", "MW-Q303"),
    ("pivot t on a using sum(b)", "MW-Q304"),
]


@pytest.mark.parametrize(("text", "code"), WARNINGS)
def test_results_that_depend_on_row_order_are_warned_of(text: str, code: str) -> None:
    parsed = parse_statement(text)
    assert [warning.code for warning in parsed.warnings] == [code]
    assert parsed.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "select first(a order by b) from t",
        "select list(a order by b) from t",
        "select string_agg(a, ',' order by a) from t",
        "select listagg(a, ',') within group (order by a) from t",
        "select first(a) over (partition by b order by c) from t",
        "select row_number() over w from t window w as (order by a)",
        "select a from t order by a limit 3",
        "select a from t where exists (select 1 from u limit 1)",
        "select min(a), max(b), sum(c) over (partition by d) from t",
        "select list[1] from t",
        "pivot t on a in (1, 2) using sum(b)",
    ],
)
def test_ordered_results_are_not_warned_of(text: str) -> None:
    assert parse_statement(text).warnings == ()

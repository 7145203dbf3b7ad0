"""Fingerprints are blind to how a statement is written, and see everything that can change its result."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.sql import fingerprint_with_names, parse_statement, parser_version, same_meaning

BASE = """
with busy as (
    select origin, count(*) as flights, avg(dep_delay) filter (where dep_delay > 0) as late
    from departures as d
    left join weather.observations.hourly h on h.origin = d.origin and h.hour between 1 and 5
    where d.month in (1, 2) and d.carrier like 'A%' and not d.cancelled
    group by origin
    having count(*) > 10
)
select distinct
    b.origin,
    case when b.flights > 100 then 'big' else 'small' end as size,
    cast(b.late as decimal(18, 3)) as late,
    row_number() over (partition by b.origin order by b.late desc nulls last rows between 1 preceding and current row) as n
from busy b
inner join planes using (origin)
where b.flights >= $least and b.late is not null
order by b.origin asc, n desc
limit 10 offset 2
"""


def fingerprint(text: str, dialect: str = "duckdb") -> str:
    parsed = parse_statement(text, dialect)
    assert not [problem for problem in parsed.problems if problem.code.startswith("MW-Q1")], (text, parsed.problems)
    return parsed.fingerprint


#: Pairs that mean the same.
SAME = [
    ("select a from t", "SELECT A FROM T"),
    ("select a from t", 'select "a" from "T"'),
    ("select a from t", "select a\n\tfrom t -- why"),
    ("select a from t", "select a from t;"),
    ("select a from t", "select a from t;;\n"),
    ("select a from t", "select /* x */ a /* y */ from t"),
    ("select a from t", "/*+ hint */ select a from t"),
    ("select a from t", "from t select a"),
    ("select a from t", "(select a from t)"),
    ("select a from t", "((select a from t));"),
    ("select a from t", "select (a) from t"),
    ("select a from t", "select ((a)) from t"),
    ("select * from t", "from t"),
    ("select a as b from t", "select a b from t"),
    ("select a as b from t", "select b: a from t"),
    ("select a from t as x", "select a from t x"),
    ("select x.a from t x", "select X.A from T as X"),
    ("select a + b as c from t", "select (a + b) as c from t"),
    ("select a + b as c from t", "select ((a) + (b)) as c from t"),
    ("select A + B as c from t", "select a+b as c from t"),
    ("select a from t where a > 1 and b < 2", "select a from t where (a > 1) and (b < 2)"),
    ("select a from t where a > 1", "select a from t where (((a)) > (1))"),
    ("select a from t order by a", "select a from t order by a asc"),
    ("select a from t order by a", "select a from t order by (a) asc nulls last"),
    ("select count(*) as n from t", "select COUNT( * ) AS n from t"),
    ("select a::int as b from t", "select a :: INTEGER as b from t"),
    ("select a::int as b from t", "select cast(a as int4) as b from t"),
    ("select a from t union all select b from u", "(select a from t) union all (select b from u)"),
    ("select a from (select a from t)", "select a from ((select a from t))"),
    ("select a from t where a in (1, 2)", "select a from t where a in (1,2)"),
    ("with x as (select 1 as a) select a from x", "WITH X AS (SELECT 1 AS a) SELECT A FROM x"),
    ("select a from t where a <> 1", "select a from t where a != 1"),
    ("select a from t where a = 1", "select a from t where a == 1"),
    ("select len(/* sqlglot.anonymous */ a) as n from t", "select len(a) as n from t"),
    ("select len(a) /* sqlglot.anonymous */ as n from t", "select len(a) as n from t"),
    ("select a from t where $X > 1", "select a from t where $x > 1"),
    (
        "select sum(a) over w as s from t window w as (order by b)",
        "select sum(a) over W as s from t window W as (order by b)",
    ),
    ("select list_transform(l, x -> x + 1) as m from t", "select list_transform(l, X -> X + 1) as m from t"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_another_way_to_write_it_has_the_same_fingerprint(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)
    assert same_meaning(one, other, "duckdb")


#: Pairs that may give other rows, other types or other column names.
DIFFERENT = [
    ("select a from t", "select b from t"),
    ("select a from t", "select a from u"),
    ("select a from t", "select a from x.y.t"),
    ("select a from t", "select a, a from t"),
    ("select a, b from t", "select b, a from t"),
    ("select a from t", "select distinct a from t"),
    ("select distinct a from t", "select distinct on (a) a from t"),
    ("select a from t", "select a as b from t"),
    ("select a as Late from t", "select a as late from t"),
    ("select a as b, c from t", "select a, c as b from t"),
    ("select a + b from t", "select A + b from t"),
    ("select sum(t.a) from t", "select sum(T.a) from t"),
    ("select s.f from t", "select s.F from t"),
    ("select a + b as c from t", "select a - b as c from t"),
    ("select a + b as c from t", "select b + a as c from t"),
    ("select a - (b - c) as d from t", "select a - b - c as d from t"),
    ("select (a + b) * c as d from t", "select a + b * c as d from t"),
    ("select a / b as c from t", "select a // b as c from t"),
    ("select a % b as c from t", "select a / b as c from t"),
    ("select a || b as c from t", "select concat(a, b) as c from t"),
    ("select -a as b from t", "select a as b from t"),
    ("select a & b as c from t", "select a | b as c from t"),
    ("select a << 1 as c from t", "select a >> 1 as c from t"),
    ("select a from t where a > 1", "select a from t where a >= 1"),
    ("select a from t where a = 1", "select a from t where a is not distinct from 1"),
    ("select a from t where a = 1", "select a from t where a = 2"),
    ("select a from t where a = 1", "select a from t where a = 1.0"),
    ("select a from t where a = 1.0", "select a from t where a = 1.00"),
    ("select a from t where a = '1'", "select a from t where a = 1"),
    ("select a from t where a = 'x'", "select a from t where a = 'X'"),
    ("select a from t where a = 'x'", "select a from t where a = ' x'"),
    ("select a from t where a = 'x'", "select a from t where a = x"),
    ("select a from t where a = 'it''s'", "select a from t where a = 'its'"),
    ("select a from t where a = e'\\n'", "select a from t where a = '\\n'"),
    ("select a from t where a and b", "select a from t where a or b"),
    ("select a from t where a and b or c", "select a from t where a and (b or c)"),
    ("select a from t where a", "select a from t where not a"),
    ("select a from t where a is null", "select a from t where a is not null"),
    ("select a from t where a", "select a from t having a"),
    ("select a from t where a", "select a from t qualify a"),
    ("select a from t where a like 'x'", "select a from t where a ilike 'x'"),
    ("select a from t where a like 'x'", "select a from t where a similar to 'x'"),
    ("select a from t where a like 'x'", "select a from t where a glob 'x'"),
    ("select a from t where a ~ 'x'", "select a from t where a !~ 'x'"),
    ("select a from t where a between 1 and 2", "select a from t where a between 2 and 1"),
    ("select a from t where a between 1 and 2", "select a from t where a not between 1 and 2"),
    ("select a from t where a in (1, 2)", "select a from t where a not in (1, 2)"),
    ("select a from t where a in (1, 2)", "select a from t where a in [1, 2]"),
    ("select a from t where a in (1, 2)", "select a from t where a in (1, 2, null)"),
    ("select a from t where a > any(select b from u)", "select a from t where a > all(select b from u)"),
    ("select a from t where exists (from u)", "select a from t where not exists (from u)"),
    ("select a from t join u using (a)", "select a from t left join u using (a)"),
    ("select a from t left join u using (a)", "select a from t right join u using (a)"),
    ("select a from t left join u using (a)", "select a from t full join u using (a)"),
    ("select a from t join u using (a)", "select a from t natural join u"),
    ("select a from t join u using (a)", "select a from t asof join u using (a)"),
    ("select a from t join u using (a)", "select a from t positional join u"),
    ("select a from t semi join u using (a)", "select a from t anti join u using (a)"),
    ("select a from t join u using (a)", "select a from t join u using (b)"),
    ("select a from t join u using (a)", "select a from t join u using (a, b)"),
    ("select a from t join u on t.a = u.a", "select a from t join u on t.a = u.b"),
    ("select a from t, u", "select a from u, t"),
    ("select a from t cross join u", "select a from t left join u on true"),
    ("select a from t union select a from u", "select a from t union all select a from u"),
    ("select a from t union select a from u", "select a from t intersect select a from u"),
    ("select a from t except select a from u", "select a from u except select a from t"),
    ("select a from t except select a from u", "select a from t except all select a from u"),
    ("select a from t union all select a from u", "select a from t union all by name select a from u"),
    ("select a from t order by a", "select a from t order by a desc"),
    ("select a from t order by a", "select a from t order by a nulls first"),
    ("select a from t order by a, b", "select a from t order by b, a"),
    ("select a from t order by a", "select a from t order by all"),
    ("select a from t order by a limit 1", "select a from t order by a limit 2"),
    ("select a from t order by a limit 1", "select a from t order by a limit 1%"),
    ("select a from t order by a limit 1", "select a from t order by a limit 1 offset 1"),
    ("select a::int as b from t", "select a::bigint as b from t"),
    ("select a::decimal(9, 2) as b from t", "select a::decimal(9, 3) as b from t"),
    ("select a::int as b from t", "select try_cast(a as int) as b from t"),
    ("select a::int as b from t", "select a::int[] as b from t"),
    ("select a::int[] as b from t", "select a::int[3] as b from t"),
    ("select a::timestamp as b from t", "select a::timestamptz as b from t"),
    ("select a::struct(x int) as b from t", "select a::struct(y int) as b from t"),
    ("select sum(a) as b from t", "select avg(a) as b from t"),
    ("select sum(a) as b from t", "select sum(distinct a) as b from t"),
    ("select sum(a) as b from t", "select sum(a) filter (where c) as b from t"),
    ("select sum(a) filter (where c) as b from t", "select sum(a) filter (where d) as b from t"),
    ("select count(*) as b from t", "select count(a) as b from t"),
    ("select first(a) as b from t", "select last(a) as b from t"),
    ("select first(a) as b from t", "select any_value(a) as b from t"),
    ("select first(a) as b from t", "select first(a order by c) as b from t"),
    ("select string_agg(a, ',') as b from t", "select string_agg(a, ';') as b from t"),
    ("select quantile_cont(a, 0.5) as b from t", "select quantile_disc(a, 0.5) as b from t"),
    ("select sum(a) as b from t", "select sum(a) over () as b from t"),
    ("select sum(a) over (partition by c) as b from t", "select sum(a) over (order by c) as b from t"),
    (
        "select sum(a) over (order by c) as b from t",
        "select sum(a) over (order by c rows unbounded preceding) as b from t",
    ),
    (
        "select sum(a) over (order by c rows between 1 preceding and current row) as b from t",
        "select sum(a) over (order by c range between 1 preceding and current row) as b from t",
    ),
    (
        "select sum(a) over (order by c rows between 1 preceding and 1 following) as b from t",
        "select sum(a) over (order by c rows between 2 preceding and 1 following) as b from t",
    ),
    (
        "select sum(a) over (order by c rows between 1 preceding and 1 following) as b from t",
        "select sum(a) over (order by c rows between 1 preceding and 1 following exclude ties) as b from t",
    ),
    ("select lag(a) over (order by c) as b from t", "select lag(a) ignore nulls over (order by c) as b from t"),
    ("select lag(a) over (order by c) as b from t", "select lead(a) over (order by c) as b from t"),
    ("select a from t group by a", "select a from t group by all"),
    ("select a from t group by a, b", "select a from t group by rollup (a, b)"),
    ("select a from t group by rollup (a, b)", "select a from t group by cube (a, b)"),
    ("select a from t group by a, b", "select a from t group by grouping sets ((a), (b))"),
    ("select case when a then b end as c from t", "select case when a then b else 0 end as c from t"),
    ("select case a when b then c end as d from t", "select case b when a then c end as d from t"),
    ("select coalesce(a, b) as c from t", "select coalesce(b, a) as c from t"),
    ("select * from t", "select * exclude (a) from t"),
    ("select * exclude (a) from t", "select * exclude (b) from t"),
    ("select * from t", "select * replace (1 as a) from t"),
    ("select * from t", "select * rename (a as b) from t"),
    ("select * from t, u", "select t.* from t, u"),
    ("select columns('a') from t", "select columns('b') from t"),
    ("select a[1] as b from t", "select a[2] as b from t"),
    ("select a[1] as b from t", "select a[1:2] as b from t"),
    ("select {'a': 1} as b", "select {'A': 1} as b"),
    ("select a->'b' as c, d->'x.y' as e from t", "select a->'x.y' as c, d->'b' as e from t"),
    ("select a->'x.y' as c from t", "select a->'$.x.y' as c from t"),
    ("select a->'b' as c from t", "select a->>'b' as c from t"),
    ("select strftime(a, '%Y') as c from t", "select strftime(a, '%y') as c from t"),
    ("select strptime(a, '%Y') as c from t", "select try_strptime(a, '%Y') as c from t"),
    ("select date_trunc('month', a) as c from t", "select date_trunc('year', a) as c from t"),
    ("select date_diff('day', a, b) as c from t", "select date_sub('day', a, b) as c from t"),
    ("select a + interval 1 day as c from t", "select a + interval 1 month as c from t"),
    ("select a + interval 1 day as c from t", "select a + interval 2 day as c from t"),
    ("select extract(year from a) as c from t", "select extract(month from a) as c from t"),
    ("select a from t where b > $x", "select a from t where b > $y"),
    ("select a from range(3) r(a)", "select a from generate_series(3) r(a)"),
    ("select a from range(3) r(a)", "select a from range(3) r(b)"),
    ("select a from t tablesample 10% repeatable (1)", "select a from t tablesample 10% repeatable (2)"),
    ("select a from t tablesample 10% repeatable (1)", "select a from t tablesample 11% repeatable (1)"),
    ("select a from t using sample 10% (bernoulli, 1)", "select a from t using sample 10% (system, 1)"),
    (
        "with x as (select 1 as a), y as (select 2 as a) select * from x",
        "with x as (select 1 as a), y as (select 2 as a) select * from y",
    ),
    ("with x as (select 1 as a) select * from x", "select * from x"),
    (
        "with recursive x as (select 1 as a union all select a from x) select * from x",
        "with recursive x as (select 1 as a union select a from x) select * from x",
    ),
    ("with x(a) as (select 1) select * from x", "with x(b) as (select 1) select * from x"),
    ("pivot t on a in (1) using sum(b)", "pivot t on a in (2) using sum(b)"),
    ("pivot t on a in (1) using sum(b)", "pivot t on a in (1) using max(b)"),
    ("unpivot t on a, b into name k value v", "unpivot t on a, b into name k value w"),
    ("from t unpivot (v for k in (a, b))", "from t unpivot include nulls (v for k in (a, b))"),
    ("values (1, 2)", "values (2, 1)"),
    ("select unnest(a) as b from t", "select unnest(a, recursive := true) as b from t"),
    ("select list_transform(a, x -> x + 1) as b from t", "select list_transform(a, x -> x + 2) as b from t"),
    ("select [x for x in a if x > 1] as b from t", "select [x for x in a if x > 2] as b from t"),
    ("select a collate nocase as b from t", "select a collate noaccent as b from t"),
    ("select a at time zone 'UTC' as b from t", "select a at time zone 'CET' as b from t"),
    ("select true as a", "select false as a"),
    ("select null as a", "select 0 as a"),
    ("select date '2020-01-01' as a", "select '2020-01-01' as a"),
    ("select 1e3 as a", "select 1000 as a"),
    ("select substring(a, 1, 2) as b from t", "select substring(a, 2, 1) as b from t"),
    ("select trim(a) as b from t", "select ltrim(a) as b from t"),
    ("select trim(a, 'x') as b from t", "select trim(a, 'y') as b from t"),
    ("select round(a, 1) as b from t", "select round(a) as b from t"),
    ("select log(a) as b from t", "select ln(a) as b from t"),
    ("select '@table[\"t\"]' as a from t", "select '@table[\"u\"]' as a from t"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_change_of_meaning_changes_the_fingerprint(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)
    assert not same_meaning(one, other, "duckdb")


def _tokens(text: str) -> list[str]:
    return re.findall(r"'[^']*'|--[^\n]*|\$?\w+|[^\w\s]+?|\s+", text)


def _rewritten(text: str, seed: int) -> str:
    """Write a statement another way: layout, comments, case of keywords and names, AS, parentheses, semicolon."""
    chance = random.Random(seed)
    shown = {"size", "late", "n", "flights"}
    parts = []
    for token in _tokens(text):
        if token.isspace():
            parts.append(chance.choice([" ", "\n", "\t", " /* note; */ ", " -- it's\n", "\r\n  "]))
        elif token.startswith("'") or token.lower() in shown or token == "A":
            parts.append(token)
        else:
            parts.append(chance.choice([token, token.upper(), token.title()]) if token.isidentifier() else token)
    rewritten = "".join(parts)
    if chance.random() < 0.5:
        rewritten = re.sub(r"(?i)\b(busy|departures)(\s+)as(\s+)(?=d\b)", r"\1\2", rewritten)
    if chance.random() < 0.5:
        rewritten = re.sub(r"\b(100|5)\b", r"((\1))", rewritten)
    return rewritten + chance.choice(["", ";", " ; \n", "\n-- end", ";;"])


def test_a_hundred_and_twenty_rewritings_of_a_model_have_one_fingerprint() -> None:
    found = {fingerprint(_rewritten(BASE, seed)) for seed in range(120)}
    assert found == {fingerprint(BASE)}


def test_every_literal_name_and_operator_of_a_model_counts() -> None:
    """Changing any one word that carries meaning changes the fingerprint, or makes the text unreadable."""
    noise = {"as", "asc", "inner", "by", "from", "then", "end", "with", "on"}
    tokens = _tokens(BASE)
    base = fingerprint(BASE)
    changed = 0
    for index, token in enumerate(tokens):
        if token.isspace() or token.lower() in noise or token in {"(", ")", ",", "."}:
            continue
        swapped = {"'": "'zz'", ">": "<", "<": ">", "=": "<"}.get(token[0], "7" if token.isdigit() else "zz")
        parsed = parse_statement("".join([*tokens[:index], swapped, *tokens[index + 1 :]]))
        if parsed.fingerprint:
            changed += 1
            assert parsed.fingerprint != base, (token, index)
    assert changed > 60


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([text for pair in DIFFERENT for text in pair]), min_size=2, max_size=2, unique=True))
def test_fingerprints_of_unlike_statements_differ(pair: list[str]) -> None:
    if parse_statement(pair[0]).canonical != parse_statement(pair[1]).canonical:
        assert fingerprint(pair[0]) != fingerprint(pair[1])


def test_bare_and_full_names_of_one_dataset_mean_the_same_once_resolved() -> None:
    bare = parse_statement("select departures.a from departures where b = '@table[\"departures\"]'")
    full = parse_statement("select departures.a from operations.flights.departures where b = '@table[\"departures\"]'")
    resolved = {
        ("departures",): "operations.flights.departures",
        ("operations", "flights", "departures"): "operations.flights.departures",
    }
    assert bare.fingerprint != full.fingerprint
    assert fingerprint_with_names(bare, resolved) == fingerprint_with_names(full, resolved)
    other = fingerprint_with_names(bare, {("departures",): "operations.history.departures"})
    assert other != fingerprint_with_names(full, resolved)


def test_a_cte_is_not_renamed_with_a_dataset_of_its_name() -> None:
    parsed = parse_statement("with t as (select 1 as a) select * from t")
    assert fingerprint_with_names(parsed, {("t",): "d.p.t"}) == (parsed.canonical, parsed.fingerprint)


def test_the_dialect_is_part_of_the_fingerprint() -> None:
    assert fingerprint("select a from t", "duckdb") != fingerprint("select a from t", "postgres")


def test_quoted_names_keep_their_case_in_dialects_that_tell_it() -> None:
    assert fingerprint('select "A" from t', "postgres") != fingerprint("select a from t", "postgres")
    assert fingerprint("select A from t", "postgres") == fingerprint("select a from t", "postgres")


def test_a_text_that_cannot_be_read_means_nothing_but_itself() -> None:
    parsed = parse_statement("select from from")
    assert (parsed.canonical, parsed.fingerprint) == ("", "")
    assert fingerprint_with_names(parsed, {}) == ("", "")
    assert not same_meaning("select (", "select ((", "duckdb")


def test_the_parser_version_names_parser_and_own_revision() -> None:
    assert re.fullmatch(r"sqlglot \d+\.\d+\.\d+ / mw \d+", parser_version())


def test_fingerprints_are_stable() -> None:
    """A change here renames every version that users have built: raise the own revision and say so in the news."""
    found = {text: parse_statement(text).fingerprint for text in ["select a from t", BASE]}
    assert found == {"select a from t": "6752fc30878f6f5c7ba69bb102713a09", BASE: "7367dc2ef05edff723826cd50c01fe13"}


@pytest.mark.parametrize("name", ["range", "map", "list", "struct", "row", "object"])
def test_a_column_that_is_called_like_a_type_can_be_compared(name: str) -> None:
    """``range<int>`` is a type in other dialects; in DuckDB's there is none with brackets of this kind."""
    plain = parse_statement(f"select {name} < 5 as small from t where {name.title()}<other")
    assert plain.problems == ()
    quoted = parse_statement(f'select "{name}" < 5 as small from t where "{name}" < other')
    assert plain.fingerprint == quoted.fingerprint

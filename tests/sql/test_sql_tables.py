"""References are found as written, and CTEs hide names only where they can be seen."""

from __future__ import annotations

import pytest

from meshwright.sql import parse_statement

#: (text, tables in order)
REFERENCES = [
    ("select 1", []),
    ("select * from t", ["t"]),
    ("from t", ["t"]),
    ("select * from T, operations.Flights.departures d join t on true", ["t", "operations.flights.departures"]),
    ('select * from "Mixed"."Case"."Name"', ["mixed.case.name"]),
    ("with c as (select * from t) select * from c join u using (a)", ["t", "u"]),
    ("with t as (select * from t) select * from t", ["t"]),
    ("with recursive t as (select 1 union all select * from t) select * from t", []),
    ("with a as (select 1), b as (select * from a) select * from b", []),
    ("with a as (select * from b), b as (select 1) select * from a", ["b"]),
    ("with c as (select 1) select * from c, d.p.c", ["d.p.c"]),
    ("select * from (with t as (select 1) select * from t) x, t", ["t"]),
    ("select a from t where a in (with t as (select * from u) select * from t)", ["t", "u"]),
    ("select (select max(a) from u where u.b = t.b) from t", ["u", "t"]),
    ("select * from t, lateral (select t.a) l, unnest(t.x) as v(y)", ["t"]),
    ("select t.x from t as z, (from z.y.w)", ["t", "z.y.w"]),
    ("select a from t union select a from u except select a from v", ["t", "u", "v"]),
    ("select * from range(3) t, generate_series(1, 2)", []),
    ("pivot t on a in (1) using sum(b)", ["t"]),
    ("select * from (pivot t on a in (1) using sum(b)) join u on true", ["t", "u"]),
    ("select * from t pivot (sum(a) for b in (1, 2))", ["t"]),
    ("select * from (t join u using (a))", ["t", "u"]),
    ("from t, (u join v on true)", ["t", "u", "v"]),
    ("select exists (from t), array(select a from u), a = any(select b from v)", ["t", "u", "v"]),
    ("with c as (select 1) (select * from c) union all (select * from C)", []),
    ("select * from t semi join u using (a) anti join v using (b)", ["t", "u", "v"]),
    ("select * from départ", ["départ"]),
]


@pytest.mark.parametrize(("text", "tables"), REFERENCES)
def test_tables_are_found_and_ctes_are_not(text: str, tables: list[str]) -> None:
    parsed = parse_statement(text)
    assert parsed.problems == ()
    assert [str(table) for table in parsed.tables] == tables


def test_each_reference_has_the_place_where_it_is_first_named() -> None:
    parsed = parse_statement("select *\nfrom  a.b.c x\r\njoin u on true join A.b.C on true")
    assert [(str(table), table.line, table.column) for table in parsed.tables] == [("a.b.c", 2, 7), ("u", 3, 6)]


def test_parameters_are_collected_by_name() -> None:
    parsed = parse_statement("select $b, '$no', $$ $no $$ from t where a > $a and c < $b -- $no")
    assert parsed.params == ("a", "b")


@pytest.mark.parametrize(
    ("text", "starred"),
    [
        ("select * from t", True),
        ("from t", True),
        ("select t.* exclude (a) from t", True),
        ("select columns('a') from t", True),
        ("select min(columns(*)) from t", True),
        ("select count(*) from t", False),
        ("select a * 2 from t", False),
    ],
)
def test_starred_says_whether_the_inputs_decide_the_columns(text: str, starred: bool) -> None:
    assert parse_statement(text).starred is starred

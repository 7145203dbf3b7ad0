"""A statement that is not trusted may read its tables and call what is on a list; everything else is named at its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.sql import guard_statement
from meshwright.sql.allowed import FUNCTIONS, WORDS
from meshwright.sql.function_names import IMPURE, OUTSIDE

TABLES = ("mesh.columns", "mesh.edges", "mesh.ports", "mesh.products")


def problems(text: str) -> list[tuple[str, int, int]]:
    found = guard_statement(text, tables=TABLES, params=("today",), what="policy")
    return [(problem.code, problem.line, problem.column) for problem in found.problems]


@pytest.mark.parametrize(
    ("text", "tables", "params"),
    [
        ("select port as message from mesh.ports where freshness_s is null", ("mesh.ports",), ()),
        ('from "mesh"."ports" select port', ("mesh.ports",), ()),
        (
            "select p.port, e.source from MESH.Ports p join mesh.edges e using (product)",
            ("mesh.edges", "mesh.ports"),
            (),
        ),
        ("select * from mesh.ports where built_at < $today - interval 1 day", ("mesh.ports",), ("today",)),
        ("with ports as (select * from mesh.ports) select * from ports", ("mesh.ports",), ()),
        (
            "with recursive up(a, b) as (select product, source_product from mesh.edges union "
            "select up.a, e.source_product from up join mesh.edges e on (e.product = up.b)) select a from up",
            ("mesh.edges",),
            (),
        ),
        (
            "select count(*) filter (where a) over (partition by (b) order by c), cast(x as decimal(3, 2)), "
            "extract(year from d), list_filter(tags, lambda t: t in ('a', 'b')), x.upper() from mesh.ports as p(a, b) "
            "where exists (select 1) and not (a) and b between (1) and (2) group by grouping sets ((a), ())",
            ("mesh.ports",),
            (),
        ),
        ("select t from mesh.ports, unnest(tags) as u(t)", ("mesh.ports",), ()),
        ("select * exclude (a) replace (b as c) from mesh.ports, (values (1, 2)) v(a, b)", ("mesh.ports",), ()),
        (
            "select port -- read_csv('x')\nfrom mesh.ports /* attach 'x' */ where port <> 'read_csv(1)'",
            ("mesh.ports",),
            (),
        ),
    ],
)
def test_what_reads_its_tables_is_let_through(text: str, tables: tuple[str, ...], params: tuple[str, ...]) -> None:
    found = guard_statement(text, tables=TABLES, params=("today",), what="policy")
    assert (found.tables, found.params, found.problems) == (tables, params, ())


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("select *\nfrom mesh.prots", "MW-Q501", 2, 6),
        ("select * from ports", "MW-Q501", 1, 15),
        ("select * from 'x.csv'", "MW-Q501", 1, 15),
        ("select * from memory.mesh.ports", "MW-Q501", 1, 15),
        ("select * from information_schema.tables", "MW-Q501", 1, 15),
        ("select * from pg_catalog.pg_tables", "MW-Q501", 1, 15),
        ("select * from mesh.ports, lateral (select * from sales.orders.orders)", "MW-Q501", 1, 50),
        ("select (select max(x) from other) from mesh.ports", "MW-Q501", 1, 28),
        ("select * from mesh.ports, read_csv('x')", "MW-Q502", 1, 27),
        ("select * from mesh.ports, \"read_csv\"('x')", "MW-Q502", 1, 27),
        ("select * from mesh.ports, read_csv /* x */ ('x')", "MW-Q502", 1, 27),
        ("select * from mesh.ports, READ_CSV\n('x')", "MW-Q502", 1, 27),
        ("select * from mesh.ports, duckdb_settings()", "MW-Q502", 1, 27),
        ("select * from mesh.ports, range(10)", "MW-Q502", 1, 27),
        ("select * from mesh.ports, query('select 1')", "MW-Q502", 1, 27),
        ("select getenv('HOME') from mesh.ports", "MW-Q502", 1, 8),
        ("select main.getenv('HOME') from mesh.ports", "MW-Q502", 1, 13),
        ("select 'HOME'.getenv() from mesh.ports", "MW-Q502", 1, 15),
        ("select p.tags.repeat(9) from mesh.ports p", "MW-Q502", 1, 15),
        ("with read_text as (select 1) select * from read_text('x'), mesh.ports", "MW-Q502", 1, 44),
        ("select repeat('x', 1000000000) from mesh.ports", "MW-Q502", 1, 8),
        ("select now() from mesh.ports", "MW-Q502", 1, 8),
        ("select port.now() from mesh.ports", "MW-Q502", 1, 13),
        ("select current_date from mesh.ports", "MW-Q502", 1, 8),
        ("select user from mesh.ports", "MW-Q502", 1, 8),
        ("select random() from mesh.ports", "MW-Q502", 1, 8),
        ("select * from mesh.ports using sample 1", "MW-Q502", 1, 32),
        ("select $tomorrow from mesh.ports", "MW-Q503", 1, 8),
        ("select 1 as message", "MW-Q504", 1, 1),
        ("select ? from mesh.ports", "MW-Q205", 1, 8),
        ("select 1 from mesh.ports; select 2", "MW-Q103", 1, 27),
        ("attach 'x' as y", "MW-Q104", 1, 1),
        ("pragma database_list", "MW-Q104", 1, 1),
        ("copy mesh.ports to 'x'", "MW-Q104", 1, 1),
        ("set memory_limit = '1GB'", "MW-Q104", 1, 1),
        ("create table x as select 1", "MW-Q104", 1, 1),
        ("install httpfs", "MW-Q104", 1, 1),
        ("select * into x from mesh.ports", "MW-Q206", 1, 15),
        ("", "MW-Q101", 1, 1),
    ],
)
def test_what_could_reach_further_is_refused_at_its_place(text: str, code: str, line: int, column: int) -> None:
    assert (code, line, column) in problems(text), problems(text)


def test_words_that_the_parser_knows_are_no_way_around_the_list() -> None:
    assert problems('select "in"(1) from mesh.ports') == [("MW-Q502", 1, 8)]


def test_a_message_speaks_of_what_it_is_about() -> None:
    (problem,) = guard_statement("attach 'x' as y", tables=TABLES, params=(), what="policy").problems
    assert "a policy is one SELECT" in problem.message
    assert "model" not in f"{problem.message} {problem.fix}"


def test_nothing_on_the_list_is_impure_or_looks_outside() -> None:
    assert frozenset() == FUNCTIONS & (IMPURE | OUTSIDE)
    assert frozenset() == WORDS & (IMPURE | OUTSIDE)


@given(st.text(alphabet="selctfromh.p() '\"$-/*;,\n", max_size=60))
@settings(max_examples=80, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    found = guard_statement(text, tables=TABLES, params=("today",), what="policy")
    assert found.problems or found.tables


@given(
    name=st.sampled_from(sorted(IMPURE | OUTSIDE)),
    where=st.sampled_from(
        [
            "select {}('a') as m from mesh.ports",
            "select * from mesh.ports, {}('a') as t",
            "select port.{}() as m from mesh.ports",
        ]
    ),
)
@settings(max_examples=60, deadline=None)
def test_no_spelling_of_a_call_lets_an_impure_function_through(name: str, where: str) -> None:
    for written in (name, name.upper(), f'"{name}"'):
        assert problems(where.format(written)), written

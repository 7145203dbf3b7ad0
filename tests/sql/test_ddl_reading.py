"""CREATE TABLE of any dialect, and what belongs to it, becomes what a contract says."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.checks.types import logical_type, stored_form
from meshwright.model.shapes import Relation, Shape, TableShape
from meshwright.sql.ddl import DIALECTS, read_tables, read_type
from meshwright.sql.ddl.types import _PLAIN


def read(text: str, dialect: str = "duckdb") -> TableShape:
    found = read_tables(text, "t.sql", dialect)
    assert found.problems == ()
    [table] = found.tables
    return table


def column(text: str, dialect: str = "duckdb") -> Shape:
    """Read one column definition ``x TYPE ...``."""
    return read(f"create table t ({text})", dialect).columns[0]


def notes(text: str, dialect: str = "duckdb") -> list[str]:
    return [note.what for note in read_tables(text, "t.sql", dialect).notes]


@pytest.mark.parametrize(
    ("text", "dialect", "logical", "physical"),
    [
        ("x bigint", "duckdb", "integer", "BIGINT"),
        ("x hugeint", "duckdb", "integer", "HUGEINT"),
        ("x decimal(10,2)", "duckdb", "number", "DECIMAL(10,2)"),
        ("x decimal", "duckdb", "number", "DECIMAL(18,3)"),
        ("x decimal(5)", "postgres", "integer", "DECIMAL(5,0)"),
        ("x numeric", "postgres", "number", None),
        ("x number", "snowflake", "integer", "DECIMAL(38,0)"),
        ("x numeric", "bigquery", "number", "DECIMAL(38,9)"),
        ("x bignumeric", "bigquery", "number", None),
        ("x double precision", "postgres", "number", "DOUBLE"),
        ("x float64", "bigquery", "number", "DOUBLE"),
        ("x real", "sqlite", "number", "DOUBLE"),
        ("x timestamptz", "postgres", "timestamp", "TIMESTAMP WITH TIME ZONE"),
        ("x timestamp", "spark", "timestamp", "TIMESTAMP WITH TIME ZONE"),
        ("x timestamp_ntz", "spark", "timestamp", "TIMESTAMP"),
        ("x datetime", "bigquery", "timestamp", "TIMESTAMP"),
        ("x bytea", "postgres", None, "BLOB"),
        ("x bit", "tsql", "boolean", "BOOLEAN"),
        ("x uniqueidentifier", "tsql", "string", "UUID"),
        ("x jsonb", "postgres", "string", "JSON"),
        ("x variant", "snowflake", "object", "JSON"),
        ("x text[]", "postgres", "array", "VARCHAR[]"),
        ("x int[][]", "postgres", "array", "INTEGER[][]"),
        ("x array<struct<a int64, b string>>", "bigquery", "array", "STRUCT(a BIGINT, b VARCHAR)[]"),
        ("x map<string, array<int>>", "spark", "map", "MAP(VARCHAR, INTEGER[])"),
        ('x struct("A b" int, c varchar[])', "duckdb", "object", 'STRUCT("A b" INTEGER, c VARCHAR[])'),
        ("x int unsigned", "mysql", "integer", "UINTEGER"),
        ("x bigserial", "postgres", "integer", "BIGINT"),
        ("x citext", "postgres", "string", "VARCHAR"),
    ],
)
def test_types_are_duckdbs(text: str, dialect: str, logical: str | None, physical: str | None) -> None:
    found = column(text, dialect)
    assert (found.logical, found.physical) == (logical, physical)


def test_logical_types_are_those_that_the_gate_knows() -> None:
    for physical, logical in _PLAIN.values():
        if logical == "object":
            continue  # JSON of a system that keeps objects in it; the gate admits either
        known = logical_type(stored_form(physical))
        # What the store keeps as text has no family of its own before it is stored.
        assert known == logical or (logical is None and known == "string"), physical


def test_a_type_of_every_dialect_that_is_not_known_is_a_note() -> None:
    for dialect in DIALECTS:
        assert read_type("nonsense of a type", dialect) is None
    assert notes("create table t (x tsvector)", "postgres") == [
        "type tsvector is not known: the column has no type in the contract"
    ]


@pytest.mark.parametrize(
    ("text", "dialect", "wanted"),
    [
        ("x int check (x in (1, 2))", "duckdb", {"enum": (1, 2)}),
        ("x text check (x = 'a' or x = 'b')", "duckdb", {"enum": ("a", "b")}),
        ("x text check ((x)::text = any (array['a'::text, 'b'::text]))", "postgres", {"enum": ("a", "b")}),
        ("x boolean check (x = true)", "duckdb", {"enum": (True,)}),
        ("x int check (x >= 0)", "duckdb", {"minimum": 0}),
        ("x int check (0 < x and x <= 9)", "duckdb", {"exclusiveMinimum": 0, "maximum": 9}),
        ("x decimal(4,2) check (x between -1.5 and 2.5)", "duckdb", {"minimum": -1.5, "maximum": 2.5}),
        ("x date check (x >= date '2020-01-01')", "duckdb", {"minimum": "2020-01-01"}),
        ("x text check (length(x) <= 5)", "duckdb", {"maxLength": 5}),
        ("x text check (char_length(x) > 1)", "postgres", {"minLength": 2}),
        ("x text check (length(x) between 1 and 3)", "duckdb", {"minLength": 1, "maxLength": 3}),
        ("x varchar(7)", "postgres", {"maxLength": 7}),
        ("x varchar(7)", "duckdb", {}),
        ("x text check (x ~ '^a.')", "postgres", {"pattern": "^a."}),
        ("x text check (regexp_full_match(x, 'a|b'))", "duckdb", {"pattern": "^(?:a|b)$"}),
        ("x int check (x % 5 = 0)", "duckdb", {"multipleOf": 5}),
        ("x int check (x is not null)", "duckdb", {"required": True}),
        ("x int not null", "duckdb", {"required": True}),
        ("x int null", "duckdb", {}),
        ("x int unique", "duckdb", {"unique": True}),
        ("x int primary key", "duckdb", {"required": True, "key": 1}),
        ("x int comment 'it''s'", "mysql", {"description": "it's"}),
        ("x string options (description = 'what')", "bigquery", {"description": "what"}),
        ("x int[3]", "duckdb", {"minItems": 3, "maxItems": 3}),
        ("x enum('a', 'b')", "mysql", {"enum": ("a", "b")}),
    ],
)
def test_constraints_are_said_in_words_of_contracts(text: str, dialect: str, wanted: dict[str, object]) -> None:
    table = read(f"create table t ({text})", dialect)
    shape = table.columns[0]
    said: dict[str, object] = dict(shape.options)
    if shape.enum:
        said["enum"] = shape.enum
    said |= {name: True for name, is_so in (("required", shape.is_required), ("unique", shape.is_unique)) if is_so}
    said |= {name: value for name, value in (("key", shape.key_position), ("description", shape.description)) if value}
    assert said == wanted
    assert table.rules == ()


@pytest.mark.parametrize(
    ("check", "query"),
    [
        ("a < b", "not (a < b)"),
        ("a > 0 or b > 0", "not (a > 0 OR b > 0)"),
        ("t like 'x%'", "not (t LIKE 'x%')"),
        ("a > '5'", "not (a > '5')"),
        ("t in ('a', lower(t))", "not (t IN ('a', LOWER(t)))"),
        ("a in (1, 'x')", "not (a IN (1, 'x'))"),
        ("t > 5", "not (t > 5)"),
        ("a not in (1)", "not (NOT a IN (1))"),
    ],
)
def test_a_check_that_contracts_have_no_words_for_is_a_rule_in_sql(check: str, query: str) -> None:
    table = read(f"create table t (a int, b int, t text, constraint c check ({check}))")
    assert [dict(rule) for rule in table.rules] == [
        {"type": "sql", "name": "c", "query": f"select count(*) from {{object}} where {query}", "mustBe": 0}
    ]
    assert all(not each.options and not each.enum for each in table.columns)


def test_a_check_that_no_rule_can_say_is_a_note() -> None:
    text = "create table t (a text, check (a <> '{x}'), check (nothing > 1))"
    assert notes(text) == ["a CHECK is not carried over: it cannot be written as a rule (duckdb)"] * 2


def test_the_second_bound_of_one_kind_is_not_lost() -> None:
    table = read("create table t (a int, check (a > 0), check (a > 5))")
    assert dict(table.columns[0].options) == {"exclusiveMinimum": 0}
    assert "not (a > 5)" in str(table.rules[0]["query"])


def test_keys_and_relations_of_several_columns() -> None:
    found = read_tables(
        """
        create table a (x int, y int, primary key (y, x));
        create table b (
          x int, y int, z int references a (x), u int, v int,
          foreign key (x, y) references a, unique (u, v), unique (z)
        );
        """,
        "t.sql",
        "postgres",
    )
    a, b = found.tables
    assert a.key == ("y", "x")
    assert b.uniques == (("u", "v"),)
    assert b.columns[2].is_unique
    assert set(b.relations) == {
        Relation(columns=("z",), table="a", target_columns=("x",)),
        Relation(columns=("x", "y"), table="a", target_columns=("y", "x")),
    }
    assert found.notes == ()


def test_later_statements_add_to_the_table() -> None:
    text = """
        CREATE TYPE public.mood AS ENUM ('sad', 'ok');
        CREATE TABLE public.Orders (id integer, m public.mood, "Cust" integer);
        ALTER TABLE ONLY public.orders ADD CONSTRAINT pk PRIMARY KEY (id);
        ALTER TABLE public.orders ADD COLUMN extra text NOT NULL;
        ALTER TABLE public.orders ALTER COLUMN "Cust" SET NOT NULL;
        COMMENT ON TABLE public.orders IS 'What is ordered';
        COMMENT ON COLUMN public.orders."Cust" IS 'Who';
        CREATE UNIQUE INDEX i ON public.orders USING btree ("Cust", m);
    """
    table = read(text, "postgres")
    assert (table.name, table.description, table.key, table.uniques) == (
        "orders",
        "What is ordered",
        ("id",),
        (("Cust", "m"),),
    )
    assert [each.name for each in table.columns] == ["id", "m", "Cust", "extra"]
    assert table.columns[1].enum == ("sad", "ok")
    assert table.columns[2].description == "Who"
    assert [each.name for each in table.columns if each.is_required] == ["id", "Cust", "extra"]


@pytest.mark.parametrize("name", ["CAST", "view", "index", "domain"])
def test_a_column_may_be_called_like_what_else_a_comment_can_be_on(name: str) -> None:
    text = f'CREATE TABLE "view" ("{name}" INTEGER); COMMENT ON COLUMN "view"."{name}" IS \'What it is\''
    assert [each.description for each in read(text).columns] == ["What it is"]


def test_statements_about_other_things_stand_in_nobodys_way() -> None:
    text = """
        SET statement_timeout = 0;
        SELECT pg_catalog.set_config('search_path', '', false);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ begin; return new; end; $$;
        GRANT ALL ON TABLE t TO x;
        CREATE TABLE t (a int);
        INSERT INTO t VALUES (1), (2);
        CREATE VIEW v AS SELECT * FROM t;
        CREATE INDEX i ON t (a);
        ALTER TABLE other ADD COLUMN b int;
    """
    found = read_tables(text, "t.sql", "postgres")
    assert [each.name for each in found.tables] == ["t"]
    assert [(note.what, note.span.line if note.span else 0) for note in found.notes] == [
        ("views are not carried over: their columns have no declared types", 8),
        ("ALTER of a table that the text does not create is not read", 10),
    ]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("create table t (a int,\n  b in(t)\n", (2, 7), "t"),
        ("create table t (\n  a int not\n)", (2, 9), "not"),
        ("create table t (a 'x", (1, 19), "never closed"),
        ("create table t (a int);\ncreate table t (b int)", (2, 1), "'t' is created twice"),
        ("create table t (a int, A text)", (1, 24), "column 'A' of table 't' is there twice"),
        ("create table t (a int)" + " /*" * 3, (1, 24), "never closed"),
        ("create table t (a int default \x01)", (1, 31), "U+0001"),
    ],
)
def test_broken_text_is_told_with_its_place(text: str, place: tuple[int, int], words: str) -> None:
    [problem] = read_tables(text, "t.sql", "duckdb").problems
    assert problem.span is not None
    assert (problem.code[:4], (problem.span.line, problem.span.column)) == ("MW-C", place)
    assert words in problem.message


def test_what_a_contract_does_not_promise_is_told() -> None:
    text = (
        'create table t (a int default 5, b text collate "C", c int generated always as (a + 1)) partition by range (a)'
    )
    assert notes(text, "postgres") == [
        "DEFAULT is not carried over: what is written where nothing is given is no promise",
        "COLLATE is not carried over",
        "the expression of a generated column is not carried over",
        "PARTITION BY is not carried over: where rows lie is no promise",
    ]


def test_deep_and_large_texts_end_in_a_problem() -> None:
    for text in (
        "create table t (a " + "struct(a " * 3000,
        "create table t (a int check " + "(" * 5000,
        "create table " * 30000,
    ):
        found = read_tables(text, "t.sql", "duckdb")
        assert found.problems
        assert not found.tables


def test_an_unknown_dialect_is_told(tmp_path: Path) -> None:
    [problem] = read_tables("create table t (a int)", "t.sql", "postgre").problems
    assert (problem.code, problem.fix and "postgres" in problem.fix) == ("MW-C234", True)

"""Types in contracts: aliases, spellings, families."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from meshwright.checks.types import belongs_to, stored_form, type_kind

ALIASES = [
    ("int", "INTEGER"),
    ("INT4", "INTEGER"),
    ("signed", "INTEGER"),
    ("long", "BIGINT"),
    ("int8", "BIGINT"),
    ("short", "SMALLINT"),
    ("string", "VARCHAR"),
    ("Text", "VARCHAR"),
    ("varchar(20)", "VARCHAR"),
    ("character  varying (20)", "VARCHAR"),
    ("char", "VARCHAR"),
    ("numeric", "DECIMAL(18,3)"),
    ("NUMERIC(10)", "DECIMAL(10,0)"),
    ("dec( 12 , 2 )", "DECIMAL(12,2)"),
    ("hugeint", "DECIMAL(38,0)"),
    ("double precision", "DOUBLE"),
    ("float8", "DOUBLE"),
    ("real", "FLOAT"),
    ("bool", "BOOLEAN"),
    ("datetime", "TIMESTAMP"),
    ("timestamp without time zone", "TIMESTAMP"),
    ("timestamptz", "TIMESTAMP WITH TIME ZONE"),
    ("timestamp(6) with time zone", "TIMESTAMP WITH TIME ZONE"),
    ("timestamp_ms", "TIMESTAMP"),
    ("bytea", "BLOB"),
    ("guid", "UUID"),
    ("interval", "VARCHAR"),
    ("int[]", "INTEGER[]"),
    ("int[3]", "INTEGER[]"),
    ("array<string>", "VARCHAR[]"),
    ("struct(a int, B text[])", "STRUCT(a INTEGER, b VARCHAR[])"),
    ('STRUCT("a" INTEGER, "odd, name" VARCHAR)', "STRUCT(a INTEGER, odd, name VARCHAR)"),
    ("row(a int)[]", "STRUCT(a INTEGER)[]"),
    ("map(text,  int)", "MAP(VARCHAR, INTEGER)"),
    ("struct(a struct(b numeric(4,1)))", "STRUCT(a STRUCT(b DECIMAL(4,1)))"),
    ("json", "JSON"),
    ("varchar2(10)", "VARCHAR2(10)"),
    ("number(10", "NUMBER(10"),
    ("", ""),
]


@pytest.mark.parametrize(("written", "stored"), ALIASES)
def test_a_type_is_read_as_duckdb_stores_it(written: str, stored: str) -> None:
    assert stored_form(written) == stored


def test_duckdbs_own_aliases_are_all_known() -> None:
    """Ask the engine itself what each alias means; what Parquet cannot hold is stored otherwise by stated rules."""
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    names = [row[0] for row in connection.sql("SELECT DISTINCT type_name FROM duckdb_types()").fetchall()]
    stored_otherwise = {
        "HUGEINT",
        "UHUGEINT",
        "BIGNUM",
        "BIT",
        "INTERVAL",
        "ENUM",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "VARIANT",
        "GEOMETRY",
        "VARINT",
    }
    wrong = {}
    for name in names:
        try:
            real = connection.sql(f"SELECT NULL::{name} AS x").types[0]
        except duckdb.Error:
            continue
        if str(real) not in stored_otherwise and stored_form(name) != stored_form(str(real)):
            wrong[name] = str(real)
    assert wrong == {}


@given(st.text(max_size=40))
@example("Aß:")  # a letter whose capital is two
@settings(deadline=None, max_examples=100)
def test_any_text_has_a_form_and_the_form_is_stable(text: str) -> None:
    assert stored_form(stored_form(text)) == stored_form(text) or "(" in text or "[" in text or "<" in text
    type_kind(text)


@pytest.mark.parametrize("text", ["(" * 5000, "int" + "[]" * 500, "struct(" * 200 + "a int" + ")" * 200, "a" * 100_000])
def test_hostile_types_neither_hang_nor_crash(text: str) -> None:
    assert stored_form(text)


FAMILIES = [
    (
        "integer",
        ["TINYINT", "BIGINT", "UBIGINT", "DECIMAL(38,0)", "DECIMAL(5,0)"],
        ["DECIMAL(5,1)", "DOUBLE", "VARCHAR"],
    ),
    ("number", ["DOUBLE", "FLOAT", "DECIMAL(5,1)", "INTEGER"], ["VARCHAR", "BOOLEAN"]),
    ("string", ["VARCHAR", "UUID", "JSON"], ["BLOB", "INTEGER"]),
    ("date", ["DATE"], ["TIMESTAMP", "VARCHAR"]),
    ("timestamp", ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS"], ["DATE", "TIME"]),
    ("time", ["TIME", "TIME WITH TIME ZONE"], ["TIMESTAMP"]),
    ("object", ["STRUCT(a INTEGER)", "MAP(VARCHAR, INTEGER)", "JSON"], ["VARCHAR", "INTEGER[]"]),
    ("array", ["INTEGER[]", "STRUCT(a INTEGER)[]"], ["STRUCT(a INTEGER[])", "VARCHAR"]),
    ("boolean", ["BOOLEAN"], ["INTEGER"]),
    ("map", ["MAP(VARCHAR, INTEGER)"], ["INTEGER[]"]),
    ("vector", ["FLOAT[]", "DOUBLE[]"], ["VARCHAR[]", "FLOAT"]),
]


@pytest.mark.parametrize(("logical", "inside", "outside"), FAMILIES)
def test_a_logical_type_admits_its_family_and_nothing_else(logical: str, inside: list[str], outside: list[str]) -> None:
    assert [belongs_to(stored, logical) for stored in inside] == [True] * len(inside)
    assert [belongs_to(stored, logical) for stored in outside] == [False] * len(outside)


def test_a_date_of_odcs_3_0_covers_timestamps_because_it_had_no_other_word() -> None:
    assert belongs_to("TIMESTAMP", "date", api_version="v3.0.2")
    assert not belongs_to("TIMESTAMP", "date", api_version="v3.1.0")


def test_an_unknown_logical_type_is_neither_inside_nor_outside() -> None:
    assert belongs_to("INTEGER", "geography") is None

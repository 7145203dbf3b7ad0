"""Types: a stored file has exactly the types that binding predicted, whatever the result's types are."""

from __future__ import annotations

import duckdb
import pytest

from meshwright.engines.protocol import BindRequest

from ..conftest import Bench, as_relation, failure, types_of

#: Expression -> stored type.
RULES = {
    "1::HUGEINT": "DECIMAL(38,0)",
    "1::UHUGEINT": "DECIMAL(38,0)",
    "sum(1)": "DECIMAL(38,0)",
    "'a'::ENUM('a', 'it''s, (b)')": "VARCHAR",
    "union_value(num := 1::hugeint)::UNION(num HUGEINT, \"a b\" VARCHAR)": (
        'STRUCT(union_tag VARCHAR, num DECIMAL(38,0), "a b" VARCHAR)'
    ),
    "'101'::BIT": "VARCHAR",
    "123::BIGNUM": "VARCHAR",
    "[1, 2, 3]::INTEGER[3]": "INTEGER[]",
    "[[1, 2], [3, 4]]::INTEGER[2][]": "INTEGER[][]",
    "INTERVAL '1 month 2 days 3 seconds 5 microseconds'": "VARCHAR",
    "'12:00:00+02'::TIMETZ": "TIME WITH TIME ZONE",
    "'12:00:00.5'::TIME": "TIME",
    "'2020-01-01 01:02:03'::TIMESTAMP_S": "TIMESTAMP",
    "'2020-01-01 01:02:03.004'::TIMESTAMP_MS": "TIMESTAMP",
    "'2020-01-01 01:02:03.000000004'::TIMESTAMP_NS": "TIMESTAMP_NS",
    "'2020-01-01 01:02:03'::TIMESTAMP": "TIMESTAMP",
    "'2020-01-01 01:02:03Z'::TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
    "'550e8400-e29b-41d4-a716-446655440000'::UUID": "UUID",
    "'ab'::BLOB": "BLOB",
    "'{\"a\": 1}'::JSON": "JSON",
    "'{\"a\": 1}'::VARIANT": "JSON",
    "'POINT(1 2)'::GEOMETRY": "VARCHAR",
    "null": "INTEGER",
    "[null]": "INTEGER[]",
    "[]": "INTEGER[]",
    "{'a': null}": "STRUCT(a INTEGER)",
    "map {'a': 1::HUGEINT}": "MAP(VARCHAR, DECIMAL(38,0))",
    "map {1::HUGEINT: [INTERVAL 1 DAY]}": "MAP(DECIMAL(38,0), VARCHAR[])",
    "{'a': 1, 'b': {'c': 1::HUGEINT}}": "STRUCT(a INTEGER, b STRUCT(c DECIMAL(38,0)))",
    "{'a\"b': 1::HUGEINT, 'select': [map {'k': {'x': 'a'::ENUM('a')}}]}": (
        'STRUCT("a""b" DECIMAL(38,0), "select" MAP(VARCHAR, STRUCT(x VARCHAR))[])'
    ),
    "row(1, 'a'::ENUM('a'))": "STRUCT(element1 INTEGER, element2 VARCHAR)",
    "[[1::HUGEINT]]": "DECIMAL(38,0)[][]",
    "1.5::DECIMAL(38,10)": "DECIMAL(38,10)",
    "1.5::DECIMAL(4,1)": "DECIMAL(4,1)",
    "1::TINYINT": "TINYINT",
    "1::SMALLINT": "SMALLINT",
    "1::UTINYINT": "UTINYINT",
    "1::USMALLINT": "USMALLINT",
    "1::UINTEGER": "UINTEGER",
    "1::UBIGINT": "UBIGINT",
    "true": "BOOLEAN",
    "1.5::FLOAT": "FLOAT",
    "1.5::DOUBLE": "DOUBLE",
    "DATE '2020-01-01'": "DATE",
}  # fmt: skip


@pytest.mark.parametrize("expression", sorted(RULES))
def test_a_type_is_stored_as_the_rule_says_and_binding_predicts_it(bench: Bench, expression: str) -> None:
    text = f"select {expression} as x union all select null"
    built = bench.model(text)
    assert types_of(built) == {"x": RULES[expression]}
    request = BindRequest(dataset="a.b.c", text=text, dialect="duckdb", reads=())
    assert bench.engine.bind([request], {}) == {"a.b.c": built.columns}
    stored = duckdb.connect().execute(f"DESCRIBE FROM '{built.files[0][0]}'").fetchall()
    assert [(row[0], row[1]) for row in stored] == [("x", RULES[expression])]
    assert bench.session.content_digest(as_relation(built)) == built.content_digest


def test_bigint_sums_keep_every_digit(bench: Bench) -> None:
    built = bench.model("select sum(x) as s from (values (9223372036854775807), (9223372036854775807)) v(x)")
    value = duckdb.connect().execute(f"SELECT s::VARCHAR FROM '{built.files[0][0]}'").fetchone()
    assert value == ("18446744073709551614",)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("INTERVAL '1 month 5 microseconds'", "1 month 00:00:00.000005"),
        ("'0110'::BIT", "0110"),
        ("'123456789012345678901234567890123456789012'::BIGNUM", "123456789012345678901234567890123456789012"),
        ("row(1, 'a')", "{'element1': 1, 'element2': a}"),
        ("null::STRUCT(a HUGEINT)", None),
        ("null::MAP(VARCHAR, HUGEINT)", None),
        ("null::HUGEINT[]", None),
    ],
)
def test_values_survive_a_change_of_type(bench: Bench, expression: str, text: str | None) -> None:
    built = bench.model(f"select {expression} as x")
    assert duckdb.connect().execute(f"SELECT x::VARCHAR FROM '{built.files[0][0]}'").fetchone() == (text,)


def test_a_value_outside_of_its_stored_type_is_an_error(bench: Bench) -> None:
    for expression in ("340282366920938463463374607431768211455::UHUGEINT", "'9999999-01-01'::TIMESTAMP_S"):
        error = failure(lambda expression=expression: bench.model(f"select {expression} as x"))
        assert error.first.code == "MW-E101"

"""Databases: every type exactly or refused, one snapshot, nothing written, bounded memory."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb
import pytest

from meshwright.diagnostics import InputError, InterruptedRun
from meshwright.model import DatabaseSource, SourceObservation, Strength
from tests.postgres import Server
from tests.sources.bench import Bench, failure, rows_of, types_of


def of_postgres(bench: Bench, server: Server, query: str, columns: dict[str, str] | None = None) -> Any:
    bench.variables["WAREHOUSE_URL"] = server.url()
    return bench.node(DatabaseSource(url="${env:WAREHOUSE_URL}", query=query), columns)


@pytest.mark.parametrize(
    ("expression", "kind", "value"),
    [
        ("1::int2", "SMALLINT", 1),
        ("2147483647", "INTEGER", 2147483647),
        ("9223372036854775807", "BIGINT", 9223372036854775807),
        ("4294967295::oid", "BIGINT", 4294967295),
        ("true", "BOOLEAN", True),
        ("1.25::float4", "FLOAT", 1.25),
        ("0.1::float8", "DOUBLE", 0.1),
        ("'Infinity'::float8", "DOUBLE", float("inf")),
        ("123.45::numeric(10,2)", "DECIMAL(10,2)", Decimal("123.45")),
        ("99999999999999999999999999999999999999::numeric(38,0)", "DECIMAL(38,0)", Decimal("9" * 38)),
        ("1.5::numeric", "DECIMAL(38,9)", Decimal("1.500000000")),
        ("'Zoë ✈'::text", "VARCHAR", "Zoë ✈"),
        ("''::varchar(10)", "VARCHAR", ""),
        ("'a'::char(3)", "VARCHAR", "a"),  # the padding means nothing
        ("'\\x00ff'::bytea", "BLOB", b"\x00\xff"),
        ("'2026-01-31'::date", "DATE", dt.date(2026, 1, 31)),
        ("'10:30:00.000001'::time", "TIME", dt.time(10, 30, 0, 1)),
        ("'2026-01-31 10:30:00.123456'::timestamp", "TIMESTAMP", dt.datetime(2026, 1, 31, 10, 30, 0, 123456)),
        ("'9999-12-31'::timestamp", "TIMESTAMP", dt.datetime(9999, 12, 31)),
        ("'6f7d9c1e-0000-4000-8000-000000000001'::uuid", "UUID", UUID("6f7d9c1e-0000-4000-8000-000000000001")),
        ('\'{"b": 1, "a": [1, null]}\'::json', "JSON", '{"b": 1, "a": [1, null]}'),
        ("'{\"b\":1}'::jsonb", "JSON", '{"b": 1}'),
        ("'{1,null,3}'::int[]", "INTEGER[]", [1, None, 3]),
        ("'{a,null}'::text[]", "VARCHAR[]", ["a", None]),
        ("'{1.5}'::numeric(4,2)[]", "DECIMAL(4,2)[]", [Decimal("1.50")]),
        ("'10.0.0.1/8'::inet", "VARCHAR", "10.0.0.1/8"),
        ("'1 day 02:00'::interval", "VARCHAR", "1 day 02:00:00"),
        ("'[1,5)'::int4range", "VARCHAR", "[1,5)"),
        ("row(1, 'x')", "VARCHAR", "(1,x)"),
        ("'12.50'::money", "VARCHAR", "$12.50"),
        ("null::int", "INTEGER", None),
    ],
)
def test_a_type_of_postgresql_is_kept(
    bench: Bench, postgres: Server, expression: str, kind: str, value: object
) -> None:
    read = bench.read(of_postgres(bench, postgres, f"select {expression} as x"))
    assert types_of(read.table.columns) == {"x": kind}
    assert [row["x"] for row in rows_of(read)] == [value]


def test_times_with_a_zone_are_moved_to_utc(bench: Bench, postgres: Server) -> None:
    read = bench.read(of_postgres(bench, postgres, "select '2026-01-31 10:30+02'::timestamptz as x"))
    assert types_of(read.table.columns) == {"x": "TIMESTAMP WITH TIME ZONE"}
    [(moment,)] = duckdb.sql(f"select epoch_us(x) from '{read.table.files[0][0]}'").fetchall()
    assert moment == dt.datetime(2026, 1, 31, 8, 30, tzinfo=dt.UTC).timestamp() * 1_000_000


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("'NaN'::numeric(10,2)", "NaN"),
        ("'0044-03-15 BC'::date", "before year 1"),
        ("'infinity'::timestamptz", "infinity"),
        ("'-infinity'::date", "infinity"),
        ("1.1234567891::numeric", "1.1234567891"),
        ("'{{1,2},{3,4}}'::int[]", "[[1, 2], [3, 4]]"),
        ("1/0", "division by zero"),
    ],
)
def test_a_value_that_has_no_place_is_refused(bench: Bench, postgres: Server, expression: str, words: str) -> None:
    def read() -> object:
        node = of_postgres(bench, postgres, f"select {expression} as x")
        seen = bench.observe(node)
        if seen.problem is not None:
            raise InputError(seen.problem)
        return bench.read(node, seen)

    error = failure(read)
    assert error.first.code == "MW-X642"
    assert words in error.first.message
    assert error.first.fix


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select * from nowhere", "MW-X604"),
        ("selec 1", "MW-X641"),
        ("select 1 as a, 2 as a", "MW-X303"),
        ("select 1", "MW-X303"),
        ("select 1 as x; drop table t", "MW-X641"),
        ("delete from t returning *", "MW-X641"),
        ("with gone as (delete from t returning *) select * from gone", "MW-X641"),
        ("select pg_sleep(0), nextval('numbers') as n", "MW-X641"),
    ],
)
def test_a_query_that_is_no_question_is_refused(bench: Bench, postgres: Server, query: str, code: str) -> None:
    postgres.execute("create table if not exists t (a int)", "create sequence if not exists numbers")
    problem = bench.observe(of_postgres(bench, postgres, query)).problem
    assert problem is not None
    assert problem.code == code


def test_a_wrong_password_is_told_without_showing_it(bench: Bench, postgres: Server) -> None:
    postgres.execute("drop role if exists reader", "create role reader login password 'right'")
    bench.variables["PASSWORD"] = "canary-9041"
    url = postgres.loopback_url("reader", "${env:PASSWORD}")
    problem = bench.observe(bench.node(DatabaseSource(url=url, table="t"))).problem
    assert problem is not None
    assert problem.code == "MW-X605"
    assert "canary" not in str(problem)


def test_a_server_that_is_not_there_is_told(bench: Bench) -> None:
    problem = bench.observe(bench.node(DatabaseSource(url="postgresql://u@127.0.0.1:1/x", table="t"))).problem
    assert problem is not None
    assert problem.code == "MW-X603"


def test_the_order_of_rows_and_the_settings_of_a_role_do_not_count(bench: Bench, postgres: Server) -> None:
    schema = postgres.new_schema()
    postgres.execute(f"create table {schema}.t (a int, at timestamptz)")
    postgres.execute(
        f"insert into {schema}.t select n, '2026-01-01'::timestamptz + n * '1 hour'::interval from generate_series(1, 9) n"
    )
    node = of_postgres(bench, postgres, f"select * from {schema}.t")
    before = bench.observe(node).key
    postgres.execute(f"create table {schema}.u as select * from {schema}.t order by a desc", f"truncate {schema}.t")
    postgres.execute(
        f"insert into {schema}.t select * from {schema}.u", "alter role meshwright set timezone = 'Asia/Tokyo'"
    )
    try:
        assert bench.observe(node).key == before
    finally:
        postgres.execute("alter role meshwright reset timezone")


def test_a_row_that_is_there_twice_counts_twice(bench: Bench, postgres: Server) -> None:
    one = bench.observe(of_postgres(bench, postgres, "select 1 as a")).key
    two = bench.observe(of_postgres(bench, postgres, "select * from (values (1), (1), (1)) v(a)")).key
    assert one != two


def test_a_watermark_is_weak_and_sees_growth(bench: Bench, postgres: Server) -> None:
    schema = postgres.new_schema()
    postgres.execute(
        f"create table {schema}.t (a int, at timestamptz)", f"insert into {schema}.t values (1, '2026-01-01')"
    )
    bench.variables["WAREHOUSE_URL"] = postgres.url()
    node = bench.node(DatabaseSource(url="${env:WAREHOUSE_URL}", table=f"{schema}.t", watermark="at"))
    before = bench.observe(node)
    assert before.strength is Strength.HIGH_WATER_MARK
    assert before.words.startswith("1 rows, at up to 2026-01-01")
    postgres.execute(f"update {schema}.t set a = 2")
    assert bench.observe(node).key == before.key
    postgres.execute(f"insert into {schema}.t values (3, '2026-02-01')")
    assert bench.observe(node).key != before.key


def test_an_unknown_watermark_is_a_problem(bench: Bench, postgres: Server) -> None:
    bench.variables["WAREHOUSE_URL"] = postgres.url()
    postgres.execute("create table if not exists t (a int)")
    node = bench.node(DatabaseSource(url="${env:WAREHOUSE_URL}", table="t", watermark="nope"))
    problem = bench.observe(node).problem
    assert problem is not None
    assert problem.code == "MW-X641"
    assert "nope" in problem.message


# --- SQLite


def sqlite(bench: Bench, *statements: str) -> None:
    with closing(sqlite3.connect(bench.root / "shop.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def of_sqlite(bench: Bench, columns: dict[str, str] | None = None, **settings: str) -> Any:
    return bench.node(DatabaseSource(url="sqlite:///shop.db", **(settings or {"table": "t"})), columns)


@pytest.mark.parametrize(
    ("declared", "literal", "kind", "value"),
    [
        ("INTEGER", "9223372036854775807", "BIGINT", 9223372036854775807),
        ("int", "2.0", "BIGINT", 2),
        ("REAL", "1", "DOUBLE", 1.0),
        ("DECIMAL(10,2)", "10.1", "DECIMAL(10,2)", Decimal("10.10")),
        ("NUMERIC(10,2)", "'7.25'", "DECIMAL(10,2)", Decimal("7.25")),
        ("NUMERIC", "3", "DOUBLE", 3.0),
        ("BOOLEAN", "1", "BOOLEAN", True),
        ("VARCHAR(10)", "'Zoë'", "VARCHAR", "Zoë"),
        ("BLOB", "x'00ff'", "BLOB", b"\x00\xff"),
        ("DATE", "'2026-01-31'", "DATE", dt.date(2026, 1, 31)),
        ("DATETIME", "'2026-01-31 10:30:00'", "TIMESTAMP", dt.datetime(2026, 1, 31, 10, 30)),
        ("TIMESTAMP", "'2026-01-31T10:30:00.5'", "TIMESTAMP", dt.datetime(2026, 1, 31, 10, 30, 0, 500000)),
        ("", "'x'", "VARCHAR", "x"),
        ("", "7", "BIGINT", 7),
        ("", "null", "VARCHAR", None),
    ],
)
def test_a_type_of_sqlite_is_kept(bench: Bench, declared: str, literal: str, kind: str, value: object) -> None:
    sqlite(bench, f"create table t (x {declared})", f"insert into t values ({literal})")
    read = bench.read(of_sqlite(bench))
    assert types_of(read.table.columns) == {"x": kind}
    assert [row["x"] for row in rows_of(read)] == [value]


@pytest.mark.parametrize(
    ("declared", "literal"),
    [
        ("INTEGER", "'many'"),
        ("INTEGER", "1.5"),
        ("DECIMAL(10,2)", "1.234"),
        ("BOOLEAN", "2"),
        ("DATE", "1769817600"),
        ("DATETIME", "'2026-01-31 10:30:00+02:00'"),
        ("REAL", "'x'"),
        ("TEXT", "x'00'"),
    ],
)
def test_a_value_that_sqlite_took_and_its_type_does_not_is_shown(bench: Bench, declared: str, literal: str) -> None:
    sqlite(bench, f"create table t (x {declared})", f"insert into t values ({literal})")
    error = failure(lambda: bench.read(of_sqlite(bench)))
    assert error.first.code == "MW-X642"
    assert "'x'" in error.first.message


def test_a_column_without_type_that_mixes_kinds_must_be_declared(bench: Bench) -> None:
    sqlite(bench, "create table t (x)", "insert into t values (1), ('a')")
    assert failure(lambda: bench.read(of_sqlite(bench))).first.code == "MW-X642"
    read = bench.read(of_sqlite(bench, {"x": "VARCHAR"}))
    assert [row["x"] for row in rows_of(read)] == ["1", "a"]


def test_names_with_quotes_and_points_are_names(bench: Bench) -> None:
    sqlite(bench, 'create table "or""ders" ("a.b" integer, "c""d" text)', 'insert into "or""ders" values (1, \'x\')')
    node = bench.node(DatabaseSource(url="sqlite:///shop.db", table='or"ders'))
    assert rows_of(bench.read(node)) == [{"a.b": 1, 'c"d': "x"}]


def test_a_write_ahead_log_belongs_to_the_database(bench: Bench) -> None:
    sqlite(bench, "create table t (x integer)")
    node = of_sqlite(bench)
    before = bench.observe(node).key
    with closing(sqlite3.connect(bench.root / "shop.db")) as writer:
        writer.execute("pragma journal_mode = wal")
        writer.execute("insert into t values (1)")
        writer.commit()
        assert bench.observe(node).key != before
        assert bench.read(node).table.rows == 1


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite://host/x.db", "shop.db", "http:"])
def test_an_address_that_names_no_database_is_refused(bench: Bench, url: str) -> None:
    problem = bench.observe(bench.node(DatabaseSource(url=url, table="t"))).problem
    assert problem is not None
    assert problem.code in {"MW-X643", "MW-X601"}


def test_a_database_without_a_driver_names_what_to_install(bench: Bench) -> None:
    problem = bench.observe(bench.node(DatabaseSource(url="mysql+pymysql://u@127.0.0.1/x", table="t"))).problem
    assert problem is not None
    assert problem.code == "MW-X601"
    assert "pymysql" in problem.message


@pytest.mark.slow
@pytest.mark.parametrize("place", ["postgres", "sqlite"])
def test_many_rows_are_read_in_bounded_memory(
    bench: Bench, request: pytest.FixtureRequest, place: str, peak_bytes: Callable[[Callable[[], object]], int]
) -> None:
    text, rows = "x" * 400, 600_000
    if place == "postgres":
        server: Server = request.getfixturevalue("postgres")
        node = of_postgres(bench, server, f"select n, repeat('x', 400) || n as t from generate_series(1, {rows}) n")
    else:
        sqlite(bench, "create table t (n integer, t text)")
        with closing(sqlite3.connect(bench.root / "shop.db")) as connection:
            connection.executemany(
                "insert into t values (?, ?)", ((number, f"{text}{number}") for number in range(rows))
            )
            connection.commit()
        node = of_sqlite(bench)
    seen = bench.observe(node)

    def fetch() -> None:
        with bench.readers.fetch(node, seen, threading.Event()):
            pass

    assert peak_bytes(fetch) < 150_000_000  # of 250 MB of data


def test_a_server_that_dies_while_it_is_read_is_a_world_error(bench: Bench, postgres: Server) -> None:
    node = of_postgres(bench, postgres, "select pg_terminate_backend(pg_backend_pid()) as x")
    problem = bench.observe(node).problem
    assert problem is not None
    assert problem.code == "MW-X603"


def test_a_stop_cancels_what_the_server_does(bench: Bench, postgres: Server) -> None:
    node = of_postgres(bench, postgres, "select pg_sleep(20)::text as x")
    seen = SourceObservation(dataset=node.address, key="", strength=Strength.CONTENT)
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    began = time.monotonic()
    error = failure(lambda: bench.readers.fetch(node, seen, stop).__enter__())
    timer.join()
    assert isinstance(error, InterruptedRun)
    assert time.monotonic() - began < 15  # of the 20 seconds that the query takes

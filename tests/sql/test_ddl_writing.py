"""Tables become statements that databases run, and that are read back as the same tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from types import MappingProxyType

import duckdb
import pytest
import sqlglot

from meshwright.model.shapes import Relation, Shape, TableShape
from meshwright.sql.ddl import WRITTEN_DIALECTS, read_tables, read_type, write_tables
from tests.postgres import Server

HOSTILE = (
    "select",
    'quo"te',
    "it's",
    "back\\slash",
    "semi;colon",
    "новый",
    "with space",
    "<b>&amp;</b>",
    "{brace}",
    "new\nline",
    "Case",
    "--x",
    "$1",
    "%s",
    "😀",
)


def options(**values: object) -> MappingProxyType[str, object]:
    return MappingProxyType(values)


def typed(name: str, physical: str, **values: object) -> Shape:
    shape = read_type(physical, "duckdb")
    assert shape is not None, physical
    return replace(shape, name=name, **values)  # type: ignore[arg-type]


CUSTOMERS = TableShape(
    name="customers",
    description='Who buys; it\'s "them" \\ -- and\nmore',
    columns=(
        typed("id", "BIGINT", key_position=1, is_required=True, description="The id, it's"),
        typed("mail", "VARCHAR", is_unique=True, options=options(minLength=3, maxLength=50, pattern="^[^@]+@.+$")),
        typed("kind", "VARCHAR", enum=("it's", 'b"', "c\\d"), is_required=True),
        typed("score", "DECIMAL(10,2)", options=options(minimum=-1.5, exclusiveMaximum=100)),
        typed("born", "DATE", options=options(minimum="1900-01-01")),
        typed("seen", "TIMESTAMP", options=options(exclusiveMinimum="2000-01-01 10:30:00")),
        typed("step", "INTEGER", options=options(multipleOf=5)),
        typed("flag", "BOOLEAN", enum=(True,)),
    ),
)
ORDERS = TableShape(
    name="orders",
    columns=(
        typed("day", "DATE", key_position=2, is_required=True),
        typed("number", "INTEGER", key_position=1, is_required=True),
        typed("customer", "BIGINT", is_required=True),
        typed("a", "INTEGER"),
        typed("b", "INTEGER"),
    ),
    uniques=(("a", "b"),),
    relations=(Relation(columns=("customer",), table="customers", target_columns=("id",)),),
)
SHOP = (ORDERS, CUSTOMERS)


def hostile_table() -> TableShape:
    columns = tuple(
        typed(
            name,
            "VARCHAR",
            description=name,
            enum=HOSTILE,
            is_unique=place < 3,
            key_position=1 if place == 3 else None,
            is_required=place == 3,
        )
        for place, name in enumerate(HOSTILE)
    )
    return TableShape(name="\"; drop table x; --'", description="".join(HOSTILE), columns=columns)


def ddl(tables: tuple[TableShape, ...], dialect: str) -> str:
    return write_tables(tables, WRITTEN_DIALECTS[dialect]).text


Refuses = Callable[[str], bool]


def assert_kept(run: Callable[[str], object], refuses: Refuses, *, numbers_rows: bool = False) -> None:
    """The tables of SHOP are there: hold good rows to them, and bad ones.

    `numbers_rows`: the database makes up keys that are not given.
    """
    row = "insert into customers values ({id}, {mail}, {kind}, {score}, {born}, {seen}, {step}, {flag})"
    good = {
        "id": "1",
        "mail": "'a@b'",
        "kind": "'it''s'",
        "score": "1.5",
        "born": "'1950-01-01'",
        "seen": "'2020-01-01 00:00:00'",
        "step": "10",
        "flag": "true",
    }
    run(row.format(**good))
    run(row.format(**{**good, **dict.fromkeys(good, "null"), "id": "2", "kind": "'b\"'"}))
    for name, value in (
        ("id", "1"),
        ("id", "null"),
        ("mail", "'a@b'"),
        ("kind", "'x'"),
        ("kind", "null"),
        ("score", "-1.6"),
        ("score", "100"),
        ("born", "'1899-12-31'"),
        ("seen", "'2000-01-01 10:30:00'"),
        ("step", "4"),
        ("flag", "false"),
    ):
        if numbers_rows and (name, value) == ("id", "null"):
            continue
        assert refuses(row.format(**{**good, "id": "9", "mail": "'z@b'", name: value})), (name, value)
    order = "insert into orders values ({day}, {number}, {customer}, {a}, {b})"
    run(order.format(day="'2020-01-01'", number=1, customer=1, a=1, b=1))
    for day, number, customer, a in (("'2020-01-01'", 1, 1, 2), ("'2020-01-02'", 1, 77, 2), ("'2020-01-02'", 1, 1, 1)):
        assert refuses(order.format(day=day, number=number, customer=customer, a=a, b=1))


def test_duckdb_runs_and_enforces_it() -> None:
    with closing(duckdb.connect()) as connection:
        connection.execute(ddl(SHOP, "duckdb"))

        def refuses(statement: str) -> bool:
            try:
                connection.execute(statement)
            except duckdb.Error:
                return True
            return False

        assert_kept(connection.execute, refuses)
        assert refuses("insert into customers (id, kind, mail) values (8, 'b\"', 'no address')")
        assert refuses("insert into customers (id, kind, mail) values (8, 'b\"', '" + "a@" * 26 + "')")
        comment = connection.execute("select comment from duckdb_tables() where table_name = 'customers'").fetchone()
        assert comment == (CUSTOMERS.description,)


def test_postgresql_runs_and_enforces_it(postgres: Server) -> None:
    schema = postgres.new_schema()

    def run(statement: str) -> object:
        return postgres.execute(f"set search_path = {schema}", statement)

    def refuses(statement: str) -> bool:
        import psycopg

        try:
            run(statement)
        except psycopg.Error:
            return True
        return False

    run(ddl(SHOP, "postgres"))
    assert_kept(run, refuses)
    assert refuses("insert into customers (id, kind, mail) values (8, 'b\"', 'no address')")
    assert run("select obj_description('customers'::regclass)") == [(CUSTOMERS.description,)]


def test_sqlite_runs_it() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("pragma foreign_keys = on")
        connection.executescript(ddl(SHOP, "sqlite"))

        def refuses(statement: str) -> bool:
            try:
                connection.execute(statement)
            except sqlite3.Error:
                return True
            return False

        assert_kept(connection.execute, refuses, numbers_rows=True)


def test_hostile_names_and_texts_stay_what_they_are(postgres: Server) -> None:
    table = hostile_table()
    with closing(duckdb.connect()) as connection:
        connection.execute(ddl((table,), "duckdb"))
        found = connection.execute(
            "select column_name, comment from duckdb_columns() where not internal order by column_index"
        )
        assert found.fetchall() == [(name, name) for name in HOSTILE]
        assert connection.execute("select table_name, comment from duckdb_tables()").fetchall() == [
            (table.name, table.description)
        ]
    schema = postgres.new_schema()
    postgres.execute(f"set search_path = {schema}", ddl((table,), "postgres"))
    where = f"from pg_attribute a join pg_class c on c.oid = attrelid where relnamespace = '{schema}'::regnamespace and attnum > 0"
    found_ = postgres.execute(
        f"select attname, col_description(attrelid, attnum) {where} and relkind = 'r' order by attnum"
    )
    assert found_ == [(name, name) for name in HOSTILE]
    with closing(sqlite3.connect(":memory:")) as lite:
        lite.executescript(ddl((table,), "sqlite"))
        assert [row[1] for row in lite.execute("select * from pragma_table_info(?)", (table.name,))] == list(HOSTILE)


@pytest.mark.parametrize("dialect", WRITTEN_DIALECTS)
def test_every_dialect_is_read_back_by_its_own_parser(dialect: str) -> None:
    for tables in (SHOP, (hostile_table(),)):
        statements = [each for each in sqlglot.parse(ddl(tables, dialect), dialect=dialect) if each is not None]
        assert not any(isinstance(each, sqlglot.exp.Command) for each in statements)
        read = read_tables(ddl(tables, dialect), "t.sql", dialect)
        assert read.problems == ()
        assert {each.name for each in read.tables} == {each.name for each in tables}
        for table in tables:
            found = next(each for each in read.tables if each.name == table.name)
            assert [each.name for each in found.columns] == [each.name for each in table.columns]
            assert [each.is_required for each in found.columns] == [each.is_required for each in table.columns]


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_what_ddl_can_say_comes_back_equal(dialect: str) -> None:
    read = read_tables(ddl(SHOP, dialect), "t.sql", dialect)
    by_name = {each.name: each for each in read.tables}
    assert read.notes == ()
    for table in SHOP:
        found = by_name[table.name]
        assert (found.key, found.uniques, found.relations, found.description, found.rules) == (
            table.key,
            table.uniques,
            table.relations,
            table.description,
            table.rules,
        )
        for mine, its in zip(table.columns, found.columns, strict=True):
            assert its == mine


NESTED = 'STRUCT(a INTEGER, "B c" VARCHAR[], d MAP(VARCHAR, DECIMAL(5,2)))'
TYPES = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "HUGEINT",
    "UHUGEINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL(38,10)",
    "BOOLEAN",
    "DATE",
    "TIME",
    "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP_NS",
    "VARCHAR",
    "JSON",
    "UUID",
    "BLOB",
    "BIT",
    "INTERVAL",
    "TIME WITH TIME ZONE",
    "INTEGER[]",
    "VARCHAR[][]",
    NESTED,
    f"{NESTED}[]",
    "INTEGER[3]",
)
EVERY_TYPE = TableShape(name="types", columns=tuple(typed(f"c{place}", each) for place, each in enumerate(TYPES)))


def test_every_type_in_duckdb_is_itself() -> None:
    with closing(duckdb.connect()) as connection:
        connection.execute(ddl((EVERY_TYPE,), "duckdb"))
        described = connection.execute("describe types").fetchall()
        assert [row[1] for row in described] == list(TYPES)
    assert read_tables(ddl((EVERY_TYPE,), "duckdb"), "t.sql", "duckdb").tables[0].columns == EVERY_TYPE.columns


def test_every_type_in_postgresql_is_one_that_holds_its_values(postgres: Server) -> None:
    schema = postgres.new_schema()
    written = write_tables((EVERY_TYPE,), WRITTEN_DIALECTS["postgres"])
    postgres.execute(f"set search_path = {schema}", written.text)
    where = f"from pg_attribute where attrelid = '{schema}.types'::regclass and attnum > 0 order by attnum"
    found = [row[0] for row in postgres.execute(f"select format_type(atttypid, atttypmod) {where}")]
    assert dict(zip(TYPES, found, strict=True)) == {
        "TINYINT": "smallint",
        "SMALLINT": "smallint",
        "INTEGER": "integer",
        "BIGINT": "bigint",
        "UTINYINT": "smallint",
        "USMALLINT": "integer",
        "UINTEGER": "bigint",
        "UBIGINT": "numeric(20,0)",
        "HUGEINT": "numeric(39,0)",
        "UHUGEINT": "numeric(39,0)",
        "FLOAT": "real",
        "DOUBLE": "double precision",
        "DECIMAL(38,10)": "numeric(38,10)",
        "BOOLEAN": "boolean",
        "DATE": "date",
        "TIME": "time without time zone",
        "TIMESTAMP": "timestamp without time zone",
        "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
        "TIMESTAMP_NS": "timestamp without time zone",
        "VARCHAR": "text",
        "JSON": "jsonb",
        "UUID": "uuid",
        "BLOB": "bytea",
        "BIT": "text",
        "INTERVAL": "interval",
        "TIME WITH TIME ZONE": "time with time zone",
        "INTEGER[]": "integer[]",
        "VARCHAR[][]": "jsonb",
        NESTED: "jsonb",
        f"{NESTED}[]": "jsonb",
        "INTEGER[3]": "integer[]",
    }
    told = {(note.what, note.about) for note in written.notes}
    assert ("PostgreSQL has no type TIMESTAMP_NS: the nearest one is written", "types.c18") in told
    assert ("PostgreSQL declares no nested types here: nested values are JSONB", "types.c28") in told


@pytest.mark.parametrize("dialect", WRITTEN_DIALECTS)
def test_every_type_has_a_form_in_every_dialect(dialect: str) -> None:
    read = read_tables(ddl((EVERY_TYPE,), dialect), "t.sql", dialect)
    assert read.problems == ()
    assert len(read.tables[0].columns) == len(TYPES)


def test_keys_and_checks_that_a_dialect_lacks_are_told() -> None:
    told = {note.what for note in write_tables(SHOP, WRITTEN_DIALECTS["spark"]).notes}
    assert {
        "PRIMARY KEY cannot be declared in Spark's CREATE TABLE",
        "UNIQUE cannot be declared in Spark's CREATE TABLE",
        "FOREIGN KEY cannot be declared in Spark's CREATE TABLE",
        "Spark checks no values in CREATE TABLE: listed values, ranges, lengths and patterns are not said",
    } <= told


def test_a_circle_of_foreign_keys_is_cut_and_told() -> None:
    def table(name: str, other: str) -> TableShape:
        columns = (typed("id", "INTEGER", key_position=1), typed("o", "INTEGER"))
        return TableShape(
            name=name, columns=columns, relations=(Relation(columns=("o",), table=other, target_columns=("id",)),)
        )

    written = write_tables((table("a", "b"), table("b", "a"), table("c", "c")), WRITTEN_DIALECTS["duckdb"])
    with closing(duckdb.connect()) as connection:
        connection.execute(written.text)
    assert [(note.what, note.about) for note in written.notes] == [
        ("a foreign key that closes a circle of tables is not declared", "b.o")
    ]


def test_a_foreign_key_that_no_database_takes_is_told() -> None:
    orders = TableShape(
        name="orders",
        columns=(typed("c", "VARCHAR"), typed("k", "VARCHAR"), typed("z", "BIGINT")),
        relations=(
            Relation(columns=("c",), table="customers", target_columns=("id",)),
            Relation(columns=("k",), table="customers", target_columns=("kind",)),
            Relation(columns=("z",), table="customers", target_columns=("nothing",)),
            Relation(columns=("z",), table="elsewhere", target_columns=("id",)),
        ),
    )
    written = write_tables((orders, CUSTOMERS), WRITTEN_DIALECTS["duckdb"])
    assert [note.what for note in written.notes] == [
        "a foreign key between columns of different types is not declared",
        "a foreign key to columns that are no key is not declared",
        "a foreign key to a column that 'customers' does not have is not declared",
        "a foreign key to 'elsewhere', which is not in the contract, is not declared",
    ]
    with closing(duckdb.connect()) as connection:
        connection.execute(written.text)


def test_a_thousand_columns() -> None:
    table = TableShape(
        name="wide", columns=tuple(typed(f"c{place}", "DECIMAL(10,2)", is_required=True) for place in range(1000))
    )
    text = ddl((table,), "duckdb")
    with closing(duckdb.connect()) as connection:
        connection.execute(text)
    assert read_tables(text, "t.sql", "duckdb").tables[0].columns == table.columns


def test_a_table_without_columns_is_told() -> None:
    written = write_tables((TableShape(name="empty"),), WRITTEN_DIALECTS["duckdb"])
    assert (written.text, [note.what for note in written.notes]) == ("", ["a table without columns cannot be created"])

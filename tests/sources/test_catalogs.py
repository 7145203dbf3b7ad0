"""What databases say of their tables is what their reader of rows stores: types agree, keys and comments come along."""

from __future__ import annotations

import base64
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as encryption
import pytest

from meshwright.app.contract_importing import ImportOptions, import_contract
from meshwright.checks.types import stored_form
from meshwright.diagnostics import InputError, WorldError
from meshwright.engines.duckdb.engine import DuckDBEngine
from meshwright.engines.protocol import SourceRead
from meshwright.model import Columns, DatabaseSource, Node
from meshwright.model.shapes import Relation, Shape, TableShape
from meshwright.secrets import Secrets
from meshwright.sources.catalogs import Catalog, read_catalog
from meshwright.sources.catalogs.parquet import check_readable, with_nullability
from meshwright.sources.readers import SourceReaders
from tests.postgres import Server

PG_TYPES = (
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "numeric(10,2)",
    "numeric(50,3)",
    "real",
    "double precision",
    "text",
    "varchar(7)",
    "char(3)",
    "bpchar",
    "boolean",
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "timestamptz(3)",
    "uuid",
    "json",
    "jsonb",
    "bytea",
    "interval",
    "money",
    "bit(3)",
    "inet",
    "cidr",
    "int4range",
    "tsvector",
    "xml",
    "oid",
    "name",
    "point",
    "integer[]",
    "text[]",
    "varchar(3)[]",
    "numeric[]",
    "numeric(5,1)[]",
    "jsonb[]",
    "uuid[]",
    "inet[]",
    "timestamptz[]",
    "date[]",
    "mood",
    "mood[]",
    "posint",
)
LITE_TYPES = (
    "INTEGER",
    "INT",
    "bigint",
    "TEXT",
    "varchar(9)",
    "REAL",
    "double",
    "decimal(10,2)",
    "numeric",
    "DATE",
    "datetime",
    "timestamp",
    "BOOLEAN",
    "BLOB",
    "json",
    "uuid",
    "time",
)


def catalog(kind: str, place: str, root: Path, *names: str) -> Catalog:
    def wanted(schema: str, name: str, is_visible: bool) -> bool:
        return f"{schema}.{name}" in names or name in names if names else is_visible

    return read_catalog(kind, place, wanted, root=root, secrets=Secrets(root, os.environ))


def stored_columns(url: str, table: str, root: Path) -> Columns:
    """Return the columns with which a mesh would store the table."""
    node = Node(address="a.b.rows", kind="source", source=DatabaseSource(url=url, table=table))
    with SourceReaders(root, root / "spill", os.environ).head(node) as found:
        return DuckDBEngine().read_head(
            SourceRead(dataset="a.b.rows", source=found.source, files=found.files, names=found.names)
        )


def assert_types_agree(table: TableShape, stored: Columns, written: tuple[str, ...]) -> None:
    for column, real, words in zip(table.columns, stored, written, strict=True):
        assert stored_form(column.physical or "") == stored_form(real.type), words


@pytest.fixture
def schema(postgres: Server) -> str:
    return postgres.new_schema()


def test_types_of_postgresql_are_those_that_are_stored(postgres: Server, schema: str, tmp_path: Path) -> None:
    columns = ", ".join(f"c{place} {kind}" for place, kind in enumerate(PG_TYPES))
    postgres.execute(
        f"set search_path = {schema}",
        "create type mood as enum ('sad', 'ok')",
        "create domain posint as int check (value > 0) not null",
        f"create table types ({columns})",
    )
    url = postgres.url(schema)
    [table] = catalog("postgresql", url, tmp_path).tables
    assert_types_agree(table, stored_columns(url, "types", tmp_path), PG_TYPES)
    found = dict(zip(PG_TYPES, table.columns, strict=True))
    assert found["mood"].enum == ("sad", "ok")
    assert dict(found["varchar(7)"].options) == {"maxLength": 7}
    assert found["posint"].is_required


def test_keys_checks_and_comments_of_postgresql(postgres: Server, schema: str, tmp_path: Path) -> None:
    postgres.execute(
        f"set search_path = {schema}",
        """create table customers (id bigint generated always as identity primary key, name varchar(20) not null unique,
             mail text check (mail ~ '^.+@.+$'),
             st text default 'a' check (st in ('a', 'b')), age int check (age between 0 and 150))""",
        "comment on table customers is 'Cust''s'",
        "comment on column customers.name is 'who'",
        """create table "or""ders" (id int, n int, "cust omer" bigint references customers, a int, b int,
             primary key (n, id), unique (a, b), constraint ab check (a < b or a is null))""",
        'create unique index whole on "or""ders" (b, id)',
        'create unique index part on "or""ders" (a) where b > 0',
        "create view seen as select id, name from customers",
    )
    read = catalog("postgresql", postgres.url(schema), tmp_path)
    tables = {table.name: table for table in read.tables}
    customers, orders = tables["customers"], tables['or"ders']
    assert (customers.description, customers.key) == ("Cust's", ("id",))
    assert [column.name for column in customers.columns if column.is_required] == ["id", "name"]
    name, mail, st, age = customers.columns[1:]
    assert (name.is_unique, name.description) == (True, "who")
    assert (dict(mail.options), st.enum, dict(age.options)) == (
        {"pattern": "^.+@.+$"},
        ("a", "b"),
        {"minimum": 0, "maximum": 150},
    )
    assert (orders.key, orders.uniques) == (("n", "id"), (("a", "b"), ("b", "id")))
    assert orders.relations == (Relation(columns=("cust omer",), table="customers", target_columns=("id",)),)
    assert [rule["query"] for rule in orders.rules] == [
        "select count(*) from {object} where not ((a < b) OR (a IS NULL))"
    ]
    assert [column.name for column in tables["seen"].columns] == ["id", "name"]
    assert {note.what for note in read.notes} == {
        "DEFAULT is not carried over: what is written where nothing is given is no promise",
        "the unique index 'part' over a part of the rows, or expressions, is not carried over",
    }


def test_a_table_of_another_schema_is_asked_for_by_its_name(postgres: Server, schema: str, tmp_path: Path) -> None:
    other = postgres.new_schema()
    postgres.execute(f"create table {schema}.t (a int)", f"create table {other}.t (b int)")
    assert [table.columns[0].name for table in catalog("postgresql", postgres.url(schema), tmp_path).tables] == ["a"]
    [found] = catalog("postgresql", postgres.url(schema), tmp_path, f"{other}.t").tables
    assert (found.schema, found.columns[0].name) == (other, "b")


def test_a_password_is_never_shown(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "canary-of-env")
    for password in ("canary-in-url", "${env:PW}"):
        with pytest.raises((InputError, WorldError)) as failed:
            catalog("postgresql", f"postgresql://nobody:{password}@127.0.0.1:{postgres.port}/postgres", tmp_path)
        assert "canary" not in str(failed.value)
        assert failed.value.first.code == "MW-X605"
    with pytest.raises(WorldError) as failed_:
        catalog("postgresql", "postgresql://nobody:canary@127.0.0.1:1/postgres", tmp_path)
    assert "canary" not in str(failed_.value)


def test_types_of_sqlite_are_those_that_are_stored(tmp_path: Path) -> None:
    columns = ", ".join(f"c{place} {kind}" for place, kind in enumerate(LITE_TYPES))
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        connection.execute(f"create table types ({columns})")
        connection.commit()
    [table] = catalog("sqlite", "s.db", tmp_path).tables
    assert_types_agree(table, stored_columns("sqlite:///s.db", "types", tmp_path), LITE_TYPES)


def test_keys_and_checks_of_sqlite(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        connection.executescript(
            """
            create table customers (id integer primary key, name varchar(20) not null unique, kind text check (kind in ('a', 'b')));
            create table orders (id int, n int, cust int references customers, amount decimal(10,2) default 0 check (amount > 0),
              x, g int generated always as (n + 1), primary key (n, id), check (n < id));
            create unique index u on orders (cust, amount);
            create unique index p on orders (cust) where n > 0;
            create view seen as select * from customers;
            create virtual table words using fts5(body);
            """
        )
    read = catalog("sqlite", "s.db", tmp_path, "customers", "orders", "seen")
    customers, orders, seen = read.tables
    assert (customers.key, customers.columns[1].is_required, customers.columns[1].is_unique) == (("id",), True, True)
    assert (customers.columns[2].enum, dict(customers.columns[1].options)) == (("a", "b"), {"maxLength": 20})
    assert (orders.key, orders.uniques) == (("n", "id"), (("cust", "amount"),))
    assert orders.relations == (Relation(columns=("cust",), table="customers", target_columns=("id",)),)
    assert dict(orders.columns[3].options) == {"exclusiveMinimum": 0}
    assert "not (n < id)" in str(orders.rules[0]["query"])
    assert [column.name for column in seen.columns] == ["id", "name", "kind"]
    assert {(note.what.partition(":")[0], note.about) for note in read.notes} == {
        ("DEFAULT is not carried over", "orders.amount"),
        ("a column without a declared type has none in the contract", "orders.x"),
        ("the expression of a generated column is not carried over", "orders.g"),
        ("the unique index 'p' over a part of the rows, or expressions, is not carried over", "orders"),
    }


def test_keys_checks_and_comments_of_duckdb(tmp_path: Path) -> None:
    with closing(duckdb.connect(str(tmp_path / "s.duckdb"))) as connection:
        connection.execute(
            """
            create table customers (id int primary key, name varchar unique not null check (length(name) < 10));
            create table "or""ders" (a int references customers (id), e enum('u', 'v') default 'u', h hugeint,
              s struct("A b" int, c varchar[]), un union(a int, b varchar), check (a between 1 and 5));
            create unique index ui on "or""ders" (h, e);
            comment on table customers is 'Who';
            comment on column customers.id is 'the id';
            create schema x;
            create table x.t (i int);
            create view seen as select * from customers;
            """
        )
    read = catalog("duckdb", "s.duckdb", tmp_path)
    customers, orders, _ = read.tables
    assert (customers.description, customers.key, customers.columns[0].description) == ("Who", ("id",), "the id")
    assert (customers.columns[1].is_unique, dict(customers.columns[1].options)) == (True, {"maxLength": 9})
    assert orders.relations == (Relation(columns=("a",), table="customers", target_columns=("id",)),)
    assert (dict(orders.columns[0].options), orders.columns[1].enum) == ({"minimum": 1, "maximum": 5}, ("u", "v"))
    assert orders.uniques == (("h", "e"),)
    assert orders.columns[3].physical == 'STRUCT("A b" INTEGER, c VARCHAR[])'
    assert (orders.columns[4].logical, orders.columns[4].physical) == (None, "UNION(a INTEGER, b VARCHAR)")
    assert "x.t" in read.known
    [other] = catalog("duckdb", "s.duckdb", tmp_path, "x.t").tables
    assert other.columns[0].name == "i"


def test_a_database_that_is_open_elsewhere_can_be_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    program = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        with pytest.raises(WorldError) as failed:
            catalog("duckdb", "s.duckdb", tmp_path)
        holder.stdin.close()
    assert failed.value.first.code == "MW-C240"


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_what_is_no_database_is_told(kind: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"PAR1 and some more of it, so that it is long enough PAR1")
    for name in ("x", "absent"):
        with pytest.raises(InputError) as failed:
            catalog(kind, name, tmp_path)
        assert failed.value.first.code == "MW-C240"
        assert str(failed.value.first.span) == f"{name}:1:1"


# Parquet

ARROW = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field(
            "s",
            pa.struct([pa.field("a", pa.int32(), nullable=False), pa.field("B c", pa.list_(pa.string()))]),
            nullable=False,
        ),
        pa.field("l", pa.list_(pa.field("item", pa.float64(), nullable=False))),
        pa.field("m", pa.map_(pa.string(), pa.decimal128(10, 2))),
        *(
            pa.field(f"c{place}", kind)
            for place, kind in enumerate(
                (
                    pa.int8(),
                    pa.uint8(),
                    pa.int16(),
                    pa.uint16(),
                    pa.uint32(),
                    pa.uint64(),
                    pa.float16(),
                    pa.float32(),
                    pa.bool_(),
                    pa.date32(),
                    pa.time32("ms"),
                    pa.time64("us"),
                    pa.time64("ns"),
                    pa.timestamp("s"),
                    pa.timestamp("ms"),
                    pa.timestamp("us"),
                    pa.timestamp("ns"),
                    pa.timestamp("us", "UTC"),
                    pa.binary(),
                    pa.binary(16),
                    pa.large_string(),
                    pa.dictionary(pa.int32(), pa.string()),
                    pa.list_(pa.int32(), 3),
                    pa.uuid(),
                    pa.json_(),
                    pa.decimal128(38, 0),
                )
            )
        ),
    ]
)


def test_every_parquet_type_and_what_is_required_inside(tmp_path: Path) -> None:
    pq.write_table(ARROW.empty_table(), tmp_path / "rows.parquet")
    report = import_contract(ImportOptions(source="rows.parquet", base=tmp_path))
    [table] = report.document["schema"]  # type: ignore[misc]
    properties = {each["name"]: each for each in table["properties"]}  # type: ignore[index]
    with closing(duckdb.connect()) as connection:
        described = connection.execute(f"describe from '{tmp_path}/rows.parquet'").fetchall()
    assert {name: stored_form(each["physicalType"]) for name, each in properties.items()} == {
        row[0]: stored_form(row[1]) for row in described
    }
    assert report.notes == ()
    assert [name for name, each in properties.items() if each.get("required")] == ["id", "s"]
    a, b = properties["s"]["properties"]
    assert (a["required"], a["logicalType"], b.get("required"), b["items"]["logicalType"]) == (
        True,
        "integer",
        None,
        "string",
    )
    assert properties["l"]["items"] == {"logicalType": "number", "physicalType": "DOUBLE", "required": True}
    assert properties["m"]["map"]["value"]["physicalType"] == "DECIMAL(10,2)"
    logical = [properties[f"c{place}"].get("logicalType") for place in range(26)]
    assert logical == [
        "integer",
        "integer",
        "integer",
        "integer",
        "integer",
        "integer",
        "number",
        "number",
        "boolean",
        "date",
        "time",
        "time",
        "time",
        "timestamp",
        "timestamp",
        "timestamp",
        "timestamp",
        "timestamp",
        None,
        None,
        "string",
        "string",
        "array",
        "string",
        "string",
        "integer",
    ]


def test_a_file_that_cannot_be_read_as_parquet_is_told(tmp_path: Path) -> None:
    good = tmp_path / "good.parquet"
    pq.write_table(ARROW.empty_table(), good)
    bytes_ = good.read_bytes()
    for name, content, words in (
        ("cut", bytes_[: len(bytes_) // 2], "is cut off"),
        ("other", b"hello, world, this is a text", "is no Parquet file"),
        ("empty", b"", "is no Parquet file"),
        ("encrypted", b"PARE" + bytes_[4:-4] + b"PARE", "is encrypted"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError) as failed:
            check_readable(tmp_path / name, name)
        assert failed.value.first.code == "MW-C241"
        assert words in failed.value.first.message
    (tmp_path / "torn").write_bytes(bytes_[:20] + b"\0" * 50 + bytes_[-4:])
    with pytest.raises(InputError) as failed:
        with_nullability([Shape(name="id")], tmp_path / "torn", "torn")
    assert failed.value.first.code == "MW-C241"


class _Keys(encryption.KmsClient):
    """Keys that are wrapped by nothing: only that the file is encrypted counts."""

    def __init__(self, config: encryption.KmsConnectionConfig) -> None:
        super().__init__()
        del config

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
        return base64.b64encode(key_bytes)

    def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
        return base64.b64decode(wrapped_key)


@pytest.mark.parametrize("is_footer_plain", [False, True])
def test_an_encrypted_file_is_told(is_footer_plain: bool, tmp_path: Path) -> None:
    settings = encryption.EncryptionConfiguration(
        footer_key="f", column_keys={"c": ["id"]}, plaintext_footer=is_footer_plain
    )
    properties = encryption.CryptoFactory(_Keys).file_encryption_properties(encryption.KmsConnectionConfig(), settings)
    table = pa.table({"id": [1], "name": ["a"]})
    with pq.ParquetWriter(tmp_path / "e.parquet", table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    with pytest.raises(InputError) as failed:
        import_contract(ImportOptions(source="e.parquet", base=tmp_path))
    # A plain footer whose columns are encrypted has bytes in it that DuckDB takes for texts.
    assert failed.value.first.code == ("MW-X501" if is_footer_plain else "MW-C241")
    assert str(failed.value.first.span) == "e.parquet:1:1"

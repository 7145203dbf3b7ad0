"""`contract test` on data of every kind: the same contract, the same verdicts."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.contract_test_data import (
    BAD_ROW,
    BROKEN,
    ROWS,
    Row,
    arrow,
    csv_text,
    errors,
    json_rows,
    judged,
    verdicts,
    write_contract,
    write_ndjson,
    write_parquet,
)
from tests.postgres import Server

Writer = Callable[[Path, Sequence[Row]], str]


def _csv(root: Path, rows: Sequence[Row]) -> str:
    (root / "data.csv").write_text(csv_text(rows))
    return "data.csv"


def _packed_csv(root: Path, rows: Sequence[Row]) -> str:
    (root / "data.csv.gz").write_bytes(gzip.compress(csv_text(rows, "|").encode()))
    return "data.csv.gz"


def _tsv(root: Path, rows: Sequence[Row]) -> str:
    (root / "data.tsv").write_text(csv_text(rows, "\t"))
    return "data.tsv"


def _json(root: Path, rows: Sequence[Row]) -> str:
    (root / "data.json").write_text(json.dumps(json_rows(rows), indent=1))
    return "data.json"


def _json_lines(root: Path, rows: Sequence[Row]) -> str:
    write_ndjson(root / "data.json", rows)
    return "data.json"


def _packed_lines(root: Path, rows: Sequence[Row]) -> str:
    write_ndjson(root / "data.ndjson.gz", rows)
    return "data.ndjson.gz"


def _parquet(root: Path, rows: Sequence[Row]) -> str:
    write_parquet(root / "data.parquet", rows)
    return "data.parquet"


def _unnamed_parquet(root: Path, rows: Sequence[Row]) -> str:
    write_parquet(root / "data", rows)
    return "data"


def _folder(root: Path, rows: Sequence[Row]) -> str:
    write_parquet(root / "data" / "one.parquet", rows[:1])
    write_parquet(root / "data" / "below" / "two.parquet", rows[1:])
    (root / "data" / "_SUCCESS").write_text("")
    return "data"


def _pattern(root: Path, rows: Sequence[Row]) -> str:
    _folder(root, rows)
    return "data/**/*.parquet"


def _partitions(root: Path, rows: Sequence[Row]) -> str:
    import pyarrow.dataset as ds

    ds.write_dataset(arrow(rows), root / "data", format="parquet", partitioning=["state"], partitioning_flavor="hive")
    return "data"


def _delta(root: Path, rows: Sequence[Row]) -> str:
    import deltalake

    deltalake.write_deltalake(root / "data", arrow(rows[:1]))
    deltalake.write_deltalake(root / "data", arrow(rows[1:]), mode="append")
    return "data"


def _iceberg(root: Path, rows: Sequence[Row]) -> str:
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog("shop", uri=f"sqlite:///{root}/catalog.db", warehouse=f"file://{root}")
    with closing(catalog):
        catalog.create_namespace("lake")
        catalog.create_table("lake.orders", schema=arrow().schema, location=f"file://{root}/data").append(arrow(rows))
    return "data"


def _excel(root: Path, rows: Sequence[Row]) -> str:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in [list(ROWS[0]), *(list({**row, "amount": float(row["amount"])}.values()) for row in rows)]:
        sheet.append(cells)
    book.save(root / "data.xlsx")
    return "data.xlsx"


def _avro(root: Path, rows: Sequence[Row]) -> str:
    import fastavro

    types = {
        "id": "long",
        "customer": ["null", "string"],
        "amount": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2},
        "placed": {"type": "int", "logicalType": "date"},
        "state": "string",
    }
    fields = [{"name": name, "type": each} for name, each in types.items()]
    with (root / "data.avro").open("wb") as stream:
        fastavro.writer(stream, {"type": "record", "name": "orders", "fields": fields}, list(rows))
    return "data.avro"


def _duckdb(root: Path, rows: Sequence[Row], place: str = "data.duckdb") -> str:
    import duckdb

    write_parquet(root / "made.parquet", rows)
    with closing(duckdb.connect(str(root / "data.duckdb"))) as connection:
        connection.execute("CREATE SCHEMA sales")
        connection.execute(f"CREATE TABLE sales.orders AS FROM '{root}/made.parquet'")
        connection.execute("CREATE TABLE other AS SELECT 1 AS x")
    return place


def _duckdb_table(root: Path, rows: Sequence[Row]) -> str:
    return _duckdb(root, rows, "duckdb:data.duckdb#sales.orders")


def _sqlite(root: Path, rows: Sequence[Row]) -> str:
    import sqlite3

    with closing(sqlite3.connect(root / "data.db")) as connection:
        connection.execute(
            "create table orders (id integer, customer text, amount decimal(10,2), placed date, state text)"
        )
        values = [
            [str(value) if name in {"amount", "placed"} else value for name, value in row.items()] for row in rows
        ]
        connection.executemany("insert into orders values (?, ?, ?, ?, ?)", values)
        connection.commit()
    return "data.db"


WRITERS = (
    _csv, _packed_csv, _tsv, _json, _json_lines, _packed_lines, _parquet, _unnamed_parquet, _folder, _pattern, _partitions,
    _delta, _iceberg, _excel, _avro, _duckdb, _duckdb_table, _sqlite,
)  # fmt: skip


@pytest.fixture(autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made; nothing is left there."""
    folder = tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("write", WRITERS)
def test_data_of_every_kind_has_the_same_verdicts(tmp_path: Path, scratch: Path, write: Writer) -> None:
    write_contract(tmp_path)
    place = write(tmp_path, (*ROWS, BAD_ROW))
    report = judged(tmp_path, place)
    assert verdicts(report) == dict.fromkeys(BROKEN, "stop")
    assert not report.ok
    required = next(test for test in report.tests if test.id == "contract:required(customer)")
    assert (required.dataset, required.failing_rows, required.sample[0]["id"]) == ("orders", 1, 4)
    assert [(each.object, each.rows) for each in report.data] == [("orders", 4)]
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("write", WRITERS)
def test_data_that_keeps_the_contract_is_green(tmp_path: Path, write: Writer) -> None:
    write_contract(tmp_path)
    report = judged(tmp_path, write(tmp_path, ROWS))
    assert (verdicts(report), report.ok, len(report.tests)) == ({}, True, 10)


def test_parquet_is_measured_where_it_lies(tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_contract(tmp_path)
    place = _parquet(tmp_path, ROWS)
    seen: list[tuple[str, ...]] = []
    written: list[Path] = []
    from meshwright.engines.duckdb.session import DuckDBSession

    measure = DuckDBSession.measure

    def watched(self: DuckDBSession, relation: object, specs: object, others: object) -> object:
        seen.append(relation.files)  # type: ignore[attr-defined]
        written.extend(path for path in scratch.rglob("*") if path.is_file())
        return measure(self, relation, specs, others)  # type: ignore[arg-type]

    monkeypatch.setattr(DuckDBSession, "measure", watched)
    assert judged(tmp_path, place).ok
    assert (seen, written) == ([(str(tmp_path / "data.parquet"),)], [])


def test_a_table_of_postgresql(tmp_path: Path, postgres: Server) -> None:
    write_contract(tmp_path)
    schema = postgres.new_schema()
    values = ", ".join(
        f"({row['id']}, {'null' if row['customer'] is None else repr(row['customer'])}, {row['amount']}, "
        f"date '{row['placed']}', '{row['state']}')"
        for row in (*ROWS, BAD_ROW)
    )
    postgres.execute(
        f"create table {schema}.sold (id bigint, customer text, amount numeric(10,2), placed date, state varchar(10))",
        f"insert into {schema}.sold values {values}",
    )
    url = postgres.url().replace("+psycopg", "")
    for report in (judged(tmp_path, url, table=f"{schema}.sold"), judged(tmp_path, f"orders={url}#{schema}.sold")):
        assert verdicts(report) == dict.fromkeys(BROKEN, "stop")
        assert report.data[0].rows == 4


def test_a_page_of_the_web(tmp_path: Path) -> None:
    from tests.sources.webserver import page, web_server

    write_contract(tmp_path)
    with web_server() as web:
        web.pages["/orders.csv"] = page(csv_text((*ROWS, BAD_ROW)).encode())
        report = judged(tmp_path, web.url("/orders.csv"))
    assert verdicts(report) == dict.fromkeys(BROKEN, "stop")


def test_several_objects_each_with_its_data(tmp_path: Path) -> None:
    write_contract(tmp_path, TWO)
    (tmp_path / "o.csv").write_text("id,customer\n1,7\n2,8\n")
    (tmp_path / "c.csv").write_text("id\n7\n")
    report = judged(tmp_path, "orders=o.csv", "customers=c.csv")
    assert verdicts(report) == {"contract:foreign_key(customer)": "stop"}
    assert [(each.object, each.rows) for each in report.data] == [("orders", 2), ("customers", 1)]


def test_a_folder_or_database_with_each_object_under_its_name(tmp_path: Path) -> None:
    import duckdb

    write_contract(tmp_path, TWO)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "Orders.csv").write_text("id,customer\n1,7\n")
    (tmp_path / "data" / "crm.customers.csv").write_text("id\n7\n")
    assert judged(tmp_path, "data").ok
    with closing(duckdb.connect(str(tmp_path / "shop.duckdb"))) as connection:
        connection.execute("CREATE TABLE orders AS SELECT 1::BIGINT AS id, 7::BIGINT AS customer")
        connection.execute("CREATE SCHEMA crm; CREATE VIEW crm.customers AS SELECT 7::BIGINT AS id")
    report = judged(tmp_path, "shop.duckdb")
    assert report.ok
    assert len(report.data) == 2


def test_one_object_of_several_with_the_data_that_its_rules_read(tmp_path: Path) -> None:
    write_contract(tmp_path, TWO)
    (tmp_path / "o.csv").write_text("id,customer\n1,7\n")
    (tmp_path / "c.csv").write_text("id\n7\n7\n")
    report = judged(tmp_path, "orders=o.csv", "customers=c.csv", object="orders")
    assert report.ok
    assert {test.dataset for test in report.tests} == {"orders"}
    report = judged(tmp_path, "o.csv", object="orders")
    assert errors(report) == {"contract:foreign_key(customer)": "it reads customers, which there is no data of"}
    assert not report.ok


def test_a_relationship_to_an_object_in_capitals(tmp_path: Path) -> None:
    write_contract(tmp_path, TWO.replace("customers", "Customers"))
    (tmp_path / "o.csv").write_text("id,customer\n1,7\n2,8\n")
    (tmp_path / "c.csv").write_text("id\n7\n")
    report = judged(tmp_path, "orders=o.csv", "Customers=c.csv")
    assert verdicts(report) == {"contract:foreign_key(customer)": "stop"}


def test_an_object_without_data_is_named_and_not_green(tmp_path: Path) -> None:
    write_contract(tmp_path, TWO)
    (tmp_path / "c.csv").write_text("id\n7\n")
    report = judged(tmp_path, "customers=c.csv")
    assert verdicts(report) == {}
    assert report.untested == ("orders: customers=c.csv holds no data of it",)
    assert not report.ok


@pytest.mark.parametrize("server", ["files", "base", "folder"])
def test_the_data_of_a_server_of_the_contract(tmp_path: Path, server: str) -> None:
    import duckdb

    write_contract(tmp_path, TWO + SERVERS)
    for folder in ("many", "data"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "orders.csv").write_text("id;customer\n1;7\n")
        (tmp_path / folder / "customers.csv").write_text("id\n7\n")
    with closing(duckdb.connect(str(tmp_path / "shop.duckdb"))) as connection:
        connection.execute("CREATE SCHEMA s; CREATE TABLE s.orders AS SELECT 1::BIGINT AS id, 7::BIGINT AS customer")
        connection.execute("CREATE SCHEMA crm; CREATE TABLE crm.customers AS SELECT 7::BIGINT AS id")
    assert judged(tmp_path, server=server).ok


def test_the_data_of_a_postgresql_server_of_the_contract(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = postgres.new_schema()
    postgres.execute(
        f"create role reader{schema} login password 'open sesame'",
        f"grant usage on schema {schema} to reader{schema}",
        f"create table {schema}.orders as select 1::bigint as id, 7::bigint as customer",
        f"create table {schema}.customers as select 7::bigint as id",
        f"grant select on all tables in schema {schema} to reader{schema}",
    )
    place = (
        f"{{server: pg, type: postgres, host: 127.0.0.1, port: {postgres.port}, database: postgres, schema: {schema}}}"
    )
    write_contract(tmp_path, TWO.replace("physicalName: crm.customers", "tags: []") + f"servers: [{place}]\n")
    monkeypatch.setenv("PGUSER", f"reader{schema}")
    monkeypatch.setenv("PGPASSWORD", "open sesame")
    assert judged(tmp_path, server="pg").ok


@pytest.mark.parametrize(
    "name", ["Orders", "Bestell-Zeilen", "my orders", "größe", 'a "b"', "x.y", "a@b/c", "Ärzte", "select"]
)
def test_names_of_objects_may_be_anything(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    write_contract(tmp_path, ODD.replace("NAME", json.dumps(name)).replace("QUOTED", quoted))
    (tmp_path / "o.csv").write_text("Köl 'n\n1\n1\n")
    report = judged(tmp_path, f"{name}=o.csv")
    assert errors(report) == {}
    assert verdicts(report) == {"contract:unique(Köl 'n)": "stop", "own": "stop", "by_name": "stop", "physical": "stop"}
    assert {test.dataset for test in report.tests} == {name}
    assert not [test for test in report.tests if "contract.objects" in f"{test.finding} {test.words}"]


TWO = """
apiVersion: v3.2.0
kind: DataContract
id: shop
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: customer, logicalType: integer, relationships: [{to: customers.id}]}
  - name: customers
    physicalName: crm.customers
    properties:
      - {name: id, logicalType: integer, required: true}
"""
SERVERS = """
servers:
  - {server: files, type: local, path: "many/{model}.csv", format: csv}
  - {server: folder, type: local, path: data, format: csv}
  - {server: base, type: duckdb, database: shop.duckdb, schema: s}
"""
ODD = """
apiVersion: v3.2.0
kind: DataContract
id: odd
version: 1.0.0
status: active
schema:
  - name: NAME
    physicalName: dwh.t_orders
    properties:
      - {name: "Köl 'n", logicalType: integer, unique: true}
    quality:
      - {id: own, type: sql, mustBe: 0, query: 'select count(*) from {object}'}
      - {id: by_name, type: sql, mustBe: 0, query: 'select count(QUOTED."Köl ''n") from QUOTED'}
      - {id: physical, type: sql, mustBe: 0, query: 'select count(dwh.t_orders."Köl ''n") from dwh.t_orders'}
"""


def test_service_levels_are_measured_against_the_clock(tmp_path: Path) -> None:
    write_contract(tmp_path, LEVELS)
    (tmp_path / "o.csv").write_text(f"placed\n{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}\n2001-01-01T00:00:00Z\n")
    report = judged(tmp_path, "o.csv")
    assert verdicts(report) == {"contract:retention(placed)": "stop"}
    assert {test.id for test in report.tests} == {
        "contract:schema", "contract:freshness(placed)", "contract:retention(placed)",
    }  # fmt: skip
    assert report.notes == ("availability is 99.9 percent: no data says whether it is kept",)


def test_what_is_inside_of_nested_values_is_measured(tmp_path: Path) -> None:
    write_contract(tmp_path, NESTED)
    orders = [
        {"id": 1, "to": {"city": "Ulm", "zip": "89073"}, "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 0}]},
        {"id": 2, "to": {"city": None, "zip": "1"}, "lines": []},
    ]
    (tmp_path / "o.ndjson").write_text("".join(f"{json.dumps(order)}\n" for order in orders))
    report = judged(tmp_path, "o.ndjson")
    assert errors(report) == {}
    assert verdicts(report) == dict.fromkeys(
        ("contract:required(to.city)", "contract:options(to.zip)", "contract:options(lines[].n)"), "stop"
    )


def test_a_custom_rule_whose_meaning_is_known_is_measured(tmp_path: Path) -> None:
    write_contract(tmp_path, CUSTOM)
    (tmp_path / "o.csv").write_text("id\n1\n1\n")
    report = judged(tmp_path, "o.csv")
    assert verdicts(report) == {"once": "stop", "odd": "error"}
    assert "custom" in errors(report)["odd"]


LEVELS = """
apiVersion: v3.2.0
kind: DataContract
id: levels
version: 1.0.0
status: active
schema:
  - name: Orders
    properties: [{name: placed, logicalType: timestamp}]
slaProperties:
  - {property: freshness, value: 2, unit: d, element: Orders.placed}
  - {property: retention, value: 1, unit: y, element: Orders.placed}
  - {property: availability, value: 99.9, unit: percent}
"""
NESTED = """
apiVersion: v3.2.0
kind: DataContract
id: nested
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer}
      - name: to
        logicalType: object
        properties:
          - {name: city, logicalType: string, required: true}
          - {name: zip, logicalType: string, logicalTypeOptions: {minLength: 5}}
      - name: lines
        logicalType: array
        items:
          logicalType: object
          properties:
            - {name: sku, logicalType: string}
            - {name: n, logicalType: integer, logicalTypeOptions: {minimum: 1}}
"""
CUSTOM = """
apiVersion: v3.2.0
kind: DataContract
id: custom
version: 1.0.0
status: active
schema:
  - name: orders
    properties: [{name: id, logicalType: integer}]
    quality:
      - {id: once, type: custom, engine: soda, implementation: "checks for orders:\\n  - duplicate_count(id) = 0\\n"}
      - {id: odd, type: custom, engine: abacus, implementation: count}
"""

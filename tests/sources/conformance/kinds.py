"""Every kind of source, as the suite needs it: rows written, changed, removed and damaged in the real thing."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any, ClassVar

from meshwright.model import DatabaseSource, FileSource, Source, Strength, TableSource
from tests.postgres import Server
from tests.sources.bench import Bench
from tests.sources.webserver import Web, page

Row = dict[str, Any]
#: Types of the standard rows where the kind has exact ones.
EXACT = {"id": "BIGINT", "name": "VARCHAR", "price": "DECIMAL(10,2)", "day": "DATE"}
LOOSE = {**EXACT, "price": "DOUBLE"}


class Kind:
    """One kind of source. A new one stands for each test."""

    strength: ClassVar[Strength] = Strength.CONTENT
    #: Whether what is read is a snapshot that a change meanwhile does not touch.
    is_snapshot: ClassVar[bool] = False
    types: ClassVar[Mapping[str, str]] = EXACT
    #: Types of a source without rows, where they differ.
    empty_types: ClassVar[Mapping[str, str] | None] = None
    #: Whether the kind can be broken from outside.
    can_be_damaged: ClassVar[bool] = True
    #: Codes that say that nothing is there.
    absent: ClassVar[frozenset[str]] = frozenset({"MW-R001", "MW-X604"})

    def __init__(self, bench: Bench, services: Services) -> None:
        self.bench = bench
        self.services = services
        self.prepare()

    def prepare(self) -> None:
        """Make what the source stands on."""

    @property
    def source(self) -> Source:
        raise NotImplementedError

    def write(self, rows: Sequence[Row]) -> None:
        """Make the source hold these rows and no others."""
        raise NotImplementedError

    def remove(self) -> None:
        raise NotImplementedError

    def damage(self) -> None:
        raise NotImplementedError


class Services:
    """The servers that kinds need, started when the first one asks."""

    def __init__(self, postgres: Any, web: Any, s3: Any) -> None:
        self._postgres, self._web, self._s3 = postgres, web, s3

    @property
    def postgres(self) -> Server:
        server: Server = self._postgres()
        return server

    @property
    def web(self) -> Web:
        found: Web = self._web()
        return found

    @property
    def s3(self) -> str:
        url: str = self._s3()
        return url


class CsvFile(Kind):
    types = LOOSE
    empty_types = dict.fromkeys(EXACT, "VARCHAR")

    @property
    def source(self) -> Source:
        return FileSource(path="orders.csv", format="csv", has_header=True)

    @property
    def path(self) -> Any:
        return self.bench.root / "orders.csv"

    def write(self, rows: Sequence[Row]) -> None:
        self.path.write_bytes(as_csv(rows))

    def remove(self) -> None:
        self.path.unlink()

    def damage(self) -> None:
        self.path.write_bytes(b'id,name\n1,"never closed\n')


def as_csv(rows: Sequence[Row], columns: Sequence[str] | None = None) -> bytes:
    text = io.StringIO()
    names = list(columns or (rows[0] if rows else EXACT))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


class Workbook(Kind):
    types = LOOSE
    empty_types = dict.fromkeys(EXACT, "VARCHAR")

    @property
    def source(self) -> Source:
        return FileSource(path="orders.xlsx", format="excel")

    def write(self, rows: Sequence[Row]) -> None:
        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(list(rows[0] if rows else EXACT))
        for row in rows:
            sheet.append(list(row.values()))
        book.save(self.bench.root / "orders.xlsx")

    def remove(self) -> None:
        (self.bench.root / "orders.xlsx").unlink()

    def damage(self) -> None:
        file = self.bench.root / "orders.xlsx"
        file.write_bytes(file.read_bytes()[:900])


class AvroFile(Kind):
    @property
    def source(self) -> Source:
        return FileSource(path="orders.avro", format="avro")

    def write(self, rows: Sequence[Row]) -> None:
        import fastavro

        types = {
            "id": "long",
            "name": ["null", "string"],
            "price": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}],
            "day": ["null", {"type": "int", "logicalType": "date"}],
        }
        names = list(rows[0] if rows else EXACT)
        schema = {
            "type": "record",
            "name": "order",
            "fields": [{"name": name, "type": types.get(name, ["null", "long"])} for name in names],
        }
        with (self.bench.root / "orders.avro").open("wb") as file:
            fastavro.writer(file, schema, list(rows), codec="deflate")

    def remove(self) -> None:
        (self.bench.root / "orders.avro").unlink()

    def damage(self) -> None:
        file = self.bench.root / "orders.avro"
        file.write_bytes(file.read_bytes()[:-20])


class DeltaFolder(Kind):
    strength = Strength.SNAPSHOT
    is_snapshot = True

    @property
    def source(self) -> Source:
        return TableSource(path="lake/orders", format="delta")

    def write(self, rows: Sequence[Row]) -> None:
        from deltalake import write_deltalake

        write_deltalake(str(self.bench.root / "lake/orders"), arrow(rows), mode="overwrite", schema_mode="overwrite")

    def remove(self) -> None:
        shutil.rmtree(self.bench.root / "lake")

    def damage(self) -> None:
        for file in (self.bench.root / "lake/orders").glob("*.parquet"):
            file.write_bytes(b"no parquet")


class IcebergCatalog(Kind):
    strength = Strength.SNAPSHOT
    is_snapshot = True

    def prepare(self) -> None:
        from pyiceberg.catalog.sql import SqlCatalog

        root = self.bench.root
        self.catalog = SqlCatalog("lake", uri=f"sqlite:///{root}/catalog.db", warehouse=f"file://{root}/warehouse")
        self.catalog.create_namespace("sales")

    @property
    def source(self) -> Source:
        properties = {"name": "lake", "type": "sql", "uri": "sqlite:///catalog.db"}
        return TableSource(path="sales.orders", format="iceberg", catalog=properties)

    def write(self, rows: Sequence[Row]) -> None:
        table = arrow(rows)
        is_there = self.catalog.table_exists("sales.orders")
        if is_there and self.catalog.load_table("sales.orders").schema().column_names != table.column_names:
            self.catalog.purge_table("sales.orders")
            shutil.rmtree(self.bench.root / "warehouse", ignore_errors=True)
            is_there = False
        if is_there:
            self.catalog.load_table("sales.orders").overwrite(table)
        else:
            self.catalog.create_table("sales.orders", schema=table.schema).append(table)

    def remove(self) -> None:
        self.catalog.drop_table("sales.orders")

    def damage(self) -> None:
        for file in (self.bench.root / "warehouse").rglob("*.parquet"):
            file.write_bytes(b"no parquet")


class IcebergFolder(IcebergCatalog):
    @property
    def source(self) -> Source:
        return TableSource(path="warehouse/sales/orders", format="iceberg")

    def remove(self) -> None:
        shutil.rmtree(self.bench.root / "warehouse")


def arrow(rows: Sequence[Row]) -> Any:
    import pyarrow as pa

    types = {"id": pa.int64(), "name": pa.string(), "price": pa.decimal128(10, 2), "day": pa.date32()}
    names = list(rows[0] if rows else EXACT)
    return pa.table({name: pa.array([row[name] for row in rows], types.get(name, pa.int64())) for name in names})


class WebPage(Kind):
    """A server that gives ETags."""

    types = LOOSE
    empty_types = dict.fromkeys(EXACT, "VARCHAR")
    strength = Strength.SNAPSHOT
    is_snapshot = True

    def prepare(self) -> None:
        self.path = f"/{os.urandom(4).hex()}/orders.csv"
        self.number = 0

    @property
    def source(self) -> Source:
        return FileSource(path=self.services.web.url(self.path), format="csv", has_header=True)

    def write(self, rows: Sequence[Row]) -> None:
        self.number += 1
        self.services.web.pages[self.path] = self.answer(as_csv(rows))

    def answer(self, body: bytes) -> Any:
        return page(body, etag=f'"{self.number}"')

    def remove(self) -> None:
        del self.services.web.pages[self.path]

    def damage(self) -> None:
        self.services.web.pages[self.path] = page(b'id,name\n1,"never closed\n', etag='"damaged"')


class DatedWebPage(WebPage):
    """A server that gives times and lengths."""

    strength = Strength.SIZE_AND_TIME
    is_snapshot = False

    def answer(self, body: bytes) -> Any:
        return page(body, modified=1_700_000_000 + self.number)


class BareWebPage(WebPage):
    """A server that gives nothing but bytes."""

    strength = Strength.UNSEEN

    def answer(self, body: bytes) -> Any:
        return page(body, is_sized=False)


class S3Objects(Kind):
    types = LOOSE
    empty_types = dict.fromkeys(EXACT, "VARCHAR")
    strength = Strength.SNAPSHOT

    def prepare(self) -> None:
        import s3fs

        self.bench.variables["S3_SECRET"] = "testing"
        self.system = s3fs.S3FileSystem(
            key="testing",
            secret="testing",
            endpoint_url=self.services.s3,
            skip_instance_cache=True,
            use_listings_cache=False,
        )
        self.bucket = f"lake-{os.urandom(4).hex()}"
        self.system.mkdir(self.bucket)

    @property
    def source(self) -> Source:
        options = {"key": "testing", "secret": "${env:S3_SECRET}", "endpoint_url": self.services.s3}
        return FileSource(path=f"s3://{self.bucket}/orders/*.csv", format="csv", has_header=True, options=options)

    def write(self, rows: Sequence[Row]) -> None:
        half = len(rows) // 2
        names = list(rows[0] if rows else EXACT)
        self.system.pipe(f"{self.bucket}/orders/1.csv", as_csv(rows[:half], names))
        self.system.pipe(f"{self.bucket}/orders/2.csv", as_csv(rows[half:], names))

    def remove(self) -> None:
        self.system.rm(f"{self.bucket}/orders", recursive=True)

    def damage(self) -> None:
        self.system.pipe(f"{self.bucket}/orders/2.csv", b'id,name\n1,"never closed\n')


class MemoryObjects(S3Objects):
    """fsspec's store in memory: it tells a time and nothing else."""

    strength = Strength.SIZE_AND_TIME

    def prepare(self) -> None:
        import fsspec

        self.system = fsspec.filesystem("memory")
        self.bucket = f"/lake-{os.urandom(4).hex()}"

    @property
    def source(self) -> Source:
        return FileSource(path=f"memory:/{self.bucket}/orders/*.csv", format="csv", has_header=True)


class SqliteTable(Kind):
    @property
    def source(self) -> Source:
        return DatabaseSource(url="sqlite:///shop.db", table="orders")

    def write(self, rows: Sequence[Row]) -> None:
        types = {"id": "INTEGER", "name": "TEXT", "price": "DECIMAL(10,2)", "day": "DATE"}
        names = list(rows[0] if rows else EXACT)
        columns = ", ".join(f'"{name}" {types.get(name, "INTEGER")}' for name in names)
        with closing(sqlite3.connect(self.bench.root / "shop.db")) as connection:
            connection.execute("DROP TABLE IF EXISTS orders")
            connection.execute(f"CREATE TABLE orders ({columns})")
            marks = ", ".join("?" for _ in names)
            connection.executemany(f"INSERT INTO orders VALUES ({marks})", [_for_sqlite(row) for row in rows])
            connection.commit()

    def remove(self) -> None:
        (self.bench.root / "shop.db").unlink()

    def damage(self) -> None:
        (self.bench.root / "shop.db").write_bytes(b"no database" * 500)


def _for_sqlite(row: Row) -> list[Any]:
    return [
        str(value) if isinstance(value, (dt.date, Decimal)) else json.dumps(value) if isinstance(value, dict) else value
        for value in row.values()
    ]


class SqliteQuery(SqliteTable):
    @property
    def source(self) -> Source:
        return DatabaseSource(url="sqlite:///shop.db", query="select * from orders -- all of them\n;")


class SqliteWatermark(SqliteTable):
    strength = Strength.HIGH_WATER_MARK

    @property
    def source(self) -> Source:
        return DatabaseSource(url="sqlite:///shop.db", table="orders", watermark="id")


class PostgresTable(Kind):
    is_snapshot = True
    can_be_damaged = False

    def prepare(self) -> None:
        self.schema = self.services.postgres.new_schema()
        self.bench.variables["WAREHOUSE_URL"] = self.services.postgres.url()

    @property
    def source(self) -> Source:
        return DatabaseSource(url="${env:WAREHOUSE_URL}", table=f"{self.schema}.orders")

    def write(self, rows: Sequence[Row]) -> None:
        types = {"id": "bigint", "name": "text", "price": "numeric(10,2)", "day": "date"}
        names = list(rows[0] if rows else EXACT)
        columns = ", ".join(f'"{name}" {types.get(name, "bigint")}' for name in names)
        document = json.dumps([{name: _for_json(value) for name, value in row.items()} for row in rows])
        table = f"{self.schema}.orders"
        self.services.postgres.execute(
            "begin; "
            f"drop table if exists {table}; create table {table} ({columns}); "
            f"insert into {table} select * from json_populate_recordset(null::{table}, $json${document}$json$); commit"
        )

    def remove(self) -> None:
        self.services.postgres.execute(f"drop table {self.schema}.orders")


def _for_json(value: Any) -> Any:
    return str(value) if isinstance(value, (dt.date, Decimal)) else value


class PostgresQuery(PostgresTable):
    @property
    def source(self) -> Source:
        return DatabaseSource(url="${env:WAREHOUSE_URL}", query=f"select * from {self.schema}.orders where true; ")


class PostgresWatermark(PostgresTable):
    strength = Strength.HIGH_WATER_MARK

    @property
    def source(self) -> Source:
        return DatabaseSource(url="${env:WAREHOUSE_URL}", table=f"{self.schema}.orders", watermark="id")


class OtherDatabase(PostgresTable):
    """The way of every database without a reader of its own, through SQLAlchemy."""

    def prepare(self) -> None:
        super().prepare()
        # The same server under a name that no reader of its own answers to.
        self.bench.variables["WAREHOUSE_URL"] = self.services.postgres.url().replace("postgresql+", "otherdb+")


#: The kinds of the quick suite, and those that share most of their code with one of these.
KINDS: tuple[type[Kind], ...] = (
    CsvFile, Workbook, AvroFile, DeltaFolder, IcebergCatalog, WebPage, BareWebPage, SqliteTable, PostgresTable,
)  # fmt: skip
FURTHER_KINDS: tuple[type[Kind], ...] = (
    S3Objects, IcebergFolder, DatedWebPage, MemoryObjects,
    SqliteQuery, SqliteWatermark, PostgresQuery, PostgresWatermark, OtherDatabase,
)  # fmt: skip

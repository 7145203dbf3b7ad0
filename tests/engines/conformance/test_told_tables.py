"""Small tables that worker processes tell as messages: stored as if they had been files."""

from __future__ import annotations

import datetime as dt
import decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meshwright.diagnostics import SourceSpan, WorldError
from meshwright.engines.protocol import BuiltTable, HandedRead, Window
from meshwright.model import Column

from ..conftest import Bench, as_relation, failure, rows_of, types_of

DAY = dt.date(2020, 1, 2)
NOON = dt.datetime(2020, 1, 2, 12, 30, 0, 123456)
#: Every type that is told, with values at its borders, and how DuckDB calls it.
COLUMNS = {
    "flag": (pa.bool_(), [True, False, None], "BOOLEAN"),
    "i1": (pa.int8(), [-128, 127, None], "TINYINT"),
    "i2": (pa.int16(), [-(2**15), 2**15 - 1, None], "SMALLINT"),
    "i4": (pa.int32(), [-(2**31), 2**31 - 1, None], "INTEGER"),
    "i8": (pa.int64(), [-(2**63), 2**63 - 1, None], "BIGINT"),
    "u1": (pa.uint8(), [0, 255, None], "UTINYINT"),
    "u2": (pa.uint16(), [0, 2**16 - 1, None], "USMALLINT"),
    "u4": (pa.uint32(), [0, 2**32 - 1, None], "UINTEGER"),
    "u8": (pa.uint64(), [0, 2**64 - 1, None], "UBIGINT"),
    "f4": (pa.float32(), [0.5, float("nan"), None], "FLOAT"),
    "f8": (pa.float64(), [-0.0, float("inf"), float("nan")], "DOUBLE"),
    "text": (pa.string(), ["", "größer", None], "VARCHAR"),
    "raw": (pa.binary(), [b"", b"\0\xff", None], "BLOB"),
    "day": (pa.date32(), [DAY, dt.date(1, 1, 1), None], "DATE"),
    "at": (pa.timestamp("us"), [NOON, dt.datetime(1, 1, 1), None], "TIMESTAMP"),
    "seen": (pa.timestamp("us", "UTC"), [NOON, NOON, None], "TIMESTAMP WITH TIME ZONE"),
    "d4": (pa.decimal128(4, 2), [decimal.Decimal("-99.99"), decimal.Decimal("0.01"), None], "DECIMAL(4,2)"),
    "d18": (pa.decimal128(18, 3), [decimal.Decimal("123456789012345.678"), None, None], "DECIMAL(18,3)"),
    "d38": (pa.decimal128(38, 0), [decimal.Decimal(10**37), decimal.Decimal(-1), None], "DECIMAL(38,0)"),
}
TABLE = pa.table({name: pa.array(values, type_) for name, (type_, values, _) in COLUMNS.items()})


def message(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def tell(bench: Bench, table: pa.Table, tmp_path: Path, **more: object) -> BuiltTable:
    read = HandedRead(
        dataset="ops.flights.x",
        file=str(tmp_path / "scratch.parquet"),
        table=message(table),
        maker="build()",
        span=SourceSpan(file="x.py"),
        **more,  # type: ignore[arg-type]
    )
    return bench.session.build_handed(read, bench.target())


@pytest.mark.parametrize(
    "table", [TABLE, TABLE.slice(0, 0), pa.concat_tables([TABLE, TABLE])], ids=["some", "none", "twice"]
)
def test_it_is_stored_as_a_file_of_it_would_be(bench: Bench, tmp_path: Path, table: pa.Table) -> None:
    file = str(tmp_path / "file.parquet")
    pq.write_table(table, file, compression="snappy", use_dictionary=False)
    of_file = bench.session.build_handed(
        HandedRead(dataset="ops.flights.x", file=file, maker="build()"), bench.target()
    )
    assert types_of(of_file) == {name: text for name, (_, _, text) in COLUMNS.items()}
    # The first one of its columns is stored as a file is, later ones by the short way.
    for _ in range(3):
        told = tell(bench, table, tmp_path)
        assert (told.columns, told.rows, told.sums) == (of_file.columns, of_file.rows, of_file.sums)
        assert told.content_digest == of_file.content_digest == bench.session.content_digest(as_relation(told))
        stored, as_file = pq.read_schema(told.files[0][0]), pq.read_schema(of_file.files[0][0])
        assert [(field.name, field.type) for field in stored] == [(field.name, field.type) for field in as_file]
        assert repr(pq.read_table(told.files[0][0]).to_pylist()) == repr(pq.read_table(of_file.files[0][0]).to_pylist())
    (tmp_path / "scratch.parquet").unlink(missing_ok=True)
    tell(bench, table, tmp_path)
    assert not (tmp_path / "scratch.parquet").exists()


def test_nothing_is_said_of_floats_that_would_hide_a_nan(bench: Bench, tmp_path: Path) -> None:
    for _ in range(2):
        told = tell(bench, pa.table({"x": [0.0, 9.0, float("nan")], "n": [1, 2, None]}), tmp_path)
        of_float, of_whole = (
            pq.read_metadata(told.files[0][0]).row_group(0).column(place).statistics for place in (0, 1)
        )
        assert of_float is None or not of_float.has_min_max
        assert of_whole is None or of_whole.null_count == 1


@pytest.mark.parametrize("times", [1, 2])
def test_declared_types_bind(bench: Bench, tmp_path: Path, times: int) -> None:
    declared = (Column(name="n", type="DOUBLE"),)
    for _ in range(times):
        told = tell(bench, pa.table({"n": [1, 2]}), tmp_path, columns=declared)
    assert types_of(told) == {"n": "DOUBLE"}
    assert rows_of(told) == [{"n": 1.0}, {"n": 2.0}]


@pytest.mark.parametrize(("values", "column", "code"), [([1, 2], "m", "MW-N311"), (["1", "x"], "n", "MW-N312")])
def test_what_does_not_fit_is_told_and_leaves_nothing(
    bench: Bench, tmp_path: Path, values: list[object], column: str, code: str
) -> None:
    table = pa.table({"n": values})
    tell(bench, table, tmp_path)
    before = sorted(bench.folder.iterdir())
    declared = (Column(name=column, type="BIGINT"),)
    assert failure(lambda: tell(bench, table, tmp_path, columns=declared)).first.code == code
    assert sorted(bench.folder.iterdir()) == before


def test_the_rows_of_a_window_alone_are_stored(bench: Bench, tmp_path: Path) -> None:
    first, then = dt.datetime(2020, 1, 2), dt.datetime(2020, 1, 3)
    window = Window(column="at", spans=((first.replace(tzinfo=dt.UTC), then.replace(tzinfo=dt.UTC)),))
    for _ in range(2):
        told = tell(bench, pa.table({"at": pa.array([first, then], pa.timestamp("us"))}), tmp_path, window=window)
        assert told.rows == 1


@pytest.mark.parametrize(
    "broken", [b"nothing", message(TABLE)[:-200], message(pa.table({"a": ["x"]})).replace(b"x", b"\xff")]
)
def test_what_is_no_table_is_told(bench: Bench, tmp_path: Path, broken: bytes) -> None:
    read = HandedRead(dataset="ops.flights.x", file=str(tmp_path / "s.parquet"), table=broken, maker="build()")
    caught = failure(lambda: bench.session.build_handed(read, bench.target()))
    assert isinstance(caught, WorldError)
    assert caught.first.code == "MW-E203"

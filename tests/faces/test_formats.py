"""Rows as JSON, CSV, Parquet, Arrow and tables: every value exact."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.diagnostics import InputError, WorldError
from meshwright.faces.cli.formats import check_target, open_target, write_query_document, write_rows
from meshwright.faces.cli.options import RowFormat
from meshwright.faces.rows import Rows
from meshwright.faces.text.cells import unique_names
from meshwright.faces.text.terminal import Look
from meshwright.faces.text.times import time_text
from meshwright.model import Column, Columns
from tests.faces.samples import PIPE


class Answer:
    """What an engine gives: columns and batches."""

    def __init__(self, table: pa.Table, types: Sequence[str], batch_rows: int = 2) -> None:
        self._table = table
        self._types = types
        self._batch_rows = batch_rows

    @property
    def columns(self) -> Columns:
        return tuple(
            Column(name=name, type=kind) for name, kind in zip(self._table.column_names, self._types, strict=True)
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        found = self._table.to_batches(max_chunksize=self._batch_rows)
        yield from found or [pa.RecordBatch.from_pylist([], schema=self._table.schema)]

    def close(self) -> None:
        return


def asked(sql: str) -> Answer:
    relation = duckdb.connect().sql(sql)
    return Answer(relation.to_arrow_table(), [str(kind) for kind in relation.types])


def written(answer: Answer, form: RowFormat, limit: int | None = None, look: Look = PIPE) -> bytes:
    target = io.BytesIO()
    write_rows(Rows.of(answer), form, target, look=look, limit=limit)
    return target.getvalue()


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("9007199254740993::bigint", "9007199254740993"),
        ("170141183460469231731687303715884105727::hugeint", "170141183460469231731687303715884105727"),
        ("1.50::decimal(18,2)", "1.50"),
        ("7::decimal(38,0)", "7"),
        ("1e-7::decimal(18,9)", "0.000000100"),
        ("0.1::float", "0.1"),
        ("0.1::double", "0.1"),
        ("'nan'::double", "null"),
        ("'-inf'::float", "null"),
        ("true", "true"),
        ("null::integer", "null"),
        ("'a\"b\\\n\u00e9'", '"a\\"b\\\\\\né"'),
        ("date '2013-01-31'", '"2013-01-31"'),
        ("time '05:06:07.5'", '"05:06:07.500000"'),
        ("time '24:00:00'", '"24:00:00"'),
        ("[time '24:00:00']", '["24:00:00"]'),
        ("timestamp '2013-01-31 05:06:07'", '"2013-01-31T05:06:07"'),
        ("timestamp_ns '2013-01-31 05:06:07.123456789'", '"2013-01-31T05:06:07.123456789"'),
        ("interval '1 month 2 days 3.5 seconds'", '"P1M2DT3.5S"'),
        ("'\\x01\\xFF'::blob", '"01ff"'),
        ("[1, null, 3]", "[1, null, 3]"),
        ("{'a': 1, 'b': [0.5::decimal(4,2)]}", '{"a": 1, "b": [0.50]}'),
        ("map {'k': 1, 'l': null}", '{"k": 1, "l": null}'),
        ("map {1: date '2013-01-31'}", '{"1": "2013-01-31"}'),
        ("'b'::enum('a', 'b')", '"b"'),
        ("uuid '123e4567-e89b-12d3-a456-426614174000'", '"123e4567-e89b-12d3-a456-426614174000"'),
        ("timestamp '290000-01-01 00:00:00.5'", '"+290000-01-01T00:00:00.500000"'),
        ("timestamp '0044-03-15 (BC) 12:00:00'", '"-0043-03-15T12:00:00"'),
        ("timestamp 'infinity'", '"infinity"'),
        ("date '-infinity'", '"-infinity"'),
        ("date '12013-02-28'", '"+12013-02-28"'),
        (
            "{'t': timestamp '290000-01-01', 'l': [date '12013-02-28', null]}",
            '{"t": "+290000-01-01T00:00:00", "l": ["+12013-02-28", null]}',
        ),
        ("map {1: date 'infinity'}", '{"1": "infinity"}'),
    ],
)
def test_json_keeps_every_value_exact(sql: str, text: str) -> None:
    document = written(asked(f"select {sql} as x"), RowFormat.JSON).decode()
    assert document == f'[\n{{"x": {text}}}\n]\n'
    json.loads(document)


@given(st.dates())
@settings(max_examples=100, deadline=None)
def test_dates_by_count_of_days_are_the_dates_of_the_calendar(day: dt.date) -> None:
    assert time_text(pa.scalar(day, pa.date32())) == day.isoformat()


def test_a_time_with_a_zone_carries_its_offset() -> None:
    table = pa.table({"x": pa.array([dt.datetime(2013, 7, 1, tzinfo=dt.UTC)], pa.timestamp("us", tz="UTC"))})
    assert b'"2013-07-01T00:00:00+00:00"' in written(Answer(table, ["TIMESTAMP WITH TIME ZONE"]), RowFormat.JSON)


def test_no_rows_are_an_empty_array() -> None:
    assert written(asked("select 1 as x where false"), RowFormat.JSON) == b"[]\n"


def test_rows_of_many_batches_are_one_array() -> None:
    rows = json.loads(written(asked("select i, i % 2 = 0 as even from range(5) t(i)"), RowFormat.JSON))
    assert rows == [{"i": i, "even": i % 2 == 0} for i in range(5)]


def test_repeated_column_names_lose_nothing() -> None:
    assert unique_names(["a", "b", "a", "a_1", "a"]) == ["a", "b", "a_2", "a_1", "a_3"]
    table = pa.table([pa.array([1]), pa.array([2])], names=["x", "x"])
    assert json.loads(written(Answer(table, ["BIGINT", "BIGINT"]), RowFormat.JSON)) == [{"x": 1, "x_1": 2}]


@given(st.lists(st.text(alphabet="ab_1", min_size=1, max_size=4), max_size=8))
@settings(max_examples=60, deadline=None)
def test_unique_names_are_unique_and_keep_first_ones(names: list[str]) -> None:
    unique = unique_names(names)
    assert len(set(unique)) == len(names)
    assert all(new == old for new, old in zip(unique, names, strict=True) if names.count(old) == 1)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
@settings(max_examples=60, deadline=None)
def test_32_bit_floats_come_back_as_they_were(value: float) -> None:
    table = pa.table({"x": pa.array([value], pa.float32())})
    [row] = json.loads(written(Answer(table, ["FLOAT"]), RowFormat.JSON))
    assert pa.scalar(row["x"], pa.float32()).as_py() == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**15), max_value=10**15))
@settings(max_examples=40, deadline=None)
def test_decimals_come_back_as_they_were(value: decimal.Decimal) -> None:
    table = pa.table({"x": pa.array([value], pa.decimal128(38, 3))})
    [row] = json.loads(written(Answer(table, ["DECIMAL(38,3)"]), RowFormat.JSON), parse_float=decimal.Decimal)
    assert row["x"] == value


def test_csv_tells_missing_from_empty() -> None:
    text = written(
        asked("select 'a,b' as \"x,y\", null as n, '' as e, 'q\"q' as q, 'l\nl' as l"), RowFormat.CSV
    ).decode()
    assert text == '"x,y",n,e,q,l\n"a,b",,"","q""q","l\nl"\n'
    assert next(csv.DictReader(io.StringIO(text)))["q"] == 'q"q'


def test_a_single_missing_value_is_not_a_blank_line() -> None:
    assert written(asked("select null as x"), RowFormat.CSV) == b'x\n""\n'


def test_csv_writes_floats_and_nested_values() -> None:
    text = written(asked("select 'nan'::double as f, [1, 2] as l, true as b, 1.50 as d"), RowFormat.CSV).decode()
    assert text == 'f,l,b,d\nnan,"[1, 2]",true,1.50\n'


def test_parquet_keeps_types_and_rows() -> None:
    sql = "select i, i::decimal(18,2) as d, [i] as l from range(5) t(i)"
    data = written(asked(sql), RowFormat.PARQUET)
    assert pq.read_table(io.BytesIO(data)).to_pylist() == duckdb.sql(sql).to_arrow_table().to_pylist()


def test_parquet_without_rows_keeps_its_columns() -> None:
    data = written(asked("select 1::bigint as x where false"), RowFormat.PARQUET)
    assert pq.read_schema(io.BytesIO(data)).field("x").type == pa.int64()


def test_arrow_is_an_ipc_stream() -> None:
    data = written(asked("select i from range(3) t(i)"), RowFormat.ARROW)
    assert pa.ipc.open_stream(io.BytesIO(data)).read_all().to_pylist() == [{"i": 0}, {"i": 1}, {"i": 2}]


def test_a_table_is_bounded_and_says_if_there_is_more() -> None:
    answer = asked("select i as n, 'x' || i as name from range(100) t(i)")
    lines = written(answer, RowFormat.TABLE).decode().splitlines()
    assert len(lines) == 43
    assert lines[-1] == "(first 40 rows; there are more: --limit N, or --format csv for all)"
    assert written(answer, RowFormat.TABLE, limit=2).decode() == (
        "n  name\n───────\n0  x0\n1  x1\n(first 2 rows; there are more: --limit N, or --format csv for all)\n"
    )


def test_a_table_shows_missing_values_and_hides_control_characters() -> None:
    text = written(asked("select null as n, chr(27) || '[2J' as evil"), RowFormat.TABLE).decode()
    assert "NULL  \\x1b[2J" in text
    assert "(1 row)" in text


def test_the_query_document_names_columns_and_types() -> None:
    target = io.BytesIO()
    write_query_document(Rows.of(asked("select 1::bigint as x")), target)
    assert json.loads(target.getvalue()) == {
        "schema": "meshwright/query/1",
        "columns": [{"name": "x", "type": "BIGINT"}],
        "rows": [{"x": 1}],
    }


def test_a_binary_format_does_not_garble_a_terminal() -> None:
    with pytest.raises(InputError, match="MW-L020"):
        check_target(RowFormat.PARQUET, None, Look(is_terminal=True))
    check_target(RowFormat.PARQUET, Path("x"), Look(is_terminal=True))
    check_target(RowFormat.CSV, None, Look(is_terminal=True))


def test_an_output_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "rows.csv"
    place.write_text("old")
    with pytest.raises(TypeError), open_target(place) as target:
        target.writelines([b"half", None])  # type: ignore[list-item]
    assert place.read_text() == "old"
    with open_target(place) as target:
        target.write(b"new")
    assert place.read_text() == "new"
    assert [file.name for file in tmp_path.iterdir()] == ["rows.csv"]


def test_an_output_that_cannot_be_written_is_a_failure_of_the_world(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="MW-L021"), open_target(tmp_path / "no" / "rows.csv"):
        pass


def test_not_a_number_is_null_at_any_depth() -> None:
    [row] = json.loads(written(asked("select ['nan'::double, 1.5] as l, {'a': 'inf'::double} as s"), RowFormat.JSON))
    assert row == {"l": [None, 1.5], "s": {"a": None}}
    assert not any(isinstance(item, float) and math.isnan(item) for item in row["l"])

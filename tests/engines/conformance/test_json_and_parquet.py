"""JSON, newline-delimited JSON and Parquet sources."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ..conftest import Bench, failure, rows_of, types_of


def written(folder: Path, text: str, name: str = "in.json") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("kind", "text", "types"),
    [
        ("json", '[{"a": 1}, {"a": 2, "b": "x"}]', {"a": "BIGINT", "b": "VARCHAR"}),
        ("json", '{"a": 1}', {"a": "BIGINT"}),
        ("ndjson", '{"a": 1, "b": null}\n\n{"a": 2.5, "c": true}\n', {"a": "DOUBLE", "b": "VARCHAR", "c": "BOOLEAN"}),
        ("ndjson", '\ufeff{"a": 1}', {"a": "BIGINT"}),
        ("ndjson", '{"a": 12345678901234567890123}\n{"a": 1}', {"a": "DECIMAL(38,0)"}),
        ("ndjson", '{"d": "2020-01-31", "t": "2020-01-31T00:00:00Z", "s": "007", "e": ""}',
         {"d": "DATE", "t": "TIMESTAMP WITH TIME ZONE", "s": "VARCHAR", "e": "VARCHAR"}),
        ("ndjson", '{"a": {"x": 1, "y": [1, 2]}}\n{"a": {"x": 2.5, "z": "q"}}', {"a": "STRUCT(x DOUBLE, y BIGINT[], z VARCHAR)"}),
        ("ndjson", '{"a/b": 1, "c~d": 2, "e\\"f": 3}', {"a/b": "BIGINT", "c~d": "BIGINT", 'e"f': "BIGINT"}),
    ],
)  # fmt: skip
def test_settled_records_are_read(bench: Bench, tmp_path: Path, kind: str, text: str, types: dict[str, str]) -> None:
    read = bench.source(written(tmp_path, text), kind)
    assert types_of(bench.read(read)) == types
    assert types_of(bench.engine.read_head(read)) == types


def test_values_are_kept_with_all_their_digits(bench: Bench, tmp_path: Path) -> None:
    built = bench.read(
        bench.source(written(tmp_path, '{"a": 12345678901234567890123, "n": {"x": 9007199254740993}}'), "ndjson")
    )
    assert rows_of(built) == [{"a": Decimal(12345678901234567890123), "n": {"x": 9007199254740993}}]


@pytest.mark.parametrize(
    ("kind", "text", "columns", "code", "line"),
    [
        ("json", '[{"a": 1},', {}, "MW-X401", 1),
        ("json", '[{"a": 1},]', {}, "MW-X401", 1),
        ("json", "[1, 2]", {}, "MW-X401", 1),
        ("json", '[{"a": ' + "[" * 5000 + "]" * 5000 + "}]", {}, "MW-X403", 1),
        ("ndjson", '{"a": ' + "[" * 5000 + "]" * 5000 + "}", {}, "MW-X403", 1),
        ("ndjson", '{"a": 1}\n{"a":\n', {}, "MW-X401", 2),
        ("ndjson", '{"a": 1}\n[1]\n', {}, "MW-X401", 2),
        ("ndjson", '{"a": 1}\n{"a": 1, "a": 2}\n', {}, "MW-X401", 2),
        ("ndjson", '{"a": 1}\n{"a": NaN}\n', {}, "MW-X401", 2),
        ("ndjson", '{"a": 1}\n{"a": "x"}\n', {}, "MW-X402", 1),
        ("ndjson", '{"a": [1, "x"]}', {}, "MW-X402", 1),
        ("ndjson", '{"a": {}}', {}, "MW-X402", 1),
        ("ndjson", '{"a": 1, "A": 2}', {}, "MW-X303", 1),
        ("ndjson", "", {}, "MW-X207", 1),
        ("json", "[]", {}, "MW-X207", 1),
        ("ndjson", '{"a": 1.5}', {"a": "INTEGER"}, "MW-X307", 1),
        ("ndjson", '{"a": 1}', {"b": "INTEGER"}, "MW-X305", 1),
        ("ndjson", '{"a": {"x": 18446744073709551615}}', {}, "MW-X307", 1),
    ],
)
def test_unsettled_records_are_refused(
    bench: Bench, tmp_path: Path, kind: str, text: str, columns: dict[str, str], code: str, line: int
) -> None:
    error = failure(lambda: bench.read(bench.source(written(tmp_path, text), kind, columns)))
    assert error.first.code == code, error
    assert error.first.span is not None
    assert error.first.span.line == line


def test_a_declared_json_column_keeps_values_of_any_kind(bench: Bench, tmp_path: Path) -> None:
    built = bench.read(bench.source(written(tmp_path, '{"a": 1}\n{"a": "x"}\n'), "ndjson", {"a": "json"}))
    assert rows_of(built) == [{"a": "1"}, {"a": '"x"'}]


def test_parquet_files_are_read_by_name_with_the_stored_types(bench: Bench, tmp_path: Path) -> None:
    duckdb.connect().execute(f"COPY (SELECT 1::SMALLINT AS a, 'x' AS b) TO '{tmp_path}/1.parquet'")
    duckdb.connect().execute(f"COPY (SELECT 'y' AS b, 2::SMALLINT AS a) TO '{tmp_path}/2.parquet'")
    files = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
    built = bench.read(bench.source(files, "parquet"))
    assert types_of(built) == {"a": "SMALLINT", "b": "VARCHAR"}
    assert [row["a"] for row in rows_of(built)] == [1, 2]
    assert types_of(bench.engine.read_head(bench.source(files, "parquet", {"a": "bigint"})))["a"] == "BIGINT"


def test_parquet_files_with_other_columns_or_damage_are_refused(bench: Bench, tmp_path: Path) -> None:
    duckdb.connect().execute(f"COPY (SELECT 1 AS a) TO '{tmp_path}/1.parquet'")
    duckdb.connect().execute(f"COPY (SELECT 'x' AS a) TO '{tmp_path}/2.parquet'")
    one, two, cut = (tmp_path / f"{name}.parquet" for name in ("1", "2", "cut"))
    cut.write_bytes(one.read_bytes()[:100])
    error = failure(lambda: bench.read(bench.source([one, two], "parquet")))
    assert (error.first.code, "INTEGER" in error.first.message) == ("MW-X305", True)
    error = failure(lambda: bench.read(bench.source([one, cut], "parquet")))
    assert error.first.code == "MW-X501"
    assert "cut.parquet" in str(error.first.span)
    assert failure(lambda: bench.read(bench.source(two, "parquet", {"a": "INTEGER"}))).first.code == "MW-X307"


@pytest.mark.parametrize(
    ("stored", "declared", "values"),
    [
        ("DOUBLE", "INTEGER", [1, None]),
        ("DOUBLE", "DECIMAL(5,2)", [Decimal("0.10"), Decimal("1.00")]),
        ("DECIMAL(5,2)", "DOUBLE", [0.1, 1.0]),
        ("BIGINT", "DOUBLE", [1.0, 9007199254740992.0]),
        ("BIGINT", "VARCHAR", [1, -7]),
        ("BIGINT", "BOOLEAN", [1, 0]),
        ("VARCHAR", "INTEGER", [" 7 ", "007", None]),
        ("VARCHAR", "DECIMAL(9,1)", ["1.50", "2"]),
        ("VARCHAR", "DATE", [" 2020-01-01"]),
        ("VARCHAR", "INTEGER[]", ["[1,2]", "[1, 2]"]),
        ("VARCHAR", "JSON", ['{"a": 1}']),
        ("VARCHAR", "UUID", ["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"]),
        ("TIMESTAMP", "DATE", ["2020-01-01 00:00:00"]),
        ("TIMESTAMPTZ", "TIMESTAMP", ["2020-01-01 05:00:00+02"]),
        ("DOUBLE", "FLOAT", [1.5, float("nan"), float("inf")]),
        ("STRUCT(a DOUBLE)", "STRUCT(a INTEGER)", [{"a": 1}]),
        ("JSON", "STRUCT(a INTEGER)", ['{"a": 1}']),
    ],
)
def test_parquet_values_that_lose_nothing_take_the_declared_type(
    bench: Bench, tmp_path: Path, stored: str, declared: str, values: list[object]
) -> None:
    built = bench.read(bench.source(parquet(tmp_path, stored, values), "parquet", {"a": declared}))
    assert types_of(built) == {"a": declared}
    assert built.rows == len(values)
    kept = [row["a"] for row in rows_of(built)]
    assert [value is None for value in kept] == [value is None for value in values]


@pytest.mark.parametrize(
    ("stored", "declared", "values", "example", "more"),
    [
        ("DOUBLE", "INTEGER", [1, 1.5, 2.5], "'1.5'", "and 1 more"),
        ("DOUBLE", "INTEGER", ["nan"], "'nan'", ""),
        ("DOUBLE", "DECIMAL(5,2)", [1.25, 1.239], "'1.239'", ""),
        ("DOUBLE", "FLOAT", [0.1], "'0.1'", ""),
        ("BIGINT", "DOUBLE", [9007199254740993], "'9007199254740993'", ""),
        ("BIGINT", "DOUBLE", [9223372036854775807], "'9223372036854775807'", ""),
        ("BIGINT", "TINYINT", [300], "'300'", ""),
        ("BIGINT", "BOOLEAN", [1, 2], "'2'", ""),
        ("BIGINT", "DATE", [1], "'1'", ""),
        ("DECIMAL(9,3)", "DECIMAL(9,1)", ["1.500", "1.250"], "'1.250'", ""),
        ("TIMESTAMP", "DATE", ["2020-01-01 05:00:00"], "'2020-01-01 05:00:00'", ""),
        ("TIMESTAMP_NS", "TIMESTAMP", ["2020-01-01 05:00:00.123456789"], "'2020-01-01 05:00:00.123456789'", ""),
        ("VARCHAR", "INTEGER", ["1.0"], "'1.0'", ""),
        ("VARCHAR", "INTEGER", [""], "''", ""),
        ("VARCHAR", "INTEGER[]", ["[1.5]"], "'[1.5]'", ""),
        ("VARCHAR", "TIMESTAMP", ["2020-01-01T05:00:00+02:00"], "'2020-01-01T05:00:00+02:00'", ""),
        ("DOUBLE[]", "INTEGER[]", [[1, 2], [1.5]], "'[1.5]'", ""),
        ("STRUCT(a INTEGER, b INTEGER)", "STRUCT(a INTEGER)", [{"a": 1, "b": 2}], "{'a': 1, 'b': 2}", ""),
        ("STRUCT(a INTEGER)", "STRUCT(b INTEGER)", [{"a": 1}], "STRUCT(b INTEGER)", ""),
    ],
)
def test_parquet_values_that_would_lose_something_are_refused(
    bench: Bench, tmp_path: Path, stored: str, declared: str, values: list[object], example: str, more: str
) -> None:
    error = failure(lambda: bench.read(bench.source(parquet(tmp_path, stored, values), "parquet", {"a": declared})))
    assert error.first.code == "MW-X307"
    assert example in error.first.message
    assert more in error.first.message
    assert str(error.first.span).startswith("in.parquet")
    assert not list(bench.folder.glob(f"t{bench._count}-*"))


def test_the_parquet_file_with_the_value_that_does_not_fit_is_named(bench: Bench, tmp_path: Path) -> None:
    good, bad = parquet(tmp_path, "DOUBLE", [1], "1"), parquet(tmp_path, "DOUBLE", [2.5], "2")
    error = failure(lambda: bench.read(bench.source([good, bad], "parquet", {"a": "INTEGER"})))
    assert "2.parquet" in str(error.first.span)
    assert error.first.message == "'2.5' in column 'a', which is DOUBLE in the file, is no INTEGER"


def parquet(folder: Path, stored: str, values: list[object], name: str = "in") -> Path:
    file = folder / f"{name}.parquet"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE TABLE t (a {stored})")
    connection.executemany("INSERT INTO t VALUES ($1)", [[value] for value in values])
    connection.execute(f"COPY t TO '{file}'")
    return file

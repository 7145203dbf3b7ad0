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

"""Inputs of several files as a function is given them: files of one type may differ in what can be missing."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meshwright.engines.python.worker import frames


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two files of the same columns: nothing is missing in the first, and its schema says so."""
    nested = pa.list_(pa.field("element", pa.int32(), nullable=False))
    never = pa.schema([pa.field("a", pa.int32(), nullable=False), pa.field("l", nested)])
    maybe = pa.schema([pa.field("a", pa.int32()), pa.field("l", pa.list_(pa.field("element", pa.int32())))])
    for name, schema, rows in (("0", never, [{"a": 1, "l": [1]}]), ("1", maybe, [{"a": None, "l": [None]}])):
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), tmp_path / name)
    return [str(tmp_path / "0"), str(tmp_path / "1")]


@pytest.mark.parametrize("order", [1, -1])
def test_a_table_is_all_of_them(files: list[str], order: int) -> None:
    rows = frames._table(files[::order]).to_pylist()
    assert sorted(rows, key=str) == [{"a": 1, "l": [1]}, {"a": None, "l": [None]}]


@pytest.mark.parametrize("order", [1, -1])
def test_batches_have_one_schema(files: list[str], order: int) -> None:
    reader = frames._reader(files[::order])
    batches = list(reader)
    assert len(batches) == 2
    assert {batch.schema for batch in batches} == {reader.schema}
    assert reader.schema.field("a").nullable

"""What a Python worker is handed: files whose every row is its input."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pyarrow.parquet as pq
import pytest

from meshwright.engines.duckdb import DuckDBEngine
from meshwright.engines.protocol import FileGroup, Limits, ModelBuild, Relation, Window
from meshwright.model import Column
from meshwright.run import pythonsteps
from meshwright.run.world import RunWorld

T = "ops.flights.t"


@pytest.mark.parametrize(
    ("kind", "ids"), [("plain", [0, 1, 2]), ("window", [1]), ("group", [0, 1, 2, 1]), ("none", [])]
)
def test_a_worker_is_handed_the_rows_that_are_shown(tmp_path: Path, kind: str, ids: list[int]) -> None:
    with DuckDBEngine(threads=1).open(Limits()) as session:
        text = "select range::integer as id, timestamp '2020-01-01' + to_days(range::integer) as h from range(3)"
        built = session.build_model(ModelBuild(dataset=T, text=text, dialect="duckdb", inputs={}), str(tmp_path / "t"))
        plain = Relation(columns=built.columns, files=(built.files[0][0],))
        span = (dt.datetime(2020, 1, 2, tzinfo=dt.UTC), dt.datetime(2020, 1, 3, tzinfo=dt.UTC))
        window = Window(column="h", spans=(span,))
        group = FileGroup(files=plain.files, columns=plain.columns, window=window)
        relation = {
            "plain": plain,
            "window": replace(plain, window=window),
            "group": replace(plain, groups=(group,)),
            "none": Relation(columns=(Column(name="id", type="INTEGER"),)),
        }[kind]
        world = cast("RunWorld", SimpleNamespace(session=session))
        handed = pythonsteps._as_files(T, relation, tmp_path, world)
    assert handed.is_plain
    assert handed.columns == relation.columns
    assert (handed.files == plain.files) is (kind == "plain")
    assert [row["id"] for file in handed.files for row in pq.read_table(file).to_pylist()] == ids

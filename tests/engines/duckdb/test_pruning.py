"""A window reaches the scan of every group of files: row groups outside of it are not read."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import duckdb
import pytest

from meshwright.engines.duckdb.scans import source_of
from meshwright.engines.protocol import FileGroup, Relation, Window
from meshwright.model import Column, Columns

TYPES = ("TIMESTAMP", "DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS")


def at(day: int) -> dt.datetime:
    return dt.datetime(2020, 1, day, tzinfo=dt.UTC)


def columns(type_: str) -> Columns:
    return (Column(name="id", type="BIGINT"), Column(name="h", type=type_))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One file for each type of time: twelve days, 50 row groups."""
    folder = tmp_path_factory.mktemp("pruned")
    found = {type_: str(folder / f"{type_}.parquet") for type_ in TYPES}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for type_, file in found.items():
            connection.execute(
                f"COPY (SELECT range AS id, CAST(timestamp '2020-01-01' + to_seconds(range * 10) AS {type_}) AS h "
                f"FROM range(102400)) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
            )
    return found


def scans(plan: object) -> Iterator[dict[str, object]]:
    if isinstance(plan, list):
        for each in plan:
            yield from scans(each)
    elif isinstance(plan, dict):
        if "row_groups_scanned" in plan:
            yield plan
        for key in ("operator", "children"):
            yield from scans(plan.get(key, []))


def test_groups_that_are_read_alike_are_one_scan(files: dict[str, str]) -> None:
    window = Window(column="h", spans=((at(3), at(4)),))
    own = columns("DATE")
    groups = [FileGroup(files=(files["DATE"],), columns=own, window=each) for each in (window, None, window, None)]
    relation = Relation(columns=columns("TIMESTAMP"), groups=(*groups, FileGroup(files=(), columns=own)))
    assert source_of(relation).count("read_parquet") == 2
    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT count(*) FROM {source_of(relation)}").fetchone()
    assert row == (2 * 102400 + 2 * 8640,)


@pytest.mark.parametrize("spans", [((at(3), at(4)),), ((at(3), at(4)), (at(8), at(9)))], ids=["one span", "two spans"])
@pytest.mark.parametrize("type_", TYPES)
def test_row_groups_outside_of_a_window_are_not_read(
    files: dict[str, str], type_: str, spans: tuple[tuple[dt.datetime, dt.datetime], ...]
) -> None:
    groups = tuple(FileGroup(files=(file,), columns=columns(own)) for own, file in files.items())
    relation = Relation(
        columns=columns(type_), files=(files[type_],), groups=groups, window=Window(column="h", spans=spans)
    )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        row = connection.execute(f"EXPLAIN (ANALYZE, FORMAT json) SELECT * FROM {source_of(relation)}").fetchone()
    assert row is not None
    found = list(scans(json.loads(row[1])))
    assert len(found) == len(TYPES) + 1
    for scan in found:
        read, of = int(str(scan["row_groups_scanned"])), int(str(scan["total_row_groups_to_scan"]))
        assert read <= of * 0.6, scan["extra_info"]

"""``incremental:`` as it was read: records, the interval's names in code, and what a node's inputs have to do with it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from loader_cases import MAIN, MODEL, PIPELINE, replaced
from mesh_folders import FLIGHTS, GOOD, shown, write_mesh

from meshwright.files import statements
from meshwright.files.cache import ParseCache
from meshwright.files.loader import load_mesh
from meshwright.files.records import decode_record, encode_record
from meshwright.model import (
    ByAppending,
    ByInterval,
    ByMerging,
    Calendar,
    Depends,
    Grain,
    Incremental,
    Merge,
    Node,
)

RAW = "operations.flights.raw_flights"
SPAN = (PIPELINE, 9, 51)


def model_of(root: Path, text: str, sql: str | None = None, name: str = "departures") -> Node:
    files = replaced(PIPELINE, "engine: local", f"incremental: {text}")
    loaded = load_mesh(write_mesh(root, {**GOOD, **files, **({MODEL: sql} if sql else {})}))
    assert loaded.mesh is not None
    assert not loaded.diagnostics, shown(loaded.diagnostics)
    node = loaded.mesh.node(f"operations.flights.{name}")
    assert node is not None
    assert decode_record(encode_record(node)) == node, "it is kept between commands"
    return node


def read(root: Path, text: str) -> Incremental:
    found = model_of(root, text).incremental
    assert found is not None
    assert found.span is not None
    assert (found.span.file, found.span.line, found.span.column) == SPAN
    return found


def interval(root: Path, text: str) -> ByInterval:
    found = read(root, text)
    assert isinstance(found, ByInterval)
    return found


def test_intervals_are_read_whole(tmp_path: Path) -> None:
    text = (
        "{by: delay, grain: week, lookback: 2d, depends: {raw_flights: interval, '*': as_of}, start: 2013-01-07, "
        "timezone: Europe/Berlin, keep: 730d, forward_only: true}"
    )
    found = interval(tmp_path, text)
    assert found.by == "delay"
    assert found.calendar == Calendar(grain=Grain.WEEK, timezone="Europe/Berlin")
    assert (found.lookback, found.keep) == (dt.timedelta(days=2), dt.timedelta(days=730))
    assert found.start == dt.datetime(2013, 1, 6, 23, tzinfo=dt.UTC)
    assert dict(found.depends) == {RAW: Depends.INTERVAL, "*": Depends.AS_OF}
    assert found.is_forward_only
    assert dict(found.time_columns) == {RAW: "dep_delay"}


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    found = interval(tmp_path, "{by: delay, grain: hour}")
    assert found.calendar == Calendar(grain=Grain.HOUR)
    assert (found.lookback, found.keep, found.start, found.is_forward_only) == (dt.timedelta(0), None, None, False)
    assert dict(found.depends) == {}


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("day, start: 2013-01-01", "2013-01-01T00:00Z"),
        ("day, start: 2013-01-01T00:00:00", "2013-01-01T00:00Z"),
        ("day, start: 2013-01-01T02:00:00+02:00", "2013-01-01T00:00Z"),
        ("hour, start: 2013-01-01T05:30:00-05:30", "2013-01-01T11:00Z"),
        ("hour, start: 2013-01-01 05:00", "2013-01-01T05:00Z"),
        ("day, timezone: Europe/Berlin, start: 2013-07-01", "2013-06-30T22:00Z"),
        ("day, timezone: Europe/Berlin, start: 2013-06-30T22:00:00Z", "2013-06-30T22:00Z"),
        ("day, timezone: America/Sao_Paulo, start: 2018-11-04", "2018-11-04T03:00Z"),
        ("month, timezone: Asia/Tokyo, start: 2013-02-01", "2013-01-31T15:00Z"),
    ],
)
def test_a_start_is_a_moment_of_utc(tmp_path: Path, text: str, start: str) -> None:
    found = interval(tmp_path, f"{{by: delay, grain: {text}}}")
    assert found.start == dt.datetime.fromisoformat(start)


def test_appending_and_merging_are_read(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path / "a", "{append: true}"), ByAppending)
    upsert = read(tmp_path / "b", "{key: [origin, delay], merge: upsert, deleted: gone, forward_only: true}")
    assert isinstance(upsert, ByMerging)
    assert (upsert.key, upsert.merge, upsert.deleted) == (("origin", "delay"), Merge.UPSERT, "gone")
    assert upsert.is_forward_only
    assert not upsert.is_closing_absent
    scd2 = read(tmp_path / "c", "{key: [origin], merge: scd2, valid_from: delay, close_absent: true}")
    assert isinstance(scd2, ByMerging)
    assert (scd2.merge, scd2.valid_from, scd2.is_closing_absent) == (Merge.SCD2, "delay", True)
    insert = read(tmp_path / "d", "{key: [origin], merge: delete+insert}")
    assert isinstance(insert, ByMerging)
    assert insert.merge is Merge.DELETE_INSERT


@pytest.mark.parametrize("text", ["{append: true}", "{key: [carrier], merge: scd2, close_absent: true}"])
def test_a_source_can_append_and_merge(tmp_path: Path, text: str) -> None:
    files = replaced(PIPELINE, "description: Flights as delivered.", f"incremental: {text}")
    loaded = load_mesh(write_mesh(tmp_path, {**GOOD, **files}))
    assert not loaded.diagnostics, shown(loaded.diagnostics)
    assert loaded.mesh is not None
    node = loaded.mesh.node(RAW)
    assert node is not None
    assert node.is_stateful


@pytest.mark.parametrize("text", ["{append: true}", "{key: [origin], merge: upsert}"])
def test_a_node_that_is_not_deterministic_can_append_and_merge(tmp_path: Path, text: str) -> None:
    files = replaced(PIPELINE, "engine: local", f"deterministic: false, incremental: {text}")
    loaded = load_mesh(write_mesh(tmp_path, {**GOOD, **files}))
    assert not loaded.diagnostics, shown(loaded.diagnostics)


def test_whole_is_said_of_every_input(tmp_path: Path) -> None:
    assert dict(interval(tmp_path, "{by: delay, grain: day, depends: whole}").depends) == {"*": Depends.WHOLE}


def test_an_input_is_named_in_the_product_or_by_its_address(tmp_path: Path) -> None:
    found = interval(tmp_path, f"{{by: delay, grain: day, depends: {{{RAW}: whole}}}}")
    assert dict(found.depends) == {RAW: Depends.WHOLE}


SQL = (
    "select origin, dep_delay as delay from raw_flights "
    "where hour >= $START and hour < $end and hour > $least and 1 > $min_distance"
)


def test_start_and_end_are_the_intervals_and_no_parameters_of_the_mesh(tmp_path: Path) -> None:
    node = model_of(tmp_path, "{by: delay, grain: day}", SQL)
    assert node.sql is not None
    assert node.sql.params == ("end", "least", "min_distance", "start")
    assert node.param_names == ("least", "min_distance")
    assert node.interval_param_names == ("start", "end")


def test_elsewhere_start_is_a_parameter_like_any_other(tmp_path: Path) -> None:
    files = {
        **replaced(PIPELINE, "engine: local, params: {", "incremental: {append: true}, params: {start: 1, end: 2, "),
        MODEL: SQL,
    }
    loaded = load_mesh(write_mesh(tmp_path, {**GOOD, **files}))
    assert not loaded.diagnostics, shown(loaded.diagnostics)
    assert loaded.mesh is not None
    node = loaded.mesh.node("operations.flights.departures")
    assert node is not None
    assert node.param_names == ("end", "least", "min_distance", "start")
    assert node.interval_param_names == ()


def test_a_function_takes_the_moments_and_its_inputs_have_the_column(tmp_path: Path) -> None:
    text = (
        "  x: {python: main.py:build, inputs: [departures, raw_flights], "
        "incremental: {by: t, grain: day, depends: {raw_flights: whole}}}\n"
    )
    files = {
        PIPELINE: GOOD[PIPELINE].replace("nodes:\n", f"nodes:\n{text}", 1),
        MAIN: "def build(departures, raw_flights, start, least): ...\n",
    }
    loaded = load_mesh(write_mesh(tmp_path, {**GOOD, **files}))
    assert not loaded.diagnostics, shown(loaded.diagnostics)
    assert loaded.mesh is not None
    node = loaded.mesh.node("operations.flights.x")
    assert node is not None
    assert node.intervals is not None
    assert dict(node.intervals.time_columns) == {"operations.flights.departures": "t", RAW: "t"}
    assert dict(node.intervals.depends) == {RAW: Depends.WHOLE}
    assert node.param_names == ("least",)
    assert node.interval_param_names == ("start",)


def test_time_columns_come_from_the_cache_and_with_another_grain_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    original = statements.time_columns

    def counting(text: str, dialect: str, **rest: object) -> dict[str, str]:
        asked.append(text)
        return original(text, dialect, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(statements, "time_columns", counting)
    sql = "select origin, date_trunc('day', t) as delay from raw_flights where hour > $least and 1 > $min_distance"

    def columns(grain: str) -> dict[str, str]:
        files = replaced(PIPELINE, "engine: local", f"incremental: {{by: delay, grain: {grain}}}")
        root = write_mesh(tmp_path / "mesh", {**GOOD, **files, MODEL: sql})
        with ParseCache.open(tmp_path / "cache.db") as cache:
            loaded = load_mesh(root, cache=cache)
        assert loaded == load_mesh(root)
        assert loaded.mesh is not None
        node = loaded.mesh.node("operations.flights.departures")
        assert node is not None
        assert node.intervals is not None
        return dict(node.intervals.time_columns)

    # Each load without the cache asks once more.
    assert (columns("day"), len(asked)) == ({RAW: "t"}, 2)
    assert (columns("day"), len(asked)) == ({RAW: "t"}, 3)
    assert (columns("hour"), len(asked)) == ({}, 5)


def test_a_broken_cut_hides_no_names(tmp_path: Path) -> None:
    files = {
        **replaced(PIPELINE, "engine: local", "incremental: {by: delay, grain: dya}"),
        MODEL: SQL,
        f"{FLIGHTS}/tests/two.unit.yaml": (
            "dataset: departures\ngiven: {raw_flights: []}\nexpect: []\ninterval: 2013-01-01..2013-01-02\n"
        ),
    }
    loaded = load_mesh(write_mesh(tmp_path, {**GOOD, **files}))
    assert [found.code for found in loaded.diagnostics] == ["MW-M104"]


def test_a_unit_test_says_the_interval_in_the_zone_of_the_node(tmp_path: Path) -> None:
    files = {
        **replaced(PIPELINE, "engine: local", "incremental: {by: delay, grain: day, timezone: Europe/Berlin}"),
        MODEL: SQL,
        f"{FLIGHTS}/tests/departures.unit.yaml": (
            "given: {raw_flights: []}\nexpect: []\ninterval: 2013-01-01 .. 2013-01-01T23:00:00Z\n"
        ),
    }
    loaded = load_mesh(write_mesh(tmp_path, {**GOOD, **files}))
    assert not loaded.diagnostics, shown(loaded.diagnostics)
    assert loaded.mesh is not None
    (product,) = (found for found in loaded.mesh.products() if found.address == "operations.flights")
    (unit,) = product.unit_tests
    assert unit.interval == (dt.datetime(2012, 12, 31, 23, tzinfo=dt.UTC), dt.datetime(2013, 1, 1, 23, tzinfo=dt.UTC))

"""The files that plain DuckDB reads an environment from."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from meshwright.diagnostics import WorldError
from meshwright.engines.duckdb.export import environment_problem, write_environment
from meshwright.engines.protocol import FileGroup, Relation, Window
from meshwright.model import Column

from ..conftest import Bench, failure


@pytest.fixture
def relations(bench: Bench) -> dict[str, Relation]:
    return {
        "ops.flights.late": bench.relation("select 1 as id union all select 2"),
        "ops.flights.order": bench.relation("select 3 as id"),
        "ref.places.airports": bench.relation("select 'EWR' as code"),
    }


def test_plain_duckdb_reads_the_file(tmp_path: Path, relations: dict[str, Relation]) -> None:
    write_environment(tmp_path / "environments", "prod", 7, relations)
    with duckdb.connect(str(tmp_path / "environments" / "prod.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT sum(id) FROM ops__flights.late").fetchone() == (3,)
        assert connection.execute('SELECT id FROM ops__flights."order"').fetchone() == (3,)
        assert connection.execute("FROM meshwright.generation").fetchall() == [("prod", 7)]
    assert sorted(path.name for path in (tmp_path / "environments").iterdir()) == ["prod.duckdb", "prod.sql"]


def test_the_script_gives_three_part_names(tmp_path: Path, relations: dict[str, Relation]) -> None:
    write_environment(tmp_path, "prod", 7, relations)
    connection = duckdb.connect()
    connection.execute((tmp_path / "prod.sql").read_text())
    assert connection.execute("SELECT count(*) FROM ops.flights.late, ref.places.airports").fetchone() == (2,)
    assert connection.execute("FROM meshwright.generation").fetchall() == [("prod", 7)]
    connection.close()


def test_a_reader_keeps_its_old_file_while_a_new_one_is_written(tmp_path: Path, relations: dict[str, Relation]) -> None:
    write_environment(tmp_path, "prod", 1, relations)
    first = (tmp_path / "prod.duckdb").stat().st_ino
    with duckdb.connect(str(tmp_path / "prod.duckdb"), read_only=True) as old:
        write_environment(tmp_path, "prod", 2, {"ops.flights.late": relations["ops.flights.late"]})
        assert (tmp_path / "prod.duckdb").stat().st_ino != first
        assert old.execute("SELECT generation FROM meshwright.generation").fetchone() == (1,)
        assert old.execute("SELECT code FROM ref__places.airports").fetchone() == ("EWR",)
    with duckdb.connect(str(tmp_path / "prod.duckdb"), read_only=True) as new:
        assert new.execute("SELECT generation FROM meshwright.generation").fetchone() == (2,)
        with pytest.raises(duckdb.CatalogException):
            new.execute("SELECT code FROM ref__places.airports")


def test_an_environment_without_datasets_has_its_generation(tmp_path: Path) -> None:
    write_environment(tmp_path, "prod", 0, {})
    with duckdb.connect(str(tmp_path / "prod.duckdb"), read_only=True) as connection:
        assert connection.execute("FROM meshwright.generation").fetchall() == [("prod", 0)]


def test_a_missing_file_is_told_and_the_old_file_stays(tmp_path: Path, relations: dict[str, Relation]) -> None:
    write_environment(tmp_path, "prod", 1, relations)
    gone = Relation(columns=relations["ops.flights.late"].columns, files=(str(tmp_path / "gone.parquet"),))
    error = failure(lambda: write_environment(tmp_path, "prod", 2, {"a.b.c": gone}))
    assert isinstance(error, WorldError)
    assert error.first.code == "MW-E401"
    with duckdb.connect(str(tmp_path / "prod.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT generation FROM meshwright.generation").fetchone() == (1,)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prod.duckdb", "prod.sql"]


def test_the_next_generation_holds_exactly_its_datasets(
    tmp_path: Path, bench: Bench, relations: dict[str, Relation]
) -> None:
    write_environment(tmp_path, "prod", 1, relations)
    changed = {**relations, "ops.flights.late": bench.relation("select 5 as id, 'x' as b")}
    del changed["ref.places.airports"]
    changed["ref.people.crew"] = relations["ref.places.airports"]
    write_environment(tmp_path, "prod", 2, changed)
    with duckdb.connect(str(tmp_path / "prod.duckdb"), read_only=True) as connection:
        assert connection.execute("FROM meshwright.generation").fetchall() == [("prod", 2)]
        assert connection.execute("FROM ops__flights.late").fetchall() == [(5, "x")]
        views = connection.execute("SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert {(schema, name) for schema, name in views if schema != "meshwright"} == {
        ("ops__flights", "late"),
        ("ops__flights", "order"),
        ("ref__people", "crew"),
    }


@pytest.mark.parametrize("left_over", [b"", b"no database", b"\x00" * 20_000])
def test_a_damaged_file_is_written_anew(tmp_path: Path, relations: dict[str, Relation], left_over: bytes) -> None:
    (tmp_path / "prod.duckdb").write_bytes(left_over)
    write_environment(tmp_path, "prod", 3, relations)
    with duckdb.connect(str(tmp_path / "prod.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM ops__flights.late").fetchone() == (2,)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_parts_are_read_alike_in_every_time_zone_of_a_reader(bench: Bench, tmp_path: Path, zone: str) -> None:
    hours = "timestamp '2020-01-01' + to_hours(range)"
    now = bench.relation(f"select range as id, timezone('UTC', {hours}) as h from range(48)")
    early = bench.relation(f"select (100 + range)::integer as id, {hours} as h from range(48)")
    day = (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 2, tzinfo=dt.UTC))
    window = Window(column="h", spans=(day,))
    group = FileGroup(files=early.files, columns=early.columns)
    parts = replace(now, groups=(group,), window=window, rows=None)
    relations = {"ops.flights.parts": parts, "ops.flights.none": Relation(columns=now.columns)}
    write_environment(tmp_path, "prod", 1, relations)
    with duckdb.connect(str(tmp_path / "prod.duckdb"), read_only=True) as file, duckdb.connect() as script:
        script.execute((tmp_path / "prod.sql").read_text())
        for connection, parts_of in ((file, "ops__flights"), (script, "ops.flights")):
            connection.execute(f"SET TimeZone = '{zone}'")
            found = connection.execute(
                f"SELECT count(*), min(epoch(h)), max(epoch(h)) FROM {parts_of}.parts"
            ).fetchone()
            assert found == (48, day[0].timestamp(), day[1].timestamp() - 3600)
            assert connection.execute(f"SELECT count(*) FROM {parts_of}.none").fetchone() == (0,)
    assert environment_problem(tmp_path, "prod", 1, relations) is None


@pytest.mark.parametrize("name", ["plain", "it's [odd] *", "a|b"])
def test_a_dataset_of_very_many_files_is_read_whole_whatever_its_folder_is_called(tmp_path: Path, name: str) -> None:
    """Paths stand in one text, between signs that none of them has."""
    store = tmp_path / name
    store.mkdir()
    files = [str(store / f"{number:03}.parquet") for number in range(100)]
    with duckdb.connect() as connection:
        for number, file in enumerate(files):
            escaped = file.replace("'", "''")
            connection.execute(f"COPY (SELECT {number} AS n) TO '{escaped}' (FORMAT parquet)")
    relation = Relation(columns=(Column(name="n", type="INTEGER"),), files=tuple(files))
    shown = {"a.b.c": relation}
    write_environment(tmp_path / "environments", "prod", 1, shown)
    assert environment_problem(tmp_path / "environments", "prod", 1, shown) is None
    less = {"a.b.c": Relation(columns=relation.columns, files=relation.files[1:])}
    assert environment_problem(tmp_path / "environments", "prod", 1, less) is not None
    for count, generation, what in ((100, 1, shown), (99, 2, less)):
        write_environment(tmp_path / "environments", "prod", generation, what)
        with duckdb.connect(str(tmp_path / "environments/prod.duckdb"), read_only=True) as connection:
            assert connection.execute("SELECT count(*) FROM a__b.c").fetchall() == [(count,)]
        with duckdb.connect() as connection:
            connection.execute((tmp_path / "environments/prod.sql").read_text())
            assert connection.execute("SELECT count(*) FROM a.b.c").fetchall() == [(count,)]

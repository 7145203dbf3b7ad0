"""Views in the files that plain DuckDB reads an environment from: over the versions that they are bound to."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.engines.duckdb.export import environment_problem, write_environment
from meshwright.engines.duckdb.views import files_of
from meshwright.engines.protocol import Relation

from ..conformance.test_views import FLIGHTS, STATEMENTS, WEATHER, a_view
from ..conftest import Bench


@pytest.fixture(scope="module")
def inputs(bench: Bench) -> dict[str, Relation]:
    return {
        FLIGHTS: bench.relation(
            "select * from (values (1, 'EWR', 12.5, timestamp '2013-01-01 23:30:00'), (2, 'JFK', null, null))"
            " as t(id, origin, minutes, seen)"
        ),
        WEATHER: bench.relation("select 'EWR' as origin, 20.5 as temp"),
    }


def schemas(path: Path) -> set[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("select schema_name from duckdb_schemas() where not internal").fetchall()
    return {name for (name,) in found if name.startswith("meshwright_")}


def test_every_kind_of_view_is_read_from_the_file_and_by_the_script(
    bench: Bench, inputs: dict[str, Relation], tmp_path: Path
) -> None:
    relations = dict(inputs)
    counts = {}
    for number, text in enumerate(STATEMENTS.values()):
        name = f"ops.flights.v{number}"
        relations[name], built = a_view(bench, text, inputs, dataset=name)
        counts[name] = (built.rows, [(column.name, column.type) for column in built.columns])
    write_environment(tmp_path, "prod", 1, relations)
    assert environment_problem(tmp_path, "prod", 1, relations) is None
    with duckdb.connect() as plain:
        plain.execute(f"ATTACH '{tmp_path}/prod.duckdb' AS other (READ_ONLY)")
        plain.execute((tmp_path / "prod.sql").read_text())
        for name, expected in counts.items():
            for table in (name, f"other.ops__flights.{name.rpartition('.')[2]}"):
                columns = [row[:2] for row in plain.execute(f"describe {table}").fetchall()]
                assert (plain.sql(f"from {table}").to_arrow_table().num_rows, columns) == expected, name


def test_a_view_left_behind_stays_bound_when_its_inputs_move_on(
    bench: Bench, inputs: dict[str, Relation], tmp_path: Path
) -> None:
    view, _ = a_view(bench, "select id from flights", inputs)
    upper, _ = a_view(
        bench, "select count(*) as n from ops.flights.v", {"ops.flights.v": view}, dataset="biz.report.upper"
    )
    first = {**inputs, "ops.flights.v": view, "biz.report.upper": upper}
    write_environment(tmp_path, "prod", 1, first)
    moved = {**first, FLIGHTS: bench.relation("select 7 as id, 'X' as origin")}
    write_environment(tmp_path, "prod", 2, moved)
    with duckdb.connect(str(tmp_path / "prod.duckdb"), read_only=True) as plain:
        assert plain.execute("select id from ops__flights.flights").fetchall() == [(7,)]
        assert plain.execute("select id from ops__flights.v order by all").fetchall() == [(1,), (2,)]
        assert plain.execute("select n from biz__report.upper").fetchall() == [(2,)]
    rebound, _ = a_view(bench, "select id from flights", {**inputs, FLIGHTS: moved[FLIGHTS]})
    third = {**moved, "ops.flights.v": rebound}
    write_environment(tmp_path, "prod", 3, third)
    with duckdb.connect(str(tmp_path / "prod.duckdb"), read_only=True) as plain:
        assert plain.execute("select id from ops__flights.v").fetchall() == [(7,)]
        assert plain.execute("select n from biz__report.upper").fetchall() == [(2,)]
    assert len(schemas(tmp_path / "prod.duckdb")) == 3  # the view twice, for `upper` stands on the old one still
    write_environment(tmp_path, "prod", 4, inputs)
    assert schemas(tmp_path / "prod.duckdb") == set()


def test_the_files_beneath_views_are_known(bench: Bench, inputs: dict[str, Relation]) -> None:
    view, _ = a_view(bench, "select id from flights", {FLIGHTS: inputs[FLIGHTS]})
    upper, _ = a_view(
        bench, "select v.id from ops.flights.v, ops.flights.v as w", {"ops.flights.v": view}, dataset="biz.report.upper"
    )
    assert files_of({"biz.report.upper": upper}) == set(inputs[FLIGHTS].files)
    assert files_of({**inputs, "biz.report.upper": upper}) == {*inputs[FLIGHTS].files, *inputs[WEATHER].files}


def test_a_view_that_old_forms_of_the_file_would_spoil_is_read_as_it_is(
    bench: Bench, inputs: dict[str, Relation], tmp_path: Path
) -> None:
    write_environment(tmp_path, "prod", 1, inputs)
    text = "select union_value(k := id) as u, id from flights"
    view, built = a_view(bench, text, {FLIGHTS: inputs[FLIGHTS]})
    plain_view, _ = a_view(bench, "select id from flights", {FLIGHTS: inputs[FLIGHTS]}, dataset="ops.flights.w")
    for generation, relations in (
        (2, {"ops.flights.v": view}),
        (3, {"ops.flights.v": view, "ops.flights.w": plain_view}),
    ):
        write_environment(tmp_path, "prod", generation, {**inputs, **relations})
        with duckdb.connect(str(tmp_path / "prod.duckdb"), read_only=True) as plain:
            columns = [row[:2] for row in plain.execute("describe ops__flights.v").fetchall()]
            assert columns == [(column.name, column.type) for column in built.columns]
            assert plain.execute("from meshwright.generation").fetchall() == [("prod", generation)]


@pytest.fixture(scope="module")
def choices(bench: Bench, inputs: dict[str, Relation]) -> dict[str, tuple[Relation, ...]]:
    """What some datasets of some products may stand for, tables and views."""
    other = bench.relation("select 7 as id, 'X' as origin")
    views = tuple(
        a_view(bench, "select id from flights", {**inputs, FLIGHTS: each})[0] for each in (inputs[FLIGHTS], other)
    )
    upper = (
        a_view(bench, "select count(*) as n from ops.flights.v", {"ops.flights.v": each}, dataset="biz.report.upper")[0]
        for each in views
    )
    tables = (inputs[FLIGHTS], other)
    return {FLIGHTS: tables, "ops.flights.v": views, "biz.report.upper": tuple(upper), "biz.other.t": tables}


def meaning(folder: Path) -> tuple[object, ...]:
    """All that a reader can find in the files of an environment."""
    with duckdb.connect(str(folder / "prod.duckdb"), read_only=True) as plain:
        return (
            plain.sql("select schema_name from duckdb_schemas() where not internal order by all").fetchall(),
            plain.sql(
                "select schema_name, view_name, sql from duckdb_views() where not internal order by all"
            ).fetchall(),
            plain.sql("from meshwright.definitions order by all").fetchall(),
            (folder / "prod.sql").read_text(),
        )


@given(data=st.data())
@settings(max_examples=5, deadline=None)
def test_a_file_brought_up_to_date_is_one_written_whole(
    choices: dict[str, tuple[Relation, ...]], data: st.DataObject
) -> None:
    states = st.fixed_dictionaries({}, optional={name: st.sampled_from(each) for name, each in choices.items()})
    with tempfile.TemporaryDirectory() as folder:
        for generation in range(1, 5):
            relations = data.draw(states)
            whole = Path(folder) / f"whole{generation}"
            write_environment(Path(folder), "prod", generation, relations)
            write_environment(whole, "prod", generation, relations)
            assert environment_problem(Path(folder), "prod", generation, relations) is None
            assert meaning(Path(folder)) == meaning(whole)

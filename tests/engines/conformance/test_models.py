"""Models: what is written, what is promised when it fails."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from meshwright.diagnostics import InputError, WorldError
from meshwright.engines.protocol import BindProblem, BindRequest, Engine, Limits, ModelBuild, Relation
from meshwright.model import Column, Scalar

from ..conftest import Bench, as_relation, failure, rows_of, types_of


def test_a_model_reads_its_inputs_by_bare_and_by_full_names(bench: Bench) -> None:
    flights = bench.relation("select 1 as id, 'EWR' as origin union all select 2, 'JFK'")
    weather = bench.relation("select 'EWR' as origin, 20.5 as temp")
    built = bench.model(
        "select f.id, w.temp from flights f left join weather.observations.hourly w using (origin) order by id",
        {"ops.flights.flights": flights, "weather.observations.hourly": weather},
    )
    assert rows_of(built)[0]["id"] == 1
    assert [row["temp"] is None for row in rows_of(built)] == [False, True]
    assert built.rows == 2
    assert [rows for _, rows in built.files] == [2]


@pytest.mark.parametrize("name", ["order", "select", "table", "group"])
def test_names_that_are_words_of_sql_are_names_all_the_same(bench: Bench, name: str) -> None:
    one = bench.relation("select 1 as a")
    built = bench.model(f'select * from "{name}"."{name}"."{name}"', {f"{name}.{name}.{name}": one})
    assert rows_of(built) == [{"a": 1}]


@pytest.mark.parametrize(
    "text",
    [
        "select 1 as a;",
        "select 1 as a -- the end",
        "select 1 as a; -- ; the end\n/* of; it */ ;",
        "-- start\nselect 1 as a",
    ],
)
def test_semicolons_and_comments_around_a_model_do_not_matter(bench: Bench, text: str) -> None:
    assert rows_of(bench.model(text)) == [{"a": 1}]


@pytest.mark.parametrize(
    ("declared", "values", "stored"),
    [
        ("integer", [3, 2**31, -(2**63), 2**63 - 1], "BIGINT"),
        ("number", [1, 1.5, 2**70], "DOUBLE"),
        ("string", ["it's; --", "", "1", "2013-01-01"], "VARCHAR"),
        ("boolean", [True, False], "BOOLEAN"),
        ("date", ["2013-02-03"], "DATE"),
        ("timestamp", ["2013-02-03T04:05:06", "2013-02-03 04:05:06.123456"], "TIMESTAMP"),
        ("timestamp", ["2013-02-03T04:05:06Z", "2013-02-03T04:05:06+02:00"], "TIMESTAMP WITH TIME ZONE"),
    ],
)
def test_a_parameter_has_its_declared_type_whatever_its_value(
    bench: Bench, declared: str, values: list[Scalar], stored: str
) -> None:
    for value in values:
        params, types = {"p": value, "unused": 1}, {"p": declared}
        assert types_of(bench.model("select $p as p", params=params, types=types)) == {"p": stored}
        request = BindRequest(
            dataset="ops.flights.x", text="select $p as p", dialect="duckdb", reads=(), params=params, param_types=types
        )
        bound = bench.engine.bind([request], {})["ops.flights.x"]
        assert not isinstance(bound, BindProblem)
        assert types_of(bound) == {"p": stored}


def test_parameters_keep_their_values(bench: Bench) -> None:
    built = bench.model(
        "select $n as n, $r as r, $s as s, $b as b, $d as d, $d - interval 1 day as before, ($z)::varchar as z",
        params={"n": 2**40, "r": 1, "s": "it's; --", "b": True, "d": "2013-02-03", "z": "2013-02-03T04:05:06+02:00"},
        types={"n": "integer", "r": "number", "s": "string", "b": "boolean", "d": "date", "z": "timestamp"},
    )
    row = {name: str(value) for name, value in rows_of(built)[0].items()}
    assert row == {
        "n": str(2**40), "r": "1.0", "s": "it's; --", "b": "True", "d": "2013-02-03", "before": "2013-02-02 00:00:00",
        "z": "2013-02-03 02:05:06+00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("declared", "value", "words"),
    [
        ("integer", 2**63, "9223372036854775807"),
        ("integer", -(2**63) - 1, "-9223372036854775808"),
        ("integer", 1.5, "whole number"),
        ("integer", True, "whole number"),
        ("number", "1", "without quotes"),
        ("number", 10**400, "DOUBLE"),
        ("boolean", 1, "true or false"),
        ("date", "2013-02-30", "2013-01-31"),
        ("timestamp", "noon", "2013-01-31T12:00:00"),
    ],
)
def test_a_value_that_is_not_of_the_declared_type_is_told(
    bench: Bench, declared: str, value: Scalar, words: str
) -> None:
    error = failure(lambda: bench.model("select $p as p", params={"p": value}, types={"p": declared}))
    assert error.first.code == "MW-E105"
    assert f"'p' is declared {declared}" in error.first.message
    assert words in (error.first.fix or "")


def test_a_parameter_without_a_value_is_named(bench: Bench) -> None:
    error = failure(lambda: bench.model("select $far as a"))
    assert error.first.code == "MW-E105"
    assert "'$far'" in error.first.message


def test_a_result_without_rows_is_still_one_typed_file(bench: Bench) -> None:
    built = bench.model("select 1 as a, 'x' as b where false")
    assert (built.rows, len(built.files), rows_of(built)) == (0, 1, [])
    again = bench.model("select * from x", {"ops.flights.x": as_relation(built)})
    assert types_of(again) == {"a": "INTEGER", "b": "VARCHAR"}


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        ("select\n  1 as a,\n  nope\nfrom t", "MW-E102", 3, "nope"),
        ("select *\nfrom tt", "MW-E102", 2, "tt"),
        ("select a::integer as a\nfrom t", "MW-E101", 1, "abc"),
        ("select list_transform([1], x -> x + 1) as a", "MW-E102", None, "with an arrow"),
        ("select 1 as a\nfrom\n", "MW-E103", None, "syntax error"),
        ("select 1 as a;\nselect 2 as b", "MW-E103", 2, "second statement"),
        ("drop table t", "MW-E103", 1, "not one SELECT"),
        ("", "MW-E103", 1, "no statement"),
        ("select 1) to '/tmp/x' (format csv); copy (select 1", "MW-E103", 1, "second statement"),
        ("select 1 as a, 2 as a", "MW-E104", None, "two columns are named 'a'"),
        ('select 1 as a, 2 as "A"', "MW-E104", None, "letter case"),
        ("select 9223372036854775807 + 1::bigint as a", "MW-E101", None, "verflow"),
        ("select 170141183460469231731687303715884105727::hugeint as a", "MW-E101", None, "DECIMAL(38,0)"),
    ],
)
def test_a_model_that_fails_says_where_and_why_and_leaves_no_file(
    bench: Bench, text: str, code: str, line: int | None, words: str
) -> None:
    inputs = {"ops.flights.t": bench.relation("select 'abc' as a")}
    before = sorted(bench.folder.iterdir())
    error = failure(lambda: bench.model(text, inputs))
    assert isinstance(error, InputError)
    assert error.first.code == code
    assert words in error.first.message
    assert error.first.span is not None
    assert error.first.span.file == "x.sql"
    assert line is None or error.first.span.line == line
    assert error.first.object == "ops.flights.x"
    assert sorted(bench.folder.iterdir()) == before


def test_an_unknown_column_is_answered_with_the_nearest_one(bench: Bench) -> None:
    inputs = {"ops.flights.t": bench.relation("select 'AA' as carrier, 1 as day")}
    error = failure(lambda: bench.model("select carier from t", inputs))
    assert "did you mean 'carrier'?" in (error.first.fix or "")


@pytest.mark.parametrize("damage", ["missing", "cut", "empty"])
def test_a_damaged_input_is_the_worlds_failure(bench: Bench, tmp_path: Path, damage: str) -> None:
    good = Path(bench.relation("select range as a from range(1000)").files[0]).read_bytes()
    file = tmp_path / "input.parquet"
    if damage != "missing":
        file.write_bytes(good[: len(good) // 2] if damage == "cut" else b"")
    inputs = {"ops.flights.t": Relation(columns=(Column(name="a", type="BIGINT"),), files=(str(file),))}
    error = failure(lambda: bench.model("select sum(a) as a from t", inputs))
    assert isinstance(error, WorldError)
    assert error.first.code == "MW-E203"
    assert "input.parquet" in error.first.message


def test_too_little_memory_is_the_worlds_failure(engine: Engine, tmp_path: Path) -> None:
    build = ModelBuild(
        dataset="a.b.c",
        text="select count(distinct x) as n from (select hash(range) as x from range(3000000))",
        dialect="duckdb",
        inputs={},
    )
    with engine.open(Limits(memory_bytes=30_000_000, threads=2)) as session:
        error = failure(lambda: session.build_model(build, str(tmp_path / "t")))
    assert isinstance(error, WorldError)
    assert error.first.code == "MW-E201"
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import resource, signal, sys
from meshwright.diagnostics import WorldError
from meshwright.engines.duckdb import DuckDBEngine
from meshwright.engines.protocol import Limits, ModelBuild
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
build = ModelBuild(dataset="a.b.c", text="select hash(range) as x from range(500000)", dialect="duckdb", inputs={})
with DuckDBEngine(threads=2).open(Limits()) as session:
    try:
        session.build_model(build, sys.argv[1])
    except WorldError as error:
        print(error.first.code)
"""


def test_a_disk_that_takes_no_more_is_the_worlds_failure_and_leaves_no_file(tmp_path: Path) -> None:
    assert signal.SIGXFSZ
    assert resource.RLIMIT_FSIZE is not None
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "t")],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    assert done.stdout.strip() == "MW-E202", done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_model_in_another_dialect_is_translated(bench: Bench) -> None:
    build = ModelBuild(dataset="ops.flights.x", text="SELECT IFNULL(NULL, 3) AS `a b`", dialect="mysql", inputs={})
    built = bench.session.build_model(build, bench.target())
    assert rows_of(built) == [{"a b": 3}]


def test_paths_with_marks_of_globs_and_quotes_are_read_as_they_are(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "it's [a] *"
    folder.mkdir()
    build = ModelBuild(dataset="ops.flights.x", text="select 1 as a", dialect="duckdb", inputs={})
    built = bench.session.build_model(build, str(folder / "x?"))
    again = bench.model("select a from x", {"ops.flights.x": as_relation(built)})
    assert rows_of(again) == [{"a": 1}]


def test_what_was_bound_over_other_columns_is_not_taken_for_what_is_built(bench: Bench) -> None:
    text = "select k * 2 as doubled, * from kept"
    request = BindRequest(dataset="ops.flights.x", text=text, dialect="duckdb", reads=("ops.flights.kept",))
    bound = bench.engine.bind([request], {"ops.flights.kept": (Column(name="k", type="BIGINT"),)})
    assert types_of(bound["ops.flights.x"]) == {"doubled": "BIGINT", "k": "BIGINT"}  # type: ignore[arg-type]
    for value, kind in (("1::BIGINT", "BIGINT"), ("1.5::DOUBLE", "DOUBLE"), ("1::BIGINT, 'a' as s", "BIGINT")):
        first, _, rest = value.partition(",")
        built = bench.model(
            text, {"ops.flights.kept": bench.relation(f"select {first} as k{',' if rest else ''}{rest}")}
        )
        assert types_of(built) == {"doubled": kind, "k": kind} | ({"s": "VARCHAR"} if rest else {})
        assert rows_of(built)[0].keys() == types_of(built).keys()


def test_a_model_that_fails_leaves_the_next_one_of_its_product_alone(bench: Bench) -> None:
    for _ in range(3):
        failure(lambda: bench.model("select error('no') as a"))
        assert rows_of(bench.model("select 1 as a")) == [{"a": 1}]

"""Nodes of dbt and SQLMesh without the tools: options, files, artefacts, graphs of manifests, tables."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from meshwright.tools.artefacts import left_failure, left_outcome, left_outline, left_steps
from meshwright.tools.dbt import Dbt
from meshwright.tools.dbt_options import OPTIONS as DBT_OPTIONS
from meshwright.tools.project_options import variables_of
from meshwright.tools.protocol import InnerStep, Place, ToolFailed
from meshwright.tools.pythons import find_program_of, python_of
from meshwright.tools.sqlmesh import OPTIONS as SQLMESH_OPTIONS
from meshwright.tools.sqlmesh import Sqlmesh
from tests.docs.pages import tables
from tests.tools.driving import job_of, place_of
from tests.tools.flights import rows_of, types_of

_INSIDE = Path(__file__).parents[2] / "src" / "meshwright" / "tools" / "inside"
# As the tool's own Python has it: this folder is on its path, and meshwright is not.
sys.path.insert(0, str(_INSIDE))
from dbt_graph import Project, declared_columns  # noqa: E402
from duckdb_tables import known_types, make_view, save_table  # noqa: E402
from job_files import Steps, tidy_name  # noqa: E402

sys.path.remove(str(_INSIDE))

_DBT, _SQLMESH = Dbt(), Sqlmesh()


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    """A mesh with a project of each tool, and programs that could be the tools."""
    for name, config in (("dbt", "dbt_project.yml"), ("sqlmesh", "config.yaml")):
        (tmp_path / name).mkdir()
        (tmp_path / name / config).write_text("name: flights\n")
        program = tmp_path / "venv" / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!{sys.executable}\n")
        program.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"project": None}, "there is no project"),
        ({"project": 3}, "project is the path of a folder, as a plain text"),
        ({"project": "${env:HOME}"}, "project is the path of a folder, as a plain text"),
        ({"project": "nowhere"}, "there is no folder 'nowhere'"),
        ({"project": "sqlmesh"}, "there is no dbt_project.yml in 'sqlmesh'"),
        ({"select": 3}, "select is a text as dbt's --select takes it, or a list of them"),
        ({"select": ["a", 3]}, "select is a text as dbt's --select takes it, or a list of them"),
        ({"exclude": []}, "exclude is a text as dbt's --exclude takes it, or a list of them"),
        ({"command": "snapshot"}, "'snapshot' is no command"),
        ({"vars": "a=1"}, "vars are names with values"),
        ({"target": 3}, "target is a text"),
        ({"threads": 0}, "threads is a whole number of at least 1"),
        ({"threads": True}, "threads is a whole number of at least 1"),
        ({"full_refresh": "no"}, "full_refresh is true or false"),
        ({"profiles": "dbt"}, "there is no profiles.yml in 'dbt'"),
        ({"bin": 3}, "bin is the path of a program, or of its virtual environment"),
        ({"bin": "nowhere/dbt"}, "dbt was not found at 'nowhere/dbt'"),
        ({"selct": "a"}, "unknown key 'selct'"),
    ],
)
def test_wrong_options_of_dbt_are_named(mesh: Path, options: dict, message: str) -> None:
    given = {name: value for name, value in {"project": "dbt", "bin": "venv", **options}.items() if value is not None}
    assert [problem.message for problem in _DBT.problems(given, place_of(mesh))] == [message]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"project": "dbt"},
            "there is no config.yaml or config.yml or config.py or sqlmesh.yaml or sqlmesh.yml in 'dbt'",
        ),
        ({"select": {}}, "select is a text as sqlmesh's --select-model takes it, or a list of them"),
        ({"gateway": ""}, "gateway is a text"),
        ({"command": "apply", "gateway": "w"}, "'apply' is no command"),
        ({"command": "run"}, "command means nothing without gateway: SQLMesh plans in a place of the job's own"),
        (
            {"environment": "dev"},
            "environment means nothing without gateway: SQLMesh plans in a place of the job's own",
        ),
        ({"execution_time": 2013}, "execution_time is a text"),
        ({"bin": "nowhere"}, "sqlmesh was not found at 'nowhere'"),
        ({"gatway": "w"}, "unknown key 'gatway'"),
    ],
)
def test_wrong_options_of_sqlmesh_are_named(mesh: Path, options: dict, message: str) -> None:
    given = {"project": "sqlmesh", "bin": "venv", **options}
    assert [problem.message for problem in _SQLMESH.problems(given, place_of(mesh))] == [message]


def test_good_options_have_no_problems(mesh: Path) -> None:
    options = {"project": "dbt", "bin": "venv", "select": ["a", "b"], "vars": {"a": 1}, "threads": 2, "command": "run"}
    assert list(_DBT.problems(options, place_of(mesh))) == []
    assert list(_DBT.problems({"project": "dbt", "bin": "${env:DBT}"}, place_of(mesh))) == []
    assert list(_SQLMESH.problems({"project": "sqlmesh", "bin": "venv/bin/sqlmesh"}, place_of(mesh))) == []


def test_vars_are_stronger_than_parameters_and_unknown_ones_are_left_out_before_a_job() -> None:
    options = {"vars": {"a": 1, "b": "${param:b}"}}
    assert variables_of(options, {"a": 2, "c": 3}) == {"a": 1, "b": "${param:b}", "c": 3}
    assert variables_of(options, None) == {"a": 1}


def test_a_tool_that_is_not_there_tells_how_to_install_it(mesh: Path) -> None:
    place = Place(root=mesh, folder=mesh, variables={"PATH": str(mesh)})
    for tool, name, install in ((_DBT, "dbt", "dbt-duckdb"), (_SQLMESH, "sqlmesh", "pip install sqlmesh")):
        (problem,) = tool.problems({"project": name}, place)
        assert problem.message == f"{name} was not found on PATH or beside meshwright"
        assert install in str(problem.fix)
        with pytest.raises(ToolFailed, match=f"{name} was not found on PATH") as caught:
            tool.outline({"project": name}, place)
        assert install in str(caught.value.fix)
        assert not caught.value.is_retryable


def test_a_project_outside_of_the_mesh_is_refused(mesh: Path) -> None:
    inner = mesh / "mesh"
    inner.mkdir()
    place = Place(root=inner, folder=inner, variables={})
    (problem,) = _DBT.problems({"project": "../dbt", "bin": "../venv"}, place)
    assert "lies outside of the mesh" in problem.message


def test_packages_that_are_not_installed_are_told(mesh: Path) -> None:
    (mesh / "dbt/packages.yml").write_text("packages:\n- package: dbt-labs/dbt_utils\n  version: 1.3.0\n")
    (problem,) = _DBT.problems({"project": "dbt", "bin": "venv"}, place_of(mesh))
    assert (problem.message, problem.fix) == ("the packages of 'dbt' are not installed", "run dbt deps in it")
    (mesh / "dbt/dbt_packages").mkdir()
    assert list(_DBT.problems({"project": "dbt", "bin": "venv"}, place_of(mesh))) == []


def test_files_that_make_something_are_named_and_what_dbt_wrote_is_not(mesh: Path) -> None:
    kept = ("models/a.sql", "seeds/b.csv", "models/c.py", "dbt_packages/p/macros/d.sql", "packages.yml")
    left = ("target/manifest.json", "logs/dbt.log", "profiles.yml", ".user.yml", "README.md", ".git/x.sql")
    for name in (*kept, *left):
        path = mesh / "dbt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (mesh / "dbt/models/up").symlink_to("..")
    found = {str(path) for path in _DBT.fingerprint_files({"project": "dbt"}, place_of(mesh))}
    assert found == {f"dbt/{name}" for name in (*kept, "dbt_project.yml")}


@pytest.mark.parametrize(
    ("text", "is_python"),
    [
        ("#!{python}\n", True),
        ('#!/bin/sh\n\'\'\'exec\' "{python}" "$0" "$@"\n', True),
        ("#!/bin/sh\n'''exec' {python} \"$0\" \"$@\"\n", True),
        ("#!/usr/bin/env python3\n", None),
        ("#!/nowhere/bin/python\n", False),
        ("\x7fELF\n", False),
    ],
)
def test_the_python_of_a_program_is_found(tmp_path: Path, text: str, is_python: bool | None) -> None:
    program = tmp_path / "dbt"
    program.write_text(text.format(python=sys.executable))
    found = python_of(program)
    if is_python is None:
        assert found is not None
        assert found.name == "python3"
    else:
        assert found == (Path(sys.executable) if is_python else None)


def test_a_program_is_found_by_its_path_its_folder_and_its_environment(mesh: Path) -> None:
    place = Place(root=mesh, folder=mesh, variables={"PATH": str(mesh / "venv/bin")})
    for given in (None, "venv", "venv/bin", "venv/bin/dbt", str(mesh / "venv")):
        assert find_program_of("dbt", place, given) == mesh / "venv/bin/dbt"


def _manifest() -> dict:
    def node(kind: str, name: str, *parents: str, **more: object) -> dict:
        unique_id = f"{kind}.flights.{name}"
        return {
            "unique_id": unique_id, "resource_type": kind, "name": name, "database": "meshwright", "schema": "main",
            "alias": name, "relation_name": f'"meshwright"."main"."{name}"', "fqn": ["flights", name],
            "config": {"materialized": "table"}, "depends_on": {"nodes": list(parents)}, "columns": {}, **more,
        }  # fmt: skip

    nodes = [
        node("seed", "carriers"),
        node("model", "stg_a__flights", "source.flights.mesh.departures", "seed.flights.carriers"),
        node("model", "inner", "model.flights.stg_a__flights", config={"materialized": "ephemeral"}),
        node("model", "mart", "model.flights.inner", version=2),
        node("model", "other"),
        node("test", "unique_mart", "model.flights.mart", attached_node="model.flights.mart"),
        node("test", "mart_is_other", "model.flights.mart", "model.flights.other"),
    ]
    sources = [
        node("source", "departures", source_name="mesh", identifier="departures"),
        node("source", "files", source_name="lake", meta={"external_location": "x.parquet"}),
    ]
    for each in sources:
        each["unique_id"] = f"source.flights.{each['source_name']}.{each['name']}"
    return {
        "nodes": {each["unique_id"]: each for each in nodes},
        "sources": {each["unique_id"]: each for each in sources},
    }


def _chosen(*names: str, command: str = "build", manifest: dict | None = None) -> Project:
    manifest = manifest or _manifest()
    return Project(manifest, [each for each in manifest["nodes"] if each.split(".")[2] in names], command)


def test_datasets_have_tidy_names_and_ephemeral_models_are_seen_through() -> None:
    project = _chosen("carriers", "stg_a__flights", "inner", "mart", "unique_mart")
    assert project.datasets() == {
        "carriers": "seed.flights.carriers", "stg_a_flights": "model.flights.stg_a__flights", "mart_v2": "model.flights.mart",
    }  # fmt: skip
    assert project.after("model.flights.mart") == ("stg_a_flights",)
    assert project.needed() == ("source.flights.mesh.departures",)
    assert [name for name, _ in project.steps()] == ["carriers", "stg_a__flights", "mart", "unique_mart"]


def test_what_a_command_does_not_make_is_needed() -> None:
    assert _chosen("mart").needed() == ("model.flights.stg_a__flights",)
    # `dbt run` loads no seeds.
    assert set(_chosen("carriers", "stg_a__flights", command="run").needed()) == {
        "seed.flights.carriers", "source.flights.mesh.departures",
    }  # fmt: skip
    assert _chosen("unique_mart", "mart", command="test").needed() == (
        "model.flights.stg_a__flights",
        "model.flights.mart",
    )


def test_two_sources_of_one_name_are_told_apart_by_their_schema() -> None:
    manifest = _manifest()
    twin = {
        **manifest["sources"]["source.flights.mesh.departures"],
        "source_name": "Raw Data",
        "unique_id": "source.flights.raw.departures",
    }
    manifest["sources"][twin["unique_id"]] = twin
    manifest["nodes"]["model.flights.stg_a__flights"]["depends_on"]["nodes"].append(twin["unique_id"])
    project = _chosen("stg_a__flights", manifest=manifest)
    assert project.input_names("source.flights.mesh.departures") == ("mesh_departures",)
    assert _chosen("stg_a__flights").input_names("source.flights.mesh.departures") == ("departures", "mesh_departures")


def test_two_models_that_would_be_one_dataset_clash() -> None:
    manifest = _manifest()
    twin = {**manifest["nodes"]["model.flights.other"], "unique_id": "model.flights.twin", "name": "OTHER"}
    manifest["nodes"]["model.flights.twin"] = twin
    assert list(_chosen("other", "twin", manifest=manifest).clashes()) == [
        ("other", "model.flights.other", "model.flights.twin")
    ]


def test_a_test_that_also_reads_what_is_not_there_is_left_out() -> None:
    project = _chosen("carriers", "stg_a__flights", "mart", "unique_mart", "mart_is_other")
    left_out = project.left_out_tests(["departures"])
    assert left_out == {"flights.mart_is_other": "it reads other, which is neither selected nor an input"}
    assert project.without(left_out).needed() == ("source.flights.mesh.departures",)
    assert project.left_out_tests(["departures", "other"]) == {}


def test_sources_that_dbt_fetches_itself_are_no_inputs() -> None:
    manifest = _manifest()
    manifest["nodes"]["model.flights.other"]["depends_on"]["nodes"] = ["source.flights.lake.files"]
    assert _chosen("other", manifest=manifest).needed() == ()


def test_types_that_a_contract_of_dbt_enforces_are_told_as_they_are_stored() -> None:
    types = {"a": "text", "b": None, "c": "nosuch(1)", "d": "hugeint"}
    columns = {name: {"name": name, "data_type": kind} for name, kind in types.items()}
    node = {"columns": columns, "config": {"contract": {"enforced": True}}}
    assert known_types(declared_columns(node)) == {"a": "VARCHAR", "d": "DECIMAL(38,0)"}
    assert declared_columns({**node, "config": {"contract": {"enforced": False}}}) == {}


@pytest.mark.parametrize(
    ("name", "tidy"),
    [("Stg_A__Flights", "stg_a_flights"), ("_x_", "x"), ("2nd", ""), ("a b", ""), ("a" * 49, ""), ("___", "")],
)
def test_names_are_made_tidy(name: str, tidy: str) -> None:
    assert tidy_name(name) == tidy


def test_types_survive_the_way_through_parquet(tmp_path: Path) -> None:
    with duckdb.connect() as database:
        database.execute(
            """CREATE TABLE t AS SELECT 99999999999999999999999999999999999999::HUGEINT AS a, 'x'::ENUM('x', 'y') AS b,
            {'q': 1::HUGEINT, 'w w': ['x'::ENUM('x')]} AS c, MAP {'a': '2020-01-01'::TIMESTAMP_S} AS d, [1, 2]::INT[2] AS e,
            union_value(n := 3)::UNION(n INT, s VARCHAR) AS f, INTERVAL 3 DAY AS g, '{"a": 1}'::JSON AS h,
            1.50::DECIMAL(10, 2) AS i, '2020-01-01 00:00:00+00'::TIMESTAMPTZ AS j, NULL AS k, {'j': '{}'::JSON} AS l,
            'b0a7f8b4-1f6c-4a3c-9d7e-000000000000'::UUID AS "m "" m", [union_value(n := 3)] AS n"""
        )
        found = save_table(database, "t", tmp_path / "a[1]" / "t.parquet")
        save_table(database, "(SELECT 0 AS other)", tmp_path / "a1" / "t.parquet")  # which the pattern a[1] would match
        make_view(database, ("mesh", "back"), {"files": found["files"], "columns": {}})
        (row,) = database.execute("FROM mesh.back").fetchall()
        make_view(database, ("mesh", "none"), {"files": [], "columns": {"a": "INTEGER", "b c": "VARCHAR[]"}})
        assert database.execute("DESCRIBE mesh.none").fetchall()[1][:2] == ("b c", "VARCHAR[]")
        assert database.execute("FROM mesh.none").fetchall() == []
        types = dict(database.execute("SELECT column_name, column_type FROM (DESCRIBE mesh.back)").fetchall())
    assert found["rows"] == 1
    assert types == {
        "a": "DECIMAL(38,0)", "b": "VARCHAR", "c": 'STRUCT(q DECIMAL(38,0), "w w" VARCHAR[])', "d": "MAP(VARCHAR, TIMESTAMP)",
        "e": "INTEGER[]", "f": "STRUCT(union_tag VARCHAR, n INTEGER, s VARCHAR)", "g": "VARCHAR", "h": "JSON",
        "i": "DECIMAL(10,2)", "j": "TIMESTAMP WITH TIME ZONE", "k": "INTEGER", "l": "STRUCT(j JSON)", 'm " m': "UUID",
        "n": "VARCHAR[]",
    }  # fmt: skip
    assert row[0] == Decimal(99999999999999999999999999999999999999)
    assert row[5] == {"union_tag": "n", "n": 3, "s": None}


def _left(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "result.json that it left is not readable"),
        ("[1]", "it ended well and left no result"),
        ("{}", "result.json that it left is not readable: KeyError"),
        ('{"tables": {"a": {"files": [3], "columns": {}}}, "tests": []}', "3 is no text"),
        ('{"tables": [], "tests": []}', "is no object"),
        ('{"tables": {}, "tests": [{"name": "a"}]}', "KeyError: 'verdict'"),
        ('{"tables": {}, "tests": [{"name": "a", "verdict": "pass", "failing_rows": "3"}]}', "failing_rows is '3'"),
        ('{"tables": {}, "tests": [], "inside": [{"name": ["a", 1]}]}', "1 is no text"),
        ('{"tables": {}, "tests": [], "costs": {"cpu_s": "x"}}', "not readable: ValueError"),
        ('{"tables": {}, "tests": []}', "it left no table 'a'"),
        ('{"tables": {"a": {"files": ["/nowhere/a.parquet"], "columns": {}}}, "tests": []}', "it left no file 'a.parquet'"),
        ("[" * 100000, "result.json that it left is not readable"),
    ],
)  # fmt: skip
def test_broken_results_are_told(tmp_path: Path, text: str, message: str) -> None:
    job = job_of(tmp_path, {}, datasets=("a",))
    _left(job.scratch, result_json=text)
    with pytest.raises(ToolFailed, match=message) as caught:
        left_outcome(job)
    assert not caught.value.is_retryable


@pytest.mark.parametrize("text", ["{}\n", "x\n", '{"name": "a", "kind": "model", "state": 3}\n', "[]\n"])
def test_broken_steps_are_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(ToolFailed, match=r"steps.jsonl that it left is not readable"):
        left_steps(_left(tmp_path, steps_jsonl=text))


@pytest.mark.parametrize("text", ["{}", '{"datasets": [{}], "inputs": []}', '{"datasets": [], "inputs": [1]}', "x"])
def test_broken_outlines_are_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(ToolFailed, match=r"result.json that it left is not readable"):
        left_outline(_left(tmp_path, result_json=text))


def test_steps_are_read_while_they_are_written(tmp_path: Path) -> None:
    steps = Steps(tmp_path)
    steps.put("a", kind="model", state="waiting", after=[], dataset="a")
    steps.put("b", kind="test", state="waiting", after=["a"])
    steps.put("a", state="succeeded", started_at="2026-01-01T00:00:00+00:00", ended_at="2026-01-01T00:00:01+00:00")
    with (tmp_path / "steps.jsonl").open("a") as file:
        file.write('{"name": "b", "kind": "te')
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    end = start + dt.timedelta(seconds=1)
    first = InnerStep(name="a", kind="model", state="succeeded", dataset="a", started_at=start, ended_at=end)
    assert left_steps(tmp_path) == (first, InnerStep(name="b", kind="test", state="waiting", after=("a",)))
    with (tmp_path / "steps.jsonl").open("a") as file:
        file.write('st", "state": "running"}\n')
    assert left_steps(tmp_path)[1].state == "running"
    steps.close(unfinished="skipped")
    assert [step.state for step in left_steps(tmp_path)] == ["succeeded", "skipped"]


def test_a_failure_is_told_as_it_was_left(tmp_path: Path) -> None:
    assert left_failure(tmp_path) is None
    left = json.dumps({"error": "no such table", "fix": "make it", "is_retryable": True})
    failure = left_failure(_left(tmp_path, failure_json=left))
    assert failure is not None
    assert (str(failure), failure.fix, failure.is_retryable) == ("no such table", "make it", True)
    assert left_failure(_left(tmp_path, failure_json="[]")) is None


def test_tables_are_read_as_they_were_written(tmp_path: Path) -> None:
    with duckdb.connect() as database:
        found = save_table(database, "(SELECT range AS a FROM range(3))", tmp_path / "a.parquet")
    job = job_of(tmp_path, {}, datasets=("a",))
    found.pop("rows")
    _left(job.scratch, result_json=json.dumps({"tables": {"a": found}, "tests": []}))
    table = left_outcome(job).tables["a"]
    assert rows_of(table) == [(0,), (1,), (2,)]
    assert types_of(table) == dict(table.columns) == {"a": "BIGINT"}


_PAGES = Path(__file__).parents[2] / "docs" / "reference" / "tools"


@pytest.mark.parametrize(("tool", "options"), [("dbt", DBT_OPTIONS), ("sqlmesh", SQLMESH_OPTIONS)])
def test_every_option_is_documented(tool: str, options: tuple[str, ...]) -> None:
    (_, rows), *_ = tables((_PAGES / f"{tool}.md").read_text(encoding="utf-8"))
    assert sorted(name for row in rows for name in re.findall(r"`(\w+)`", row[0])) == sorted(options)
    assert (_PAGES / f"{tool}.md").read_text(encoding="utf-8").startswith(f"# {tool}\n")

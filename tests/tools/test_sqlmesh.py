"""SQLMesh as a tool: the real one, over a small project of its own."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from meshwright.run.innerlineage import inner_lineage
from meshwright.tools.protocol import InnerTest, Job, JobState, Outline, OutlinedDataset, ToolFailed
from meshwright.tools.sqlmesh import Sqlmesh
from tests.tools.driving import drive, follow, job_of, place_of
from tests.tools.flights import flight_tables, rows_of, types_of
from tests.tools.installed import tool_bin

pytestmark = pytest.mark.tools

TOOL = Sqlmesh()
PROJECT = Path(__file__).parent / "projects" / "sqlmesh"
_ENDLESS = "SELECT COUNT(*) AS n FROM RANGE(100000000000) AS t(i) WHERE SIN(i) > 2"


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT, tmp_path / "sqlmesh")
    return tmp_path


def _options(**more: object) -> dict:
    return {
        "project": "sqlmesh", "bin": str(tool_bin("sqlmesh") / "sqlmesh"), "execution_time": "2013-01-10", **more,
    }  # fmt: skip


def _job(mesh: Path, **more: object) -> Job:
    options = more.pop("options", None) or _options()
    more.setdefault("inputs", flight_tables(mesh / "data"))
    return job_of(mesh, options, job_id=f"sqlmesh-{hashlib.sha256(str(mesh).encode()).hexdigest()[:20]}", **more)


def _digest(folder: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_models_become_tables_with_audits_steps_and_lineage(mesh: Path) -> None:
    before = _digest(mesh / "sqlmesh")
    datasets = ("dim_carriers", "late_by_day", "stg_departures", "carriers")
    driven = drive(TOOL, _job(mesh, datasets=datasets, params={"min_delay": 39}))
    assert driven.state is JobState.SUCCEEDED, driven.error
    outcome = driven.outcome
    assert outcome is not None
    assert rows_of(outcome.tables["dim_carriers"], "carrier, departures") == [("AA", 40), ("B6", 40), ("UA", 40)]
    assert rows_of(outcome.tables["late_by_day"]) == [
        (dt.date(2013, 1, 1), "AA", 39.0, "storm"), (dt.date(2013, 1, 1), "UA", 39.0, "storm"),
        (dt.date(2013, 1, 2), "B6", 39.0, "storm"),
    ]  # fmt: skip
    assert types_of(outcome.tables["stg_departures"])["time_hour"] == "TIMESTAMP WITH TIME ZONE"
    assert outcome.values == {
        "models": 4, "tests": 3, "warnings": 1,
        "rows": {"dim_carriers": 3, "late_by_day": 3, "stg_departures": 120, "carriers": 3},
    }  # fmt: skip
    assert (
        InnerTest(name="few_departures(most := 39)", verdict="warn", dataset="dim_carriers", failing_rows=3)
        in outcome.tests
    )
    assert {test.verdict for test in outcome.tests if test.failing_rows == 0} == {"pass"}
    direct: dict[tuple[str, str], set[str]] = {}
    lineage = inner_lineage(outcome, inputs=("departures", "hourly"), datasets=datasets)
    for dataset, sources in lineage.items():
        for each in sources:
            if each.is_direct:
                direct.setdefault((dataset, each.output), set()).add(f"{each.name}.{each.column}")
    assert direct["dim_carriers", "miles"] == {"stg_departures.distance"}
    assert {column: found for (dataset, column), found in direct.items() if dataset == "late_by_day"} == {
        "day": {"stg_departures.time_hour"}, "carrier": {"stg_departures.carrier"},
        "worst": {"stg_departures.dep_delay"}, "wind": {"hourly.wind"},
    }  # fmt: skip
    assert direct["stg_departures", "carrier"] == {"departures.carrier"}
    assert any(  # what an embedded model filters by decides which rows there are
        not each.is_direct and (each.output, each.name, each.column) == ("carrier", "stg_departures", "dep_delay")
        for each in lineage["late_by_day"]
    )

    steps = {step.name: step for step in outcome.steps}
    assert {step.state for step in steps.values()} == {"succeeded"}
    assert steps["flights.dim_carriers"].after == ("flights.carriers", "flights.stg_departures")
    assert steps["flights.dim_carriers"].dataset == "dim_carriers"
    started, ended = steps["flights.dim_carriers"].started_at, steps["flights.dim_carriers"].ended_at
    assert started is not None
    assert ended is not None
    assert started <= ended
    assert "unit tests: 1 run, 0 failed, 0 with errors" in driven.lines
    assert _digest(mesh / "sqlmesh") == before


def test_the_outline_tells_datasets_and_inputs_without_running(mesh: Path) -> None:
    before = _digest(mesh / "sqlmesh")
    found = TOOL.outline(_options(), place_of(mesh))
    assert {each.name: each for each in found.datasets} == {
        "carriers": OutlinedDataset(name="carriers", columns={"carrier": "VARCHAR", "name": "VARCHAR"}),
        "stg_departures": OutlinedDataset(name="stg_departures"),
        "dim_carriers": OutlinedDataset(
            name="dim_carriers", description="Carriers and how much they fly.", after=("carriers", "stg_departures")
        ),
        "late_by_day": OutlinedDataset(name="late_by_day", after=("stg_departures",)),
    }
    assert set(found.inputs) == {"departures", "hourly"}
    assert _digest(mesh / "sqlmesh") == before


def test_an_audit_that_blocks_fails_the_job(mesh: Path) -> None:
    audit = mesh / "sqlmesh/audits/few_departures.sql"
    audit.write_text(audit.read_text().replace(", blocking false", ""))
    driven = drive(TOOL, _job(mesh))
    assert driven.state is JobState.FAILED
    assert (
        driven.error == "1 of 4 models failed\nmodel flights.dim_carriers: 'few_departures' audit error: 3 rows failed"
    )
    assert {step.name: step.state for step in driven.steps}["flights.dim_carriers"] == "failed"
    assert driven.is_refused


def test_a_failing_model_is_told_and_what_stands_on_it_is_blocked(mesh: Path) -> None:
    (mesh / "sqlmesh/models/stg_departures.sql").write_text(
        "MODEL (name flights.stg_departures, kind FULL, columns (carrier VARCHAR, origin VARCHAR, dep_delay DOUBLE, "
        "time_hour TIMESTAMPTZ, distance BIGINT));\n"
        "SELECT error('there is no such flight') AS carrier, origin, dep_delay, time_hour, distance FROM mesh.departures;"
    )
    (mesh / "sqlmesh/tests/test_stg.yaml").unlink()
    job = _job(mesh)
    driven = drive(TOOL, job)
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert "model flights.stg_departures: " in driven.error
    assert "there is no such flight" in driven.error
    assert not driven.is_refused
    states = {step.name: step.state for step in driven.steps}
    assert states["flights.stg_departures"] == "failed"
    assert states["flights.dim_carriers"] == "blocked"
    assert not TOOL.poll(job, driven.handle, "").is_retryable


def test_a_failing_unit_test_is_told(mesh: Path) -> None:
    case = mesh / "sqlmesh/tests/test_stg.yaml"
    case.write_text(case.read_text().replace("rows: [{carrier: UA, dep_delay: 20}]}", "rows: [{carrier: ZZ}]}"))
    driven = drive(TOOL, _job(mesh))
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert "test_delays_are_kept" in driven.error
    assert "ZZ" in driven.error
    assert driven.is_refused


def test_a_project_that_does_not_load_is_told(mesh: Path) -> None:
    (mesh / "sqlmesh/models/broken.sql").write_text("MODEL (name flights.broken, kind NOSUCH);\nSELECT 1 AS a")
    with pytest.raises(ToolFailed, match="NOSUCH"):
        TOOL.outline(_options(), place_of(mesh))


def test_an_input_stands_for_a_model_that_is_not_selected(mesh: Path) -> None:
    tables = flight_tables(mesh / "data")
    options = _options(select="flights.late_by_day")
    assert set(TOOL.outline(options, place_of(mesh)).inputs) == {"stg_departures", "hourly"}
    inputs = {"stg_departures": tables["departures"], "hourly": tables["hourly"]}
    driven = drive(TOOL, _job(mesh, options=options, inputs=inputs, datasets=("late_by_day",)))
    assert driven.state is JobState.SUCCEEDED, driven.error
    assert driven.outcome is not None
    assert len(rows_of(driven.outcome.tables["late_by_day"])) == 6
    assert [step.name for step in driven.outcome.steps] == ["flights.late_by_day"]


@pytest.mark.parametrize(
    ("options", "inputs", "datasets", "message"),
    [
        ({}, ("departures",), (), 'table "station"."raw"."hourly" is read by flights.late_by_day, and is neither a selected model'),
        ({"select": "tag:nowhere"}, (), (), "no model is selected by 'tag:nowhere'"),
        ({}, (), ("nobody",), "no selected model makes the dataset 'nobody'\nfix: there are: carriers, dim_carriers"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_before_anything_runs(
    mesh: Path, options: dict, inputs: tuple, datasets: tuple, message: str
) -> None:
    tables = {name: each for name, each in flight_tables(mesh / "data").items() if name in inputs}
    driven = drive(TOOL, _job(mesh, options=_options(**options), inputs=tables, datasets=datasets))
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert driven.error.startswith(message)


def test_a_gateway_of_its_own_leaves_tables_where_they_are(mesh: Path) -> None:
    config = mesh / "sqlmesh/config.yaml"
    config.write_text(config.read_text().replace("/nowhere/at/all.duckdb", str(mesh / "own.duckdb")))
    options = _options(gateway="warehouse", command="plan", select="flights.carriers")
    options.pop("execution_time")
    assert TOOL.outline(options, place_of(mesh)) == Outline()
    driven = drive(TOOL, _job(mesh, options=options, inputs={}))
    assert driven.outcome is not None, driven.error
    assert driven.outcome.unmanaged == ("flights.carriers",)
    assert driven.outcome.tables == {}
    assert (mesh / "own.duckdb").exists()
    with pytest.raises(ToolFailed, match="its tables stay where its own gateway puts them: carriers"):
        TOOL.start(_job(mesh, options=options, datasets=("carriers",)))


def test_a_warehouse_that_is_not_there_may_be_tried_again(mesh: Path) -> None:
    job = _job(
        mesh, options={**_options(gateway="warehouse", command="plan"), "execution_time": "2013-01-10"}, inputs={}
    )
    driven = drive(TOOL, job)
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert "/nowhere/at/all.duckdb" in driven.error
    assert TOOL.poll(job, driven.handle, "").is_retryable


def test_steps_are_seen_while_it_runs_and_it_can_be_cancelled(mesh: Path) -> None:
    (mesh / "sqlmesh/models/endless.sql").write_text(f"MODEL (name flights.endless, kind FULL);\n{_ENDLESS}")
    job = _job(mesh)
    handle = TOOL.start(job)
    steps, lines, cursor, until = (), [], "", time.monotonic() + 60
    while {step.name: step.state for step in steps}.get("flights.endless") != "running":
        assert time.monotonic() < until, lines
        poll = TOOL.poll(job, handle, cursor)
        assert poll.state is JobState.RUNNING, poll.error
        cursor, steps = poll.cursor, poll.steps or steps
        lines += poll.lines
        time.sleep(0.05)
    assert "flights.endless: started" in lines
    TOOL.cancel(job, handle)
    driven = follow(TOOL, job, handle)
    assert driven.state is JobState.CANCELLED
    assert {step.name: step.state for step in driven.steps}["flights.endless"] == "cancelled"


def test_it_is_started_once_though_whoever_starts_it_is_killed(mesh: Path) -> None:
    runs = mesh / "runs"
    runs.mkdir()
    (mesh / "sqlmesh/macros").mkdir(exist_ok=True)
    (mesh / "sqlmesh/macros/noted.py").write_text(
        "import os\nfrom sqlmesh import macro\n\n@macro()\ndef noted(evaluator):\n"
        f"    open(f'{runs}/{{os.getpid()}}', 'w').close()\n"
    )
    (mesh / "sqlmesh/models/counted.sql").write_text(
        "MODEL (name flights.counted, kind FULL);\n@noted();\nSELECT 1 AS a"
    )
    job = _job(mesh, options=_options(select="flights.counted"), inputs={}, datasets=("counted",))
    code = textwrap.dedent(
        f"""
        import pathlib, time
        from meshwright.tools.sqlmesh import Sqlmesh
        from tests.tools.driving import job_of
        job = job_of(pathlib.Path({str(mesh)!r}), {dict(job.options)!r}, job_id={job.id!r}, datasets=("counted",))
        tool = Sqlmesh()
        print("ready", flush=True)
        tool.find(job) or tool.start(job)
        time.sleep(60)
        """
    )
    for wait_s in (0.0, 0.003, 0.01, 0.03):
        starter = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE)
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"ready\n"
        time.sleep(wait_s)
        starter.kill()
        starter.wait()
        starter.stdout.close()
    driven = drive(TOOL, job)
    assert driven.state is JobState.SUCCEEDED, driven.error
    assert len(list(runs.iterdir())) == 1

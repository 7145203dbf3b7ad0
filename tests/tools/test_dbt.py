"""dbt as a tool: the real dbt-core with dbt-duckdb, over a small project of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import duckdb
import pytest

from meshwright.run.innerlineage import inner_lineage
from meshwright.tools.dbt import Dbt
from meshwright.tools.protocol import InnerTest, Job, JobState, Outcome, Outline, OutlinedDataset, Table, ToolFailed
from tests.tools.driving import Driven, drive, follow, job_of, place_of
from tests.tools.flights import flight_tables, rows_of, types_of
from tests.tools.installed import tool_bin

pytestmark = pytest.mark.tools

TOOL = Dbt()
PROJECT = Path(__file__).parent / "projects" / "dbt"
SELECT = "+tag:flights"
#: A model that takes longer than any test waits.
_ENDLESS = "select count(*) as n from range(100000000000) t(i) where sin(i) > 2"


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT, tmp_path / "dbt")
    return tmp_path


def _options(**more: object) -> dict:
    return {"project": "dbt", "select": SELECT, "bin": str(tool_bin("dbt").parent), **more}


def _job(mesh: Path, **more: object) -> Job:
    """A job with an id of this test alone: jobs of one id are one job, on the whole machine."""
    options = more.pop("options", None) or _options()
    more.setdefault("inputs", flight_tables(mesh / "data"))
    job_id = more.pop("job_id", f"dbt-{hashlib.sha256(str(mesh).encode()).hexdigest()[:20]}")
    return job_of(mesh, options, job_id=job_id, **more)


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _lineage(job: Job, outcome: Outcome) -> dict[tuple[str, str], dict[str, bool]]:
    """Return (dataset, column) -> the columns it comes of, and whether directly."""
    found: dict[tuple[str, str], dict[str, bool]] = {}
    for dataset, sources in inner_lineage(outcome, inputs=job.inputs, datasets=job.datasets).items():
        for each in sources:
            found.setdefault((dataset, each.output), {})[f"{each.name}.{each.column}"] = each.is_direct
    return found


def test_selected_models_become_tables_with_their_tests_and_steps(mesh: Path) -> None:
    before = _digest(mesh / "dbt")
    job = _job(
        mesh, datasets=("dim_carriers", "worst_hours", "stg_ops_departures", "carriers"), params={"min_delay": 30}
    )
    driven = drive(TOOL, job)
    assert driven.state is JobState.SUCCEEDED, driven.error
    outcome = driven.outcome
    assert outcome is not None

    # Tables: views are written out, types survive, HUGEINT and ENUM as meshwright stores them.
    assert rows_of(outcome.tables["dim_carriers"]) == [
        ("AA", "American Airlines", 40, 16704), ("B6", "JetBlue Airways", 40, 16770), ("UA", "United Air Lines", 40, 16641),
    ]  # fmt: skip
    assert types_of(outcome.tables["dim_carriers"]) == {
        "carrier": "VARCHAR", "name": "VARCHAR", "departures": "BIGINT", "distance_km": "DECIMAL(38,0)",
    }  # fmt: skip
    assert dict(outcome.tables["dim_carriers"].columns) == types_of(outcome.tables["dim_carriers"])
    assert types_of(outcome.tables["worst_hours"])["time_hour"] == "TIMESTAMP WITH TIME ZONE"
    assert types_of(outcome.tables["worst_hours"])["wind"] == "VARCHAR"
    assert len(rows_of(outcome.tables["stg_ops_departures"])) == 120
    # 30 of every 40 minutes are below the parameter.
    assert outcome.values == {
        "models": 4, "tests": 7, "warnings": 1,
        "rows": {"dim_carriers": 3, "worst_hours": 6, "stg_ops_departures": 120, "carriers": 3},
    }  # fmt: skip
    assert outcome.costs["cpu_s"] > 0

    tests = {test.name: test for test in outcome.tests}
    assert tests["unique_dim_carriers_carrier"] == InnerTest(
        name="unique_dim_carriers_carrier", verdict="pass", dataset="dim_carriers", column="carrier", failing_rows=0
    )
    warned = tests.pop("accepted_values_dim_carriers_departures__False__41")
    assert warned == InnerTest(
        name=warned.name, verdict="warn", dataset="dim_carriers", column="departures", failing_rows=1,
        message="Got 1 result, configured to warn if != 0",
    )  # fmt: skip
    assert {test.verdict for test in tests.values()} == {"pass"}
    assert tests["miles_become_kilometres"].dataset == "stg_ops_departures"

    steps = {step.name: step for step in outcome.steps}
    assert {step.state for step in steps.values()} == {"succeeded"}
    assert steps["dim_carriers"].after == ("stg_ops__departures", "carriers")
    assert steps["fct_delays"].after == ("stg_ops__departures",)  # through an ephemeral model
    assert steps["dim_carriers"].dataset == "dim_carriers"
    assert steps["stg_ops__departures"].dataset == "stg_ops_departures"
    started, ended = steps["dim_carriers"].started_at, steps["dim_carriers"].ended_at
    assert started is not None
    assert ended is not None
    assert abs(started.timestamp() - time.time()) < 120  # told in UTC
    assert started <= ended

    inside = {table.name: table for table in outcome.inside}
    assert inside["lake", "raw", "hourly_v2"].input == "hourly"
    assert 'from "meshwright"."mesh"."departures"' in (inside["meshwright", "main", "stg_ops__departures"].query or "")
    assert "__dbt__cte__delayed" in (inside["meshwright", "main", "fct_delays"].query or "")
    assert inside["meshwright", "main", "carriers"].query is None
    assert inside["meshwright", "main", "carriers"].columns == ("carrier", "name")
    assert inner_lineage(outcome, inputs=job.inputs, datasets=job.datasets)["carriers"] == ()  # a seed
    lineage = _lineage(job, outcome)
    assert lineage["dim_carriers", "distance_km"] == {
        "stg_ops_departures.distance_km": True, "carriers.carrier": False, "carriers.name": False,
        "stg_ops_departures.carrier": False,
    }  # fmt: skip
    # fct_delays is no dataset here, and delayed is ephemeral: both are gone through.
    assert lineage["worst_hours", "worst"] == {
        "stg_ops_departures.dep_delay": True, "stg_ops_departures.time_hour": False, "hourly.time_hour": False,
    }  # fmt: skip
    assert lineage["stg_ops_departures", "distance_km"] == {"departures.distance": True}
    assert any("Completed" in line for line in driven.lines)
    assert _digest(mesh / "dbt") == before


def test_the_outline_tells_datasets_and_inputs_without_running(mesh: Path) -> None:
    before = _digest(mesh / "dbt")
    found = TOOL.outline(_options(), place_of(mesh))
    assert found == Outline(
        datasets=(
            OutlinedDataset(
                name="dim_carriers", description="Carriers and how much they fly.",
                after=("stg_ops_departures", "carriers"),
            ),
            OutlinedDataset(name="fct_delays", description="Departures that were late.", after=("stg_ops_departures",)),
            OutlinedDataset(name="stg_ops_departures"),
            OutlinedDataset(
                name="worst_hours", after=("fct_delays",),
                columns={"time_hour": "TIMESTAMP WITH TIME ZONE", "worst": "DOUBLE", "wind": "VARCHAR"},
            ),
            OutlinedDataset(name="carriers"),
        ),
        inputs=("departures", "hourly"),
    )  # fmt: skip
    assert _digest(mesh / "dbt") == before


def test_a_failing_test_fails_the_job_and_a_warning_does_not(mesh: Path) -> None:
    driven = drive(TOOL, _job(mesh, options=_options(vars={"longest_delay": 38}), datasets=("fct_delays",)))
    assert driven.state is JobState.FAILED
    assert driven.error == (
        "1 of 12 failed, 1 were skipped\ntest delays_are_plausible: Got 3 results, configured to fail if != 0"
    )
    poll = TOOL.poll(_job(mesh), driven.handle, "")
    assert not poll.is_retryable
    assert poll.is_refused
    steps = {step.name: step for step in driven.steps}
    assert steps["delays_are_plausible"].state == "failed"
    assert steps["delays_are_plausible"].error == "stop: Got 3 results, configured to fail if != 0"
    assert steps["worst_hours"].state == "blocked"


def test_a_failing_model_is_told_in_the_words_of_dbt(mesh: Path) -> None:
    (mesh / "dbt/models/marts/dim_carriers.sql").write_text(
        "select nothing_like_it from {{ ref('stg_ops__departures') }}"
    )
    job = _job(mesh)
    driven = drive(TOOL, job)
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert "model dim_carriers: Runtime Error in model dim_carriers (models/marts/dim_carriers.sql)" in driven.error
    assert 'Referenced column "nothing_like_it" not found' in driven.error
    assert not driven.is_refused
    assert not TOOL.poll(job, driven.handle, "").is_retryable
    states = {step.name: step.state for step in driven.steps}
    assert states["dim_carriers"] == "failed"
    assert states["unique_dim_carriers_carrier"] == "blocked"
    assert states["fct_delays"] == "succeeded"


def test_a_project_that_does_not_parse_is_told_in_the_words_of_dbt(mesh: Path) -> None:
    (mesh / "dbt/models/marts/dim_carriers.sql").write_text("select * from {{ ref('nobody') }}")
    with pytest.raises(ToolFailed, match="depends on a node named 'nobody' which was not found"):
        TOOL.outline(_options(), place_of(mesh))
    driven = drive(TOOL, _job(mesh))
    assert driven.error is not None
    assert "depends on a node named 'nobody' which was not found" in driven.error


def test_an_input_stands_for_a_model_that_is_not_selected(mesh: Path) -> None:
    delays = mesh / "delays.parquet"
    duckdb.sql(
        f"copy (select now() as time_hour, 90::double as dep_delay, 'UA' as carrier) to '{delays}' (format parquet)"
    )
    inputs = {"fct_delays": Table(files=(delays,)), "hourly": flight_tables(mesh / "data")["hourly"]}
    options = _options(select="worst_hours")
    assert TOOL.outline({**options}, place_of(mesh)).inputs == ("fct_delays", "hourly")
    driven = drive(TOOL, _job(mesh, options=options, inputs=inputs, datasets=("worst_hours",)))
    assert driven.outcome is not None, driven.error
    assert rows_of(driven.outcome.tables["worst_hours"], "worst, wind") == [(90.0, None)]


@pytest.mark.parametrize(
    ("options", "inputs", "datasets", "message"),
    [
        ({}, ("departures",), (), "source 'station.hourly' is read by worst_hours"),
        ({"select": "worst_hours"}, ("hourly",), (), "'fct_delays' is read by worst_hours, and is neither selected nor"),
        ({"select": "tag:nowhere"}, (), (), "nothing is selected by 'tag:nowhere'"),
        ({"exclude": "worst_hours"}, ("departures",), ("worst_hours",), "no selected model makes the dataset 'worst_hours'"),
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
    assert {step.state for step in driven.steps} <= {"waiting"}


def test_a_test_that_reads_what_is_not_there_is_left_out_and_told(mesh: Path) -> None:
    driven = drive(TOOL, _job(mesh, options=_options(select="+dim_carriers")))
    assert driven.state is JobState.SUCCEEDED, driven.error
    name = "relationships_fct_delays_carrier__carrier__ref_dim_carriers_"
    step = {step.name: step for step in driven.steps}[name]
    assert step.state == "skipped"
    assert step.error == "it reads fct_delays, which is neither selected nor an input"
    assert any(name in line and "is left out" in line for line in driven.lines)
    assert name not in {test.name for test in driven.outcome.tests}  # type: ignore[union-attr]


def test_a_snapshot_is_refused_for_its_history_would_be_lost(mesh: Path) -> None:
    (mesh / "dbt/snapshots").mkdir()
    (mesh / "dbt/snapshots/seen.yml").write_text(
        "snapshots: [{name: seen, relation: ref('carriers'), config: {unique_key: carrier, strategy: check, check_cols: all}}]"
    )
    with pytest.raises(ToolFailed, match="a snapshot keeps its history in its table") as caught:
        TOOL.outline(_options(select="+seen"), place_of(mesh))
    assert "exclude: resource_type:snapshot" in str(caught.value.fix)


def test_tests_alone_judge_inputs(mesh: Path) -> None:
    carriers = mesh / "carriers.parquet"
    duckdb.sql(f"copy (select unnest(['UA', 'UA']) as carrier, 40 as departures) to '{carriers}' (format parquet)")
    options = _options(command="test", select="dim_carriers", exclude="test_name:relationships")
    assert TOOL.outline(options, place_of(mesh)) == Outline()
    driven = drive(TOOL, _job(mesh, options=options, inputs={"dim_carriers": Table(files=(carriers,))}))
    assert driven.state is JobState.FAILED
    assert driven.error == ("1 of 3 failed\ntest unique_dim_carriers_carrier: Got 1 result, configured to fail if != 0")


def test_a_profile_of_its_own_leaves_tables_where_they_are(mesh: Path) -> None:
    own = mesh / "own.duckdb"
    (mesh / "profiles").mkdir()
    (mesh / "profiles/profiles.yml").write_text(
        f"warehouse: {{target: dev, outputs: {{dev: {{type: duckdb, path: nowhere}}, live: {{type: duckdb, path: {own}}}}}}}"
    )
    options = _options(select="carriers", profiles="profiles", target="live")
    assert TOOL.outline(options, place_of(mesh)) == Outline()
    driven = drive(TOOL, _job(mesh, options=options, inputs={}))
    assert driven.outcome is not None, driven.error
    assert driven.outcome.unmanaged == ('"own"."main"."carriers"',)
    assert driven.outcome.tables == {}
    assert own.exists()
    with pytest.raises(ToolFailed, match="its tables stay where its own profile puts them: carriers"):
        TOOL.start(_job(mesh, job_id="another", options=options, datasets=("carriers",)))


def test_a_warehouse_that_is_not_there_may_be_tried_again(mesh: Path) -> None:
    (mesh / "profiles").mkdir()
    (mesh / "profiles/profiles.yml").write_text(
        "warehouse: {target: dev, outputs: {dev: {type: duckdb, path: /nowhere/at/all.duckdb}}}"
    )
    job = _job(mesh, options=_options(select="carriers", profiles="profiles"), inputs={})
    driven = drive(TOOL, job)
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert "Cannot open file" in driven.error
    assert TOOL.poll(job, driven.handle, "").is_retryable


def _until(job: Job, handle: str, name: str, state: str) -> Driven:
    """Poll until a step is in a state, as somebody who watches sees it."""
    seen = Driven(state=JobState.RUNNING)
    cursor, until = "", time.monotonic() + 60
    while not any(step.name == name and step.state == state for step in seen.steps):
        assert time.monotonic() < until, seen.lines[-20:]
        poll = TOOL.poll(job, handle, cursor)
        assert poll.state is JobState.RUNNING, poll.error
        cursor, seen.steps = poll.cursor, poll.steps or seen.steps
        seen.lines.extend(poll.lines)
        time.sleep(0.05)
    return seen


def test_steps_and_log_are_seen_while_it_runs_and_it_can_be_cancelled(mesh: Path) -> None:
    (mesh / "dbt/models/marts/dim_carriers.sql").write_text(f"{_ENDLESS} -- {{{{ ref('carriers') }}}}")
    job = _job(mesh)
    handle = TOOL.start(job)
    seen = _until(job, handle, "dim_carriers", "running")
    assert {step.name: step.state for step in seen.steps}["carriers"] == "succeeded"
    assert any("OK loaded seed file main.carriers" in line for line in seen.lines)
    TOOL.cancel(job, handle)
    driven = follow(TOOL, job, handle)
    assert driven.state is JobState.CANCELLED
    assert {step.name: step.state for step in driven.steps}["dim_carriers"] == "cancelled"
    mark = f"MESHWRIGHT_JOB={job.id}".encode()
    until = time.monotonic() + 10  # the shell that watched over it ends after it said so
    while alive := [each for each in Path("/proc").glob("[0-9]*/environ") if _has(each, mark)]:
        assert time.monotonic() < until, alive
        time.sleep(0.02)


def _has(environ: Path, mark: bytes) -> bool:
    try:
        return mark in environ.read_bytes().split(b"\0")
    except OSError:
        return False


def test_it_is_started_once_though_whoever_starts_it_is_killed(mesh: Path) -> None:
    """Killed at a random moment around the start, over and over; each next one finds what was begun, or starts it."""
    runs = mesh / "runs"
    (mesh / "dbt/models/marts/dim_carriers.sql").write_text(
        "{{ config(pre_hook=\"copy (select 1) to '"
        + str(runs)
        + "/{{ invocation_id }}.csv'\") }} select *, 40 as departures from {{ ref('carriers') }}"
    )
    runs.mkdir()
    job = _job(mesh, options=_options(select="+dim_carriers"), datasets=("dim_carriers",))
    code = textwrap.dedent(
        f"""
        import pathlib
        from meshwright.tools.dbt import Dbt
        from tests.tools.driving import job_of
        from tests.tools.flights import flight_tables
        mesh = pathlib.Path({str(mesh)!r})
        inputs = flight_tables(mesh / "data")
        job = job_of(mesh, {dict(job.options)!r}, job_id={job.id!r}, datasets=("dim_carriers",), inputs=inputs)
        tool = Dbt()
        print("ready", flush=True)
        tool.find(job) or tool.start(job)
        print("started", flush=True)
        import time; time.sleep(60)
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
    threads = [threading.Thread(target=TOOL.start, args=(job,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    driven = drive(TOOL, job)
    assert driven.state is JobState.SUCCEEDED, driven.error
    assert len(list(runs.iterdir())) == 1
    assert driven.outcome is not None
    assert len(rows_of(driven.outcome.tables["dim_carriers"])) == 3


def test_a_hundred_models_come_back_whole(mesh: Path) -> None:
    """A tenth of them read the input, every other one the model ten before it: ten layers."""
    models = mesh / "dbt/models"
    shutil.rmtree(models)
    models.mkdir()
    for path in ("tests", "macros", "seeds"):
        shutil.rmtree(mesh / "dbt" / path)
    names = [f"m{number}" for number in range(100)]
    (models / "models.yml").write_text(
        "version: 2\nsources: [{name: mesh, tables: [{name: departures}]}]\nmodels:\n"
        + "".join(f"- {{name: {name}, columns: [{{name: carrier, data_tests: [not_null]}}]}}\n" for name in names)
    )
    for number, name in enumerate(names):
        read = "source('mesh', 'departures')" if number < 10 else f"ref('m{number - 10}')"
        (models / f"{name}.sql").write_text(
            f"{{{{ config(materialized='table') }}}} select carrier, dep_delay + {number} as dep_delay from {{{{ {read} }}}}"
        )
    driven = drive(TOOL, _job(mesh, options={"project": "dbt", "bin": str(tool_bin("dbt"))}, datasets=tuple(names)))
    assert driven.state is JobState.SUCCEEDED, driven.error
    assert driven.outcome is not None
    assert set(driven.outcome.tables) == set(names)
    assert driven.outcome.values["tests"] == 100
    assert rows_of(driven.outcome.tables["m95"], "count(*), min(dep_delay)") == [(120, sum(range(5, 100, 10)))]
    assert len(driven.outcome.steps) == 200


def test_results_that_somebody_broke_are_told(mesh: Path) -> None:
    job = _job(mesh, options=_options(select="carriers"), inputs={}, datasets=("carriers",))
    driven = drive(TOOL, job)
    assert driven.outcome is not None, driven.error
    os.truncate(job.scratch / "result.json", 10)
    with pytest.raises(ToolFailed, match=r"result.json that it left is not readable"):
        TOOL.collect(job, driven.handle)

"""One pipeline over six tools: Airflow, Dagster, Prefect, dbt, SQLMesh and Spark, each the real one, in order and once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.lineage import lineage
from meshwright.app.reports import DatasetCard
from meshwright.app.run_openlineage import run_events
from meshwright.app.show import show
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.run.report import RunReport, StepState
from meshwright.sql import Influence
from meshwright.state.records import RunState
from tests.app.test_outside_nodes import actions, rows
from tests.meshes import write_file
from tests.openlineage_spec import problems
from tests.tools.airflow_server import running_airflow
from tests.tools.dagster_server import running_dagster
from tests.tools.installed import tool_bin
from tests.tools.prefect.serving import running_prefect
from tests.tools.test_dbt_mesh import _DEPARTURES, _HOURLY

pytestmark = pytest.mark.tools

PROJECTS = Path(__file__).parent / "projects"
PIPELINE = """
params: {{min_delay: 20}}
nodes:
  load:
    airflow: {{url: "{airflow}", dag: good, username: ana, password: "${{env:AIRFLOW_PASSWORD}}", values: {{rows: load.rows}}}}
  assets:
    dagster: {{url: "{dagster}", job: good, config: {{ops: {{load: {{config: {{n: "${{node:load.value.rows}}"}}}}}}}}}}
  flow: {{prefect: {{url: "{prefect}", deployment: nightly/main, parameters: {{n: 2}}}}, after: [assets]}}
  models:
    dbt: {{project: ../dbt, select: "+fct_delays", bin: {dbt}}}
    inputs: {{departures: departures, hourly: hourly}}
    datasets: [fct_delays]
    after: [flow]
  late:
    sqlmesh: {{project: ../sqlmesh, select: "+flights.late_by_day", bin: {sqlmesh}, execution_time: "2013-01-10"}}
    inputs: {{departures: departures, hourly: hourly}}
    datasets: [late_by_day]
    after: [models]
  counted:
    spark: {{application: count.py, bin: {spark}, conf: {{spark.ui.enabled: "false"}}}}
    inputs: [fct_delays]
    datasets: {{per_carrier: {{columns: {{carrier: VARCHAR, n: BIGINT}}}}}}
    after: [late]
"""
_COUNT = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
conf = spark.sparkContext.getConf()
rows = spark.read.parquet(conf.get("spark.meshwright.inputs.fct_delays"))
counted = rows.groupBy("carrier").count().withColumnRenamed("count", "n")
counted.write.parquet(conf.get("spark.meshwright.tables") + "/per_carrier.parquet")
"""


def test_one_pipeline_runs_six_tools_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_PASSWORD", "canary-ana")
    mesh = tmp_path / "mesh"
    servers = [tmp_path / "airflow", tmp_path / "dagster"]
    for folder in servers:
        folder.mkdir()
    write_file(mesh, "mesh.yaml", "meshwright: 1\nname: try\n")
    write_file(mesh, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    for name, text in (
        ("departures", _DEPARTURES),
        ("hourly", _HOURLY),
        ("carriers", "select carrier from per_carrier"),
    ):
        write_file(mesh, f"domains/ops/flights/models/{name}.sql", text)
    write_file(mesh, "domains/ops/flights/count.py", _COUNT)
    for name in ("dbt", "sqlmesh"):
        shutil.copytree(PROJECTS / name, mesh / "domains/ops" / name)
    with running_airflow(servers[0]) as airflow, running_dagster(servers[1]) as dagster, running_prefect() as prefect:
        text = PIPELINE.format(
            airflow=airflow.url, dagster=dagster.url, prefect=prefect, dbt=tool_bin("dbt").parent,
            sqlmesh=tool_bin("sqlmesh").parent, spark=tool_bin("spark").parent,
        )  # fmt: skip
        write_file(mesh, "domains/ops/flights/pipeline.yaml", text)
        workspace = open_workspace(mesh)
        report = apply(workspace, RunOptions())
        failures = [step.error.message for step in report.steps if step.error and step.state is StepState.FAILED]
        assert report.state is RunState.SUCCEEDED, failures
        assert len(airflow.runs("good")) == 1
        order = [step.key for step in report.steps]
        keys = [f"build:ops.flights.{name}" for name in ("load", "assets", "flow", "models", "late", "counted")]
        assert sorted(keys, key=order.index) == keys
        found = rows(workspace, "select count(*) as n from ops.flights.carriers")
        assert found[0]["n"] > 0
        assert set(actions(workspace).values()) == {"reuse"}
        apply(workspace, RunOptions())
        assert len(airflow.runs("good")) == 1
        _graphs_are_inside(workspace, report)
        _columns_are_followed(workspace)


def _graphs_are_inside(workspace: Workspace, report: RunReport) -> None:
    """Each tool's graph is on the card of its node, with times and edges, and its steps are runs of OpenLineage."""
    events = run_events(workspace, report.run_id).events
    assert [found for event in events for found in problems(event)] == []
    told = {str(event["job"]["name"]): event["run"]["facets"] for event in events}  # type: ignore[index]
    uuids = {str(event["job"]["name"]): event["run"]["runId"] for event in events}  # type: ignore[index]
    for node in ("load", "assets", "flow", "models", "late", "counted"):
        card = show(workspace, f"ops.flights.{node}")
        assert isinstance(card, DatasetCard)
        assert card.inside is not None, node
        assert card.inside.run_id == report.run_id
        steps = {each.name: each for each in card.inside.steps}
        assert any(each.after for each in steps.values()), node
        for each in steps.values():
            assert set(each.after) <= set(steps), (node, each)
            if each.started_at is None:
                continue
            parent = told[f"ops.flights.{node}.{each.name}"]["parent"]
            assert parent["run"]["runId"] == uuids[f"ops.flights.{node}"]
            assert parent["root"]["run"]["runId"] == uuids["run"]


def _columns_are_followed(workspace: Workspace) -> None:
    """From an input through dbt, or SQLMesh, to what each yields; Spark told nothing of columns."""
    found = lineage(workspace, "ops.flights.departures.dep_delay")
    direct = {target for _, target, kind in found.edges if kind is Influence.DIRECT}
    assert {"ops.flights.fct_delays.dep_delay", "ops.flights.late_by_day.worst"} <= direct
    assert found.notes == (
        "columns of ops.flights.per_carrier are not followed, only tables: spark told nothing of them",
    )

"""Three real emitters of OpenLineage tell a real server: one node for each dataset, joined to ours, however they spell it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.lineage import lineage
from meshwright.app.values import RunState
from meshwright.app.workspace import open_workspace
from tests.http.serving import serving, token
from tests.meshes import write_file, write_mesh
from tests.tools.installed import tool_bin

pytestmark = pytest.mark.tools

#: What dbt-duckdb calls a table of a database that it attaches, and what SQLMesh calls one that it does not make.
_PIPELINES = {
    "sales/orders": """
        nodes:
          raw_orders: {source: {path: data/orders.csv, format: csv}}
        aliases:
          orders: [{namespace: "duckdb://{folder}/own.duckdb", name: prod.sales__orders.orders}]
        """,
    "sales/totals": """
        aliases:
          per_customer: [{namespace: "sqlmesh://reports", name: wh.lake.per_customer}]
        """,
}


@dataclass(frozen=True)
class World:
    """A served mesh, and a folder for tools."""

    folder: Path
    url: str
    secret: str
    client: httpx.Client

    @property
    def root(self) -> Path:
        return self.folder / "shop"

    def jobs(self) -> dict[str, dict[str, Any]]:
        return {job["name"]: job for job in self.client.get("/api/v1/jobs").json()["jobs"]}

    def outside(self) -> set[str]:
        return {each["node"] for each in self.client.get("/api/v1/outside/datasets").json()["datasets"]}

    def run(self, tool: str, *words: str, folder: Path, **variables: str) -> None:
        programs = tool_bin(f"openlineage_{tool}")
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "VIRTUAL", "OPENLINEAGE"))
        }
        environment = {**kept, "PATH": f"{programs}:{os.environ['PATH']}", **variables}
        done = subprocess.run(
            [programs / words[0], *words[1:]],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=550,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    root = write_mesh(tmp_path / "shop")
    for product, text in _PIPELINES.items():
        write_file(root, f"domains/{product}/pipeline.yaml", text.replace("{folder}", str(tmp_path)))
    assert apply(open_workspace(root), RunOptions()).state is RunState.SUCCEEDED
    with serving(root, folder=tmp_path) as server, server.client() as client:
        yield World(folder=tmp_path, url=server.url, secret=token(root, "administrator"), client=client)


def run_dbt(world: World, **more: str) -> None:
    """dbt reads `orders` as readers open it, and makes a table of its own."""
    project = world.folder / "dbt"
    write_file(project, "dbt_project.yml", "name: marts\nversion: '1.0'\nprofile: marts\nmodel-paths: [models]\n")
    own = f"type: duckdb, path: '{world.folder}/own.duckdb'"
    attached = f"{{path: '{world.root}/environments/prod.duckdb', alias: prod, read_only: true}}"
    write_file(
        project,
        "profiles.yml",
        f"marts:\n  target: dev\n  outputs:\n    dev: {{{own}, attach: [{attached}]}}\n",
    )
    source = "{name: mesh, database: prod, schema: sales__orders, tables: [{name: orders}]}"
    write_file(project, "models/sources.yml", f"version: 2\nsources:\n  - {source}\n")
    query = "select order_id, amount from {{ source('mesh', 'orders') }} where amount > 6"
    write_file(project, "models/big_orders.sql", "{{ config(materialized='table') }} " + query)
    world.run(
        "dbt",
        "dbt-ol",
        "run",
        "--profiles-dir",
        ".",
        folder=project,
        OPENLINEAGE_URL=world.url,  # and no endpoint: its clients' own path
        OPENLINEAGE_API_KEY=world.secret,
        OPENLINEAGE_NAMESPACE="dbt://marts",
        **more,
    )


def run_airflow(world: World) -> None:
    """A DAG writes the file that `raw_orders` reads."""
    home = world.folder / "airflow"
    dag = f"""
    import datetime as dt
    from airflow.sdk import Asset, dag
    from airflow.providers.standard.operators.bash import BashOperator

    @dag(schedule=None, start_date=dt.datetime(2026, 1, 1))
    def land():
        BashOperator(
            task_id="export",
            bash_command="true",
            inlets=[Asset("file:///erp/dump.csv")],
            outlets=[Asset("file://{world.root}/data/orders.csv")],
        )

    land()
    """
    write_file(home, "dags/land.py", dag)
    auth = {"type": "api_key", "apiKey": world.secret}
    transport = {"type": "http", "url": world.url, "endpoint": "openlineage/api/v1/lineage", "auth": auth}
    variables = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "airflow://prod",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
    }
    for words in (("airflow", "db", "migrate"), ("airflow", "dags", "test", "land")):
        world.run("airflow", *words, folder=home, **variables)


def run_sqlmesh(world: World) -> None:
    """SQLMesh reads a copy of `per_customer`; it spells its tables in two ways, with quotes and without."""
    project = world.folder / "sqlmesh"
    config = f"""
    import sqlmesh_openlineage
    from openlineage.client import OpenLineageClient
    from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport
    from sqlmesh.core.config import Config, DuckDBConnectionConfig, GatewayConfig, ModelDefaultsConfig
    from sqlmesh.core.console import get_console

    sqlmesh_openlineage.install(url="{world.url}", namespace="sqlmesh://reports")
    # Its own way to send a key does not work with the client of today.
    auth = ApiKeyTokenProvider({{"apiKey": "{world.secret}"}})
    get_console()._emitter.client = OpenLineageClient(transport=HttpTransport(HttpConfig(url="{world.url}", auth=auth)))
    config = Config(
        gateways={{"own": GatewayConfig(connection=DuckDBConnectionConfig(database="{project}/wh.duckdb"))}},
        default_gateway="own",
        model_defaults=ModelDefaultsConfig(dialect="duckdb", start="2026-01-01"),
    )
    """
    write_file(project, "config.py", config)
    write_file(
        project, "external_models.yaml", "- {name: lake.per_customer, columns: {customer: TEXT, total: DOUBLE}}\n"
    )
    model = "SELECT customer::TEXT AS customer, total::DOUBLE AS total FROM lake.per_customer WHERE total > 10"
    write_file(project, "models/top.sql", f"MODEL (name reports.top_customers, kind FULL);\n{model};\n")
    table = "create schema lake; create table lake.per_customer as select 'ana' as customer, 15.75::double as total"
    world.run(
        "sqlmesh", "python", "-c", f'import duckdb; duckdb.connect("wh.duckdb").execute("""{table}""")', folder=project
    )
    world.run("sqlmesh", "sqlmesh", "plan", "--auto-apply", "--no-prompts", folder=project)


def test_three_emitters_tell_of_one_node_for_each_dataset(world: World) -> None:
    run_dbt(world)
    run_airflow(world)
    run_sqlmesh(world)
    made, file = f"duckdb://{world.folder}/own.duckdb/own.main.big_orders", f"file:{world.root}/data/orders.csv"
    reported = "sqlmesh://reports/wh.reports.top_customers"
    assert world.outside() == {made, file, "file:/erp/dump.csv", reported}
    jobs = {name: (job["reads"], job["writes"], job["newest_run"]["state"]) for name, job in world.jobs().items()}
    assert jobs["land.export"] == (["file:/erp/dump.csv"], [file], "succeeded")
    assert jobs["own.main.marts.big_orders"] == (["sales.orders.orders"], [made], "succeeded")
    assert jobs['"wh"."reports"."top_customers"'] == (["sales.totals.per_customer"], [reported], "succeeded")
    report = lineage(open_workspace(world.root), "sales.orders.orders")
    assert {
        ("file:/erp/dump.csv", file),
        (file, "sales.orders.raw_orders"),
        ("sales.totals.per_customer", reported),
    } <= {(source, target) for source, target, _ in report.edges}
    assert set(report.nodes) >= {made, reported, "sales.totals.per_customer", "sales.orders.raw_orders"}
    columns = lineage(open_workspace(world.root), "sales.orders.orders.amount")
    assert f"{reported}.total" in columns.nodes, "columns, through ours and through SQLMesh"
    # Told again, nothing is there twice.
    run_dbt(world)
    assert world.outside() == {made, file, "file:/erp/dump.csv", reported}
    assert set(world.jobs()) == set(jobs)


def test_a_run_of_dbt_below_a_node_of_ours_is_inside_of_it(world: World) -> None:
    context = {
        "parent": {
            "run": {"runId": "0190a1b2-c3d4-7000-8000-000000000001"},
            "job": {"namespace": "meshwright://shop", "name": "sales.totals.per_customer"},
        }
    }
    run_dbt(world, OPENLINEAGE_CONTEXT=json.dumps(context))
    assert {job["within"] for job in world.jobs().values()} == {"sales.totals.per_customer"}
    card = world.client.get("/api/v1/jobs").json()["jobs"]
    assert len(card) == 2

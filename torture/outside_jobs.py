"""Jobs outside of meshwright that take a while, one of each tool: what `outside_kills` interrupts, and counts on the outside."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.meshes import write_file
from tests.tools.airflow_server import running_airflow
from tests.tools.dagster_server import running_dagster
from tests.tools.installed import tool_bin
from tests.tools.jobs_server import running_jobs
from tests.tools.notebooks import write_notebook
from tests.tools.prefect.serving import running_prefect

#: Seconds that a job takes that is a program of ours.
_TAKES_S = 4
#: Looks that a job of the REST server takes.
_LOOKS = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideJob:
    """A tool that is ready for jobs."""

    #: Writes what a node of the product needs into its folder, and returns the node: JSON, as YAML has it.
    node: Callable[[Path], dict[str, object]]
    #: Counts the jobs that were ever started for the product of a folder, as the outside knows it.
    started: Callable[[Path], int]
    #: Tells why the outside ended the job of a product by a fault of its own; None where it did not.
    gave_up: Callable[[Path], str | None] = lambda _: None
    #: Table of the node that the product's model reads; None where it only comes after it.
    table: str | None = None


def _told(product: Path) -> int:
    """Count the lines that jobs of a product wrote when they began."""
    told = product / "began"
    return len(told.read_text().splitlines()) if told.exists() else 0


def _begins(product: Path) -> str:
    """Return Python that notes that a job began and then takes its time."""
    return f"import time\nwith open({str(product / 'began')!r}, 'a') as file:\n    file.write('x\\n')\ntime.sleep({_TAKES_S})\n"


@contextmanager
def _shell(_: Path) -> Iterator[OutsideJob]:
    def node(product: Path) -> dict[str, object]:
        return {"shell": f"echo x >> {product}/began; sleep {_TAKES_S}"}

    yield OutsideJob(node=node, started=_told)


@contextmanager
def _rest(_: Path) -> Iterator[OutsideJob]:
    with running_jobs() as server:
        server.states = ("queued", *["running"] * _LOOKS, "done")

        def node(product: Path) -> dict[str, object]:
            poll = {"url": "/runs/{handle}", "state": "$.status", "succeeded": ["done"], "failed": ["broken"]}
            options = {
                "url": f"{server.web.url}/api",
                "auth": {"bearer": "s3cret-token"},
                "start": {"url": "/runs", "json": {"job": product.name, "tag": "{id}"}, "handle": "$.run.id"},
                "find": {"url": "/runs?tag={id}", "handle": "$.runs[*].id"},
                "poll": {**poll, "waiting": ["queued"]},
            }
            return {"rest": options}

        def started(product: Path) -> int:
            return sum(run["given"]["job"] == product.name for run in server.runs.values())

        yield OutsideJob(node=node, started=started)


@contextmanager
def _notebook(_: Path) -> Iterator[OutsideJob]:
    programs = str(tool_bin("papermill"))

    def node(product: Path) -> dict[str, object]:
        write_notebook(product / "report.ipynb", _begins(product))
        return {"notebook": {"path": "report.ipynb", "bin": programs}}

    yield OutsideJob(node=node, started=_told)


@contextmanager
def _dbt(_: Path) -> Iterator[OutsideJob]:
    programs = str(tool_bin("dbt"))

    def node(product: Path) -> dict[str, object]:
        write_file(product, "dbt/dbt_project.yml", "name: slow\nversion: '1.0'\nconfig-version: 2\nprofile: none\n")
        body = "".join(f"    {line}\n" for line in _begins(product).splitlines())
        code = f"def model(dbt, session):\n    dbt.config(materialized='table')\n{body}    return session.sql('select 1 as n')\n"
        write_file(product, "dbt/models/slow.py", code)
        return {"dbt": {"project": "dbt", "bin": programs}, "datasets": ["slow"]}

    yield OutsideJob(node=node, started=_told, table="slow")


_SQLMESH = """
gateways: {warehouse: {connection: {type: duckdb, database: /nowhere/at/all.duckdb}}}
default_gateway: warehouse
model_defaults: {dialect: duckdb, start: 2013-01-01}
"""
_SQLMESH_MODEL = """
import pandas as pd
from sqlmesh import model

@model("flights.slow", kind="FULL", columns={{"n": "BIGINT"}})
def execute(context, start, end, execution_time, **options):
{body}    return pd.DataFrame([{{"n": 1}}])
"""


@contextmanager
def _sqlmesh(_: Path) -> Iterator[OutsideJob]:
    programs = str(tool_bin("sqlmesh"))

    def node(product: Path) -> dict[str, object]:
        write_file(product, "sqlmesh/config.yaml", _SQLMESH)
        body = "".join(f"    {line}\n" for line in _begins(product).splitlines())
        write_file(product, "sqlmesh/models/slow.py", _SQLMESH_MODEL.format(body=body))
        return {"sqlmesh": {"project": "sqlmesh", "bin": programs}, "datasets": ["slow"]}

    yield OutsideJob(node=node, started=_told, table="slow")


_SPARK = """
{begins}
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.range(1, 2).withColumnRenamed("id", "n").write.parquet(spark.conf.get("spark.meshwright.tables") + "/slow.parquet")
"""


@contextmanager
def _spark(_: Path) -> Iterator[OutsideJob]:
    programs = str(tool_bin("spark"))

    def node(product: Path) -> dict[str, object]:
        write_file(product, "slow.py", _SPARK.format(begins=_begins(product)))
        options = {
            "application": "slow.py",
            "master": "local[1]",
            "bin": programs,
            "conf": {"spark.ui.enabled": "false"},
        }
        return {"spark": options, "datasets": ["slow"]}

    yield OutsideJob(node=node, started=_told, table="slow")


@contextmanager
def _prefect(_: Path) -> Iterator[OutsideJob]:
    with running_prefect() as url:

        def node(product: Path) -> dict[str, object]:
            parameters = {"n": 2, "sleep_s": float(_TAKES_S), "count": str(product)}
            return {"prefect": {"url": url, "deployment": "nightly/main", "parameters": parameters}}

        def started(product: Path) -> int:
            runs = product / "runs"
            return len(runs.read_text().splitlines()) if runs.exists() else 0

        def gave_up(product: Path) -> str | None:
            ours = [run for run in _crashed_runs(url) if run["parameters"].get("count") == str(product)]
            return f"Prefect crashed: {ours[0]['state']['message']}" if ours else None

        yield OutsideJob(node=node, started=started, gave_up=gave_up)


def _crashed_runs(url: str) -> list[dict[str, Any]]:
    """Ask a Prefect for the flow runs whose process it could not begin, or lost."""
    body = json.dumps({"flow_runs": {"state": {"type": {"any_": ["CRASHED"]}}}}).encode()
    request = urllib.request.Request(f"{url}/flow_runs/filter", data=body, headers={"Content-Type": "application/json"})
    for _ in range(20):
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                found: list[dict[str, Any]] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            if error.code != 503:  # busy
                raise
        time.sleep(0.5)
    raise AssertionError("Prefect is busy all the time")


@contextmanager
def _dagster(folder: Path) -> Iterator[OutsideJob]:
    with running_dagster(folder) as server:

        def node(product: Path) -> dict[str, object]:
            config = {"ops": {"load": {"config": {"n": int(product.name[1:])}}}}
            return {"dagster": {"url": server.url, "job": "good", "config": config}}

        def started(product: Path) -> int:
            found = server.ask("{ runsOrError { ... on Runs { results { runConfigYaml } } } }")["runsOrError"][
                "results"
            ]
            return sum(f"n: {product.name[1:]}" in run["runConfigYaml"].splitlines()[-1] for run in found)

        yield OutsideJob(node=node, started=started)


@contextmanager
def _airflow(folder: Path) -> Iterator[OutsideJob]:
    with running_airflow(folder) as server:

        def node(product: Path) -> dict[str, object]:
            return {
                "airflow": {**server.options("good"), "conf": {"n": int(product.name[1:]), "product": product.name}}
            }

        def started(product: Path) -> int:
            runs = server.ask("/api/v2/dags/good/dagRuns?limit=100")["dag_runs"]
            return sum(run["conf"].get("product") == product.name for run in runs)

        yield OutsideJob(node=node, started=started)


#: Tool -> what makes it ready, in an empty folder of its own. The light ones come first.
OUTSIDE_JOBS: dict[str, Callable[[Path], AbstractContextManager[OutsideJob]]] = {
    "shell": _shell,
    "rest": _rest,
    "notebook": _notebook,
    "dbt": _dbt,
    "sqlmesh": _sqlmesh,
    "spark": _spark,
    "prefect": _prefect,
    "dagster": _dagster,
    "airflow": _airflow,
}


def write_mesh(root: Path, job: OutsideJob, number: int, *, always: bool) -> str:
    """Write a mesh of one product whose model needs the job; return the product's address. Its number makes it another job."""
    write_file(root, "mesh.yaml", "meshwright: 1\nname: outside\nhttp: {allow: [127.0.0.1/32]}\n")
    write_file(root, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    product = root / f"domains/ops/p{number}"
    product.mkdir(parents=True)
    work = job.node(product) | ({"refresh": "always"} if always else {})
    nodes: dict[str, object] = {"work": work} | ({} if job.table else {"done": {"after": ["work"]}})
    write_file(product, "pipeline.yaml", json.dumps({"nodes": nodes}))  # JSON is YAML
    write_file(product, "models/done.sql", f"select n from {job.table}" if job.table else "select 1 as n")
    return f"ops.{product.name}"

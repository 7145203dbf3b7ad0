"""A node of dbt in a mesh: its models are datasets that others build on, and a coordinator that dies starts nothing twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tools.installed import tool_bin

pytestmark = pytest.mark.tools

PROJECT = Path(__file__).parent / "projects" / "dbt"
_PIPELINE = """
params:
  min_delay: {{type: integer, default: 20}}
nodes:
  marts:
    dbt: {{project: ../dbt, select: "+tag:flights", bin: {bin}}}
    inputs: {{departures: ops.flights.departures, hourly: ops.flights.hourly}}
"""
_DEPARTURES = """
SELECT ['UA', 'AA', 'B6'][1 + i % 3] AS carrier, ['EWR', 'JFK'][1 + i % 2] AS origin, 'BOS' AS dest,
    (i % 40)::DOUBLE AS dep_delay, TIMESTAMPTZ '2013-01-01 05:00:00+00' + to_hours((i // 5)::INTEGER) AS time_hour,
    200 + i AS distance
FROM range(120) t(i)
"""
_HOURLY = """
SELECT TIMESTAMPTZ '2013-01-01 05:00:00+00' + to_hours(i::INTEGER) AS time_hour, ['calm', 'storm'][1 + i % 2] AS wind
FROM range(24) t(i)
"""


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    files = {
        "mesh.yaml": "meshwright: 1\nname: aviation\ndomains: [domains/*]\n",
        "domains/ops/domain.yaml": "name: ops\npurpose: Flights.\nowners: [team:ops]\n",
        "domains/ops/flights/models/departures.sql": _DEPARTURES,
        "domains/ops/flights/models/hourly.sql": _HOURLY,
        "domains/ops/marts/pipeline.yaml": _PIPELINE.format(bin=tool_bin("dbt").parent),
        "domains/ops/marts/models/rivals.sql": "SELECT count(*) AS carriers FROM dim_carriers",
    }
    for name, text in files.items():
        path = tmp_path / "mesh" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    shutil.copytree(PROJECT, tmp_path / "mesh/domains/ops/dbt")
    return tmp_path / "mesh"


def _command(mesh: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "meshwright", "-C", str(mesh), *words]


def _json(mesh: Path, *words: str, status: int = 0) -> dict:
    done = subprocess.run(_command(mesh, *words, "--json"), capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == status, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict | list), done.stderr
    return {"rows": found} if isinstance(found, list) else found


def _query(mesh: Path, text: str) -> list:
    done = subprocess.run(_command(mesh, "query", text, "--format", "json"), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_models_of_dbt_are_datasets_that_others_build_on(mesh: Path) -> None:
    ran = _json(mesh, "run")
    assert ran["state"] == "succeeded", ran
    assert "ops.marts" in ran["published"]
    assert _query(mesh, "select carriers from ops.marts.rivals") == [{"carriers": 3}]
    assert _query(mesh, "select count(*) as n, min(dep_delay) as least from ops.marts.fct_delays") == [
        {"n": 60, "least": 20.0}
    ]

    # Columns are followed through dbt, its ephemeral model too, from what the run recorded.
    column = _json(mesh, "lineage", "ops.marts.fct_delays.dep_delay")
    assert {(edge["from"], edge["to"], edge["kind"]) for edge in column["edges"]} >= {
        ("ops.flights.departures.dep_delay", "ops.marts.stg_ops_departures.dep_delay", "direct"),
        ("ops.marts.stg_ops_departures.dep_delay", "ops.marts.fct_delays.dep_delay", "direct"),
    }
    assert column["notes"] == []
    assert "ops.marts.dim_carriers.departures" in _json(mesh, "lineage", "ops.flights.departures.carrier")["nodes"]
    inside = _json(mesh, "show", "ops.marts.marts")["inside"]
    assert inside["run_id"] == ran["run_id"]
    steps = {step["name"]: step for step in inside["steps"]}
    assert steps["dim_carriers"]["address"] == "ops.marts.dim_carriers"
    assert set(steps["dim_carriers"]["after"]) == {"stg_ops__departures", "carriers"}
    assert steps["unique_dim_carriers_carrier"]["verdict"] == "pass"
    assert steps["accepted_values_dim_carriers_departures__False__41"]["verdict"] == "warn"

    again = _json(mesh, "run")
    assert {step["action"] for step in again["steps"]} <= {"reuse", "publish"}, again

    # A test of dbt that fails keeps what was published.
    tests = mesh / "domains/ops/dbt/tests/delays_are_plausible.sql"
    tests.write_text("select * from {{ ref('fct_delays') }} where dep_delay > 38")
    failed = _json(mesh, "run", status=1)
    assert failed["state"] in {"failed", "partial"}, failed
    assert "ops.marts" not in failed["published"]
    assert any("Got 3 results" in json.dumps(step["error"]) for step in failed["steps"] if step["error"])
    assert _query(mesh, "select count(*) as n from ops.marts.fct_delays") == [{"n": 60}]


def test_a_coordinator_that_is_killed_while_dbt_runs_finds_it_again(mesh: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    begun.mkdir()
    (mesh / "domains/ops/dbt/models/marts/dim_carriers.sql").write_text(
        "{{ config(pre_hook=\"copy (select 1) to '" + str(begun) + "/{{ invocation_id }}.csv'\") }}\n"
        "select c.*, (select count(*) from range(400000000) t(i) where sin(i) > 0.999999) as departures\n"
        "from {{ ref('carriers') }} c"
    )
    killed = subprocess.Popen(_command(mesh, "run"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not any(begun.iterdir()):
        assert time.monotonic() < until
        assert killed.poll() is None
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    ran = _json(mesh, "run")
    assert ran["state"] == "succeeded", ran
    assert _query(mesh, "select carriers from ops.marts.rivals") == [{"carriers": 3}]
    assert len(list(begun.iterdir())) == 1

"""`python -m bench.polls`: what a look at a job of a server costs, and 1,000 of them at the longest interval.

CPU of our own process alone. The server is another, which answers as Airflow or Dagster does (the fakes of the tests), so that what
is measured is ours: HTTP, JSON, the inner graph, new lines of logs, the cursor.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from meshwright.tools.airflow import Airflow
from meshwright.tools.dagster import Dagster
from meshwright.tools.protocol import JobState, Tool
from tests.tools.answering import Answer, answering, reply
from tests.tools.driving import job_of
from tests.tools.test_airflow_replies import Fake as FakeAirflow
from tests.tools.test_airflow_replies import instance
from tests.tools.test_dagster_replies import Fake as FakeDagster

_LOOKS = 1000
_JOBS = 1000


def main() -> None:
    """Print a line for each kind of job."""
    if len(sys.argv) == 2:
        _serve(sys.argv[1])
        return
    for name in ("airflow_waiting", "airflow_running_20_tasks", "dagster_waiting", "dagster_running_20_steps"):
        print(json.dumps(_measured(name)), flush=True)


def _measured(name: str) -> Mapping[str, object]:
    tool: Tool = Airflow() if name.startswith("airflow") else Dagster()
    server = subprocess.Popen([sys.executable, "-m", "bench.polls", name], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        url = server.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as folder:
            options = {"url": url, "dag": "d", "job": "j", "username": "ana", "password": "x"}
            job = job_of(Path(folder), options, job_id="j")
            handle = "d/j" if name.startswith("airflow") else "run-1"
            cursor = tool.poll(job, handle, "").cursor
            began = time.process_time()
            for _ in range(_LOOKS):
                poll = tool.poll(job, handle, cursor)
                assert poll.state in {JobState.WAITING, JobState.RUNNING}
                cursor = poll.cursor
            cpu_s = (time.process_time() - began) / _LOOKS
    finally:
        server.kill()
        server.wait()
    share = cpu_s * _JOBS / tool.traits.poll_longest_s
    return {
        "measure": f"look_{name}",
        "n": _LOOKS,
        "cpu_ms": round(cpu_s * 1000, 3),
        "longest_interval_s": tool.traits.poll_longest_s,
        "cores_for_1000_jobs": round(share, 4),
    }


def _serve(name: str) -> None:
    with answering(_answer(name)) as server:
        print(server.url, flush=True)
        time.sleep(600)


def _answer(name: str) -> Answer:
    if name.startswith("airflow"):
        airflow = FakeAirflow()
        if name == "airflow_waiting":
            airflow.run = {"state": "queued", "queued_at": "2999-01-01T00:00:00Z"}
            return airflow
        airflow.tasks = [{"task_id": f"t{n}", "downstream_task_ids": [f"t{n + 1}"] * (n < 19)} for n in range(20)]
        states = ["success"] * 10 + ["running"] + [None] * 9
        # As large as Airflow's own: it tells much of each.
        airflow.instances = [instance(f"t{n}", state) | {"padding": "x" * 700} for n, state in enumerate(states)]
        airflow.answers["/t10/logs/1"] = lambda _: reply({"content": [], "continuation_token": "known-0"})
        airflow.answers["/logs/1"] = lambda _: reply({"content": [], "continuation_token": None})
        return airflow
    dagster = FakeDagster()
    stats = [
        {"stepKey": f"s{n}", "status": status, "startTime": 5.0, "endTime": 6.0 if status == "SUCCESS" else None}
        for n, status in enumerate(["SUCCESS"] * 10 + ["IN_PROGRESS"])
    ]
    steps = [{"key": f"s{n}", "inputs": [{"dependsOn": [{"key": f"s{n - 1}"}] * (n > 0)}]} for n in range(20)]
    is_waiting = name == "dagster_waiting"
    dagster.runs["run-1"] = {
        "runId": "run-1", "status": "STARTING" if is_waiting else "STARTED", "creationTime": 5.0, "tags": [],
        "stepStats": [] if is_waiting else stats, "executionPlan": {"steps": steps},
    }  # fmt: skip
    captured = {"__typename": "LogsCapturedEvent", "fileKey": "f", "stepKeys": ["s10"], "level": "DEBUG"}
    dagster.events["run-1"] = [] if is_waiting else [captured]
    return dagster


if __name__ == "__main__":
    main()

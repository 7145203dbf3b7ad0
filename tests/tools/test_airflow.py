"""DAG runs of a real Airflow: started once whatever happens, followed, cancelled, and told in its words."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.tools.airflow import Airflow
from meshwright.tools.protocol import InnerStep, JobState, ToolFailed
from tests.tools.airflow_server import AirflowServer, running_airflow
from tests.tools.driving import drive, follow, job_of

pytestmark = pytest.mark.tools
TOOL = Airflow()


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowServer]:
    with running_airflow(tmp_path_factory.mktemp("airflow")) as server:
        yield server


def _by_name(steps: tuple[InnerStep, ...]) -> dict[str, InnerStep]:
    return {step.name: step for step in steps}


def test_a_dag_run_gives_values_a_graph_and_logs(airflow: AirflowServer, tmp_path: Path) -> None:
    values = {
        "rows": "load.rows",
        "all": "load",
        "deep": "load.nested",
        "twice": "twice.x",
        "total": "total",
    }
    job = job_of(
        tmp_path, airflow.options("good", conf={"n": 5}, values=values), job_id="good-1", params={"n": 4, "day": "x"},
        environment="sand", run_id="run-9",
    )  # fmt: skip
    driven = drive(TOOL, job)
    assert (driven.state, driven.error) == (JobState.SUCCEEDED, None)
    assert driven.outcome is not None
    assert driven.outcome.values == {
        "rows": 7, "all": {"rows": 7, "nested": {"l": [1, 2.5, None, True]}}, "deep": {"l": [1, 2.5, None, True]},
        "twice": [2, 4], "total": 6,
    }  # fmt: skip
    assert driven.outcome.url == f"{airflow.url}/dags/good/runs/good-1"
    assert driven.outcome.unmanaged == ("s3://bucket/rows",)
    assert driven.outcome.costs["task_s"] > 0
    run = airflow.ask("/api/v2/dags/good/dagRuns/good-1")
    assert run["conf"] == {
        "meshwright": {"job": "good-1", "node": "sales.orders.task", "environment": "sand", "run": "run-9"}, "n": 5, "day": "x"
    }  # fmt: skip
    steps = _by_name(driven.outcome.steps)
    assert {name: (step.kind, step.state, set(step.after)) for name, step in steps.items()} == {
        "load": ("task", "succeeded", set()),
        "twice[0]": ("task", "succeeded", {"load"}),
        "twice[1]": ("task", "succeeded", {"load"}),
        "twice": ("mapped task", "succeeded", {"twice[0]", "twice[1]"}),
        "total": ("task", "succeeded", {"twice"}),
        "tail.a": ("task", "succeeded", {"total"}),
        "tail.b": ("task", "succeeded", {"tail.a"}),
        "tail": ("task group", "succeeded", {"tail.a", "tail.b"}),
    }
    assert steps["load"].started_at < steps["load"].ended_at < steps["total"].started_at  # type: ignore[operator]
    assert driven.steps == driven.outcome.steps
    lines = [f"{line.split()[0]} {line.split(maxsplit=2)[2]}" for line in driven.lines]
    assert sorted(line for line in lines if line.startswith("[load]")) == [  # what is printed comes by a way of its own
        "[load] Done. Returned value was: {'rows': 7, 'nested': {'l': [1, 2.5, None, True]}}",
        "[load] WARNING careful",
        "[load] WARNING very",
        "[load] loading 5 sand",
    ]
    assert {line.split()[0] for line in lines} == {"[load]", "[twice[0]]", "[twice[1]]", "[total]"}
    assert len(lines) == len(set(lines))


def test_a_failure_is_told_in_airflows_words(airflow: AirflowServer, tmp_path: Path) -> None:
    driven = drive(TOOL, job_of(tmp_path, airflow.options("bad"), job_id="bad-1"))
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert driven.error.startswith("task 'load' failed (try 2 of 2): ValueError: no rows in 'orders'\n[load] ")
    assert " line 1\n" in driven.error
    steps = _by_name(driven.steps)
    assert (steps["load"].state, steps["load"].error) == ("failed", "ValueError: no rows in 'orders'")
    assert (steps["after"].state, steps["after"].after) == ("blocked", ("load",))
    told = [
        f"{line.split(']')[0]}] {line.split(maxsplit=2 if line.startswith('[load]') else 4)[-1]}"
        for line in driven.lines
    ]
    assert [line for line in told if "line 1" in line] == ["[load] line 1", "[load try 2] line 1"]
    assert sum("ERROR ValueError: no rows in 'orders'" in line for line in driven.lines) == 2


def test_a_cancelled_dag_run_ends(airflow: AirflowServer, tmp_path: Path) -> None:
    job = job_of(tmp_path, airflow.options("slow"), job_id="slow-1")
    handle = TOOL.start(job)
    lines: list[str] = []
    cursor, until = "", time.monotonic() + 60
    while sum("tick" in line for line in lines) < 3:  # logs come while the task runs
        assert time.monotonic() < until
        poll = TOOL.poll(job, handle, cursor)
        lines, cursor = [*lines, *poll.lines], poll.cursor
        assert poll.state in {JobState.WAITING, JobState.RUNNING}
        time.sleep(0.5)
    TOOL.cancel(job, handle)
    driven = follow(TOOL, job, handle)
    assert (driven.state, driven.error) == (JobState.CANCELLED, "it was cancelled")
    TOOL.cancel(job, handle)
    assert airflow.ask("/api/v2/dags/slow/dagRuns/slow-1")["state"] == "failed"
    ticks = [line.split("tick ")[1] for line in lines if "tick" in line]
    assert ticks == [str(number) for number in range(len(ticks))]


def test_cancelling_what_has_ended_changes_nothing(airflow: AirflowServer, tmp_path: Path) -> None:
    job = job_of(tmp_path, airflow.options("quick"), job_id="quick-ended")
    driven = drive(TOOL, job)
    TOOL.cancel(job, driven.handle)
    assert TOOL.poll(job, driven.handle, "").state is JobState.SUCCEEDED


@pytest.mark.parametrize("moment", ["after the answer", "before the answer"])
def test_a_starter_that_is_killed_has_started_once(airflow: AirflowServer, tmp_path: Path, moment: str) -> None:
    job_id = f"killed-{moment.partition(' ')[0]}"
    code = textwrap.dedent(
        f"""
        import os, pathlib, signal
        from meshwright.tools import airflow_api, wire
        from meshwright.tools.airflow import Airflow
        from tests.tools.driving import job_of

        def die(*_): os.kill(os.getpid(), signal.SIGKILL)

        class Killed(airflow_api.Api):
            def trigger(self, dag, body):
                if {moment!r} == "before the answer":
                    wire.http.client.HTTPConnection.getresponse = lambda self: (self.sock.recv(1, wire.socket.MSG_PEEK), die())
                super().trigger(dag, body)
                die()

        from meshwright.tools import airflow
        airflow.Api = Killed
        Airflow().start(job_of(pathlib.Path({str(tmp_path)!r}), {airflow.options("quick")!r}, job_id={job_id!r}))
        """
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -signal.SIGKILL
    job = job_of(tmp_path, airflow.options("quick"), job_id=job_id)
    assert TOOL.find(job) == f"quick/{job_id}"
    assert drive(TOOL, job).state is JobState.SUCCEEDED
    assert airflow.runs("quick").count(job_id) == 1


def test_a_job_that_is_started_twice_is_one(airflow: AirflowServer, tmp_path: Path) -> None:
    job = job_of(tmp_path, airflow.options("quick"), job_id="twice")
    assert TOOL.find(job) is None
    assert {TOOL.start(job) for _ in range(3)} == {"quick/twice"}
    assert airflow.runs("quick").count("twice") == 1


def _refused(job, said: str, *, fix: str | None = None) -> None:
    with pytest.raises(ToolFailed, match=said) as caught:
        TOOL.start(job)
    assert not caught.value.is_retryable
    assert "canary" not in f"{caught.value} {caught.value.fix}"
    if fix is not None:
        assert fix in (caught.value.fix or "")


def test_what_airflow_refuses_is_final_and_told(airflow: AirflowServer, tmp_path: Path) -> None:
    def job(dag: str, **more: object):
        return job_of(tmp_path, airflow.options(dag, **more), job_id="refused")

    _refused(job("paused"), "the DAG 'paused' is paused", fix="airflow dags unpause paused")
    _refused(job("qick"), "Airflow has no DAG 'qick'", fix="did you mean 'quick'?")
    _refused(
        job("broken"), "has no DAG 'broken'", fix="broken.py: ModuleNotFoundError: No module named 'nothing_there'"
    )
    _refused(job("good", conf={"n": "x"}), "with 400: Invalid input for param n: 'x' is not of type 'integer'")
    _refused(job("quick", password="wrong"), "with 401: Invalid credentials", fix="check username and password")
    _refused(
        job("quick", username="vera", password="canary-vera"),
        "with 403: Forbidden",
        fix="the right to read and to trigger",
    )
    for_token = {**airflow.options("quick"), "token": "canary.token.x"}
    del for_token["username"], for_token["password"]
    _refused(job_of(tmp_path, for_token, job_id="refused"), "with 403: Invalid JWT token", fix="check the token")
    nobody = {"url": airflow.url, "dag": "quick"}
    _refused(job_of(tmp_path, nobody, job_id="refused"), "with 403: ", fix="give username and password, or a token")
    assert "refused" not in airflow.runs("quick")


def test_there_is_one_dag_run_of_a_logical_date(airflow: AirflowServer, tmp_path: Path) -> None:
    TOOL.start(job_of(tmp_path, airflow.options("quick", logical_date="2026-11-30"), job_id="dated-1"))
    assert airflow.ask("/api/v2/dags/quick/dagRuns/dated-1")["logical_date"] == "2026-11-30T00:00:00Z"
    other = job_of(tmp_path, airflow.options("quick", logical_date="2026-11-30T01:00:00+01:00"), job_id="dated-2")
    _refused(other, "has a run of the logical date 2026-11-30T01:00:00.01:00 already: dated-1")


def test_a_token_that_was_given_is_used(airflow: AirflowServer, tmp_path: Path) -> None:
    options = {"url": airflow.url, "dag": "quick", "token": airflow.token}
    assert drive(TOOL, job_of(tmp_path, options, job_id="by-token")).state is JobState.SUCCEEDED


def test_a_dag_run_that_was_deleted_is_lost(airflow: AirflowServer, tmp_path: Path) -> None:
    job = job_of(tmp_path, airflow.options("quick"), job_id="deleted")
    handle = drive(TOOL, job).handle
    airflow.ask("/api/v2/dags/quick/dagRuns/deleted", method="DELETE")
    poll = TOOL.poll(job, handle, "")
    assert (poll.state, poll.error) == (JobState.LOST, "Airflow has no DAG run 'deleted' of 'quick' any more")


@pytest.mark.parametrize(
    ("path", "said", "fix"),
    [
        ("load.row", "task 'load' left no XCom 'row'", "did you mean 'rows'?"),
        ("lod.rows", "there is no task of which 'lod.rows' would be a value", "did you mean 'load'?"),
        ("tail.a", "task 'tail.a' left no XCom 'return_value'", "there are no XComs of the task here"),
    ],
)
def test_values_that_are_not_there_are_named(
    airflow: AirflowServer, tmp_path: Path, path: str, said: str, fix: str
) -> None:
    job = job_of(tmp_path, airflow.options("good", values={"a": path}), job_id="good-1")
    handle = TOOL.find(job)
    assert handle is not None, "of the first test"
    with pytest.raises(ToolFailed, match=said) as caught:
        TOOL.collect(job, handle)
    assert fix in (caught.value.fix or "")

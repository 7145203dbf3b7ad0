"""Runs of a real Dagster: launched once whatever happens, followed, cancelled, and told in its words."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.tools.dagster import Dagster
from meshwright.tools.protocol import InnerStep, InnerTest, JobState, ToolFailed
from tests.tools.dagster_server import DagsterServer, running_dagster
from tests.tools.driving import drive, follow, job_of

pytestmark = pytest.mark.tools
TOOL = Dagster()
CONFIG = {"ops": {"load": {"config": {"n": 5}}}}


@pytest.fixture(scope="module")
def dagster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterServer]:
    with running_dagster(tmp_path_factory.mktemp("dagster")) as server:
        yield server


def _by_name(steps: tuple[InnerStep, ...]) -> dict[str, InnerStep]:
    return {step.name: step for step in steps}


def test_a_run_gives_values_a_graph_and_logs(dagster: DagsterServer, tmp_path: Path) -> None:
    values = {"rows": "load.rows", "share": "load.share", "bad": "load.bad", "dotted": "load.a.b"}
    options = dagster.options("good", config=CONFIG, values=values, tags={"team": "sales"})
    driven = drive(TOOL, job_of(tmp_path, options, job_id="good-1", environment="sand", run_id="run-9"))
    assert (driven.state, driven.error) == (JobState.SUCCEEDED, None)
    assert driven.outcome is not None
    assert driven.outcome.values == {"rows": 5, "share": 0.5, "bad": None, "dotted": "dotted"}
    assert driven.outcome.url == f"{dagster.url}/runs/{driven.handle}"
    assert driven.outcome.costs["step_s"] > 0
    (run,) = dagster.runs("good-1")
    tags = {each["key"]: each["value"] for each in run["tags"]}
    assert {name: tags[name] for name in tags if not name.startswith(("dagster/", ".dagster/"))} == {
        "team": "sales", "meshwright/job": "good-1", "meshwright/node": "sales.orders.task",
        "meshwright/environment": "sand", "meshwright/run": "run-9",
    }  # fmt: skip
    steps = _by_name(driven.outcome.steps)
    assert {name: (step.kind, step.state, set(step.after)) for name, step in steps.items()} == {
        "load": ("step", "succeeded", set()),
        "spread": ("step", "succeeded", {"load"}),
        "twice[a]": ("step", "succeeded", {"spread"}),
        "twice[b]": ("step", "succeeded", {"spread"}),
        "twice": ("mapped step", "succeeded", {"twice[a]", "twice[b]"}),
        "total": ("step", "succeeded", {"twice"}),
    }
    assert steps["load"].started_at <= steps["load"].ended_at <= steps["total"].started_at  # type: ignore[operator]
    assert driven.steps == driven.outcome.steps
    texts = [" ".join(word for word in line.split() if ":" not in word) for line in driven.lines]
    assert [text for text in texts if text.startswith("[load]")] == ["[load] WARNING careful", "[load] WARNING very"]
    assert [line for line in driven.lines if "printed" in line] == ["[run] printed 5"]
    assert len(driven.lines) == len(set(driven.lines))


def test_assets_give_metadata_as_values_and_checks_as_tests(dagster: DagsterServer, tmp_path: Path) -> None:
    values = {
        "rows": "orders.dagster/row_count", "names": "orders.names", "is_new": "orders.is_new", "page": "orders.page",
        "daily": "mart/daily.rows",
    }  # fmt: skip
    options = {"url": dagster.url, "assets": ["orders", "mart/daily"], "values": values}
    driven = drive(TOOL, job_of(tmp_path, options, job_id="assets-1"))
    assert (driven.state, driven.error) == (JobState.SUCCEEDED, None)
    assert driven.outcome is not None
    assert driven.outcome.values == {
        "rows": 3, "names": ["a", "b"], "is_new": True, "page": "http://x.example", "daily": 5
    }  # fmt: skip
    assert driven.outcome.unmanaged == ("mart/daily", "orders")
    assert sorted(driven.outcome.tests, key=lambda test: test.name) == [
        InnerTest(name="is_early", verdict="warn", dataset="orders", message="3 h late"),
        InnerTest(name="is_full", verdict="pass", dataset="orders"),
        InnerTest(
            name="is_unique",
            verdict="stop",
            dataset="orders",
            message="Asset check 'is_unique' on 'orders' did not pass.",
        ),
    ]
    assert _by_name(driven.outcome.steps)["mart__daily"].after == ("orders",)


def test_a_failure_is_told_in_dagsters_words(dagster: DagsterServer, tmp_path: Path) -> None:
    driven = drive(TOOL, job_of(tmp_path, dagster.options("bad"), job_id="bad-1"))
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert driven.error.startswith("step 'fails' failed: ValueError: no rows in 'orders'\n[")
    assert " line 1\n" in driven.error
    steps = _by_name(driven.steps)
    assert (steps["fails"].state, steps["fails"].error) == ("failed", "ValueError: no rows in 'orders'")
    assert (steps["after"].state, steps["after"].after) == ("blocked", ("fails",))


def test_a_cancelled_run_ends(dagster: DagsterServer, tmp_path: Path) -> None:
    job = job_of(tmp_path, dagster.options("slow"), job_id="slow-1")
    handle = TOOL.start(job)
    lines: list[str] = []
    cursor, until = "", time.monotonic() + 60
    while sum("tick" in line for line in lines) < 3:  # logs come while the step runs
        assert time.monotonic() < until
        poll = TOOL.poll(job, handle, cursor)
        lines, cursor = [*lines, *poll.lines], poll.cursor
        assert poll.state in {JobState.WAITING, JobState.RUNNING}
        time.sleep(0.5)
    TOOL.cancel(job, handle)
    driven = follow(TOOL, job, handle)
    assert (driven.state, driven.error) == (JobState.CANCELLED, "it was cancelled")
    TOOL.cancel(job, handle)
    ticks = [line.split("tick ")[1] for line in lines if "tick" in line]
    assert ticks == [str(number) for number in range(len(ticks))]


@pytest.mark.parametrize("moment", ["after the answer", "before the answer"])
def test_a_starter_that_is_killed_has_started_once(dagster: DagsterServer, tmp_path: Path, moment: str) -> None:
    job_id = f"killed-{moment.partition(' ')[0]}"
    code = textwrap.dedent(
        f"""
        import os, pathlib, signal
        from meshwright.tools import dagster, dagster_api, wire
        from tests.tools.driving import job_of

        def die(*_): os.kill(os.getpid(), signal.SIGKILL)

        class Killed(dagster_api.Api):
            def launch(self, params):
                if {moment!r} == "before the answer":
                    wire.http.client.HTTPConnection.getresponse = lambda self: (self.sock.recv(1, wire.socket.MSG_PEEK), die())
                super().launch(params)
                die()

        dagster.Api = Killed
        dagster.Dagster().start(job_of(pathlib.Path({str(tmp_path)!r}), {dagster.options("quick")!r}, job_id={job_id!r}))
        """
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -signal.SIGKILL
    job = job_of(tmp_path, dagster.options("quick"), job_id=job_id)
    (run,) = dagster.runs(job_id)
    assert TOOL.find(job) == run["runId"]
    assert drive(TOOL, job).state is JobState.SUCCEEDED
    assert len(dagster.runs(job_id)) == 1


def test_a_job_that_is_started_twice_is_one(dagster: DagsterServer, tmp_path: Path) -> None:
    job = job_of(tmp_path, dagster.options("quick"), job_id="twice")
    assert TOOL.find(job) is None
    assert len({TOOL.start(job) for _ in range(3)}) == 1
    assert len(dagster.runs("twice")) == 1


@pytest.mark.parametrize(
    ("options", "said", "fix"),
    [
        ({"job": "qick"}, "Dagster has no job 'qick'", "did you mean 'quick'?"),
        (
            {"job": "quick", "location": "other"},
            "no such location or repository",
            "location code.py, repository __repository__",
        ),
        ({"assets": ["ordrs"]}, "Dagster has no asset 'ordrs'", "did you mean 'orders'?"),
        ({"job": "good"}, 'does not take the config:\nMissing required config entry "ops" at the root', ""),
        ({"job": "good", "config": {"ops": {"load": {"config": {"n": "x"}}}}}, 'root:ops:load:config:n. Value "x"', ""),
    ],
)
def test_what_dagster_refuses_is_final_and_told(
    dagster: DagsterServer, tmp_path: Path, options: dict, said: str, fix: str
) -> None:
    with pytest.raises(ToolFailed) as caught:
        TOOL.start(job_of(tmp_path, {"url": dagster.url, **options}, job_id="refused"))
    assert said in str(caught.value)
    assert fix in (caught.value.fix or "")
    assert not caught.value.is_retryable
    assert dagster.runs("refused") == []


def test_a_run_that_was_deleted_is_lost(dagster: DagsterServer, tmp_path: Path) -> None:
    job = job_of(tmp_path, dagster.options("quick"), job_id="deleted")
    handle = drive(TOOL, job).handle
    dagster.ask(f'mutation {{ deleteRun(runId: "{handle}") {{ __typename }} }}')
    poll = TOOL.poll(job, handle, "")
    assert (poll.state, poll.error) == (JobState.LOST, f"Dagster has no run {handle} any more")


@pytest.mark.parametrize(
    ("path", "said", "fix"),
    [
        ("load.row", "'load' told no 'row'", "did you mean 'rows'?"),
        ("lod.rows", "no asset or step told metadata of which 'lod.rows'", "did you mean 'load'?"),
    ],
)
def test_values_that_are_not_there_are_named(
    dagster: DagsterServer, tmp_path: Path, path: str, said: str, fix: str
) -> None:
    job = job_of(tmp_path, dagster.options("good", values={"a": path}), job_id="good-1")
    handle = TOOL.find(job)
    assert handle is not None, "of the first test"
    with pytest.raises(ToolFailed, match=said) as caught:
        TOOL.collect(job, handle)
    assert fix in (caught.value.fix or "")

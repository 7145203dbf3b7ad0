"""Flow runs of a real Prefect: followed, found, cancelled, and created once whatever happens to who started them."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.tools.prefect import Prefect
from meshwright.tools.protocol import Job, JobState, ToolFailed
from tests.tools.driving import Driven, follow, job_of
from tests.tools.prefect.serving import free_port, running_prefect

TOOL = Prefect()
pytestmark = [pytest.mark.tools, pytest.mark.xdist_group("prefect")]


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with running_prefect() as url:
        yield url


def asked(api: str, method: str, path: str, body: object = None) -> object:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(api + path, method=method, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def runs_of(api: str, job: Job) -> list[dict]:
    return asked(api, "POST", "/flow_runs/filter", {"flow_runs": {"idempotency_key": {"any_": [job.id]}}})  # type: ignore[return-value]


def wanted(tmp_path: Path, api: str, deployment: str = "nightly/main", **options: object) -> Job:
    return job_of(
        tmp_path, {"url": api, "deployment": deployment, **options}, job_id=f"job-{uuid.uuid4().hex}", run_id="r1"
    )


def driven_to_its_end(job: Job) -> Driven:
    assert TOOL.find(job) is None
    handle = TOOL.start(job)
    assert TOOL.find(job) == handle
    driven = follow(TOOL, job, handle)
    driven.handle = handle
    return driven


def until(job: Job, handle: str, *states: str) -> list[str]:
    """Follow a job until its run is in a state; return the lines of its log."""
    lines, cursor, end = [], "", time.monotonic() + 60
    while time.monotonic() < end:
        poll = TOOL.poll(job, handle, cursor)
        lines.extend(poll.lines)
        cursor = poll.cursor
        if any(line.startswith(f"Prefect: {state}") for state in states for line in lines):
            return lines
        time.sleep(0.2)
    raise AssertionError(lines)


def test_a_flow_run_is_followed_with_its_tasks_and_its_log(tmp_path: Path, api: str) -> None:
    job = wanted(tmp_path, api, parameters={"n": 4}, tags=["mine"], name="from-meshwright")
    driven = driven_to_its_end(job)
    assert driven.state is JobState.SUCCEEDED
    assert [(step.name, step.kind, step.state, step.after) for step in driven.steps] == [
        ("extract", "task", "succeeded", ()),
        ("double", "task", "succeeded", ("extract",)),
        ("extract-2", "task", "succeeded", ("double",)),
        ("load", "task", "succeeded", ("double",)),
    ]
    assert all(
        step.started_at is not None and step.ended_at is not None and step.started_at <= step.ended_at
        for step in driven.steps
    )
    assert [
        driven.lines.count(line) for line in ("line one", "line two", "WARNING: extracting 4", "WARNING: extracting 1")
    ] == [1] * 4
    assert any(line.startswith("Prefect: Completed") for line in driven.lines)
    assert "Finished in state Completed()" in driven.lines
    assert driven.outcome is not None
    assert driven.outcome.values == {
        "loaded_rows": [{"rows": 4}], "summary": "loaded 4", "flow_run": "from-meshwright", "flow_run_id": driven.handle,
    }  # fmt: skip
    assert driven.outcome.costs["run_s"] > 0
    assert driven.outcome.url == f"{api.removesuffix('/api')}/runs/flow-run/{driven.handle}"
    (run,) = runs_of(api, job)
    assert sorted(run["tags"]) == ["meshwright", "mine", "tests"]
    assert run["parameters"] == {"n": 4}
    assert run["labels"]["meshwright.node"] == job.node


def test_subflows_are_steps_with_their_own_below(tmp_path: Path, api: str) -> None:
    driven = driven_to_its_end(wanted(tmp_path, api, "outer/main"))
    assert driven.state is JobState.SUCCEEDED
    assert [(step.name, step.kind, step.after) for step in driven.steps] == [
        ("inner", "flow", ()), ("double", "task", ("inner",)), ("inner/extract", "task", ()),
    ]  # fmt: skip


def test_a_failure_is_told_in_prefects_words(tmp_path: Path, api: str) -> None:
    driven = driven_to_its_end(wanted(tmp_path, api, parameters={"fail": True}))
    assert driven.state is JobState.FAILED
    assert driven.error == (
        "Flow run encountered an exception: ValueError: no rows for 2013-02-30\n"
        "breaks: Task run encountered an exception ValueError: no rows for 2013-02-30"
    )
    assert [(step.name, step.state) for step in driven.steps][-1] == ("breaks", "failed")


def test_a_cancelled_run_is_ended_there(tmp_path: Path, api: str) -> None:
    job = wanted(tmp_path, api, parameters={"sleep_s": 120})
    handle = TOOL.start(job)
    until(job, handle, "Running")
    TOOL.cancel(job, handle)
    driven = follow(TOOL, job, handle)
    assert driven.state is JobState.CANCELLED
    assert runs_of(api, job)[0]["state_type"] == "CANCELLED"
    TOOL.cancel(job, handle)
    assert TOOL.poll(job, handle, "").state in {JobState.CANCELLED, JobState.RUNNING}
    assert runs_of(api, job)[0]["state_type"] == "CANCELLED"


def test_a_run_that_no_worker_takes_waits_and_says_so(tmp_path: Path, api: str) -> None:
    job = wanted(tmp_path, api, "nightly/alone")
    handle = TOOL.start(job)
    lines = until(job, handle, "Late")
    assert "Prefect: Late: no worker has taken it; is one running for its work pool?" in lines
    assert TOOL.poll(job, handle, "").state is JobState.WAITING
    TOOL.cancel(job, handle)
    assert follow(TOOL, job, handle).state is JobState.CANCELLED


def test_a_paused_run_waits_until_it_is_resumed(tmp_path: Path, api: str) -> None:
    job = wanted(tmp_path, api, "waiting/main")
    handle = TOOL.start(job)
    lines = until(job, handle, "Paused")
    assert any(line.startswith("Prefect: Paused: it goes on when somebody resumes it") for line in lines)
    assert TOOL.poll(job, handle, "").state is JobState.WAITING
    asked(api, "POST", f"/flow_runs/{handle}/resume", {})
    assert follow(TOOL, job, handle).state is JobState.SUCCEEDED


@pytest.mark.parametrize("moment", ["asked", "created"])
def test_a_run_is_created_once_though_its_starter_is_killed(tmp_path: Path, api: str, moment: str) -> None:
    job = wanted(tmp_path, api, parameters={"count": str(tmp_path), "sleep_s": 1})
    code = textwrap.dedent(
        f"""
        import os, pathlib, signal
        from meshwright.tools import requests
        from tests.tools.driving import job_of
        from tests.tools.prefect.test_prefect import TOOL
        job = job_of(pathlib.Path({str(tmp_path)!r}), {dict(job.options)!r}, job_id={job.id!r})
        call = requests.Connections.call
        def killed(self, server, request):
            if request.path.endswith("create_flow_run"):
                if {moment!r} == "created":
                    call(self, server, request)
                os.kill(os.getpid(), signal.SIGKILL)
            return call(self, server, request)
        requests.Connections.call = killed
        TOOL.start(job)
        """
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False)
    assert done.returncode == -9
    assert (TOOL.find(job) is not None) is (moment == "created")
    handles = {TOOL.find(job) or TOOL.start(job), TOOL.start(job), TOOL.start(job)}
    assert len(handles) == 1
    assert follow(TOOL, job, handles.pop()).state is JobState.SUCCEEDED
    assert len(runs_of(api, job)) == 1
    assert (tmp_path / "runs").read_text() == "x\n"


def test_a_run_that_was_deleted_is_lost(tmp_path: Path, api: str) -> None:
    job = wanted(tmp_path, api, "nightly/alone")
    handle = TOOL.start(job)
    asked(api, "DELETE", f"/flow_runs/{handle}")
    poll = TOOL.poll(job, handle, "")
    assert (poll.state, poll.error) == (JobState.LOST, "Prefect has no such flow run any more: it was deleted")


def test_a_deployment_that_is_not_there_is_told_with_the_nearest(tmp_path: Path, api: str) -> None:
    with pytest.raises(ToolFailed, match="Prefect has no deployment 'nightly/mian'") as caught:
        TOOL.start(wanted(tmp_path, api, "nightly/mian"))
    assert not caught.value.is_retryable
    assert caught.value.fix is not None
    assert caught.value.fix.startswith("did you mean 'nightly/main'?")


def test_a_parameter_that_the_flow_does_not_have_is_refused(tmp_path: Path, api: str) -> None:
    job = wanted(tmp_path, api, parameters={"sleeps": 1})
    with pytest.raises(ToolFailed, match="the flow of nightly/main has no parameter 'sleeps'") as caught:
        TOOL.start(job)
    assert caught.value.fix is not None
    assert "did you mean 'sleep_s'?" in caught.value.fix
    assert runs_of(api, job) == []


def test_a_parameter_of_another_type_is_refused_by_prefect(tmp_path: Path, api: str) -> None:
    job = wanted(tmp_path, api, parameters={"n": "many"})
    with pytest.raises(ToolFailed, match="'many' is not of type 'integer'") as caught:
        TOOL.start(job)
    assert not caught.value.is_retryable


def test_the_address_of_the_pages_is_good_too(tmp_path: Path, api: str) -> None:
    assert TOOL.find(wanted(tmp_path, api.removesuffix("/api"))) is None


def test_a_server_that_is_not_there_can_be_tried_again(tmp_path: Path) -> None:
    job = wanted(tmp_path, f"http://127.0.0.1:{free_port()}/api")
    for asks in (TOOL.start, TOOL.find, lambda each: TOOL.poll(each, str(uuid.uuid4()), "")):
        with pytest.raises(ToolFailed, match="nothing listens there") as caught:
            asks(job)
        assert caught.value.is_retryable

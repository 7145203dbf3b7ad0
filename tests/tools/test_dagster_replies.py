"""What Dagster may answer besides what it should: broken, refusing, retried by itself, launched twice. And the pure parts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from meshwright.tools.dagster import Dagster
from meshwright.tools.dagster_events import checks_of, failure_words, lines_of, values_of
from meshwright.tools.dagster_options import option_problems
from meshwright.tools.dagster_steps import PlannedStep, StepStats, steps_of
from meshwright.tools.dagster_watch import Printed, Seen
from meshwright.tools.protocol import Job, JobState, ToolFailed
from tests.tools.answering import Answering, Asked, Part, answering, reply
from tests.tools.driving import job_of

REPOSITORY = {"name": "r", "location": {"name": "l"}, "jobs": [{"name": "j"}]}


class Fake:
    """Answers as Dagster does, by the field that is asked for first."""

    def __init__(self) -> None:
        self.repositories: list[dict] = [REPOSITORY]
        self.found: list[dict] = []
        self.runs: dict[str, dict | None] = {}
        self.events: dict[str, list[dict]] = {}
        self.printed: object = {"stdout": None, "cursor": "0:0"}
        self.launch: Callable[[], list[Part]] = lambda: self.launched("run-1")
        self.terminated: list[str] = []
        self.answer: list[Part] | None = None
        self.is_daemon_healthy = True

    def launched(self, run_id: str) -> list[Part]:
        self.found.append({"runId": run_id, "parentRunId": None, "creationTime": 5.0, "status": "STARTED"})
        return _data("launchRun", "LaunchRunSuccess", run={"runId": run_id})

    def __call__(self, asked: Asked) -> list[Part]:
        if self.answer is not None:
            return self.answer
        body = json.loads(asked.body)
        query, variables = body["query"], body["variables"]
        if "repositoriesOrError" in query:
            return _data("repositoriesOrError", "RepositoryConnection", nodes=self.repositories)
        if "launchRun" in query:
            return self.launch()
        if "runsOrError" in query:
            return _data("runsOrError", "Runs", results=self.found)
        if "terminateRun" in query:
            self.terminated.append(variables["id"])
            return _data("terminateRun", "TerminateRunSuccess")
        if "logsForRun" in query:
            events = self.events.get(variables["id"], [])[int(variables["after"] or 0) :]
            return _data("logsForRun", "EventConnection", events=events, cursor=str(len(events)), hasMore=False)
        if "capturedLogs" in query:
            return reply({"data": {"capturedLogs": self.printed}})
        if "daemonHealth" in query:
            status = {"daemonType": "QUEUED_RUN_COORDINATOR", "required": True, "healthy": self.is_daemon_healthy}
            return reply({"data": {"instance": {"daemonHealth": {"allDaemonStatuses": [status]}}}})
        run = self.runs.get(variables["id"])
        return _data("runOrError", "RunNotFoundError") if run is None else _data("runOrError", "Run", **run)


def _data(name: str, kind: str, **more: object) -> list[Part]:
    return reply({"data": {name: {"__typename": kind, **more}}})


def _run(run_id: str, status: str, *, tags: dict | None = None, created: float = 5.0) -> dict:
    return {
        "runId": run_id, "status": status, "creationTime": created, "stepStats": [],
        "tags": [{"key": key, "value": value} for key, value in (tags or {}).items()],
        "executionPlan": {"steps": [{"key": "a", "inputs": []}]},
    }  # fmt: skip


def job(tmp_path: Path, server: Answering, **more: object) -> Job:
    return job_of(tmp_path, {"url": server.url, "job": "j", **more}, job_id="job-1")


@pytest.mark.parametrize(
    ("answer", "said", "is_retryable"),
    [
        (reply({"data": {}}), "Dagster's reply is malformed: it has no 'runOrError'", True),
        (reply({"data": None}), "Dagster's reply is malformed: it has no 'data'", True),
        (reply([]), "Dagster's reply is malformed: it has no 'data'", True),
        (reply({"data": None, "errors": [{"message": "boom"}, 3]}), "Dagster answered with an error: boom; 3", True),
        (reply({"errors": [{"message": "Cannot query field 'x'"}]}, 400), "with 400: Cannot query field 'x'", False),
        (reply(b"<html>Sign in</html>", kind="text/html"), "answered with 200 and no JSON", True),
        (_data("runOrError", "PythonError", message="no database"), "Dagster refused (PythonError): no database", True),
        (
            _data("runOrError", "UnauthorizedError", message="not you"),
            "Dagster refused (UnauthorizedError): not you",
            False,
        ),
        (_data("runOrError", "Run", runId="r"), "Dagster's reply is malformed: it has no 'status'", True),
        (reply({"detail": "x"}, 503), "with 503: x", True),
    ],
)
def test_malformed_replies_and_refusals_are_told(tmp_path: Path, answer: list, said: str, is_retryable: bool) -> None:
    fake = Fake()
    fake.answer = answer
    with answering(fake) as server, pytest.raises(ToolFailed) as caught:
        Dagster().poll(job(tmp_path, server), "run-1", "")
    assert said in str(caught.value)
    assert caught.value.is_retryable is is_retryable


def test_nobody_listening_may_be_tried_again(tmp_path: Path) -> None:
    with answering(Fake()) as server:
        pass
    for call in (Dagster().start, Dagster().find, lambda asked: Dagster().poll(asked, "r", "")):
        with pytest.raises(ToolFailed, match="nothing listens there") as caught:
            call(job(tmp_path, server))
        assert caught.value.is_retryable


def test_a_token_is_sent_and_never_told(tmp_path: Path) -> None:
    fake = Fake()
    fake.answer = reply({"detail": "wrong canary-token"}, 401)
    with answering(fake) as server, pytest.raises(ToolFailed) as caught:
        Dagster().find(job(tmp_path, server, token="canary-token"))
    assert server.asked[0].headers["dagster-cloud-api-token"] == "canary-token"
    assert "canary" not in str(caught.value)
    assert not caught.value.is_retryable


def test_a_launch_without_an_answer_is_not_sent_again_but_looked_for(tmp_path: Path) -> None:
    fake = Fake()

    def launch() -> list[Part]:
        fake.launched("run-1")
        return [None]

    fake.launch = launch
    with answering(fake) as server:
        assert Dagster().start(job(tmp_path, server)) == "run-1"
        assert sum(b"launchRun" in asked.body for asked in server.asked) == 1


def test_of_two_runs_the_first_is_kept_and_the_other_is_ended(tmp_path: Path) -> None:
    fake = Fake()

    def launch() -> list[Part]:  # the one that a process asked for before it died appears only now
        answer = fake.launched("run-1")
        fake.found.append({"runId": "run-0", "parentRunId": None, "creationTime": 4.0, "status": "STARTED"})
        return answer

    fake.launch = launch
    with answering(fake) as server:
        assert Dagster().start(job(tmp_path, server)) == "run-0"
        assert fake.terminated == ["run-1"]
        assert Dagster().find(job(tmp_path, server)) == "run-0"


def test_a_run_that_dagster_tries_again_goes_on_in_the_next(tmp_path: Path) -> None:
    fake, tool = Fake(), Dagster()
    fake.runs = {
        "run-1": _run("run-1", "FAILURE", tags={"dagster/will_retry": "true"}),
        "run-2": _run("run-2", "SUCCESS"),
    }
    fake.found = [{"runId": "run-2", "parentRunId": "run-1", "creationTime": 6.0, "status": "STARTED"}]
    with answering(fake) as server:
        asked = job(tmp_path, server)
        assert tool.find(asked) is None, "a run that was started again is not ours to be found"
        poll = tool.poll(asked, "run-1", "")
        assert poll.state is JobState.RUNNING
        fake.runs["run-1"] = _run(
            "run-1", "FAILURE", tags={"dagster/will_retry": "true", "dagster/auto_retry_run_id": "run-2"}
        )
        poll = tool.poll(asked, "run-1", poll.cursor)
        assert (poll.state, poll.lines) == (JobState.RUNNING, ("[run] Dagster tries again: run run-2",))
        assert tool.poll(asked, "run-1", poll.cursor).state is JobState.SUCCEEDED
        assert tool.collect(asked, "run-1").url == f"{server.url}/runs/run-2"
        tool.cancel(asked, "run-1")
        assert fake.terminated == ["run-2"]


def test_a_run_that_stays_queued_says_once_that_the_daemon_is_missing(tmp_path: Path) -> None:
    fake, tool = Fake(), Dagster()
    fake.runs = {"run-1": _run("run-1", "QUEUED")}
    with answering(fake) as server:
        poll = tool.poll(job(tmp_path, server), "run-1", "")
        assert (poll.state, poll.lines) == (JobState.WAITING, ())
        fake.is_daemon_healthy = False
        poll = tool.poll(job(tmp_path, server), "run-1", poll.cursor)
        assert "Dagster's daemon, which starts queued runs, does not run" in poll.lines[0]
        assert tool.poll(job(tmp_path, server), "run-1", poll.cursor).lines == ()


def test_a_run_that_was_never_launched_is_lost(tmp_path: Path) -> None:
    fake = Fake()
    fake.runs = {
        "run-1": _run("run-1", "NOT_STARTED"),
        "run-2": _run("run-2", "NOT_STARTED", created=dt.datetime.now().timestamp()),
    }
    with answering(fake) as server:
        poll = Dagster().poll(job(tmp_path, server), "run-1", "")
        assert (poll.state, poll.error) == (JobState.LOST, "Dagster created the run run-1 and never launched it")
        assert Dagster().poll(job(tmp_path, server), "run-2", "").state is JobState.WAITING


def test_what_cannot_be_read_of_the_output_holds_nothing_up(tmp_path: Path) -> None:
    fake = Fake()
    fake.runs = {"run-1": _run("run-1", "SUCCESS")}
    fake.events = {"run-1": [{"__typename": "LogsCapturedEvent", "fileKey": "f", "stepKeys": ["a"], "level": "DEBUG"}]}
    fake.printed = "odd"
    with answering(fake) as server:
        assert Dagster().poll(job(tmp_path, server), "run-1", "").state is JobState.SUCCEEDED


def test_no_code_is_told_with_why(tmp_path: Path) -> None:
    fake = Fake()
    fake.repositories = []
    with answering(fake) as server, pytest.raises(ToolFailed, match="Dagster has loaded no code") as caught:
        Dagster().start(job(tmp_path, server))
    assert caught.value.is_retryable


def test_a_job_of_several_locations_is_asked_back(tmp_path: Path) -> None:
    fake = Fake()
    fake.repositories = [REPOSITORY, {**REPOSITORY, "location": {"name": "m"}}]
    with answering(fake) as server:
        with pytest.raises(ToolFailed, match=r"the job 'j' is in several locations: l \(r\), m \(r\)") as caught:
            Dagster().start(job(tmp_path, server))
        assert caught.value.fix == "write location: NAME"
        assert Dagster().start(job(tmp_path, server, location="m")) == "run-1"
    launched = next(json.loads(asked.body) for asked in server.asked if b"launchRun" in asked.body)
    assert launched["variables"]["p"]["selector"]["repositoryLocationName"] == "m"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"job": "j"}, ["there is no url of a Dagster"]),
        ({"url": "http://h"}, ["there is no job, and no assets"]),
        ({"url": "h", "job": "j"}, ["the address is not one of a server, as https://host:8080"]),
        ({"url": "${env:D}", "assets": ["a"], "jobs": 1}, ["unknown key 'jobs'"]),
        ({"url": "http://h", "assets": "a"}, ["assets are a list of keys"]),
        ({"url": "http://h", "assets": []}, ["assets are a list of keys"]),
        ({"url": "http://h", "job": 3}, ["job is a text"]),
        ({"url": "http://h", "job": "j", "config": "x"}, ["config is a map of names and values"]),
        ({"url": "http://h", "job": "j", "tags": {"a": 1}}, ["a tag is a text"]),
        ({"url": "http://h", "job": "j", "tags": {"meshwright/job": "x"}}, ["'meshwright/job' is a tag that meshwright sets"]),
        ({"url": "http://h", "job": "j", "token": "open"}, ["the token stands in the file"]),
        ({"url": "http://h", "job": "j", "values": {"a": "rows", "B": "o.r"}},
         ["a value is asset.label, or step.label", "'B' is not a name"]),
    ],
)  # fmt: skip
def test_wrong_options_are_named(options: dict, said: list[str]) -> None:
    assert [problem.message for problem in option_problems(options)] == said


def _stats(key: str, status: str) -> StepStats:
    return StepStats(key=key, status=status, started_at=None, ended_at=None)


@pytest.mark.parametrize(
    ("run_status", "states"),
    [
        ("STARTED", {"a": "succeeded", "b": "running", "c": "waiting"}),
        ("FAILURE", {"a": "succeeded", "b": "failed", "c": "blocked"}),
        ("CANCELED", {"a": "succeeded", "b": "cancelled", "c": "cancelled"}),
        ("SUCCESS", {"a": "succeeded", "b": "running", "c": "skipped"}),
    ],
)
def test_steps_that_did_not_end_are_told_by_how_the_run_did(run_status: str, states: dict) -> None:
    plan = [PlannedStep(key=key, after=()) for key in "abc"]
    steps = steps_of(plan, [_stats("a", "SUCCESS"), _stats("b", "IN_PROGRESS")], run_status, {})
    assert {step.name: step.state for step in steps} == states


def test_steps_of_a_plan_that_is_not_told_are_told_still() -> None:
    assert [step.name for step in steps_of((), [_stats("x[0]", "SUCCESS")], "SUCCESS", {})] == ["x[0]"]


def test_events_of_any_shape_become_lines_and_words() -> None:
    error = {"message": "e\n", "errorChain": [None]}
    events = [
        {"message": "a\n\nb", "level": "WARNING", "timestamp": "1796038867484", "stepKey": "s"},
        {"message": "c", "level": "DEBUG"},
        {"message": None, "timestamp": "odd"},
        {"__typename": "ExecutionStepFailureEvent", "message": "m", "level": "ERROR", "error": error},
    ]  # fmt: skip
    lines = list(lines_of(events))
    assert lines == [
        "[s] 11:41:07 WARNING a",
        "[s] 11:41:07 WARNING b",
        "[run] --:--:-- ERROR m",
        "[run] --:--:-- ERROR e",
    ]
    assert failure_words(events).splitlines()[0] == "e"
    assert failure_words([]) == "the run failed without a word in its log"
    assert checks_of([{"__typename": "AssetCheckEvaluationEvent"}]) == ()


def test_values_that_are_too_large_are_refused() -> None:
    entry = {"__typename": "TextMetadataEntry", "label": "t", "text": "x" * 70000}
    event = {"__typename": "MaterializationEvent", "assetKey": {"path": ["a"]}, "metadataEntries": [entry]}
    with pytest.raises(ToolFailed, match="more than 65,536"):
        values_of({"v": "a.t"}, [event])


@pytest.mark.parametrize("cursor", ["", "{", "[]", '{"p":{"a":[]}}', '{"p":3}', "null"])
def test_a_cursor_that_is_not_ours_has_seen_nothing(cursor: str) -> None:
    assert Seen.of(cursor, "run-1") == Seen(run_id="run-1", printed={})


def test_a_cursor_is_read_as_it_was_written() -> None:
    printed = {"f": Printed(title="a", steps=("a", "b"), at="3:0", rest="x", quiet=2)}
    seen = Seen(run_id="run-2", events="5", printed=printed, steps="d", is_hinted=True)
    assert Seen.of(seen.cursor(), "run-1") == seen

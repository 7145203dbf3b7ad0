"""What Airflow may answer besides what it should: broken, slow, too much, of another secret. And the pure parts of the tool."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from meshwright.tools.airflow import Airflow
from meshwright.tools.airflow_logs import MOST_LOGS, ReadUpTo, Seen, lines_of, new_entries, tries_with_news
from meshwright.tools.airflow_options import option_problems
from meshwright.tools.airflow_steps import Instance, Task, steps_of, tasks_of
from meshwright.tools.protocol import Job, JobState, ToolFailed
from tests.tools.answering import Answering, Asked, Part, answering, reply
from tests.tools.driving import job_of

LONG_AGO = "2026-01-01T00:00:00Z"


class Fake:
    """Answers as Airflow does, from parts that a test changes."""

    def __init__(self) -> None:
        self.tokens = ["canary-token-1"]
        self.run: object = {"dag_run_id": "j", "state": "running", "dag_versions": [{"id": "v"}], "queued_at": LONG_AGO}
        self.dag: object = {"dag_id": "d", "is_paused": False}
        self.instances: list[dict] = []
        self.tasks: list[dict] = [{"task_id": "load", "downstream_task_ids": []}]
        self.answers: dict[str, Callable[[Asked], list[Part]]] = {}

    def __call__(self, asked: Asked) -> list[Part]:
        for path, answer in self.answers.items():
            if path in asked.target:
                return answer(asked)
        if asked.path == "/auth/token":
            self.tokens.append(f"canary-token-{len(self.tokens) + 1}")
            return reply({"access_token": self.tokens[-1]}, 201)
        if asked.headers["authorization"] != f"Bearer {self.tokens[-1]}":
            return reply({"detail": f"Invalid JWT token {asked.headers['authorization']}"}, 403)
        name = asked.path.rpartition("/")[2]
        found = {
            "d": self.dag, "j": self.run, "tasks": {"tasks": self.tasks, "total_entries": len(self.tasks)},
            "taskInstances": {"task_instances": self.instances, "total_entries": len(self.instances)},
        }  # fmt: skip
        return reply(found[name]) if name in found else reply({"detail": "nothing here"}, 404)


def job(tmp_path: Path, server: Answering, **more: object) -> Job:
    options = {"url": server.url, "dag": "d", "username": "ana", "password": "canary-pass", **more}
    return job_of(tmp_path, options, job_id="j")


def instance(name: str, state: str | None, *, tries: int = 1, index: int = -1) -> dict:
    return {
        "task_id": name, "state": state, "try_number": tries, "map_index": index, "max_tries": 0, "hostname": "h",
        "start_date": "2026-11-30T11:00:00Z", "end_date": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/auth/token", {"token": "x"}, "Airflow's reply about a token is malformed: it has no 'access_token'"),
        ("/dagRuns/j", {"status": "x"}, "Airflow's reply about the DAG run is malformed: it has no 'state'"),
        ("/dagRuns/j", [1], "Airflow's reply about the DAG run is malformed: it has no 'state'"),
        ("/dagRuns/j", b"<html>Sign in</html>", "answered with 200 and no JSON"),
        ("/taskInstances", {"task_instances": {}}, "Airflow's reply is malformed: it has no 'task_instances'"),
        ("/taskInstances", {"task_instances": [{"a": 1}], "total_entries": 1}, "a task instance is malformed"),
        ("/tasks", {"tasks": [3]}, "Airflow's reply about a task is malformed: it has no 'task_id'"),
    ],
)
def test_malformed_replies_are_told_and_may_be_tried_again(tmp_path: Path, path: str, body: object, said: str) -> None:
    fake = Fake()
    fake.answers[path] = lambda asked: reply(body)
    with answering(fake) as server, pytest.raises(ToolFailed, match=said) as caught:
        Airflow().poll(job(tmp_path, server), "d/j", "")
    assert caught.value.is_retryable


def test_a_token_that_is_not_taken_any_more_is_renewed_once(tmp_path: Path) -> None:
    fake, tool = Fake(), Airflow()
    with answering(fake) as server:
        for _ in range(3):
            assert tool.poll(job(tmp_path, server), "d/j", "").state is JobState.RUNNING
        assert sum(asked.path == "/auth/token" for asked in server.asked) == 1
        fake.tokens.append("canary-of-a-new-secret")
        assert tool.poll(job(tmp_path, server), "d/j", "").state is JobState.RUNNING
        assert sum(asked.path == "/auth/token" for asked in server.asked) == 2
        fake.answers["/dagRuns/j"] = lambda asked: reply({"detail": f"bad token {asked.headers['authorization']}"}, 401)
        with pytest.raises(ToolFailed, match=r"with 401: bad token Bearer \*\*\*$") as caught:
            tool.poll(job(tmp_path, server), "d/j", "")
        assert not caught.value.is_retryable


def test_nobody_listening_may_be_tried_again(tmp_path: Path) -> None:
    with answering(Fake()) as server:
        pass
    for call in (Airflow().start, Airflow().find, lambda asked: Airflow().poll(asked, "d/j", "")):
        with pytest.raises(ToolFailed, match="nothing listens there") as caught:
            call(job(tmp_path, server))
        assert caught.value.is_retryable


def test_a_run_that_waits_for_a_paused_dag_says_so_once(tmp_path: Path) -> None:
    fake, tool = Fake(), Airflow()
    fake.run = {"state": "queued", "queued_at": LONG_AGO}
    with answering(fake) as server:
        poll = tool.poll(job(tmp_path, server), "d/j", "")
        assert (poll.state, poll.lines) == (JobState.WAITING, ())
        fake.dag = {"is_paused": True}
        poll = tool.poll(job(tmp_path, server), "d/j", poll.cursor)
        assert "the DAG 'd' is paused" in poll.lines[0]
        assert tool.poll(job(tmp_path, server), "d/j", poll.cursor).lines == ()
        fake.run = {"state": "queued", "queued_at": dt.datetime.now(dt.UTC).isoformat()}
        assert tool.poll(job(tmp_path, server), "d/j", "").lines == ()


def log_of(entries: list[str], *, is_running: bool) -> Callable[[Asked], list[Part]]:
    """Answers for logs as Airflow does: from the place of its mark, which a server of another secret does not know."""

    def answer(asked: Asked) -> list[Part]:
        place = 0
        header = [{"event": "::group::Log message source details"}, {"event": "/x"}, {"event": "::endgroup::"}]
        if "token=" in asked.target:
            mark = asked.target.partition("token=")[2].partition("&")[0]
            if not mark.startswith("known-"):
                return reply({"detail": "Bad Signature. Please use only the tokens provided by the API."}, 400)
            place, header = int(mark.removeprefix("known-")), []
        told = [{"event": entry, "level": "info", "timestamp": "2026-11-30T11:29:02.9Z"} for entry in entries[place:]]
        return reply({"content": header + told, "continuation_token": f"known-{len(entries)}" if is_running else None})

    return answer


def test_lines_are_told_once_though_airflow_was_started_anew(tmp_path: Path) -> None:
    fake, tool, entries = Fake(), Airflow(), ["a", "b"]
    fake.instances = [instance("load", "running")]
    fake.answers["/logs/1"] = log_of(entries, is_running=True)
    with answering(fake) as server:
        asked = job(tmp_path, server)
        first = tool.poll(asked, "d/j", "")
        assert first.lines == ("[load] 11:29:02 a", "[load] 11:29:02 b")
        entries.append("c")
        second = tool.poll(asked, "d/j", first.cursor)
        assert second.lines == ("[load] 11:29:02 c",)
        entries.append("d")
        third = tool.poll(asked, "d/j", second.cursor.replace("known-", "other-"))
        assert third.lines == ("[load] 11:29:02 d",)
        fake.run = {**fake.run, "state": "success"}  # type: ignore[dict-item]
        fake.instances = [instance("load", "success")]
        fake.answers["/logs/1"] = log_of([*entries, "e"], is_running=False)
        last = tool.poll(asked, "d/j", third.cursor)
        assert (last.state, last.lines) == (JobState.SUCCEEDED, ("[load] 11:29:02 e",))
        assert tool.poll(asked, "d/j", last.cursor).lines == ()


def test_logs_that_cannot_be_read_hold_nothing_up(tmp_path: Path) -> None:
    fake = Fake()
    fake.run = {**fake.run, "state": "failed"}  # type: ignore[dict-item]
    fake.instances = [instance("load", "failed")]
    fake.answers["/logs/1"] = lambda asked: reply({"detail": "bucket is gone"}, 500)
    with answering(fake) as server:
        poll = Airflow().poll(job(tmp_path, server), "d/j", "")
    assert poll.state is JobState.FAILED
    assert poll.error == "task 'load' failed: it told no error in its log"
    assert "its log could not be read" in poll.lines[0]
    assert "bucket is gone" in poll.lines[0]


def test_the_last_lines_of_a_failure_are_those_of_the_task(tmp_path: Path) -> None:
    fake = Fake()
    fake.run = {**fake.run, "state": "failed"}  # type: ignore[dict-item]
    fake.instances = [instance("load", "failed")]
    fake.answers["/logs/1"] = log_of(["last"], is_running=False)
    with answering(fake) as server:
        poll = Airflow().poll(job(tmp_path, server), "d/j", "")
    assert poll.error == "task 'load' failed: it told no error in its log\n[load] 11:29:02 last"


def test_a_run_that_failed_without_a_failed_task_says_what_its_tasks_are(tmp_path: Path) -> None:
    fake = Fake()
    fake.run = {**fake.run, "state": "failed"}  # type: ignore[dict-item]
    fake.instances = [instance("load", "skipped")]
    with answering(fake) as server:
        poll = Airflow().poll(job(tmp_path, server), "d/j", "")
    assert poll.error == "the DAG run 'j' of 'd' failed, none of its tasks did (they are: skipped)"


def test_values_that_are_too_large_are_refused(tmp_path: Path) -> None:
    fake = Fake()
    fake.instances = [instance("load", "success")]
    fake.answers["/xcomEntries/return_value"] = lambda asked: reply({"key": "return_value", "value": "x" * 70000})
    with (
        answering(fake) as server,
        pytest.raises(ToolFailed, match="larger than 65,536 bytes as JSON, with 'all'") as caught,
    ):
        Airflow().collect(job(tmp_path, server, values={"all": "load"}), "d/j")
    assert not caught.value.is_retryable


def test_pages_are_read_to_the_end_though_airflow_gives_fewer_than_asked(tmp_path: Path) -> None:
    fake = Fake()
    every = [instance("load", "success", index=number) for number in range(130)]

    def page(asked: Asked) -> list[Part]:
        offset = int(asked.target.partition("offset=")[2])
        return reply({"task_instances": every[offset : offset + 50], "total_entries": len(every)})

    fake.answers["/taskInstances?"] = page
    fake.answers["/logs/1"] = lambda asked: reply({"content": [], "continuation_token": None})
    with answering(fake) as server:
        steps = Airflow().poll(job(tmp_path, server), "d/j", "").steps
    assert len(steps) == 131


def test_the_graph_is_told_when_it_changed(tmp_path: Path) -> None:
    fake, tool = Fake(), Airflow()
    fake.instances = [instance("load", None, tries=0)]
    with answering(fake) as server:
        first = tool.poll(job(tmp_path, server), "d/j", "")
        assert [step.state for step in first.steps] == ["waiting"]
        assert tool.poll(job(tmp_path, server), "d/j", first.cursor).steps == ()
        fake.instances = [instance("load", "up_for_retry", tries=0)]
        assert tool.poll(job(tmp_path, server), "d/j", first.cursor).steps == ()
        fake.instances = [instance("load", "deferred", tries=0)]
        assert [step.state for step in tool.poll(job(tmp_path, server), "d/j", first.cursor).steps] == ["running"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dag": "d"}, ["there is no url of an Airflow"]),
        ({"url": "http://h"}, ["there is no name of a DAG"]),
        ({"url": "h:80", "dag": "d"}, ["the address is not one of a server, as https://host:8080"]),
        ({"url": "${env:A}", "dag": "d", "dags": 1}, ["unknown key 'dags'"]),
        ({"url": "http://h", "dag": "d", "conf": [1]}, ["conf is a map of names and values"]),
        ({"url": "http://h", "dag": "d", "username": "a"}, ["there is a username and no password"]),
        ({"url": "http://h", "dag": "d", "token": "${env:T}", "username": "a", "password": "${env:P}"},
         ["a token, or username and password: not both"]),
        ({"url": "http://h", "dag": "d", "token": "open"}, ["the token stands in the file"]),
        ({"url": "http://h", "dag": "d", "logical_date": "today"}, ["'today' is not a date or time"]),
        ({"url": "http://h", "dag": "d", "logical_date": "${param:day}"}, []),
        ({"url": "http://h", "dag": "d", "values": ["a"]}, ["values are names with task.key"]),
        ({"url": "http://h", "dag": "d", "values": {"A": "load", "b": "load."}},
         ["'A' is not a name", "a value is task.key, or task for what it returned"]),
    ],
)  # fmt: skip
def test_wrong_options_are_named(options: dict, said: list[str]) -> None:
    assert [problem.message for problem in option_problems(options)] == said


def test_a_logical_date_that_a_reference_stood_for_is_checked(tmp_path: Path) -> None:
    with answering(Fake()) as server, pytest.raises(ToolFailed, match="logical_date: 'today' is not a date or time"):
        Airflow().start(job(tmp_path, server, logical_date="today"))


def test_mapped_tasks_before_mapped_tasks_are_few_edges() -> None:
    tasks = (Task(name="a"), Task(name="b", after=("a",)), Task(name="c", after=("b",)))
    instances = [Instance(task=name, index=index, state="success") for name in "ab" for index in range(400)]
    steps = steps_of(tasks, instances)
    assert sum(len(step.after) for step in steps) == 400 + 400 + 400 + 1
    assert {step.name: step.state for step in steps if "[" not in step.name} == {
        "a": "succeeded", "b": "succeeded", "c": "waiting"
    }  # fmt: skip


def test_thousands_of_instances_are_counted_in_their_task() -> None:
    states = ["success"] * 2999 + ["failed"]
    instances = [Instance(task="a", index=index, state=state) for index, state in enumerate(states)]
    steps = steps_of((Task(name="a"),), instances)
    assert len(steps) == 1001
    assert steps[-1].state == "failed"


def test_downstream_becomes_upstream() -> None:
    assert tasks_of({"b": ["c", "gone"], "a": ["b", "c"], "c": []}) == (
        Task(name="b", after=("a",)), Task(name="a"), Task(name="c", after=("b", "a")),
    )  # fmt: skip


def test_logs_beyond_what_is_told_are_left_out() -> None:
    instances = [
        Instance(task="a", index=index, state="success", tries=1, has_host=True) for index in range(MOST_LOGS + 5)
    ]
    assert len(tries_with_news(instances, Seen(logs={}))) == MOST_LOGS
    seen = {f"a|{index}|1": ReadUpTo(is_over=index > 0) for index in range(MOST_LOGS)}
    assert [one.key for one in tries_with_news(instances, Seen(logs=seen))] == ["a|0|1"]


@pytest.mark.parametrize("cursor", ["", "{", "[]", '{"l":{"a":[]}}', '{"l":3}', "null"])
def test_a_cursor_that_is_not_ours_has_seen_nothing(cursor: str) -> None:
    assert Seen.of(cursor).logs == {}


def test_a_cursor_is_read_as_it_was_written() -> None:
    seen = Seen(
        logs={"a|-1|1": ReadUpTo(token="t", entries=3), "b|0|2": ReadUpTo(is_over=True)}, steps="x", hints=("paused",)
    )
    assert Seen.of(seen.cursor()) == seen


def test_entries_of_any_shape_become_lines() -> None:
    entries = ["plain", 3, {"event": None}, {"event": "x", "level": "error", "error_detail": "odd", "timestamp": "odd"}]
    assert list(lines_of("t", entries)) == ["[t] plain", "[t] 3", "[t] None", "[t] ERROR x"]
    assert new_entries(entries, ReadUpTo(entries=1)) == (entries[1:], 4)
    assert new_entries([], ReadUpTo(entries=7)) == ([], 7)
    assert json.loads(Seen(logs={}).cursor()) == {"l": {}, "s": "", "h": []}

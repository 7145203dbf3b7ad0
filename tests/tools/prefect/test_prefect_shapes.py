"""What is made of Prefect's answers, and of wrong options, without a Prefect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.tools.prefect import Prefect
from meshwright.tools.prefect_logs import Seen, lines_of
from meshwright.tools.prefect_options import page_of, server_of
from meshwright.tools.prefect_runs import artifact_values, failure_of, state_line, steps_of
from meshwright.tools.protocol import JobState, ToolFailed
from tests.tools.driving import job_of, place_of
from tests.tools.web import Web, running_web

TOOL = Prefect()
GOOD = {"url": "http://h/api", "deployment": "f/d"}


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as found:
        yield found


def record(key: str, time: str, message: str, level: int = 20) -> dict:
    return {"id": key.rjust(36, "0"), "timestamp": f"2026-11-30T11:00:{time}Z", "message": message, "level": level}


def test_a_record_that_comes_late_is_told_and_none_is_told_twice() -> None:
    first = [record("a", "01.5", "one"), record("b", "05", "two\nthree", 40)]
    lines, seen = lines_of(first, Seen.read(""))
    assert lines == ("one", "ERROR: two", "ERROR: three")
    assert seen.since == "2026-11-30T10:59:55+00:00"
    late = [record("a", "01.5", "one"), record("c", "04", "late"), record("b", "05", "two"), record("d", "20", "four")]
    lines, seen = lines_of(late, Seen.read(seen.text()))
    assert lines == ("late", "four")
    assert [key[-1] for key, _ in seen.told] == ["d"]


def test_names_of_steps_do_not_hold_what_is_random() -> None:
    tasks = [
        {"id": "1", "flow_run_id": "r", "name": "load-abc", "dynamic_key": "abcdef", "state_type": "COMPLETED",
         "state_name": "Cached"},
        {"id": "2", "flow_run_id": "r", "name": "load-0", "dynamic_key": "0", "state_type": "PENDING", "state_name": "NotReady",
         "task_inputs": {"a": [{"input_type": "task_run", "id": "1"}, {"input_type": "parameter", "name": "x"}], "b": None}},
        {"id": "3", "flow_run_id": "r", "name": "load-7", "dynamic_key": "x", "state_type": "NEW"},
    ]  # fmt: skip
    assert [(step.name, step.state, step.after) for step in steps_of(tasks, "r")] == [
        ("load", "skipped", ()), ("load-2", "blocked", ("load",)), ("load-7", "waiting", ()),
    ]  # fmt: skip


def test_values_are_the_newest_of_each_artifact_and_small() -> None:
    artifacts = [
        {"id": "1", "key": "my-rows", "type": "table", "data": "[1]", "updated": "1"},
        {"id": "2", "key": "my-rows", "type": "table", "data": "[2]", "updated": "2"},
        {"id": "3", "key": None, "type": "result", "data": 1, "updated": "3"},
        {"id": "4", "key": "large", "type": "markdown", "data": "x" * 20_000, "updated": "7"},
        {"id": "5", "key": "broken", "type": "table", "data": "[", "updated": "5"},
        *({"id": str(n), "key": f"k{n}", "type": "progress", "data": "x" * 15_000, "updated": "6"} for n in range(9)),
    ]
    values = artifact_values(artifacts)
    assert values["my_rows"] == [2]
    assert set(values) == {"my_rows", "k0", "k1", "k2"}


def test_a_failure_without_words_is_its_state() -> None:
    assert failure_of({"state_name": "Crashed", "state": {"message": ""}}, ()) == "the flow run ended as Crashed"
    assert state_line({"state_name": "Late", "state": None}).startswith("Prefect: Late: no worker has taken it")


def test_the_page_of_a_run_is_where_prefect_has_its_pages() -> None:
    cloud = server_of(GOOD | {"url": "https://api.prefect.cloud/api/accounts/a/workspaces/w", "api_key": "k"})
    assert page_of(cloud, "r") == "https://app.prefect.cloud/account/a/workspace/w/runs/flow-run/r"
    assert page_of(server_of(GOOD | {"url": "http://h:4200"}), "r") == "http://h:4200/runs/flow-run/r"


@pytest.mark.parametrize(
    ("options", "header"),
    [({"api_key": "pnu_x"}, "Bearer pnu_x"), ({"auth": {"user": "admin", "password": "pw"}}, "Basic YWRtaW46cHc=")],
)
def test_who_asks_is_sent(tmp_path: Path, web: Web, options: dict, header: str) -> None:
    web.answers([])
    TOOL.find(job_of(tmp_path, GOOD | {"url": web.url} | options))
    assert web.asked[0].headers["authorization"] == header


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_wants_to_know_who_asks_is_told_with_what_to_do(tmp_path: Path, web: Web, status: int) -> None:
    web.answers({"detail": "Unauthorized"}, status=status)
    with pytest.raises(ToolFailed, match=f"with {status}: Unauthorized") as caught:
        TOOL.start(job_of(tmp_path, GOOD | {"url": web.url}))
    assert (caught.value.is_retryable, str(caught.value.fix).startswith("set api_key")) == (False, True)


@pytest.mark.parametrize("body", [b"[1]", b"{}", b'"x"', b"null", b'{"id": 3}'])
def test_answers_of_another_shape_are_told(tmp_path: Path, web: Web, body: bytes) -> None:
    web.answers(body)
    job = job_of(tmp_path, GOOD | {"url": web.url})
    for asks in (TOOL.start, TOOL.find, lambda each: TOOL.poll(each, "x", ""), lambda each: TOOL.collect(each, "x")):
        with pytest.raises(ToolFailed, match="does not answer as a Prefect server does") as caught:
            asks(job)
        assert not caught.value.is_retryable


def test_a_page_instead_of_an_answer_can_be_tried_again(tmp_path: Path, web: Web) -> None:
    web.answers(b"<h1>Proxy</h1>")
    with pytest.raises(ToolFailed, match="no JSON") as caught:
        TOOL.poll(job_of(tmp_path, GOOD | {"url": web.url}), "x", "")
    assert caught.value.is_retryable


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_server_that_is_busy_is_asked_again(tmp_path: Path, web: Web, status: int) -> None:
    """Prefect on SQLite answers 503 while it writes elsewhere: a run without `retry` would end with its first call."""

    def answer(asked):
        if sum(each.path == asked.path for each in web.asked) <= 2:
            return status, {}, b'{"exception_message": "Service Unavailable"}'
        if asked.path.endswith("/filter"):
            return 200, {}, b"[]"
        return (200, {}, b'{"id": "d"}') if asked.method == "GET" else (201, {}, b'{"id": "run-1"}')

    web.answer = answer
    job = job_of(tmp_path, GOOD | {"url": web.url})
    assert TOOL.find(job) is None
    assert TOOL.start(job) == "run-1"
    assert [each.method for each in web.asked] == ["POST"] * 3 + ["GET"] * 3 + ["POST"] * 3
    assert {each.json["idempotency_key"] for each in web.asked[6:]} == {job.id}  # type: ignore[index]


@pytest.mark.parametrize(("status", "calls"), [(503, 3), (500, 1), (404, 1)])
def test_a_server_that_stays_busy_is_told_after_some_attempts(
    tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch, status: int, calls: int
) -> None:
    monkeypatch.setattr("meshwright.tools.prefect_api._BUSY_WAITS_S", (0.0, 0.0))
    web.answers({"exception_message": "Service Unavailable"}, status=status)
    with pytest.raises(ToolFailed, match=f"with {status}: Service Unavailable") as caught:
        TOOL.find(job_of(tmp_path, GOOD | {"url": web.url}))
    assert (caught.value.is_retryable, len(web.asked)) == (status >= 500, calls)


def test_a_state_that_is_not_known_is_told(tmp_path: Path, web: Web) -> None:
    web.answers({"id": "x", "state_type": "DREAMING"})
    with pytest.raises(ToolFailed, match="unknown state 'DREAMING'"):
        TOOL.poll(job_of(tmp_path, GOOD | {"url": web.url}), "x", "")


def test_the_end_is_told_though_its_log_never_comes(tmp_path: Path, web: Web) -> None:
    def answer(asked):
        if asked.method == "GET":
            return 200, {}, b'{"id": "x", "state_type": "COMPLETED", "state_name": "Completed"}'
        return 200, {}, b"[]"

    web.answer = answer
    job = job_of(tmp_path, GOOD | {"url": web.url})
    first = TOOL.poll(job, "x", "")
    assert first.state is JobState.RUNNING
    earlier = Seen.read(first.cursor)
    assert earlier.ended is not None
    assert TOOL.poll(job, "x", earlier.changed(ended=earlier.ended - 6).text()).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"deployment": "f/d"}, "no Prefect server is named"),
        (GOOD | {"url": "h:4200"}, "the address is not one of a server, as https://host:8080"),
        ({"url": "http://h"}, "a deployment is named by its flow and its name"),
        (GOOD | {"deployment": "nightly"}, "a deployment is named by its flow and its name"),
        (GOOD | {"deploymnt": "x"}, "unknown key 'deploymnt'"),
        (GOOD | {"parameters": [1]}, "parameters are names with values"),
        (GOOD | {"tags": "x"}, "tags are a list of texts"),
        (GOOD | {"name": 1}, "name is a text"),
        (GOOD | {"auth": {"user": "x"}}, "auth is a user and a password"),
        (GOOD | {"auth": {"user": "x", "password": "y"}, "api_key": "z"}, "auth and api_key are both given"),
        (GOOD | {"headers": {"a": 1}}, "headers are names with texts"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict, message: str) -> None:
    assert [problem.message for problem in TOOL.problems(options, place_of(tmp_path))] == [message]

"""Jobs of a server by description, against a real server of jobs with faults."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from meshwright.tools.protocol import JobState, ToolFailed
from meshwright.tools.rest import Rest
from tests.tools.driving import drive, follow, job_of, place_of
from tests.tools.jobs_server import JobsServer, running_jobs
from tests.tools.web import running_web

TOOL = Rest()
OPTIONS = {
    "url": "http://127.0.0.1:1/api",
    "auth": {"bearer": "s3cret-token"},
    "allow": ["127.0.0.0/8"],
    "start": {"url": "/runs", "json": {"job": "nightly", "tag": "{id}"}, "handle": "$.run.id"},
    "poll": {
        "url": "/runs/{handle}", "state": "$.status", "waiting": ["queued"], "succeeded": ["done"], "failed": ["broken"],
        "cancelled": ["cancelled"], "error": "$.message",
    },
    "log": "/runs/{handle}/log",
    "result": {"url": "/runs/{handle}/result", "values": {"rows": "$.rows", "tables": "$.tables[*].name"}},
    "cancel": "/runs/{handle}/cancel",
    "page": "https://jobs.example.org/{handle}",
}  # fmt: skip
FIND = {"url": "/runs?tag={id}", "handle": "$.runs[*].id"}


@pytest.fixture
def server() -> Iterator[JobsServer]:
    with running_jobs() as found:
        yield found


def options_for(server: JobsServer, **changes: object) -> dict:
    options = deepcopy(OPTIONS) | {"url": f"{server.web.url}/api"}
    for name, value in changes.items():
        part, _, key = name.partition("__")
        if key:
            options[part][key] = value
        elif value is None:
            del options[name]
        else:
            options[name] = value
    return options


def test_a_job_is_started_watched_and_collected(tmp_path: Path, server: JobsServer) -> None:
    job = job_of(tmp_path, options_for(server))
    driven = drive(TOOL, job)
    assert driven.state is JobState.SUCCEEDED
    assert driven.outcome is not None
    assert driven.outcome.values == {"rows": 42, "tables": ["a", "b"]}
    assert driven.outcome.url == "https://jobs.example.org/r%2F1"
    assert driven.lines == ["one", "two", "three"]
    assert server.runs["r%2F1"]["given"] == {"job": "nightly", "tag": job.id}
    assert server.runs["r%2F1"]["key"] == job.id


def test_states_are_told_as_they_are(tmp_path: Path, server: JobsServer) -> None:
    job = job_of(tmp_path, options_for(server))
    handle = TOOL.start(job)
    assert [TOOL.poll(job, handle, "").state for _ in range(3)] == [
        JobState.WAITING,
        JobState.RUNNING,
        JobState.SUCCEEDED,
    ]


def test_a_failure_is_told_in_the_servers_words(tmp_path: Path, server: JobsServer) -> None:
    server.states, server.error = ("broken",), "table orders is empty"
    driven = drive(TOOL, job_of(tmp_path, options_for(server)))
    assert (driven.state, driven.error) == (JobState.FAILED, "table orders is empty")


def test_a_failure_without_words_is_its_state(tmp_path: Path, server: JobsServer) -> None:
    server.states = ("broken",)
    driven = drive(TOOL, job_of(tmp_path, options_for(server)))
    assert driven.error == 'the server tells the state "broken"'


def test_a_cancelled_job_ends(tmp_path: Path, server: JobsServer) -> None:
    server.states = ("running",)
    job = job_of(tmp_path, options_for(server))
    handle = TOOL.start(job)
    TOOL.cancel(job, handle)
    TOOL.cancel(job, handle)
    assert follow(TOOL, job, handle).state is JobState.CANCELLED
    keys = [asked.headers["idempotency-key"] for asked in server.web.asked if asked.method == "POST"]
    assert keys == [job.id, f"{job.id}-cancel", f"{job.id}-cancel"]


def test_a_job_that_fails_because_it_was_cancelled_is_cancelled(tmp_path: Path, server: JobsServer) -> None:
    server.states = ("running",)
    job = job_of(tmp_path, options_for(server, poll__failed=["cancelled", "broken"], poll__cancelled=[]))
    handle = TOOL.start(job)
    TOOL.cancel(job, handle)
    assert follow(TOOL, job, handle).state is JobState.CANCELLED


def test_a_job_that_nobody_can_cancel_says_so(tmp_path: Path, server: JobsServer) -> None:
    job = job_of(tmp_path, options_for(server, cancel=None))
    with pytest.raises(ToolFailed, match="nothing says how this job is cancelled"):
        TOOL.cancel(job, TOOL.start(job))


def test_a_state_that_is_not_described_is_a_failure_where_those_of_running_are(
    tmp_path: Path, server: JobsServer
) -> None:
    server.states = ("exploded",)
    driven = drive(TOOL, job_of(tmp_path, options_for(server, poll__running=["running"])))
    assert driven.state is JobState.FAILED
    assert driven.error == f'{server.web.url}/api/runs/r%2F1 tells a state that is not described: "exploded"'


def test_a_job_that_never_ends_runs_on(tmp_path: Path, server: JobsServer) -> None:
    server.states = ("running",)
    job = job_of(tmp_path, options_for(server))
    handle = TOOL.start(job)
    assert {TOOL.poll(job, handle, "").state for _ in range(20)} == {JobState.RUNNING}


def test_a_server_that_fails_and_comes_back_is_asked_again(tmp_path: Path, server: JobsServer) -> None:
    job = job_of(tmp_path, options_for(server))
    handle = TOOL.start(job)
    server.fault = lambda asked: (500, {}, b"<h1>Out of memory</h1>")
    with pytest.raises(ToolFailed, match=r"answered 500 Internal Server Error: Out of memory") as caught:
        TOOL.poll(job, handle, "")
    assert caught.value.is_retryable
    server.fault = lambda asked: b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"status"'
    with pytest.raises(ToolFailed, match="no JSON") as caught:
        TOOL.poll(job, handle, "")
    assert caught.value.is_retryable
    server.fault = lambda asked: None
    assert follow(TOOL, job, handle).state is JobState.SUCCEEDED


def test_a_slow_server_is_not_waited_for(tmp_path: Path, server: JobsServer) -> None:
    job = job_of(tmp_path, options_for(server, timeout="300ms"))
    handle = TOOL.start(job)
    server.fault = lambda asked: time.sleep(3)
    started = time.monotonic()
    with pytest.raises(ToolFailed, match=r"no whole reply within 0\.3 s") as caught:
        TOOL.poll(job, handle, "")
    assert caught.value.is_retryable
    assert time.monotonic() - started < 2.5


def test_a_job_that_is_gone_is_lost(tmp_path: Path, server: JobsServer) -> None:
    job = job_of(tmp_path, options_for(server))
    handle = TOOL.start(job)
    server.runs.clear()
    poll = TOOL.poll(job, handle, "")
    assert (poll.state, poll.error) == (JobState.LOST, f"{server.web.url}/api/runs/r%2F1 answered 404 Not Found")


def test_an_answer_without_the_state_is_final(tmp_path: Path, server: JobsServer) -> None:
    job = job_of(tmp_path, options_for(server, poll__state="$.state"))
    with pytest.raises(
        ToolFailed, match=r"tells no state: there is no \$\.state: no 'state' among id, key, tag"
    ) as caught:
        TOOL.poll(job, TOOL.start(job), "")
    assert not caught.value.is_retryable


def test_a_refused_start_is_told_in_the_servers_words_and_begins_nothing(tmp_path: Path, server: JobsServer) -> None:
    job = job_of(tmp_path, options_for(server, auth={"bearer": "wrong-token"}))
    with pytest.raises(ToolFailed, match=r"/api/runs answered 401 Unauthorized: who are you\?") as caught:
        TOOL.start(job)
    assert not caught.value.is_retryable
    assert TOOL.find(job) is None


def test_a_server_that_is_not_there_can_be_tried_again(tmp_path: Path, server: JobsServer) -> None:
    with running_web() as gone:
        pass
    job = job_of(tmp_path, options_for(server, url=gone.url))
    with pytest.raises(ToolFailed, match="nothing listens there") as caught:
        TOOL.start(job)
    assert caught.value.is_retryable
    assert TOOL.find(job) is None


def test_calls_go_where_the_mesh_allows(tmp_path: Path, server: JobsServer) -> None:
    with pytest.raises(ToolFailed, match=r"127\.0\.0\.1, this machine: it may not be reached"):
        TOOL.start(job_of(tmp_path, options_for(server, allow=[])))
    assert not server.web.asked


CUT = b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"


def cutting(server: JobsServer):
    """A start that the server does, and whose answer does not come."""

    def fault(asked: object) -> object:
        server.fault = lambda asked: None
        server.started(asked)  # type: ignore[arg-type]
        return CUT

    return fault


def test_a_start_without_an_answer_is_not_repeated_blindly(tmp_path: Path, server: JobsServer) -> None:
    server.fault = cutting(server)
    job = job_of(tmp_path, options_for(server))
    with pytest.raises(ToolFailed, match="was cut off; whether the job began is not known") as caught:
        TOOL.start(job)
    assert not caught.value.is_retryable
    for again in (TOOL.start, TOOL.find):
        with pytest.raises(ToolFailed, match="whether it began is not known"):
            again(job)
    assert len(server.runs) == 1


def test_a_start_without_an_answer_is_found_where_the_server_can_be_asked(tmp_path: Path, server: JobsServer) -> None:
    server.fault, server.honours_keys = cutting(server), False
    job = job_of(tmp_path, options_for(server, find=FIND))
    with pytest.raises(ToolFailed) as caught:
        TOOL.start(job)
    assert caught.value.is_retryable
    assert TOOL.start(job) == TOOL.find(job) == "r/1"
    assert len(server.runs) == 1


def test_a_start_that_did_not_begin_is_made_where_the_server_can_be_asked(tmp_path: Path, server: JobsServer) -> None:
    server.fault = lambda asked: CUT
    job = job_of(tmp_path, options_for(server, find=FIND))
    with pytest.raises(ToolFailed):
        TOOL.start(job)
    server.fault = lambda asked: None
    assert TOOL.find(job) is None
    assert TOOL.start(job) == "r/1"


def test_a_start_is_repeated_where_the_server_honours_the_key(tmp_path: Path, server: JobsServer) -> None:
    server.fault = cutting(server)
    job = job_of(tmp_path, options_for(server, start__idempotent=True))
    with pytest.raises(ToolFailed) as caught:
        TOOL.start(job)
    assert caught.value.is_retryable
    assert TOOL.find(job) == TOOL.start(job) == "r/1"
    assert len(server.runs) == 1


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_does_not_know_whether_the_job_began(tmp_path: Path, server: JobsServer, status: int) -> None:
    server.fault = lambda asked: (status, {}, b"")
    with pytest.raises(ToolFailed, match="whether the job began is not known"):
        TOOL.start(job_of(tmp_path, options_for(server)))


@pytest.mark.parametrize("moment", ["asked", "accepted"])
def test_a_job_is_started_once_though_its_starter_is_killed(tmp_path: Path, server: JobsServer, moment: str) -> None:
    """Killed with the call on its way: before the server did it (it does, later), and right after."""
    hold_s = 0.5 if moment == "asked" else 0.0
    server.honours_keys = False

    def fault(asked):
        if asked.method == "POST":
            time.sleep(hold_s)
            server.started(asked)
            time.sleep(1.0)
            return CUT
        return None

    server.fault = fault
    options = options_for(server, find=FIND)
    code = textwrap.dedent(
        f"""
        import pathlib
        from tests.tools.driving import job_of
        from meshwright.tools.rest import Rest
        Rest().start(job_of(pathlib.Path({str(tmp_path)!r}), {options!r}))
        """
    )
    child = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    until = time.monotonic() + 20
    while not (server.web.asked if moment == "asked" else server.runs) and time.monotonic() < until:
        time.sleep(0.01)
    child.kill()
    child.wait()
    while not server.runs and time.monotonic() < until:
        time.sleep(0.01)
    driven = drive(TOOL, job_of(tmp_path, options))
    assert driven.state is JobState.SUCCEEDED
    assert list(server.runs) == ["r%2F1"]


def test_a_log_goes_on_where_it_was(tmp_path: Path, server: JobsServer) -> None:
    job = job_of(tmp_path, options_for(server))
    handle = TOOL.start(job)
    first = TOOL.poll(job, handle, "")
    second = TOOL.poll(job, handle, first.cursor)
    assert (first.lines, second.lines) == (("one",), ("two",))


def test_a_log_by_offset_and_path_is_asked_for_what_is_new(tmp_path: Path, server: JobsServer) -> None:
    def fault(asked):
        if asked.path.endswith("/lines"):
            offset = int(asked.query.partition("=")[2])
            return 200, {}, b'{"lines": [{"t": 1}, "b"]}' if offset == 0 else b'{"lines": ["c"]}'
        return None

    server.fault = fault
    log = {"url": "/runs/{handle}/lines?from={offset}", "lines": "$.lines"}
    driven = drive(TOOL, job_of(tmp_path, options_for(server, log=log)))
    assert driven.lines == ['{"t": 1}', "b", "c", "c"]
    assert [asked.query for asked in server.web.asked if asked.path.endswith("lines")] == ["from=0", "from=2", "from=3"]


def test_a_log_that_is_not_there_yet_is_asked_for_again(tmp_path: Path, server: JobsServer) -> None:
    missing = iter([True, True])
    server.fault = lambda asked: (404, {}, b"") if asked.path.endswith("/log") and next(missing, False) else None
    assert drive(TOOL, job_of(tmp_path, options_for(server))).lines == ["one", "two", "three"]


@pytest.mark.parametrize("answer", [(403, {}, b"no"), (200, {}, b"{}")])
def test_a_log_that_fails_does_not_fail_the_job(tmp_path: Path, server: JobsServer, answer: object) -> None:
    server.fault = lambda asked: answer if asked.path.endswith("/log") else None
    log = {"url": "/runs/{handle}/log", "lines": "$.lines"}
    driven = drive(TOOL, job_of(tmp_path, options_for(server, log=log)))
    assert driven.state is JobState.SUCCEEDED
    assert len(driven.lines) == 1
    assert driven.lines[0].startswith("(the log cannot be read: ")


def test_values_may_stand_in_the_last_look(tmp_path: Path, server: JobsServer) -> None:
    driven = drive(TOOL, job_of(tmp_path, options_for(server, result={"values": {"tag": "$.tag"}})))
    assert driven.outcome is not None
    assert driven.outcome.values == {"tag": job_of(tmp_path, {}).id}


def test_a_value_that_is_not_there_is_told(tmp_path: Path, server: JobsServer) -> None:
    with pytest.raises(ToolFailed, match=r"value 'rows' is not in the answer of .*: no 'row' among rows, tables"):
        drive(TOOL, job_of(tmp_path, options_for(server, result__values={"rows": "$.row"})))


def test_the_handle_may_be_an_address_in_a_header(tmp_path: Path, server: JobsServer) -> None:
    def fault(asked):
        if asked.method == "POST":
            server.started(asked)
            return 202, {"Operation-Location": f"{server.web.url}/api/runs/r%2F1"}, b""
        return None

    server.fault = fault
    start = {"url": "/runs", "json": {}, "handle": {"header": "Operation-Location"}}
    driven = drive(
        TOOL, job_of(tmp_path, options_for(server, start=start, poll__url="{handle}", log=None, result=None))
    )
    assert driven.state is JobState.SUCCEEDED


def test_an_address_of_another_server_is_not_given_the_token(tmp_path: Path, server: JobsServer) -> None:
    with running_web() as other:
        server.fault = lambda asked: (202, {"Location": f"{other.url}/x"}, b"")
        start = {"url": "/runs", "json": {}, "handle": {"header": "Location"}}
        job = job_of(tmp_path, options_for(server, start=start, poll__url="{handle}"))
        with pytest.raises(ToolFailed, match="the handle is an address of another server"):
            TOOL.poll(job, TOOL.start(job), "")
        assert not other.asked


@pytest.mark.parametrize(
    "body", [b"{}", b'{"run": {"id": null}}', b'{"run": {"id": {}}}', b"hello", b'{"run": {"id": ""}}']
)
def test_an_answer_that_names_no_job_is_told(tmp_path: Path, server: JobsServer, body: bytes) -> None:
    server.fault = lambda asked: (200, {}, body)
    with pytest.raises(ToolFailed, match="whether the job began is not known"):
        TOOL.start(job_of(tmp_path, options_for(server)))


def test_no_secret_stands_in_what_is_told(tmp_path: Path, server: JobsServer) -> None:
    server.fault = lambda asked: (500, {}, f"you sent {asked.headers['authorization']}".encode())
    with pytest.raises(ToolFailed) as caught:
        TOOL.start(job_of(tmp_path, options_for(server)))
    assert "s3cret-token" not in str(caught.value)


POLL = {"url": "/r/{handle}", "state": "$.s", "succeeded": "ok", "failed": "bad"}
START = {"url": "/r", "method": "POST", "handle": "$.id"}
BASE = {"url": "http://h/api", "start": START, "poll": POLL}


@pytest.mark.parametrize(
    ("options", "path", "message"),
    [
        ({}, (), "there is no 'start'"),
        (BASE | {"strat": {}}, ("strat",), "unknown key 'strat'"),
        (BASE | {"start": "x"}, ("start",), "'start' is a call"),
        (BASE | {"url": "ftp://h"}, ("url",), "an address begins with http:// or https://"),
        (BASE | {"auth": {"user": "x"}}, ("auth",), "auth is a bearer token, or a user and a password"),
        (BASE | {"allow": ["x"]}, ("allow",), "'x' does not appear to be an IPv4 or IPv6 network"),
        (BASE | {"start": {"url": "/r"}}, ("start",), "nothing says what the server calls the job"),
        (BASE | {"start": START | {"handle": "id"}}, ("start", "handle"), "a path begins with $, as $.id does"),
        (BASE | {"start": START | {"handle": {"head": "x"}}}, ("start", "handle"), "a handle is a path, or {header: NAME}"),
        (BASE | {"start": START | {"url": "/r/{handle}"}}, ("start", "url"), "{handle} is not filled in here"),
        (BASE | {"start": START | {"json": {"a": ["{handle}"]}}}, ("start", "json", "a", 0),
         "{handle} is not known before the job is started"),
        (BASE | {"start": START | {"method": "SEND"}}, ("start", "method"), "there is no method 'SEND'"),
        (BASE | {"start": START | {"idempotent": "x"}}, ("start", "idempotent"), "idempotent is true or false"),
        (BASE | {"start": START | {"values": {}}}, ("start", "values"), "unknown key 'values'"),
        (BASE | {"start": START | {"url": "http://other/"}}, ("start", "url"), "it is appended to the url that all calls share"),
        ({"start": START, "poll": POLL | {"url": "http://h/"}}, ("start", "url"), "an address begins with http:// or https://"),
        (BASE | {"poll": POLL | {"url": "/r/{hande}"}}, ("poll", "url"), "{hande} is not filled in here"),
        (BASE | {"poll": {"url": "/r", "succeeded": "ok", "failed": "bad"}}, ("poll",), "nothing says where the state is"),
        (BASE | {"poll": {"url": "/r", "state": "$.s", "failed": "bad"}}, ("poll",), "no state is a success"),
        (BASE | {"poll": {"url": "/r", "state": "$.s", "succeeded": "ok"}}, ("poll",),
         "no state is a failure: a job that fails would be waited for forever"),
        (BASE | {"poll": POLL | {"failed": ["bad", "ok"]}}, ("poll", "failed"), "state 'ok' is also 'succeeded'"),
        (BASE | {"poll": POLL | {"failed": [{"a": 1}]}}, ("poll", "failed"), '{"a": 1} is no state'),
        (BASE | {"poll": POLL | {"error": "$["}}, ("poll", "error"),
         "'$[' is no path at character 3: a name in quotes, a number, a slice (1:3) or * stands here"),
        (BASE | {"log": {"url": "/l", "lines": 1}}, ("log", "lines"), "a path into the answer is a text"),
        (BASE | {"result": {"url": "/x"}}, ("result",), "no values are taken from the result"),
        (BASE | {"result": {"values": {"a": "b"}}}, ("result", "values", "a"), "a path begins with $, as $.id does"),
        (BASE | {"cancel": 1}, ("cancel",), "'cancel' is a call"),
        (BASE | {"find": {"url": "/f/{handle}", "handle": "$.id"}}, ("find", "url"), "{handle} is not filled in here"),
        (BASE | {"page": "https://x/{run}"}, ("page",), "{run} is not filled in here"),
    ],
)  # fmt: skip
def test_wrong_options_are_named(tmp_path: Path, options: dict, path: tuple, message: str) -> None:
    problems = list(TOOL.problems(options, place_of(tmp_path)))
    assert (problems[0].path, problems[0].message) == (path, message)
    assert len(problems) == (2 if options == {} else 1)


@pytest.mark.parametrize(
    "options",
    [
        BASE,
        OPTIONS,
        OPTIONS | {"find": FIND},
        {
            "start": START | {"url": "${env:URL}/x/{id}"},
            "poll": POLL | {"url": "${env:URL}/x/{handle}", "running": ["r"]},
        },
        BASE | {"url": "${env:BASE}", "poll": POLL | {"url": "{handle}"}},
        BASE | {"poll": {"url": "/r", "state": "$.done", "succeeded": True, "running": False}},
    ],
)
def test_right_options_have_no_problems(tmp_path: Path, options: dict) -> None:
    assert list(TOOL.problems(options, place_of(tmp_path))) == []


def test_states_are_numbers_and_booleans_too(tmp_path: Path, server: JobsServer) -> None:
    server.states = (False, False, True)  # type: ignore[assignment]
    poll = {"url": "/runs/{handle}", "state": "$.status", "succeeded": True, "running": False}
    assert drive(TOOL, job_of(tmp_path, options_for(server, poll=poll))).state is JobState.SUCCEEDED

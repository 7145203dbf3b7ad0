"""Calls over HTTP as jobs, against a real server with faults: made once, told in its words, bounded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from meshwright.tools.http import Http
from meshwright.tools.protocol import JobState, ToolFailed
from tests.tools.driving import Driven, drive, follow, job_of, place_of
from tests.tools.web import Web, running_web

TOOL = Http()
LOCAL = ["127.0.0.0/8", "::1/128"]


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as found:
        yield found


def made(tmp_path: Path, web: Web, **options: object) -> Driven:
    given = {"url": f"{web.url}/hook", "allow": LOCAL, **options}
    return drive(TOOL, job_of(tmp_path, given))


def test_a_call_sends_what_is_written_and_leaves_values(tmp_path: Path, web: Web) -> None:
    web.answers({"id": 7, "runs": [{"state": "ok"}, {"state": "late"}]}, status=201)
    driven = made(
        tmp_path, web, json={"rows": 3, "name": "ä"}, headers={"X-Team": "ops"}, auth={"bearer": "t0ken"},
        values={"id": "$.id", "states": "$.runs[*].state"},
    )  # fmt: skip
    assert driven.state is JobState.SUCCEEDED
    assert driven.outcome is not None
    assert driven.outcome.values == {"status": 201, "id": 7, "states": ["ok", "late"]}
    (asked,) = web.asked
    assert (asked.method, asked.path, asked.json) == ("POST", "/hook", {"rows": 3, "name": "ä"})
    sent = {name: asked.headers[name] for name in ("idempotency-key", "x-team", "authorization", "content-type")}
    assert sent == {
        "idempotency-key": job_of(tmp_path, {}).key, "x-team": "ops", "authorization": "Bearer t0ken",
        "content-type": "application/json",
    }  # fmt: skip
    assert driven.lines == [f"POST {web.url}/hook", "201 Created, 55 bytes"]


@pytest.mark.parametrize(
    ("options", "kind", "body"),
    [
        ({"form": {"a": ["1", 2], "b": "x y"}}, "application/x-www-form-urlencoded", b"a=1&a=2&b=x+y"),
        ({"body": "hi\n"}, "text/plain; charset=utf-8", b"hi\n"),
        ({"body": "<a/>", "headers": {"content-type": "text/xml"}}, "text/xml", b"<a/>"),
        ({"json": False}, "application/json", b"false"),
        ({"json": [], "method": "PUT"}, "application/json", b"[]"),
    ],
)
def test_what_is_sent_has_its_form(tmp_path: Path, web: Web, options: dict, kind: str, body: bytes) -> None:
    assert made(tmp_path, web, **options).state is JobState.SUCCEEDED
    assert (web.asked[0].headers["content-type"], web.asked[0].body) == (kind, body)
    assert web.asked[0].method == options.get("method", "POST")


def test_a_large_body_arrives_whole_and_stands_in_no_file(tmp_path: Path, web: Web) -> None:
    assert made(tmp_path, web, body="secret " * 100_000).state is JobState.SUCCEEDED
    assert len(web.asked[0].body) == 700_000
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"secret" in path.read_bytes()]


def test_an_address_alone_is_a_get(tmp_path: Path, web: Web) -> None:
    assert made(tmp_path, web).state is JobState.SUCCEEDED
    assert web.asked[0].method == "GET"


@pytest.mark.parametrize(
    ("status", "is_retryable"), [(400, False), (401, False), (404, False), (409, False), (429, True), (500, True), (503, True)]
)  # fmt: skip
def test_a_refusal_is_told_in_the_servers_words(tmp_path: Path, web: Web, status: int, is_retryable: bool) -> None:
    web.answers({"error": "no such hook"}, status=status, Retry_After="30")
    driven = made(tmp_path, web)
    assert driven.state is JobState.FAILED
    assert driven.error is not None
    assert driven.error.startswith(f"{web.url}/hook answered {status} ")
    assert driven.error.endswith(": no such hook (it asks to wait 30 s)")
    poll = TOOL.poll(job_of(tmp_path, {}), driven.handle, "")
    assert poll.is_retryable is is_retryable


def test_statuses_that_are_expected_are_no_refusal(tmp_path: Path, web: Web) -> None:
    web.answers(status=409)
    assert made(tmp_path, web, expect=[200, 409]).state is JobState.SUCCEEDED


def test_a_status_of_success_that_is_not_expected_is_a_refusal(tmp_path: Path, web: Web) -> None:
    web.answers(status=202)
    assert made(tmp_path, web, expect=[200, 201]).state is JobState.FAILED
    assert not TOOL.poll(job_of(tmp_path, {}), "1", "").is_retryable


@pytest.mark.parametrize(
    ("answer", "message", "is_retryable"),
    [
        (b"", "closed without a reply", True),
        (b"hello\r\n\r\n", "does not speak HTTP", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "was cut off", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "was cut off", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"id\"", "no JSON", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "value 'id' is not in the answer", False),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "packed as 'gzip'", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 40000000\r\n\r\n", "larger than 16,777,216 bytes", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"[" * 200_000, "no JSON", False),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n", "does not speak HTTP", True),
    ],
)  # fmt: skip
def test_a_malformed_answer_is_told(tmp_path: Path, web: Web, answer: bytes, message: str, is_retryable: bool) -> None:
    web.answer = lambda asked: answer
    driven = made(tmp_path, web, values={"id": "$.id"})
    assert driven.state is JobState.FAILED
    assert message in str(driven.error)
    assert TOOL.poll(job_of(tmp_path, {}), driven.handle, "").is_retryable is is_retryable


def test_a_server_that_drips_is_left_in_time(tmp_path: Path, web: Web) -> None:
    def dripping() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        for _ in range(200):
            time.sleep(0.05)
            yield b"X"

    web.answer = lambda asked: dripping()
    started = time.monotonic()
    driven = made(tmp_path, web, timeout="400ms")
    assert "no whole reply within 0.4 s" in str(driven.error)
    assert time.monotonic() - started < 8


def test_a_server_that_is_not_there_can_be_tried_again(tmp_path: Path, web: Web) -> None:
    with running_web() as gone:
        pass
    driven = made(tmp_path, gone)
    assert f"{gone.url}: nothing listens there (connection refused)" in str(driven.error)
    assert TOOL.poll(job_of(tmp_path, {}), driven.handle, "").is_retryable


def test_a_call_is_made_once_however_often_it_is_started(tmp_path: Path, web: Web) -> None:
    job = job_of(tmp_path, {"url": web.url, "json": 1, "allow": LOCAL})
    handles = {TOOL.start(job) for _ in range(4)}
    assert len(handles) == 1
    assert follow(TOOL, job, handles.pop()).state is JobState.SUCCEEDED
    assert len(web.asked) == 1


def test_every_attempt_has_the_same_key(tmp_path: Path, web: Web) -> None:
    for job_id in ("job-1", "job-2"):
        options = {"url": web.url, "json": 1, "allow": LOCAL}
        attempt = replace(job_of(tmp_path, options, job_id=f"{job_id}-of-{os.getpid()}"), key="key-1")
        assert drive(TOOL, attempt).state is JobState.SUCCEEDED
    assert [asked.headers["idempotency-key"] for asked in web.asked] == ["key-1", "key-1"]


@pytest.mark.parametrize("moment", ["started", "accepted"])
def test_a_call_outlives_the_process_that_started_it(tmp_path: Path, web: Web, moment: str) -> None:
    def slow(_asked: object) -> tuple[int, dict[str, str], bytes]:
        time.sleep(0.5)
        return 200, {}, b'{"id": 1}'

    web.answer = slow
    options = {"url": web.url, "method": "POST", "allow": LOCAL, "values": {"id": "$.id"}}
    code = textwrap.dedent(
        f"""
        import os, pathlib, signal, sys, time
        from tests.tools.driving import job_of
        from meshwright.tools.http import Http
        Http().start(job_of(pathlib.Path({str(tmp_path)!r}), {options!r}))
        {"time.sleep(60)" if moment == "accepted" else "os.kill(os.getpid(), signal.SIGKILL)"}
        """
    )
    child = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    if moment == "accepted":
        until = time.monotonic() + 20
        while not web.asked and time.monotonic() < until:
            time.sleep(0.01)
        child.kill()
    child.wait()
    job = job_of(tmp_path, options)
    assert TOOL.find(job) is not None
    driven = drive(TOOL, job)
    assert driven.outcome is not None
    assert driven.outcome.values == {"status": 200, "id": 1}
    assert len(web.asked) == 1


def test_a_call_that_nobody_knows_of_is_not_made_again_by_itself(tmp_path: Path, web: Web) -> None:
    web.answer = lambda asked: time.sleep(30) or (200, {}, b"")  # type: ignore[func-returns-value]
    job = job_of(tmp_path, {"url": web.url, "json": 1, "allow": LOCAL})
    handle = TOOL.start(job)
    until = time.monotonic() + 20
    while not web.asked and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(os.getpgid(int(handle)), 9)
    assert follow(TOOL, job, handle).state is JobState.LOST
    assert not TOOL.poll(job, handle, "").is_retryable


def test_a_cancelled_call_is_not_waited_for(tmp_path: Path, web: Web) -> None:
    web.answer = lambda asked: time.sleep(30) or (200, {}, b"")  # type: ignore[func-returns-value]
    job = job_of(tmp_path, {"url": web.url, "allow": LOCAL})
    handle = TOOL.start(job)
    TOOL.cancel(job, handle)
    assert follow(TOOL, job, handle).state is JobState.CANCELLED


def test_a_get_follows_redirects_on_its_own_host(tmp_path: Path, web: Web) -> None:
    web.answer = lambda asked: (302, {"Location": "/done?x=1"}, b"") if asked.path == "/hook" else (200, {}, b"1")
    driven = made(tmp_path, web, auth={"user": "ana", "password": "pw"}, values={"all": "$"})
    assert driven.outcome is not None
    assert driven.outcome.values == {"status": 200, "all": 1}
    assert [(asked.path, asked.headers["authorization"]) for asked in web.asked] == [
        ("/hook", "Basic YW5hOnB3"), ("/done", "Basic YW5hOnB3")
    ]  # fmt: skip


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_call_with_an_effect_is_not_sent_elsewhere(tmp_path: Path, web: Web, status: int) -> None:
    web.answers(status=status, Location="/b")
    driven = made(tmp_path, web, json=1)
    assert "it sends to /b: write the address that is meant" in str(driven.error)
    assert len(web.asked) == 1
    assert not TOOL.poll(job_of(tmp_path, {}), driven.handle, "").is_retryable


def test_a_redirect_may_be_the_answer(tmp_path: Path, web: Web) -> None:
    web.answers(status=303, Location="/b")
    assert made(tmp_path, web, json=1, expect=[303]).state is JobState.SUCCEEDED
    assert len(web.asked) == 1


@pytest.mark.parametrize("options", [{}, {"headers": {"X-Api-Key": "k"}}, {"auth": {"bearer": "t0ken-of-ana"}}])
def test_no_redirect_is_followed_to_another_host(tmp_path: Path, web: Web, options: dict) -> None:
    with running_web() as other:
        web.answers(status=302, Location=other.url)
        driven = made(tmp_path, web, **options)
        assert f"it sends to {other.url}: write the address that is meant" in str(driven.error)
        assert not other.asked


def test_redirects_without_end_are_left(tmp_path: Path, web: Web) -> None:
    web.answers(status=302, Location="/again")
    assert "without an end" in str(made(tmp_path, web).error)
    assert len(web.asked) == 6


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x/", "http://[::1", "http://x:99999/"])
def test_a_redirect_to_what_is_no_web_address_is_refused(tmp_path: Path, web: Web, location: str) -> None:
    web.answers(status=302, Location=location)
    assert f"it sends to {location}" in str(made(tmp_path, web).error)


def test_without_leave_nothing_is_sent_to_this_machine(tmp_path: Path, web: Web) -> None:
    driven = made(tmp_path, web, allow=[])
    assert (
        "it may not be reached; where it is meant, the mesh allows it: http: {allow: [127.0.0.1/32]} in mesh.yaml"
        in str(driven.error)
    )
    assert not web.asked
    assert not TOOL.poll(job_of(tmp_path, {}), driven.handle, "").is_retryable


def test_modules_beside_the_call_are_not_taken_for_pythons_own(tmp_path: Path, web: Web) -> None:
    job = job_of(tmp_path, {"url": web.url, "allow": LOCAL})
    for folder in (tmp_path, job.scratch):
        (folder / "json.py").write_text("raise SystemExit(9)")
    assert drive(TOOL, job).state is JobState.SUCCEEDED


def test_a_resolved_address_that_is_none_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    job = job_of(tmp_path, {"url": "not an address"})
    with pytest.raises(ToolFailed, match="url: an address holds no blanks"):
        TOOL.start(job)
    assert TOOL.find(job) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "there is no url"),
        ({"url": 3}, "a url is a text"),
        ({"url": "ftp://x"}, "an address begins with http:// or https://"),
        ({"url": "http://"}, "the address names no host"),
        ({"url": "http://u:p@h/"}, "an address holds no user and password; write them under auth"),
        ({"url": "http://h/\nx"}, "an address holds no blanks and control characters"),
        ({"url": "http://h", "methd": "GET"}, "unknown key 'methd'"),
        ({"url": "http://h", "method": "post"}, "there is no method 'post'"),
        ({"url": "http://h", "method": "GET", "json": 1}, "a GET sends nothing"),
        ({"url": "http://h", "form": {"a": 1}, "body": "x"}, "'form' and 'body' are both sent"),
        ({"url": "http://h", "form": {"a": {}}}, "a form is names with texts, numbers or lists of them"),
        ({"url": "http://h", "body": 1}, "a body is a text"),
        ({"url": "http://h", "json": float("nan")}, "it cannot be sent: Out of range float values are not JSON compliant"),
        ({"url": "http://h", "body": "x" * 1_100_000}, "what is sent is larger than 1 MB"),
        ({"url": "http://h", "headers": []}, "headers are names with texts"),
        ({"url": "http://h", "headers": {"a b": "x"}}, "'a b' is no name of a header"),
        ({"url": "http://h", "headers": {"A": "x\r\nB: y"}}, "the value of 'A' holds characters that a header cannot"),
        ({"url": "http://h", "headers": {"A": None}}, "a header's value is a text"),
        ({"url": "http://h", "headers": {"Idempotency-Key": "x"}}, "'Idempotency-Key' is set by meshwright"),
        ({"url": "http://h", "auth": "x"}, "auth is a bearer token, or a user and a password"),
        ({"url": "http://h", "auth": {"user": "x"}}, "auth is a bearer token, or a user and a password"),
        ({"url": "http://h", "auth": {"bearer": "x"}, "headers": {"authorization": "y"}},
         "auth and the header Authorization are both given"),
        ({"url": "http://h", "expect": [99]}, "99 is no status"),
        ({"url": "http://h", "expect": []}, "no status is expected"),
        ({"url": "http://h", "expect": "2x"}, "'2x' is no status"),
        ({"url": "http://h", "timeout": 30}, "30 is no duration up to 1h"),
        ({"url": "http://h", "timeout": "2h"}, "'2h' is no duration up to 1h"),
        ({"url": "http://h", "values": ["$.id"]}, "values are names with paths"),
        ({"url": "http://h", "values": {"id": "id"}}, "a path begins with $, as $.id does"),
        ({"url": "http://h", "allow": ["10.0.0.0/33"]}, "'10.0.0.0/33' does not appear to be an IPv4 or IPv6 network"),
    ],
)  # fmt: skip
def test_wrong_options_are_named(tmp_path: Path, options: dict, message: str) -> None:
    assert [problem.message for problem in TOOL.problems(options, place_of(tmp_path))] == [message]


def test_references_are_judged_when_the_call_is_made(tmp_path: Path) -> None:
    options = {"url": "${env:HOOK}", "auth": {"bearer": "${env:TOKEN}"}, "json": {"rows": "${node:delays.rows}"}}
    assert list(TOOL.problems(options, place_of(tmp_path))) == []


def test_no_secret_stands_in_what_is_told(tmp_path: Path, web: Web) -> None:
    web.answers("no", status=500)
    driven = made(
        tmp_path, web, url=f"{web.url}/hook?token=c4nary", auth={"bearer": "c4nary"}, headers={"X-Key": "c4nary"}
    )
    assert "c4nary" not in json.dumps([driven.lines, driven.error])
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"c4nary" in path.read_bytes()]

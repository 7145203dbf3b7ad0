"""Calls over HTTP against a real server that is slow, cut off, oversized, malformed or redirecting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from meshwright.tools.protocol import ToolFailed
from meshwright.tools.requests import Connections, Refused, Request, Server, address_problem
from tests.tools.answering import answering, reply


@pytest.fixture
def connections() -> Iterator[Connections]:
    found = Connections()
    yield found
    found.close()


def test_a_call_sends_json_and_returns_json(connections: Connections) -> None:
    with answering(lambda asked: reply({"rows": [1, 2.5, None]})) as server:
        request = Request(method="POST", path="/a", query={"x": "ü&", "y": ["1", "2"]}, json={"k": 1})
        assert connections.call(Server(url=f"{server.url}/base/"), request).json() == {"rows": [1, 2.5, None]}
    (asked,) = server.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/base/a?x=%C3%BC%26&y=1&y=2", b'{"k": 1}')
    assert asked.headers["content-type"] == "application/json"


def test_connections_are_kept_and_shared_by_threads(connections: Connections) -> None:
    with answering(lambda asked: reply(1)) as server:
        for _ in range(20):
            thread = threading.Thread(target=lambda: connections.call(Server(url=server.url), Request()).json())
            thread.start()
            thread.join()
        assert (len(server.asked), server.connections) == (20, 1)


def test_a_kept_connection_that_was_closed_is_opened_again(connections: Connections) -> None:
    with answering(lambda asked: [*reply(1), None]) as server:
        for _ in range(3):
            assert connections.call(Server(url=server.url), Request()).json() == 1
            time.sleep(0.05)
    assert server.connections == 3


def test_what_a_server_says_before_it_closes_is_no_answer(connections: Connections) -> None:
    late = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with answering(lambda asked: [*reply(1), 0.01, late, None]) as server:
        for _ in range(2):
            assert connections.call(Server(url=server.url), Request()).json() == 1
            time.sleep(0.1)


def test_a_connection_that_breaks_when_it_is_used_again_is_opened_again(connections: Connections) -> None:
    with answering(lambda asked: reply(1) if len(server.asked) != 2 else [None]) as server:
        assert connections.call(Server(url=server.url), Request()).json() == 1
        assert connections.call(Server(url=server.url), Request()).json() == 1
    assert [asked.method for asked in server.asked] == ["GET", "GET", "GET"]


def test_what_must_not_be_sent_twice_is_not(connections: Connections) -> None:
    with answering(lambda asked: reply(1) if asked.method == "GET" else [None]) as server:
        connections.call(Server(url=server.url), Request())
        with pytest.raises(ToolFailed, match="closed without a reply") as caught:
            connections.call(Server(url=server.url), Request(method="POST", json={}))
    assert caught.value.is_retryable
    assert [asked.method for asked in server.asked] == ["GET", "POST"]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([5.0], "no whole reply within 0.3 s"),
        ([b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n", 0.05] * 100], "no whole reply within 0.3 s"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", *[b" ", 0.05] * 100], "no whole reply within 0.3 s"),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\n \r\n", 0.05] * 100],
            "no whole reply within",
        ),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n[1, 2", None], "the reply was cut off"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,", None], "the reply was cut off"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", None], "the reply was cut off"),
        ([None], "the connection was closed without a reply"),
        ([b"SSH-2.0-OpenSSH_9.2\r\n", None], "what answers there does not speak HTTP"),
        ([b"HTTP/1.1 2000 OK\r\n\r\n", None], "what answers there does not speak HTTP"),
        ([b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500, None], "what answers there does not speak HTTP"),
    ],
)
def test_broken_replies_may_be_tried_again(connections: Connections, parts: list, said: str) -> None:
    started = time.monotonic()
    with answering(lambda asked: [min(part, 1.0) if isinstance(part, float) else part for part in parts]) as server:
        with pytest.raises(ToolFailed, match=said) as caught:
            connections.call(Server(url=server.url, timeout_s=0.3), Request())
        assert time.monotonic() - started < 3
    assert caught.value.is_retryable
    assert str(caught.value).startswith(f"{server.url}: ")


@pytest.mark.parametrize(
    "parts",
    [
        [b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 2000, None],
        [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"400\r\n" + b" " * 1024 + b"\r\n",
            b"400\r\n" + b" " * 1024,
        ],
    ],
)
def test_replies_larger_than_allowed_are_not_read(connections: Connections, parts: list) -> None:
    with answering(lambda asked: parts) as server:
        with pytest.raises(ToolFailed, match="the reply is larger than 1,500 bytes") as caught:
            connections.call(Server(url=server.url, limit_bytes=1500), Request())
        assert not caught.value.is_retryable


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b"<html><script>x()</script><h1>Sign&nbsp;in</h1></html>", "text/html", "no JSON (text/html): Sign in"),
        (b"", "text/plain", "no JSON (text/plain): nothing"),
        (b'{"rows": [1,', "application/json", 'no JSON (application/json): {"rows": [1,'),
        (b"[" * 100000, "application/json", "no JSON (application/json): [[["),
        (b"\xff\xfe", "application/json", "no JSON"),
    ],
)
def test_a_body_that_is_no_json_is_told(connections: Connections, body: bytes, kind: str, said: str) -> None:
    with answering(lambda asked: reply(body, kind=kind)) as server:
        found = connections.call(Server(url=server.url), Request())
        with pytest.raises(ToolFailed) as caught:
            found.json()
    assert said in str(caught.value)
    assert caught.value.is_retryable
    assert len(str(caught.value)) < 1200


@pytest.mark.parametrize(
    ("status", "is_retryable"),
    [
        (400, False),
        (401, False),
        (403, False),
        (404, False),
        (409, False),
        (422, False),
        (429, True),
        (500, True),
        (503, True),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(connections: Connections, status: int, is_retryable: bool) -> None:
    with (
        answering(lambda asked: reply({"detail": "no such\nthing"}, status)) as server,
        pytest.raises(Refused) as caught,
    ):
        connections.call(Server(url=server.url), Request(path="/x"))
    assert str(caught.value) == f"{server.url} answered GET /x with {status}: no such thing"
    assert (caught.value.status, caught.value.is_retryable) == (status, is_retryable)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"title": "Bad", "detail": [{"loc": ["body", "conf"], "msg": "not a dict"}]}, "body.conf: not a dict"),
        ({"errors": [{"message": "one"}, {"message": "two"}]}, "one; two"),
        ({"detail": {"reason": "Unique", "message": "exists"}}, "exists"),
        ({"error": {"message": "deep"}}, "deep"),
        ({"unknown": 1}, "Bad Request"),
        ({"detail": {"detail": {"detail": {"detail": {"detail": {"detail": "deeper"}}}}}}, "Bad Request"),
        ("only text", "only text"),
    ],
)
def test_the_words_are_found_in_any_shape(connections: Connections, body: object, said: str) -> None:
    with answering(lambda asked: reply(body, 400)) as server, pytest.raises(Refused) as caught:
        connections.call(Server(url=server.url), Request())
    assert str(caught.value).endswith(f" with 400: {said}")


def test_expected_refusals_are_replies(connections: Connections) -> None:
    with answering(lambda asked: reply({"detail": "exists"}, 409)) as server:
        found = connections.call(Server(url=server.url), Request(method="POST", json={}, expected=(409,)))
    assert (found.status, found.json()) == (409, {"detail": "exists"})


def test_a_get_follows_redirections_on_the_same_server(connections: Connections) -> None:
    def answer(asked):
        return reply(asked.target) if asked.path == "/b/" else reply(None, 307, Location="/b/?q=1")

    with answering(answer) as server:
        assert connections.call(Server(url=server.url), Request(path="/a")).json() == "/b/?q=1"
        with pytest.raises(Refused, match=r"with 307$") as caught:
            connections.call(Server(url=server.url), Request(method="POST", path="/a", json={}))
        assert caught.value.fix == "it sends to /b/: write the address that is meant"


def test_what_is_sent_to_one_server_is_not_sent_to_another(connections: Connections) -> None:
    with answering(lambda asked: reply("stolen")) as other:
        moved = answering(lambda asked: reply(None, 302, Location=f"{other.url}/x?token=1"))
        with moved as server, pytest.raises(Refused, match=r"with 302$") as caught:
            connections.call(Server(url=server.url, headers={"Authorization": "Bearer canary"}), Request())
        assert caught.value.fix == f"it sends to {other.url}/x: write the address that is meant"
    assert other.asked == []


def test_redirections_without_an_end_end(connections: Connections) -> None:
    moved = answering(lambda asked: reply(None, 302, Location="/x"))
    with moved as server, pytest.raises(Refused, match="redirects /x without an end"):
        connections.call(Server(url=server.url), Request(path="/x"))
    assert len(server.asked) == 6


def test_secrets_that_the_server_repeats_are_not_told(connections: Connections) -> None:
    def answer(asked):
        return reply({"detail": f"wrong: {asked.headers['authorization']} {asked.body.decode()}"}, 401)

    with answering(answer) as server:
        authorised = Server(url=server.url, headers={"Authorization": "Bearer canary-1"}, secrets=("canary-2",))
        with pytest.raises(Refused) as caught:
            connections.call(authorised, Request(method="POST", json={"password": "canary-2"}))
        assert str(caught.value).endswith('wrong: Bearer *** {"password": "***"}')
        by_name = Server(url=server.url.replace("//", "//ana:canary%213@"))
        with pytest.raises(Refused) as caught:
            connections.call(by_name, Request())
        assert str(caught.value) == f"{server.url} answered GET / with 401: wrong: Basic ***"
    assert "canary" not in repr((authorised, by_name, caught.value))


def test_a_header_that_cannot_be_sent_is_not_told(connections: Connections) -> None:
    with answering(lambda asked: reply(1)) as server:
        for value in ("canary\r\nX: y", "canary\u2603"):
            with pytest.raises(ToolFailed, match="a header holds a character that must not stand there") as caught:
                connections.call(Server(url=server.url, headers={"X-Key": value}), Request())
            assert not caught.value.is_retryable
            assert "canary" not in str(caught.value)
        with pytest.raises(ToolFailed, match="the path holds a character that must not stand there"):
            connections.call(Server(url=server.url), Request(path="/a b"))
    assert server.asked == []


def test_nobody_listening_may_be_tried_again(connections: Connections) -> None:
    with answering(lambda asked: reply(1)) as server:
        pass
    with pytest.raises(ToolFailed, match=r"nothing listens there \(connection refused\)") as caught:
        connections.call(Server(url=server.url), Request())
    assert caught.value.is_retryable
    with pytest.raises(ToolFailed, match="the name of the host is not known") as caught:
        connections.call(Server(url="http://no-such-host.invalid"), Request())
    assert caught.value.is_retryable


def test_a_host_is_reached_at_the_addresses_that_are_given_alone() -> None:
    asked_for = []

    def resolve(host: str, port: int) -> list[str]:
        asked_for.append((host, port))
        if host == "inside.example":
            raise ToolFailed("inside.example is in a private range", is_retryable=False)
        return ["127.0.0.2", "127.0.0.1"]

    connections = Connections(resolve=resolve)
    with answering(lambda asked: reply(asked.headers["host"])) as server:
        port = int(server.url.rpartition(":")[2])
        assert connections.call(Server(url=f"http://a.example:{port}"), Request()).json() == f"a.example:{port}"
        with pytest.raises(ToolFailed, match=r"inside\.example is in a private range"):
            connections.call(Server(url=f"http://inside.example:{port}"), Request())
    assert asked_for == [("a.example", port), ("inside.example", port)]
    connections.close()


@pytest.mark.parametrize(
    "url", ["", "host:80", "ftp://host", "http://", "http://h:99999", "http://h /", "http://h?x=1", "http://[::1"]
)
def test_what_is_no_address_is_refused(connections: Connections, url: str) -> None:
    assert address_problem(url) == "the address is not one of a server, as https://host:8080"
    with pytest.raises(ToolFailed, match="the address is not one of a server") as caught:
        connections.call(Server(url=url), Request())
    assert not caught.value.is_retryable


def test_addresses_are_checked_as_far_as_they_are_known() -> None:
    assert address_problem("https://airflow.example.org/base") is None
    assert address_problem("${env:AIRFLOW}") is None
    assert address_problem(3) == "an address is a text, as https://host:8080"

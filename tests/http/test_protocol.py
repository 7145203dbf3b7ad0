"""A client that reads nothing is left, and nothing of it stays."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from meshwright.app.serving import open_server
from meshwright.app.tokens import list_tokens
from meshwright.app.workspace import open_workspace
from meshwright.faces.http.application import new_application
from meshwright.faces.http.limits import LimitSettings
from meshwright.faces.http.protocol import BoundedProtocol
from tests.http.serving import token

_LONGEST_S = 60


@contextmanager
def listening(root: Path, limits: LimitSettings) -> Iterator[tuple[uvicorn.Server, int]]:
    """Serve on a socket from a thread of this process, so that its connections can be looked at."""
    with open_server(root) as server, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(new_application(server, limits), http=BoundedProtocol, log_config=None, lifespan="off")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield running, listener.getsockname()[1]
        finally:
            running.should_exit = True
            thread.join(_LONGEST_S)


def wait_until_none(server: uvicorn.Server) -> bool:
    end = time.monotonic() + _LONGEST_S
    while server.server_state.connections and time.monotonic() < end:
        time.sleep(0.05)
    return not server.server_state.connections


def test_who_takes_nothing_of_an_answer_is_left_and_its_buffer_thrown_away(root: Path) -> None:
    secret = token(root, "viewer")
    with (
        listening(root, LimitSettings(idle_s=0.5)) as (server, port),
        socket.create_connection(("127.0.0.1", port), timeout=_LONGEST_S) as client,
    ):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        head = f"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n\r\n"
        client.sendall(head.encode() * 100)
        end = time.monotonic() + _LONGEST_S
        while not server.server_state.connections and time.monotonic() < end:
            time.sleep(0.01)
        assert wait_until_none(server)


def test_who_reads_gets_everything_before_the_connection_ends(root: Path) -> None:
    with (
        listening(root, LimitSettings()) as (server, port),
        socket.create_connection(("127.0.0.1", port), timeout=_LONGEST_S) as client,
    ):
        head = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        client.sendall(head.encode())
        found = b""
        while data := client.recv(65536):
            found += data
        body = found.partition(b"\r\n\r\n")[2]
        assert f"content-length: {len(body)}".encode() in found.lower()
        assert wait_until_none(server)


def _sent(port: int, *pieces: bytes, is_ended: bool = False) -> bytes:
    """Send pieces on a connection of its own, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=_LONGEST_S) as client:
        for piece in pieces:
            client.sendall(piece)
        if is_ended:
            client.shutdown(socket.SHUT_WR)
        told = b""
        while piece := client.recv(65_536):
            told += piece
        return told


def _problem(told: bytes) -> tuple[int, str, bool]:
    head, _, body = told.partition(b"\r\n\r\n")
    found = json.loads(body)
    assert b"content-type: application/problem+json" in head.lower()
    assert b"connection: close" in head.lower()
    assert found["status"] == int(head.split()[1])
    return found["status"], found["code"], bool(found["fix"])


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, "MW-H012", id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "MW-H012", id="HTTP/2"),
        pytest.param(b"GET / HTTP/1.1\r\nNo colon\r\n\r\n", 400, "MW-H012", id="no header"),
        pytest.param(b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n", 400, "MW-H012", id="zero byte"),
        pytest.param(b"GET /a b HTTP/1.1\r\n\r\n", 400, "MW-H012", id="blank in path"),
        pytest.param(b"CONNECT localhost:80 HTTP/1.1\r\n\r\n", 400, "MW-H012", id="CONNECT"),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "MW-H012",
            id="two lengths",
        ),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, "MW-H012", id="less than nothing"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000 + b"\r\n", 431, "MW-H015", id="many headers"),
        pytest.param(b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n", 431, "MW-H015", id="long path"),
    ],
)
def test_what_never_becomes_a_request_is_answered_with_a_problem_too(
    root: Path, data: bytes, status: int, code: str
) -> None:
    with listening(root, LimitSettings()) as (_, port):
        assert _problem(_sent(port, data)) == (status, code, True)


@pytest.mark.parametrize("length", [b"Transfer-Encoding: chunked", b"Content-Length: 100"])
def test_a_body_that_was_cut_off_is_not_done(root: Path, length: bytes) -> None:
    secret = token(root, "administrator")
    head = f"POST /api/v1/tokens HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n".encode()
    body = b'{"role": "viewer"}'
    if b"chunked" in length:
        body = b"%x\r\n%s\r\n" % (len(body), body)
    before = len(list_tokens(open_workspace(root)))
    with listening(root, LimitSettings()) as (server, port):
        with socket.create_connection(("127.0.0.1", port), timeout=_LONGEST_S) as client:
            client.sendall(head + b"Content-Type: application/json\r\n" + length + b"\r\n\r\n" + body)
            time.sleep(0.2)
        assert wait_until_none(server)
    assert len(list_tokens(open_workspace(root))) == before


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Long: y\r\n" * 50_000, 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Nul: a\x00b\r\n" + b"X-Long: y\r\n" * 2000, 400),
        (b"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n%s\r\n" + b"x" * 900_000, 413),
    ],
)
def test_who_is_refused_midway_and_looks_later_sees_why(root: Path, sent: bytes, status: int) -> None:
    bearer = f"Authorization: Bearer {token(root, 'administrator')}\r\n".encode()
    with (
        listening(root, LimitSettings()) as (server, port),
        socket.create_connection(("127.0.0.1", port), timeout=_LONGEST_S) as client,
    ):
        client.sendall(sent.replace(b"%s", bearer))
        time.sleep(0.8)  # the answer comes after half a second
        found = b""
        while data := client.recv(65536):
            found += data
        assert found.startswith(f"HTTP/1.1 {status} ".encode())
        assert wait_until_none(server)

"""A client that reads nothing is left, and nothing of it stays."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from meshwright.app.serving import open_server
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

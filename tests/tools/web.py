"""A small HTTP server for tests that does what a test tells it, with faults, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(kw_only=True)
class Asked:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


@dataclass(kw_only=True)
class Web:
    """Answers are given by `answer`: (status, headers, body), or bytes that are sent as they are before the connection is cut."""

    url: str = ""
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], tuple[int, dict[str, str], bytes] | bytes | Iterator[bytes]] = lambda asked: (
        200,
        {},
        b"{}",
    )

    def answers(self, content: object = None, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.answer = lambda asked: (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@contextmanager
def running_web(host: str = "127.0.0.1") -> Iterator[Web]:
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(
                method=self.command, path=parts.path, query=parts.query, headers=headers, body=self.rfile.read(length)
            )
            web.asked.append(asked)
            answer = web.answer(asked)
            with suppress(OSError):
                if isinstance(answer, tuple):
                    status, more, body = answer
                    self.send_response(status)
                    for name, value in more.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(body)
                    return
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    self.wfile.write(piece)
                    self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):
                return self._serve
            raise AttributeError(name)

        def log_message(self, *_given: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def handle_error(self, *_given: object) -> None: ...

    server = Server((host, 0), Handler)
    web.port = server.server_address[1]
    web.url = f"http://[{host}]:{web.port}" if ":" in host else f"http://{host}:{web.port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

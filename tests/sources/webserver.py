"""A web server on loopback whose every answer a test writes."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """The server's pages by path, and what it was asked."""

    port: int = 0
    pages: dict[str, Answer] = field(default_factory=dict)
    #: Method, path and headers of every request.
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def methods(self, path: str) -> list[str]:
        return [method for method, asked, _ in self.asked if asked == path]


def page(
    body: bytes,
    *,
    etag: str | None = None,
    modified: float | None = None,
    is_sized: bool = True,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Answer with a body, and what is told about it."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        if etag is not None:
            request.send_header("ETag", etag)
        if modified is not None:
            request.send_header("Last-Modified", formatdate(modified, usegmt=True))
        if is_sized:
            request.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """Give the answers one after the other, the last one for ever."""
    left = list(answers)

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(request)

    return answer


@contextmanager
def web_server() -> Iterator[Web]:
    """Serve pages until the block ends."""
    web = Web()

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            web.asked.append((self.command, self.path, dict(self.headers.items())))
            answer = web.pages.get(self.path.partition("?")[0])
            (answer or page(b"", status=404))(self)

        do_GET = do_HEAD = _answer  # noqa: N815  the names that the base class calls

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""A server of HTTP on loopback that answers as a test says, byte by byte: whole, slowly, cut off or wrong."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


#: Bytes are sent, a number is waited for in seconds; the connection is kept unless the last is None.
Part = bytes | float | None
Answer = Callable[[Asked], list[Part]]


@dataclass
class Answering:
    url: str
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0


def reply(body: object = None, status: int = 200, *, kind: str = "application/json", **headers: str) -> list[Part]:
    """A whole reply; a body that is not bytes is JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", f"Content-Length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ["\r\n".join([*lines, "", ""]).encode() + data]


@contextmanager
def answering(answer: Answer) -> Iterator[Answering]:
    """Serve until the end of the block. Each connection is kept until the client, or the answer, ends it."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = Answering(f"http://127.0.0.1:{listening.getsockname()[1]}")
    open_now: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                server.connections += 1
                open_now.append(connection)
                threads.append(threading.Thread(target=converse, args=(connection,)))
                threads[-1].start()

    def converse(connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as reading:
            while (asked := _read(reading)) is not None:
                server.asked.append(asked)
                parts = answer(asked)
                for part in parts:
                    if part is None:
                        return
                    if isinstance(part, bytes):
                        connection.sendall(part)
                    else:
                        time.sleep(part)

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield server
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join()
        for connection in open_now:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def _read(reading) -> Asked | None:
    first = reading.readline().decode().split()
    if not first:
        return None
    headers = {}
    while (line := reading.readline().decode().strip()):  # fmt: skip
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Asked(first[0], first[1], headers, reading.read(int(headers.get("content-length", 0))))

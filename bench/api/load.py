"""Asks a server as so many users would: requests at the times they are due, whether answers have come or not (open loop).

    python -m bench.api.load URL TOKEN_FILE PATHS_FILE --rate 200 --seconds 30 [--connections 64] [--users 1300]

A request that is due while all connections are busy waits for one, and that counts: its time begins when it was due. Plain
asyncio sockets and HTTP/1.1; what the generator itself costs is told (`generator_cpu_s`). Prints one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

_TIMEOUT_S = 30.0


@dataclass(kw_only=True, slots=True)
class Seen:
    """What came of the requests."""

    #: Seconds from when each was due, by the kind of its path.
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    bytes: int = 0


class Connection:
    """One kept-alive connection; it is made when it is needed, and again where the server closed it."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, int]:
        """Send a request; return the status and the body's size."""
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        assert self._reader is not None
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status, length = int(head[9:12]), 0
        lower = head.lower()
        at = lower.find(b"content-length:")
        if at >= 0:
            length = int(head[at + 15 : head.index(b"\r\n", at)])
            await self._reader.readexactly(length)
        elif b"transfer-encoding: chunked" in lower:
            length = await self._chunks(self._reader)
        return status, length

    async def _chunks(self, reader: asyncio.StreamReader) -> int:
        length = 0
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
            length += size
        await reader.readexactly(2)
        return length

    def close(self) -> None:
        """Let go."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None


async def load(options: argparse.Namespace, paths: Sequence[tuple[str, str]], token: str) -> Seen:
    """Send requests for `paths` (kind and path, any of them with the same chance) at the rate, and take down what came."""
    place = urlsplit(options.url)
    host, port = place.hostname or "127.0.0.1", place.port or 80
    head = f"Host: {host}:{port}\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n\r\n"
    requests = [(kind, f"GET {path} HTTP/1.1\r\n{head}".encode()) for kind, path in paths]
    seen = Seen()
    free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    for _ in range(options.connections):
        free.put_nowait(Connection(host, port))
    dice = random.Random(options.seed)
    under_way: set[asyncio.Task[None]] = set()

    async def one(kind: str, request: bytes, due: float) -> None:
        connection = await free.get()
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                status, size = await connection.ask(request)
            seen.statuses[status] += 1
            seen.bytes += size
            seen.seconds[kind].append(time.perf_counter() - due)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            connection.close()
            seen.errors[type(error).__name__] += 1
        finally:
            free.put_nowait(connection)

    began = time.perf_counter()
    for due in _moments(options, dice):
        wait = began + due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        kind, request = dice.choice(requests)
        task = asyncio.create_task(one(kind, request, began + due))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    if under_way:
        await asyncio.gather(*under_way)
    return seen


def _moments(options: argparse.Namespace, dice: random.Random) -> list[float]:
    """Return when requests are due: at even distances, or each user's own at random moments."""
    count = int(options.rate * options.seconds)
    if not options.users:
        return [at / options.rate for at in range(count)]
    return sorted(dice.random() * options.seconds for _ in range(count))


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value that so many are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def summary(seen: Seen, seconds: float, cpu_s: float) -> dict[str, object]:
    """Return what came of the requests, in milliseconds."""
    every = [each for found in seen.seconds.values() for each in found]

    def told(found: Sequence[float]) -> dict[str, object]:
        named = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
        return {"n": len(found), **{name: round(quantile(found, part) * 1000, 2) for name, part in named.items()}}

    return {
        "seconds": round(seconds, 2),
        "rate": round(len(every) / seconds, 1),
        "statuses": {str(status): count for status, count in sorted(seen.statuses.items())},
        "errors": dict(seen.errors),
        "mb": round(seen.bytes / 1e6, 1),
        "all": told(every),
        "kinds": {kind: told(found) for kind, found in sorted(seen.seconds.items())},
        "generator_cpu_s": round(cpu_s, 2),
    }


def main() -> None:
    """Ask, and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.api.load", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token", type=Path, help="file with the token")
    parser.add_argument("paths", type=Path, help="JSON: a list of [kind, path]")
    parser.add_argument("--rate", type=float, required=True, help="requests a second")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--users", type=int, default=0, help="at random moments, as so many users would ask")
    parser.add_argument("--seed", type=int, default=2013)
    options = parser.parse_args()
    paths = [(str(kind), str(path)) for kind, path in json.loads(options.paths.read_text())]
    began, used = time.perf_counter(), time.process_time()
    seen = asyncio.run(load(options, paths, options.token.read_text().strip()))
    sys.stdout.write(json.dumps(summary(seen, time.perf_counter() - began, time.process_time() - used)) + "\n")


if __name__ == "__main__":
    main()

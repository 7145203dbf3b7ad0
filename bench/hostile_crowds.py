"""Crowds of clients that a server could do without, each kind for a while: slow, greedy, endless, malformed, too many, too often.

    python -m bench.hostile_crowds KIND URL TOKENS_FILE --seconds 10

A crowd is coroutines of this one process; who is sent away or answered comes again at once. Prints one JSON line: the statuses that
it was answered with (0: sent away without one).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import itertools
import json
import sys
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

_MIB = 1024 * 1024
#: A moment for the connection of a client that was sent away, so that it is the server that works and not this process.
_PAUSE_S = 0.02
_PATIENCE_S = 60.0
_QUERIES = (
    "select count(*) from flights.all.seen_flights a, flights.all.seen_flights b where a.id + b.id = 7",
    "select a.day, sum(a.delay * b.distance) from flights.all.seen_flights a join flights.all.seen_flights b "
    "on a.origin = b.origin group by a.day order by 2",
    "with recursive t(n) as (select 1 union all select n + 1 from t where n < 100000000) select count(*) from t",
)


@dataclass(kw_only=True)
class Crowd:
    """Where a crowd goes, and what came of it."""

    host: str
    port: int
    #: Of administrators: what they send is read, not refused at the door.
    tokens: Sequence[str]
    statuses: Counter[int] = field(default_factory=Counter)
    count: itertools.count[int] = field(default_factory=itertools.count)

    def head(self, line: str, *headers: str, token: str | None = None) -> bytes:
        """Write a request's head; an empty token is none."""
        secret = self.tokens[0] if token is None else token
        bearer = [f"Authorization: Bearer {secret}"] if secret else []
        return "\r\n".join([f"{line} HTTP/1.1", f"Host: {self.host}", *bearer, *headers, "", ""]).encode()

    def post(self, path: str, body: bytes, *headers: str, token: str | None = None) -> bytes:
        """Write a request with a body."""
        length = f"Content-Length: {len(body)}"
        return self.head(f"POST {path}", "Content-Type: application/json", length, *headers, token=token) + body


Member = Callable[[Crowd], Awaitable[None]]


@contextlib.asynccontextmanager
async def _connected(crowd: Crowd):  # type: ignore[no-untyped-def]  # asyncio's pair
    reader, writer = await asyncio.open_connection(crowd.host, crowd.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _status(crowd: Crowd, reader: asyncio.StreamReader, *, is_whole: bool = True) -> None:
    """Take an answer."""
    async with asyncio.timeout(_PATIENCE_S):
        head = await reader.readuntil(b"\r\n\r\n")
    crowd.statuses[int(head[9:12])] += 1
    if not is_whole:
        return
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        size = 1
        while size:
            size = int(await reader.readline(), 16)
            await reader.readexactly(size + 2)
        return
    at = lower.find(b"content-length:")
    if at >= 0:
        await reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))


def _asks(*requests: Callable[[Crowd], bytes]) -> Member:
    """Ask on one connection, again and again, as soon as the answer is there."""

    async def member(crowd: Crowd) -> None:
        async with _connected(crowd) as (reader, writer):
            for request in itertools.cycle(requests):
                writer.write(request(crowd))
                await writer.drain()
                await _status(crowd, reader)

    return member


def _sends(*pieces: Callable[[Crowd], bytes], pause_s: float = 0.0) -> Member:
    """Send pieces, the last of them without end, until the server answers or closes."""

    async def member(crowd: Crowd) -> None:
        async with _connected(crowd) as (reader, writer):
            made = [piece(crowd) for piece in pieces]
            answer = asyncio.ensure_future(_status(crowd, reader, is_whole=False))
            try:
                for piece in itertools.chain(made, itertools.repeat(made[-1], 4000)):
                    if answer.done():
                        break
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(pause_s)
                await answer
            finally:
                answer.cancel()
                await asyncio.wait([answer])
                if not answer.cancelled():
                    answer.exception()  # or it would be told when the task is thrown away

    return member


async def _says_nothing(crowd: Crowd) -> None:
    async with _connected(crowd) as (reader, _writer):
        await _status(crowd, reader, is_whole=False)


async def _idles(crowd: Crowd) -> None:
    async with _connected(crowd) as (reader, writer):
        writer.write(crowd.head("GET /healthz", token=""))
        await _status(crowd, reader)
        await reader.read()


async def _comes_and_goes(crowd: Crowd) -> None:
    async with _connected(crowd):
        await asyncio.sleep(0)


async def _takes_nothing(crowd: Crowd) -> None:
    rows = crowd.head("GET /api/v1/products/flights.all/ports/seen/data?format=ndjson&limit=1000000")
    async with _connected(crowd) as (_reader, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(rows if next(crowd.count) % 2 else crowd.head("GET /api/v1/openapi.json") * 50)
        await asyncio.sleep(_PATIENCE_S)


async def _follows(crowd: Crowd) -> None:
    token = crowd.tokens[next(crowd.count) % len(crowd.tokens)]
    async with _connected(crowd) as (reader, writer):
        writer.write(crowd.head("GET /api/v1/events/stream", "Accept: text/event-stream", token=token))
        await _status(crowd, reader, is_whole=False)
        while await reader.read(65_536):
            pass


async def _tells(crowd: Crowd) -> None:
    async with _connected(crowd) as (reader, writer):
        while True:
            body = _event(next(crowd.count))
            kind = "Content-Type: application/cloudevents+json"
            writer.write(crowd.head("POST /api/v1/events", kind, f"Content-Length: {len(body)}") + body)
            await _status(crowd, reader)
            await asyncio.sleep(0.2)


def _event(number: int, **more: object) -> bytes:
    told = {"specversion": "1.0", "id": f"{number}", "source": "/crowd", "type": "org.example.crowd", **more}
    return json.dumps(told).encode()


def _batch(size: int) -> bytes:
    """Write events of so many bytes, the last of which is wrong: all are read, and none is taken."""
    one = _event(1, data={"rows": list(range(40)), "text": "x" * 40})
    return b"[" + b",".join([one] * (size // (len(one) + 1) - 1)) + b',{"specversion": "9"}]'


def _bombs() -> dict[str, bytes]:
    plain = b"0" * (50 * _MIB)
    # Brotli is in no library that is here; what it is called is enough to be refused.
    return {"gzip": gzip.compress(plain), "deflate": zlib.compress(plain), "br": b"\x5b\xff\xff\x2f" * 1000}


def _members() -> dict[str, Sequence[tuple[int, Member]]]:
    """Return every kind of crowd: so many of each member."""
    tokens = "/api/v1/tokens"
    batch = _batch(8 * _MIB - 1000)
    batched = "Content-Type: application/cloudevents-batch+json"
    deep = b'{"role": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    chunked = "Transfer-Encoding: chunked"
    bombs = _bombs()
    observed = b"[" + b",".join([b'{"event": "metric-log", "name": "rows", "value": 1}'] * 150_000) + b"]"
    return {
        "idle": ((1000, _says_nothing), (1000, _idles)),
        "slow": (
            (150, _sends(lambda c: c.head("GET /api/v1/self")[:-2], lambda _: b"X", pause_s=0.3)),
            (150, _sends(lambda c: c.head(f"POST {tokens}", "Content-Length: 100000"), lambda _: b"x", pause_s=0.3)),
        ),
        "takes_nothing": ((100, _takes_nothing),),
        "huge_bodies": (
            (8, _sends(lambda c: c.head(f"POST {tokens}", "Content-Length: 10737418240"), lambda _: b"x" * 65536)),
            (8, _sends(lambda c: c.head(f"POST {tokens}", chunked), lambda _: b"10000\r\n" + b"x" * 65536 + b"\r\n")),
        ),
        "large_json": (
            (2, _asks(lambda c: c.head("POST /api/v1/events", batched, f"Content-Length: {len(batch)}") + batch)),
            (2, _asks(lambda c: c.post("/api/v1/observe", observed))),
            (2, _asks(lambda c: c.post("/openlineage/api/v1/lineage/batch", batch))),
        ),
        "zip_bombs": tuple(
            (8, _asks(lambda c, name=name, bomb=bomb: c.post(tokens, bomb, f"Content-Encoding: {name}")))  # type: ignore[misc]
            for name, bomb in bombs.items()
        ),
        "malformed": (
            (8, _asks(lambda c: c.post(tokens, deep))),
            (8, _asks(lambda c: c.post(tokens, b'{"role": ' + b"9" * 500_000 + b"}"))),
            (8, _sends(lambda _: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")),
            (8, _sends(lambda _: b"GET /healthz HTTP/1.1\r\nX-Nul: a\x00b\r\n\r\n")),
            (8, _sends(lambda _: b"GET / HTTP/1.1\r\n" + b"X-Long: x\r\n" * 5000)),
        ),
        "flood": (
            (
                64,
                _asks(
                    lambda c: c.head("GET /api/v1/self"),
                    lambda c: c.head("GET /api/v1/products/flights.all"),
                    lambda c: c.head(f"GET /api/v1/search?q=flights{next(c.count)}"),
                ),
            ),
        ),
        "flood_of_nobody": (
            (
                64,
                _asks(lambda c: c.head("GET /healthz", token=""), lambda c: c.head("GET /api/v1/products", token="")),
            ),
        ),
        "guesses": (
            (32, _asks(lambda c: c.head("GET /api/v1/self", token="mwt_000000000000_" + "a" * 43))),
            (32, _asks(lambda c: c.post("/api/v1/login", b'{"code": "mwt_000000000000_x"}', token=""))),
        ),
        "comes_and_goes": ((32, _comes_and_goes),),
        "queries": tuple(
            (6, _asks(lambda c, sql=sql: c.post("/api/v1/query", json.dumps({"sql": sql}).encode())))  # type: ignore[misc]
            for sql in _QUERIES
        ),
        "exports": tuple(
            (4, _asks(lambda c, form=form: c.head(f"GET /api/v1/products/flights.all/ports/seen/data?format={form}")))  # type: ignore[misc]
            for form in ("csv", "ndjson", "parquet")
        ),
        "followers": ((200, _follows), (1, _tells)),
    }


async def _again(crowd: Crowd, member: Member) -> None:
    while True:
        try:
            await member(crowd)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, TimeoutError):
            crowd.statuses[0] += 1
        await asyncio.sleep(_PAUSE_S)


async def _gather(crowd: Crowd, members: Sequence[tuple[int, Member]], seconds: float) -> None:
    tasks = [asyncio.create_task(_again(crowd, member)) for count, member in members for _ in range(count)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=5.0)


#: Kinds, and all of them at once.
KINDS = (*_members(), "all")


def main() -> int:
    """Be a crowd."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile_crowds", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("url")
    parser.add_argument("tokens", type=Path, help="JSON: tokens of administrators")
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    place = urlsplit(options.url)
    crowd = Crowd(host=place.hostname or "", port=place.port or 80, tokens=json.loads(options.tokens.read_text()))
    made = _members()
    if options.kind == "all":
        members = [(max(1, count // 4), member) for each in made.values() for count, member in each]
    else:
        members = list(made[options.kind])
    asyncio.run(_gather(crowd, members, options.seconds))
    statuses = {str(status): count for status, count in sorted(crowd.statuses.items())}
    sys.stdout.write(json.dumps({"kind": options.kind, "statuses": statuses}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

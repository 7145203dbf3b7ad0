"""What clients do to a server that wish it ill, or are broken: slow, huge, endless, malformed. A client is one connection."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache

#: The server gives headers 15 s and bodies 30; whoever is not gone by then is served too long.
_LONGEST_S = 60.0
_TOKENS = "/api/v1/tokens"


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A server."""

    host: str
    port: int
    #: A token that may do everything: what it sends is read, not refused at the door.
    token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a client was treated."""

    #: Status of the first answer; None where the connection was closed, or broken, without one.
    status: int | None
    #: Whether the server left the connection open for longer than anybody may have it.
    is_held: bool = False


Client = Callable[[Target, random.Random], Awaitable[Ended]]


def _head(target: Target, line: str, *headers: str) -> bytes:
    lines = [line, f"Host: {target.host}", f"Authorization: Bearer {target.token}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _talk(target: Target, pieces: list[bytes], *, pause_s: float = 0.0, is_patient: bool = True) -> Ended:
    """Send pieces, with a pause between them, until the server answers or closes."""
    reader, writer = await asyncio.open_connection(target.host, target.port)
    try:
        answer = asyncio.ensure_future(reader.readline())
        try:
            for piece in pieces:
                if answer.done():
                    break
                writer.write(piece)
                await writer.drain()
                if pause_s:
                    await asyncio.sleep(pause_s)
        except ConnectionError:
            pass
        try:
            line = await asyncio.wait_for(answer, _LONGEST_S if is_patient else 0.2)
        except TimeoutError:
            return Ended(status=None, is_held=is_patient)
        except (ConnectionError, asyncio.LimitOverrunError, ValueError):
            return Ended(status=None)
        parts = line.split()
        return Ended(status=int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else None)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), 5)


def _sliced(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


async def slow_head(target: Target, _random: random.Random) -> Ended:
    """Send headers a byte at a time, without end."""
    return await _talk(target, _sliced(b"GET /api/v1/self HTTP/1.1\r\nX-Slow: " + b"x" * 200), pause_s=0.3)


async def endless_head(target: Target, _random: random.Random) -> Ended:
    """Send headers as fast as they are taken, without end."""
    return await _talk(target, [b"GET / HTTP/1.1\r\n", *[b"X-Long: " + b"x" * 4000 + b"\r\n"] * 500])


async def many_headers(target: Target, _random: random.Random) -> Ended:
    """Send twenty thousand headers."""
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(20_000))
    return await _talk(target, [b"GET / HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n"])


async def long_path(target: Target, _random: random.Random) -> Ended:
    """Ask for a path of 200 KB."""
    return await _talk(target, [_head(target, f"GET /{'a' * 200_000} HTTP/1.1")])


async def silent(target: Target, _random: random.Random) -> Ended:
    """Connect, and say nothing."""
    return await _talk(target, [])


async def slow_body(target: Target, _random: random.Random) -> Ended:
    """Send a body a byte at a time."""
    head = _head(target, f"POST {_TOKENS} HTTP/1.1", "Content-Type: application/json", "Content-Length: 1000")
    return await _talk(target, [head, *_sliced(b'{"role": "' + b"x" * 200)], pause_s=0.3)


async def missing_body(target: Target, _random: random.Random) -> Ended:
    """Promise a body, and send none."""
    return await _talk(target, [_head(target, f"POST {_TOKENS} HTTP/1.1", "Content-Length: 100")])


async def huge_body(target: Target, _random: random.Random) -> Ended:
    """Promise ten gigabytes."""
    head = _head(target, f"POST {_TOKENS} HTTP/1.1", "Content-Length: 10737418240")
    return await _talk(target, [head, *[b"x" * 65536] * 200])


async def endless_chunks(target: Target, _random: random.Random) -> Ended:
    """Send a body of unknown length without end."""
    head = _head(target, f"POST {_TOKENS} HTTP/1.1", "Transfer-Encoding: chunked")
    return await _talk(target, [head, *[b"10000\r\n" + b"x" * 65536 + b"\r\n"] * 400])


@cache
def _bomb() -> bytes:
    return gzip.compress(b"0" * 50_000_000)


async def zip_bomb(target: Target, _random: random.Random) -> Ended:
    """Send 50 KB that would become 50 MB."""
    bomb = _bomb()
    head = _head(target, f"POST {_TOKENS} HTTP/1.1", "Content-Encoding: gzip", f"Content-Length: {len(bomb)}")
    return await _talk(target, [head + bomb])


async def deep_json(target: Target, _random: random.Random) -> Ended:
    """Send JSON that is nested a hundred thousand times."""
    body = b'{"role": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    head = _head(target, f"POST {_TOKENS} HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}")
    return await _talk(target, [head + body])


async def huge_number(target: Target, _random: random.Random) -> Ended:
    """Send a number of half a million digits."""
    body = b'{"role": ' + b"9" * 500_000 + b"}"
    head = _head(target, f"POST {_TOKENS} HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}")
    return await _talk(target, [head + body])


async def bad_surrogate(target: Target, _random: random.Random) -> Ended:
    """Send half of a character."""
    body = json.dumps({"role": "\ud800", "purpose": "\x00"}).encode()
    head = _head(target, f"POST {_TOKENS} HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}")
    return await _talk(target, [head + body])


async def two_lengths(target: Target, _random: random.Random) -> Ended:
    """Say two lengths at once, as who smuggles requests does."""
    head = _head(target, f"POST {_TOKENS} HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked")
    return await _talk(target, [head + b"0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n"])


async def negative_length(target: Target, _random: random.Random) -> Ended:
    """Promise less than nothing."""
    return await _talk(target, [_head(target, f"POST {_TOKENS} HTTP/1.1", "Content-Length: -1")])


async def no_http(target: Target, chance: random.Random) -> Ended:
    """Speak another protocol, or none."""
    words = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        chance.randbytes(500),
    ]
    return await _talk(target, [chance.choice(words) + b"\r\n\r\n"])


async def bad_headers(target: Target, chance: random.Random) -> Ended:
    """Send headers that are none."""
    bad = chance.choice([b"No-Colon\r\n", b"X-Nul: a\x00b\r\n", b": empty\r\n", b" folded\r\n"])
    return await _talk(target, [b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + bad + b"\r\n"])


async def odd_header(target: Target, chance: random.Random) -> Ended:
    """Send a header that is none of ours, of bytes that are no ASCII, as RFC 9110 allows (5.5)."""
    odd = bytes(chance.randrange(0x80, 0x100) for _ in range(20))
    return await _talk(target, [b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Odd: " + odd + b"\r\n\r\n"])


async def websocket(target: Target, _random: random.Random) -> Ended:
    """Ask for a WebSocket."""
    return await _talk(
        target,
        [
            _head(
                target,
                "GET /api/v1/self HTTP/1.1",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Key: eA==",
            )
        ],
    )


async def reads_nothing(target: Target, _random: random.Random) -> Ended:
    """Ask for a large document many times, and take none of the answers."""
    return await _talk(target, [_head(target, "GET /api/v1/openapi.json HTTP/1.1")] * 50, is_patient=False)


#: What a large body may be told instead: that others of this caller are being read (docs/security.md: bodies from 64 KB on).
_IN_TURN = frozenset({429, 503})

#: Client -> statuses with which it may be answered, and no other; None: that there is no answer.
CLIENTS: dict[str, tuple[Client, frozenset[int | None]]] = {
    "slow head": (slow_head, frozenset({408})),
    "endless head": (endless_head, frozenset({431})),
    "many headers": (many_headers, frozenset({431})),
    "long path": (long_path, frozenset({431})),
    "silent": (silent, frozenset({408})),
    "slow body": (slow_body, frozenset({408})),
    "missing body": (missing_body, frozenset({408})),
    "huge body": (huge_body, frozenset({413})),
    "endless chunks": (endless_chunks, frozenset({413, 503})),
    "zip bomb": (zip_bomb, frozenset({415})),
    "deep JSON": (deep_json, frozenset({400}) | _IN_TURN),
    "huge number": (huge_number, frozenset({400}) | _IN_TURN),
    "bad surrogate": (bad_surrogate, frozenset({422})),
    "two lengths": (two_lengths, frozenset({400})),
    "negative length": (negative_length, frozenset({400})),
    "no HTTP": (no_http, frozenset({400})),
    "bad headers": (bad_headers, frozenset({400})),
    "odd header": (odd_header, frozenset({200})),
    "websocket": (websocket, frozenset({200})),
    # It looks for a moment whether an answer begins, and leaves.
    "reads nothing": (reads_nothing, frozenset({200, None})),
}

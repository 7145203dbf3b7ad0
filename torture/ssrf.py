"""Addresses that must not be reached, in every spelling, as webhooks and as calls of HTTP nodes: not one connection.

Two witnesses: a server that listens on this machine and counts who comes, and Python's own audit of `connect`, which sees
connections to anywhere. Both are shown to see one that is allowed, before anything else.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import random
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from meshwright.app.deliveries_sending import Sender, Sending
from meshwright.model.firings import ReceivedEvent
from meshwright.model.subscriptions import Webhook
from meshwright.tools.http_guard import guarded, read_ranges
from meshwright.tools.http_options import call_of
from meshwright.tools.protocol import ToolFailed
from meshwright.tools.requests import Connections
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="ssrf",
    claim="addresses of this machine, of private networks and of clouds' metadata, in every spelling that an operating system or "
    "a URL knows, are sent to as webhooks and called by HTTP nodes: no connection is made",
    unit="forms",
    short=480,
    long=20_000,
    is_quick=True,
    page="security",
)
_NOW = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
_KEY = {"MESHWRIGHT_WEBHOOK_OF_TEST": "a secret"}

_TARGETS = (
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.5", "172.16.0.9", "172.31.255.1", "192.168.1.1", "169.254.169.254",
    "169.254.1.1", "100.64.0.1", "100.100.100.200", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.0.192",
)  # fmt: skip
#: Written out: names, and what parsers of URLs disagree about. ``PORT`` is where the witness listens.
_WRITTEN = (
    "http://localhost:PORT/", "http://LOCALHOST:PORT/", "http://localhost.:PORT/", "http://127.0.0.1.:PORT/",
    "http://[::1]:PORT/", "http://[0:0:0:0:0:0:0:1]:PORT/", "http://[::]:PORT/", "http://[::ffff:7f00:1]:PORT/",
    "http://[fe80::1%25lo]:PORT/", "http://[fc00::1]:PORT/", "http://[fd00:ec2::254]/", "http://[ff02::1]:PORT/",
    "http://[64:ff9b:1::7f00:1]:PORT/", "http://[2001:db8::1]/", "http://[2001::1]/", "http://[100::1]/",
    "http://8.8.8.8@127.0.0.1:PORT/", "http://8.8.8.8:80@127.0.0.1:PORT/", "http://8.8.8.8\\@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#@8.8.8.8/", "http://127.0.0.1:PORT?@8.8.8.8/", "http://127.0.0.1\t:PORT/",
    "http://127.0.0.1\n:PORT/", "http://127.0.0.1%00:PORT/", "http://%31%32%37.0.0.1:PORT/", "http:///127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/", "//127.0.0.1:PORT/", "http://①②⑦.⓪.⓪.①:PORT/", "http://127。0。0。1:PORT/",
    "http://\uff11\uff12\uff17.0.0.1:PORT/", "http://0x7f.0x0.0x0.0x1:PORT/", "http://0177.0.0.01:PORT/", "http://127.0.0.1:PORT:80/",
    "file:///etc/passwd", "gopher://127.0.0.1:PORT/", "ftp://127.0.0.1:PORT/", "dict://127.0.0.1:PORT/",
    "unix:///var/run/docker.sock", "http+unix://127.0.0.1:PORT/", "HTTP://127.0.0.1:PORT/", "hTtP://127.1:PORT/",
    "https://127.0.0.1:PORT/", "http://u:p@127.0.0.1:PORT/", "http://private.example:PORT/", "http://mixed.example:PORT/",
    "http://six.example:PORT/", "http://metadata.example/", "http:///", "http://", "http://:PORT/", "",
)  # fmt: skip
#: What names lead to that are made up here.
_NAMES = {
    "private.example": ("10.1.2.3",),
    "mixed.example": ("127.0.0.1", "::1", "192.168.0.1"),
    "six.example": ("::ffff:127.0.0.1",),
    "metadata.example": ("169.254.169.254",),
}


@dataclass(kw_only=True)
class Witness:
    """Sees connections: those that come here, and those that this process tries to make."""

    port: int = 0
    #: Connections that came to the listening server.
    came: int = 0
    #: Where this process connected to, while it is watched.
    tried: list[object] = field(default_factory=list)
    is_watching: bool = False

    def audit(self, name: str, values: tuple[object, ...]) -> None:
        """Note where to."""
        if name == "socket.connect" and self.is_watching:
            self.tried.append(values[1])


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Try `n` forms, each as a webhook or as a call of a node."""
    rng = random.Random(seed)
    tally = Tally()
    with _witness() as witness:
        sees = _sees(witness, folder)
        tally.trial(None if sees else "the witnesses do not see a connection that is allowed")
        forms = [*_WRITTEN, *(f"http://{host}:PORT/" for target in _TARGETS for host in _spellings(target))]
        ways = (_as_webhook, _as_node)
        for number in range(n - 1):
            form = forms[(number // len(ways)) % len(forms)]
            url = form.replace("PORT", str(witness.port)) + ("" if number < 2 * len(forms) else _ending(rng))
            way = ways[number % len(ways)]
            before = witness.came
            witness.tried.clear()
            witness.is_watching = True
            problem = _problem(way, url, folder)
            witness.is_watching = False
            came = witness.came - before
            if came or witness.tried:
                problem = f"{url!r} {way.__name__}: connected to {witness.tried}, {came} came"
            tally.trial(problem)
    return tally


def form_count() -> int:
    """Return how many forms there are."""
    return len(_WRITTEN) + sum(len(list(_spellings(target))) for target in _TARGETS)


def _spellings(target: str) -> Iterator[str]:
    number = int(ipaddress.IPv4Address(target))
    a, b, c, d = target.split(".")
    high, low = number >> 16, number & 0xFFFF
    yield target
    yield str(number)
    yield hex(number)
    yield f"0{number:o}"
    yield f"{a}.{(int(b) << 16) + (int(c) << 8) + int(d)}"
    yield f"0x{int(a):x}.0x{int(b):x}.0x{int(c):x}.0x{int(d):x}"
    yield ".".join(f"0{int(each):o}" for each in (a, b, c, d))
    yield f"[::ffff:{target}]"
    yield f"[::ffff:{high:x}:{low:x}]"
    yield f"[::{target}]"
    yield f"[64:ff9b::{target}]"
    yield f"[2002:{high:x}:{low:x}::]"


def _ending(rng: random.Random) -> str:
    return rng.choice(("", "a/b", "?q=1", "..;/x", "%2e%2e/", "a@b", "//8.8.8.8/"))


def _problem(way: Callable[[str, Path], str | None], url: str, folder: Path) -> str | None:
    said = way(url, folder)
    return None if said is None else f"{url!r} {way.__name__}: {said}"


def _as_webhook(url: str, folder: Path) -> str | None:
    """Send an event there, as if the address had come into the state without a check."""
    sender = Sender(allowed=(), private=folder, variables=_KEY, now=lambda: _NOW, look_up=_look_up)
    sent = sender.send(_sending(url))
    sender.close()
    return "it was taken" if sent.is_taken or sent.status is not None else None


def _as_node(url: str, folder: Path) -> str | None:  # noqa: ARG001 - a way like the other
    connections = Connections(resolve=guarded((), _look_up))
    try:
        call = call_of({"url": url, "method": "POST", "timeout": "2s"}, key=None)
        connections.call(call.server, call.request)
    except ToolFailed:
        return None
    finally:
        connections.close()
    return "it was called"


def _sending(url: str) -> Sending:
    document = '{"data":{},"id":"1","source":"/a","specversion":"1.0","type":"t"}'
    event = ReceivedEvent(source="/a", id="1", type="t", document=document, received_at=_NOW)
    hook = Webhook(url=url, timeout_s=2, secret="${env:MESHWRIGHT_WEBHOOK_OF_TEST}")
    return Sending(delivery="dlv_1", subscription="sub_1", hook=hook, event=event)


def _look_up(host: str, port: int, **more: object) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
    if host in _NAMES:
        return [
            (socket.AF_INET6, 1, 6, "", (each, port, 0, 0)) if ":" in each else (socket.AF_INET, 1, 6, "", (each, port))
            for each in _NAMES[host]
        ]
    return socket.getaddrinfo(host, port, **more)  # type: ignore[arg-type,return-value]


def _sees(witness: Witness, folder: Path) -> bool:
    """Whether the witnesses see a connection that is allowed."""
    sender = Sender(allowed=read_ranges(["127.0.0.1/32"]), private=folder, variables=_KEY, now=lambda: _NOW)
    witness.is_watching = True
    sender.send(_sending(f"http://127.0.0.1:{witness.port}/"))
    witness.is_watching = False
    sender.close()
    return witness.came == 1 and witness.tried == [("127.0.0.1", witness.port)]


@contextlib.contextmanager
def _witness() -> Iterator[Witness]:
    witness = Witness()
    sys.addaudithook(witness.audit)
    listening = socket.socket(socket.AF_INET6)
    try:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind(("::", 0))
    except OSError:  # a machine without IPv6
        listening.close()
        listening = socket.socket()
        listening.bind(("0.0.0.0", 0))
    listening.listen()
    witness.port = listening.getsockname()[1]

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            witness.came += 1
            with contextlib.suppress(OSError), connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 500 no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield witness
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


if __name__ == "__main__":
    sys.exit(main(PROOF, prove))

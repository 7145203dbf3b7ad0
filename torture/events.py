"""Events on their way to a receiver that fails, by a dispatcher that is killed: none lost, none under two ids, none overtaken.

Real processes, a real state, a real HTTP receiver. A fifth of what the receiver is asked fails: errors, connections that are cut,
answers that do not come in time. What it takes it notes before it answers, so that an answer which nobody lives to read counts.
"""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from meshwright.app.deliveries import list_deliveries
from meshwright.app.scheduling_events import send_events
from meshwright.app.subscriptions import SubscriptionOptions, create_subscription, show_subscription
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.model.subscriptions import DeliveryFilter, DeliveryState, EventFilter
from tests.meshes import write_file
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="events",
    claim="events are sent to a webhook, the dispatching process is killed (-9) for every hundredth of them and a fifth of the "
    "requests fails (500, cut off, too slow): each event arrives, under one id, and of one product none overtakes another",
    unit="events",
    short=200,
    long=10_000,
)
_SUBJECTS = 40
_EVENTS_A_KILL = 100
#: A proof that does not come to an end has failed.
_PATIENCE_S = 180.0
_TIMEOUT_MS = 700


@dataclass(kw_only=True)
class _Receiver:
    """Takes events, and fails now and then."""

    rng: random.Random
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: int = 0
    failed: int = 0
    #: Event -> the ids that it came under.
    ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: Subject -> the events that were taken, each when it was taken first.
    taken: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    seen: set[str] = field(default_factory=set)

    def decide(self, event: str, subject: str, delivery: str) -> str:
        """Say what to answer, and note what is taken."""
        with self.lock:
            self.asked += 1
            self.ids[event].add(delivery)
            chance = self.rng.random()
            if chance < 0.2:
                self.failed += 1
                return "error" if chance < 0.12 else "cut" if chance < 0.18 else "slow"
            if event not in self.seen:
                self.seen.add(event)
                self.taken[subject].append(int(event))
            return "taken"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_words: object) -> None:
        """Say nothing of those who are killed while they ask."""


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Send `n` events to a receiver that fails, and kill the dispatcher again and again."""
    rng = random.Random(seed)
    receiver = _Receiver(rng=random.Random(seed + 1))
    server = _Server(("127.0.0.1", 0), _handler_of(receiver))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    workspace = open_workspace(_mesh(folder / "mesh"))
    try:
        made = create_subscription(
            workspace,
            SubscriptionOptions(
                sink=f"http://127.0.0.1:{server.server_port}/hook",
                filter=EventFilter(environments=("*",)),
                timeout=f"{_TIMEOUT_MS}ms",
                backoff="20ms",
                attempts=100,
            ),
        )
        _send_while_killing(workspace, n, rng)
        problem = _finish(workspace, made.subscription.id, n, receiver)
    finally:
        server.shutdown()
        server.server_close()
    return _judged(workspace, receiver, n, problem)


def _mesh(root: Path) -> Path:
    write_file(root, "mesh.yaml", "meshwright: 1\nname: told\ndomains: [domains/*]\nhttp: {allow: [127.0.0.1/32]}\n")
    write_file(root, "domains/shop/domain.yaml", "name: shop\npurpose: Selling.\nowners: [team:shop]\n")
    return root


def _handler_of(receiver: _Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = receiver.decide(self.headers["ce-id"], self.headers["ce-subject"], self.headers["webhook-id"])
            if answer == "slow":
                time.sleep(2 * _TIMEOUT_MS / 1000)
            if answer in {"slow", "cut"}:
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            with suppress(OSError):  # who asked may have been killed
                self.send_response(500 if answer == "error" else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    return Handler


def _event(number: int) -> dict[str, object]:
    kind = {"specversion": "1.0", "id": str(number), "source": "/shop", "type": "org.example.told"}
    return {**kind, "subject": f"s{number % _SUBJECTS}", "data": {"n": number}}


def _send_while_killing(workspace: Workspace, n: int, rng: random.Random) -> int:
    """Send events, let a dispatcher work for a moment, kill it; again and again. Return how often."""
    kills, sent = max(2, n // _EVENTS_A_KILL), 0
    for kill in range(kills):
        worker = _worker(workspace)
        until = n * (kill + 1) // kills
        while sent < until:
            batch = [_event(number) for number in range(sent, min(until, sent + rng.randint(1, 40)))]
            sent += len(batch)
            # Some are sent twice.
            send_events(workspace, json.dumps([*batch, _event(rng.randrange(sent))]).encode(), "batch")
            time.sleep(rng.random() * 0.05)
        time.sleep(0.5 + rng.random() * 2)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    return kills


def _worker(workspace: Workspace) -> subprocess.Popen[bytes]:
    with (workspace.root / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "meshwright", "-C", str(workspace.root), "worker"], stdout=log, stderr=log
        )


def _finish(workspace: Workspace, subscription: str, n: int, receiver: _Receiver) -> str | None:
    """Let a last dispatcher deliver everything that nobody kills."""
    worker = _worker(workspace)
    before, since = -1, time.monotonic()
    try:
        while True:
            view = show_subscription(workspace, subscription)
            if not view.behind and not view.backlog.waiting and len(receiver.seen) >= n:
                return None
            if len(receiver.seen) != before:
                before, since = len(receiver.seen), time.monotonic()
            if time.monotonic() - since > _PATIENCE_S:
                return (
                    f"no end: {before} of {n} arrived, {view.backlog.waiting} wait, and no more for {_PATIENCE_S:.0f} s"
                )
            if worker.poll() is not None:
                return f"the last dispatcher ended with status {worker.returncode}"
            time.sleep(0.1)
    finally:
        worker.terminate()
        worker.wait()


def _judged(workspace: Workspace, receiver: _Receiver, n: int, problem: str | None) -> Tally:
    """Hold every event against what arrived."""
    tally = Tally()
    delivered = {
        each.event_id for each in list_deliveries(workspace, DeliveryFilter(state=DeliveryState.DELIVERED, limit=2 * n))
    }
    disordered = {
        event
        for taken in receiver.taken.values()
        for event, last in zip(taken[1:], taken, strict=False)
        if event < last
    }
    for number in range(n):
        name = str(number)
        faults = [
            *(["lost"] if name not in receiver.seen else []),
            *(["not recorded as delivered"] if name not in delivered else []),
            *([f"under the ids {sorted(receiver.ids[name])}"] if len(receiver.ids[name]) > 1 else []),
            *(["overtaken"] if number in disordered else []),
        ]
        tally.trial(f"event {number}: {', '.join(faults)}; {problem}" if faults else None)
    if problem is not None and not tally.failures:
        tally.trial(problem)
    return tally


if __name__ == "__main__":
    sys.exit(main(PROOF, prove))

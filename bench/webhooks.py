"""`python -m bench.webhooks`: from an event to its webhook, at 100 events a second, for some subscriptions.

    python -m bench.webhooks [--rate 100] [--seconds 20] [--subscriptions 1] [--state URL]

Events are taken in one by one, as `POST /events` does, by this process; another one runs the dispatcher; a third is the receiver.
The delay of each is from before the event is taken in until the receiver has read the request. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from meshwright.app.clock import utc_now
from meshwright.app.environments import open_state_alone
from meshwright.app.subscriptions import SubscriptionOptions, create_subscription
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.model import canonical_json
from meshwright.model.firings import ReceivedEvent
from meshwright.model.subscriptions import EventFilter


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.webhooks", description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--subscriptions", type=int, default=1)
    parser.add_argument("--state", help="where the state is; by default in a file")
    parser.add_argument("--receive", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--deliver", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.receive:
        _receive(options.receive)
    elif options.deliver:
        _deliver(options.deliver)
    else:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(_measured(Path(folder), options)), flush=True)


def _measured(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    state = f"state: {options.state}\n" if options.state else ""
    mesh = f"meshwright: 1\nname: bench\ndomains: [domains/*]\n{state}http: {{allow: [127.0.0.1/32]}}\n"
    (folder / "mesh.yaml").write_text(mesh, encoding="utf-8")
    workspace = open_workspace(folder)
    this = [sys.executable, "-m", "bench.webhooks"]
    receiver = subprocess.Popen([*this, "--receive", str(folder)], stdout=subprocess.PIPE, text=True)
    assert receiver.stdout is not None
    port = int(receiver.stdout.readline())
    for _ in range(options.subscriptions):
        create_subscription(
            workspace,
            SubscriptionOptions(sink=f"http://127.0.0.1:{port}/", filter=EventFilter(environments=("*",))),
        )
    dispatcher = subprocess.Popen([*this, "--deliver", str(folder)], stdout=subprocess.PIPE, text=True)
    assert dispatcher.stdout is not None
    dispatcher.stdout.readline()
    began_s = time.monotonic()
    count, late = _send(workspace, options.rate, options.seconds)
    wanted = count * options.subscriptions
    times = folder / "times"
    while len(times.read_bytes().splitlines()) < wanted and time.monotonic() - began_s < 10 * options.seconds:
        time.sleep(0.1)
    dispatcher.terminate()
    dispatcher.wait()
    cpu_s = json.loads(dispatcher.stdout.readline())["cpu_s"]
    receiver.terminate()
    receiver.wait()
    delays_ms = sorted(float(line) for line in times.read_text().splitlines())
    return {
        "bench": "webhooks",
        "rate": options.rate,
        "events": count,
        "subscriptions": options.subscriptions,
        "delivered": len(delays_ms),
        "sent_late": late,
        "p50_ms": round(_at(delays_ms, 0.5), 1),
        "p99_ms": round(_at(delays_ms, 0.99), 1),
        "max_ms": round(delays_ms[-1], 1),
        "dispatcher_cpu_share": round(cpu_s / (time.monotonic() - began_s), 3),
    }


def _at(values: list[float], share: float) -> float:
    return values[min(int(len(values) * share), len(values) - 1)]


def _send(workspace: Workspace, rate: float, seconds: float) -> tuple[int, int]:
    """Take events in at a steady rate; return how many, and how many of them came late."""
    count, late = int(rate * seconds), 0
    with open_state_alone(workspace, create=True) as opened:
        schedules = opened.state.schedules
        start_s = time.monotonic()
        for number in range(count):
            wait_s = start_s + number / rate - time.monotonic()
            late += wait_s < -0.05
            time.sleep(max(wait_s, 0.0))
            document = {"specversion": "1.0", "id": str(number), "source": "/bench", "type": "org.example.x"}
            document |= {"subject": f"s{number % 50}", "data": {"sent_ns": time.monotonic_ns()}}
            event = ReceivedEvent(
                source="/bench",
                id=str(number),
                type="org.example.x",
                document=canonical_json(document),
                received_at=utc_now(),
            )
            schedules.receive([event])
    return count, late


def _receive(folder: Path) -> None:
    """Note the delay of each event that comes."""
    times = (folder / "times").open("a", buffering=1, encoding="utf-8")
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            delay_ms = (time.monotonic_ns() - json.loads(body)["sent_ns"]) / 1e6
            with lock:
                times.write(f"{delay_ms:.3f}\n")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


def _deliver(folder: Path) -> None:
    """Run the dispatcher until it is asked to end, and say what it took."""
    import signal

    from meshwright.app.deliveries import deliver

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    print("ready", flush=True)
    deliver(open_workspace(folder), stop)
    print(json.dumps({"cpu_s": time.process_time()}), flush=True)


if __name__ == "__main__":
    main()

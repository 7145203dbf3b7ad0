"""`python -m bench.hostile`: what a well-behaved client waits for beside hostile ones, and without them.

    python -m bench.hostile [--only KIND ...] [--rounds 3] [--seconds 10] [--rate 50]

A real `mw serve` over two million rows; `bench.api.load` asks it at an even rate for a product, a search and a page of rows, open
loop, from a process of its own; `bench.hostile_crowds` is the others, from a third that gives way to both (nice). Each kind
takes turns with quiet. Prints a JSON line a kind: `ratio` is the median p99 with the crowd over the median p99 of the quiet
turns beside it; the goal is at most 2.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any  # JSON of the processes

from bench.api.__main__ import Server, serving
from bench.data_query import publish
from bench.hostile_crowds import KINDS
from meshwright.app.tokens import TokenOptions, create_token
from meshwright.app.workspace import open_workspace

_GOAL = 2.0
#: Of the crowd: followers may be twenty of one token.
_TOKENS = 12
#: For a crowd to come, and to be gone.
_SETTLE_S = 2.0
_PATHS = (
    ("product", "/api/v1/products/flights.all"),
    ("search", "/api/v1/search?q=flights"),
    ("data", "/api/v1/products/flights.all/ports/seen/data?format=json&limit=50&columns=id,origin,delay"),
)


def main() -> int:
    """Measure every kind; 1 where one is above the goal."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each kind, and of quiet beside them")
    parser.add_argument("--seconds", type=float, default=10.0, help="of one turn")
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second of the well-behaved client")
    parser.add_argument("--rows", type=int, default=2_000_000)
    options = parser.parse_args()
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="meshwright-bench-") as temporary:
        folder = Path(temporary)
        publish(folder / "mesh", options.rows)
        workspace = open_workspace(folder / "mesh")
        (folder / "token").write_text(create_token(workspace, TokenOptions(role="viewer")).secret)
        tokens = [create_token(workspace, TokenOptions(role="administrator")).secret for _ in range(_TOKENS)]
        (folder / "tokens").write_text(json.dumps(tokens))
        (folder / "paths").write_text(json.dumps(_PATHS))
        with serving(folder / "mesh") as server:
            _well_behaved(server, folder, options.rate, 5.0)
            for kind in options.only:
                figure = _measured(server, folder, kind, options)
                ratios[kind] = figure["ratio"]
                print(json.dumps(figure), flush=True)
            peak_mb = round(server.watched.peak_mb)
    worst = max(ratios, key=lambda kind: ratios[kind])
    print(json.dumps({"figure": "hostile", "worst": worst, "ratio": ratios[worst], "goal": _GOAL, "peak_mb": peak_mb}))
    return 0 if ratios[worst] <= _GOAL else 1


def _measured(server: Server, folder: Path, kind: str, options: argparse.Namespace) -> dict[str, Any]:
    quiet: list[Mapping[str, Any]] = []
    beside: list[Mapping[str, Any]] = []
    statuses: dict[str, int] = {}
    busy: list[float] = []
    for _ in range(options.rounds):
        quiet.append(_well_behaved(server, folder, options.rate, options.seconds))
        crowd = _crowd(server, folder, kind, options.seconds + 2 * _SETTLE_S)
        try:
            time.sleep(_SETTLE_S)
            used_s, began_s = server.watched.cpu_s(), time.monotonic()
            beside.append(_well_behaved(server, folder, options.rate, options.seconds))
            busy.append((server.watched.cpu_s() - used_s) / (time.monotonic() - began_s))
            told = json.loads(crowd.communicate(timeout=120)[0])
        finally:
            crowd.kill()
            crowd.wait()
        for status, count in told["statuses"].items():
            statuses[status] = statuses.get(status, 0) + count
        time.sleep(_SETTLE_S)
    before_ms, beside_ms = _p99_ms(quiet), _p99_ms(beside)
    return {
        "figure": "hostile",
        "kind": kind,
        "ratio": round(beside_ms / before_ms, 2),
        "p99_ms": {"quiet": before_ms, "beside": beside_ms},
        "p50_ms": {
            name: statistics.median(each["all"]["p50"] for each in found)
            for name, found in (("quiet", quiet), ("beside", beside))
        },
        "max_ms": max(each["all"]["max"] for each in beside),
        "not_200": sum(_wrong(each) for each in (*quiet, *beside)),
        "crowd": dict(sorted(statuses.items())),
        "pss_mb": round(server.watched.pss_mb()),
        # Of one processor, by all of the server's processes.
        "server_busy": round(statistics.median(busy), 2),
        "load": round(os.getloadavg()[0], 1),
    }


def _well_behaved(server: Server, folder: Path, rate: float, seconds: float) -> Mapping[str, Any]:
    command = [sys.executable, "-m", "bench.api.load", server.url, folder / "token", folder / "paths"]
    command += ["--rate", rate, "--seconds", seconds, "--connections", 16]
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=True)
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


def _crowd(server: Server, folder: Path, kind: str, seconds: float) -> subprocess.Popen[str]:
    command = ["nice", "-n", "10", sys.executable, "-m", "bench.hostile_crowds", kind, server.url, folder / "tokens"]
    return subprocess.Popen([*map(str, command), "--seconds", str(seconds)], stdout=subprocess.PIPE, text=True)


def _p99_ms(found: Sequence[Mapping[str, Any]]) -> float:
    return statistics.median(each["all"]["p99"] for each in found)


def _wrong(found: Mapping[str, Any]) -> int:
    """Count what was not answered with 200."""
    return sum(count for status, count in found["statuses"].items() if status != "200") + sum(found["errors"].values())


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.first_step [--runs N]`: from `POST /runs` to the first step begun, at a real server on a small mesh.

One line for each way: `forked` is `mw serve` as it is; `api_only` is `mw serve --api-only` with `mw worker` beside it, which looks
ten times a second; `plain` is a process of `mw run` started for it, which is what a worker did before there was a launcher (and
what it looked once a second for). Times are those of the step's own record, on the same clock.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.http.serving import serving
from tests.meshes import write_mesh

_BODY = {"select": "sales.orders", "refresh": True}
_OPEN = {"waiting", "running"}


def main() -> None:
    """Measure each way in turn."""
    parser = argparse.ArgumentParser(prog="python -m bench.first_step", description=__doc__)
    parser.add_argument("--runs", type=int, default=50, help="runs of each (default %(default)s)")
    asked = parser.parse_args()
    for way in (_forked, _api_only, _plain):
        with tempfile.TemporaryDirectory(prefix="meshwright-bench-") as folder:
            root = write_mesh(Path(folder) / "mesh")
            _plainly(root, "run", "--quiet")
            found = sorted(1000 * seconds for seconds in way(root, Path(folder), asked.runs))
        print(
            json.dumps(
                {
                    "figure": "first_step",
                    "way": way.__name__.removeprefix("_"),
                    "runs": len(found),
                    "median_ms": round(statistics.median(found), 1),
                    "p95_ms": round(found[int(0.95 * (len(found) - 1))], 1),
                    "least_ms": round(found[0], 1),
                    "load": round(os.getloadavg()[0], 1),
                }
            ),
            flush=True,
        )


def _forked(root: Path, folder: Path, runs: int) -> Iterator[float]:
    with serving(root, folder=folder) as server, server.client() as client:
        yield from _asked(client, root, runs)


def _api_only(root: Path, folder: Path, runs: int) -> Iterator[float]:
    with ExitStack() as stack:
        server = stack.enter_context(serving(root, "--api-only", folder=folder))
        worker = subprocess.Popen(
            [sys.executable, "-m", "meshwright", "-C", str(root), "worker"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(worker.wait)
        stack.callback(worker.terminate)
        yield from _asked(stack.enter_context(server.client()), root, runs)


def _plain(root: Path, _folder: Path, runs: int) -> Iterator[float]:
    def begin(number: int) -> str:
        run_id = f"20260101T000000-plain{number}"
        _plainly(root, "run", "sales.orders", "--refresh", "--quiet", "--run-id", run_id)
        return run_id

    yield from _timed(root, runs, begin)


def _asked(client: httpx.Client, root: Path, runs: int) -> Iterator[float]:
    def begin(_number: int) -> str:
        answer = client.post("/api/v1/runs", json=_BODY)
        assert answer.status_code == 202, answer.text
        run_id: str = answer.json()["run_id"]
        return run_id

    def rest(run_id: str) -> None:
        while client.get(f"/api/v1/runs/{run_id}").json()["state"] in _OPEN:
            time.sleep(0.05)
        time.sleep(0.1)  # the worker's own notes are written

    for _ in range(5):  # until everything beside the server is there
        rest(begin(0))
    time.sleep(3)
    yield from _timed(root, runs, begin, rest)


def _timed(
    root: Path, runs: int, begin: Callable[[int], str], rest: Callable[[str], None] = lambda _run_id: None
) -> Iterator[float]:
    for number in range(runs):
        began = time.time()
        run_id = begin(number)
        rest(run_id)
        with sqlite3.connect(root / ".meshwright/state.db") as database:
            first = database.execute("SELECT min(started_at) FROM steps WHERE run_id = ?", (run_id,)).fetchone()[0]
        yield first / 1_000_000 - began


def _plainly(root: Path, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "meshwright", "-C", str(root), *words], check=True, capture_output=True)


if __name__ == "__main__":
    main()

"""`python -m bench.waiting`: what a coordinator takes of the processor while 1,000 jobs outside wait, as a share of a core.

    python -m bench.waiting [--jobs 1000] [--seconds 60] [--kind rest|shell]

One `mw run`, whole: its loop, its threads, its state, its leases. The jobs are nodes of their own; the server that they wait for
is another process, which says that each is queued. Measured is the CPU of the coordinator over a window that begins when every
job is looked at as seldom as its tool says; then the run is stopped. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.tools.answering import Asked, Part, answering, reply

_PER_PRODUCT = 50
#: Waits grow by half from the tool's shortest to its longest, 15 s of REST; so long that it is reached by all.
_SETTLES_S = 75.0
_BEGINS_S = 300.0
_ENDS_S = 120.0


def main() -> int:
    """Measure once."""
    parser = argparse.ArgumentParser(prog="python -m bench.waiting", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0, help="the window")
    parser.add_argument("--kind", choices=("rest", "shell"), default="rest")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        _serve()
        return 0
    folder = Path(tempfile.mkdtemp(prefix="meshwright-bench-waiting-"))
    try:
        print(json.dumps(_measured(folder, asked.kind, asked.jobs, asked.seconds)), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def write_waiting(root: Path, kind: str, jobs: int, url: str) -> Path:
    """Write a mesh of so many nodes that wait outside."""
    domain = root / "domains" / "many"
    domain.mkdir(parents=True)
    (root / "mesh.yaml").write_text("meshwright: 1\nname: bench\nhttp: {allow: [127.0.0.1/32]}\n", "utf-8")
    (domain / "domain.yaml").write_text("name: many\npurpose: Many.\nowners: [team:many]\n", "utf-8")
    for first in range(0, jobs, _PER_PRODUCT):
        product = domain / f"p{first // _PER_PRODUCT}"
        product.mkdir()
        numbers = range(first, min(first + _PER_PRODUCT, jobs))
        nodes = {f"n{number}": _node(kind, number, url) for number in numbers}
        (product / "pipeline.yaml").write_text(json.dumps({"nodes": nodes}), "utf-8")  # JSON is YAML
    return root


def _node(kind: str, number: int, url: str) -> dict[str, object]:
    if kind == "shell":
        return {"shell": {"command": ["sleep", "1200"], "variables": {"NUMBER": str(number)}}}
    poll = {
        "url": "/runs/{handle}",
        "state": "$.status",
        "waiting": ["queued"],
        "succeeded": ["done"],
        "failed": ["broken"],
    }
    start = {"url": "/runs", "json": {"job": number, "tag": "{id}"}, "handle": "$.id"}
    return {"rest": {"url": url, "start": start, "poll": poll, "cancel": "/runs/{handle}/cancel"}}


def _measured(folder: Path, kind: str, jobs: int, seconds: float) -> dict[str, object]:
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.waiting", "--serve"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        root = write_waiting(folder / "mesh", kind, jobs, server.stdout.readline().strip())
        with (folder / "run.log").open("w") as log:
            run = subprocess.Popen([sys.executable, "-m", "meshwright", "-C", str(root), "run"], stdout=log, stderr=log)
        try:
            _wait_until_all_run(root, jobs, run)
            begun = _cpu_s(run.pid)
            time.sleep(_SETTLES_S)
            before, since = _cpu_s(run.pid), time.monotonic()
            time.sleep(seconds)
            took, window = _cpu_s(run.pid) - before, time.monotonic() - since
            assert run.poll() is None, (folder / "run.log").read_text()
        finally:
            run.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                run.wait(_ENDS_S)
            run.kill()
            run.wait()
    finally:
        server.kill()
        server.wait()
    return {
        "measure": f"waiting_{kind}",
        "jobs": jobs,
        "window_s": round(window, 1),
        "cpu_s": round(took, 2),
        "share_of_a_core": round(took / window, 4),
        "cpu_s_until_all_ran": round(begun, 2),
    }


def _wait_until_all_run(root: Path, jobs: int, run: subprocess.Popen[bytes]) -> None:
    from meshwright.state.database import open_state

    until = time.monotonic() + _BEGINS_S
    while time.monotonic() < until and run.poll() is None:
        time.sleep(1.0)
        state = open_state("sqlite:///.meshwright/state.db", root=root, create=False)
        try:
            if sum(job.handle is not None for job in state.reader.open_jobs()) == jobs:
                return
        finally:
            state.close()
    raise AssertionError(f"not all jobs ran: {(root.parent / 'run.log').read_text()[-2000:]}")


def _cpu_s(process: int) -> float:
    """Return the user and system seconds of a process so far, of all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _serve() -> None:
    def answer(asked: Asked) -> list[Part]:
        if asked.method == "POST" and asked.path == "/runs":
            return reply({"id": json.loads(asked.body)["job"]}, 201)
        return reply({"status": "queued"})

    with answering(answer) as server:
        print(server.url, flush=True)
        sys.stdin.read()  # until whoever measures is gone


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.api`: the catalog of 1,000 products by URL, one JSON line a figure, and a table with goals at the end.

    python -m bench.api [--folder FOLDER] [--seconds 120] [--only product search users] [--table FILE]

A mesh is written and published (about a minute), or taken from FOLDER where one is there already; `mw serve` answers, and
`bench.api.load` asks in a process of its own, on the same machine: what both cost is told. Rates are open loop.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # JSON of the generator

from bench.api.asking import mixed_paths, product_paths, search_paths
from bench.processes import compiling, tree_of
from meshwright.app.tokens import TokenOptions, create_token
from meshwright.app.workspace import open_workspace

_SAMPLE_S = 0.5
_USERS, _EACH_PER_S = 1300, 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """What is asked for, how often, and what is to be reached."""

    name: str
    rate: float
    seconds: float
    p99_ms: float
    users: int = 0


@dataclass(kw_only=True, slots=True)
class Watched:
    """What the server's processes take."""

    pid: int
    peak_mb: float = 0.0
    is_over: threading.Event = field(default_factory=threading.Event)

    def cpu_s(self) -> float:
        """User and system seconds so far, of all of them."""
        ticks = 0
        for pid in tree_of(self.pid):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def pss_mb(self) -> float:
        """Resident memory of all of them, what several share counted once."""
        kib = 0
        for pid in tree_of(self.pid):
            try:
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            except OSError:
                continue
            kib += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return kib / 1024

    def sample(self) -> None:
        """Look how much it is, again and again."""
        while not self.is_over.wait(_SAMPLE_S):
            self.peak_mb = max(self.peak_mb, self.pss_mb())


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A `mw serve` over the catalog."""

    url: str
    watched: Watched
    start_s: float


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """Start the server on a port that is free."""
    began = time.perf_counter()
    words = [Path(sys.executable).parent / "mw", "-C", root, "serve", "--port", "0", "--json"]
    with subprocess.Popen(list(map(str, words)), stdout=subprocess.PIPE, env=compiling(os.environ)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the server did not start")
        watched = Watched(pid=process.pid)
        thread = threading.Thread(target=watched.sample, daemon=True)
        thread.start()
        try:
            yield Server(url=json.loads(line)["url"], watched=watched, start_s=time.perf_counter() - began)
        finally:
            watched.is_over.set()
            thread.join()
            process.terminate()
            process.wait(timeout=60)


def ask(server: Server, folder: Path, goal: Goal, paths: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Ask for a while; return what came of it, with what it took."""
    file = folder / f"{goal.name}.json"
    file.write_text(json.dumps(paths), encoding="utf-8")
    used = server.watched.cpu_s()
    command = [sys.executable, "-m", "bench.api.load", server.url, folder / "token", file]
    command += ["--rate", goal.rate, "--seconds", goal.seconds, "--users", goal.users]
    command += ["--connections", goal.users or 64]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    cpu_s = server.watched.cpu_s() - used
    return {
        "figure": goal.name,
        "asked_rate": goal.rate,
        "goal_p99_ms": goal.p99_ms,
        **found,
        "server_cpu_ms": round(cpu_s / max(1, found["all"]["n"]) * 1000, 2),
        "server_pss_mb": round(server.watched.pss_mb()),
    }


def table_lines(server: Server, found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the figures as a table in Markdown."""
    lines = [
        "| figure | asked | answered | p50 ms | p99 ms | goal | CPU ms a request (server, generator) | not 200, errors |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in found:
        every = each["all"]
        wrong = sum(count for status, count in each["statuses"].items() if status != "200")
        wrong += sum(each["errors"].values())
        generator = each["generator_cpu_s"] / max(1, every["n"]) * 1000
        lines.append(
            f"| {each['figure']} | {each['asked_rate']:.0f}/s | {each['rate']}/s | {every['p50']} | {every['p99']} "
            f"| {each['goal_p99_ms']:.0f} | {each['server_cpu_ms']}, {generator:.2f} | {wrong} |"
        )
    return [
        *lines,
        "",
        f"Started in {server.start_s:.2f} s. Peak memory {server.watched.peak_mb:.0f} MB (PSS of all its processes; goal 400). "
        f"{os.cpu_count()} CPUs, load when it ended {os.getloadavg()[0]:.1f}.",
    ]


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.api", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the mesh lies, or is to lie; default: a temporary folder")
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="how long the users ask; the others a quarter of it"
    )
    parser.add_argument("--only", nargs="+", choices=("product", "search", "users"), default=[])
    parser.add_argument("--table", type=Path, help="write the table to this file as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="meshwright-bench-") as temporary:
        root = options.folder or Path(temporary) / "mesh"
        if not (root / "mesh.yaml").exists():
            subprocess.run([sys.executable, "-m", "bench.api.catalog", str(root)], check=True, stdout=sys.stderr)
        (Path(temporary) / "token").write_text(
            create_token(open_workspace(root), TokenOptions(role="viewer")).secret, encoding="ascii"
        )
        quarter = options.seconds / 4
        goals = {
            "product": (Goal(name="product", rate=200, seconds=quarter, p99_ms=20), product_paths),
            "search": (Goal(name="search", rate=50, seconds=quarter, p99_ms=50), search_paths),
            "users": (
                Goal(name="users", rate=_USERS * _EACH_PER_S, seconds=options.seconds, p99_ms=200, users=_USERS),
                mixed_paths,
            ),
        }
        found = []
        with serving(root) as server:
            for name, (goal, paths_of) in goals.items():
                if not options.only or name in options.only:
                    paths = paths_of(root)
                    # What is first asked for is worked out once, for all that comes.
                    ask(server, Path(temporary), Goal(name="warm", rate=40, seconds=5, p99_ms=0), paths[:200])
                    found.append(ask(server, Path(temporary), goal, paths))
                    print(json.dumps(found[-1]), flush=True)
            lines = table_lines(server, found)
    print("\n".join(lines), file=sys.stderr)
    if options.table:
        options.table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

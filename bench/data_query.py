"""Rows by URL beside DuckDB reading the same Parquet files in this process. Prints a JSON line for each figure.

    python -m bench.data_query [--rows 10000000] [--rounds 5] [--only arrow]

A real `mw serve` answers over loopback; the client, in this process, reads what it gets with pyarrow. The two take turns. `ratio`
is DuckDB's time over ours (more is better), the median of the rounds' own. `resident_mb` is the most that the server had.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

_ROWS = """
SELECT range AS id, range % 17 AS carrier_no, 'N' || (range % 4000) AS tail, sin(range) * 100 AS delay,
  range * 1.5 AS distance, DATE '2013-01-01' + CAST(range % 365 AS INTEGER) AS day,
  TIMESTAMP '2013-01-01' + to_minutes(range % 500000) AS seen, (range % 97) / 7 AS temperature,
  ['EWR', 'JFK', 'LGA'][1 + range % 3] AS origin, CAST((range * 7919) % 1000003 AS DECIMAL(12, 2)) AS amount
FROM range({rows})"""
_FILES = {
    "mesh.yaml": "meshwright: 1\nname: bench\n",
    "domains/flights/domain.yaml": "name: flights\npurpose: Rows.\nowners: [team:rows]\n",
    "domains/flights/all/pipeline.yaml": "nodes:\n  rows: {source: {path: data/rows.parquet}}\n",
    "domains/flights/all/models/seen_flights.sql": "select * from rows\n",
    "domains/flights/all/product.odps.yaml": (
        "apiVersion: v1.1.0\nkind: DataProduct\nid: all\nstatus: active\n"
        "outputPorts:\n  - {name: seen, version: 1.0.0, contractId: all-seen}\n"
    ),
    "domains/flights/all/contracts/seen.odcs.yaml": (
        "apiVersion: v3.2.0\nkind: DataContract\nid: all-seen\nversion: 1.0.0\nstatus: active\n"
        "schema:\n  - name: seen_flights\n"
    ),
}
_DATA = "/api/v1/products/flights.all/ports/seen/data"
#: Rows of the forms that are text: they are written by Python.
_FEWER = 20


def main() -> None:
    """Build, serve and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.data_query", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="figures in whose names this stands")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="meshwright-bench-") as folder:
        mesh = Path(folder) / "mesh"
        publish(mesh, options.rows)
        files = sorted(map(str, (mesh / ".meshwright/store/flights/all/seen_flights").rglob("*.parquet")))
        with _serving(mesh) as (url, token, pid):
            for figure in _measured(_Client(url, token), files, options, pid):
                print(json.dumps({**figure, "resident_mb": _resident_mb(pid)}), flush=True)


class _Client:
    """Asks for rows, on a connection of its own each time."""

    def __init__(self, url: str, token: str) -> None:
        self._host = urlsplit(url).netloc
        self._headers = {"Authorization": f"Bearer {token}"}

    def open(self, query: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self._host)
        connection.request("GET", f"{_DATA}?{query}", headers=self._headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(answer.read().decode())
        return answer

    def arrow(self, query: str) -> int:
        with pa.ipc.open_stream(self.open(f"format=arrow{query}")) as batches:
            return sum(batch.num_rows for batch in batches)

    def parquet(self, query: str) -> int:
        return pq.read_table(io.BytesIO(self.open(f"format=parquet{query}").read())).num_rows

    def json(self, query: str) -> int:
        return len(json.loads(self.open(f"format=json{query}").read()))

    def csv(self, query: str) -> int:
        return sum(1 for _ in csv.reader(io.TextIOWrapper(self.open(f"format=csv{query}")))) - 1


def _measured(
    client: _Client, files: list[str], options: argparse.Namespace, server: int
) -> Iterator[dict[str, object]]:
    rows, rounds = options.rows, options.rounds
    connection = duckdb.connect(config={"threads": "2"})
    scan = f"read_parquet({files})"

    def raw(sql: str) -> int:
        return sum(batch.num_rows for batch in connection.sql(sql).to_arrow_reader(16_384))

    some = rows // _FEWER
    cases: list[tuple[str, Callable[[], int], Callable[[], int]]] = [
        ("arrow, all", lambda: client.arrow(""), lambda: raw(f"SELECT * FROM {scan}")),
        (
            "arrow, three columns and a filter",
            lambda: client.arrow("&columns=id,tail,amount&filter=carrier_no%20%3D%203"),
            lambda: raw(f"SELECT id, tail, amount FROM {scan} WHERE carrier_no = 3"),
        ),
        (
            "arrow, ordered",
            lambda: client.arrow("&columns=id,delay&order=delay%20desc"),
            lambda: raw(f"SELECT id, delay FROM {scan} ORDER BY delay DESC"),
        ),
        (
            "arrow, a page of 1,000 in the middle",
            lambda: client.arrow(f"&limit=1000&filter=id%20%3E%3D%20{rows // 2}"),
            lambda: raw(f"SELECT * FROM {scan} WHERE id >= {rows // 2} LIMIT 1000"),
        ),
        ("parquet, all", lambda: client.parquet(""), lambda: raw(f"SELECT * FROM {scan}")),
        ("json, a twentieth", lambda: client.json(f"&limit={some}"), lambda: raw(f"SELECT * FROM {scan} LIMIT {some}")),
        ("csv, a twentieth", lambda: client.csv(f"&limit={some}"), lambda: raw(f"SELECT * FROM {scan} LIMIT {some}")),
    ]
    for name, ours, theirs in cases:
        if options.only not in name:
            continue
        taken, found = [], 0
        for _ in range(rounds + 1):
            raw_s, raw_cpu_s, wanted = _timed(theirs, server)
            our_s, cpu_s, found = _timed(ours, server)
            if found != wanted:
                raise SystemExit(f"{name}: {found} rows, and DuckDB reads {wanted}")
            taken.append((our_s, raw_s, cpu_s, raw_cpu_s, raw_s / our_s))
        medians = [statistics.median(each) for each in zip(*taken[1:], strict=True)]
        named = zip(("seconds", "raw_seconds", "cpu_s", "raw_cpu_s", "ratio"), medians, strict=True)
        told = {key: round(value, 4) for key, value in named}
        yield {"figure": f"data query, {name}", "rows": found, **told, "rounds": rounds}


def _timed(work: Callable[[], int], server: int) -> tuple[float, float, int]:
    """Return seconds, seconds of CPU of this process and the server together, and what was found."""
    started, cpu = time.perf_counter(), time.process_time() + _cpu_s(server)
    found = work()
    return time.perf_counter() - started, time.process_time() + _cpu_s(server) - cpu, found


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def publish(mesh: Path, rows: int) -> None:
    """Write a mesh of one dataset of so many rows, and publish it."""
    for name, text in _FILES.items():
        path = mesh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (mesh / "data").mkdir()
    duckdb.execute(f"COPY ({_ROWS.format(rows=rows)}) TO '{mesh}/data/rows.parquet' (FORMAT parquet)")
    subprocess.run([sys.executable, "-m", "meshwright", "-C", mesh, "run", "-q"], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _serving(mesh: Path) -> Iterator[tuple[str, str, int]]:
    """Serve the mesh; yield its address, a token and the process."""
    command = [sys.executable, "-m", "meshwright", "-C", str(mesh)]
    made = subprocess.run([*command, "token", "create", "--role", "viewer", "--json"], check=True, capture_output=True)
    server = subprocess.Popen([*command, "serve", "--port", "0", "--json"], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())["url"], json.loads(made.stdout)["token"], server.pid
    finally:
        server.terminate()
        server.wait(timeout=60)


def _resident_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


if __name__ == "__main__":
    main()

"""Two versions of one table compared: by key, as a bag, with a tolerance, in little memory. Prints a JSON line for each.

    python -m bench.comparing [--rows 10000000]

The table has ten columns; the later version lacks a few rows, has new ones, and differs in one value in a thousand and
in one in five thousand of another column.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from meshwright.engines.duckdb import DuckDBEngine
from meshwright.engines.protocol import CompareRequest, Limits, Relation
from meshwright.model import Column

_EARLIER = """
SELECT range AS id, range % 17 AS carrier_no, 'N' || (range % 4000) AS tail, sin(range) * 100 AS delay,
  range * 1.5 AS distance, DATE '2013-01-01' + CAST(range % 365 AS INTEGER) AS day,
  TIMESTAMP '2013-01-01' + to_minutes(range % 500000) AS seen, (range % 97) / 7 AS temperature,
  ['EWR', 'JFK', 'LGA'][1 + range % 3] AS origin, CAST((range * 7919) % 1000003 AS DECIMAL(12, 2)) AS amount
FROM range({rows})"""
_LATER = """
SELECT * REPLACE (CASE WHEN id % 1000 = 5 THEN delay + 1 ELSE delay END AS delay,
  CASE WHEN id % 5000 = 7 THEN 'X' ELSE tail END AS tail) FROM '{earlier}' WHERE id % 100000 <> 3
UNION ALL SELECT * REPLACE (id + {rows} AS id) FROM '{earlier}' WHERE id < 500"""
#: Name -> key, tolerance, memory.
_CASES: dict[str, tuple[tuple[str, ...], float, int]] = {
    "by key": (("id",), 0.0, 4 << 30),
    "by key, tolerance": (("id",), 1e-6, 4 << 30),
    "by key, in 700 MB": (("id",), 0.0, 700 << 20),
    "as a bag": ((), 0.0, 4 << 30),
    "as a bag, in 700 MB": ((), 0.0, 700 << 20),
}


def main() -> None:
    """Write the table and measure every case in a process of its own, whose peak memory is its own."""
    parser = argparse.ArgumentParser(prog="python -m bench.comparing", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--case", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(_measured(options.case[0], Path(options.case[1]))))
        return
    with tempfile.TemporaryDirectory(prefix="meshwright-bench-") as folder:
        earlier = f"{folder}/earlier.parquet"
        later = _LATER.format(rows=options.rows, earlier=earlier)
        duckdb.execute(f"COPY ({_EARLIER.format(rows=options.rows)}) TO '{earlier}' (FORMAT parquet)")
        duckdb.execute(f"COPY ({later}) TO '{folder}/later.parquet' (FORMAT parquet)")
        for case in _CASES:
            subprocess.run([sys.executable, "-m", "bench.comparing", "--case", case, folder], check=True)


def _measured(case: str, folder: Path) -> dict[str, object]:
    key, tolerance, memory = _CASES[case]
    request = CompareRequest(
        dataset="bench.compared.table",
        before=_relation(folder / "earlier.parquet"),
        after=_relation(folder / "later.parquet"),
        key=key,
        tolerance=tolerance,
    )
    limits = Limits(threads=2, memory_bytes=memory, temp_directory=str(folder / "spill"))
    with DuckDBEngine(threads=2).open(limits) as session:
        started, cpu = time.perf_counter(), time.process_time()
        found = session.compare(request)
        seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    return {
        "figure": f"compare, {case}",
        "rows": found.rows_before,
        "seconds": round(seconds, 2),
        "cpu_s": round(cpu_s, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "added": found.added,
        "removed": found.removed,
        "changed": found.changed,
    }


def _relation(file: Path) -> Relation:
    rows = duckdb.execute(f"DESCRIBE FROM '{file}'").fetchall()
    return Relation(columns=tuple(Column(name=row[0], type=row[1]) for row in rows), files=(str(file),))


if __name__ == "__main__":
    main()

"""Raw DuckDB: the statements that ask what the rules ask, one after the other in one process. The limit that we are measured by.

    python bench/raw_rules.py PLAN

It imports nothing of meshwright or of the bench. The plan is JSON: ``threads``, ``memory_bytes``, and ``tables``, each with its
``files`` and ``statements``. Prints what it took, and the answers.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb


def main() -> None:
    """Run the statements."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    started, cpu = time.perf_counter(), time.process_time()
    config = {"threads": str(plan["threads"]), "memory_limit": f"{plan['memory_bytes']}B"}
    answers = []
    each: dict[str, float] = {}
    with duckdb.connect(config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for number, table in enumerate(plan["tables"]):
            listed = ", ".join("'" + file + "'" for file in table["files"])
            connection.execute(f"create view t{number} as from read_parquet([{listed}])")
            for statement in table["statements"]:
                begun = time.perf_counter()
                row = connection.execute(statement.replace("{object}", f"t{number}")).fetchone()
                each[statement] = each.get(statement, 0.0) + time.perf_counter() - begun
                answers.append(str(row[0]) if row else "")
    took = {"seconds": time.perf_counter() - started, "cpu_s": time.process_time() - cpu, "peak_mb": _peak_mb()}
    slowest = sorted(each.items(), key=lambda item: -item[1])[:20]
    print(json.dumps({**took, "slowest": slowest if "--slowest" in sys.argv else [], "answers": answers}))


def _peak_mb() -> float:
    """Return the most memory that this process held since it began; rusage counts its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()

"""Column lineage of every model, cold, in one process: prints its seconds as JSON. Loading and typing come before.

python -m bench.lineage MESH
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from meshwright.app.judged import judge_mesh
from meshwright.app.opened import open_mesh
from meshwright.app.workspace import open_workspace
from meshwright.graph.lineage import compose_lineage
from meshwright.model import Columns, Mesh, product_of
from meshwright.sql import statement_lineage


def main() -> None:
    """Measure one mesh."""
    with open_mesh(open_workspace(Path(sys.argv[1])), "prod") as opened:
        columns = judge_mesh(opened, {}, {}).typed.columns
        started, cpu = time.perf_counter(), time.process_time()
        count = _all_lineage(opened.mesh, columns)
        taken = {"seconds": time.perf_counter() - started, "cpu_s": time.process_time() - cpu, "edges": count}
    sys.stdout.write(json.dumps(taken) + "\n")


def _all_lineage(mesh: Mesh, columns: Mapping[str, Columns]) -> int:
    found = {}
    for node in mesh.nodes():
        if node.sql is None:
            continue
        tables = {}
        for read in node.sql.reads:
            tables[tuple(read.split("."))] = (read, columns[read])
            if product_of(read) == product_of(node.address):
                tables[(read.rpartition(".")[2],)] = (read, columns[read])
        found[node.address] = statement_lineage(
            node.sql.text, node.sql.dialect, tables=tables, output=columns[node.address]
        )
    return len(compose_lineage(found).edges)


if __name__ == "__main__":
    main()

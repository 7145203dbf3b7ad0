"""What nodes cost besides their work: Python nodes that do nothing, commands that do nothing, in layers.

    python -m bench.nodes [--nodes 1000] [--layers 10] [--kind none|tiny|shell] [--rounds 3]

`none`: Python nodes without datasets; `tiny`: Python nodes that give one row; `shell`: commands. Whole processes of `mw run`
on a new state, after a `mw check` that fills the parse cache. Prints one JSON line: medians of wall and CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_CODE = {
    "none": "def none():\n    return None\n",
    "tiny": "import pyarrow as pa\n\n\ndef tiny():\n    return pa.table({'n': [1]})\n",
    "shell": "",
}
_KINDS = {
    "none": 'python: "noop.py:none", as: none',
    "tiny": 'python: "noop.py:tiny", columns: {n: BIGINT}',
    "shell": 'shell: "true"',
}


def write_nodes(root: Path, count: int, layers: int, kind: str) -> None:
    """Write a mesh of so many nodes: each comes after two of the layer before."""
    product = root / "domains" / "many" / "steps"
    product.mkdir(parents=True)
    (root / "mesh.yaml").write_text("meshwright: 1\nname: bench\n", encoding="utf-8")
    (product.parent / "domain.yaml").write_text("name: many\npurpose: Many.\nowners: [team:many]\n", encoding="utf-8")
    (product / "noop.py").write_text(_CODE[kind], encoding="utf-8")
    width = count // layers
    lines = ["nodes:"]
    for layer in range(layers):
        for place in range(width):
            before = [f"n{layer - 1}_{place}", f"n{layer - 1}_{(place + 1) % width}"] if layer else []
            after = f", after: [{', '.join(before)}]" if before else ""
            lines.append(f"  n{layer}_{place}: {{{_KINDS[kind]}{after}}}")
    (product / "pipeline.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def measure_nodes(root: Path, rounds: int) -> list[tuple[float, float]]:
    """Return wall and CPU seconds of each round; CPU is that of all processes that were waited for."""
    command = [sys.executable, "-m", "meshwright", "-C", str(root)]
    subprocess.run([*command, "check"], check=True, capture_output=True)
    found = []
    for _ in range(rounds):
        for name in ("state.db", "state.db-wal", "state.db-shm"):
            (root / ".meshwright" / name).unlink(missing_ok=True)
        shutil.rmtree(root / ".meshwright" / "store", ignore_errors=True)
        before = os.times()
        started = time.perf_counter()
        subprocess.run([*command, "run"], check=True, capture_output=True)
        wall = time.perf_counter() - started
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        found.append((wall, cpu))
    return found


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--layers", type=int, default=10)
    parser.add_argument("--kind", choices=sorted(_KINDS), default="none")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-nodes-") as folder:
        root = Path(folder) / "mesh"
        write_nodes(root, asked.nodes, asked.layers, asked.kind)
        found = measure_nodes(root, asked.rounds)
    line = {
        "bench": "nodes",
        "kind": asked.kind,
        "nodes": asked.nodes,
        "layers": asked.layers,
        "wall_s": round(statistics.median(wall for wall, _ in found), 2),
        "cpu_s": round(statistics.median(cpu for _, cpu in found), 2),
        "rounds": asked.rounds,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()

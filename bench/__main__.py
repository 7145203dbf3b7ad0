"""`python -m bench`: measure, print one JSON line a figure, and a table with goals at the end.

python -m bench [--models 1000] [--rounds 3] [--only NAME ...] [--table FILE]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from bench.measures import MEASURES, Figure, new_bench
from bench.moves import MOVES
from bench.tables import table_lines

_ALL = (*MEASURES, *MOVES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for."""
    options = _options(arguments)
    chosen = [measure for measure in _ALL if not options.only or measure.__name__ in options.only]
    figures: list[Figure] = []
    folder = Path(tempfile.mkdtemp(prefix="meshwright-bench-", dir=options.folder))
    try:
        for models in options.models:
            bench = new_bench(folder / str(models), models, options.rounds)
            for measure in chosen:
                for figure in measure(bench):
                    figures.append(figure)
                    print(json.dumps({key: value for key, value in _plain(figure) if value is not None}), flush=True)
            shutil.rmtree(bench.folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    lines = [*_machine(), "", *table_lines(figures)]
    print("\n".join(lines), file=sys.stderr)
    if options.table:
        options.table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--models", type=int, nargs="+", default=[100, 1000], help="sizes of the mesh")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each command; medians are shown")
    names = [measure.__name__ for measure in _ALL]
    parser.add_argument("--only", nargs="+", choices=names, default=[], help="measure just these")
    parser.add_argument("--table", type=Path, help="write the table to this file as well")
    parser.add_argument(
        "--folder", type=Path, help="where the meshes are written; default: the system's temporary folder"
    )
    return parser.parse_args(arguments)


def _plain(figure: Figure) -> Iterable[tuple[str, object]]:
    for key, value in dataclasses.asdict(figure).items():
        yield key, round(value, 4) if isinstance(value, float) else value


def _machine() -> list[str]:
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    memory = int(Path("/proc/meminfo").read_text(encoding="ascii").split()[1]) // 1024 // 1024
    used = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "pyarrow", "sqlglot", "sqlalchemy"))
    return [
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} CPUs, {memory} GB; "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}; {used}; "
        f"load when it ended {os.getloadavg()[0]:.1f}"
    ]


if __name__ == "__main__":
    sys.exit(main())

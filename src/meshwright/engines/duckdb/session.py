"""A session: one run's DuckDB, on which several threads build and measure at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from meshwright.checks.spec import CheckSpec, Measurement
from meshwright.engines.duckdb.build import build_model
from meshwright.engines.duckdb.digest import digest_of_files
from meshwright.engines.duckdb.errors import Statement, engine_errors
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.duckdb.measure import measure_all
from meshwright.engines.duckdb.namespaces import Namespaces
from meshwright.engines.duckdb.sources import build_source
from meshwright.engines.protocol import BuiltTable, Limits, ModelBuild, Relation, SourceRead
from meshwright.model import product_of


class DuckDBSession:
    """Implements `engines.protocol.Session`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._names = Namespaces(lambda: open_instance(limits))

    def build_model(self, build: ModelBuild, target: str) -> BuiltTable:
        """Run the model's text and write its file."""
        statement = Statement(dataset=build.dataset, span=build.span)
        with engine_errors(statement), self._names.cursor(build.inputs, product_of(build.dataset)) as cursor:
            return build_model(cursor, build, target)

    def build_source(self, read: SourceRead, target: str) -> BuiltTable:
        """Read the source's files and write its file."""
        statement = Statement(dataset=read.dataset, span=read.span)
        with engine_errors(statement), self._names.cursor({}) as cursor:
            return build_source(cursor, read, target, self._limits.temp_directory)

    def measure(
        self, relation: Relation, specs: Sequence[CheckSpec], others: Mapping[str, Relation]
    ) -> tuple[Measurement, ...]:
        """Answer the rules of one dataset."""
        if not specs:
            return ()
        dataset = specs[0].dataset
        relations = {**others, dataset: relation}
        with engine_errors(Statement(dataset=dataset)), self._names.cursor(relations, product_of(dataset)) as cursor:
            return measure_all(cursor, relation, specs)

    def content_digest(self, relation: Relation) -> str:
        """Recompute the content digest of stored files."""
        with engine_errors(Statement(dataset="")), self._names.cursor({}) as cursor:
            return digest_of_files(cursor, relation.columns, relation.files)[0]

    def interrupt(self) -> None:
        """Stop every running statement; the session takes no further ones."""
        self._names.interrupt()

    def close(self) -> None:
        """Close every instance."""
        self._names.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

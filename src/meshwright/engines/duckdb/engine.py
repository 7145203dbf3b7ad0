"""DuckDB as an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

from meshwright.engines.duckdb.latersession import LaterSession
from meshwright.engines.duckdb.settings import engine_identity, release
from meshwright.engines.duckdb.totals import digest_of_sums
from meshwright.engines.limits import Limits
from meshwright.model import Columns, ExampleRow, Sight, Sums

if TYPE_CHECKING:
    from meshwright.engines.duckdb.known import KnownStatements
    from meshwright.engines.duckdb.query import DuckDBAnswer
    from meshwright.engines.duckdb.session import DuckDBSession
    from meshwright.engines.protocol import (
        BindProblem,
        BindRequest,
        Rehearsal,
        RehearsalAnswer,
        Relation,
        SmallAnswer,
        SmallLimits,
        SmallQuery,
        SmallTable,
        SourceRead,
    )

# Methods import what they use: loading DuckDB takes longer than a plan that finds nothing to bind, and needs only
# the identity and the release.


class DuckDBEngine:
    """Implements `engines.protocol.Engine`; `memory_bytes` and `threads` are the defaults of sessions and queries."""

    def __init__(self, memory_bytes: int | None = None, threads: int | None = None) -> None:
        self._limits = Limits(memory_bytes=memory_bytes, threads=threads)

    @cached_property
    def _known(self) -> KnownStatements:
        from meshwright.engines.duckdb.known import KnownStatements

        return KnownStatements()

    @property
    def kind(self) -> str:
        """The kind of engine."""
        return "duckdb"

    @property
    def identity(self) -> str:
        """Kind, generation and settings that change results."""
        return engine_identity()

    @property
    def release(self) -> str:
        """The installed DuckDB."""
        return release()

    def bind(
        self,
        models: Sequence[BindRequest],
        known: Mapping[str, Columns],
        tell: Callable[[str, Columns], None] | None = None,
    ) -> Mapping[str, Columns | BindProblem]:
        """Bind models in dependency order against empty tables."""
        from meshwright.engines.duckdb.bind import bind

        return bind(models, known, self._known, tell)

    def read_head(self, read: SourceRead) -> Columns:
        """Infer a source's columns from the head of its files."""
        from meshwright.engines.duckdb.sources import read_head

        return read_head(read, self._limits)

    def write_examples(self, columns: Columns, rows: Sequence[ExampleRow], file: str) -> Relation:
        """Write example rows to a Parquet file."""
        from meshwright.engines.duckdb.rehearse import write_examples

        return write_examples(columns, rows, file)

    def rehearse(self, rehearsals: Sequence[Rehearsal]) -> tuple[RehearsalAnswer, ...]:
        """Run models on example rows, all in one instance."""
        from meshwright.engines.duckdb.rehearse import rehearse

        return rehearse(rehearsals)

    def ask(
        self, queries: Sequence[SmallQuery], tables: Sequence[SmallTable], limits: SmallLimits
    ) -> tuple[SmallAnswer, ...]:
        """Answer queries over small tables and nothing else, all in one locked instance."""
        from meshwright.engines.duckdb.small import ask

        return ask(queries, tables, limits)

    def see(self, dataset: str, relation: Relation, sight: Sight, salt: str) -> Relation:
        """Return what a sight leaves of a relation, as a view over it."""
        from meshwright.engines.duckdb.sights import seen

        return seen(dataset, relation, sight, salt)

    def digest_of_sums(self, columns: Columns, rows: int, sums: Sums) -> str:
        """Return the content digest of a table out of the sums of its parts."""
        return digest_of_sums(columns, rows, sums)

    def open(self, limits: Limits) -> DuckDBSession:
        """Open a session; what `limits` leaves open is the engine's default."""
        session = LaterSession(
            Limits(
                memory_bytes=limits.memory_bytes or self._limits.memory_bytes,
                threads=limits.threads or self._limits.threads,
                temp_directory=limits.temp_directory,
                readable=limits.readable,
            ),
            lambda: self._known,
        )
        return cast("DuckDBSession", session)

    def query(
        self, text: str, relations: Mapping[str, Relation], *, product: str | None, limit: int | None
    ) -> DuckDBAnswer:
        """Answer one SELECT over `relations` and nothing else."""
        from meshwright.engines.duckdb.query import open_query

        return open_query(self._limits, text, relations, product=product, limit=limit)

"""A session: one run's DuckDB, on which several threads build and measure at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import duckdb

from meshwright.checks.spec import CheckSpec, Measurement
from meshwright.diagnostics import InputError, InterruptedRun
from meshwright.engines.duckdb.apart import QueryProcesses, only_read
from meshwright.engines.duckdb.build import (
    build_view,
    built_table,
    copy_rows,
    evaluate,
    removed_on_failure,
    write_model,
)
from meshwright.engines.duckdb.digest import footer_rows, totals_of, totals_of_files
from meshwright.engines.duckdb.errors import Statement, engine_errors, too_long
from meshwright.engines.duckdb.floats import with_nan_found
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.duckdb.known import KnownStatements
from meshwright.engines.duckdb.measure import measure_all
from meshwright.engines.duckdb.names import address, quoted
from meshwright.engines.duckdb.namespaces import Namespaces
from meshwright.engines.duckdb.scans import source_of
from meshwright.engines.duckdb.types import stored_columns
from meshwright.engines.duckdb.windows import Place, time_column
from meshwright.engines.limits import QueryLimits
from meshwright.engines.protocol import (
    BuiltTable,
    BuiltView,
    CompareRequest,
    Comparison,
    HandedRead,
    Limits,
    MergeBuild,
    ModelBuild,
    Relation,
    SourceRead,
    TimeLimit,
)
from meshwright.model import Calendar, Footprint, product_of

if TYPE_CHECKING:
    from meshwright.engines.duckdb.foreignvalues import ForeignRead, ForeignTable

#: From so many uses on (rules, or statements of a comparison), a view is computed once into a file and read there.
_USES_WORTH_A_FILE = 3
#: A comparison reads each side for its number, its key, its rows and each of its columns.
_USES_OF_COMPARED = 4
#: Up to so many rows, planning a digest takes longer than computing it.
_PLANNED_ROWS = 100_000


class DuckDBSession:
    """Implements `engines.protocol.Session`."""

    def __init__(self, limits: Limits, known: KnownStatements, queries: QueryLimits | None = None) -> None:
        self._limits = limits
        self._known = known
        self._names = Namespaces(lambda: open_instance(limits))
        self._queries = QueryProcesses(limits, queries or _of_queries(limits))

    @contextmanager
    def within(self, limit: TimeLimit) -> Iterator[None]:
        """Let the statements of the calling thread take no longer than `limit`, all together."""
        with self._names.within(limit.seconds) as deadline:
            try:
                yield
            except InterruptedRun as error:
                if deadline.is_over and not self._names.is_stopped:
                    raise too_long(limit) from error
                raise

    def build_model(self, build: ModelBuild, target: str) -> BuiltTable:
        """Run the model's text and write its file."""
        statement = Statement(dataset=build.dataset, span=build.span)
        with removed_on_failure(target) as file, engine_errors(statement):
            with self._names.cursor(build.inputs, product_of(build.dataset)) as cursor:
                columns, rows = write_model(cursor, build, file, self._known)
            with self._names.cursor({}) if rows > _PLANNED_ROWS else self._names.scans() as cursor:
                return built_table(cursor, columns, file, rows, self._known)

    def build_view(self, build: ModelBuild, key: str) -> BuiltView:
        """Evaluate the model as a view, in full."""
        statement = Statement(dataset=build.dataset, span=build.span)
        with engine_errors(statement), self._names.cursor(build.inputs, product_of(build.dataset)) as cursor:
            view = build_view(cursor, build, key, self._known)
        columns = stored_columns(view.computed)
        relation = Relation(columns=columns, view=view)
        try:
            with engine_errors(statement), self._names.cursor({build.dataset: relation}) as cursor:
                found = totals_of(cursor, columns, address(build.dataset))
        except InputError:
            self._fail_in_text(build)
            raise
        digest = found.digest(columns)
        return BuiltView(columns=columns, computed=view.computed, rows=found.rows, content_digest=digest)

    def _fail_in_text(self, build: ModelBuild) -> None:
        """Evaluate the text itself, so that what fails in it is told with its line; nothing where it does not fail."""
        statement = Statement(dataset=build.dataset, span=build.span)
        with engine_errors(statement), self._names.cursor(build.inputs, product_of(build.dataset)) as cursor:
            evaluate(cursor, build, self._known)

    def build_source(self, read: SourceRead, target: str) -> BuiltTable:
        """Read the source's files and write its file."""
        from meshwright.engines.duckdb.sources import build_source  # lazy: the readers of formats; most runs read none

        statement = Statement(dataset=read.dataset, span=read.span)
        with engine_errors(statement), self._names.cursor({}) as cursor:
            return build_source(cursor, read, target, self._limits.temp_directory, self._known)

    def read_foreign(self, read: ForeignRead, scratch: Path) -> ForeignTable:
        """Make files of others ready to be measured (`foreign.read_foreign`); no part of the protocol: nothing is built."""
        from meshwright.engines.duckdb.foreign import read_foreign  # lazy: only `contract test` needs it

        with engine_errors(Statement(dataset=read.source.dataset)), self._names.cursor({}) as cursor:
            return read_foreign(cursor, read, scratch)

    def build_handed(self, read: HandedRead, target: str) -> BuiltTable:
        """Store what a worker process handed over."""
        from meshwright.engines.duckdb.handed import build_handed  # lazy: few meshes have Python nodes

        statement = Statement(dataset=read.dataset, span=read.span)
        with engine_errors(statement), self._names.scans() if read.table else self._names.cursor({}) as cursor:
            return build_handed(cursor, read, target, self._known)

    def build_merge(self, build: MergeBuild, target: str) -> BuiltTable:
        """Merge new rows into those of the version before."""
        from meshwright.engines.duckdb.merge import build_merge  # lazy: few nodes merge

        statement = Statement(dataset=build.dataset, span=build.span)
        with self._new_rows(build, target) as rows, engine_errors(statement), self._names.cursor({}) as cursor:
            return build_merge(cursor, build, rows, target, self._known)

    @contextmanager
    def _new_rows(self, build: MergeBuild, target: str) -> Iterator[Relation]:
        """Yield the new rows in files; what a model gives is written to a scratch file, for it is read several times."""
        if isinstance(build.rows, Relation) and build.rows.view is None:
            yield build.rows
            return
        with self._scratch("merge-", self._limits.temp_directory or str(Path(target).parent)) as file:
            if isinstance(build.rows, Relation):
                self.hand_over(build.dataset, build.rows, file)
                yield Relation(columns=build.rows.columns, files=(file,))
                return
            model = build.rows
            statement = Statement(dataset=model.dataset, span=model.span)
            with engine_errors(statement), self._names.cursor(model.inputs, product_of(model.dataset)) as cursor:
                columns, count = write_model(cursor, model, file, self._known)
            yield Relation(columns=columns, files=(file,), rows=count)

    def rewrite(self, relation: Relation, target: str) -> BuiltTable:
        """Write the rows of a relation into one file."""
        with self._shown(relation) as (cursor, source), removed_on_failure(target) as file:
            order = f" ORDER BY {quoted(relation.window.column)}" if relation.window is not None else ""
            rows = copy_rows(cursor, f"SELECT * FROM {source}{order}", file)
            return built_table(cursor, relation.columns, file, rows, self._known)

    def footprint(self, relation: Relation, column: str, calendar: Calendar) -> Footprint:
        """Return in which intervals a relation has rows."""
        from meshwright.engines.duckdb.footprints import footprint  # lazy: only incremental datasets have intervals

        dataset = relation.view.dataset if relation.view is not None else "the relation"
        found = time_column(relation.columns, column, Place(dataset=dataset))
        with self._shown(relation) as (cursor, source):
            return footprint(cursor, source, found, calendar)

    @contextmanager
    def _shown(self, relation: Relation) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        """Yield a cursor with what stands after FROM for a relation on it."""
        view = relation.view
        dataset = view.dataset if view is not None else ""
        with (
            engine_errors(Statement(dataset=dataset)),
            self._names.cursor({dataset: relation} if view is not None else {}) as cursor,
        ):
            yield cursor, address(dataset) if view is not None else source_of(relation)

    def hand_over(self, dataset: str, relation: Relation, file: str) -> None:
        """Write the rows of a relation for a worker process."""
        from meshwright.engines.duckdb.handed import hand_over  # lazy: as above

        with engine_errors(Statement(dataset=dataset)), self._names.cursor({dataset: relation}) as cursor:
            hand_over(cursor, dataset, file)

    def measure(
        self, relation: Relation, specs: Sequence[CheckSpec], others: Mapping[str, Relation]
    ) -> tuple[Measurement, ...]:
        """Answer the rules of one dataset."""
        if not specs:
            return ()
        dataset = specs[0].dataset
        with self._spilled(dataset, relation, uses=len(specs)) as whole:
            with engine_errors(Statement(dataset=dataset)), self._names.cursor({}) as cursor:
                relations = {
                    name: with_nan_found(cursor, each, self._limits.readable)
                    for name, each in {**others, dataset: whole}.items()
                }
            measured = relations[dataset]
            with (
                engine_errors(Statement(dataset=dataset)),
                self._names.cursor(relations, product_of(dataset)) as cursor,
            ):
                return measure_all(
                    cursor,
                    measured,
                    specs,
                    self._known,
                    lambda spec: self._queries.measure(spec, only_read(spec, relations)),
                )

    def compare(self, request: CompareRequest) -> Comparison:
        """Compare two versions of one dataset."""
        from meshwright.engines.duckdb.compare import (  # lazy: no run compares versions
            compare_versions,
            equal_versions,
            named_views,
        )

        statement = Statement(dataset=request.dataset)
        if request.before.identity == request.after.identity:
            with engine_errors(statement), self._names.cursor(named_views(request.after)) as cursor:
                return equal_versions(cursor, request)
        with (
            self._spilled(request.dataset, request.before, uses=_USES_OF_COMPARED) as before,
            self._spilled(request.dataset, request.after, uses=_USES_OF_COMPARED) as after,
            engine_errors(statement),
            self._names.cursor(named_views(before, after)) as cursor,
        ):
            return compare_versions(cursor, replace(request, before=before, after=after))

    @contextmanager
    def _spilled(self, dataset: str, relation: Relation, *, uses: int) -> Iterator[Relation]:
        """Yield a view that is read often as a file beside the spilling: each use would compute it anew."""
        spill = self._limits.temp_directory
        if relation.view is None or uses < _USES_WORTH_A_FILE or spill is None:
            yield relation
            return
        with self._scratch("view-", spill) as file:
            self.hand_over(dataset, relation, file)
            yield Relation(columns=relation.columns, files=(file,), rows=relation.rows)

    @contextmanager
    def _scratch(self, prefix: str, place: str) -> Iterator[str]:
        """Yield the path of a file that nobody needs afterwards."""
        Path(place).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=prefix, dir=place, ignore_cleanup_errors=True) as folder:
            yield str(Path(folder) / "rows.parquet")

    def content_digest(self, relation: Relation) -> str:
        """Recompute the content digest of stored files, or of a view."""
        if relation.is_plain and relation.files:
            with engine_errors(Statement(dataset="")), self._names.cursor({}) as cursor:
                return totals_of_files(cursor, relation.columns, relation.files, self._known).digest(relation.columns)
        with self._shown(relation) as (cursor, source):
            return totals_of(cursor, relation.columns, source).digest(relation.columns)

    def stored_rows(self, files: Sequence[str]) -> Mapping[str, int]:
        """Return the rows that the footer of each file counts."""
        with engine_errors(Statement(dataset="")), self._names.cursor({}) as cursor:
            return footer_rows(cursor, files)

    def interrupt(self) -> None:
        """Stop every running statement; the session takes no further ones."""
        self._names.interrupt()
        self._queries.interrupt()

    def close(self) -> None:
        """Close every instance."""
        self._names.close()
        self._queries.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _of_queries(limits: Limits) -> QueryLimits:
    """Return what the query of a rule may use: never more than everything else may."""
    usual = QueryLimits()
    if limits.memory_bytes is None:
        return usual
    return replace(usual, memory_bytes=min(usual.memory_bytes, limits.memory_bytes))
